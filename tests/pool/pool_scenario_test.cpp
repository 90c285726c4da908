// One thing at a time on the Verilated pool: release, exclusives, poison, bulk that fails, quiesce, windows.
#include <gtest/gtest.h>

#include <vector>

#include "tests/pool/scenario.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
namespace host_reg = pool_host_registers;

TEST_F(PoolScenario, APoolThatIsNotEnabledAnswersAccessError) {
  bench_ = std::make_unique<WideBench>(WideBench::Options{.all_zero = true});
  ASSERT_TRUE(bench_->Start());
  bench_->management().Write(reg::control::kOffset, 0);
  bench_->checker().set_closed(true);
  LineResponse answer;
  bench_->response_hook = [&](std::uint32_t, bool, const LineResponse& response, std::uint64_t) { answer = response; };
  bench_->Send(0, false, {.op = Op::kRead, .addr = bench_->base(0), .mask = 1});
  ASSERT_TRUE(bench_->Drain());
  EXPECT_EQ(answer.status, LineStatus::kAccessError);
  EXPECT_EQ(bench_->Counter(0, 3), 1u);
  EXPECT_EQ(bench_->host_registers(0).Read(host_reg::events::kOffset).rdata, host_reg::events::AccessError::kMask);
}

TEST_F(PoolScenario, AnExclusiveWriteSucceedsOnlyWhileItsReadHolds) {
  Make();
  EXPECT_EQ(Read(0, 0, true, 5).status, LineStatus::kExclusiveOk);
  EXPECT_EQ(Write(0, 0, 1, true, 6).status, LineStatus::kOk) << "another id";
  EXPECT_EQ(Write(0, 0, 2, true, 5).status, LineStatus::kExclusiveOk);
  EXPECT_EQ(Write(0, 0, 3, true, 5).status, LineStatus::kOk) << "used up";
  EXPECT_EQ(Read(0, 0).data, SeededLine(2));
  EXPECT_EQ(Read(0, 64, true, 5).status, LineStatus::kExclusiveOk);
  Write(0, 64, 4);
  EXPECT_EQ(Write(0, 64, 5, true, 5).status, LineStatus::kOk) << "somebody wrote between";
  EXPECT_EQ(Read(0, 64).data, SeededLine(4));
}

TEST_F(PoolScenario, AReleasedSegmentReadsAsZeroAndOnlyItDoes) {
  Make();
  const std::uint64_t segment_bytes = WideShape::kSegmentBytes;
  Write(1, 2 * segment_bytes, 11);
  Write(1, 3 * segment_bytes, 12);
  Write(2, 2 * segment_bytes, 13);
  RegisterBus& registers = bench_->host_registers(1);
  registers.Write(host_reg::event_enable::kOffset, host_reg::events::Released::kMask);
  registers.Write(host_reg::release_segment::kOffset, 2);
  registers.Write(host_reg::release_command::kOffset, 1);
  ASSERT_TRUE(bench_->Wait(
      [&] {
        return (registers.Read(host_reg::release_status::kOffset).rdata & host_reg::release_status::Busy::kMask) == 0;
      },
      1000, "the release"));
  EXPECT_EQ(bench_->dut().host_irq_o[1], 1);
  EXPECT_EQ(bench_->dut().host_irq_o[2], 0);
  registers.Write(host_reg::events::kOffset, host_reg::events::Released::kMask);
  bench_->simulation().Run(4);
  EXPECT_EQ(bench_->dut().host_irq_o[1], 0);
  EXPECT_EQ(Read(1, 2 * segment_bytes).data, Line{});
  EXPECT_EQ(Read(1, 2 * segment_bytes + 5 * kPageBytes).data, Line{}) << "what was on bulk is gone too";
  EXPECT_EQ(Read(1, 3 * segment_bytes).data, SeededLine(12));
  EXPECT_EQ(Read(2, 2 * segment_bytes).data, SeededLine(13));
  EXPECT_GT(bench_->bulk().trims(), 8u);
  registers.Write(host_reg::release_segment::kOffset, WideShape::kWindowSegments);
  registers.Write(host_reg::release_command::kOffset, 1);
  EXPECT_EQ(registers.Read(host_reg::release_status::kOffset).rdata, host_reg::release_status::Failed::kMask);
}

