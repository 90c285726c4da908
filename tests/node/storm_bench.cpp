// Measures what a storm does to a host inside its floor: storm_bench --json FILE [--quick].
#include <cstdlib>
#include <iostream>

#include "tb/common/bench_main.h"
#include "tests/node/storm.h"

namespace tarn::tb {

nlohmann::json MeasureFigures(bool quick) {
  const std::uint64_t cycles = quick ? 3'000 : 200'000;
  const auto ratio = tests::MeasureStormRatio(cycles);
  const auto worst = tests::MeasureWorstHit(cycles);
  if (!ratio.ok() || !worst.ok()) {
    std::cerr << (ratio.ok() ? worst.status() : ratio.status()).message() << "\n";
    std::exit(1);
  }
  return {{"pool.storm_p99_ratio", {{"value", ratio->ratio()}, {"unit", "times"}}},
          {"pool.storm_p99_cycles", {{"value", ratio->storm_cycles}, {"unit", "cycles"}}},
          {"pool.storm_worst_hit_cycles", {{"value", *worst}, {"unit", "cycles"}}},
          {"pool.floor_bound_over_worst",
           {{"value", static_cast<double>(tests::kHitBoundCycles) / static_cast<double>(*worst)}, {"unit", "times"}}}};
}

}  // namespace tarn::tb
