// Slots of two speed classes, and moves of segments between them: by software's order, by what the hotness monitoring
// finds, under traffic, and given up.
#include <gtest/gtest.h>

#include "models/pool/pool_hotness_registers.h"
#include "tests/pool/scenario.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
namespace hot = pool_hotness_registers;

constexpr std::uint32_t kFastSlots = 4;

class PoolMoves : public PoolScenario {
 protected:
  void MakeTwoClasses(const WideBench::Options& options = {}) {
    Make(options);
    bench_->management().Write(reg::fast_slots::kOffset, kFastSlots);
    bench_->checker().SetFastSlots(kFastSlots);
  }
  bool IsFast(std::uint32_t host, std::uint32_t segment) {
    EXPECT_NE(ReadMap(host, segment) & reg::map_status::Resident::kMask, 0u) << "segment " << segment;
    return bench_->management().Read(reg::map_read_slot::kOffset).rdata < kFastSlots;
  }
  std::uint32_t Register(std::uint32_t offset) { return bench_->management().Read(offset).rdata; }
  // Segments 0, 1, … of host 0, so that the first kFastSlots are fast; a page of each written, another read.
  void Touch(std::uint32_t segments) {
    for (std::uint32_t segment = 0; segment < segments; ++segment) {
      Write(0, segment * kSegment + kPageBytes, 100 + segment);
      Read(0, segment * kSegment + 5 * kPageBytes);
    }
  }
  void ExpectUntouchedContent(std::uint32_t segments) {
    for (std::uint32_t segment = 0; segment < segments; ++segment) {
      EXPECT_EQ(Read(0, segment * kSegment + kPageBytes).data, SeededLine(100 + segment)) << "segment " << segment;
      Read(0, segment * kSegment + 5 * kPageBytes);  // judged by the checker
    }
  }
};

TEST_F(PoolMoves, NewSegmentsGetFastSlotsAsLongAsOneIsFree) {
  MakeTwoClasses();
  Touch(kFastSlots + 2);
  EXPECT_EQ(Register(reg::free_fast_slots::kOffset), 0u);
  for (std::uint32_t segment = 0; segment < kFastSlots + 2; ++segment) {
    EXPECT_EQ(IsFast(0, segment), segment < kFastSlots) << segment;
  }
}

TEST_F(PoolMoves, AnOrderMovesASegmentWithoutBulkAndTellsOfEachOfItsPages) {
  MakeTwoClasses();
  Touch(kFastSlots + 1);
  EXPECT_FALSE(Command(kToFast, 0, kFastSlots)) << "no fast slot is free";
  const std::uint64_t reads = bench_->bulk().reads();
  EXPECT_TRUE(Command(kToSlow, 0, 1));
  EXPECT_FALSE(IsFast(0, 1));
  EXPECT_EQ(Register(reg::free_fast_slots::kOffset), 1u);
  EXPECT_EQ(bench_->checker().tally(0).moved_pages, 2u);
  EXPECT_TRUE(Command(kToFast, 0, kFastSlots));
  EXPECT_TRUE(IsFast(0, kFastSlots));
  EXPECT_TRUE(Command(kToFast, 0, kFastSlots)) << "it is";
  ExpectUntouchedContent(kFastSlots + 1);
  EXPECT_EQ(bench_->bulk().reads(), reads);
  EXPECT_EQ(bench_->bulk().write_beats(), 0u);
  EXPECT_EQ(bench_->checker().tally(0).moves, 2u);
  EXPECT_EQ(Register(reg::promotions::kOffset), 1u);
  EXPECT_EQ(Register(reg::demotions::kOffset), 1u);
  EXPECT_EQ(Register(reg::moves_given_up::kOffset), 0u);
}

TEST_F(PoolMoves, DirtyPagesOfASegmentThatMovedAreWrittenOutFromWhereItIs) {
  MakeTwoClasses();
  Touch(2);
  EXPECT_TRUE(Command(kToSlow, 0, 0, 2));
  EXPECT_TRUE(Command(kPageOut, 0, 0, 2));
  EXPECT_EQ(bench_->bulk().write_beats(), 2 * kLinesPerPage);
  ExpectUntouchedContent(2);
  EXPECT_EQ(FreeSlots(), WideShape::kSlots - 2);
}

