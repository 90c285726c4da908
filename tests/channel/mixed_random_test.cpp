// Random traffic on a channel of two modules with fast and slow cells: every byte checked, no rule of a module or of
// the bus broken.
#include <gtest/gtest.h>

#include "tb/channel/mixed_channel_simulation.h"
#include "tb/common/test_options.h"
#include "tests/channel/fault_injector.h"
#include "tests/channel/random_traffic.h"

namespace tarn::channel {
namespace {

constexpr std::uint32_t kFirstSlowRow = 1024;

struct Cells {
  std::string preset = "slow_pcm";
  std::vector<std::uint32_t> from_row = {kNoSlowRow, kFirstSlowRow};  // a fast module, and one that mixes
  std::string fast_preset = "ddr4_2400_17";
  std::string other_preset = {};  // the second module's, if it is another
  RefreshOf refresh_of = RefreshOf::kAllBanks;
};

template <typename Simulation = MixedChannelSimulation>
void RunRandom(TrafficOptions options, const Cells& cells, std::uint64_t requests) {
  options.seed += tb::GetTestOptions().seed;
  options.modules = Simulation::kModules;
  options.slow_row = kFirstSlowRow;
  Simulation channel(cells.fast_preset, {.seed = options.seed, .wave_file = tb::GetTestOptions().wave_file});
  if (!cells.other_preset.empty()) {
    channel.SetPreset(1, LoadPresetOrDie(cells.other_preset), LoadTimingRulesOrDie(cells.other_preset));
  }
  if (cells.refresh_of == RefreshOf::kBanksAlone) channel.RefreshBanksAlone();
  channel.SetSlowCells(LoadSlowPresetOrDie(cells.preset), cells.from_row, options.seed);
  BasicRandomTraffic<Simulation> traffic(channel, options);
  channel.PowerUp();
  traffic.Run(requests);
  channel.FinishChecks();
  EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
  EXPECT_GE(traffic.compared(), requests);
  std::uint64_t slow = 0;
  for (std::size_t m = 0; m < Simulation::kModules; ++m)
    slow += channel.slow_cells(m).reads() + channel.slow_cells(m).writes();
  std::cout << "compared " << traffic.compared() << " in " << channel.simulation().cycle() << " cycles, " << slow
            << " to slow cells, " << channel.bus_checker().sends() << " sends, " << channel.bus_checker().switches()
            << " switches of module, longest wait " << traffic.latency_cycles_max() << "\n";
}

// The same with wrong bits in all cells and on the bus; the scrubber walks through some of the slow ones.
TEST(MixedChannelRandom, FastAndSlowCellsAnswerRightAndLogEachWrongBit) {
  namespace r = channel_registers;
  const std::uint64_t seed = tb::GetTestOptions().seed;
  MixedChannelSimulation channel("ddr4_2400_17", {.seed = seed, .wave_file = tb::GetTestOptions().wave_file});
  channel.SetSlowCells(LoadSlowPresetOrDie("slow_stt_mram"), {kFirstSlowRow, kFirstSlowRow}, seed);
  BasicRandomTraffic<MixedChannelSimulation> traffic(
      channel, {.seed = seed, .partial_percent = 40, .modules = 2, .slow_percent = 30, .slow_row = kFirstSlowRow});
  FaultInjector faults({.seed = seed, .read_percent = 2, .write_percent = 2});
  for (std::uint64_t m = 0; m < 2; ++m) {
    faults.Attach(channel.module(m), m << 27);
    faults.Attach(channel.slow_cells(m), m << 27);
  }
  traffic.set_between([&] { faults.CompareLog(channel); }, 100);
  channel.Override(r::scrub::kOffset, ~0u, 50 | r::scrub::OnError::kMask);
  channel.Override(r::scrub_first::kOffset, ~0u, kFirstSlowRow << 11);
  channel.Override(r::scrub_last::kOffset, ~0u, (kFirstSlowRow << 11) + 1000);
  channel.PowerUp();
  traffic.Run(15000);
  channel.Write(r::scrub::kOffset, 0);
  channel.simulation().Run(20000);
  faults.CompareLog(channel);
  channel.FinishChecks();
  EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
  EXPECT_EQ(faults.missing(), 0);
  EXPECT_GE(faults.compared(), 300);
  EXPECT_EQ(channel.Counter(r::ecc_corrected::kOffset), faults.corrected());
  EXPECT_EQ(channel.Read(r::irq_pending::kOffset).rdata & r::irq_pending::EccOverflow::kMask, 0);
  std::cout << "logged " << faults.compared() << " errors in " << channel.simulation().cycle() << " cycles\n";
}

TEST(MixedChannelRandom, TwoFastModulesAnswerRight) { RunRandom({}, {.from_row = {kNoSlowRow, kNoSlowRow}}, 20000); }

TEST(MixedChannelRandom, FastAndSlowCellsAnswerRight) { RunRandom({.slow_percent = 20}, {}, 20000); }

TEST(MixedChannelRandom, BothModulesMixed) {
  RunRandom({.slow_percent = 50}, {.preset = "slow_stt_mram", .from_row = {kFirstSlowRow, kFirstSlowRow}}, 20000);
}

TEST(MixedChannelRandom, WithBackPressure) {
  RunRandom({.pause_percent = 40, .stall_percent = 40, .slow_percent = 30}, {}, 10000);
}

TEST(MixedChannelRandom, FewLinesFoughtOver) {
  RunRandom(kFewLinesFoughtOver, {.from_row = {kFirstSlowRow, kFirstSlowRow}}, 10000);
}

TEST(MixedChannelRandom, SlowCellsWhoseTimesVary) {
  RunRandom({.write_percent = 5, .slow_percent = 5}, {.preset = "slow_nand"}, 2000);
}

TEST(MixedChannelRandom, ModulesOfDifferentPresets) {
  RunRandom({.slow_percent = 10}, {.other_preset = "ddr4_2400_17_16gb"}, 20000);
}

TEST(EightModulesRandom, FastAndSlowCellsAnswerRight) {
  std::vector<std::uint32_t> from_row(8, kNoSlowRow);
  from_row[3] = from_row[7] = kFirstSlowRow;
  RunRandom<EightModulesSimulation>({.slow_percent = 10}, {.from_row = from_row}, 10000);
}

// The same with four command slots a cycle, of other standards too.
TEST(FourSlotMixedRandom, FastAndSlowCellsAnswerRight) {
  RunRandom<FourSlotMixedSimulation>({.slow_percent = 20}, {}, 20000);
}

TEST(FourSlotMixedRandom, BothModulesMixedWithBackPressure) {
  RunRandom<FourSlotMixedSimulation>({.pause_percent = 30, .stall_percent = 30, .slow_percent = 50},
                                     {.preset = "slow_stt_mram", .from_row = {kFirstSlowRow, kFirstSlowRow}}, 10000);
}

TEST(FourSlotMixedRandom, FewLinesFoughtOver) {
  RunRandom<FourSlotMixedSimulation>(kFewLinesFoughtOver, {.from_row = {kFirstSlowRow, kFirstSlowRow}}, 10000);
}

TEST(FourSlotMixedRandom, OtherStandardsWithSlowCells) {
  for (const char* preset : {"ddr5_4800_36", "lpddr4_3200_28", "ddr3_1600_11"}) {
    RunRandom<FourSlotMixedSimulation>({.slow_percent = 20}, {.fast_preset = preset}, 5000);
  }
}

TEST(FourSlotMixedRandom, BanksRefreshedAlone) {
  for (const char* preset : {"ddr5_4800_36", "lpddr4_3200_28"}) {
    RunRandom<FourSlotMixedSimulation>({.slow_percent = 10},
                                       {.fast_preset = preset, .refresh_of = RefreshOf::kBanksAlone}, 10000);
  }
}

}  // namespace
}  // namespace tarn::channel
