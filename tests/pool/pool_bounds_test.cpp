// Each wait of the pool for somebody outside has a bound and a message: nobody hangs, nothing is lost, and when whoever
// was late is back, everything goes on.
#include <gtest/gtest.h>

#include "tests/pool/scenario.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
namespace host_reg = pool_host_registers;

class PoolBounds : public PoolScenario {
 protected:
  void MakeBounded(const WideBench::Options& options = {}) {
    Make(options);
    bench_->checker().set_refusals_allowed(true);
    bench_->management().Write(reg::bulk_timeout::kOffset, 1000);
    bench_->management().Write(reg::notice_timeout::kOffset, 300);
    bench_->management().Write(reg::quiesce_timeout::kOffset, 3000);
    bench_->management().Write(reg::event_enable::kOffset, reg::event_enable::Mask::kMask);
  }
  // The event came, raised the interrupt, and is gone once it was cleared.
  void ExpectEvent(std::uint32_t event) {
    EXPECT_EQ(Events() & event, event);
    EXPECT_EQ(bench_->dut().irq_o, 1);
    bench_->management().Write(reg::events::kOffset, ~0u);
    bench_->simulation().Run(4);
    EXPECT_EQ(Events() & event, 0u);
  }
  // From now on bulk completes commands only after kLateCycles, more than the pool waits; or in time again.
  static constexpr unsigned kLateCycles = 60000;
  void MakeBulkLate(bool late) {
    bench_->bulk().options().late_cycles = kLateCycles;
    bench_->bulk().options().late_percent = late ? 100 : 0;
  }
  void TouchEverySegment(std::uint32_t host) {
    for (std::uint64_t segment = 1; segment < 31; ++segment) Read(host, segment * kSegment);
  }
  // Everybody is back: everything that was written is on bulk after a flush.
  void ExpectFlushIsWhole() {
    bench_->management().Write(reg::bulk_timeout::kOffset, 20000);
    ASSERT_TRUE(bench_->Quiesce(true)) << bench_->failures().Text();
    EXPECT_EQ(Status() & reg::status::FlushFailed::kMask, 0u);
    bench_->checker().ExpectBulkHoldsEverything();
  }
};

TEST_F(PoolBounds, AWriteWhoseNoticeIsNotTakenTimesOutAndThePageIsAsItWas) {
  MakeBounded();
  const Line before = Read(0, 0).data;
  const Line other = Read(0, kSegment).data;
  bench_->HoldNotices(true);
  EXPECT_EQ(Write(0, 0, 71).status, LineStatus::kTimeout);
  EXPECT_NE(Status() & reg::status::NoticeLate::kMask, 0u);
  ExpectEvent(reg::events::NoticeLate::kMask);
  // Its notice is on the port and cannot be taken back: its page waits for it. Nobody else's does.
  EXPECT_EQ(Read(0, 64).status, LineStatus::kTimeout);
  EXPECT_EQ(Write(0, kSegment, 72).status, LineStatus::kTimeout);
  EXPECT_EQ(Read(0, kSegment).data, other);
  EXPECT_EQ(Read(1, 0).status, LineStatus::kOk) << "pages come in as ever";
  bench_->HoldNotices(false);
  ASSERT_TRUE(bench_->simulation().Run(20));
  EXPECT_EQ(Status() & reg::status::NoticeLate::kMask, 0u);
  EXPECT_EQ(Read(0, 0).data, before);
  EXPECT_EQ(bench_->Counter(0, 11), 1u) << "that of the first write, no more";
  EXPECT_EQ(Write(0, 0, 73).status, LineStatus::kOk);
  EXPECT_EQ(bench_->Counter(0, 11), 1u) << "the page was announced already";
  EXPECT_EQ(Write(0, kSegment, 74).status, LineStatus::kOk);
  EXPECT_EQ(bench_->Counter(0, 11), 2u);
  ExpectFlushIsWhole();
}

