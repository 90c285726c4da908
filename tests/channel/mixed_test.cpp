// Slow cells on a channel that also has fast ones: what waits for whom, what becomes of reads that fail, and that the
// checkers see what they are for.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "tb/channel/mixed_channel_simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

constexpr std::uint32_t kSlowRow = 1024;
constexpr unsigned kHostPort = 2;
constexpr std::uint64_t kCyclesMax = 400'000;

// row | bank | bank group | column; the second module's lines begin at bit 27.
std::uint64_t FastLine(std::uint64_t i) { return i; }
std::uint64_t SlowLine(std::uint64_t i) { return std::uint64_t{1} << 27 | std::uint64_t{kSlowRow} << 11 | i; }
// The i-th of lines that lie in partitions in turn.
std::uint64_t SpreadSlowLine(std::uint64_t i) { return SlowLine((i % 16) << 7 | i / 16); }

class MixedChannel : public testing::Test {
 protected:
  MixedChannel()
      : channel_("ddr4_2400_17", {.seed = tb::GetTestOptions().seed, .wave_file = tb::GetTestOptions().wave_file}),
        source_(tb::StreamPorts<SlotRequest>(channel_.dut().slot_req_i[kHostPort],
                                             channel_.dut().slot_req_valid_i[kHostPort],
                                             channel_.dut().slot_req_ready_o[kHostPort]),
                0),
        sink_("answers",
              tb::StreamPorts<SlotResponse>(channel_.dut().slot_rsp_o, channel_.dut().slot_rsp_valid_o,
                                            channel_.dut().slot_rsp_ready_i),
              0, 0, channel_.failures(), [this](const SlotResponse& response, std::uint64_t cycle) {
                answers_[response.tag] = {response, cycle};
                order_.push_back(response.tag);
              }) {
    channel_.simulation().Add(source_);
    channel_.simulation().Add(sink_);
    UseCells("slow_pcm");
  }

  struct Answer {
    SlotResponse response;
    std::uint64_t cycle;
  };

  void UseCells(const std::string& preset) {
    channel_.SetSlowCells(LoadSlowPresetOrDie(preset), {kNoSlowRow, kSlowRow});
  }
  void Start() { channel_.PowerUp(); }

  std::uint16_t Read(std::uint64_t line) { return Push({.op = Op::kRead, .line = line}); }
  std::uint16_t Write(std::uint64_t line, const Line& data) {
    return Push({.op = Op::kWrite, .line = line, .data = data});
  }
  std::uint16_t WritePart(std::uint64_t line, const Line& data, std::uint64_t mask) {
    return Push({.op = Op::kPartialWrite, .line = line, .data = data}, mask);
  }
  std::uint16_t Push(SlotRequest request, std::uint64_t mask = ~std::uint64_t{0}) {
    request.tag = next_tag_++;
    request.mask = mask;
    source_.Push(request);
    return request.tag;
  }
  void AwaitAll() {
    channel_.simulation().RunUntil([this] { return answers_.size() == next_tag_; }, kCyclesMax, "answers");
  }
  void ExpectNoFailure() {
    channel_.FinishChecks();
    EXPECT_EQ(channel_.failures().Text(), "") << tb::ReplayCommand();
  }

  MixedChannelSimulation channel_;
  tb::StreamSource<SlotRequest> source_;
  std::map<std::uint16_t, Answer> answers_;
  std::vector<std::uint16_t> order_;
  tb::StreamSink<SlotResponse> sink_;
  std::uint16_t next_tag_ = 0;
};

TEST_F(MixedChannel, FastReadsPassASlowOneThatCameBefore) {
  UseCells("slow_3us");
  Start();
  const std::uint16_t slow = Read(SlowLine(0));
  for (std::uint64_t i = 0; i < 100; ++i) Read(FastLine(i));
  AwaitAll();
  ASSERT_EQ(order_.size(), 101u);
  EXPECT_EQ(order_.back(), slow);
  // 3 us are 3,602 clocks; the way to the module and back takes little beside it.
  EXPECT_NEAR(static_cast<double>(answers_[slow].cycle), 3602 + static_cast<double>(answers_[1].cycle), 100);
  ExpectNoFailure();
}

TEST_F(MixedChannel, ReadsInOrderWaitForTheSlowOne) {
  UseCells("slow_3us");
  channel_.Override(r::slow_order::kOffset, ~0u, r::slow_order::InOrder::Set(r::slow_order::kReset, 1));
  channel_.Override(r::head_start::kOffset, ~0u, 0);
  Start();
  for (std::uint64_t i = 0; i < 100; ++i) Read(i % 10 == 5 ? SpreadSlowLine(i) : FastLine(i * 37 % 4096));
  AwaitAll();
  EXPECT_TRUE(std::is_sorted(order_.begin(), order_.end())) << "they came back in another order";
  ExpectNoFailure();
}

