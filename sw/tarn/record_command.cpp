// tarn record: runs a program under valgrind and writes its memory traffic as a trace.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iomanip>
#include <iostream>
#include <optional>

#include "sw/tarn/cache_options.h"
#include "sw/tarn/command_line.h"
#include "sw/tarn/interrupt.h"
#include "sw/tarn/trace_report.h"
#include "sw/trace/recorder.h"

namespace tarn::tool {

namespace po = boost::program_options;

namespace {

constexpr const char* kRecordUsage =
    "usage: tarn record -o FILE [OPTIONS] -- PROGRAM [ARGUMENTS]\n\n"
    "Runs the program under valgrind (about 100 times slower than alone), passes its references through a cache,\n"
    "and writes what that cache reads from and writes to memory as a trace.\n"
    "Exit status: 0 the program ended with 0 or was stopped by --max-lines; 1 the program failed, and the trace holds\n"
    "all of it; 2 nothing could be recorded; 130 interrupted, and the trace holds what came before.\n\n";

po::options_description RecordOptionsDescription() {
  po::options_description options("options");
  options.add_options()                                                                                      //
      ("help,h", "print this")                                                                               //
      ("output,o", po::value<std::string>(), "the trace file to write")                                      //
      ("config", po::value<std::string>(), "read options from an INI file")                                  //
      ("max-lines", po::value<std::string>(), "stop the program after so many accesses")                     //
      ("skip", po::value<std::string>()->default_value("0"), "leave out so many accesses at the start")      //
      ("json", po::bool_switch(), "print the summary as JSON; the program's output goes to standard error")  //
      ("progress", po::bool_switch(), "show progress even if standard error is no terminal")                 //
      ("quiet", po::bool_switch(), "show neither progress nor summary");
  AddCacheOptions(options);
  return options;
}

Result<trace::RecordOptions> OptionsFromMap(const po::variables_map& map, Words program) {
  trace::RecordOptions options;
  if (program.empty()) return Status::Error("no program; write it behind '--', as in: -o FILE -- ls -l");
  options.program = std::move(program);
  if (map.count("output") == 0) return Status::Error("--output is missing; it names the trace file to write");
  options.output = map["output"].as<std::string>();
  const auto filter = CacheFromOptions(map);
  if (!filter.ok()) return filter.status();
  if (!filter->has_value()) return Status::Error("--cache-size 0: recording wants a cache; see --help");
  options.filter = **filter;
  const auto skip = ParseCount("--skip", map["skip"].as<std::string>(), 0, ~std::uint64_t{0});
  if (!skip.ok()) return skip.status();
  options.skip = *skip;
  if (map.count("max-lines") != 0) {
    const auto limit = ParseCount("--max-lines", map["max-lines"].as<std::string>(), 1, ~std::uint64_t{0});
    if (!limit.ok()) return limit.status();
    options.limit = *limit;
  }
  options.output_to_error = map["json"].as<bool>();
  return options;
}

// One line on standard error that is written over: every second on a terminal, every ten in a log.
class ProgressLine {
 public:
  explicit ProgressLine(bool on) : on_(on), terminal_(::isatty(STDERR_FILENO) == 1) {}

  void Show(const trace::RecordProgress& progress) {
    const auto now = std::chrono::steady_clock::now();
    if (!on_ || now < next_) return;
    next_ = now + std::chrono::seconds(terminal_ ? 1 : 10);
    std::cerr << (terminal_ ? "\r" : "") << "tarn record: " << progress.references / 1000 << "k references, "
              << progress.summary.accesses << " accesses, " << progress.summary.pages * 4 / 1024 << " MiB touched"
              << (terminal_ ? "   " : "\n") << std::flush;
    shown_ = true;
  }
  void End() const {
    if (shown_ && terminal_) std::cerr << "\n";
  }

 private:
  bool on_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + std::chrono::seconds(1);
};

std::string DescribeStatus(const std::optional<int>& status) {
  if (!status) return "stopped by tarn record";
  if (WIFSIGNALED(*status)) return std::string("ended by signal ") + ::strsignal(WTERMSIG(*status));
  return "exit status " + std::to_string(WEXITSTATUS(*status));
}

void PrintOutcome(const trace::RecordOptions& options, const trace::RecordOutcome& outcome, double seconds, bool json) {
  if (json) {
    nlohmann::ordered_json report = {{"file", options.output}};
    report.update(SummaryToJson(outcome.total.summary));
    report["references"] = outcome.total.references;
    report["instructions"] = outcome.total.instructions;
    report["seconds"] = seconds;
    report["program_exit_status"] = nullptr;
    report["program_signal"] = nullptr;
    if (outcome.program_status && WIFEXITED(*outcome.program_status)) {
      report["program_exit_status"] = WEXITSTATUS(*outcome.program_status);
    } else if (outcome.program_status) {
      report["program_signal"] = WTERMSIG(*outcome.program_status);
    }
    std::cout << JsonText(report) << "\n";
    return;
  }
  std::cerr << "tarn record: " << options.output << ": " << outcome.total.references << " references in " << std::fixed
            << std::setprecision(1) << seconds << " s; program: " << DescribeStatus(outcome.program_status) << "\n";
  PrintSummary(std::cerr, outcome.total.summary, trace::GapUnit::kInstructions);
}

int ExitStatus(const trace::RecordOutcome& outcome) {
  if (outcome.total.summary.ending == trace::Ending::kInterrupted) return kExitInterrupted;
  return outcome.program_status.value_or(0) == 0 ? kExitSuccess : kExitFailure;
}

}  // namespace

int RecordCommand(const Words& words) {
  const auto separator = std::find(words.begin(), words.end(), "--");
  const po::options_description description = RecordOptionsDescription();
  const auto map = ParseWords(Words(words.begin(), separator), description, {}, "config");
  if (!map.ok()) return BadInput("record", map.status());
  if (map->count("help") != 0) {
    std::cout << kRecordUsage << description;
    return kExitSuccess;
  }
  const auto options = OptionsFromMap(*map, separator == words.end() ? Words() : Words(separator + 1, words.end()));
  if (!options.ok()) return BadInput("record", Located(map->places, options.status()));

  const bool quiet = (*map)["quiet"].as<bool>();
  ProgressLine line(!quiet && ((*map)["progress"].as<bool>() || ::isatty(STDERR_FILENO) == 1));
  const InterruptGuard interrupt;
  const auto start = std::chrono::steady_clock::now();
  const auto outcome = trace::Record(*options, [&](const trace::RecordProgress& progress) {
    line.Show(progress);
    return !interrupt.Interrupted();
  });
  line.End();
  if (!outcome.ok()) return BadInput("record", outcome.status());
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  const bool json = (*map)["json"].as<bool>();
  if (!quiet || json) PrintOutcome(*options, *outcome, seconds.count(), json);
  return ExitStatus(*outcome);
}

}  // namespace tarn::tool
