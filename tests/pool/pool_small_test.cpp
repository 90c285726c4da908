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

}  // namespace
}  // namespace tarn::tests
