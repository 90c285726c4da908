// The Verilated pool, segments of 16 pages, as the node has it: every answer, notice, eviction and counter is checked
// (tb/pool).
#include <gtest/gtest.h>

#include "tests/pool/random_run.h"
#include "tests/pool/wide_pool.h"

namespace tarn::tests {
namespace {

TEST(Pool, RandomTrafficOfFourHostsOnWholeSegmentsReadsWhatWasWritten) {
  WideBench bench(Rough<WideBench>());
  RunRandom(bench, {.segments = 9, .lines = 16, .hot_percent = 70, .outstanding = 24}, 4000, WideShape::kHosts);
}

}  // namespace
}  // namespace tarn::tests