TEST_F(MixedChannel, ReadsOfSlowCellsAreDoneAtOnce) {
  UseCells("slow_3us");
  Start();
  for (std::uint64_t i = 0; i < 16; ++i) Read(SpreadSlowLine(i));  // one a partition
  AwaitAll();
  const auto [first, last] =
      std::minmax_element(answers_.begin(), answers_.end(),
                          [](const auto& one, const auto& other) { return one.second.cycle < other.second.cycle; });
  EXPECT_LT(last->second.cycle - first->second.cycle, 200u) << "not one after the other";
  ExpectNoFailure();
}

// Reads of one bank, more than may be under way: those of other banks do not wait for them.
TEST_F(MixedChannel, AReadWhoseBankIsFreePassesThoseThatWaitForTheirs) {
  UseCells("slow_3us");
  Start();
  constexpr std::uint64_t kOneBank = 36;
  for (std::uint64_t i = 0; i < kOneBank; ++i) Read(SlowLine(i));
  std::vector<std::uint16_t> others;
  for (std::uint64_t bank = 1; bank < 8; ++bank) others.push_back(Read(SlowLine(bank << 7)));
  AwaitAll();
  // 3 us are 3,602 clocks: the first of the one bank, and each of the others, take one time, all at once.
  for (const std::uint16_t tag : others) EXPECT_LT(answers_[tag].cycle, answers_[1].cycle) << tag;
  ExpectNoFailure();
}

TEST_F(MixedChannel, AWriteIsThereForWhoReadsItLater) {
  Start();
  const Line content = SeededLine(7);
  Write(SlowLine(3), content);
  const std::uint16_t forwarded = Read(SlowLine(3));
  AwaitAll();
  EXPECT_EQ(answers_[forwarded].response.data, content);
  channel_.simulation().Run(3000);  // it has left for the module
  const std::uint16_t from_module = Read(SlowLine(3));
  AwaitAll();
  EXPECT_EQ(answers_[from_module].response.data, content);
  EXPECT_EQ(channel_.slow_cells(1).writes(), 1u);
  EXPECT_EQ(channel_.slow_cells(1).reads(), 1u);
  ExpectNoFailure();
}

TEST_F(MixedChannel, ContentThatTheModuleLostIsPoison) {
  channel_.slow_cells(1).set_fate(
      [](std::uint64_t line) { return line % 2 == 1 ? SlowCells::Fate::kLost : SlowCells::Fate::kDone; });
  Start();
  for (std::uint64_t i = 0; i < 40; ++i) Read(SlowLine(i));
  AwaitAll();
  for (const auto& [tag, answer] : answers_) {
    EXPECT_EQ(answer.response.status, tag % 2 == 1 ? LineStatus::kPoison : LineStatus::kOk) << tag;
  }
  ExpectNoFailure();
}

TEST_F(MixedChannel, AReadThatNeverGetsReadyIsPoisonInTheEnd) {
  channel_.slow_cells(1).set_fate(
      [](std::uint64_t line) { return line % 128 == 5 ? SlowCells::Fate::kNeverReady : SlowCells::Fate::kDone; });
  channel_.Override(r::slow_timeout::kOffset, ~0u, 2);
  Start();
  const std::uint16_t late = Read(SlowLine(5));
  std::vector<std::uint16_t> others;
  for (std::uint64_t i = 0; i < 60; ++i) others.push_back(Read(SpreadSlowLine(16 + i)));  // more than there are tags
  AwaitAll();
  EXPECT_EQ(answers_[late].response.status, LineStatus::kPoison);
  for (const std::uint16_t tag : others) EXPECT_EQ(answers_[tag].response.status, LineStatus::kOk);
  EXPECT_NE(channel_.Read(r::irq_pending::kOffset).rdata & r::irq_pending::SlowTimeout::kMask, 0u);
  // Two periods of 4,096 cycles, or up to one more.
  EXPECT_GE(answers_[late].cycle, 4096u);
  EXPECT_LE(answers_[late].cycle, 3 * 4096u + 3000);
  ExpectNoFailure();
}

// A write of part of a line waits for the rest of it; when that is lost, or never comes, the line is poison, and else
// merged.
TEST_F(MixedChannel, APartOfALineWhoseRestIsLostIsPoison) {
  constexpr std::uint64_t kMask = 0xFFFF00, kLines = 24;  // more than there are places
  const auto fate_of = [](std::uint64_t line) {
    constexpr SlowCells::Fate kFates[] = {SlowCells::Fate::kDone, SlowCells::Fate::kLost, SlowCells::Fate::kDone,
                                          SlowCells::Fate::kNeverReady};
    return kFates[line % 4];
  };
  channel_.slow_cells(1).set_fate(fate_of);
  channel_.Override(r::slow_timeout::kOffset, ~0u, 2);
  Start();
  for (std::uint64_t i = 0; i < kLines; ++i) WritePart(SlowLine(i), SeededLine(i), kMask);
  AwaitAll();
  channel_.Write(r::control::kOffset, r::control::Quiesce::kMask);
  channel_.simulation().RunUntil([this] { return r::status::Idle::Get(channel_.Read(r::status::kOffset).rdata) != 0; },
                                 kCyclesMax, "idleness");
  for (std::uint64_t i = 0; i < kLines; ++i) {
    Line stored, expected{};
    const LineStatus status = channel_.memory(1).ReadLine(channel_.map().ModuleLineOf(SlowLine(i)), stored);
    MergeLine(expected, SeededLine(i), kMask);
    EXPECT_EQ(status, fate_of(i) == SlowCells::Fate::kDone ? LineStatus::kOk : LineStatus::kPoison) << i;
    EXPECT_EQ(stored, expected) << i;  // no other line's bytes come in
  }
  EXPECT_EQ(channel_.slow_cells(1).writes(), kLines);
  ExpectNoFailure();
}

