// Measures the misses of the pool's replacement policy (its golden model, whose every step the RTL takes) against the
// best of the others and against the optimum: policy_bench --json FILE [--quick].
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <string>

#include "models/policy/optimum.h"
#include "models/policy/policies.h"
#include "tb/common/bench_main.h"
#include "tests/policy/live_gap.h"
#include "tests/policy/policy_cases.h"

namespace tarn::tb {

nlohmann::json MeasureFigures(bool /*quick*/) {
  nlohmann::json figures;
  const auto add = [&](const std::string& name, double value) {
    figures["pool." + name] = {{"value", value}, {"unit", "times"}};
  };
  double logarithms = 0;
  double worst = 0;
  double worst_gap_percent = 0;
  int cases = 0;
  const Status status = policy::ForEachPolicyCase(TARN_TEST_DATA, [&](const policy::PolicyCase& one) {
    const auto misses = static_cast<double>(policy::PolicyMisses("hardware", one.accesses, one.frames, one.pages));
    const double of_best = misses / static_cast<double>(policy::BestPeerMisses(one.accesses, one.frames, one.pages));
    const std::string name = one.trace + "_" + std::to_string(one.percent);
    add("miss_vs_best." + name, of_best);
    add("miss_vs_opt." + name,
        misses / static_cast<double>(policy::OptimumMisses(one.accesses, one.frames, one.pages)));
    logarithms += std::log(of_best);
    worst = std::max(worst, of_best);
    worst_gap_percent = std::max(worst_gap_percent, policy::StudyLiveGap(one, {}, 0).worst_percent);
    ++cases;
  });
  if (!status.ok()) {
    std::cerr << "policy_bench: " << status.message() << "\n";
    std::exit(1);
  }
  add("miss_vs_best_geomean", std::exp(logarithms / cases));
  add("miss_vs_best_worst", worst);
  figures["pool.live_gap_error_pct"] = {{"value", worst_gap_percent}, {"unit", "%"}};
  return figures;
}

}  // namespace tarn::tb
