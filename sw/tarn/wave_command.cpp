// tarn wave: compares waves with those of golden models (compare), or tells what happens on a wave's ports (summary).
#include <filesystem>
#include <iostream>

#include "sw/report/html_report.h"
#include "sw/report/wave_html.h"
#include "sw/tarn/trace_report.h"
#include "sw/tarn/wave_file.h"
#include "sw/tarn/wave_options.h"
#include "sw/wave/comparison_report.h"
#include "sw/wave/merged_wave.h"
#include "sw/wave/plan.h"
#include "sw/wave/summary.h"
#include "sw/wave/surroundings.h"
#include "sw/wave/wave_reader.h"

namespace tarn::tool {

namespace {

// Both waves in one, and how GTKWave is to show it. The readers of a comparison are used up by then.
Status WriteMerged(const WaveOptions& options, const wave::Plan& plan, const wave::Comparison& comparison) {
  Result<WaveFile> file = WaveFile::Create(options.merged_file, "wave compare", "--merged");
  if (!file.ok()) return file.status();
  const auto dut = wave::WaveReader::Open(options.files[0]);
  if (!dut.ok()) return dut.status();
  const auto golden = wave::WaveReader::Open(options.files[1]);
  if (!golden.ok()) return golden.status();
  Status status = wave::WriteMergedWave(file->temporary_path(), **dut, **golden, plan, comparison);
  if (status.ok()) status = file->Commit();
  if (!status.ok()) return status;
  const std::string stem = options.merged_file.substr(0, options.merged_file.rfind('.'));
  const std::string name = std::filesystem::absolute(options.merged_file).string();
  return report::WriteWhole(stem + ".gtkw", wave::GtkwaveSaveFile(name, plan, comparison));
}

// The page with what stood around the first differences. The readers of a comparison are used up by then.
Status WriteHtml(const WaveOptions& options, const wave::Plan& plan, const wave::Comparison& comparison) {
  constexpr std::size_t kDifferencesMax = 8;
  constexpr std::uint64_t kCyclesAround = 8;
  const auto dut = wave::WaveReader::Open(options.files[0]);
  if (!dut.ok()) return dut.status();
  const auto golden = wave::WaveReader::Open(options.files[1]);
  if (!golden.ok()) return golden.status();
  const auto surroundings = wave::FindSurroundings(**dut, **golden, plan, comparison, kDifferencesMax, kCyclesAround);
  if (!surroundings.ok()) return surroundings.status();
  const Status status = report::WriteWhole(options.html_file, report::WavesToHtml(comparison, *surroundings));
  return status.ok() ? status : Status::Error("--html: " + status.message());
}

Result<wave::Comparison> Compare(const WaveOptions& options) {
  const auto dut = wave::WaveReader::Open(options.files[0]);
  if (!dut.ok()) return dut.status();
  const auto golden = wave::WaveReader::Open(options.files[1]);
  if (!golden.ok()) return golden.status();
  const Result<wave::Plan> plan = wave::MakePlan((*dut)->header(), (*golden)->header(), options.rules);
  if (!plan.ok()) return plan.status();
  const auto compare = options.exact ? wave::CompareCycles : wave::CompareTransactions;
  Result<wave::Comparison> comparison = compare(**dut, **golden, *plan, options.compare);
  if (!comparison.ok()) return comparison.status();
  comparison->files = {options.files[0], options.files[1]};
  comparison->time_exponents = {(*dut)->header().time_exponent, (*golden)->header().time_exponent};
  Status status;
  if (!options.merged_file.empty()) status = WriteMerged(options, *plan, *comparison);
  if (status.ok() && !options.html_file.empty()) status = WriteHtml(options, *plan, *comparison);
  if (!status.ok()) return status;
  return comparison;
}

int RunCompare(const WaveOptions& options) {
  const Result<wave::Comparison> comparison = Compare(options);
  if (!comparison.ok()) return BadInput("wave compare", comparison.status());
  if (!options.junit_file.empty()) {
    const Status status = report::WriteWhole(options.junit_file, wave::ComparisonToJUnit(*comparison));
    if (!status.ok()) return BadInput("wave compare", Status::Error("--junit: " + status.message()));
  }
  if (options.json) {
    std::cout << JsonText(wave::ComparisonToJson(*comparison)) << "\n";
  } else {
    wave::PrintComparison(std::cout, *comparison);
  }
  return comparison->same() ? kExitSuccess : kExitFailure;
}

int RunSummary(const WaveOptions& options) {
  const auto reader = wave::WaveReader::Open(options.files[0]);
  if (!reader.ok()) return BadInput("wave summary", reader.status());
  const Result<wave::Summary> summary = wave::SumUp(**reader, options.rules);
  if (!summary.ok()) return BadInput("wave summary", summary.status());
  if (options.json) {
    std::cout << JsonText(wave::SummaryToJson(*summary)) << "\n";
  } else {
    wave::PrintSummary(std::cout, *summary);
  }
  return kExitSuccess;
}

}  // namespace

int WaveCommand(const Words& words) {
  const Result<WaveOptions> options = ParseWaveOptions(words);
  if (!options.ok()) return BadInput("wave", options.status());
  if (options->action == WaveOptions::Action::kHelp) {
    std::cout << WaveHelp();
    return kExitSuccess;
  }
  return options->action == WaveOptions::Action::kSummary ? RunSummary(*options) : RunCompare(*options);
}

}  // namespace tarn::tool