TEST_F(PoolScenario, ABulkReadErrorPoisonsThePageUntilItIsWrittenAndSurvivesPageOut) {
  Make();
  const std::uint64_t offset = BulkPage(0) * kPageBytes;
  bench_->bulk().options().read_error_percent = 100;
  Read(0, offset);  // right, if its line came before the error
  WaitForPage(0, offset);
  EXPECT_EQ(Read(0, offset).status, LineStatus::kPoison);
  bench_->bulk().options().read_error_percent = 0;
  EXPECT_EQ(Write(0, offset, 21).status, LineStatus::kOk);
  EXPECT_EQ(Read(0, offset).status, LineStatus::kOk) << "a whole write heals";
  EXPECT_EQ(Do(0, {.op = Op::kPartialWrite, .addr = bench_->base(0) + offset + 64, .mask = 0xFF}).status,
            LineStatus::kOk);
  EXPECT_EQ(Read(0, offset + 64).status, LineStatus::kPoison) << "a partial one does not";
  // Out to bulk and in again: touch every slot.
  for (std::uint64_t segment = 1; segment < 31; ++segment) Read(0, segment * WideShape::kSegmentBytes);
  EXPECT_GT(bench_->checker().tally(0).evictions, 10u);
  EXPECT_EQ(Read(0, offset).data, SeededLine(21));
  EXPECT_EQ(Read(0, offset + 64).status, LineStatus::kPoison);
  EXPECT_EQ(bench_->Counter(0, 9), 1u) << "bulk errors";
  EXPECT_NE(bench_->host_registers(0).Read(host_reg::events::kOffset).rdata & host_reg::events::PageFailed::kMask, 0u);
}

TEST_F(PoolScenario, ABulkThatAnswersTooLateTimesOutAndLaterGivesThePage) {
  Make();
  bench_->checker().set_refusals_allowed(true);
  bench_->management().Write(reg::bulk_timeout::kOffset, 500);
  const std::uint64_t offset = BulkPage(0) * kPageBytes;
  bench_->bulk().options().late_percent = 100;
  bench_->bulk().options().late_cycles = 3000;
  EXPECT_EQ(Read(0, offset).status, LineStatus::kTimeout);
  bench_->bulk().options().late_percent = 0;
  EXPECT_EQ(Read(0, offset).status, LineStatus::kOk) << "by another tag: the first is in quarantine";
  ASSERT_TRUE(bench_->simulation().Run(5000));
  EXPECT_EQ(Read(0, offset + 64).status, LineStatus::kOk);
  EXPECT_EQ(bench_->Counter(0, 10), 1u) << "refused";
}

TEST_F(PoolScenario, ABulkThatStaysAwayMakesRequestsRetry) {
  Make();
  bench_->checker().set_refusals_allowed(true);
  bench_->management().Write(reg::limits::kOffset, 3);
  bench_->bulk().options().offline_percent = 100;
  const std::uint64_t offset = BulkPage(0) * kPageBytes;
  // A plain read could be served by what comes before bulk says that it is away.
  EXPECT_EQ(Read(0, offset, true).status, LineStatus::kRetry);
  EXPECT_EQ(bench_->bulk().reads(), 4u);
  bench_->bulk().options().offline_percent = 0;
  EXPECT_EQ(Read(0, offset).status, LineStatus::kOk);
}

