// The SDRAM device: what is written is read, byte by byte, and each rule of the SDRAM is kept.
#include <Vrtl_sdram.h>
#include <Vrtl_sdram_hasty.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/channel/module_protocol.h"
#include "models/common/random.h"
#include "models/sdram/sdram_model.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"

namespace tarn {
namespace {

constexpr std::uint32_t kClockKilohertz = 100'000;
constexpr std::uint64_t kCyclesMax = 5'000;  // of a line, with power-up or a refresh before it
constexpr unsigned kBeats = 4;

using Content = std::array<ModuleWord, kBeats>;

// The device with a golden SDRAM at its pins.
template <typename Dut>
class Device : private tb::Component {
 public:
  // pause_percent: how often the requester pauses, and does not take an answer.
  explicit Device(unsigned pause_percent = 20)
      : simulation_({.seed = tb::GetTestOptions().seed, .wave_file = tb::GetTestOptions().wave_file}),
        requests_({simulation_.dut().req_i, simulation_.dut().req_valid_i, simulation_.dut().req_ready_o}, 1,
                  pause_percent),
        answers_("answers", {simulation_.dut().rsp_o, simulation_.dut().rsp_valid_o, simulation_.dut().rsp_ready_i}, 2,
                 pause_percent, simulation_.failures(),
                 [this](const ModuleBusResponse& answer, std::uint64_t) { answers_taken_.push_back(answer); }),
        sdram_({.power_up_us = 2}, kClockKilohertz,
               [this](const std::string& rule, std::uint64_t) { violations_.insert(rule); }) {
    simulation_.dut().dq_i = 0;
    simulation_.Add(requests_);
    simulation_.Add(answers_);
    simulation_.Add(*this);
    simulation_.Reset();
  }

  // Lanes: a bit a byte of each word, check bits above, which no SDRAM keeps.
  void Write(std::uint32_t line, const Content& content, const std::array<std::uint16_t, kBeats>& lanes) {
    BeginWrite(line, content, lanes);
    Wait(1);
  }
  // The request alone; `Wait` waits for its answer.
  void BeginWrite(std::uint32_t line, const Content& content, const std::array<std::uint16_t, kBeats>& lanes) {
    for (unsigned beat = 0; beat < kBeats; ++beat) {
      requests_.Push({.write = true,
                      .line = line,
                      .beat = static_cast<std::uint8_t>(beat),
                      .lanes = lanes[beat],
                      .word = content[beat]});
    }
  }
  Content Read(std::uint32_t line) {
    requests_.Push({.line = line});
    Wait(kBeats);
    Content content{};
    for (unsigned beat = 0; beat < kBeats && beat < answers_taken_.size(); ++beat)
      content[beat] = answers_taken_[beat].word;
    return content;
  }
  void Idle(std::uint64_t cycles) { simulation_.Run(cycles); }
  void Wait(std::size_t answers) {
    answers_taken_.clear();
    simulation_.RunUntil([&] { return answers_taken_.size() == answers; }, kCyclesMax, "answers of the device");
  }

  std::string Failures() const { return simulation_.failures().Text(); }
  const std::set<std::string>& violations() const { return violations_; }
  const sdram::SdramModel& sdram() const { return sdram_; }
  std::uint64_t cycle() const { return simulation_.cycle(); }

 private:
  void Drive(std::uint64_t) override {
    simulation_.dut().dq_i = data_ ? *data_ : static_cast<std::uint16_t>(random_.Below(1 << 16));
  }
  void Sample(std::uint64_t) override { data_ = sdram_.Clock(sdram::SdramPins::Unpack(simulation_.dut().pins_o)); }

