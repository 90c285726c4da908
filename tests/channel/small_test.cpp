// The channel as small boards have it: few places, one bank in each group, no check bits, fast and slow cells in one
// module, and registers that cannot be written where they say how modules are.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "models/channel/channel_register_file.h"
#include "models/channel/preset_file.h"
#include "tb/channel/channel_traces.h"
#include "tb/channel/trace_measurement.h"
#include "tb/common/test_options.h"
#include "tests/channel/random_traffic.h"
#include "tests/common/register_test.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

Preset SmallModule() {
  Preset preset = LoadPresetOrDie("ddr4_2400_17");
  preset.banks_per_group = 1;
  preset.row_bits = 14;
  preset.check_bits = false;
  return preset;
}

// Poison lives in the write queue alone, so that none is written.
template <class Simulation = SmallSimulation>
void RunRandom(TrafficOptions options, std::uint64_t requests, const std::string& slow_preset = "slow_pcm") {
  options.seed += tb::GetTestOptions().seed;
  options.poison_percent = 0;
  options.slow_row = kSmallSlowRow;
  Simulation channel(SmallModule(), LoadTimingRulesOrDie("ddr4_2400_17"),
                     {.seed = options.seed, .wave_file = tb::GetTestOptions().wave_file});
  channel.SetSlowCells(LoadSlowPresetOrDie(slow_preset), {kSmallSlowRow}, options.seed);
  BasicRandomTraffic<Simulation> traffic(channel, options);
  channel.PowerUp();
  traffic.Run(requests);
  channel.FinishChecks();
  EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
  EXPECT_GE(traffic.compared(), requests);
  const std::uint64_t slow = channel.slow_cells(0).reads() + channel.slow_cells(0).writes();
  if (options.slow_percent != 0) {
    EXPECT_GT(slow, requests * options.slow_percent / 400);
  }
  std::cout << "compared " << traffic.compared() << " in " << channel.simulation().cycle() << " cycles, " << slow
            << " to slow cells, longest wait " << traffic.latency_cycles_max() << "\n";
}

TEST(SmallChannel, FastAndSlowCellsAnswerRight) { RunRandom({.slow_percent = 20}, 20000); }

TEST(SmallChannel, FastCellsAnswerRight) { RunRandom({.partial_percent = 50}, 20000); }

TEST(SmallChannel, SlowCellsAnswerRightWithBackPressure) {
  RunRandom({.pause_percent = 40, .stall_percent = 40, .partial_percent = 50, .slow_percent = 50}, 10000,
            "slow_stt_mram");
}

TEST(SmallChannel, FewLinesFoughtOver) { RunRandom(kFewLinesFoughtOver, 10000); }

// As few places as the board's has.
TEST(BoardChannel, FastAndSlowCellsAnswerRight) { RunRandom<BoardSimulation>({.slow_percent = 20}, 20000); }

TEST(BoardChannel, FastCellsAnswerRight) { RunRandom<BoardSimulation>({.partial_percent = 50}, 20000); }

TEST(BoardChannel, SlowCellsAnswerRightWithBackPressure) {
  RunRandom<BoardSimulation>({.pause_percent = 40, .stall_percent = 40, .partial_percent = 50, .slow_percent = 50},
                             10000, "slow_stt_mram");
}

TEST(BoardChannel, FewLinesFoughtOver) { RunRandom<BoardSimulation>(kFewLinesFoughtOver, 10000); }

TEST(SmallChannel, SlowCellsWhoseTimesVary) { RunRandom({.write_percent = 5, .slow_percent = 5}, 2000, "slow_nand"); }

// A request stays at its port until it is decided (HoldAtPort): who takes it back, or asks for another line meanwhile,
// is found.
class SmallChannelRequest : public testing::Test {
 protected:
  // Offers a read, then what `changed` makes of it in the cycle in which it is looked at.
  std::string FailuresOf(const std::function<void(Vrtl_channel_small&)>& changed) {
    SmallSimulation channel(SmallModule(), LoadTimingRulesOrDie("ddr4_2400_17"), {.seed = 1});
    channel.PowerUp();
    Offer(channel.dut(), 0);
    channel.simulation().Step();
    changed(channel.dut());
    channel.simulation().Step();
    return channel.failures().Text();
  }
  static void Offer(Vrtl_channel_small& dut, std::uint64_t line) {
    SlotRequest request;
    request.op = Op::kRead;
    request.line = line;
    std::uint32_t words[SlotRequest::kWords];
    request.Pack(words);
    std::memcpy(&dut.slot_req_i[0], words, sizeof words);
    dut.slot_req_valid_i[0] = 1;
  }
};