TEST_F(PoolScenario, ASegmentThatCannotBeWrittenOutStaysResidentAndIsReported) {
  Make();
  bench_->bulk().options().write_error_percent = 100;
  Write(0, 0, 31);
  for (std::uint64_t segment = 1; segment < 31; ++segment) Read(0, segment * WideShape::kSegmentBytes);
  EXPECT_NE(bench_->management().Read(reg::events::kOffset).rdata & reg::events::PageOutFailed::kMask, 0u);
  EXPECT_EQ(ReadMap(0, 0), reg::map_status::Resident::kMask | reg::map_status::Pinned::kMask);
  EXPECT_EQ(bench_->management().Read(reg::map_read_dirty::kOffset).rdata, 1u);
  EXPECT_EQ(Read(0, 0).data, SeededLine(31));
  // Bulk is well again, software lets it go: it leaves.
  bench_->bulk().options().write_error_percent = 0;
  bench_->management().Write(reg::map_command::kOffset, 3);
  for (std::uint64_t segment = 1; segment < 31; ++segment) Read(0, segment * WideShape::kSegmentBytes);
  EXPECT_EQ(bench_->checker().tally(0).written_out, 1u);
  EXPECT_EQ(Read(0, 0).data, SeededLine(31));
}

TEST_F(PoolScenario, UnpinningASegmentThatIsNotResidentLeavesItsPagesOnBulkAlone) {
  Make();
  const std::uint64_t page = BulkPage(0);
  const Line before = Read(0, page * kPageBytes).data;
  for (std::uint64_t segment = 1; segment < 31; ++segment) Read(0, segment * WideShape::kSegmentBytes);
  ASSERT_EQ(ReadMap(0, 0), 0u);
  bench_->management().Write(reg::map_on_bulk::kOffset, 0);
  bench_->management().Write(reg::map_command::kOffset, 3);
  bench_->simulation().Run(20);
  EXPECT_EQ(ReadMap(0, 0), 0u);
  EXPECT_EQ(Read(0, page * kPageBytes).data, before);
}

TEST_F(PoolScenario, CleanPagesLeaveWithoutAWriteAndUntouchedOnesAreMadeOfZeros) {
  Make({.all_zero = true});
  for (std::uint64_t segment = 0; segment < 31; ++segment) {
    EXPECT_EQ(Read(3, segment * WideShape::kSegmentBytes).data, Line{});
  }
  EXPECT_TRUE(bench_->Wait([&] { return bench_->Counter(3, 5) == 31; }, 100, "zero fills"));
  EXPECT_EQ(bench_->bulk().writes(), 0u);
  EXPECT_EQ(bench_->bulk().reads(), 0u);
  EXPECT_GT(bench_->Counter(3, 7), 10u) << "dropped";
}

TEST_F(PoolScenario, APageThatBecameZeroIsTrimmedNotWrittenAndIsMadeAgain) {
  Make();
  const std::uint64_t offset = BulkPage(0) * kPageBytes;
  ASSERT_LT(offset, WideShape::kSegmentBytes);
  for (std::uint64_t line = 0; line < kLinesPerPage; ++line) {
    Do(0, {.op = Op::kWrite, .addr = bench_->base(0) + offset + line * kLineBytes, .mask = ~std::uint64_t{0}});
  }
  for (std::uint64_t segment = 1; segment < 31; ++segment) Read(0, segment * WideShape::kSegmentBytes);
  EXPECT_EQ(ReadMap(0, 0), 0u) << "not resident";
  EXPECT_EQ(bench_->management().Read(reg::map_read_on_bulk::kOffset).rdata >> offset / kPageBytes & 1, 0u);
  EXPECT_EQ(bench_->bulk().writes(), 0u);
  EXPECT_EQ(bench_->bulk().trims(), 1u);
  EXPECT_EQ(bench_->Counter(0, 13), 1u);
  const std::uint64_t reads = bench_->bulk().reads();
  EXPECT_EQ(Read(0, offset + 3 * kLineBytes).data, Line{});
  EXPECT_EQ(bench_->bulk().reads(), reads);
}

