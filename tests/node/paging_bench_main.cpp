// Measures what paging costs the main job: paging_bench --json FILE [--quick]. Cycles of the whole job on a pool of a
// share of the footprint, against a pool that holds all of it (where each page still has to come in once).
#include <cstdlib>
#include <iostream>

#include "sw/tarn/data_folder.h"
#include "tb/common/bench_main.h"
#include "tests/node/main_job.h"

namespace tarn::tb {
namespace {

double CyclesWithPoolOf(std::uint64_t percent, std::uint64_t lines, const std::vector<std::string>& traces) {
  replay::SessionOptions options = tests::MainJob(hal::PlatformKind::kRtl, lines, traces);
  options.pool = {.is_percent = true, .value = percent};
  const Result<replay::RunSummary> run = replay::RunSession(options);
  if (!run.ok() || !run->passed()) {
    std::cerr << "paging_bench: " << (run.ok() ? "a run did not pass" : run.status().message()) << "\n";
    std::exit(1);
  }
  std::cout << "pool of " << percent << "%: " << run->cycles << " cycles, " << run->counter("pool.page_ins")
            << " page-ins\n";
  return static_cast<double>(run->cycles);
}

}  // namespace

nlohmann::json MeasureFigures(bool quick) {
  const Result<std::vector<std::string>> traces = tool::BundledTraces();
  if (!traces.ok()) {
    std::cerr << "paging_bench: " << traces.status().message() << "\n";
    std::exit(2);
  }
  const std::uint64_t lines = quick ? 300 : 27'000;  // as the main job's default
  const double resident = CyclesWithPoolOf(100, lines, *traces);
  const auto slowdown = [&](std::uint64_t percent) {
    return nlohmann::json{{"value", CyclesWithPoolOf(percent, lines, *traces) / resident}, {"unit", "times"}};
  };
  return {{"pool.main_job_slowdown_at_50pct", slowdown(50)}, {"pool.main_job_slowdown_at_25pct", slowdown(25)}};
}

}  // namespace tarn::tb