TEST_F(SmallChannelRequest, MayStay) {
  EXPECT_EQ(FailuresOf([](Vrtl_channel_small&) {}), "");
}

TEST_F(SmallChannelRequest, ThatIsTakenBackIsFound) {
  EXPECT_NE(FailuresOf([](Vrtl_channel_small& dut) { dut.slot_req_valid_i[0] = 0; }).find("an assertion of the design"),
            std::string::npos);
}

TEST_F(SmallChannelRequest, ThatBecomesAnotherIsFound) {
  EXPECT_NE(FailuresOf([](Vrtl_channel_small& dut) { Offer(dut, 1); }).find("an assertion of the design"),
            std::string::npos);
}

// A module that wants a clock more than the registers, which cannot be written, say.
TEST(SmallChannel, AModuleThatIsSlowerThanTheSetupIsFound) {
  tb::TimingRules slower = LoadTimingRulesOrDie("ddr4_2400_17");
  ++slower.rcd;
  SmallSimulation channel(SmallModule(), slower, {.seed = 1});
  channel.TolerateViolations();
  channel.Override(r::timing_bank::Offset(0), r::timing_bank::Rcd::kMask, r::timing_bank::Rcd::Set(0, 18));
  BasicRandomTraffic<SmallSimulation> traffic(channel, {.seed = 1, .poison_percent = 0});
  channel.PowerUp();
  traffic.Run(100);
  ASSERT_GT(channel.violations(), 0u);
  EXPECT_EQ(channel.first_violation().rule, tb::TimingRule::kRcd) << channel.first_violation().text;
}

// The parameters of its register file, in the order of the table: what is in proportion to its places, and fixed.
std::vector<std::uint64_t> Parameters() {
  const ChannelRegisterParameters small{.num_modules = 1,
                                        .fixed_setup = 1,
                                        .ecc = 0,
                                        .write_high = 5,
                                        .write_low = 1,
                                        .bulk_reads = 2,
                                        .walk_reads = 1,
                                        .host_reads = 4,
                                        .bulk_writes = 2,
                                        .walk_writes = 1,
                                        .host_writes = 4,
                                        .slow_batch = 3,
                                        .fixed_rows = 1,
                                        .slow_from = kSmallSlowRow};
  return ChannelRegisterFile(small).parameters();
}

TEST(SmallChannel, RegistersPassTheGenericTestAndSayWhatItHas) {
  SmallSimulation channel(SmallModule(), LoadTimingRulesOrDie("ddr4_2400_17"), {.seed = 1});
  channel.dut().dfi_init_complete_i = 0;
  channel.simulation().Reset();
  std::string differences;
  for (const std::string& line : tests::CheckRegisters(
           channel, ChannelRegisterFile::Table(),
           {.parameters = Parameters(), .only_read = {"control"}, .unknown_reset = {"status"}, .raise = {}})) {
    differences += line + "\n";
  }
  EXPECT_EQ(differences, "");
  const std::uint32_t build = channel.Read(r::build::kOffset).rdata;
  EXPECT_EQ(r::build::BankGroupBits::Get(build), 2u);
  EXPECT_EQ(r::build::BankBits::Get(build), 0u);
  EXPECT_EQ(r::build::FixedSetup::Get(build), 1u);
  EXPECT_EQ(r::build::Histograms::Get(build), 0u);
  EXPECT_EQ(channel.Counter(r::latency::Offset(3)), 0u);
  EXPECT_EQ(channel.Counter(r::stalls_by::Offset(0)), 0u);
}

// Of the data bus: with places for 8 reads and 8 writes.
TEST(SmallChannel, KeepsItsBusBusy) {
  Preset preset = SmallModule();
  preset.row_bits = 10;  // fast cells alone
  const tb::TimingRules rules = LoadTimingRulesOrDie("ddr4_2400_17");
  for (const auto& [name, least] : {std::pair("seq_bg", 90.0), std::pair("rnd_67", 15.0)}) {
    std::vector<TraceAccess> trace = MakeTrace(name, 5000, preset.Geometry());
    for (TraceAccess& access : trace) access.line %= preset.lines();
    const Measurement result = MeasureTraces(preset, rules, {{.trace = &trace}}, {.small = true});
    EXPECT_EQ(result.failure, "");
    EXPECT_EQ(result.violations, 0u);
    EXPECT_GT(result.BusPercent(), least) << name;
    std::cout << name << " " << result.BusPercent() << "%\n";
  }
}

}  // namespace
}  // namespace tarn::channel
