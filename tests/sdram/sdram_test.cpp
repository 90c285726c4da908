// The SDRAM device: what is written is read, byte by byte, and each rule of the SDRAM is kept.
#include <Vrtl_sdram.h>
#include <Vrtl_sdram_hasty.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sdram/sdram_fixture.h"

namespace tarn {
namespace {

TEST(SdramDevice, HoldsWhatWasWrittenAndKeepsEachRule) {
  Device<Vrtl_sdram> device;
  Random random(tb::GetTestOptions().seed);
  std::map<std::uint32_t, Content> memory;
  constexpr Lanes kAll = {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF};
  for (int i = 0; i < 600; ++i) {
    // Few lines, of the same rows in all banks, so that they come again and none may stand for another; and the
    // highest.
    const auto line = static_cast<std::uint32_t>(random.Below(20) == 0 ? (1 << 19) - 1 - random.Below(4)
                                                                       : random.Below(8) * 64 + random.Below(4) * 16 +
                                                                             random.Below(4) * 5);
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
    Lanes lanes = kAll;
    if (found != memory.end()) {
      for (std::uint16_t& lane : lanes) lane = static_cast<std::uint16_t>(random.Next());
    }
    device.Write(line, content, lanes);
    Merge(memory[line], content, lanes);
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
  constexpr Lanes kAll = {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF};
  std::array<Content, 6> contents;
  for (std::uint32_t line = 0; line < contents.size(); ++line) {
    for (ModuleWord& word : contents[line]) word = WordOf(random);
    device.BeginWrite(line, contents[line], kAll);
  }
  device.Wait(contents.size());
  // Nor do their lanes.
  for (std::uint32_t line = 0; line < contents.size(); ++line) {
    const Content content = {WordOf(random), WordOf(random), WordOf(random), WordOf(random)};
    Lanes lanes;
    for (std::uint16_t& lane : lanes) lane = static_cast<std::uint16_t>(random.Next());
    device.BeginWrite(line, content, lanes);
    Merge(contents[line], content, lanes);
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
