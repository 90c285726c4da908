// The figures that cycles and bytes decide do not get worse; targets.md says what is aimed at.
#include <gtest/gtest.h>

#include "tests/pool/figures.h"

namespace tarn::tests {
namespace {

TEST(PoolFigures, AHitIsAddedThreeCycles) { EXPECT_EQ(MeasureHitAddedCycles(), 3u); }

TEST(PoolFigures, HitsPassAtOneLinePerCycle) { EXPECT_GT(MeasureHitLinesPerCycle(200), 0.99); }

TEST(PoolFigures, AMissAddsALittleToBulksTime) {
  const MissFigures miss = MeasureMiss();
  EXPECT_EQ(miss.to_bulk_cycles, 5u);
  EXPECT_EQ(miss.from_bulk_cycles, 8u);
  EXPECT_EQ(miss.critical_line_extra_cycles, miss.to_bulk_cycles + miss.from_bulk_cycles);
}

TEST(PoolFigures, AChecksumAddsNothing) {
  const MissFigures plain = MeasureMiss();
  const MissFigures checked = MeasureMiss(true);
  EXPECT_EQ(checked.to_bulk_cycles, plain.to_bulk_cycles);
  EXPECT_EQ(checked.from_bulk_cycles, plain.from_bulk_cycles);
}

TEST(PoolFigures, ACleanPageLeavesWithoutAByte) { EXPECT_EQ(MeasureCleanPageOutBytes(), 0); }

TEST(PoolFigures, APageOfZerosThatWasWrittenLeavesWithoutAByte) { EXPECT_EQ(MeasureZeroPageOutBytes(), 0); }

}  // namespace
}  // namespace tarn::tests
