// What software orders, and hosts hint: page out, page in, pin, assign, hot, cold.
#include <gtest/gtest.h>

#include <bit>

#include "tests/pool/scenario.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
namespace host_reg = pool_host_registers;

class PoolOrders : public PoolScenario {
 protected:
  bool IsResident(std::uint32_t host, std::uint32_t segment) {
    return (ReadMap(host, segment) & reg::map_status::Resident::kMask) != 0;
  }
  std::uint32_t ValidPages(std::uint32_t host, std::uint32_t segment) {
    ReadMap(host, segment);
    return bench_->management().Read(reg::map_read_valid::kOffset).rdata;
  }
  std::uint32_t PagesOnBulk(std::uint32_t host, std::uint32_t segment) {
    ReadMap(host, segment);
    return bench_->management().Read(reg::map_read_on_bulk::kOffset).rdata;
  }
  // Other segments of the host, as many as there are slots.
  void PassThroughAllSlots(std::uint32_t host) {
    for (std::uint64_t segment = 8; segment < 8 + WideShape::kSlots; ++segment) Read(host, segment * kSegment);
  }
  void Hint(std::uint32_t host, std::uint32_t segment, bool cold) {
    bench_->host_registers(host).Write(host_reg::hint::kOffset, segment | (cold ? 1u << 24 : 0u));
    EXPECT_TRUE(bench_->Wait(
        [&] {
          return (bench_->host_registers(host).Read(host_reg::hint_status::kOffset).rdata &
                  host_reg::hint_status::Busy::kMask) == 0;
        },
        1000, "the hint"));
  }
  std::uint32_t HintsTaken(std::uint32_t host) {
    return host_reg::hint_status::Taken::Get(bench_->host_registers(host).Read(host_reg::hint_status::kOffset).rdata);
  }
};

TEST_F(PoolOrders, APageOutOrderWritesWhatIsDirtyAndFreesTheSlot) {
  Make();
  Write(1, 3 * kSegment, 7);
  Read(1, 4 * kSegment);
  EXPECT_TRUE(Command(kPageOut, 1, 2, 4)) << "not resident: nothing to do";
  EXPECT_FALSE(IsResident(1, 3));
  EXPECT_FALSE(IsResident(1, 4));
  EXPECT_EQ(FreeSlots(), WideShape::kSlots);
  EXPECT_EQ(bench_->bulk().write_beats(), kLinesPerPage) << "one dirty page";
  EXPECT_EQ(bench_->Counter(1, 8), 2u) << "evictions";
  EXPECT_EQ(Read(1, 3 * kSegment).data, SeededLine(7));
}

TEST_F(PoolOrders, APageInOrderBringsAllThatIsOnBulkAndLaterReadsHit) {
  Make();
  const std::uint32_t on_bulk = PagesOnBulk(0, 5);
  EXPECT_TRUE(Command(kPageIn, 0, 5));
  ASSERT_TRUE(bench_->Wait([&] { return ValidPages(0, 5) == on_bulk; }, 500, "the pages"));
  EXPECT_EQ(bench_->Counter(0, 2), 0u) << "misses";
  for (std::uint64_t page = 0; page < 16; ++page) {
    if ((on_bulk >> page & 1) != 0) Read(0, 5 * kSegment + page * kPageBytes);
  }
  EXPECT_EQ(bench_->Counter(0, 2), 0u) << "misses";
  EXPECT_TRUE(Command(kPageIn, 0, 5)) << "all there";
  EXPECT_EQ(bench_->bulk().reads(), static_cast<std::uint64_t>(std::popcount(on_bulk)));
}

TEST_F(PoolOrders, ARequestToAPageThatWasOrderedWaitsForItAsForAnyOther) {
  Make();
  bench_->bulk().options().latency_min_cycles = bench_->bulk().options().latency_max_cycles = 3000;
  const std::uint64_t page = BulkPage(0, 5 * 16);
  Command(kPageIn, 0, 5);  // may not have begun all pages in time
  EXPECT_EQ(Read(0, page * kPageBytes).status, LineStatus::kOk);
  EXPECT_EQ(Write(0, page * kPageBytes, 3).status, LineStatus::kOk);
  EXPECT_EQ(Read(0, page * kPageBytes).data, SeededLine(3));
}