TEST_F(PoolBounds, WalksFindAnEngineWhileAHostsNoticeIsStuck) {
  MakeBounded();
  Read(0, 0);
  bench_->HoldNotices(true);
  EXPECT_EQ(Write(0, 0, 75).status, LineStatus::kTimeout);
  for (std::uint64_t segment = 1; segment < 12; ++segment) bench_->Read(0, segment * kSegment);
  bench_->Read(1, 0, true);
  EXPECT_TRUE(bench_->Drain());
  for (std::size_t i = 2; i < answers_.size(); ++i) EXPECT_EQ(answers_[i].status, LineStatus::kOk);
  bench_->HoldNotices(false);
}

TEST_F(PoolBounds, APageOutWhoseNoticeIsNotTakenIsGivenUpAndWhatWasNotAnnouncedStaysDirty) {
  MakeBounded();
  Write(0, 0, 76);
  Write(0, kPageBytes, 77);
  bench_->HoldNotices(true);
  TouchEverySegment(0);
  EXPECT_EQ(Events() & reg::events::PageOutFailed::kMask, reg::events::PageOutFailed::kMask);
  ExpectEvent(reg::events::NoticeLate::kMask);
  EXPECT_EQ(ReadMap(0, 0), reg::map_status::Resident::kMask) << "and may be chosen again";
  // One of the two is announced: its notice is on the port.
  const std::uint32_t dirty = bench_->management().Read(reg::map_read_dirty::kOffset).rdata;
  EXPECT_TRUE(dirty == 1 || dirty == 2) << dirty;
  EXPECT_EQ(Read(0, 0).data, SeededLine(76));
  EXPECT_EQ(Read(0, kPageBytes).data, SeededLine(77));
  bench_->HoldNotices(false);
  ASSERT_TRUE(bench_->simulation().Run(20));
  Write(0, 64, 78);
  Write(0, kPageBytes + 64, 79);
  TouchEverySegment(0);
  EXPECT_EQ(Read(0, 64).data, SeededLine(78));
  EXPECT_EQ(Read(0, kPageBytes).data, SeededLine(77));
  ExpectFlushIsWhole();
}

// Bulk got the pages, the map never heard of it: when they are zero the next time, bulk may not keep what it got.
TEST_F(PoolBounds, PagesOfAPageOutThatWasGivenUpLeaveNothingOnBulkWhenTheyAreZeroLater) {
  MakeBounded({.all_zero = true});
  Write(0, 0, 76);
  Write(0, kPageBytes, 77);
  bench_->HoldNotices(true);
  TouchEverySegment(0);
  ExpectEvent(reg::events::NoticeLate::kMask);
  bench_->HoldNotices(false);
  ASSERT_TRUE(bench_->simulation().Run(20));
  for (const std::uint64_t page : {0, 1}) {
    Do(0, {.op = Op::kWrite, .addr = bench_->base(0) + page * kPageBytes, .mask = ~std::uint64_t{0}});
  }
  TouchEverySegment(0);
  EXPECT_EQ(Read(0, 0).data, Line{});
  EXPECT_EQ(Read(0, kPageBytes).data, Line{});
  ExpectFlushIsWhole();
}

TEST_F(PoolBounds, AReleaseThatCannotBeAnnouncedFailsAndWhatWasNotAnnouncedIsAsItWas) {
  MakeBounded();
  bench_->HoldNotices(true);
  EXPECT_EQ(Release(1, 2), host_reg::release_status::Failed::kMask);
  ExpectEvent(reg::events::NoticeLate::kMask);
  EXPECT_EQ(Release(1, 3), host_reg::release_status::Failed::kMask) << "at once";
  bench_->HoldNotices(false);
  ASSERT_TRUE(bench_->simulation().Run(20));
  EXPECT_EQ(bench_->Counter(1, 11), 1u) << "the one that was on the port";
  for (std::uint64_t page = 0; page < 16; ++page) Read(1, 2 * kSegment + page * kPageBytes);  // the checker knows
  EXPECT_EQ(Release(1, 2), 0u);
  for (std::uint64_t page = 0; page < 16; ++page) EXPECT_EQ(Read(1, 2 * kSegment + page * kPageBytes).data, Line{});
}

