// Figures of a channel with fast and slow cells.
#include <cstdlib>
#include <iostream>

#include "models/channel/channel_registers.h"
#include "tb/channel/mixed_measurement.h"
#include "tb/common/bench_main.h"

namespace tarn::tb {
namespace {

namespace r = channel_registers;

std::uint64_t violations = 0;

channel::BusShare Checked(const channel::BusShare& share) {
  if (!share.failure.empty()) {
    std::cerr << share.failure;
    std::exit(1);
  }
  violations += share.violations;
  return share;
}

nlohmann::json Percent(double value) { return {{"value", value}, {"unit", "%"}}; }
nlohmann::json Ratio(double value) { return {{"value", value}, {"unit", "ratio"}}; }

void AddLatencies(nlohmann::json& figures, bool refresh, const std::string& suffix, std::uint64_t lines) {
  const channel::Latency beside = channel::MeasureLatency({.slow = true, .refresh = refresh, .lines = lines});
  const channel::Latency alone = channel::MeasureLatency({.slow = false, .refresh = refresh, .lines = lines});
  const auto ratio = [](std::uint64_t one, std::uint64_t other) {
    return Ratio(static_cast<double>(one) / static_cast<double>(other));
  };
  figures["channel.fast_mean_ratio" + suffix] = Ratio(beside.mean / alone.mean);
  figures["channel.fast_p50_ratio" + suffix] = ratio(beside.p50, alone.p50);
  figures["channel.fast_p95_ratio" + suffix] = ratio(beside.p95, alone.p95);
  figures["channel.fast_p99_ratio" + suffix] = ratio(beside.p99, alone.p99);
  figures["channel.slow_beside_fast_pct" + suffix] = Percent(beside.slow_percent);
}

}  // namespace

nlohmann::json MeasureFigures(bool quick) {
  const std::uint64_t lines = quick ? 2000 : 100'000;
  const auto in_order = [](std::uint32_t reads) {
    const std::uint32_t on = r::slow_order::InOrder::Set(r::slow_order::kReset, 1);
    return std::vector<channel::RegisterWrite>{{r::slow_order::kOffset, r::slow_order::Reads::Set(on, reads)},
                                               {r::head_start::kOffset, 0}};
  };
  nlohmann::json figures;
  for (const unsigned slow : {0u, 5u, 10u, 20u, 50u}) {
    const channel::BusShare share = Checked(channel::MeasureBusShare({.slow_percent = slow, .lines = lines}));
    figures["channel.mixed_" + std::to_string(slow) + "pct_slow_pct"] = Percent(share.percent);
    figures["channel.four_slots_mixed_" + std::to_string(slow) + "pct_slow_pct"] = Percent(
        Checked(channel::MeasureBusShare({.clocks_per_cycle = 4, .slow_percent = slow, .lines = lines})).percent);
    if (slow == 0) continue;
    figures["channel.mixed_" + std::to_string(slow) + "pct_fixed_slot_pct"] =
        Percent(Checked(channel::MeasureBusShare(
                            {.policy = channel::SlowPolicy::kFixedSlot, .slow_percent = slow, .lines = lines}))
                    .percent);
    const channel::BusShare ordered =
        Checked(channel::MeasureBusShare({.slow_percent = slow, .lines = lines, .registers = in_order(32)}));
    figures["channel.mixed_" + std::to_string(slow) + "pct_inorder_pct"] = Percent(ordered.percent);
    if (slow != 10) continue;
    figures["channel.mixed_10pct_vs_inorder"] = Ratio(share.percent / ordered.percent);
    // With all the places that there are: 64 fast reads and 46 slow ones, instead of the 32 of the compared simulators'
    // queues.
    figures["channel.mixed_10pct_vs_inorder_110"] = Ratio(
        share.percent /
        Checked(channel::MeasureBusShare({.slow_percent = slow, .lines = lines, .registers = in_order(110)})).percent);
  }
  figures["channel.mixed_10pct_67r_slow_pct"] =
      Percent(Checked(channel::MeasureBusShare({.slow_percent = 10, .write_percent = 33, .lines = lines})).percent);
  figures["channel.four_slots_mixed_10pct_67r_slow_pct"] =
      Percent(Checked(channel::MeasureBusShare(
                          {.clocks_per_cycle = 4, .slow_percent = 10, .write_percent = 33, .lines = lines}))
                  .percent);
  figures["channel.slow_3us_fast_pct"] = Percent(Checked(channel::MeasureFastShare("slow_3us", lines)).percent);
  // Slow cells that could fill the bus by themselves.
  figures["channel.slow_35ns_fast_pct"] = Percent(Checked(channel::MeasureFastShare("slow_stt_mram", lines)).percent);
  AddLatencies(figures, true, "", lines / 2);
  AddLatencies(figures, false, "_without_refresh", lines / 2);
  figures["channel.mixed_violations"] = {{"value", violations}, {"unit", "count"}};
  for (const auto& [name, figure] : figures.items()) std::cout << name << " " << figure["value"] << "\n";
  return figures;
}

}  // namespace tarn::tb
