// The hotness monitoring against its golden model at random, on two shapes; and the comparison against planted faults.
#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <string>

#include "tests/pool/hotness_shapes.h"

namespace tarn::tests {
namespace {

namespace reg = pool_hotness_registers;

// Settings that reach everything on the small shape: short epochs, low thresholds.
template <typename Bench>
void RandomSettings(Bench& bench, std::uint32_t epoch_cycles) {
  Random& random = bench.random();
  const auto below = [&random](std::uint32_t bound) { return static_cast<std::uint32_t>(random.Below(bound)); };
  bench.Write(reg::mode::kOffset, reg::mode::AlwaysOn::Of(std::uint32_t{random.Percent(50)}) |
                                      reg::mode::DownSampling::Of(random.Percent(30) ? 1u + below(3) : 0u));
  bench.Write(reg::filter::kOffset, reg::filter::Hosts::Of(random.Percent(60) ? 0xFFFFu : below(16)) |
                                        reg::filter::Reads::Of(std::uint32_t{random.Percent(80)}) |
                                        reg::filter::Writes::Of(std::uint32_t{random.Percent(80)}));
  bench.Write(reg::epoch_length::kOffset, epoch_cycles / 2 + below(epoch_cycles));
  bench.Write(reg::sweep_interval::kOffset, random.Percent(50) ? 0u : below(12));
  bench.Write(reg::hot_threshold::kOffset, below(random.Percent(50) ? 8 : 60));
  bench.Write(reg::cold_threshold::kOffset, random.Percent(80) ? below(1500) : 0xFFFFu);
  bench.Write(reg::usage::kOffset, below(1u << 16));
  bench.Write(reg::hot_watermark::kOffset, below(8));
  bench.Write(reg::cold_watermark::kOffset, below(8));
  bench.Write(reg::event_enable::kOffset, below(256));
}

// Software in the middle of it: settings, starts and stops, lists read in time, too late, or not at all.
template <typename Bench>
void Command(Bench& bench, std::uint32_t epoch_cycles) {
  Random& random = bench.random();
  const auto dice = random.Below(100);
  if (dice < 50) {
    bench.Drain(random.Percent(50), random.Percent(50) ? 2 : 1000);
  } else if (dice < 65) {
    RandomSettings(bench, epoch_cycles);
  } else if (dice < 80) {
    bench.Settle();
    bench.Write(reg::events::kOffset, 0xFF);
  } else if (dice < 90) {
    bench.Write(reg::control::kOffset, reg::control::Enable::kMask | reg::control::EndEpoch::kMask);
  } else if (dice < 95) {
    RandomSettings(bench, epoch_cycles);
    bench.Write(reg::control::kOffset, reg::control::Enable::kMask | reg::control::Restart::kMask);
  } else {
    RandomSettings(bench, epoch_cycles);
    bench.Write(reg::control::kOffset, 0);
    bench.simulation().Run(random.Below(100));
    bench.Write(reg::control::kOffset, reg::control::Enable::kMask);
  }
  bench.simulation().RunUntil([&] { return !bench.model().start_pending(); }, 200'000, "the start");
}

template <typename Bench>
void RandomRun(Bench& bench, int commands, std::uint32_t epoch_cycles, unsigned plant = 0) {
  std::cout << "seed " << tb::GetTestOptions().seed << "\n";
  if (!bench.Start()) return;
  if constexpr (requires { bench.dut().plant_i; }) bench.dut().plant_i = static_cast<CData>(plant);
  bench.AssignAll();
  bench.SetTraffic(true);
  RandomSettings(bench, epoch_cycles);
  bench.Write(reg::control::kOffset, reg::control::Enable::kMask);
  for (int i = 0; i < commands && !bench.failures().any(); ++i) {
    bench.traffic().access_percent = bench.random().Percent(30) ? 100 : 70;
    bench.simulation().Run(bench.random().Below(2 * epoch_cycles));
    Command(bench, epoch_cycles);
  }
  if (!bench.failures().any()) bench.Finish();
}

template <typename Bench>
void ExpectMuchSeen(const Bench& bench) {
  const auto& counts = bench.counts();
  std::cout << counts.accesses << " accesses (" << counts.full_rate_cycles << " right behind another), "
            << counts.epochs << " epochs (" << counts.late_epochs << " late), " << counts.starts << " starts, "
            << counts.judged << " judged, " << counts.reached << " reached the threshold, " << counts.entries
            << " entries read\n";
  EXPECT_GT(counts.full_rate_cycles * 3, counts.accesses);
  for (const std::uint64_t reached : {counts.epochs, counts.judged, counts.reached, counts.entries}) {
    EXPECT_GT(reached, 20u);
  }
  EXPECT_GT(counts.late_epochs, 0u);
  EXPECT_GT(counts.starts, 2u);
}

TEST(PoolHotnessCosimulation, AFewSlotsAgreeWithTheModel) {
  SmallHotnessBench bench;
  RandomRun(bench, 2000, 150);
  EXPECT_EQ(bench.failures().Text(), "") << tb::ReplayCommand();
  ExpectMuchSeen(bench);
  EXPECT_EQ(bench.counts().events, 0xFFu & ~reg::events::CounterLost::kMask)
      << "each event was seen but that of a fault";
}

TEST(PoolHotnessCosimulation, TheDefaultShapeAgreesWithTheModel) {
  WholeHotnessBench bench;
  RandomRun(bench, 100, 8000);
  EXPECT_EQ(bench.failures().Text(), "") << tb::ReplayCommand();
  ExpectMuchSeen(bench);
}

TEST(PoolHotnessCosimulation, ARunThatComparedNothingFails) {
  SmallHotnessBench bench;
  ASSERT_TRUE(bench.Start());
  bench.Finish();
  EXPECT_NE(bench.failures().Text().find("compared nothing"), std::string::npos) << bench.failures().Text();
}

class PoolHotnessPlanted : public testing::TestWithParam<unsigned> {};

TEST_P(PoolHotnessPlanted, IsCaught) {
  SmallHotnessBench bench;
  RandomRun(bench, 2000, 150, GetParam());
  EXPECT_NE(bench.failures().Text(), "") << "after " << bench.counts().accesses << " accesses";
  std::cout << bench.failures().Text();
}

std::string PlantName(const testing::TestParamInfo<unsigned>& info) {
  const std::array<std::string, 8> names = {"None",          "ForwardingLost",      "CountAcrossTheEpoch",
                                            "FilterIgnored", "FullListOverwritten", "SlotNotSwept",
                                            "AgeNotReset",   "WeightIgnored"};
  return names.at(info.param);
}

INSTANTIATE_TEST_SUITE_P(Faults, PoolHotnessPlanted, testing::Range(1u, 8u), PlantName);

}  // namespace
}  // namespace tarn::tests
