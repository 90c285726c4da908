// Refresh beside traffic: bank after bank where the standard has it, and of one module while others are used.
#include <gtest/gtest.h>

#include <cstring>

#include "tb/channel/channel_traces.h"
#include "tb/channel/mixed_channel_simulation.h"
#include "tb/channel/trace_measurement.h"
#include "tests/channel/channel_fixture.h"
#include "tests/channel/random_traffic.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

class BanksAlone : public testing::TestWithParam<const char*> {};

TEST_P(BanksAlone, EachHasItsTurnInItsInterval) {
  ChannelSimulation channel(GetParam(), {.seed = tb::GetTestOptions().seed});
  channel.RefreshBanksAlone();
  channel.PowerUp();
  const std::uint64_t interval = channel.preset().Clocks("REFI_BANK");
  const std::uint64_t before = channel.checker().Count(DfiOp::kRefreshBank);
  channel.simulation().Run(40 * interval);
  EXPECT_NEAR(static_cast<double>(channel.checker().Count(DfiOp::kRefreshBank) - before), 40, 1);
  EXPECT_EQ(channel.checker().Count(DfiOp::kRefresh), 0);
  EXPECT_EQ(channel.Counter(r::refreshes::kOffset), channel.checker().Count(DfiOp::kRefreshBank));
  channel.FinishChecks();
  EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
}

TEST_P(BanksAlone, AfterSelfRefreshOneOfAllBanksComesFirst) {
  ChannelSimulation channel(GetParam(), {.seed = tb::GetTestOptions().seed});
  channel.RefreshBanksAlone();
  channel.PowerUp();
  channel.Write(r::control::kOffset, r::control::SelfRefresh::kMask);
  channel.simulation().RunUntil(
      [&] { return r::status::SelfRefresh::Get(channel.Read(r::status::kOffset).rdata) != 0; }, 20000, "sleep");
  channel.simulation().Run(5000);
  channel.Write(r::control::kOffset, 0);
  channel.simulation().Run(20 * channel.preset().Clocks("REFI_BANK"));
  EXPECT_EQ(channel.checker().Count(DfiOp::kRefresh), 1);
  EXPECT_GT(channel.checker().Count(DfiOp::kRefreshBank), 10);
  channel.FinishChecks();
  EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
}

double SequentialShare(const Preset& preset, RefreshOf refresh_of) {
  MeasurementOptions options;
  options.registers = TimingRegisters(preset, refresh_of);
  const std::vector<TraceAccess> trace = MakeTrace("seq_bg", 20000, preset.Geometry());
  const Measurement result = MeasureTraces(preset, LoadTimingRulesOrDie(preset.name), {{.trace = &trace}}, options);
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.violations, 0u);
  return result.BusPercent();
}

TEST_P(BanksAlone, TheBusIsUsedMeanwhile) {
  const Preset preset = LoadPresetOrDie(GetParam());
  EXPECT_GT(SequentialShare(preset, RefreshOf::kBanksAlone), SequentialShare(preset, RefreshOf::kAllBanks) + 2);
}

INSTANTIATE_TEST_SUITE_P(All, BanksAlone, testing::Values("ddr5_4800_36", "lpddr4_3200_28"),
                         [](const auto& test) { return std::string(test.param); });

// Calibration in operation, after so many refreshes each.
struct Calibrated {
  explicit Calibrated(std::uint32_t clocks) : channel("ddr4_2400_17", {.seed = tb::GetTestOptions().seed}) {
    const std::uint32_t interval = r::calibration::Interval::Set(0, 3);
    channel.TolerateViolations();
    channel.Override(r::calibration::kOffset, ~0u, r::calibration::Clocks::Set(interval, clocks));
    RandomTraffic traffic(channel, {.seed = tb::GetTestOptions().seed});
    channel.PowerUp();
    traffic.Run(30000);
    channel.FinishChecks();
    EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
  }
  ChannelSimulation channel;
};

