// Records a program's memory traffic into a trace file while it runs, in constant memory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/trace/metadata.h"

namespace tarn::trace {

struct RecordOptions {
  std::vector<std::string> program;  // and its arguments
  std::string output;
  CacheFilterConfig filter;            // CacheFilter::Check must have accepted it
  std::uint64_t skip = 0;              // accesses left out at the start
  std::optional<std::uint64_t> limit;  // accesses kept at most; the program is stopped then
  bool output_to_error = false;        // of the program
};

struct RecordProgress {
  std::uint64_t references = 0;  // the program's, instruction fetches included
  std::uint64_t instructions = 0;
  Summary summary;  // of the trace so far
};

struct RecordOutcome {
  RecordProgress total;
  // As waitpid gives it; none if the program was stopped, because of the limit or an interruption.
  std::optional<int> program_status;
};

// `on_progress` is called several times a second; when it returns false, the recording is interrupted: the trace
// is closed with what was recorded until then, and the program stopped.
// An error leaves no file: no such program, no valgrind, a program that valgrind cannot run, a full disk.
Result<RecordOutcome> Record(const RecordOptions& options,
                             const std::function<bool(const RecordProgress&)>& on_progress);

}  // namespace tarn::trace
