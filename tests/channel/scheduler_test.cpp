// Each command of the channel is the golden scheduler's, in its clock: random traffic on every preset, and the figures'
// traces.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include "models/channel/dfi_protocol_fields.h"
#include "sw/wave/comparison_report.h"
#include "sw/wave/golden_wave.h"
#include "tb/channel/channel_traces.h"
#include "tb/channel/scheduler_checker.h"
#include "tb/channel/trace_measurement.h"
#include "tb/common/test_options.h"
#include "tests/channel/random_traffic.h"
#include "tests/wave/compare_waves.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

struct RunOptions {
  std::string preset = "ddr4_2400_17";
  TrafficOptions traffic;
  std::vector<RegisterWrite> registers;
  std::function<void(SchedulerConfig&)> change;  // the model is told something else than the channel
  std::uint64_t requests = 10'000;
  std::string wave_file = tb::GetTestOptions().wave_file;
  std::string golden_wave_file;  // empty: none
};

// The golden scheduler, cycle by cycle: its commands, on the channel's pins; what is queued, and the banks whose rows
// are open.
class GoldenWaveOfScheduler {
 public:
  GoldenWaveOfScheduler(const std::string& path, SchedulerChecker& checker, const SchedulerConfig& config)
      : wave_(path, "TOP.tarn_channel", tb::Simulation<Vrtl_channel>::kResetCycles),
        config_(config),
        commands_(wave_.AddState<DfiCommand>("dfi_cmd_o[0]")),
        open_rows_(wave_.AddState("open_rows", 1u << (kGroupBits + kBankBits))),
        queued_reads_(wave_.AddState("read_count", kCountBits)),
        queued_writes_(wave_.AddState("write_count", kCountBits)) {
    checker.set_on_expected([this](const DfiCommand& command, const SchedulerModel& model, std::uint64_t cycle) {
      PutCommand(command, cycle);
      wave_.PutValue(open_rows_, OpenRows(model.banks()), cycle);
      wave_.PutValue(queued_reads_, model.queued_reads(), cycle);
      wave_.PutValue(queued_writes_, model.queued_writes(), cycle);
    });
  }
  void Finish(std::uint64_t cycle) { wave_.Finish(cycle); }

 private:
  static constexpr unsigned kGroupBits = 3, kBankBits = 2, kCountBits = 8;  // of the Verilated channel

  // The model tells which command goes where; nothing else of it.
  void PutCommand(const DfiCommand& command, std::uint64_t cycle) {
    if (command.op == DfiOp::kNop) {
      wave_.Put(commands_, command, cycle, {"module_id", "bank_group", "bank", "auto_precharge", "tag", "addr"});
    } else {
      wave_.Put(commands_, command, cycle, {"module_id", "auto_precharge", "tag"});
    }
  }
  // A bit a bank, {bank in the group, bank group}; the modules have no more groups than the channel has bits for.
  std::uint64_t OpenRows(const BankTimes& banks) const {
    std::uint64_t open = 0;
    for (unsigned bank = 0; bank < config_.banks(); ++bank) {
      const unsigned group = bank & ((1u << config_.bank_group_bits) - 1), in_group = bank >> config_.bank_group_bits;
      open |= std::uint64_t{banks.open(bank)} << (in_group << kGroupBits | group);
    }
    return open;
  }

  wave::GoldenWave wave_;
  SchedulerConfig config_;
  wave::GoldenWave::Port commands_, open_rows_, queued_reads_, queued_writes_;
};

struct Outcome {
  std::string failures;
  std::uint64_t compared = 0;
};

Outcome Simulate(const RunOptions& options) {
  TrafficOptions traffic_options = options.traffic;
  traffic_options.seed += tb::GetTestOptions().seed;
  ChannelSimulation channel(options.preset, {.seed = traffic_options.seed, .wave_file = options.wave_file});
  for (const RegisterWrite& write : options.registers) channel.Override(write.offset, ~0u, write.value);
  RandomTraffic traffic(channel, traffic_options);
  SchedulerConfig config = SchedulerConfigOf(channel.registers());
  if (options.change) options.change(config);
  SchedulerChecker checker(channel, config);
  std::optional<GoldenWaveOfScheduler> golden;
  if (!options.golden_wave_file.empty()) golden.emplace(options.golden_wave_file, checker, config);
  channel.simulation().Add(checker);
  channel.PowerUp();
  traffic.Run(options.requests);
  if (golden) golden->Finish(channel.simulation().cycle() - 1);
  return {channel.failures().Text(), checker.compared()};
}

void ExpectEqualCommands(const RunOptions& options) {
  const Outcome outcome = Simulate(options);
  EXPECT_EQ(outcome.failures, "") << tb::ReplayCommand();
  std::cout << outcome.compared << " commands compared\n";
  EXPECT_GT(outcome.compared, options.requests / 2);  // few where writes are merged
}

