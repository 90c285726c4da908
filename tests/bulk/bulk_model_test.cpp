// The bulk device's model: what it holds, when it answers, what it does when things fail.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "models/bulk/bulk_device.h"
#include "models/bulk/bulk_store.h"
#include "models/common/random.h"

namespace tarn::bulk {
namespace {

Page SeededPage(std::uint64_t key) {
  Page page;
  for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
    const Line data = SeededLine(key * kLinesPerPage + line);
    std::memcpy(page.line(line), data.data(), kLineBytes);
  }
  return page;
}

void FillSeeded(std::uint64_t lpn, Page& page) { page = SeededPage(lpn); }

// Drives the port, always ready, and keeps what comes back.
class Port {
 public:
  explicit Port(BulkDevice& device) : device_(device) {}

  struct Ended {
    BulkStatus status;
    bool durable;
    std::uint64_t at_cycle;
  };

  void Send(std::uint8_t tag, BulkOp op, std::uint64_t lpn, std::uint8_t first_line = 0) {
    BulkCommand command;
    command.tag = tag;
    command.op = op;
    command.lpn = lpn;
    command.first_line = first_line;
    device_.Accept(command);
  }
  void SendPage(std::uint8_t tag, const Page& page, std::uint8_t first_line = 0) {
    for (std::uint32_t beat = 0; beat < kLinesPerPage; ++beat) {
      BulkBeat message;
      message.tag = tag;
      message.line = static_cast<std::uint8_t>((first_line + beat) % kLinesPerPage);
      std::memcpy(message.data.data(), page.line(message.line), kLineBytes);
      device_.Accept(message);
    }
  }
  void Tick() {
    device_.Tick();
    if (const BulkBeat* beat = device_.beat()) {
      beats[beat->tag].push_back(*beat);
      beat_cycles[beat->tag].push_back(device_.now_cycles());
      device_.PopBeat();
    }
    if (const BulkCompletion* completion = device_.completion()) {
      ended.insert({completion->tag, {completion->status, completion->durable, device_.now_cycles()}});
      device_.PopCompletion();
    }
  }
  void Run(std::uint64_t cycles) {
    for (std::uint64_t cycle = 0; cycle < cycles; ++cycle) Tick();
  }
  Page Received(std::uint8_t tag) const {
    Page page;
    for (const BulkBeat& beat : beats.at(tag)) std::memcpy(page.line(beat.line), beat.data.data(), kLineBytes);
    return page;
  }

  std::map<std::uint8_t, std::vector<BulkBeat>> beats;
  std::map<std::uint8_t, std::vector<std::uint64_t>> beat_cycles;
  std::map<std::uint8_t, Ended> ended;

