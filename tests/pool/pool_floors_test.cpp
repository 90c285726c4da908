// Floors: the slots that a host keeps whatever others do.
#include <gtest/gtest.h>

#include "tests/pool/scenario.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
namespace host_reg = pool_host_registers;

constexpr std::uint32_t kFloorsMax = WideShape::kSlots - WideShape::kSlotsBesideFloors;

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

// A floor of four, and five slots. The release of one of them begins, but cannot end, since nobody takes its notices.
class PoolFloorsAndARelease : public PoolFloors {
 protected:
  static constexpr std::uint32_t kFloor = 4;
  void BeginRelease() {
    Make();
    bench_->checker().set_refusals_allowed(true);
    bench_->management().Write(reg::notice_timeout::kOffset, kNoticeTimeout);
    for (std::uint64_t segment = 0; segment < kFloor + 2; ++segment) Read(0, segment * kSegment);
    // Until one has left.
    for (std::uint64_t segment = 0; Resident(0) == kFloor + 2; ++segment) {
      Read(1, segment * kSegment);
      bench_->simulation().Run(kSettleCycles);  // what was read is answered before room was made for more
    }
    EXPECT_EQ(Resident(0), kFloor + 1);
    EXPECT_TRUE(SetFloor(0, kFloor));
    bench_->HoldNotices(true);
    bench_->host_registers(0).Write(host_reg::release_segment::kOffset, kFloor + 1);
    bench_->host_registers(0).Write(host_reg::release_command::kOffset, 1);
    // A victim is wanted again. (Nothing that is read or evicted needs a notice: all is clean.)
    for (std::uint64_t segment = 0; segment < 2; ++segment) Read(2, segment * kSegment);
    EXPECT_NE(ReleaseStatus() & host_reg::release_status::Busy::kMask, 0u);
  }
  std::uint32_t ReleaseStatus() { return bench_->host_registers(0).Read(host_reg::release_status::kOffset).rdata; }
  void WaitForTheRelease() {
    bench_->Wait([&] { return (ReleaseStatus() & host_reg::release_status::Busy::kMask) == 0; }, 2000, "the release");
  }

 private:
  static constexpr std::uint32_t kNoticeTimeout = 10000;
  static constexpr std::uint64_t kSettleCycles = 1000;
};

TEST_F(PoolFloorsAndARelease, ASlotOnItsWayBackIsNotCountedAmongThoseThatAreKept) {
  BeginRelease();
  EXPECT_EQ(Resident(0), kFloor + 1) << "the one on its way, and those that are kept";
  bench_->HoldNotices(false);
  WaitForTheRelease();
  EXPECT_EQ(ReleaseStatus(), 0u);
  Storm();
  EXPECT_EQ(Resident(0), kFloor);
}

TEST_F(PoolFloorsAndARelease, ASlotWhoseReleaseFailedCountsAgain) {
  BeginRelease();
  WaitForTheRelease();
  EXPECT_EQ(ReleaseStatus(), host_reg::release_status::Failed::kMask);
  bench_->HoldNotices(false);
  ASSERT_TRUE(bench_->simulation().Run(20));
  Storm();
  EXPECT_EQ(Resident(0), kFloor) << "the fifth was taken, and no other";
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
