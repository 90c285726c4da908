// The figures that cycles decide do not get worse; targets.md says what is aimed at.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/iommu/figures.h"

namespace tarn::tests {
namespace {

TEST(IommuFigures, AHitTakesTwoCyclesInTheFrontLevelAndThreeInTheSecond) {
  const LatencyFigures figures = MeasureLatency(10);
  EXPECT_EQ(figures.front_hit_cycles, 2u);
  EXPECT_EQ(figures.large_page_front_hit_cycles, 2u);
  EXPECT_EQ(figures.second_level_hit_cycles, 3u);
}

TEST(IommuFigures, AMissTakesItsReadsAndAFewCycles) {
  for (const unsigned walk_cycles : {10u, 100u}) {
    const LatencyFigures figures = MeasureLatency(walk_cycles);
    EXPECT_EQ(figures.sv39_cold_cycles, 3 * walk_cycles + 6);
    EXPECT_EQ(figures.sv39_warm_cycles, walk_cycles + 4);
    const NestedFigures nested = MeasureNested(walk_cycles);
    EXPECT_EQ(nested.cold_cycles, 15 * walk_cycles + 18);
    EXPECT_EQ(nested.warm_cycles, 2 * walk_cycles + 5);
  }
}

TEST(IommuFigures, MissesOfManyPagesOverlap) {
  EXPECT_LE(MeasureNestedPages(100, NestedStart::kCold), 60);
  EXPECT_LE(MeasureNestedPages(100, NestedStart::kWarm), 15);
}

TEST(IommuFigures, AHitLeavesEveryCycle) {
  EXPECT_EQ(MeasureHitsPerCycle(0, 2000), 1.0);
  EXPECT_GE(MeasureHitsPerCycle(16, 2000), 0.95);
  EXPECT_EQ(MeasureHitUnderMissAddedCycles(), 0);
}

// The bound of README.md, "Fairness": at the port until a slot is free, then behind all that were accepted before.
TEST(IommuFigures, ADeviceThatMissesAllTheTimeHoldsOthersBackForABoundedTime) {
  constexpr std::uint64_t kSlots = 64, kWalks = 16, kReads = 1, kOwn = 20;
  for (const unsigned walk_cycles : {10u, 100u}) {
    const std::uint64_t walk = kReads * (walk_cycles + 6 * kWalks) + kOwn;
    const StormFigures figures = MeasureStorm(walk_cycles);
    EXPECT_GT(figures.hit_cycles_max, walk_cycles / 16) << "there was no storm";
    EXPECT_LE(figures.hit_cycles_max, walk);
    EXPECT_GT(figures.miss_cycles_max, 2 * walk_cycles) << "it did not wait for others";
    EXPECT_LE(figures.miss_cycles_max, (kSlots / kWalks + 2) * walk);
    std::cout << "L = " << walk_cycles << ": a hit " << figures.hit_cycles_max << " cycles, a miss "
              << figures.miss_cycles_max << "\n";
  }
}

TEST(IommuFigures, SixteenMissesToAPageWalkOnce) { EXPECT_EQ(MeasureSamePageWalks(), 1.0); }

TEST(IommuFigures, AnInvalidationHoldsAHitBackByACycleAtATime) { EXPECT_LE(MeasureInvalidateStallCyclesMax(), 1u); }

}  // namespace
}  // namespace tarn::tests