  tb::Simulation<Dut> simulation_;
  tb::StreamSource<ModuleBusRequest> requests_;
  tb::StreamSink<ModuleBusResponse> answers_;
  sdram::SdramModel sdram_;
  Random random_{7};
  std::set<std::string> violations_;
  std::optional<std::uint16_t> data_;
  std::vector<ModuleBusResponse> answers_taken_;
};

ModuleWord WordOf(Random& random) { return {.beat1 = random.Next(), .beat0 = random.Next()}; }

std::uint64_t Merge(std::uint64_t before, std::uint64_t after, unsigned lanes) {
  std::uint64_t mask = 0;
  for (unsigned byte = 0; byte < 8; ++byte) mask |= (lanes >> byte & 1) != 0 ? std::uint64_t{0xFF} << 8 * byte : 0;
  return (before & ~mask) | (after & mask);
}

TEST(SdramDevice, HoldsWhatWasWrittenAndKeepsEachRule) {
  Device<Vrtl_sdram> device;
  Random random(tb::GetTestOptions().seed);
  std::map<std::uint32_t, Content> memory;
  constexpr std::array<std::uint16_t, kBeats> kAll = {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF};
  for (int i = 0; i < 600; ++i) {
    // Lines of few rows in all banks, so that they come again; and the highest.
    const auto line =
        static_cast<std::uint32_t>(random.Below(20) == 0 ? (1 << 19) - 1 - random.Below(4) : random.Below(200) * 7);
    if (random.Below(3) == 0) device.Idle(random.Below(300));
    const auto found = memory.find(line);
    if (found != memory.end() && random.Percent(50)) {
      const Content read = device.Read(line);
      for (unsigned beat = 0; beat < kBeats; ++beat) {
        ASSERT_EQ(read[beat].beat0, found->second[beat].beat0) << "line " << line << ", beat " << beat;
        ASSERT_EQ(read[beat].beat1, found->second[beat].beat1) << "line " << line << ", beat " << beat;
      }
      continue;
    }
    const Content content = {WordOf(random), WordOf(random), WordOf(random), WordOf(random)};
    std::array<std::uint16_t, kBeats> lanes = kAll;
    if (found != memory.end()) {
      for (std::uint16_t& lane : lanes) lane = static_cast<std::uint16_t>(random.Next());
    }
    device.Write(line, content, lanes);
    Content& kept = memory[line];
    for (unsigned beat = 0; beat < kBeats; ++beat) {
      kept[beat].beat0 = Merge(kept[beat].beat0, content[beat].beat0, lanes[beat] & 0xFF);
      kept[beat].beat1 = Merge(kept[beat].beat1, content[beat].beat1, lanes[beat] >> 8);
    }
  }
  EXPECT_EQ(device.Failures(), "");
  EXPECT_EQ(device.violations(), std::set<std::string>());
  // One each 7.8 us, but for the eight of power-up.
  const std::uint64_t due = device.cycle() / 782;
  EXPECT_GE(device.sdram().refreshes(), due);
  EXPECT_LE(device.sdram().refreshes(), due * 11 / 10 + 9);
}

// From the request to the last word, when nothing else is to be done: the row's times at 100 MHz, and 32 columns.
TEST(SdramDevice, TakesAsLongAsItsRowMust) {
  Device<Vrtl_sdram> device(0);
  Random random(3);
  const Content content = {WordOf(random), WordOf(random), WordOf(random), WordOf(random)};
  const auto cycles_of = [&](const auto& access) {
    std::uint64_t least = kCyclesMax;  // but for those that a refresh came before
    for (int i = 0; i < 5; ++i) {
      const std::uint64_t start = device.cycle();
      access();
      least = std::min(least, device.cycle() - start);
    }
    return least;
  };
  device.Read(3);  // power-up is over then
  EXPECT_EQ(cycles_of([&] { device.Read(3); }), 42u);
  EXPECT_EQ(cycles_of([&] { device.Write(3, content, {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF}); }), 42u);
}

// The next access's message stands at the port while the one before is written.
TEST(SdramDevice, WritesThatComeBackToBackDoNotMix) {
  Device<Vrtl_sdram> device(0);
  Random random(5);
  std::array<Content, 6> contents;
  for (std::uint32_t line = 0; line < contents.size(); ++line) {
    for (ModuleWord& word : contents[line]) word = WordOf(random);
    device.BeginWrite(line, contents[line], {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF});
  }
  device.Wait(contents.size());
  for (std::uint32_t line = 0; line < contents.size(); ++line) {
    const Content read = device.Read(line);
    for (unsigned beat = 0; beat < kBeats; ++beat) {
      EXPECT_EQ(read[beat].beat0, contents[line][beat].beat0) << "line " << line << ", beat " << beat;
      EXPECT_EQ(read[beat].beat1, contents[line][beat].beat1) << "line " << line << ", beat " << beat;
    }
  }
  EXPECT_EQ(device.Failures(), "");
}

TEST(SdramDevice, OneThatIsTooHastyIsFound) {
  Device<Vrtl_sdram_hasty> device;
  Random random(1);
  const Content content = {WordOf(random), WordOf(random), WordOf(random), WordOf(random)};
  for (int i = 0; i < 8; ++i) device.Write(0, content, {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF});
  device.Idle(20'000);
  for (const char* rule : {"tRCD", "tRFC"}) EXPECT_TRUE(device.violations().contains(rule)) << rule;
  EXPECT_TRUE(device.violations().contains("refresh: none for longer than allowed"));
}

// The golden SDRAM alone: what it says of commands, a clock each, after a power-up in order.
// Each command comes after so many idle clocks.
using Commands = std::vector<std::pair<unsigned, sdram::SdramPins>>;
std::set<std::string> ViolationsOf(const Commands& commands, const Commands& power_up) {
  constexpr sdram::SdramPins kNop = {.cke = true, .cs_n = false};
  std::set<std::string> violations;
  sdram::SdramModel sdram({.power_up_us = 2}, kClockKilohertz,
                          [&](const std::string& rule, std::uint64_t) { violations.insert(rule); });
  const auto idle = [&](unsigned clocks) {
    for (unsigned i = 0; i < clocks; ++i) sdram.Clock(kNop);
  };
  const auto give = [&](sdram::SdramPins pins) {
    pins.cke = true;
    pins.cs_n = false;
    sdram.Clock(pins);
  };
  for (const auto& [clocks, pins] : power_up) {
    idle(clocks);
    give(pins);
  }
  for (const auto& [clocks, pins] : commands) {
    idle(clocks);
    give(pins);
  }
  return violations;
}

constexpr sdram::SdramPins kActivate = {.ras_n = false};
constexpr sdram::SdramPins kRead = {.cas_n = false};
constexpr sdram::SdramPins kWrite = {.cas_n = false, .we_n = false, .drives = true};
constexpr sdram::SdramPins kPrecharge = {.ras_n = false, .we_n = false};
constexpr sdram::SdramPins kRefresh = {.ras_n = false, .cas_n = false};

constexpr sdram::SdramPins kPrechargeAll = {.ras_n = false, .we_n = false, .addr = 1 << 10};
constexpr sdram::SdramPins kMode = {.ras_n = false, .cas_n = false, .we_n = false, .addr = 0x020};

using Rules = std::set<std::string>;

// 2 us, all banks precharged, two refreshes, the mode register.
Commands PowerUp() { return {{250, kPrechargeAll}, {8, kRefresh}, {8, kRefresh}, {8, kMode}}; }
std::set<std::string> ViolationsOf(const Commands& commands) { return ViolationsOf(commands, PowerUp()); }

TEST(SdramModel, FindsEachBreachOfARule) {
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {1, kRead}, {3, kPrecharge}, {1, kActivate}, {1, kWrite}, {3, kPrecharge}}),
            Rules{});
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {0, kRead}}), Rules{"tRCD"});
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {1, kRead}, {1, kPrecharge}}), Rules{"tRAS"});
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {4, kWrite}, {0, kPrecharge}}), Rules{"tWR"});
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {5, kPrecharge}, {0, kActivate}}), Rules{"tRP"});
  EXPECT_EQ(ViolationsOf({{3, kRefresh}, {2, kActivate}}), Rules{"tRFC"});
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {8, kActivate}}), Rules{"activate: the bank's row is open"});
  EXPECT_EQ(ViolationsOf({{3, kRead}}), Rules{"read or write: no row is open"});
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {8, kRefresh}}), Rules{"refresh: a row is open"});
  EXPECT_EQ(ViolationsOf({{8'000, kRefresh}}), Rules{"refresh: none for longer than allowed"});
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {2, kRead}, {0, kWrite}}), Rules{"dq: both drive"});
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {3, kPrecharge}, {1, kActivate}}), (Rules{"tRAS", "tRC"}));
  EXPECT_EQ(ViolationsOf({{0, kActivate}}), Rules{"tMRD"});
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {8, kMode}}), Rules{"mode register: a row is open"});
  sdram::SdramPins slow_mode = kMode;
  slow_mode.addr = 0x030;
  EXPECT_EQ(ViolationsOf({{3, slow_mode}}), Rules{"mode register: not CAS latency 2, bursts of one"});
  constexpr sdram::SdramPins kBurstStop = {.we_n = false};
  EXPECT_EQ(ViolationsOf({{3, kBurstStop}}), Rules{"a command that is not used here"});
  sdram::SdramPins silent = kWrite;
  silent.drives = false;
  EXPECT_EQ(ViolationsOf({{3, kActivate}, {2, silent}}), Rules{"write: nobody drives dq"});
}

