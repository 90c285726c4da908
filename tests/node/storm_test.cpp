// A host inside its floor beside one that storms, on the Verilated node as it is.
#include "tests/node/storm.h"

#include <gtest/gtest.h>

namespace tarn::tests {
namespace {

TEST(NodeStorm, AHostInsideItsFloorFaresNoWorseThanBesideAResidentNeighbour) {
  constexpr std::uint64_t kCycles = 60'000;
  const Result<StormRatio> ratio = MeasureStormRatio(kCycles);
  ASSERT_TRUE(ratio.ok()) << ratio.status().message();
  EXPECT_LE(ratio->ratio(), 1.25) << ratio->storm_cycles << " against " << ratio->resident_cycles;
  EXPECT_GT(ratio->page_ins, kCycles / 1000) << "and the storm is one";
}

// Class bulk as it was before shares: it may fill the queues, and its writes go on while reads wait.
TEST(NodeStorm, WithoutSharesOfTheChannelItFaresWorse) {
  StormSettings settings{.neighbours = {Neighbour::kStorm}, .cycles = 60'000};
  const Result<StormResult> with = RunStorm(settings);
  settings.channel = {{0x070, 0xffffff}, {0x074, 0xffffff}, {0x078, 0xffffff}, {0x07c, 0xffffff}, {0x084, 0}};
  const Result<StormResult> without = RunStorm(settings);
  ASSERT_TRUE(with.ok() && without.ok());
  EXPECT_GT(StormResult::Percentile(without->All(), 99), 2 * StormResult::Percentile(with->All(), 99));
}

TEST(NodeStorm, AHitsWaitIsBoundedAndTheBoundIsNear) {
  const Result<std::uint64_t> worst = MeasureWorstHit(60'000);
  ASSERT_TRUE(worst.ok()) << worst.status().message();
  EXPECT_LE(*worst, kHitBoundCycles);
  EXPECT_LE(kHitBoundCycles, 4 * *worst);
}

}  // namespace
}  // namespace tarn::tests