TEST_F(PoolBounds, APageOutWhoseDataBulkStopsTakingIsGivenUpAndItsBeatsGoOnLater) {
  MakeBounded();
  Write(0, 0, 81);
  for (std::uint64_t segment = 1; segment < 31; ++segment) bench_->Read(0, segment * kSegment);
  ASSERT_TRUE(
      bench_->simulation().RunUntil([&] { return bench_->bulk().write_beats() == 20; }, 20000, "half a page to go"));
  bench_->bulk().HoldWriteData(true);
  ASSERT_TRUE(bench_->Drain());
  ASSERT_TRUE(bench_->simulation().Run(2000));
  ExpectEvent(reg::events::PageOutFailed::kMask);
  EXPECT_NE(Status() & reg::status::BulkLate::kMask, 0u);
  EXPECT_EQ(ReadMap(0, 0), reg::map_status::Resident::kMask | reg::map_status::Pinned::kMask);
  EXPECT_EQ(bench_->management().Read(reg::map_read_dirty::kOffset).rdata, 1u);
  EXPECT_EQ(Write(0, 64, 82).status, LineStatus::kOk) << "the page is in use again";
  EXPECT_EQ(Read(0, 0).data, SeededLine(81));
  EXPECT_EQ(bench_->bulk().write_beats(), 20u);
  bench_->bulk().HoldWriteData(false);
  ASSERT_TRUE(bench_->simulation().Run(1000));
  EXPECT_EQ(bench_->bulk().write_beats(), 64u) << "in order, of the content that was (the stub checks)";
  EXPECT_EQ(Status() & reg::status::BulkLate::kMask, 0u);
  EXPECT_EQ(Read(0, 64).data, SeededLine(82));
  ExpectFlushIsWhole();
}

TEST_F(PoolBounds, ABulkThatTakesNoCommandsTimesOutAndIsServedWhenItIsBack) {
  MakeBounded({.all_zero = true});
  Write(0, 0, 83);
  bench_->bulk().HoldCommands(true);
  TouchEverySegment(0);  // of zeros: only the page-out needs bulk
  ASSERT_TRUE(bench_->simulation().Run(2000));
  ExpectEvent(reg::events::PageOutFailed::kMask);
  EXPECT_NE(Status() & reg::status::BulkLate::kMask, 0u);
  EXPECT_EQ(ReadMap(0, 0), reg::map_status::Resident::kMask | reg::map_status::Pinned::kMask);
  EXPECT_EQ(Read(0, 0).data, SeededLine(83));
  bench_->bulk().HoldCommands(false);
  ASSERT_TRUE(bench_->simulation().Run(1000));
  EXPECT_EQ(Status() & reg::status::BulkLate::kMask, 0u);
  ExpectFlushIsWhole();
}

TEST_F(PoolBounds, APageInTimesOutWhileBulkTakesNoCommands) {
  MakeBounded();
  bench_->bulk().HoldCommands(true);
  const std::uint64_t first = BulkPage(0);
  EXPECT_EQ(Read(0, first * kPageBytes).status, LineStatus::kTimeout) << "its command stands on the port";
  EXPECT_EQ(Read(1, BulkPage(1) * kPageBytes).status, LineStatus::kTimeout) << "its does not";
  bench_->bulk().HoldCommands(false);
  EXPECT_EQ(Read(0, first * kPageBytes).status, LineStatus::kOk);
  EXPECT_EQ(Read(1, BulkPage(1) * kPageBytes).status, LineStatus::kOk);
}