 private:
  BulkDevice& device_;
};

BulkConfig FastConfig() {
  BulkConfig config;
  config.clock_ns = 1;
  config.read = {.min_ns = 100};
  config.write = {.min_ns = 50};
  config.flush = {.min_ns = 30};
  config.read_bytes_per_ns = 64;
  config.write_bytes_per_ns = 64;
  return config;
}

TEST(BulkStore, UntouchedPagesHaveTheInitialContentAndCostNothing) {
  BulkStore store(FillSeeded);
  Page page;
  std::uint64_t poison = 0;
  for (std::uint64_t lpn = 0; lpn < 1000; ++lpn) {
    ASSERT_EQ(store.Read(LogicalPage(lpn << 20), page, poison), BulkStatus::kOk);
    ASSERT_EQ(page, SeededPage(lpn << 20));
  }
  EXPECT_EQ(store.touched_pages(), 0u);
}

TEST(BulkStore, ATrimmedPageReadsAsZeroNotAsItsInitialContent) {
  BulkStore store(FillSeeded);
  ASSERT_EQ(store.Trim(LogicalPage(7)), BulkStatus::kOk);
  Page page;
  std::uint64_t poison = 0;
  ASSERT_EQ(store.Read(LogicalPage(7), page, poison), BulkStatus::kOk);
  EXPECT_EQ(page, Page());
}

TEST(BulkStore, PowerLossBringsBackTheLastDurableVersion) {
  BulkStore store({}, true);
  ASSERT_EQ(store.Write(LogicalPage(1), SeededPage(10), 0), BulkStatus::kOk);
  ASSERT_EQ(store.Flush(), BulkStatus::kOk);
  ASSERT_EQ(store.Write(LogicalPage(1), SeededPage(11), 0), BulkStatus::kOk);
  ASSERT_EQ(store.Write(LogicalPage(1), SeededPage(12), 0), BulkStatus::kOk);
  ASSERT_EQ(store.Write(LogicalPage(2), SeededPage(20), 0), BulkStatus::kOk);
  store.PowerLoss();
  Page page;
  std::uint64_t poison = 0;
  ASSERT_EQ(store.Read(LogicalPage(1), page, poison), BulkStatus::kOk);
  EXPECT_EQ(page, SeededPage(10));
  ASSERT_EQ(store.Read(LogicalPage(2), page, poison), BulkStatus::kOk);
  EXPECT_EQ(page, Page());
}

TEST(BulkStore, AWriteHealsPoison) {
  BulkStore store(FillSeeded);
  store.Poison(LogicalPage(3));
  Page page;
  std::uint64_t poison = 0;
  EXPECT_EQ(store.Read(LogicalPage(3), page, poison), BulkStatus::kPoison);
  EXPECT_EQ(page, Page());
  ASSERT_EQ(store.Write(LogicalPage(3), SeededPage(5), 0), BulkStatus::kOk);
  EXPECT_EQ(store.Read(LogicalPage(3), page, poison), BulkStatus::kOk);
  EXPECT_EQ(page, SeededPage(5));
}

TEST(BulkDevice, AReadBringsItsBeatsWrappedFromTheFirstLineThenCompletes) {
  BulkStore store(FillSeeded);
  BulkDevice device(FastConfig(), store);
  Port port(device);
  port.Send(5, BulkOp::kRead, 42, 37);
  port.Run(300);
  ASSERT_EQ(port.beats[5].size(), 64u);
  for (std::uint32_t beat = 0; beat < 64; ++beat) ASSERT_EQ(port.beats[5][beat].line, (37 + beat) % 64);
  EXPECT_EQ(port.Received(5), SeededPage(42));
  ASSERT_TRUE(port.ended.contains(5));
  EXPECT_EQ(port.ended.at(5).status, BulkStatus::kOk);
  EXPECT_GT(port.ended.at(5).at_cycle, port.beat_cycles[5].back());
  EXPECT_TRUE(device.idle());
}

TEST(BulkDevice, TheFirstBeatComesAfterTheReadLatency) {
  BulkStore store;
  BulkDevice device(FastConfig(), store);
  Port port(device);
  port.Send(1, BulkOp::kRead, 1);
  port.Run(300);
  EXPECT_EQ(port.beat_cycles[1].front(), 100u);
  EXPECT_EQ(port.beat_cycles[1].back(), 163u);
}

TEST(BulkDevice, NanosecondsBecomeCyclesOfTheNodeClockRoundedUp) {
  BulkConfig config = FastConfig();
  config.clock_ns = 0.833;
  config.read.min_ns = 2000;
  BulkStore store;
  BulkDevice device(config, store);
  Port port(device);
  port.Send(1, BulkOp::kRead, 1);
  port.Run(2600);
  EXPECT_EQ(port.beat_cycles[1].front(), 2401u);  // 2000 / 0.833 = 2400.96
}

TEST(BulkDevice, AWriteTakesEffectOnceAllItsBeatsCameAndIsDurableWithoutACache) {
  BulkStore store;
  BulkDevice device(FastConfig(), store);
  Port port(device);
  port.Send(9, BulkOp::kWrite, 77, 5);
  port.Run(500);
  EXPECT_FALSE(port.ended.contains(9));
  port.SendPage(9, SeededPage(3), 5);
  port.Run(60);
  ASSERT_TRUE(port.ended.contains(9));
  EXPECT_EQ(port.ended.at(9).status, BulkStatus::kOk);
  EXPECT_TRUE(port.ended.at(9).durable);
  Page page;
  store.Peek(LogicalPage(77), page);
  EXPECT_EQ(page, SeededPage(3));
}

TEST(BulkDevice, WithAVolatileCacheOnlyAFlushMakesAWriteDurable) {
  BulkStore store({}, true);
  BulkDevice device(FastConfig(), store);
  Port port(device);
  port.Send(1, BulkOp::kWrite, 4);
  port.SendPage(1, SeededPage(8));
  port.Run(100);
  ASSERT_TRUE(port.ended.contains(1));
  EXPECT_FALSE(port.ended.at(1).durable);
  EXPECT_EQ(store.volatile_pages(), 1u);
  port.Send(2, BulkOp::kFlush, 0);
  port.Run(100);
  EXPECT_EQ(port.ended.at(2).status, BulkStatus::kOk);
  EXPECT_EQ(store.volatile_pages(), 0u);
}

TEST(BulkDevice, TrimAndTheMapOperationsAreAnswered) {
  BulkStore store(FillSeeded);
  BulkDevice device(FastConfig(), store);
  Port port(device);
  port.Send(1, BulkOp::kTrim, 4);
  port.Send(2, BulkOp::kMapUpload, 4);
  port.Send(3, BulkOp::kMapQuery, 4);
  port.Run(100);
  EXPECT_EQ(port.ended.at(1).status, BulkStatus::kOk);
  EXPECT_EQ(port.ended.at(2).status, BulkStatus::kNotSupported);
  EXPECT_EQ(port.ended.at(3).status, BulkStatus::kNotSupported);
  Page page;
  store.Peek(LogicalPage(4), page);
  EXPECT_EQ(page, Page());
}

TEST(BulkDevice, BandwidthBoundsManyReads) {
  BulkConfig config = FastConfig();
  config.read_bytes_per_ns = 8;  // a page takes 512 cycles
  BulkStore store(FillSeeded);
  BulkDevice device(config, store);
  Port port(device);
  for (std::uint8_t tag = 0; tag < 16; ++tag) port.Send(tag, BulkOp::kRead, tag);
  port.Run(20000);
  ASSERT_EQ(port.ended.size(), 16u);
  std::uint64_t last = 0;
  for (const auto& [tag, end] : port.ended) last = std::max(last, end.at_cycle);
  EXPECT_GE(last, 16u * 512);
  EXPECT_LE(last, 16u * 512 + 200);
  for (std::uint8_t tag = 0; tag < 16; ++tag) EXPECT_EQ(port.Received(tag), SeededPage(tag));
}

TEST(BulkDevice, TheQueueDepthHoldsCommandsBackAtThePort) {
  BulkConfig config = FastConfig();
  config.queue_depth = 2;
  BulkStore store;
  BulkDevice device(config, store);
  Port port(device);
  port.Send(1, BulkOp::kRead, 1);
  EXPECT_TRUE(device.command_ready());
  port.Send(2, BulkOp::kRead, 2);
  EXPECT_FALSE(device.command_ready());
  EXPECT_TRUE(device.violation().ok());
  port.Send(3, BulkOp::kRead, 3);
  EXPECT_FALSE(device.violation().ok());
  port.Run(400);
  EXPECT_TRUE(device.command_ready());
  EXPECT_FALSE(port.ended.contains(3));
}

TEST(BulkDevice, ABeatHoldsUntilItIsTaken) {
  BulkStore store(FillSeeded);
  BulkDevice device(FastConfig(), store);
  Port port(device);
  port.Send(1, BulkOp::kRead, 6);
  for (int cycle = 0; cycle < 500; ++cycle) device.Tick();
  ASSERT_NE(device.beat(), nullptr);
  EXPECT_EQ(device.beat()->line, 0);
  port.Run(200);
  EXPECT_EQ(port.Received(1), SeededPage(6));
}

TEST(BulkDevice, AReadCompletesOnlyOnceItsLastBeatIsTaken) {
  BulkStore store(FillSeeded);
  BulkDevice device(FastConfig(), store);
  Port port(device);
  port.Send(1, BulkOp::kRead, 6);
  std::uint32_t taken = 0;
  for (int cycle = 0; cycle < 500 && taken < kLinesPerPage - 1; ++cycle) {
    device.Tick();
    if (device.beat() == nullptr) continue;
    device.PopBeat();
    ++taken;
  }
  for (int cycle = 0; cycle < 50; ++cycle) device.Tick();
  ASSERT_NE(device.beat(), nullptr);
  EXPECT_EQ(device.completion(), nullptr);
  device.PopBeat();
  for (int cycle = 0; cycle < 5; ++cycle) device.Tick();
  EXPECT_NE(device.completion(), nullptr);
}

TEST(BulkDevice, AReadErrorAndPoisonSendNoBeats) {
  BulkStore store(FillSeeded);
  BulkDevice device(FastConfig(), store);
  device.set_fault_hook([](const BulkCommand& command) {
    return command.tag == 1   ? BulkDevice::Fault::kError
           : command.tag == 2 ? BulkDevice::Fault::kPoison
                              : BulkDevice::Fault::kNone;
  });
  Port port(device);
  port.Send(1, BulkOp::kRead, 10);
  port.Send(2, BulkOp::kRead, 11);
  port.Send(3, BulkOp::kRead, 12);
  port.Run(500);
  EXPECT_EQ(port.ended.at(1).status, BulkStatus::kError);
  EXPECT_EQ(port.ended.at(2).status, BulkStatus::kPoison);
  EXPECT_EQ(port.ended.at(3).status, BulkStatus::kOk);
  EXPECT_FALSE(port.beats.contains(1));
  EXPECT_FALSE(port.beats.contains(2));
  port.Send(4, BulkOp::kRead, 10);
  port.Send(5, BulkOp::kRead, 11);
  port.Run(500);
  EXPECT_EQ(port.ended.at(4).status, BulkStatus::kOk);  // an error leaves the content
  EXPECT_EQ(port.ended.at(5).status, BulkStatus::kPoison);
}

TEST(BulkDevice, PoisonMarksOfLinesAreKeptAndGivenBackAndAWriteWithoutThemClearsThem) {
  BulkStore store(FillSeeded);
  BulkDevice device(FastConfig(), store);
  Port port(device);
  const std::uint64_t marks = 0x8000'0000'0000'0005;
  for (const std::uint64_t written : {marks, std::uint64_t{0}}) {
    port.beats.clear();
    port.Send(1, BulkOp::kWrite, 3);
    for (std::uint8_t line = 0; line < kLinesPerPage; ++line) {
      device.Accept(BulkBeat{.tag = 1, .line = line, .poison = (written >> line & 1) != 0, .data = SeededLine(line)});
    }
    port.Run(100);
    port.Send(2, BulkOp::kRead, 3);
    port.Run(300);
    for (const BulkBeat& beat : port.beats[2]) {
      ASSERT_EQ(beat.poison, (written >> beat.line & 1) != 0) << static_cast<int>(beat.line);
    }
    EXPECT_EQ(port.ended.at(2).status, BulkStatus::kOk);
  }
}

TEST(BulkDevice, AWriteErrorLeavesTheContent) {
  BulkConfig config = FastConfig();
  config.faults.write_error = 1;
  BulkStore store(FillSeeded);
  BulkDevice device(config, store);
  Port port(device);
  port.Send(1, BulkOp::kWrite, 10);
  port.SendPage(1, SeededPage(99));
  port.Run(200);
  EXPECT_EQ(port.ended.at(1).status, BulkStatus::kError);
  Page page;
  store.Peek(LogicalPage(10), page);
  EXPECT_EQ(page, SeededPage(10));
}

TEST(BulkDevice, OfflineAnswersOfflineAndDoesNothingUntilItIsBack) {
  BulkStore store(FillSeeded);
  BulkDevice device(FastConfig(), store);
  Port port(device);
  port.Send(1, BulkOp::kRead, 1);
  device.GoOffline(1000);
  port.Send(2, BulkOp::kWrite, 2);
  port.SendPage(2, SeededPage(99));
  port.Run(999);
  EXPECT_EQ(port.ended.at(1).status, BulkStatus::kOffline);
  EXPECT_EQ(port.ended.at(2).status, BulkStatus::kOffline);
  Page page;
  store.Peek(LogicalPage(2), page);
  EXPECT_EQ(page, SeededPage(2));
  port.Send(3, BulkOp::kRead, 1);
  port.Run(300);
  EXPECT_EQ(port.ended.at(3).status, BulkStatus::kOk);
}

TEST(BulkDevice, ALateCompletionComesLateAndALostOneNever) {
  BulkConfig config = FastConfig();
  config.faults.late_ns = 5000;
  BulkStore store(FillSeeded);
  BulkDevice device(config, store);
  device.set_fault_hook([](const BulkCommand& command) {
    return command.tag == 1 ? BulkDevice::Fault::kLateCompletion : BulkDevice::Fault::kLostCompletion;
  });
  Port port(device);
  port.Send(1, BulkOp::kRead, 1);
  port.Send(2, BulkOp::kRead, 2);
  port.Run(20000);
  ASSERT_TRUE(port.ended.contains(1));
  EXPECT_GE(port.ended.at(1).at_cycle, 5000u);
  EXPECT_FALSE(port.ended.contains(2));
  EXPECT_EQ(port.beats[2].size(), 64u);
  EXPECT_TRUE(device.violation().ok());
}

TEST(BulkDevice, ReuseOfAQuarantinedTagIsFound) {
  BulkConfig config = FastConfig();
  config.faults.lost_completion = 1;
  BulkStore store;
  BulkDevice device(config, store);
  Port port(device);
  port.Send(1, BulkOp::kRead, 1);
  port.Run(1000);
  EXPECT_TRUE(device.violation().ok());
  port.Send(1, BulkOp::kRead, 1);
  EXPECT_FALSE(device.violation().ok());
}

TEST(BulkDevice, ABeatOutOfOrderOrWithoutAWriteIsFound) {
  for (const std::uint8_t line : {std::uint8_t{0}, std::uint8_t{9}}) {
    BulkStore store;
    BulkDevice device(FastConfig(), store);
    Port port(device);
    port.Send(1, BulkOp::kWrite, 1, 7);
    BulkBeat beat;
    beat.tag = 1;
    beat.line = line;
    device.Accept(beat);
    EXPECT_FALSE(device.violation().ok());
  }
  BulkStore store;
  BulkDevice device(FastConfig(), store);
  BulkBeat beat;
  beat.tag = 3;
  device.Accept(beat);
  EXPECT_FALSE(device.violation().ok());
}

TEST(BulkDevice, AResetForgetsWhatIsInFlightAndFreesLostTags) {
  BulkStore store(FillSeeded);
  BulkDevice device(FastConfig(), store);
  device.set_fault_hook([](const BulkCommand& command) {
    return command.tag == 1 ? BulkDevice::Fault::kLostCompletion : BulkDevice::Fault::kNone;
  });
  Port port(device);
  port.Send(1, BulkOp::kRead, 1);
  port.Run(120);
  device.Reset();
  EXPECT_TRUE(device.idle());
  port.beats.clear();
  device.set_fault_hook({});
  port.Send(1, BulkOp::kRead, 2);
  port.Run(300);
  EXPECT_TRUE(device.violation().ok());
  EXPECT_EQ(port.Received(1), SeededPage(2));
}

TEST(BulkDevice, TheSameSeedGivesTheSameRun) {
  Result<BulkConfig> config = PresetByName("ssd-p3700");
  ASSERT_TRUE(config.ok());
  std::vector<std::uint64_t> ends[2];
  for (auto& end : ends) {
    BulkStore store;
    BulkDevice device(*config, store);
    Port port(device);
    for (std::uint8_t tag = 0; tag < 100; ++tag) port.Send(tag, BulkOp::kRead, tag);
    port.Run(1'000'000);
    for (const auto& [tag, ended] : port.ended) end.push_back(ended.at_cycle);
  }
  EXPECT_EQ(ends[0].size(), 100u);
  EXPECT_EQ(ends[0], ends[1]);
}

// 4 KiB reads one at a time, as the presets' source measured them: median and p99 within 5%.
TEST(BulkDevice, SsdPresetsHaveTheMedianAndTheTailOfTheirSource) {
  struct Expected {
    const char* name;
    double median_us;
    double p99_us;
  };
  for (const Expected& expected : {Expected{"ssd-p4800x", 9, 10}, Expected{"ssd-p3700", 76, 96}}) {
    Result<BulkConfig> config = PresetByName(expected.name);
    ASSERT_TRUE(config.ok());
    config->clock_ns = 100;  // coarse: fewer cycles
    BulkStore store;
    BulkDevice device(*config, store);
    std::vector<double> us;
    for (int read = 0; read < 4000; ++read) {
      Port port(device);
      const std::uint64_t start = device.now_cycles();
      port.Send(1, BulkOp::kRead, 1);
      while (port.beats.empty()) port.Tick();
      us.push_back(static_cast<double>(device.now_cycles() - start) * 0.1);
      while (!device.idle()) port.Tick();
    }
    std::sort(us.begin(), us.end());
    EXPECT_NEAR(us[us.size() / 2], expected.median_us, expected.median_us * 0.05) << expected.name;
    EXPECT_NEAR(us[us.size() * 99 / 100], expected.p99_us, expected.p99_us * 0.05) << expected.name;
  }
}

TEST(BulkDevice, AnUnknownPresetIsAnErrorThatListsTheKnownOnes) {
  const Result<BulkConfig> config = PresetByName("floppy");
  ASSERT_FALSE(config.ok());
  EXPECT_NE(config.status().message().find("low-latency"), std::string::npos);
}

}  // namespace
}  // namespace tarn::bulk