TEST_F(PoolMoves, WhatIsNotResidentOrIsPinnedStays) {
  MakeTwoClasses();
  Touch(1);
  EXPECT_FALSE(Command(kToSlow, 0, 7)) << "not resident";
  EXPECT_TRUE(Command(kPin, 0, 0));
  EXPECT_FALSE(Command(kToSlow, 0, 0));
  EXPECT_TRUE(IsFast(0, 0));
  EXPECT_TRUE(Command(kUnpin, 0, 0));
  EXPECT_TRUE(Command(kToSlow, 0, 0));
  EXPECT_FALSE(IsFast(0, 0));
}

TEST_F(PoolMoves, TheClassesStayAsTheyAreOnceASlotWasGiven) {
  MakeTwoClasses();
  Touch(kFastSlots);
  bench_->management().Write(reg::fast_slots::kOffset, 1);
  EXPECT_EQ(Register(reg::free_fast_slots::kOffset), 0u);
  EXPECT_TRUE(Command(kToSlow, 0, 1));
  EXPECT_TRUE(Command(kPageOut, 0, 0, kFastSlots));
  bench_->management().Write(reg::fast_slots::kOffset, 2);
  EXPECT_EQ(Register(reg::free_fast_slots::kOffset), kFastSlots);
  EXPECT_EQ(FreeSlots(), WideShape::kSlots);
  ExpectUntouchedContent(kFastSlots);
}

TEST_F(PoolMoves, WithOneClassAloneNothingMoves) {
  Make();
  Touch(1);
  EXPECT_FALSE(Command(kToSlow, 0, 0));
  EXPECT_TRUE(Command(kToFast, 0, 0)) << "it is";
  EXPECT_EQ(bench_->checker().tally(0).moves, 0u);
}

// Every byte is judged; the moved segments are read and written all the while.
TEST_F(PoolMoves, UnderTrafficNoAccessIsLostNorLate) {
  WideBench::Options options;
  options.channel.stall_percent = 10;
  options.channel.wait_percent = 20;
  options.rsp_stall_percent = 20;
  options.change_stall_percent = 30;
  MakeTwoClasses(options);
  constexpr std::uint32_t kSegments = 2;
  constexpr std::uint32_t kHalf = WideShape::kSlots / 2;  // as many as there are segments
  bench_->management().Write(reg::fast_slots::kOffset, kHalf);
  bench_->checker().SetFastSlots(kHalf);
  // All go to slow slots, then to fast ones, one after the other.
  for (std::uint32_t number = 0; number < 2 * kHalf; ++number) {
    bench_->management().Write(reg::events::kOffset, reg::events::MapDone::kMask);
    bench_->management().Write(reg::map_host::kOffset, number % WideShape::kHosts);
    bench_->management().Write(reg::map_segment::kOffset, number / WideShape::kHosts % kSegments);
    bench_->management().Write(reg::map_command::kOffset, number < kHalf ? kToSlow : kToFast);
    for (int tries = 0; tries < 100 && (Events() & reg::events::MapDone::kMask) == 0; ++tries) {
      ASSERT_TRUE(bench_->RunTraffic({.segments = kSegments, .lines = 16, .write_percent = 50}, 200));
    }
  }
  const tb::PoolChecker::Tally sum = bench_->checker().Sum();
  std::cout << sum.moves << " moves of " << sum.moved_pages << " pages, " << sum.accesses
            << " accesses, latency at most " << bench_->checker().latency_max_cycles() << " cycles, "
            << Register(reg::moves_given_up::kOffset) << " moves given up\n";
  EXPECT_GE(sum.moves, 2 * kHalf - 4) << "a few may find no slot free";
  EXPECT_GT(sum.nonzero_reads, 1000u);
  EXPECT_EQ(Register(reg::promotions::kOffset) + Register(reg::demotions::kOffset), sum.moves);
  ASSERT_TRUE(bench_->Quiesce(true));
  bench_->checker().ExpectBulkHoldsEverything();
}

