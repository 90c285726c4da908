// Several command slots a cycle: the figures against their targets (targets.md, "Channel"), and that a command in the
// wrong slot, and data in the wrong clock, are found.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/channel/preset_file.h"
#include "tb/channel/channel_traces.h"
#include "tb/channel/trace_measurement.h"
#include "tb/common/test_options.h"
#include "tests/channel/random_traffic.h"

namespace tarn::channel {
namespace {

using Dut = TestedChannel::Dut;
constexpr unsigned kSlots = TestedChannel::kClocks;

TEST(Slots, TheBusIsAsFullAsWithOneSlotACycle) {
  static constexpr std::array<std::pair<const char*, double>, 5> kTargets = {
      {{"seq_bg", 95.0}, {"seq_row", 78.2}, {"rnd_r", 58.3}, {"rnd_67", 56.8}, {"add_bg", 93.2}}};
  const auto preset = LoadPreset(PresetFile("ddr4_2400_17"));
  const auto rules = tb::LoadTimingRules(PresetFile("ddr4_2400_17"));
  for (const auto& [name, target] : kTargets) {
    const std::vector<TraceAccess> trace = MakeTrace(name, 0, preset->Geometry());
    MeasurementOptions options;
    options.clocks_per_cycle = kSlots;
    options.registers = FourSlotRegisters();
    const Measurement result = MeasureTraces(*preset, *rules, {ClassTrace{.trace = &trace}}, options);
    EXPECT_EQ(result.failure, "") << name;
    EXPECT_EQ(result.violations, 0u) << result.first_violation;
    EXPECT_GE(result.BusPercent(), target) << name;
  }
}

// The pins of a channel once more, with a module and a checker of their own behind them; with `shifted` each read
// command stands a slot too early, where that slot is free.
class PinsBeside : public tb::Component {
 public:
  PinsBeside(TestedChannel& channel, const tb::TimingRules& rules, bool shifted)
      : dut_(channel.dut()),
        shifted_(shifted),
        module_(memory_, channel.preset().Geometry()),
        checker_(rules, [](const auto&) {}),
        port_(pins_, module_, &checker_, failures_) {}

  void Drive(std::uint64_t cycle) override { port_.Drive(cycle); }
  void Sample(std::uint64_t cycle) override {
    pins_.dfi_ctl_o = dut_.dfi_ctl_o;
    std::memcpy(&pins_.dfi_wr_o, &dut_.dfi_wr_o, sizeof pins_.dfi_wr_o);
    for (unsigned slot = 0; slot < kSlots; ++slot) pins_.dfi_cmd_o[slot] = dut_.dfi_cmd_o[slot];
    for (unsigned slot = 1; slot < kSlots && shifted_; ++slot) {
      if (Op(slot) == DfiOp::kRead && Op(slot - 1) == DfiOp::kNop) {
        std::swap(pins_.dfi_cmd_o[slot], pins_.dfi_cmd_o[slot - 1]);
      }
    }
    port_.Sample(cycle);
  }
  std::uint64_t violations() const { return checker_.violations(); }

 private:
  struct Pins {
    std::uint64_t dfi_cmd_o[kSlots];
    std::remove_reference_t<decltype(std::declval<Dut&>().dfi_wr_o[0])> dfi_wr_o[kSlots];
    std::remove_reference_t<decltype(std::declval<Dut&>().dfi_rd_i[0])> dfi_rd_i[kSlots];
    std::uint32_t dfi_ctl_o = 0, dfi_init_complete_i = 0;
    std::uint8_t module_ready_i[1];
  };
  DfiOp Op(unsigned slot) const { return static_cast<DfiOp>(pins_.dfi_cmd_o[slot] >> (DfiCommand::kBits - 4)); }

  Dut& dut_;
  bool shifted_;
  Pins pins_{};
  tb::Failures failures_;
  ChannelMemory memory_;
  DramModule module_;
  tb::TimingChecker checker_;
  tb::DramPort<Pins, kSlots> port_;
};

TEST(Slots, ACommandASlotTooEarlyIsFound) {
  for (const bool shifted : {false, true}) {
    TestedChannel channel("ddr4_2400_17", {.seed = tb::GetTestOptions().seed});
    RandomTraffic traffic(channel, {.seed = tb::GetTestOptions().seed});
    PinsBeside pins(channel, LoadTimingRulesOrDie("ddr4_2400_17"), shifted);
    channel.simulation().Add(pins);
    channel.PowerUp();
    traffic.Run(2000);
    EXPECT_EQ(channel.failures().Text(), "");
    if (shifted) {
      EXPECT_GT(pins.violations(), 0u);
    } else {
      EXPECT_EQ(pins.violations(), 0u);
    }
  }
}

// The data of two clocks of a cycle changes places, whenever there is that of both.
class SwappedClocks : public tb::Component {
 public:
  explicit SwappedClocks(Dut& dut) : dut_(dut) {}
  void Drive(std::uint64_t) override {
    if (Valid(0) && Valid(1)) std::swap(dut_.dfi_rd_i[0], dut_.dfi_rd_i[1]);
  }
  void Sample(std::uint64_t) override {}

 private:
  bool Valid(unsigned slot) const {
    return (dut_.dfi_rd_i[slot][DfiReadData::kBits / 32] >> (DfiReadData::kBits - 1) % 32 & 1) != 0;
  }
  Dut& dut_;
};

TEST(Slots, DataInTheWrongClockIsFound) {
  TestedChannel channel("ddr4_2400_17", {.seed = tb::GetTestOptions().seed});
  // Whole writes alone, read back: no poison, nothing that came otherwise.
  RandomTraffic traffic(channel, {.seed = tb::GetTestOptions().seed, .partial_percent = 0, .poison_percent = 0});
  channel.PowerUp();
  traffic.Run(2000);
  ASSERT_EQ(channel.failures().Text(), "");
  SwappedClocks fault(channel.dut());
  channel.simulation().Add(fault);
  traffic.Run(2000);
  EXPECT_NE(channel.failures().Text().find("a wrong answer"), std::string::npos) << channel.failures().Text();
}

}  // namespace
}  // namespace tarn::channel
