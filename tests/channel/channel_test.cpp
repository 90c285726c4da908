// What the channel promises at its ports, case by case.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/channel/channel_fixture.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

TEST_F(Channel, ReadsWhatTheModuleHolds) {
  channel_.memory().WriteLine(77, SeededLine(5), ~std::uint64_t{0}, false);
  const SlotResponse answer = Wait(SendRead(kHost, 77));
  EXPECT_EQ(answer.status, LineStatus::kOk);
  EXPECT_EQ(answer.data, SeededLine(5));
}

TEST_F(Channel, AnswersAReadFromAQueuedWriteOfAnotherClass) {
  Wait(SendWrite(kHost, 1000, 1));
  EXPECT_EQ(Wait(SendRead(kBulk, 1000)).data, SeededLine(1));
  EXPECT_EQ(channel_.checker().Count(DfiOp::kRead), 0);
  EXPECT_EQ(channel_.Counter(r::forwarded::kOffset), 1);
}

TEST_F(Channel, MergesWritesToOneLine) {
  SendWrite(kHost, 5, 1);
  Wait(SendWrite(kHost, 5, 2, 0x00FF));
  Line expected = SeededLine(1);
  MergeLine(expected, SeededLine(2), 0x00FF);
  EXPECT_EQ(Wait(SendRead(kHost, 5)).data, expected);
  Drain();
  Line stored;
  (void)channel_.memory().ReadLine(5, stored);
  EXPECT_EQ(stored, expected);
  EXPECT_EQ(channel_.Counter(r::merged::kOffset), 1);
  EXPECT_EQ(channel_.Counter(r::writes::kOffset), 1);
}

TEST_F(Channel, APartialWriteKeepsTheOtherBytesAndHurriesForAWaitingRead) {
  channel_.memory().WriteLine(9, SeededLine(1), ~std::uint64_t{0}, false);
  SendWrite(kHost, 9, 2, 0xF0F0);
  Line expected = SeededLine(1);
  MergeLine(expected, SeededLine(2), 0xF0F0);
  EXPECT_EQ(Wait(SendRead(kHost, 9), 500).data, expected);
}

TEST_F(Channel, PoisonStaysUntilTheWholeLineIsWritten) {
  const std::uint64_t half = 0xFFFFFFFF;
  Wait(SendWrite(kBulk, 40, 1, ~std::uint64_t{0}, true));
  EXPECT_EQ(Wait(SendRead(kHost, 40)).status, LineStatus::kPoison);  // from the queue
  Drain();
  EXPECT_EQ(Wait(SendRead(kHost, 40)).status, LineStatus::kPoison);  // from the module
  Wait(SendWrite(kHost, 40, 2, half));
  Wait(SendWrite(kHost, 40, 2, ~half));
  EXPECT_EQ(Wait(SendRead(kHost, 40)).status, LineStatus::kPoison);
  EXPECT_NE(channel_.Read(r::irq_pending::kOffset).rdata & r::irq_pending::PoisonRead::kMask, 0);
  Wait(SendWrite(kHost, 40, 3));
  Drain();
  EXPECT_EQ(Wait(SendRead(kHost, 40)).status, LineStatus::kOk);
}

TEST_F(Channel, ALineBeyondTheModuleIsAnAccessErrorAndIsLogged) {
  channel_.Write(r::irq_enable::kOffset, r::irq_enable::OutOfRange::kMask);
  const std::uint64_t beyond = (std::uint64_t{1} << 27) + 5;  // 16 row bits
  EXPECT_EQ(Wait(SendRead(kHost, beyond)).status, LineStatus::kAccessError);
  EXPECT_EQ(Wait(SendWrite(kBulk, beyond, 1)).status, LineStatus::kAccessError);
  EXPECT_EQ(channel_.Counter(r::error_line::kOffset), beyond);
  EXPECT_EQ(channel_.dut().irq_o, 1);
  channel_.Write(r::irq_pending::kOffset, r::irq_pending::OutOfRange::kMask);
  EXPECT_EQ(channel_.dut().irq_o, 0);
}

