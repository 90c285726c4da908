#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>

#include "sw/drivers/paging_mode.h"
#include "sw/replay/session.h"
#include "sw/report/html_report.h"
#include "sw/report/json_report.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/commands.h"
#include "sw/tarn/interrupt.h"
#include "sw/tarn/progress.h"
#include "sw/tarn/run_options.h"
#include "sw/tarn/trace_report.h"
#include "sw/tarn/wave_file.h"
#include "sw/trace/atomic_file.h"

namespace tarn::tool {

namespace {

// So that what follows a failure is in the wave, too.
constexpr std::uint64_t kWaveSlackCycles = 100;

Result<replay::RunSummary> RunOn(hal::PlatformKind kind, const char* what, const RunOptions& options,
                                 const InterruptGuard& interrupt, bool stoppable = true) {
  replay::SessionOptions session = options.session;
  session.platform = kind;
  if (stoppable) session.replay.stop = [&interrupt] { return interrupt.Interrupted(); };
  Progress progress(what);
  if (!options.quiet) {
    session.replay.on_progress = [&](std::uint64_t lines, std::uint64_t total, std::uint64_t cycle) {
      progress.Show(lines, total, cycle);
    };
  }
  return replay::RunSession(session);
}

// The same with the hosts' waves written to `wave_file`, which appears when the run has ended; empty: none.
Result<replay::RunSummary> RunWithHostWaves(hal::PlatformKind kind, const char* what, const RunOptions& options,
                                            const InterruptGuard& interrupt, const std::string& wave_file) {
  RunOptions recorded = options;
  recorded.session.platform_options.host_wave_file.clear();
  if (wave_file.empty()) return RunOn(kind, what, recorded, interrupt);
  Result<WaveFile> file = WaveFile::Create(wave_file, "run", "--host-waves");
  if (!file.ok()) return file.status();
  recorded.session.platform_options.host_wave_file = file->temporary_path();
  Result<replay::RunSummary> run = RunOn(kind, what, recorded, interrupt);
  if (!run.ok()) return run;
  if (Status status = file->Commit(); !status.ok()) return status;
  return run;
}

// Where the golden model's waves stand beside a file of waves; empty beside none.
std::string GoldenWaveFile(const std::string& wave_file) {
  return wave_file.empty() ? "" : std::filesystem::path(wave_file).replace_extension(".golden.fst").string();
}

// The last cycles of a run, or those around its first failure, are known only when it has ended: the same run is
// done again, tracing from there. (Tracing all the way costs four fifths of the speed.)
Status RunForLastWaves(const RunOptions& options, const std::string& wave_file, const InterruptGuard& interrupt,
                       const replay::RunSummary& run) {
  hal::PlatformOptions platform = options.session.platform_options;
  platform.wave_file = wave_file;
  platform.wave_from_cycle = run.end_cycle > platform.wave_cycles ? run.end_cycle - platform.wave_cycles : 0;
  platform.wave_cycles += kWaveSlackCycles;
  RunOptions again = options;
  again.session.platform_options = platform;
  again.session.replay.stop_cycle = run.stopped_cycle.value_or(~std::uint64_t{0});
  const Result<replay::RunSummary> result =
      RunOn(options.session.platform, "again, for waves", again, interrupt, /*stoppable=*/false);
  return result.status();
}

// Traces the run over again if it was not traced the first time; then the wave gets its name.
Status FinishWaves(const RunOptions& options, WaveFile& waves, const InterruptGuard& interrupt,
                   const replay::RunSummary& run) {
  const hal::PlatformOptions& platform = options.session.platform_options;
  if (platform.wave_from_end) {
    const Status status = RunForLastWaves(options, waves.temporary_path(), interrupt, run);
    if (!status.ok()) return status;
  } else if (platform.wave_from_cycle >= run.end_cycle) {
    std::cerr << "tarn run: --waves-from: the run ended in cycle " << run.end_cycle
              << ", before that: the wave holds no cycle\n";
  }
  return waves.Commit();
}

// Per host and line, the same data and status, in each host's own order.
replay::Check CompareAnswers(const replay::RunSummary& run, const replay::RunSummary& model) {
  replay::Check check{.name = "every answer is the golden model's, byte for byte", .passed = true, .detail = ""};
  for (std::size_t host = 0; host < run.hosts.size(); ++host) {
    if (run.hosts[host].statistics.digest == model.hosts[host].statistics.digest) continue;
    check.passed = false;
    check.detail += "host " + std::to_string(run.hosts[host].number) + " differs; ";
  }
  if (check.passed) check.detail = std::to_string(run.lines) + " answers compared";
  return check;
}

// Zeros read by mistake look right where zeros are expected. The bundled traces are known to read other things; what
// a user's own trace reads, and what shares of zeros a user wants, is the user's affair, and only said.
void JudgeNonzeroReads(bool demanded, replay::RunSummary& run) {
  constexpr std::uint64_t kPercentMin = 80;
  std::uint64_t reads = 0;
  std::uint64_t nonzero = 0;
  for (const replay::HostSummary& host : run.hosts) {
    reads += host.statistics.reads;
    nonzero += host.statistics.nonzero_reads;
  }
  if (reads == 0) return;
  const std::string percent = std::to_string(100 * nonzero / reads) + "%";
  const bool enough = 100 * nonzero >= kPercentMin * reads;
  if (demanded) {
    run.checks.push_back({"reads that expect other than zero are at least 80%", enough, percent});
  } else if (!enough) {
    run.remarks.push_back("only " + percent +
                          " of the reads expect other than zero; where zeros are expected, zeros read by mistake look "
                          "right (--zero-pages 0, or another --seed, gives other content)");
  }
}

// Some host is as `is_such` says, and its accesses were translated.
template <typename Predicate>
void AddHostCheck(replay::RunSummary& run, const char* name, Predicate&& is_such) {
  const auto host = std::ranges::find_if(run.hosts, is_such);
  const std::uint64_t walked = host == run.hosts.end() ? 0 : host->statistics.walked;
  run.checks.push_back({name, walked != 0,
                        host == run.hosts.end() ? "none did"
                                                : "host " + std::to_string(host->number) + ", " +
                                                      std::to_string(walked) + " accesses walked"});
}

// The bundled traces at their default length have to exercise what they are there for (docs/main-job.md).
void AddMainJobChecks(replay::RunSummary& run, bool default_addressing) {
  struct Demand {
    const char* name;
    const char* counter;
    std::uint64_t min;
  };
  static constexpr Demand kDemands[] = {
      {"at least 2,000 page-ins", "pool.page_ins", 2000},
      {"at least 500 dirty page-outs", "pool.pages_out_dirty", 500},
      {"walks happened", "iommu.accesses_that_walked", 1},
      {"refreshes happened", "channel.refreshes", 1},
      {"row conflicts happened", "channel.row_conflicts", 1},
  };
  run.checks.push_back({"at least 50,000 lines", run.lines >= 50'000, std::to_string(run.lines)});
  for (const Demand& demand : kDemands) {
    const std::uint64_t value = run.counter(demand.counter);
    run.checks.push_back({demand.name, value >= demand.min, std::to_string(value)});
  }
  if (!default_addressing) return;
  AddHostCheck(run, "a host's devices went through two stages",
               [](const replay::HostSummary& host) { return host.first_stage && host.second_stage; });
  AddHostCheck(run, "a host's devices went through pages of 2 MiB", [](const replay::HostSummary& host) {
    return host.first_stage && host.first_stage->pages.contains(drivers::kPage2MiB);
  });
}

void PrintRunSummary(std::ostream& out, const replay::RunSummary& run) {
  out << "\n"
      << (run.passed() ? "PASSED" : "FAILED") << (run.interrupted ? ", interrupted" : "") << ": platform "
      << run.platform << ", seed " << run.seed << "\n";
  out << "  lines replayed        " << run.lines << " of " << run.lines_in_traces << " in the traces\n"
      << "  node cycles           " << run.cycles << " (set-up " << run.setup_cycles << ")\n"
      << "  wall clock            " << run.seconds << " s\n";
  if (run.model_seconds > 0) {
    out << "  golden model          " << run.model_seconds << " s, " << run.seconds / run.model_seconds
        << " times faster\n";
  }
  out << "  pool                  " << run.slots << " slots for " << run.footprint_segments << " segments of "
      << run.segment_bytes / 1024 << " KiB touched"
      << (run.slots == hal::kSlotsMin ? " (the fewest slots that a node works with)" : "") << "\n";
  for (const replay::HostSummary& one : run.hosts) {
    out << "  host " << one.number << " (" << one.addressing << "):";
    for (const std::string& program : one.programs) out << " " << program;
    out << ": " << one.statistics.reads << " reads, " << one.statistics.writes << " writes, "
        << one.statistics.bytes_checked << " bytes checked, " << one.statistics.mismatches << " wrong\n";
    if (!one.PagesText().empty()) out << "         pages mapped by " << one.PagesText() << "\n";
  }
  for (const replay::Counter& counter : run.counters) {
    out << "  " << counter.name << std::string(counter.name.size() < 28 ? 28 - counter.name.size() : 1, ' ')
        << counter.value << "\n";
  }
  for (const replay::Check& check : run.checks) {
    out << (check.passed ? "  ok      " : "  FAILED  ") << check.name << ": " << check.detail << "\n";
  }
  for (const std::string& remark : run.remarks) out << "  remark  " << remark << "\n";
  for (const std::string& mismatch : run.mismatches) out << mismatch << "\n";
  if (!run.failure.empty()) out << "failure: " << run.failure << "\n";
}

Status WriteReports(const std::string& report_file, const replay::RunSummary& run) {
  if (report_file.empty()) return {};
  const std::string json_file = std::filesystem::path(report_file).replace_extension(".json").string();
  if (Status status = report::WriteWhole(json_file, JsonText(report::ToJson(run)) + "\n"); !status.ok()) return status;
  return report::WriteWhole(report_file, report::ToHtml(run));
}

// Replays once more on the golden model, unless it was the model or the run broke off.
Status CompareWithModel(const RunOptions& options, const InterruptGuard& interrupt, replay::RunSummary& run) {
  if (!options.compare || options.session.platform == hal::PlatformKind::kModel) return {};
  if (run.interrupted || !run.failure.empty()) return {};
  RunOptions model_options = options;
  model_options.session.platform_options.wave_file.clear();
  const Result<replay::RunSummary> model =
      RunWithHostWaves(hal::PlatformKind::kModel, "golden model", model_options, interrupt,
                       GoldenWaveFile(options.session.platform_options.host_wave_file));
  if (!model.ok()) return model.status();
  run.interrupted = model->interrupted;  // a comparison that was cut short says nothing
  if (run.interrupted) return {};
  run.checks.push_back(CompareAnswers(run, *model));
  run.model_seconds = model->seconds;
  return {};
}

// Finds out before a long run, not after it, that the report cannot be written.
Status CheckReportWritable(const RunOptions& options) {
  if (options.report_file.empty()) return {};
  const Result<trace::AtomicFile> probe = trace::AtomicFile::Create(options.report_file);
  return probe.ok() ? Status() : Status::Error("--report: " + probe.status().message());
}

void PrintRun(const RunOptions& options, const replay::RunSummary& run) {
  if (options.json) {
    std::cout << JsonText(report::ToJson(run)) << "\n";
  } else {
    PrintRunSummary(std::cout, run);
  }
}

void PrintFile(const RunOptions& options, const char* what, const std::string& file) {
  if (!options.json && !file.empty()) std::cout << what << ": " << file << "\n";
}

Status CreateWaves(const RunOptions& options, std::optional<WaveFile>& waves) {
  const std::string& path = options.session.platform_options.wave_file;
  if (path.empty()) return {};
  Result<WaveFile> file = WaveFile::Create(path, "run", "--waves");
  if (!file.ok()) return file.status();
  waves.emplace(std::move(*file));
  return {};
}

// The run, judged. Errors: what the user got wrong.
Result<replay::RunSummary> RunAndJudge(const RunOptions& options, const std::optional<WaveFile>& waves,
                                       const InterruptGuard& interrupt) {
  RunOptions first = options;
  hal::PlatformOptions& platform = first.session.platform_options;
  platform.wave_file = waves && !platform.wave_from_end ? waves->temporary_path() : "";
  Result<replay::RunSummary> run =
      RunWithHostWaves(first.session.platform, "replaying", first, interrupt, platform.host_wave_file);
  if (!run.ok()) return run;
  JudgeNonzeroReads(options.content_is_known, *run);
  if (options.main_job && !run->interrupted) AddMainJobChecks(*run, !options.session.addressing);
  if (Status status = CompareWithModel(first, interrupt, *run); !status.ok()) return status;
  return run;
}

// The run with all that belongs to it. What was found is printed before anything can go wrong with files.
Result<replay::RunSummary> RunWhole(const RunOptions& options) {
  if (Status status = CheckReportWritable(options); !status.ok()) return status;
  std::optional<WaveFile> waves;
  if (Status status = CreateWaves(options, waves); !status.ok()) return status;
  const InterruptGuard interrupt;
  Result<replay::RunSummary> run = RunAndJudge(options, waves, interrupt);
  if (!run.ok()) return run;
  PrintRun(options, *run);
  if (Status status = WriteReports(options.report_file, *run); !status.ok()) {
    return Status::Error("--report: " + status.message());
  }
  PrintFile(options, "report", options.report_file);
  PrintFile(options, "waves of hosts", options.session.platform_options.host_wave_file);
  if (!waves) return run;
  std::cout << std::flush;  // before minutes pass
  if (Status status = FinishWaves(options, *waves, interrupt, *run); !status.ok()) return status;
  PrintFile(options, "waves", options.session.platform_options.wave_file);
  return run;
}

}  // namespace

int RunCommand(const Words& words) {
  const Result<RunOptions> options = ParseRunOptions(words);
  if (!options.ok()) return BadInput("run", options.status());
  if (options->help) {
    std::cout << RunHelp();
    return kExitSuccess;
  }
  const Result<replay::RunSummary> run = RunWhole(*options);
  if (!run.ok()) return BadInput("run", Located(options->places, run.status()));
  if (run->interrupted) return kExitInterrupted;
  return run->passed() ? kExitSuccess : kExitFailure;
}

}  // namespace tarn::tool
