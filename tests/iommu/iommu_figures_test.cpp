// The figures that cycles decide do not get worse; targets.md says what is aimed at.
#include <gtest/gtest.h>

#include "tests/iommu/figures.h"

namespace tarn::tests {
namespace {

TEST(IommuFigures, AHitTakesThreeCycles) {
  const LatencyFigures figures = MeasureLatency(10);
  EXPECT_EQ(figures.small_page_hit_cycles, 3u);
  EXPECT_EQ(figures.large_page_hit_cycles, 3u);
}

TEST(IommuFigures, AMissTakesItsThreeReadsAndAFewCycles) {
  for (const unsigned walk_cycles : {10u, 100u}) {
    EXPECT_LE(MeasureLatency(walk_cycles).sv39_cold_cycles, 3 * walk_cycles + 7);
  }
}

TEST(IommuFigures, AHitLeavesEveryCycle) {
  EXPECT_EQ(MeasureHitsPerCycle(0, 2000), 1.0);
  EXPECT_GE(MeasureHitsPerCycle(16, 2000), 0.95);
  EXPECT_EQ(MeasureHitUnderMissAddedCycles(), 0);
}

TEST(IommuFigures, SixteenMissesToAPageWalkOnce) { EXPECT_EQ(MeasureSamePageWalks(), 1.0); }

TEST(IommuFigures, AnInvalidationHoldsAHitBackByACycleAtATime) { EXPECT_LE(MeasureInvalidateStallCyclesMax(), 1u); }

}  // namespace
}  // namespace tarn::tests
