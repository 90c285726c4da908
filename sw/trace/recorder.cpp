#include "sw/trace/recorder.h"

#include <sys/wait.h>

#include <cassert>
#include <chrono>
#include <string_view>
#include <utility>

#include "sw/trace/lackey.h"
#include "sw/trace/lackey_process.h"
#include "sw/trace/line_splitter.h"
#include "sw/trace/writer.h"

namespace tarn::trace {

namespace {

constexpr std::chrono::milliseconds kProgressPeriod{200};

// From the log's lines to the trace's file.
class Recording {
 public:
  Recording(const RecordOptions& options, Writer writer)
      : options_(options), decoder_(options.filter), writer_(std::move(writer)) {}

  Status TakeLine(std::string_view line) {
    if (const auto reference = ParseLackeyLine(line)) {
      decoder_.Decode(*reference, traffic_);
      return TakeTraffic();
    }
    if (!IsValgrindMessage(line)) {
      return Status::Error("valgrind wrote '" + std::string(line.substr(0, 60)) +
                           "', which is not a reference; was this version of it tried before?");
    }
    // Its last words, in case it fails: "==123== text".
    const std::size_t text = line.find(' ');
    if (text != std::string_view::npos && text + 1 < line.size()) last_message_ = line.substr(text + 1);
    return {};
  }

  // What the caches hold in the end goes to memory only if the program really ended.
  Status Close(Ending ending) {
    if (ending == Ending::kComplete) {
      decoder_.End(traffic_);
      if (Status status = TakeTraffic(); !status.ok()) return status;
      if (Full()) ending = Ending::kLimit;
    }
    summary_.ending = ending;
    return writer_.Close(ending);
  }

  bool Full() const { return options_.limit && summary_.accesses == *options_.limit && dropped_; }
  RecordProgress progress() const { return {decoder_.references(), decoder_.instructions(), summary_}; }
  const std::string& last_message() const { return last_message_; }

 private:
  Status TakeTraffic() {
    for (const Access& access : traffic_) {
      if (skipped_ < options_.skip) {
        ++skipped_;
        continue;
      }
      if (options_.limit && summary_.accesses == *options_.limit) {
        dropped_ = true;
        break;
      }
      if (Status status = writer_.Append(access); !status.ok()) return status;
      summary_ = writer_.summary();
    }
    traffic_.clear();
    return {};
  }

  const RecordOptions& options_;
  LackeyDecoder decoder_;
  Writer writer_;
  Summary summary_;
  std::vector<Access> traffic_;
  std::uint64_t skipped_ = 0;
  bool dropped_ = false;  // there was an access more than the limit
  std::string last_message_;
};

// Feeds the log to the recording until its end, the limit or an interruption.
Result<Ending> TakeLog(LackeyProcess& process, Recording& recording,
                       const std::function<bool(const RecordProgress&)>& on_progress) {
  LineSplitter lines;
  auto next_progress = std::chrono::steady_clock::now();
  while (true) {
    if (const auto now = std::chrono::steady_clock::now(); now >= next_progress) {
      next_progress = now + kProgressPeriod;
      if (!on_progress(recording.progress())) return Ending::kInterrupted;
    }
    const LackeyProcess::ReadResult read = process.Read(lines.Room());
    if (read.state == LackeyProcess::ReadState::kEnd) return Ending::kComplete;
    lines.Added(read.bytes);
    std::string_view line;
    while (lines.Pop(line)) {
      if (Status status = recording.TakeLine(line); !status.ok()) return status;
      if (recording.Full()) return Ending::kLimit;
    }
    if (lines.overlong()) return Status::Error("valgrind wrote a line of more than 64 KiB, which is not a reference");
  }
}

// Waits for a program that closed its log, which may yet run on (it may have replaced itself by another one).
std::optional<int> WaitForEnd(LackeyProcess& process, const Recording& recording,
                              const std::function<bool(const RecordProgress&)>& on_progress) {
  while (true) {
    if (const std::optional<int> status = process.WaitBriefly()) return status;
    if (!on_progress(recording.progress())) return std::nullopt;
  }
}

}  // namespace

Result<RecordOutcome> Record(const RecordOptions& options,
                             const std::function<bool(const RecordProgress&)>& on_progress) {
  Result<Writer> writer = Writer::Create(options.output, {.command = options.program,
                                                          .source = "record",
                                                          .filter = options.filter,
                                                          .skipped = options.skip,
                                                          .gap_unit = GapUnit::kInstructions});
  if (!writer.ok()) return writer.status();
  Result<LackeyProcess> process = LackeyProcess::Start(options.program, options.output_to_error);
  if (!process.ok()) return process.status();
  Recording recording(options, std::move(*writer));

  Result<Ending> ending = TakeLog(*process, recording, on_progress);
  if (!ending.ok()) return ending.status();
  RecordOutcome outcome;
  if (*ending == Ending::kComplete) outcome.program_status = WaitForEnd(*process, recording, on_progress);
  process->Stop();
  // An interruption from the terminal reaches the program too, which may end before we look.
  if (*ending == Ending::kComplete && !on_progress(recording.progress())) ending = Ending::kInterrupted;
  if (*ending == Ending::kComplete && recording.progress().references == 0) {
    return Status::Error("valgrind could not run '" + options.program[0] + "'" +
                         (recording.last_message().empty() ? "; it says why above" : ": " + recording.last_message()));
  }
  if (Status status = recording.Close(*ending); !status.ok()) return status;
  outcome.total = recording.progress();
  return outcome;
}

}  // namespace tarn::trace