// A trim that is late must not fall on what was written after it.
TEST_F(PoolBounds, ATrimThatTimedOutAndComesLateTakesNothingAwayThatWasWrittenSince) {
  MakeBounded();
  const std::uint64_t page = BulkPage(0) * kPageBytes;
  MakeBulkLate(true);
  EXPECT_EQ(Release(0, 0), 0u) << "its pages read as zero from now on";
  ExpectEvent(reg::events::PageOutFailed::kMask);
  EXPECT_NE(Status() & reg::status::BulkLate::kMask, 0u);
  MakeBulkLate(false);
  EXPECT_EQ(Read(0, page).data, Line{});
  EXPECT_EQ(Write(0, page, 85).status, LineStatus::kOk);
  TouchEverySegment(0);
  EXPECT_NE(Status() & reg::status::BulkLate::kMask, 0u) << "the trim has not come yet";
  EXPECT_EQ(ReadMap(0, 0), reg::map_status::Resident::kMask) << "the segment stays until it has";
  EXPECT_EQ(Release(0, 0), host_reg::release_status::Failed::kMask) << "at once";
  ASSERT_TRUE(bench_->simulation().Run(kLateCycles));
  EXPECT_EQ(Status() & reg::status::BulkLate::kMask, 0u);
  TouchEverySegment(0);
  EXPECT_EQ(ReadMap(0, 0) & reg::map_status::Resident::kMask, 0u);
  EXPECT_EQ(Read(0, page).data, SeededLine(85));
}

// Software that says "this page is on bulk" while a trim of it is on its way would be told a lie.
TEST_F(PoolBounds, AMapEntryCannotBeLoadedWhileATrimOfItsSegmentIsLate) {
  MakeBounded();
  MakeBulkLate(true);
  EXPECT_EQ(Release(0, 0), 0u);
  MakeBulkLate(false);
  bench_->management().Write(reg::map_host::kOffset, 0);
  bench_->management().Write(reg::map_segment::kOffset, 0);
  bench_->management().Write(reg::map_on_bulk::kOffset, 1);
  bench_->management().Write(reg::map_command::kOffset, 1);
  bench_->simulation().Run(20);
  EXPECT_EQ(bench_->management().Read(reg::map_status::kOffset).rdata & reg::map_status::Failed::kMask,
            reg::map_status::Failed::kMask);
  EXPECT_EQ(ReadMap(0, 0), 0u);
  EXPECT_EQ(bench_->management().Read(reg::map_read_on_bulk::kOffset).rdata, 0u);
}

// Nor a write: neither a flush nor, once unpinned, an eviction may write its page anew before it came.
TEST_F(PoolBounds, AWriteThatTimedOutAndComesLateDoesNotLandOnANewerOne) {
  MakeBounded();
  Write(0, 0, 86);
  MakeBulkLate(true);
  for (std::uint64_t segment = 1; segment < 31; ++segment) bench_->Read(0, segment * kSegment);
  ASSERT_TRUE(bench_->simulation().RunUntil([&] { return bench_->bulk().writes() == 1; }, 20000, "the page-out"));
  MakeBulkLate(false);
  ASSERT_TRUE(bench_->Drain());
  ASSERT_TRUE(bench_->simulation().Run(2000));
  ExpectEvent(reg::events::PageOutFailed::kMask);
  EXPECT_EQ(ReadMap(0, 0), reg::map_status::Resident::kMask | reg::map_status::Pinned::kMask);
  EXPECT_EQ(Write(0, 0, 87).status, LineStatus::kOk);
  bench_->management().Write(reg::map_command::kOffset, 3);  // unpin
  TouchEverySegment(0);
  EXPECT_EQ(ReadMap(0, 0), reg::map_status::Resident::kMask) << "skipped, since bulk owes its write";
  bench_->management().Write(reg::quiesce_timeout::kOffset, 100000);
  ExpectFlushIsWhole();
  EXPECT_EQ(bench_->bulk().Content(0).lines[0], SeededLine(87));
}