// The module sees rows of other banks in turn, although the lines are a whole bank's rows apart.
TEST_F(Channel, HashedBanksTurnAStrideOfRowsIntoDifferentBanks) {
  const AddressMap map{.hash_rows = {1, 2, 4, 8}};
  channel_.Write(r::control::kOffset, r::control::Quiesce::kMask);
  channel_.simulation().RunUntil([this] { return Idle(); }, 20000, "idleness");
  for (const RegisterWrite& write : map.Registers()) channel_.Write(write.offset, write.value);
  channel_.Write(r::control::kOffset, 0);
  for (std::uint64_t row = 0; row < 16; ++row) {
    channel_.memory().WriteLine(map.ModuleLineOf(row << 11), SeededLine(row), ~std::uint64_t{0}, false);
  }
  for (std::uint64_t row = 0; row < 16; ++row) EXPECT_EQ(Wait(SendRead(kHost, row << 11)).data, SeededLine(row));
  EXPECT_EQ(channel_.Counter(r::row_conflicts::kOffset), 0);
  EXPECT_EQ(channel_.Counter(r::row_misses::kOffset), 16);
}

// With the bank group above the module's lines, lines that would need it are not there: no two share a place.
TEST_F(Channel, AFieldAboveTheModulesLinesLeavesAHoleNotAnAlias) {
  channel_.Write(r::control::kOffset, r::control::Quiesce::kMask);
  channel_.simulation().RunUntil([this] { return Idle(); }, 20000, "idleness");
  channel_.Write(r::mapping::kOffset, AddressMap{.bank_group_low = 32}.Registers().front().value);
  channel_.Write(r::control::kOffset, 0);
  EXPECT_EQ(Wait(SendRead(kHost, (1 << 25) - 1)).status, LineStatus::kOk);
  EXPECT_EQ(Wait(SendRead(kHost, 1 << 25)).status, LineStatus::kAccessError);
}

TEST_F(Channel, SelfRefreshKeepsTheContent) {
  Wait(SendWrite(kHost, 123456, 8));
  channel_.Write(r::control::kOffset, r::control::SelfRefresh::kMask);
  channel_.simulation().RunUntil([this] { return r::status::SelfRefresh::Get(Status()) != 0; }, 20000, "self-refresh");
  channel_.simulation().Run(30000);  // several refresh intervals without a command
  EXPECT_EQ(channel_.checker().Count(DfiOp::kSelfRefreshEntry), 1);
  channel_.Write(r::control::kOffset, 0);
  EXPECT_EQ(Wait(SendRead(kHost, 123456)).data, SeededLine(8));
  EXPECT_EQ(channel_.checker().Count(DfiOp::kSelfRefreshExit), 1);
}

TEST_F(Channel, InitialisesAgainOnDemand) {
  channel_.Write(r::control::kOffset, r::control::Quiesce::kMask);
  channel_.simulation().RunUntil([this] { return Idle(); }, 20000, "idleness");
  channel_.Write(r::control::kOffset, r::control::Quiesce::kMask | r::control::Initialise::kMask);
  channel_.Write(r::control::kOffset, 0);
  Wait(SendWrite(kHost, 3, 4));
  EXPECT_EQ(channel_.checker().Count(DfiOp::kModeRegister), 14);
}

TEST_F(Channel, RefreshesOnTimeWithoutTraffic) {
  const std::uint64_t before = channel_.checker().Count(DfiOp::kRefresh);
  channel_.simulation().Run(20 * 9364 / TestedChannel::kClocks);
  EXPECT_NEAR(static_cast<double>(channel_.checker().Count(DfiOp::kRefresh) - before), 20, 1);
  EXPECT_EQ(channel_.Counter(r::refreshes::kOffset), channel_.checker().Count(DfiOp::kRefresh));
}

// What was done ahead need not be done while requests come.
TEST_F(Channel, RefreshesAheadOfTimeWhenNothingIsAsked) {
  constexpr std::uint64_t kAhead = 8;
  const std::uint64_t refi_cycles = channel_.preset().Clocks("REFI") / TestedChannel::kClocks;
  channel_.Write(r::scheduler::kOffset, r::scheduler::RefreshAhead::Set(r::scheduler::kReset, kAhead));
  const std::uint64_t before = channel_.checker().Count(DfiOp::kRefresh);
  channel_.simulation().Run(refi_cycles - 1000 / TestedChannel::kClocks);
  const std::uint64_t ahead = channel_.checker().Count(DfiOp::kRefresh);
  EXPECT_NEAR(static_cast<double>(ahead - before), kAhead, 1);
  const std::uint64_t until = channel_.simulation().cycle() + (kAhead - 1) * refi_cycles;
  for (std::uint64_t line = 0; channel_.simulation().cycle() < until; ++line) Wait(SendRead(kHost, line % 4096));
  EXPECT_EQ(channel_.checker().Count(DfiOp::kRefresh), ahead) << "none while requests came";
  channel_.simulation().Run(20 * refi_cycles);
  EXPECT_NEAR(static_cast<double>(channel_.checker().Count(DfiOp::kRefresh) - before), 28 + kAhead, 2);
}