TEST_F(PoolScenario, LinesMarkedAsPoisonAreNotZeros) {
  Make();
  const std::uint64_t offset = BulkPage(0) * kPageBytes;
  bench_->bulk().options().read_error_percent = 100;
  Read(0, offset);
  WaitForPage(0, offset);
  bench_->bulk().options().read_error_percent = 0;
  Do(0, {.op = Op::kWrite, .addr = bench_->base(0) + offset, .mask = ~std::uint64_t{0}});
  for (std::uint64_t segment = 1; segment < 31; ++segment) Read(0, segment * WideShape::kSegmentBytes);
  EXPECT_EQ(bench_->bulk().writes(), 1u);
  EXPECT_EQ(Read(0, offset).status, LineStatus::kOk);
  EXPECT_EQ(Read(0, offset + kLineBytes).status, LineStatus::kPoison);
}

TEST_F(PoolScenario, QuiesceHoldsNewRequestsBackAndLosesNone) {
  Make();
  Write(0, 0, 41);
  ASSERT_TRUE(bench_->Quiesce(true)) << bench_->failures().Text();
  EXPECT_EQ(bench_->bulk().flushes(), 1u);
  EXPECT_EQ(bench_->bulk().Content(0).lines[0], SeededLine(41));
  bench_->Read(0, 0);
  bench_->simulation().Run(500);
  EXPECT_EQ(answers_.size(), 1u);
  bench_->Resume();
  ASSERT_TRUE(bench_->Drain());
  EXPECT_EQ(answers_.back().data, SeededLine(41));
  // Clean now: writing again announces again (the checker demands it).
  Write(0, 0, 42);
  EXPECT_EQ(bench_->Counter(0, 11), 3u) << "first write, written out, first write";
}

TEST_F(PoolScenario, AHostThatTakesNoAnswersHoldsNobodyElseBack) {
  Make();
  Write(1, 0, 51);
  // Host 0 fills its transactions with hits and then takes nothing.
  Read(0, 0);
  bench_->HoldAnswers(0, true);
  for (int i = 0; i < 64; ++i) bench_->Read(0, static_cast<std::uint64_t>(i % 8) * 64);
  bench_->simulation().Run(300);
  const std::size_t before = answers_.size();
  for (int i = 0; i < 40; ++i) bench_->Read(1, static_cast<std::uint64_t>(i % 8) * 64);
  for (std::uint64_t segment = 1; segment < 4; ++segment) bench_->Read(2, segment * WideShape::kSegmentBytes);
  bench_->simulation().Run(4000);
  EXPECT_EQ(answers_.size(), before + 43);
  bench_->HoldAnswers(0, false);
  EXPECT_TRUE(bench_->Drain());
}

TEST_F(PoolScenario, WalksAreServedWhileHostsWaitForAllTheirPages) {
  WideBench::Options options;
  options.bulk.latency_min_cycles = 3000;
  options.bulk.latency_max_cycles = 3000;
  Make(options);
  for (std::uint64_t segment = 1; segment < 14; ++segment) bench_->Read(0, segment * WideShape::kSegmentBytes);
  bench_->simulation().Run(400);
  std::uint64_t walk_done = 0;
  bench_->response_hook = [&](std::uint32_t, bool walk, const LineResponse&, std::uint64_t cycle) {
    if (walk) walk_done = cycle;
  };
  const std::uint64_t start = bench_->simulation().cycle();
  bench_->Read(1, 0, true);
  ASSERT_TRUE(bench_->Drain());
  EXPECT_LT(walk_done - start, 3600u) << "one bulk latency, not two";
}