// A byte that is masked beside the command is neither written nor read.
TEST(SdramModel, MasksBytes) {
  sdram::SdramModel sdram({.power_up_us = 2}, kClockKilohertz, [](const std::string&, std::uint64_t) {});
  const auto give = [&](sdram::SdramPins pins, unsigned clocks_before) {
    for (unsigned i = 0; i < clocks_before; ++i) sdram.Clock({.cke = true, .cs_n = false});
    pins.cke = true;
    pins.cs_n = false;
    return sdram.Clock(pins);
  };
  for (const auto& [clocks, pins] : PowerUp()) give(pins, clocks);
  give(kActivate, 3);
  sdram::SdramPins write = kWrite;
  write.dq = 0x1234;
  give(write, 2);
  write.dq = 0x5678;
  write.dqm = 2;
  give(write, 0);
  EXPECT_EQ(give(kRead, 2), 0x1278);
  sdram::SdramPins masked = kRead;
  masked.dqm = 1;
  EXPECT_EQ(give(masked, 0).value_or(0) >> 8, 0x12);
  EXPECT_NE(give(masked, 0).value_or(0x78) & 0xFF, 0x78);
}

TEST(SdramModel, FindsEachBreachOfThePowerUp) {
  EXPECT_EQ(ViolationsOf({}, {{100, kPrechargeAll}, {200, kRefresh}, {8, kRefresh}, {8, kMode}}),
            Rules{"power-up: a command too early"});
  EXPECT_EQ(ViolationsOf({}, {{250, kRefresh}, {8, kPrechargeAll}, {8, kRefresh}, {8, kMode}}),
            Rules{"power-up: precharge of all banks comes first"});
  EXPECT_EQ(ViolationsOf({}, {{250, kPrechargeAll}, {8, kRefresh}, {8, kMode}}), Rules{"power-up: too few refreshes"});
  EXPECT_EQ(ViolationsOf({}, {{250, kPrechargeAll}, {8, kActivate}}), Rules{"power-up: not complete"});
}

}  // namespace
}  // namespace tarn
