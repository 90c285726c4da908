// The module as RTL case by case: what it answers beyond its fast portion, content that a device lost, tags that are
// used again at once, its figures; and that the golden module beside it is seen to differ when it does.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <vector>

#include "tb/common/stream.h"
#include "tests/channel/module/module_fixture.h"

namespace tarn::channel {
namespace {

constexpr std::uint8_t kCl = 17, kCwl = 12;

// A module driven by hand, a command a clock.
class LoneModule : public testing::Test {
 protected:
  struct Beat {
    std::uint64_t clock;
    DfiReadData data;
  };
  struct Said {
    std::uint64_t clock;
    DfiReady ready;
  };

  void Start(std::uint64_t device_ps, std::uint8_t cl = kCl, std::uint8_t cwl = kCwl) {
    SlowPreset cells;
    cells.read = cells.write = {.min_ps = device_ps, .max_ps = device_ps};
    module_ = std::make_unique<RtlModule>(RtlModule::Options{.pins = {.id = 0, .cl = cl, .cwl = cwl, .fast_rows = 3},
                                                             .geometry = {},
                                                             .devices = {.cells = cells, .tck_ps = 833},
                                                             .seed = tb::GetTestOptions().seed});
  }
  void TearDown() override { EXPECT_EQ(module_->Errors(), ""); }

  // One clock; returns its number.
  std::uint64_t Clock(const DfiCommand& command = {}) {
    const RtlModule::Outputs outputs = module_->Drive();
    if (outputs.data.valid) beats_.push_back({clock_, outputs.data});
    if (outputs.ready.valid) said_.push_back({clock_, outputs.ready});
    module_->Sample(command, {});
    return clock_++;
  }
  void Run(std::uint64_t clocks) {
    for (std::uint64_t i = 0; i < clocks; ++i) Clock();
  }
  // What came are the lines 0 to count - 1, with tag 7.
  void ExpectSeededLines(std::size_t count) {
    ASSERT_EQ(beats_.size(), count * kModuleBeats);
    for (std::size_t i = 0; i < beats_.size(); ++i) {
      const Line expected = SeededLine(i / 4);
      EXPECT_EQ(std::memcmp(&beats_[i].data.beat0, expected.data() + 16 * (i % 4), 8), 0) << i;
      EXPECT_EQ(std::memcmp(&beats_[i].data.beat1, expected.data() + 16 * (i % 4) + 8, 8), 0) << i;
      EXPECT_EQ(beats_[i].data.tag, 7);
    }
  }
  static DfiCommand SlowRead(std::uint8_t tag, std::uint64_t bank, std::uint32_t column) {
    return {.op = DfiOp::kSlowRead,
            .bank_group = static_cast<std::uint8_t>(bank % 4),
            .bank = static_cast<std::uint8_t>(bank / 4),
            .tag = tag,
            .addr = kSlowRowOfTest << 7 | column};
  }
  static std::uint64_t LineOf(std::uint64_t bank, std::uint32_t column) {
    return (std::uint64_t{kSlowRowOfTest} << 4 | bank) << 7 | column;
  }