// Its line first, the others behind it, as they come; what changes the page waits for the whole of it.
TEST_F(PoolScenario, ReadsAreServedWhileTheirPageComesInAndWritesWhenItIsThere) {
  WideBench::Options options;
  options.bulk.latency_min_cycles = options.bulk.latency_max_cycles = 1000;
  options.channel.in_order = true;
  Make(options);
  const std::uint64_t offset = BulkPage(0) * kPageBytes;
  std::vector<std::pair<bool, std::uint64_t>> answered;  // paged, cycle
  bench_->response_hook = [&](std::uint32_t, bool, const LineResponse& response, std::uint64_t cycle) {
    answers_.push_back(response);
    answered.emplace_back(response.paged, cycle);
  };
  bench_->Read(0, offset + 5 * kLineBytes);
  ASSERT_TRUE(bench_->simulation().RunUntil([&] { return answered.size() == 1; }, 2000, "the line asked for"));
  EXPECT_TRUE(answered[0].first) << "it waited for bulk";
  bench_->Read(0, offset + 5 * kLineBytes);
  ASSERT_TRUE(bench_->simulation().RunUntil([&] { return answered.size() == 2; }, 10, "the same line"));
  EXPECT_FALSE(answered[1].first) << "it was there";
  bench_->Read(0, offset + 2 * kLineBytes);  // the last but two that comes
  bench_->Send(0, false,
               {.op = Op::kWrite, .addr = bench_->base(0) + offset + 5 * kLineBytes, .mask = ~std::uint64_t{0}});
  bench_->Read(0, offset + 5 * kLineBytes);
  ASSERT_TRUE(bench_->Drain());
  ASSERT_EQ(answers_.size(), 5u);
  EXPECT_EQ(answers_.back().data, Line{}) << "behind the write to its line";
  EXPECT_GE(answered[2].second, answered[0].second + 60) << "the line cannot be there before";
  EXPECT_EQ(bench_->checker().Sum().early, 3u);
  EXPECT_EQ(bench_->bulk().reads(), 1u);
}

TEST_F(PoolScenario, AnExclusiveReadWaitsForTheWholePage) {
  Make();
  const std::uint64_t offset = BulkPage(0) * kPageBytes;
  EXPECT_EQ(Read(0, offset, true).status, LineStatus::kExclusiveOk);
  EXPECT_EQ(bench_->checker().Sum().early, 0u);
  EXPECT_EQ(Write(0, offset, 31, true).status, LineStatus::kExclusiveOk);
}

// The one who asked was served; that the rest did not come is told all the same.
TEST_F(PoolScenario, APageThatBreaksOffAfterItsLineWasServedIsReportedAndComesWhenAskedForAgain) {
  Make();
  const std::uint64_t offset = BulkPage(0) * kPageBytes;
  bench_->management().Write(reg::bulk_timeout::kOffset, 2000);
  bench_->bulk().options().stop_after_beats = 20;
  const Line before = Read(0, offset).data;
  EXPECT_EQ(bench_->checker().Sum().early, 1u);
  EXPECT_TRUE(bench_->Wait([&] { return (Events() & reg::events::PageInFailed::kMask) != 0; }, 300, "the event"));
  EXPECT_EQ(bench_->Counter(0, 9), 1u);
  EXPECT_EQ(bench_->Counter(0, 10), 0u) << "nobody was refused";
  bench_->bulk().options().stop_after_beats = 64;
  EXPECT_EQ(Read(0, offset).data, before);
  WaitForPage(0, offset);
}

TEST_F(PoolScenario, SoftwareReadsWhereASegmentIs) {
  Make();
  Write(2, WideShape::kSegmentBytes + 3 * kPageBytes, 61);
  EXPECT_EQ(ReadMap(2, 1), reg::map_status::Resident::kMask);
  EXPECT_EQ(bench_->management().Read(reg::map_read_valid::kOffset).rdata, 8u);
  EXPECT_EQ(bench_->management().Read(reg::map_read_dirty::kOffset).rdata, 8u);
  EXPECT_EQ(bench_->management().Read(reg::resident::kOffset + 8).rdata, 1u);
  EXPECT_EQ(bench_->management().Read(reg::free_slots::kOffset).rdata, WideShape::kSlots - 1);
  // A load on a resident segment is refused.
  bench_->management().Write(reg::map_command::kOffset, 1);
  bench_->simulation().Run(20);
  EXPECT_NE(bench_->management().Read(reg::map_status::kOffset).rdata & reg::map_status::Failed::kMask, 0u);
  // Bulk's notices are taken and counted.
  bench_->bulk().Notify({});
  bench_->simulation().Run(20);
  EXPECT_EQ(bench_->management().Read(reg::bulk_notices::kOffset).rdata, 1u);
}

}  // namespace
}  // namespace tarn::tests
