// Floors: the slots that a host keeps whatever others do.
#include <gtest/gtest.h>

#include "tests/pool/scenario.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;

constexpr std::uint64_t kSegment = WideShape::kSegmentBytes;
constexpr std::uint32_t kFloorsMax = WideShape::kSlots - 8 - 2;  // NumEngines, ReserveSlots: the defaults

class PoolFloors : public PoolScenario {
 protected:
  bool SetFloor(std::uint32_t host, std::uint32_t slots) {
    bench_->management().Write(reg::floors::kOffset + 4 * host, slots);
    EXPECT_EQ(bench_->management().Read(reg::floors::kOffset + 4 * host).rdata, slots);
    const bool valid = (Status() & reg::status::FloorsValid::kMask) != 0;
    bench_->checker().SetFloor(host, valid ? slots : 0);
    return valid;
  }
  std::uint32_t Resident(std::uint32_t host) {
    return bench_->management().Read(reg::resident::kOffset + 4 * host).rdata;
  }
  void Touch(std::uint32_t host, std::uint64_t segments) {
    for (std::uint64_t segment = 0; segment < segments; ++segment) Write(host, segment * kSegment, segment);
  }
  // Three hosts want more than there is, at once, again and again.
  void Storm() {
    for (int round = 0; round < 3; ++round) {
      for (std::uint64_t segment = 0; segment < 12; ++segment) {
        for (std::uint32_t host = 1; host < WideShape::kHosts; ++host) bench_->Write(host, segment * kSegment, segment);
      }
      ASSERT_TRUE(bench_->Drain());
    }
  }
};

TEST_F(PoolFloors, WithoutAFloorAStormTakesAnotherHostsSlots) {
  Make();
  EXPECT_TRUE(SetFloor(0, 0));
  Touch(0, 4);
  Storm();
  EXPECT_EQ(Resident(0), 0u);
}

TEST_F(PoolFloors, AHostInsideItsFloorKeepsItsSlotsAndHits) {
  Make();
  EXPECT_TRUE(SetFloor(0, 4));
  Touch(0, 4);
  const std::uint64_t misses = bench_->Counter(0, 2);
  Storm();
  EXPECT_EQ(Resident(0), 4u);
  EXPECT_GT(bench_->checker().Sum().evictions, 50u);
  EXPECT_EQ(bench_->checker().tally(0).evictions, 0u);
  for (std::uint64_t segment = 0; segment < 4; ++segment)
    EXPECT_EQ(Read(0, segment * kSegment).data, SeededLine(segment));
  EXPECT_EQ(bench_->Counter(0, 2), misses);
}

// Slots that another evictor is emptying count as gone, so that two at once do not take one too many.
TEST_F(PoolFloors, AHostAboveItsFloorIsBroughtDownToItAndNoFurther) {
  Make();
  EXPECT_TRUE(SetFloor(0, kFloorsMax - 1));
  Touch(0, 10);
  Storm();
  EXPECT_EQ(Resident(0), kFloorsMax - 1);
  SetFloor(0, 0);
  Storm();
  EXPECT_EQ(Resident(0), 0u) << "a floor that is taken back is gone";
}

TEST_F(PoolFloors, AHostAtItsFloorStillGetsSlotsFromOthers) {
  Make();
  EXPECT_TRUE(SetFloor(0, 4));
  Touch(0, 4);
  Storm();
  Touch(0, 8);
  EXPECT_GE(Resident(0), 4u);
  for (std::uint64_t segment = 0; segment < 8; ++segment)
    EXPECT_EQ(Read(0, segment * kSegment).data, SeededLine(segment));
}

TEST_F(PoolFloors, FloorsThatLeaveNoRoomForPageInsAreRefusedAndHaveNoEffect) {
  Make();
  EXPECT_TRUE(SetFloor(0, 4));
  EXPECT_TRUE(SetFloor(1, kFloorsMax - 4));
  EXPECT_FALSE(SetFloor(1, kFloorsMax - 3));
  bench_->checker().SetFloor(0, 0);
  Touch(0, 4);
  Storm();
  EXPECT_EQ(Resident(0), 0u);
  EXPECT_TRUE(SetFloor(1, 0));
}

}  // namespace
}  // namespace tarn::tests
