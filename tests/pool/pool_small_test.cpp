// The Verilated pool, one page a segment and few of everything: every answer, notice, eviction and counter is checked
// (tb/pool).
#include <gtest/gtest.h>

#include "tests/pool/random_run.h"
#include "tests/pool/small_pool.h"

namespace tarn::tests {
namespace {

TEST(Pool, RandomTrafficOfThreeHostsOnEightSlotsReadsWhatWasWritten) {
  SmallBench bench(Rough<SmallBench>());
  RunRandom(bench, {.segments = 5, .lines = 8, .hot_percent = 80}, 6000, SmallShape::kHosts);
}

TEST(Pool, RandomTrafficWithBulkErrorsLosesOnlyWhatBulkLost) {
  SmallBench::Options options = Rough<SmallBench>();
  options.bulk.read_error_percent = 3;
  options.bulk.write_error_percent = 10;
  options.bulk.offline_percent = 10;
  SmallBench bench(options);
  RunRandom(bench, {.segments = 5, .lines = 8, .hot_percent = 80}, 4000, SmallShape::kHosts, true);
}

// A fault planted in the RTL must be found by the checks, whichever sees it first.
class PoolPlantedFault : public testing::TestWithParam<unsigned> {};

TEST_P(PoolPlantedFault, IsFound) {
  SmallBench bench(Rough<SmallBench>());
  ASSERT_TRUE(bench.Start());
  bench.dut().plant_i = static_cast<CData>(GetParam());
  const bool clean = bench.RunTraffic({.segments = 5, .lines = 8, .hot_percent = 80}, 6000) && bench.Quiesce(true);
  if (clean) bench.checker().ExpectBulkHoldsEverything();
  EXPECT_TRUE(bench.failures().any()) << "fault " << GetParam() << " was not found";
  std::cout << bench.failures().Text();
}

INSTANTIATE_TEST_SUITE_P(Pool, PoolPlantedFault,
                         testing::Values(1u, 2u, 3u, 4u, 5u, 7u, kPlantOptimumLooksBackTooLittle), PlantName);

}  // namespace
}  // namespace tarn::tests