TEST_F(PoolMoves, HotSegmentsMoveToFastSlotsAndColdOnesMakeRoom) {
  MakeTwoClasses();
  Touch(kFastSlots + 2);
  RegisterBus& hotness = bench_->hotness_registers();
  hotness.Write(hot::hot_threshold::kOffset, 10);
  hotness.Write(hot::cold_threshold::kOffset, 255);
  hotness.Write(hot::control::kOffset, hot::control::Enable::kMask);
  const auto end_epoch = [&] {
    hotness.Write(hot::control::kOffset, hot::control::Enable::kMask | hot::control::EndEpoch::kMask);
    bench_->simulation().Run(4000);
  };
  bench_->simulation().Run(200);
  // Two slow segments become hot; nobody accesses the fast ones.
  for (int epoch = 0; epoch < 4; ++epoch) {
    for (int access = 0; access < 20; ++access) {
      for (const std::uint32_t segment : {kFastSlots, kFastSlots + 1}) Read(0, segment * kSegment + kPageBytes);
    }
    end_epoch();
  }
  EXPECT_TRUE(IsFast(0, kFastSlots));
  EXPECT_TRUE(IsFast(0, kFastSlots + 1));
  EXPECT_GE(Register(reg::demotions::kOffset), 2u);
  EXPECT_EQ(Register(reg::promotions::kOffset), 2u);
  EXPECT_EQ(Register(reg::free_fast_slots::kOffset), 2u) << "the reserve";
  ExpectUntouchedContent(kFastSlots + 2);

  bench_->management().Write(reg::moves::kOffset, 0);
  Touch(kFastSlots + 4);
  const std::uint64_t moves = bench_->checker().tally(0).moves;
  for (int epoch = 0; epoch < 3; ++epoch) end_epoch();
  EXPECT_EQ(bench_->checker().tally(0).moves, moves) << "switched off";
}

TEST_F(PoolMoves, AMoveThatNobodyIsToldOfIsGivenUpAndNothingChanges) {
  MakeTwoClasses();
  bench_->management().Write(reg::notice_timeout::kOffset, 300);
  Touch(2);
  bench_->HoldNotices(true);
  EXPECT_FALSE(Command(kToSlow, 0, 0));
  EXPECT_TRUE(IsFast(0, 0));
  EXPECT_EQ(Register(reg::moves_given_up::kOffset), 1u);
  EXPECT_EQ(FreeSlots(), WideShape::kSlots - 2);
  EXPECT_EQ(Read(0, kPageBytes).data, SeededLine(100)) << "served meanwhile";
  bench_->HoldNotices(false);
  bench_->simulation().Run(100);
  EXPECT_TRUE(Command(kToSlow, 0, 0));
  ExpectUntouchedContent(2);
}

TEST_F(PoolMoves, AMoveToMemoryThatDoesNotAnswerIsGivenUp) {
  WideBench::Options options;
  options.channel.timeout_per_million = 1'000'000;
  options.channel.timeout_first_line = std::uint64_t{kFastSlots} * WideShape::kSegmentBytes / kLineBytes;
  options.channel.timeout_end_line = std::uint64_t{WideShape::kSlots} * WideShape::kSegmentBytes / kLineBytes;
  MakeTwoClasses(options);
  Touch(2);
  EXPECT_FALSE(Command(kToSlow, 0, 0));
  EXPECT_TRUE(IsFast(0, 0));
  EXPECT_EQ(Register(reg::moves_given_up::kOffset), 1u);
  EXPECT_EQ(FreeSlots(), WideShape::kSlots - 2);
  EXPECT_EQ(Read(0, kPageBytes).data, SeededLine(100));
}

TEST_F(PoolMoves, AReleaseInTheMiddleOfAMoveEndsBoth) {
  WideBench::Options options;
  options.channel.wait_percent = 90;
  MakeTwoClasses(options);
  Touch(2);
  bench_->management().Write(reg::map_host::kOffset, 0);
  bench_->management().Write(reg::map_segment::kOffset, 0);
  bench_->management().Write(reg::map_command::kOffset, kToSlow);
  bench_->simulation().Run(100);
  EXPECT_EQ(Release(0, 0), 0u);
  bench_->simulation().Run(3000);
  EXPECT_EQ(FreeSlots(), WideShape::kSlots - 1);
  EXPECT_EQ(Register(reg::moves_given_up::kOffset), 1u);
  EXPECT_EQ(Read(0, kPageBytes).data, Line{});
}

TEST_F(PoolMoves, QuiescingWaitsForAMove) {
  WideBench::Options options;
  options.channel.wait_percent = 90;
  MakeTwoClasses(options);
  Touch(1);
  bench_->management().Write(reg::map_host::kOffset, 0);
  bench_->management().Write(reg::map_segment::kOffset, 0);
  bench_->management().Write(reg::map_command::kOffset, kToSlow);
  ASSERT_TRUE(bench_->Quiesce(false));
  EXPECT_EQ(bench_->checker().tally(0).moves, 1u);
}

}  // namespace
}  // namespace tarn::tests
