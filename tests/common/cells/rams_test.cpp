// The RAM wrappers against a model: random reads and masked writes, with and without collisions.
#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "Vrams_top.h"
#include "models/common/random.h"
#include "tb/common/simulation.h"
#include "tb/common/test_options.h"

namespace tarn::tb {
namespace {

constexpr unsigned kDepth = 12;
using Words = std::array<std::uint32_t, kDepth>;

struct Command {
  bool write;
  unsigned write_address;
  unsigned lanes;
  std::uint32_t data;
  bool read;
  unsigned read_address;
  bool inject;          // what is written has a wrong bit, where there is parity
  unsigned inject_ecc;  // the next write's lanes have so many, where there are check bits
};

std::uint32_t Merge(std::uint32_t word, const Command& command) {
  for (unsigned lane = 0; lane < 4; ++lane) {
    const std::uint32_t mask = 0xFFu << 8 * lane;
    if ((command.lanes >> lane & 1) != 0) word = (word & ~mask) | (command.data & mask);
  }
  return word;
}

// What each read port must show; nothing before its first read.
struct Expected {
  std::optional<std::uint32_t> one_port, old_data, new_data, no_collision, any, parity_error;
  std::uint32_t ecc_lost_bits = 0;               // of the lanes that are lost
  bool ecc_corrected = false, ecc_lost = false;  // of what was read in the cycle before
};

class Rams : public testing::Test {
 protected:
  Rams() : random_(GetTestOptions().seed), simulation_({.seed = GetTestOptions().seed}) {
    Drive({});
    simulation_.Reset();
    for (unsigned address = 0; address < kDepth; ++address) {
      Clock({.write = true, .write_address = address, .lanes = 15, .data = static_cast<std::uint32_t>(random_.Next())});
    }
  }

  void Drive(const Command& command) {
    Vrams_top& dut = simulation_.dut();
    dut.we_i = command.write;
    dut.waddr_i = static_cast<CData>(command.write_address);
    dut.wmask_i = static_cast<CData>(command.lanes);
    dut.wdata_i = command.data;
    dut.inject_i = command.inject;
    dut.inject_ecc_i = static_cast<CData>(command.inject_ecc);
    dut.re_i = command.read;
    dut.raddr_i = static_cast<CData>(command.read_address);
  }

  // One clock, in the design and in the model.
  void Clock(const Command& command) {
    Drive(command);
    simulation_.Step();
    const std::uint32_t before = words_[command.read_address], wrong_before = wrong_lanes_[command.read_address];
    ExpectCheckBits(command);
    if (command.write) {
      words_[command.write_address] = Merge(words_[command.write_address], command);
      std::uint32_t& wrong = wrong_lanes_[command.write_address];
      wrong = command.inject ? wrong | command.lanes : wrong & ~command.lanes;
    }
    const bool collides = command.write && command.read && command.write_address == command.read_address;
    if (!command.read) return;
    if (!command.write) expected_.one_port = before;
    expected_.old_data = before;
    expected_.parity_error = wrong_before;
    expected_.new_data = words_[command.read_address];
    if (!collides) expected_.no_collision = before;
    expected_.any = collides ? Merge(before, {.lanes = command.lanes, .data = ~before}) : before;
  }

  // What check bits say of what is read, before this cycle's write; and which lanes that write leaves with wrong bits.
  void ExpectCheckBits(const Command& command) {
    expected_.ecc_corrected = expected_.ecc_lost = false;
    if (command.read) {
      expected_.ecc_lost_bits = 0;
      for (unsigned lane = 0; lane < 4; ++lane) {
        const unsigned wrong = wrong_bits_[command.read_address][lane];
        if (wrong == 1) expected_.ecc_corrected = true;
        if (wrong == 2) expected_.ecc_lost = true;
        if (wrong == 2) expected_.ecc_lost_bits |= 0xFFu << 8 * lane;
      }
    }
    for (unsigned lane = 0; command.write && lane < 4; ++lane) {
      if ((command.lanes >> lane & 1) != 0) wrong_bits_[command.write_address][lane] = injected_;
    }
    if (command.write) injected_ = 0;
    if (command.inject_ecc != 0) injected_ = command.inject_ecc;
  }

  Command RandomCommand() {
    Command command{.write = random_.Percent(50),
                    .write_address = static_cast<unsigned>(random_.Below(kDepth)),
                    .lanes = static_cast<unsigned>(random_.Below(16)),
                    .data = static_cast<std::uint32_t>(random_.Next()),
                    .read = random_.Percent(60),
                    .read_address = static_cast<unsigned>(random_.Below(kDepth))};
    command.inject = random_.Percent(10);
    if (random_.Percent(10)) command.inject_ecc = 1 + static_cast<unsigned>(random_.Below(2));
    if (random_.Percent(30)) command.read_address = command.write_address;
    return command;
  }

  // Ports whose data is not what the model says.
  unsigned Differences() {
    const Vrams_top& dut = simulation_.dut();
    return Differs(expected_.one_port, dut.one_port_o) + Differs(expected_.old_data, dut.old_o) +
           Differs(expected_.new_data, dut.new_o) + Differs(expected_.no_collision, dut.no_collision_o) +
           Differs(expected_.any, dut.any_o) + Differs(expected_.parity_error, dut.parity_error_o) +
           (expected_.parity_error == 0u ? Differs(expected_.old_data, dut.parity_o) : 0) +
           Differs(expected_.ecc_corrected, dut.ecc_corrected_o) + Differs(expected_.ecc_lost, dut.ecc_lost_o) +
           (expected_.old_data && ((*expected_.old_data ^ dut.ecc_o) & ~expected_.ecc_lost_bits) != 0 ? 1 : 0);
  }
  static unsigned Differs(const std::optional<std::uint32_t>& expected, std::uint32_t observed) {
    return expected && *expected != observed ? 1 : 0;
  }

  Random random_;
  Simulation<Vrams_top> simulation_;
  Words words_ = {}, wrong_lanes_ = {};
  std::array<std::array<unsigned, 4>, kDepth> wrong_bits_ = {};
  unsigned injected_ = 0;
  Expected expected_;
};

TEST_F(Rams, ReadWhatWasWritten) {
  for (int i = 0; i < 20'000; ++i) {
    Clock(RandomCommand());
    ASSERT_EQ(Differences(), 0u) << "in cycle " << simulation_.cycle() << "; " << ReplayCommand();
  }
  EXPECT_EQ(simulation_.failures().Text(), "");
}

// The model with the other answer to a collision does not agree: the comparison can fail.
TEST_F(Rams, WrongAnswerToACollisionIsFound) {
  unsigned differences = 0;
  for (int i = 0; i < 1'000; ++i) {
    Clock(RandomCommand());
    std::swap(expected_.old_data, expected_.new_data);
    differences += Differences();
    std::swap(expected_.old_data, expected_.new_data);
  }
  EXPECT_GT(differences, 50u);
}

TEST_F(Rams, HoldTheDataOfTheLastRead) {
  Clock({.read = true, .read_address = 3});
  for (unsigned address = 0; address < kDepth; ++address) {
    Clock({.write = true, .write_address = address, .lanes = 15, .data = 0x12345678});
    ASSERT_EQ(Differences(), 0u);
  }
}

}  // namespace
}  // namespace tarn::tb