std::uint32_t WithWatermarks(unsigned high, unsigned low) {
  return r::scheduler::WriteLow::Set(r::scheduler::WriteHigh::Set(r::scheduler::kReset, high), low);
}

class SchedulerOfPreset : public testing::TestWithParam<const char*> {};

TEST_P(SchedulerOfPreset, IsTheGoldenOneCommandByCommand) {
  ExpectEqualCommands({.preset = GetParam()});
  // Many rows, few hits, with pauses and with answers that are not taken.
  ExpectEqualCommands(
      {.preset = GetParam(),
       .traffic = {.pause_percent = 30, .stall_percent = 30, .sequential_percent = 10, .rows = 64, .columns = 128}});
}

INSTANTIATE_TEST_SUITE_P(All, SchedulerOfPreset,
                         testing::Values("ddr4_2400_17", "ddr4_3200_22", "ddr3_1600_11", "ddr5_4800_36",
                                         "lpddr4_3200_28"),
                         [](const auto& test) { return std::string(test.param); });

TEST(Scheduler, IsTheGoldenOneWhenFewLinesAreFoughtOver) {
  ExpectEqualCommands(
      {.traffic = {.write_percent = 60, .partial_percent = 50, .sequential_percent = 0, .rows = 2, .columns = 1}});
}

// Each request soon overdue: the order within a bank, and the directions' turns, are by age.
TEST(Scheduler, IsTheGoldenOneWhenEverythingIsOverdue) {
  ExpectEqualCommands(
      {.traffic = {.rows = 64, .columns = 128}, .registers = {{r::age_cap::kOffset, 60u | 200u << 16}}});
}

TEST(Scheduler, IsTheGoldenOneWithoutSharesOfClasses) {
  ExpectEqualCommands({.registers = {{r::read_places::kOffset, 0xFFFFFF},
                                     {r::write_places::kOffset, 0xFFFFFF},
                                     {r::read_most::kOffset, 0xFFFFFF},
                                     {r::write_most::kOffset, 0xFFFFFF},
                                     {r::head_start::kOffset, 0}}});
}