TEST_F(PoolBounds, APageOutThatSucceedsAfterAnErrorCountsItAndRaisesNoEvent) {
  MakeBounded({.all_zero = true});
  bench_->management().Write(reg::limits::kOffset, 0xFF10);
  Write(0, 0, 88);
  bench_->bulk().options().write_error_percent = 100;
  for (std::uint64_t segment = 1; segment < 31; ++segment) bench_->Read(0, segment * kSegment);
  ASSERT_TRUE(bench_->simulation().RunUntil([&] { return bench_->bulk().faults() == 3; }, 20000, "three errors"));
  bench_->bulk().options().write_error_percent = 0;
  ASSERT_TRUE(bench_->Drain());
  ASSERT_TRUE(bench_->simulation().Run(2000));
  EXPECT_EQ(ReadMap(0, 0), 0u) << "it was written in the end";
  EXPECT_EQ(bench_->Counter(0, 9), 1u);
  EXPECT_EQ(Events() & (reg::events::PageInFailed::kMask | reg::events::PageOutFailed::kMask), 0u);
  EXPECT_EQ(bench_->host_registers(0).Read(host_reg::events::kOffset).rdata & host_reg::events::PageFailed::kMask, 0u);
  EXPECT_EQ(Read(0, 0).data, SeededLine(88));
}

TEST_F(PoolBounds, QuiesceTellsThatItIsLateAndForWhom) {
  MakeBounded();
  Read(2, 0);
  bench_->HoldAnswers(2, true);
  bench_->Read(2, 0);
  bench_->management().Write(reg::control::kOffset, reg::control::Enable::kMask | reg::control::Quiesce::kMask);
  ASSERT_TRUE(bench_->simulation().Run(1500));
  EXPECT_EQ(Status() & reg::status::QuiesceLate::kMask, 0u) << "not yet";
  ASSERT_TRUE(bench_->simulation().Run(2500));
  EXPECT_EQ(Status() & (reg::status::QuiesceLate::kMask | reg::status::Quiesced::kMask),
            reg::status::QuiesceLate::kMask);
  ExpectEvent(reg::events::QuiesceLate::kMask);
  EXPECT_EQ(bench_->management().Read(reg::quiesce_waits::kOffset).rdata, 1u << 2);
  bench_->HoldAnswers(2, false);
  ASSERT_TRUE(bench_->simulation().Run(20));
  EXPECT_EQ(Status() & (reg::status::QuiesceLate::kMask | reg::status::Quiesced::kMask), reg::status::Quiesced::kMask);
  EXPECT_EQ(bench_->management().Read(reg::quiesce_waits::kOffset).rdata, 0u);
}

TEST_F(PoolBounds, AFlushThatBulkDoesNotTakeIsGivenUpAndAnotherOneIsWhole) {
  MakeBounded();
  for (std::uint64_t segment = 0; segment < 5; ++segment) Write(1, segment * kSegment, 90 + segment);
  bench_->bulk().HoldWriteData(true);
  ASSERT_TRUE(bench_->Quiesce(true)) << "it ends";
  EXPECT_NE(Status() & reg::status::FlushFailed::kMask, 0u);
  EXPECT_EQ(Status() & reg::status::Quiesced::kMask, 0u) << "evictors are out, with half a page each";
  ExpectEvent(reg::events::QuiesceLate::kMask | reg::events::Flushed::kMask);
  EXPECT_EQ(bench_->management().Read(reg::quiesce_waits::kOffset).rdata, reg::quiesce_waits::PageOuts::kMask);
  bench_->Resume();
  EXPECT_EQ(Release(1, 4), host_reg::release_status::Failed::kMask) << "no evictor, and none in sight";
  EXPECT_EQ(Read(1, 4 * kSegment).data, SeededLine(94));
  bench_->bulk().HoldWriteData(false);
  ASSERT_TRUE(bench_->simulation().Run(1000));
  ExpectFlushIsWhole();
}

}  // namespace
}  // namespace tarn::tests
