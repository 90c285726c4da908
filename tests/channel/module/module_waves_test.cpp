// The wave of a module against that of its golden one: what is read, and the banks with an open row, in each clock.
#include <string>

#include "sw/wave/comparison_report.h"
#include "tests/channel/module/module_fixture.h"
#include "tests/channel/random_traffic.h"
#include "tests/wave/compare_waves.h"

namespace tarn::channel {
namespace {

struct WavesOfARun {
  std::string failures;
  std::uint64_t first_cycle = 0;  // of the module, when the channel's clock was 0
  wave::Comparison comparison;
};

WavesOfARun CompareWavesOfARun(const PlantedFaults& faults) {
  const wave::WavePair waves("channel_module");
  WavesOfARun run;
  TrafficOptions traffic_options{.slow_percent = 20};
  traffic_options.seed += tb::GetTestOptions().seed;
  traffic_options.slow_row = kFirstSlowRow;
  ChannelOfRtlModules rtl("slow_stt_mram", traffic_options.seed, 0, faults,
                          {.dut = waves.dut(), .golden = waves.golden()});
  run.first_cycle = rtl.module(0).cycle();
  BasicRandomTraffic<MixedChannelSimulation> traffic(rtl.channel(), traffic_options);
  rtl.channel().PowerUp();
  traffic.Run(1000);
  rtl.module(0).FinishWaves();
  run.failures = rtl.channel().failures().Text();
  run.comparison = wave::CompareWaves(waves.dut(), waves.golden(), "rtl/channel/module/waves.json", /*exact=*/true);
  return run;
}

TEST(ModuleWaves, AreThoseOfTheGoldenModuleInEveryClock) {
  const WavesOfARun run = CompareWavesOfARun({});
  EXPECT_EQ(run.failures, "");
  for (const wave::Difference& one : run.comparison.differences) {
    ADD_FAILURE() << one.signal << ": " << wave::DifferenceText(run.comparison, one);
  }
  EXPECT_EQ(run.comparison.signals.size(), 9u);  // six fields, open rows, clock and reset
  EXPECT_GT(run.comparison.compared, 5'000u);
}

TEST(ModuleWaves, ShowDataThatComesLateInItsClock) {
  const WavesOfARun run = CompareWavesOfARun({.cl_too_long = 1});
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  const std::uint64_t cycle = difference.dut->cycle - tb::Simulation<RtlModule::Dut>::kResetCycles - run.first_cycle;
  EXPECT_TRUE(run.failures.starts_with("module 0 in clock " + std::to_string(cycle) + ":")) << "clock " << cycle << "\n"
                                                                                            << run.failures;
}

// A module that does not see a row being opened: its data are wrong only when somebody reads there.
TEST(ModuleWaves, ShowARowThatWasNotOpenedInTheClockAfterItsCommand) {
  const WavesOfARun run = CompareWavesOfARun({.missed_activate = 20});
  EXPECT_NE(run.failures, "");
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  EXPECT_EQ(difference.signal, "open_rows");
}

}  // namespace
}  // namespace tarn::channel