TEST(Scheduler, IsTheGoldenOneWithRefreshesAheadOfTime) {
  const std::uint32_t ahead = r::scheduler::RefreshAhead::Set(r::scheduler::kReset, 8);
  ExpectEqualCommands(
      {.traffic = {.pause_percent = 99}, .registers = {{r::scheduler::kOffset, ahead}}, .requests = 2'000});
}

TEST(Scheduler, IsTheGoldenOneWithRowsActivatedForOthers) {
  ExpectEqualCommands({.traffic = {.sequential_percent = 0, .rows = 6},
                       .registers = {{r::hammer::kOffset, r::hammer::Threshold::Set(r::hammer::kReset, 20)}}});
}

TEST(Scheduler, IsTheGoldenOneWithOtherWatermarks) {
  ExpectEqualCommands({.registers = {{r::scheduler::kOffset, WithWatermarks(20, 12)}}});
}

class SchedulerOfTrace : public testing::TestWithParam<const char*> {};

// The figures' traces, saturated; rows that nobody uses are closed, and lone accesses.
TEST_P(SchedulerOfTrace, IsTheGoldenOneCommandByCommand) {
  const Preset preset = LoadPresetOrDie("ddr4_2400_17");
  const auto measure = [&](std::uint64_t accesses, Pace pace, std::vector<RegisterWrite> registers) {
    const std::vector<TraceAccess> trace = MakeTrace(GetParam(), accesses, preset.Geometry());
    const Measurement measurement =
        MeasureTraces(preset, LoadTimingRulesOrDie("ddr4_2400_17"), {{.trace = &trace, .pace = pace}},
                      {.registers = std::move(registers), .golden_scheduler = true});
    EXPECT_EQ(measurement.failure, "");
    EXPECT_GE(measurement.golden_commands, trace.size());
  };
  measure(20'000, {}, {});
  const std::uint32_t closing = r::scheduler::IdlePrecharge::Set(r::scheduler::kReset, 8);
  measure(2'000, {.interval_cycles = 100}, {{r::scheduler::kOffset, closing}});
}

INSTANTIATE_TEST_SUITE_P(All, SchedulerOfTrace,
                         testing::Values("seq_bg", "seq_row", "rnd_r", "rnd_67", "add_bg", "stride"),
                         [](const auto& test) { return std::string(test.param); });

// Waves, compared cycle by cycle.
struct WavesOfARun {
  Outcome outcome;
  wave::Comparison comparison;
};
WavesOfARun CompareWavesOfARun(RunOptions options) {
  const wave::WavePair waves("channel");
  options.wave_file = waves.dut();
  options.golden_wave_file = waves.golden();
  options.requests = 500;
  WavesOfARun run{.outcome = Simulate(options), .comparison = {}};
  run.comparison = wave::CompareWaves(waves.dut(), waves.golden(), "rtl/channel/waves.json", /*exact=*/true);
  return run;
}

TEST(ChannelWaves, AreThoseOfTheGoldenSchedulerInEveryCycle) {
  const WavesOfARun run = CompareWavesOfARun({});
  EXPECT_EQ(run.outcome.failures, "");
  for (const wave::Difference& one : run.comparison.differences) {
    ADD_FAILURE() << one.signal << ": " << wave::DifferenceText(run.comparison, one);
  }
  EXPECT_EQ(run.comparison.signals.size(), 9u);  // clock and reset among them
  EXPECT_GT(run.comparison.compared, 2'000u);
}

// The channel waits a cycle longer than the model was told: its command differs in the first cycle, and one of
// `states`.
void ExpectALateCommand(const std::function<void(SchedulerConfig&)>& change, const std::set<std::string>& states) {
  const WavesOfARun run = CompareWavesOfARun({.change = change});
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  const std::uint64_t cycle = difference.dut->cycle - tb::Simulation<Vrtl_channel>::kResetCycles;
  EXPECT_TRUE(run.outcome.failures.starts_with("scheduler, cycle " + std::to_string(cycle) + ":"))
      << "cycle " << cycle << "\n"
      << run.outcome.failures;
  // The earliest stand first.
  const auto shown = std::ranges::find_if(run.comparison.differences,
                                          [&](const wave::Difference& one) { return states.contains(one.signal); });
  ASSERT_NE(shown, run.comparison.differences.end());
  EXPECT_EQ(shown->dut->cycle, difference.dut->cycle) << shown->signal;
}

TEST(ChannelWaves, ShowAColumnThatComesLateInItsCycle) {
  ExpectALateCommand([](SchedulerConfig& config) { --config.rcd; }, {"read_count", "write_count"});
}

TEST(ChannelWaves, ShowAnActivationThatComesLateInItsCycle) {
  ExpectALateCommand([](SchedulerConfig& config) { --config.rp; }, {"open_rows"});
}

// The comparison sees what one register a little different makes of the commands.
struct Change {
  const char* name;
  std::function<void(SchedulerConfig&)> change;
  std::vector<RegisterWrite> registers = {};

  friend std::ostream& operator<<(std::ostream& out, const Change& change) { return out << change.name; }
};
class SchedulerDifference : public testing::TestWithParam<Change> {};

TEST_P(SchedulerDifference, IsFound) {
  // Class bulk has more writes than it may queue.
  const Outcome outcome =
      Simulate({.traffic = {.write_percent = 60, .sequential_percent = 0, .rows = 64, .columns = 128},
                .registers = GetParam().registers,
                .change = GetParam().change,
                .requests = 40'000});
  EXPECT_NE(outcome.failures.find("scheduler, cycle"), std::string::npos) << outcome.failures;
}

INSTANTIATE_TEST_SUITE_P(Planted, SchedulerDifference,
                         testing::Values(  // Few writes are left before their turn is over.
                             Change{"WriteLow",
                                    [](SchedulerConfig& config) { ++config.write_low; },
                                    {{r::scheduler::kOffset, WithWatermarks(20, 12)}}},
                             Change{"WriteHigh", [](SchedulerConfig& config) { --config.write_high; }},
                             Change{"ReadAgeCap", [](SchedulerConfig& config) { config.read_age_cap -= 300; }},
                             Change{"WriteAgeCap", [](SchedulerConfig& config) { config.write_age_cap = 2'000; }},
                             Change{"HeadStart", [](SchedulerConfig& config) { config.head_start = 0; }},
                             // Writes have the bus by turns alone.
                             Change{"ReadTurn",
                                    [](SchedulerConfig& config) { config.read_turn = 100; },
                                    {{r::scheduler::kOffset, r::scheduler::WriteHigh::Set(r::scheduler::kReset, 200)}}},
                             Change{"WriteTurn",
                                    [](SchedulerConfig& config) { config.write_turn = 200; },
                                    {{r::scheduler::kOffset, r::scheduler::WriteHigh::Set(r::scheduler::kReset, 200)}}},
                             Change{"RefreshBatch", [](SchedulerConfig& config) { config.refresh_batch = 3; }},
                             Change{"RefreshInterval", [](SchedulerConfig& config) { ++config.refi; }},
                             Change{"ActivateWindow", [](SchedulerConfig& config) { ++config.faw; }},
                             Change{"ReadToPrecharge", [](SchedulerConfig& config) { ++config.rtp; }}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace tarn::channel
