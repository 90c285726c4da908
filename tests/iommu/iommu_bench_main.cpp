// Measures the IOMMU's figures: iommu_bench --json FILE [--quick].
#include "tb/common/bench_main.h"
#include "tests/iommu/figures.h"
#include "tests/iommu/model_figures.h"

namespace tarn::tb {

using namespace tests;  // NOLINT(google-build-using-namespace): all that it calls is there

nlohmann::json MeasureFigures(bool quick) {
  nlohmann::json figures;
  const auto add = [&](const std::string& name, auto value, const char* unit) {
    figures["iommu." + name] = {{"value", value}, {"unit", unit}};
  };
  const LatencyFigures near = MeasureLatency(10);
  const LatencyFigures far = MeasureLatency(100);
  add("hit_latency_cycles", near.front_hit_cycles, "cycles");
  add("second_level_hit_latency_cycles", near.second_level_hit_cycles, "cycles");
  add("sv39_cold_cycles_L10", near.sv39_cold_cycles, "cycles");
  add("sv39_cold_cycles_L100", far.sv39_cold_cycles, "cycles");
  add("sv39_warm_cycles_L10", near.sv39_warm_cycles, "cycles");
  add("sv39_warm_cycles_L100", far.sv39_warm_cycles, "cycles");
  const NestedFigures nested = MeasureNested(100);
  add("nested_cold_cycles_L100", nested.cold_cycles, "cycles");
  add("nested_warm_cycles_L100", nested.warm_cycles, "cycles");
  const auto pages = [&](const std::string& name, NestedStart start) {
    add("nested_32_pages_" + name + "_cycles_per_page_L100", MeasureNestedPages(100, start), "cycles/page");
  };
  pages("cold", NestedStart::kCold);
  pages("cold_directory", NestedStart::kColdDirectory);
  pages("disjoint", NestedStart::kDisjoint);
  pages("warm", NestedStart::kWarm);
  const std::uint64_t requests = quick ? 2'000 : 10'000;
  add("hit_throughput_per_cycle", MeasureHitsPerCycle(0, requests), "per cycle");
  add("hit_throughput_under_16_misses", MeasureHitsPerCycle(16, requests), "per cycle");
  add("hit_under_miss_added_cycles", MeasureHitUnderMissAddedCycles(), "cycles");
  const StormFigures storm = MeasureStorm(100);
  add("hit_beside_storm_cycles_max_L100", storm.hit_cycles_max, "cycles");
  add("miss_beside_storm_cycles_max_L100", storm.miss_cycles_max, "cycles");
  add("same_page_16_misses_walks", MeasureSamePageWalks(), "walks");
  add("invalidate_stall_cycles_max", MeasureInvalidateStallCyclesMax(), "cycles");
  add("sim_cycles_per_second", MeasureSimulationSpeed(quick ? 5'000 : 200'000), "cycles/s");
  add("random_translations_per_second", MeasureRandomTranslationsPerSecond(quick ? 20'000 : 4'000'000),
      "translations/s");
  return figures;
}

}  // namespace tarn::tb
