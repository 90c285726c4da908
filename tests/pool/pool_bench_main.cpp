// Measures the pool's figures: pool_bench --json FILE [--quick].
#include <cstdlib>
#include <iostream>

#include "tb/common/bench_main.h"
#include "tests/pool/figures.h"
#include "tests/pool/hotness_figures.h"

namespace tarn::tb {

using namespace tests;  // NOLINT(google-build-using-namespace): all that it calls is there

nlohmann::json MeasureFigures(bool quick) {
  nlohmann::json figures;
  const auto add = [&](const std::string& name, auto value, const char* unit) {
    figures["pool." + name] = {{"value", value}, {"unit", unit}};
  };
  add("hit_added_cycles", MeasureHitAddedCycles(), "cycles");
  add("hit_lines_per_cycle", MeasureHitLinesPerCycle(quick ? 200 : 10'000), "per cycle");
  const MissFigures miss = MeasureMiss();
  add("miss_to_bulk_cycles", miss.to_bulk_cycles, "cycles");
  add("first_beat_to_answer_cycles", miss.from_bulk_cycles, "cycles");
  add("critical_line_extra_cycles", miss.critical_line_extra_cycles, "cycles");
  add("clean_pageout_bytes", MeasureCleanPageOutBytes(), "bytes per page");
  add("zero_pageout_bytes", MeasureZeroPageOutBytes(), "bytes per page");
  const HotnessCountError hotness = MeasureHotnessCountError(quick ? 2'000 : 30'000);
  if (!hotness.failures.empty()) {
    std::cerr << hotness.failures;
    std::exit(1);
  }
  add("hotness_count_error", hotness.error_max, "accesses");
  add("hotness_accesses_per_cycle", hotness.accesses_per_cycle, "per cycle");
  return figures;
}

}  // namespace tarn::tb