// Slow cells' accesses that never end take no more than their batches from a fast stream.
TEST_F(MixedChannel, AFastStreamKeepsTheBusBesideSlowReadsThatQueue) {
  UseCells("slow_3us");
  Start();
  constexpr std::uint16_t kSlowReads = 46;  // as many as one class may have queued
  for (std::uint64_t i = 0; i < kSlowReads; ++i) Read(SpreadSlowLine(i));
  constexpr std::uint64_t kLines = 2000;
  for (std::uint64_t i = 0; i < kLines; ++i) Read(FastLine((i & 3) << 7 | (i >> 2 & 127) | i >> 9 << 9));
  const std::uint64_t start = channel_.simulation().cycle();
  AwaitAll();
  std::uint64_t last = 0;
  for (const auto& [tag, answer] : answers_) {
    if (tag >= kSlowReads) last = std::max(last, answer.cycle);
  }
  const double share = 4.0 * kLines / static_cast<double>(last - start);
  EXPECT_GT(share, 0.88);
  ExpectNoFailure();
}

// Slow reads of another class that never run out, as fast as the cells can: a write has its turn all the same.
TEST_F(MixedChannel, AWriteIsNotStarvedBySlowReadsThatNeverEnd) {
  constexpr unsigned kWalkPort = 1;
  constexpr std::uint16_t kFirstWalkTag = 1 << 10;
  tb::StreamSource<SlotRequest> walk(
      tb::StreamPorts<SlotRequest>(channel_.dut().slot_req_i[kWalkPort], channel_.dut().slot_req_valid_i[kWalkPort],
                                   channel_.dut().slot_req_ready_o[kWalkPort]),
      0);
  channel_.simulation().Add(walk);
  UseCells("slow_stt_mram");
  channel_.Override(r::slow_batch::kOffset, ~0u, r::slow_batch::Lines::Set(r::slow_batch::kReset, 1));
  Start();
  std::uint64_t reads = 0;
  std::uint64_t fast = 0;
  const auto run = [&](std::uint64_t cycles) {
    for (std::uint64_t i = 0; i < cycles; ++i) {
      if (walk.pending() == 0) {
        walk.Push({.tag = static_cast<std::uint16_t>(kFirstWalkTag | (reads % 1024)),
                   .op = Op::kRead,
                   .line = SpreadSlowLine(16 + reads % 1024),
                   .mask = ~std::uint64_t{0}});
        ++reads;
      }
      // The bus is never idle, or the write would go then.
      if (source_.pending() == 0) {
        Read(FastLine((fast & 3) << 7 | (fast >> 2 & 127)));
        ++fast;
      }
      channel_.simulation().Step();
    }
  };
  run(2000);
  Write(SlowLine(0), SeededLine(1));
  run(5000);
  EXPECT_GT(reads, 500u);
  EXPECT_EQ(channel_.slow_cells(1).writes(), 1u);
  channel_.FinishChecks();
  EXPECT_EQ(channel_.failures().Text(), "") << tb::ReplayCommand();
}

// ---- What the checkers are for
TEST_F(MixedChannel, ATooShortGapBetweenModulesIsCaught) {
  channel_.Override(r::modules::kOffset, ~0u, 1);
  Start();
  for (std::uint64_t i = 0; i < 64; ++i) Read(i % 2 == 0 ? FastLine(i) : (std::uint64_t{1} << 27) + i);
  AwaitAll();
  EXPECT_NE(channel_.failures().Text().find("gap between modules"), std::string::npos) << channel_.failures().Text();
}

TEST_F(MixedChannel, MoreWritesThanTheModuleTakesAreCaught) {
  channel_.Override(r::slow_window::kOffset, ~0u, r::slow_window::Writes::Set(r::slow_window::kReset, 12));
  Start();
  for (std::uint64_t i = 0; i < 16; ++i) Write(SlowLine(i), SeededLine(i));
  AwaitAll();
  channel_.simulation().Run(3000);
  EXPECT_NE(channel_.failures().Text().find("credits for slow writes"), std::string::npos)
      << channel_.failures().Text();
}

}  // namespace
}  // namespace tarn::channel