TEST(Calibration, ComesWithRefreshes) {
  Calibrated run(128);
  EXPECT_EQ(run.channel.violations(), 0u) << run.channel.first_violation().text;
  const std::uint64_t refreshes = run.channel.checker().Count(DfiOp::kRefresh);
  ASSERT_GE(refreshes, 6u);
  // After a batch that has three refreshes or more since the latest.
  EXPECT_GE(run.channel.checker().Count(DfiOp::kZqShort), refreshes / 6);
  EXPECT_LE(run.channel.checker().Count(DfiOp::kZqShort), refreshes / 3);
}

TEST(Calibration, OneThatIsTooShortIsFound) {
  Calibrated run(126);  // a command a cycle later than it might come
  ASSERT_GT(run.channel.violations(), 0u);
  EXPECT_EQ(run.channel.first_violation().rule, tb::TimingRule::kZqShort) << run.channel.first_violation().text;
}

// Counts column commands for one module while another is being refreshed.
class BesideRefresh : public tb::Component {
 public:
  BesideRefresh(MixedChannelSimulation::Dut& dut, std::uint64_t rfc) : dut_(dut), rfc_(rfc) {}
  void Drive(std::uint64_t) override {}
  void Sample(std::uint64_t cycle) override {
    const std::uint64_t bits = dut_.dfi_cmd_o[0];
    std::uint32_t words[2];
    std::memcpy(words, &bits, sizeof words);
    const DfiCommand command = DfiCommand::Unpack(words);
    if (command.op == DfiOp::kRefresh) {
      ++refreshes;
      module_ = command.module_id;
      until_ = cycle + rfc_;
    }
    if (cycle < until_ && command.op == DfiOp::kRead && command.module_id != module_) ++reads;
  }
  std::uint64_t refreshes = 0, reads = 0;

 private:
  MixedChannelSimulation::Dut& dut_;
  std::uint64_t rfc_, until_ = 0;
  unsigned module_ = 0;
};

TEST(ModulesRefresh, OneIsUsedWhileTheOtherIsRefreshed) {
  MixedChannelSimulation channel("ddr4_2400_17", {.seed = tb::GetTestOptions().seed});
  const std::uint64_t rfc = channel.preset().Clocks("RFC");
  BesideRefresh beside(channel.dut(), rfc);
  channel.simulation().Add(beside);
  BasicRandomTraffic<MixedChannelSimulation> traffic(
      channel, {.seed = tb::GetTestOptions().seed, .write_percent = 0, .sequential_percent = 80, .modules = 2});
  channel.PowerUp();
  traffic.Run(20000);
  channel.FinishChecks();
  EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
  ASSERT_GT(beside.refreshes, 10u);
  // The bus has room for rfc / 4 reads beside each; requests of the module that is closed take places meanwhile.
  EXPECT_GT(beside.reads, beside.refreshes * rfc / 4 / 10);
}

// Planted: the second module is told the first one's refresh time, which is too short for it.
TEST(ModulesRefresh, ATimeThatIsTooShortForOneModuleIsFound) {
  MixedChannelSimulation channel("ddr4_2400_17", {.seed = tb::GetTestOptions().seed});
  channel.SetPreset(1, LoadPresetOrDie("ddr4_2400_17_16gb"), LoadTimingRulesOrDie("ddr4_2400_17_16gb"));
  channel.Override(r::timing_refresh::Offset(1), r::timing_refresh::Rfc::kMask, channel.preset().Clocks("RFC"));
  BasicRandomTraffic<MixedChannelSimulation> traffic(channel, {.seed = tb::GetTestOptions().seed, .modules = 2});
  channel.PowerUp();
  traffic.Run(20000);
  ASSERT_GT(channel.checker(1).violations(), 0u);
  EXPECT_EQ(channel.checker(0).violations(), 0u);
  EXPECT_EQ(channel.first_violation().rule, tb::TimingRule::kRfc) << channel.first_violation().text;
}

}  // namespace
}  // namespace tarn::channel
