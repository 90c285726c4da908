// The figure of the hotness monitoring; targets.md: exact within an epoch, the same segment back to back included.
#include "tests/pool/hotness_figures.h"

#include <gtest/gtest.h>

namespace tarn::tests {
namespace {

TEST(PoolFigures, HotnessCountsAreExactAtOneAccessAClock) {
  constexpr std::uint32_t kCycles = 10'000;
  const HotnessCountError figure = MeasureHotnessCountError(kCycles);
  EXPECT_EQ(figure.failures, "");
  EXPECT_EQ(figure.error_max, 0u);
  EXPECT_EQ(figure.accesses_per_cycle, 1.0);
  EXPECT_GT(figure.accesses, 4u * kCycles);
  EXPECT_GT(figure.segments, 2u * 4096);
}

TEST(PoolFigures, AHotnessCountThatLosesForwardingShows) {
  constexpr std::uint32_t kCycles = 25;
  constexpr unsigned kForwardingLost = 1, kCountAcrossTheEpoch = 2;
  EXPECT_EQ(MeasurePlantedCountError(kCycles, 0).error_max, 0u);
  EXPECT_GT(MeasurePlantedCountError(kCycles, kForwardingLost).error_max, 10u);
  EXPECT_GT(MeasurePlantedCountError(kCycles, kCountAcrossTheEpoch).error_max, 10u);
}

}  // namespace
}  // namespace tarn::tests
