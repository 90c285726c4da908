// Measures the IOMMU's figures: iommu_bench --json FILE [--quick].
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tb/common/test_options.h"
#include "tests/iommu/figures.h"

// No test program: what tb/common/test_main.cpp would give.
namespace tarn::tb {
const TestOptions& GetTestOptions() {
  static const TestOptions kOptions;
  return kOptions;
}
std::string ReplayCommand() { return "iommu_bench"; }
}  // namespace tarn::tb

namespace {

using namespace tarn::tests;  // NOLINT(google-build-using-namespace): all that it calls is there

nlohmann::json Figures(bool quick) {
  nlohmann::json figures;
  const auto add = [&](const std::string& name, auto value, const char* unit) {
    figures["iommu." + name] = {{"value", value}, {"unit", unit}};
  };
  const LatencyFigures near = MeasureLatency(10);
  const LatencyFigures far = MeasureLatency(100);
  add("hit_latency_cycles", near.large_page_hit_cycles, "cycles");
  add("second_level_hit_latency_cycles", near.small_page_hit_cycles, "cycles");
  add("sv39_cold_cycles_L10", near.sv39_cold_cycles, "cycles");
  add("sv39_cold_cycles_L100", far.sv39_cold_cycles, "cycles");
  add("sv39_warm_cycles_L10", near.sv39_warm_cycles, "cycles");
  add("sv39_warm_cycles_L100", far.sv39_warm_cycles, "cycles");
  const std::uint64_t requests = quick ? 2'000 : 10'000;
  add("hit_throughput_per_cycle", MeasureHitsPerCycle(0, requests), "per cycle");
  add("hit_throughput_under_16_misses", MeasureHitsPerCycle(16, requests), "per cycle");
  add("hit_under_miss_added_cycles", MeasureHitUnderMissAddedCycles(), "cycles");
  add("same_page_16_misses_walks", MeasureSamePageWalks(), "walks");
  add("invalidate_stall_cycles_max", MeasureInvalidateStallCyclesMax(), "cycles");
  add("sim_cycles_per_second", MeasureSimulationSpeed(quick ? 5'000 : 200'000), "cycles/s");
  return figures;
}

}  // namespace

int main(int argc, char** argv) {
  std::string output;
  bool quick = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--quick") == 0) {
      quick = true;
    } else if (std::strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
      output = argv[++i];
    } else {
      std::cerr << argv[i] << ": wants --json FILE [--quick]\n";
      return 2;
    }
  }
  const std::string text = Figures(quick).dump(1) + "\n";
  std::cout << text;
  if (output.empty()) return 0;
  std::ofstream file(output);
  file << text;
  file.close();
  if (file) return 0;
  std::cerr << output << ": cannot be written\n";
  return 2;
}
