// Modules of small boards: few data pins, at single rate, without check bits, whose bytes are masked.
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "models/channel/preset_file.h"
#include "tb/channel/channel_traces.h"
#include "tb/channel/trace_measurement.h"
#include "tb/common/test_options.h"
#include "tests/channel/random_traffic.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

// A module of fewer pins than a preset's, with what depends on it: a line takes so much longer.
struct Narrowed {
  Preset preset = LoadPresetOrDie("ddr3_1600_11");
  tb::TimingRules rules = LoadTimingRulesOrDie("ddr3_1600_11");
};
Narrowed WithPins(std::uint32_t pins) {
  Narrowed narrowed;
  Preset& preset = narrowed.preset;
  preset.bus_bits = pins;
  preset.burst_clocks = 256 / pins;
  preset.check_bits = false;
  for (const char* name : {"CCD_S", "CCD_L", "CCD_L_WR"}) {
    preset.timing[name].clocks = std::max(preset.timing[name].clocks, preset.burst_clocks);
  }
  narrowed.rules.burst = preset.burst_clocks;
  narrowed.rules.ccd_s = preset.Clocks("CCD_S");
  narrowed.rules.ccd_l = preset.Clocks("CCD_L");
  narrowed.rules.ccd_l_wr = preset.Clocks("CCD_L_WR");
  EXPECT_TRUE(ValidatePreset(preset).ok()) << ValidatePreset(preset).message();
  return narrowed;
}

// Poison lives in the write queue alone, so that none is written; a read of half a line of what a write left is exact.
void RunRandom(const Preset& preset, const tb::TimingRules& rules, TrafficOptions options, std::uint64_t requests) {
  options.seed += tb::GetTestOptions().seed;
  options.poison_percent = 0;
  NarrowSimulation channel(preset, rules, {.seed = options.seed, .wave_file = tb::GetTestOptions().wave_file});
  BasicRandomTraffic<NarrowSimulation> traffic(channel, options);
  channel.PowerUp();
  traffic.Run(requests);
  channel.FinishChecks();
  EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
  EXPECT_GE(traffic.compared(), requests);
  std::cout << "compared " << traffic.compared() << " in " << channel.simulation().cycle() << " cycles, longest wait "
            << traffic.latency_cycles_max() << "\n";
}

TEST(ChannelNarrow, SdrSdramAnswersRight) {
  const Preset preset = LoadPresetOrDie("sdr_133_3");
  const tb::TimingRules rules = LoadTimingRulesOrDie("sdr_133_3");
  RunRandom(preset, rules, {.partial_percent = 50}, 10000);
  RunRandom(preset, rules, {.pause_percent = 60, .stall_percent = 30, .partial_percent = 50, .sequential_percent = 10},
            5000);
}

TEST(ChannelNarrow, AnyWidthAnswersRight) {
  for (const std::uint32_t pins : {64u, 32u, 16u, 8u}) {
    SCOPED_TRACE(pins);
    const Narrowed narrowed = WithPins(pins);
    RunRandom(narrowed.preset, narrowed.rules, {.partial_percent = 50}, 5000);
  }
}

TEST(ChannelNarrow, SdrSdramKeepsItsBusFull) {
  const Preset preset = LoadPresetOrDie("sdr_133_3");
  const std::vector<TraceAccess> trace = MakeTrace("seq_row", 5000, preset.Geometry());
  const Measurement result = MeasureTraces(preset, LoadTimingRulesOrDie("sdr_133_3"), {{.trace = &trace}});
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.violations, 0u);
  EXPECT_GT(result.BusPercent(), 98.0);  // refresh takes 0.9%
}

// Planted: a power-up that leaves something out.
class SdrPowerUp : public testing::Test {
 protected:
  void Expect(std::uint32_t mask, std::uint32_t value) {
    NarrowSimulation channel("sdr_133_3", {.seed = 1});
    channel.TolerateViolations();
    channel.Override(r::mode_numbers_4_6::kOffset, mask, value);
    BasicRandomTraffic<NarrowSimulation> traffic(channel, {.seed = 1, .poison_percent = 0});
    channel.PowerUp();
    traffic.Run(100);
    ASSERT_GT(channel.violations(), 0u);
    EXPECT_EQ(channel.first_violation().rule, tb::TimingRule::kPowerUpOrder) << channel.first_violation().text;
  }
};
TEST_F(SdrPowerUp, WithoutThePrechargeIsFound) { Expect(r::mode_numbers_4_6::PrechargeFirst::kMask, 0); }
TEST_F(SdrPowerUp, WithARefreshTooFewIsFound) {
  Expect(r::mode_numbers_4_6::Refreshes::kMask, r::mode_numbers_4_6::Refreshes::Set(0, 7));
}

}  // namespace
}  // namespace tarn::channel