TEST_F(PoolOrders, APinnedSegmentStaysUntilItIsUnpinned) {
  Make();
  Read(0, 0);
  EXPECT_TRUE(Command(kPin, 0, 0));
  EXPECT_NE(ReadMap(0, 0) & reg::map_status::Pinned::kMask, 0u);
  PassThroughAllSlots(0);
  PassThroughAllSlots(1);
  EXPECT_TRUE(IsResident(0, 0));
  EXPECT_FALSE(Command(kPageOut, 0, 0)) << "pinned";
  EXPECT_FALSE(Command(kPin, 0, 1)) << "not resident";
  EXPECT_TRUE(Command(kUnpin, 0, 0));
  PassThroughAllSlots(0);
  PassThroughAllSlots(1);
  EXPECT_FALSE(IsResident(0, 0));
}

TEST_F(PoolOrders, AnAssignedSegmentHasASlotAndNoPages) {
  Make();
  EXPECT_TRUE(Command(kAssignSlot, 2, 6));
  EXPECT_TRUE(IsResident(2, 6));
  EXPECT_EQ(ValidPages(2, 6), 0u);
  EXPECT_EQ(FreeSlots(), WideShape::kSlots - 1);
  EXPECT_EQ(bench_->bulk().reads(), 0u);
}

TEST_F(PoolOrders, ACommandOutsideTheMapFails) {
  Make();
  EXPECT_FALSE(Command(kPageOut, WideShape::kHosts, 0));
  EXPECT_FALSE(Command(kPageOut, 0, 4194303, 2)) << "the second is outside";
}

TEST_F(PoolOrders, ASegmentMarkedColdLeavesBeforeOneMarkedHot) {
  Make();
  for (std::uint64_t segment = 0; segment < WideShape::kSlots; ++segment) Read(0, segment * kSegment);
  // None has been hit for long; then one has.
  EXPECT_TRUE(Command(kMarkCold, 0, 0, WideShape::kSlots));
  std::uint32_t hot = 0;
  while (!IsResident(0, hot)) ++hot;
  EXPECT_TRUE(Command(kMarkHot, 0, hot));
  for (std::uint64_t segment = 20; segment < 26; ++segment) Read(0, segment * kSegment);
  EXPECT_TRUE(IsResident(0, hot));
}

TEST_F(PoolOrders, APageOutThatBulkRefusesFailsAndLosesNothing) {
  Make();
  Write(0, kSegment, 9);
  bench_->bulk().options().write_error_percent = 100;
  EXPECT_FALSE(Command(kPageOut, 0, 1));
  EXPECT_TRUE(IsResident(0, 1));
  EXPECT_NE(Events() & reg::events::PageOutFailed::kMask, 0u);
  bench_->bulk().options().write_error_percent = 0;
  EXPECT_FALSE(Command(kPageOut, 0, 1)) << "pinned since";
  EXPECT_TRUE(Command(kUnpin, 0, 1));
  EXPECT_TRUE(Command(kPageOut, 0, 1));
  EXPECT_EQ(Read(0, kSegment).data, SeededLine(9));
}

TEST_F(PoolOrders, AnOrderThatNobodyCanCarryOutEndsInTime) {
  Make();
  bench_->management().Write(reg::bulk_timeout::kOffset, 2000);
  // All slots pinned, while nobody is evicted: no slot can be assigned.
  ASSERT_TRUE(bench_->Quiesce(false));
  EXPECT_TRUE(Command(kAssignSlot, 0, 0, WideShape::kSlots));
  EXPECT_TRUE(Command(kPin, 0, 0, WideShape::kSlots));
  bench_->Resume();
  const std::uint64_t before = bench_->simulation().cycle();
  EXPECT_FALSE(Command(kAssignSlot, 1, 0));
  EXPECT_LT(bench_->simulation().cycle() - before, 4000u);
}

TEST_F(PoolOrders, AHostsHintsAreForItsOwnWindowOnly) {
  Make();
  const std::uint32_t on_bulk = PagesOnBulk(1, 3);
  Hint(1, 3, false);
  ASSERT_TRUE(bench_->Wait([&] { return ValidPages(1, 3) == on_bulk; }, 500, "the pages"));
  EXPECT_FALSE(IsResident(0, 3));
  EXPECT_EQ(HintsTaken(1), 1u);
  Hint(1, WideShape::kWindowSegments, false);
  EXPECT_EQ(HintsTaken(1), 1u) << "outside the window";
  Hint(1, 3, true);
  EXPECT_EQ(HintsTaken(1), 2u);
  ASSERT_TRUE(bench_->Quiesce(false));
  Hint(1, 4, false);
  EXPECT_EQ(HintsTaken(1), 2u) << "not while the pool is closed";
  EXPECT_FALSE(IsResident(1, 4));
}

}  // namespace
}  // namespace tarn::tests