  static constexpr std::uint32_t kSlowRowOfTest = 5;
  std::unique_ptr<RtlModule> module_;
  std::uint64_t clock_ = 0;
  std::vector<Beat> beats_;
  std::vector<Said> said_;
};

TEST_F(LoneModule, BeyondTheFastPortionStandsTheMarkOfLostContent) {
  Start(35000);
  for (const std::uint32_t row : {2u, 3u}) {
    Clock({.op = DfiOp::kActivate, .addr = row});
    const std::uint64_t at = Clock({.op = DfiOp::kRead, .auto_precharge = true});
    beats_.clear();
    Run(kCl + 8);
    ASSERT_EQ(beats_.size(), 4u);
    EXPECT_EQ(beats_[0].clock, at + kCl);
    const std::uint64_t word = row == 2 ? 0 : ~std::uint64_t{0};
    for (const Beat& beat : beats_) {
      EXPECT_EQ(beat.data.beat0, word) << "row " << row;
      EXPECT_EQ(beat.data.beat1, word);
      EXPECT_EQ(beat.data.check0, word & 0xFF);
      EXPECT_EQ(beat.data.check1, word & 0xFF);
    }
  }
}

// The fast portion needs no more than three clocks from a read to its data, and none for its row.
TEST_F(LoneModule, FastCellsAnswerAfterThreeClocks) {
  Start(35000, 3, 1);
  Clock({.op = DfiOp::kActivate});
  const std::uint64_t at = Clock({.op = DfiOp::kRead});
  Run(10);
  ASSERT_EQ(beats_.size(), 4u);
  EXPECT_EQ(beats_[0].clock - at, 3u);
}

// A device that is quicker than CL: the tag's line must stay until it has left.
TEST_F(LoneModule, ATagUsedAgainAtOnceLosesNoData) {
  Start(1);
  for (std::uint32_t i = 0; i < 8; ++i) {
    module_->memory().WriteLine(LineOf(0, i), SeededLine(i), ~std::uint64_t{0}, false);
  }
  for (std::uint32_t i = 0; i < 8; ++i) {
    said_.clear();
    Clock(SlowRead(7, 0, i));
    while (said_.empty() && clock_ < 1000) Clock();
    Clock({.op = DfiOp::kSend, .tag = 7});
  }
  Run(60);
  ExpectSeededLines(8);
}

// The data of a fast read leave before those that the tag waits for.
TEST_F(LoneModule, ATagUsedAgainBehindAFastReadLosesNoData) {
  Start(1);
  for (std::uint32_t i = 0; i < 2; ++i) {
    module_->memory().WriteLine(LineOf(0, i), SeededLine(i), ~std::uint64_t{0}, false);
  }
  Clock({.op = DfiOp::kActivate, .bank_group = 1});
  Clock(SlowRead(7, 0, 0));
  while (said_.empty() && clock_ < 1000) Clock();
  Clock({.op = DfiOp::kRead, .bank_group = 1});
  Run(kModuleBeats - 1);
  Clock({.op = DfiOp::kSend, .tag = 7});
  Clock(SlowRead(7, 0, 1));
  while (said_.size() < 2 && clock_ < 1000) Clock();
  Clock({.op = DfiOp::kSend, .tag = 7});
  Run(60);
  ASSERT_GE(beats_.size(), kModuleBeats);
  beats_.erase(beats_.begin(), beats_.begin() + kModuleBeats);
  ExpectSeededLines(2);
}

// All 48 tags in use; reads of banks in turn, sent for as soon as they are ready and the pins have room.
class SlowReads : public LoneModule, public testing::WithParamInterface<unsigned> {
 protected:
  double PerMicrosecond(unsigned devices) {
    constexpr std::uint64_t kClocks = 20000;
    std::vector<std::uint8_t> free;
    for (std::uint8_t tag = 0; tag < 48; ++tag) free.push_back(tag);
    std::uint64_t issued = 0, sent = 0, heard = 0, last_send = 0;
    std::vector<std::uint8_t> ready;
    while (clock_ < kClocks) {
      for (; heard < said_.size(); ++heard) ready.push_back(said_[heard].ready.tag);
      if (!ready.empty() && clock_ >= last_send + kModuleBeats) {
        const std::uint8_t tag = ready.front();
        ready.erase(ready.begin());
        free.push_back(tag);
        last_send = Clock({.op = DfiOp::kSend, .tag = tag});
        ++sent;
      } else if (!free.empty()) {
        const std::uint8_t tag = free.back();
        free.pop_back();
        Clock(SlowRead(tag, issued % devices, static_cast<std::uint32_t>(issued / devices % 128)));
        ++issued;
      } else {
        Clock();
      }
    }
    return static_cast<double>(sent) / (kClocks * 833e-6);
  }
};

TEST_P(SlowReads, AreWhatTheDevicesGive) {
  Start(150000);  // 181 clocks
  const double reads = PerMicrosecond(GetParam());
  std::cout << GetParam() << " devices of 150 ns: " << reads << " reads a microsecond\n";
  // The time of a device, and what the module adds to it: request, turns of the module bus, four words.
  EXPECT_LE(reads, GetParam() / (181 * 833e-6));
  EXPECT_GE(reads, 0.93 * GetParam() / (181 * 833e-6));
}
INSTANTIATE_TEST_SUITE_P(Devices, SlowReads, testing::Values(1u, 2u, 4u, 8u, 16u));

TEST_F(SlowReads, OfQuickDevicesFillTheModuleBus) {
  Start(35000);
  const double reads = PerMicrosecond(16);
  std::cout << "16 devices of 35 ns: " << reads << " reads a microsecond\n";
  EXPECT_GE(reads, 0.95 / (kModuleBeats * 833e-6));  // a line each four clocks is all that the pins carry
}

// ---- Behind the channel
struct Client {
  explicit Client(MixedChannelSimulation& channel)
      : channel_(channel),
        source_(tb::StreamPorts<SlotRequest>(channel.dut().slot_req_i[2], channel.dut().slot_req_valid_i[2],
                                             channel.dut().slot_req_ready_o[2]),
                0),
        sink_("answers",
              tb::StreamPorts<SlotResponse>(channel.dut().slot_rsp_o, channel.dut().slot_rsp_valid_o,
                                            channel.dut().slot_rsp_ready_i),
              0, 0, channel.failures(),
              [this](const SlotResponse& response, std::uint64_t) { answers.push_back(response); }) {
    channel.simulation().Add(source_);
    channel.simulation().Add(sink_);
  }
  void Read(std::uint64_t line) {
    SlotRequest request{.op = Op::kRead, .line = line, .mask = ~std::uint64_t{0}};
    request.tag = next_tag_++;
    source_.Push(request);
  }
  void AwaitAll() {
    channel_.simulation().RunUntil([this] { return answers.size() == next_tag_; }, 100'000, "answers");
  }

  std::vector<SlotResponse> answers;

 private:
  MixedChannelSimulation& channel_;
  tb::StreamSource<SlotRequest> source_;
  tb::StreamSink<SlotResponse> sink_;
  std::uint16_t next_tag_ = 0;
};

TEST(ModuleBehindTheChannel, ContentThatADeviceLostIsPoison) {
  ChannelOfRtlModules rtl("slow_pcm");
  Client client(rtl.channel());
  rtl.module(0).devices().set_lost([](std::uint64_t line) { return line % 2 == 1; });
  rtl.channel().PowerUp();
  for (std::uint64_t i = 0; i < 40; ++i) client.Read((std::uint64_t{kFirstSlowRow} << 11) + i);
  client.AwaitAll();
  for (const SlotResponse& answer : client.answers) {
    EXPECT_EQ(answer.status, answer.tag % 2 == 1 ? LineStatus::kPoison : LineStatus::kOk) << answer.tag;
  }
  rtl.FinishChecks();
}

// The golden module is what finds it: data a clock late, content that differs.
TEST(ModuleBehindTheChannel, DataInAnotherClockIsFound) {
  ChannelOfRtlModules rtl("slow_pcm", 1, 0, {.cl_too_long = 1});
  Client client(rtl.channel());
  rtl.channel().PowerUp();
  client.Read(0);
  client.AwaitAll();
  EXPECT_NE(rtl.channel().failures().Text().find("golden"), std::string::npos) << rtl.channel().failures().Text();
}

TEST(ModuleBehindTheChannel, ContentThatDiffersIsFound) {
  ChannelOfRtlModules rtl("slow_pcm");
  Client client(rtl.channel());
  rtl.module(0).memory().WriteLine(std::uint64_t{kFirstSlowRow} << 11, SeededLine(1), ~std::uint64_t{0}, false);
  rtl.channel().PowerUp();
  client.Read(std::uint64_t{kFirstSlowRow} << 11);
  client.AwaitAll();
  EXPECT_NE(rtl.channel().failures().Text().find("golden"), std::string::npos) << rtl.channel().failures().Text();
}

}  // namespace
}  // namespace tarn::channel