TEST_F(Channel, CountersAddUp) {
  for (std::uint64_t i = 0; i < 500; ++i) {
    if (i % 3 == 0) {
      SendWrite(kHost, i * 37 % 4096, i);
    } else {
      SendRead(kBulk, i * 91 % 8192);
    }
  }
  Wait(SendRead(kHost, 1));
  channel_.simulation().RunUntil([this] { return answers_.size() == next_tag_; }, 20000, "answers");
  Drain();
  const std::uint64_t reads = channel_.Counter(r::reads::kOffset), writes = channel_.Counter(r::writes::kOffset);
  EXPECT_EQ(reads, channel_.checker().Count(DfiOp::kRead));
  EXPECT_EQ(writes, channel_.checker().Count(DfiOp::kWrite));
  EXPECT_EQ(reads + writes, channel_.Counter(r::row_hits::kOffset) + channel_.Counter(r::row_misses::kOffset) +
                                channel_.Counter(r::row_conflicts::kOffset));
  EXPECT_EQ(channel_.Counter(r::bus_busy::kOffset), 4 * (reads + writes));
  EXPECT_EQ(reads + writes + channel_.Counter(r::forwarded::kOffset) + channel_.Counter(r::merged::kOffset), next_tag_);
}

// A class that floods its port does not keep the others from being taken and served.
TEST_F(Channel, OtherClassesPassAHostThatFillsTheQueues) {
  for (std::uint64_t i = 0; i < 600; ++i) {
    if (i % 2 == 0) {
      SendWrite(kHost, i << 11, i);  // all in one bank: as slow as can be
    } else {
      SendRead(kHost, i << 11);
    }
  }
  channel_.simulation().Run(1500);
  // Full, but for the cycle in which a place is given back.
  channel_.simulation().RunUntil([&] { return channel_.dut().slot_req_ready_o[kHost] == 0; }, 2, "full queues");
  const std::uint64_t start = channel_.simulation().cycle();
  const std::uint16_t read = SendRead(kBulk, 0x80), write = SendWrite(kWalk, 0x100, 1);
  Wait(read, 3000);
  Wait(write, 3000);
  EXPECT_LT(answer_cycle_[write] - start, 20);  // its place in the queue was kept
}

// Reads that hit an open row for ever do not keep one of another row waiting longer than the age cap and a little.
TEST_F(Channel, AnOverdueReadGoesBeforeRowHits) {
  constexpr std::uint64_t kCap = 1000;  // the register's reset value
  std::uint64_t sent = 0;
  const auto flood = [&] {
    while (sources_[kHost]->pending() < 4) SendRead(kHost, sent++ % 128);
  };
  for (int i = 0; i < 500; ++i) {
    flood();
    channel_.simulation().Step();
  }
  const std::uint64_t start = channel_.simulation().cycle();
  const std::uint16_t other = SendRead(kWalk, 1 << 11);  // the same bank's next row
  channel_.simulation().RunUntil(
      [&] {
        flood();
        return answers_.contains(other);
      },
      20000, "the read of the other row");
  const std::uint64_t waited = answer_cycle_[other] - start;
  EXPECT_GT(waited, kCap);  // row hits do go first, until the cap
  EXPECT_LT(waited, kCap + 64 + 300);
  next_tag_ = 0;
}

// All reads in one bank, each of another row, more than the bank can serve within the age cap: the oldest goes first,
// none is passed over again and again.
TEST_F(Channel, OverdueReadsOfOneBankAreServedInTheirOrder) {
  std::uint64_t sent = 0;
  std::map<std::uint16_t, std::uint64_t> sent_cycle;
  std::uint64_t longest = 0;
  const std::uint64_t end = channel_.simulation().cycle() + 60000;
  while (channel_.simulation().cycle() < end) {
    if (sources_[kHost]->pending() == 0) {
      sent_cycle[next_tag_ % 4096] = channel_.simulation().cycle();
      next_tag_ %= 4096;
      SendRead(kHost, sent++ % 2048 << 11);
    }
    channel_.simulation().Step();
    for (const auto& [tag, cycle] : answer_cycle_) longest = std::max(longest, cycle - sent_cycle[tag]);
    answer_cycle_.clear();
  }
  ASSERT_GT(sent, 900);
  // Places of the queue times tRC, and two batches of refreshes.
  EXPECT_LT(longest, 64 * 57 + 2 * 4 * 450);
}

}  // namespace
}  // namespace tarn::channel
