// Figures of the whole node: how fast it is simulated, and how much faster its golden model replays the same traces,
// checking included. Speeds are medians of runs that take turns, since times are noisy.
#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sw/replay/session.h"
#include "sw/tarn/data_folder.h"
#include "tests/node/main_job.h"

namespace tarn {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  bool quick = false;
  std::string json_file;
};

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

Json Figure(double value, const char* unit) { return {{"value", value}, {"unit", unit}}; }

int Measure(const Options& options) {
  const Result<std::vector<std::string>> traces = tool::BundledTraces();
  if (!traces.ok()) {
    std::cerr << "node_bench: " << traces.status().message() << "\n";
    return 2;
  }
  const int runs = options.quick ? 1 : 3;
  const std::uint64_t lines = options.quick ? 1000 : 8000;
  std::vector<double> cycles_per_second;
  std::vector<double> lines_per_second;
  std::vector<double> model_lines_per_second;
  std::vector<double> speedup;
  for (int run = 0; run < runs; ++run) {
    const Result<replay::RunSummary> rtl = replay::RunSession(tests::MainJob(hal::PlatformKind::kRtl, lines, *traces));
    const Result<replay::RunSummary> model =
        replay::RunSession(tests::MainJob(hal::PlatformKind::kModel, lines, *traces));
    for (const auto* result : {&rtl, &model}) {
      if (result->ok() && (*result)->passed()) continue;
      std::cerr << "node_bench: " << (result->ok() ? "a run did not pass" : result->status().message()) << "\n";
      return 1;
    }
    cycles_per_second.push_back(static_cast<double>(rtl->cycles) / rtl->seconds);
    lines_per_second.push_back(static_cast<double>(rtl->lines) / rtl->seconds);
    model_lines_per_second.push_back(static_cast<double>(model->lines) / model->seconds);
    speedup.push_back(rtl->seconds / model->seconds);
  }
  const Json figures = {{"node.sim_cycles_per_second", Figure(Median(cycles_per_second), "cycles/s")},
                        {"node.lines_per_second", Figure(Median(lines_per_second), "lines/s")},
                        {"model.lines_per_second", Figure(Median(model_lines_per_second), "lines/s")},
                        {"model.speedup_over_rtl", Figure(Median(speedup), "times")}};
  std::cout << figures.dump(1) << "\n";
  std::ofstream(options.json_file) << figures.dump(1) << "\n";
  return 0;
}

}  // namespace
}  // namespace tarn

int main(int argc, char** argv) {
  tarn::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--quick") {
      options.quick = true;
    } else if (word == "--json" && i + 1 < argc) {
      options.json_file = argv[++i];
    } else {
      std::cerr << "usage: node_bench [--quick] --json FILE\n";
      return 2;
    }
  }
  return tarn::Measure(options);
}
