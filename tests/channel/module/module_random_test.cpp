// Random traffic on a channel whose modules are RTL: every byte checked, each beat the same as the golden module's in
// the same clock, no rule of a module or of the bus broken; then the content of all.
#include "tests/channel/module/module_fixture.h"
#include "tests/channel/random_traffic.h"

namespace tarn::channel {
namespace {

struct Case {
  std::string cells = "slow_pcm";
  unsigned device_pause_percent = 0;
};

void RunRandom(TrafficOptions traffic_options, const Case& options, std::uint64_t requests) {
  traffic_options.seed += tb::GetTestOptions().seed;
  traffic_options.modules = kModules;
  traffic_options.slow_row = kFirstSlowRow;
  ChannelOfRtlModules rtl(options.cells, traffic_options.seed, options.device_pause_percent);
  BasicRandomTraffic<MixedChannelSimulation> traffic(rtl.channel(), traffic_options);
  rtl.channel().PowerUp();
  traffic.Run(requests);
  EXPECT_GE(traffic.compared(), requests);
  rtl.FinishChecks();
  std::uint64_t slow = 0;
  for (std::size_t m = 0; m < kModules; ++m) slow += rtl.module(m).devices().reads() + rtl.module(m).devices().writes();
  EXPECT_EQ(slow != 0, traffic_options.slow_percent != 0);
  std::cout << "compared " << traffic.compared() << " in " << rtl.channel().simulation().cycle() << " cycles, " << slow
            << " by devices, longest wait " << traffic.latency_cycles_max() << "\n";
}

TEST(ModuleRandom, FastPortionAnswersAsDramDoes) { RunRandom({}, {}, 10000); }

TEST(ModuleRandom, FastPortionAndDevicesAnswerRight) { RunRandom({.slow_percent = 30}, {}, 10000); }

TEST(ModuleRandom, DevicesThatPause) {
  RunRandom({.stall_percent = 30, .slow_percent = 50}, {.cells = "slow_stt_mram", .device_pause_percent = 50}, 10000);
}

TEST(ModuleRandom, FewLinesFoughtOver) { RunRandom(kFewLinesFoughtOver, {.cells = "slow_stt_mram"}, 5000); }

TEST(ModuleRandom, DevicesWhoseTimesVary) {
  RunRandom({.write_percent = 5, .slow_percent = 5}, {.cells = "slow_nand"}, 1000);
}

}  // namespace
}  // namespace tarn::channel
