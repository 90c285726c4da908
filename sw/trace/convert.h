// Whole traces: what is in one, and from one format to another. In constant memory but for the footprint.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "models/common/result.h"
#include "sw/trace/metadata.h"
#include "sw/trace/trace_input.h"

namespace tarn::trace {

struct TraceInfo {
  std::string path;
  Format format = Format::kTarn;
  std::uint64_t file_bytes = 0;
  Metadata metadata;
  Summary summary;
};

// Reads all of a trace, so that a damaged one is found, and counts it; of our own format, what it says of itself is
// checked against that.
Result<TraceInfo> Inspect(const std::string& path, const InputOptions& options = {});

struct ConvertOptions {
  std::string input;
  InputOptions input_options = {};
  std::string output;
  Format format = Format::kTarn;                      // of the output; not one that is only read
  std::uint64_t skip = 0;                             // accesses left out at the start
  std::optional<std::uint64_t> limit = std::nullopt;  // accesses kept at most
};

// Writes `output`, whole or not at all. `on_progress` is called now and then; when it returns false, what was read so
// far is all there is. Dramsim3's cycles are the sums of the gaps.
Result<Summary> Convert(const ConvertOptions& options, const std::function<bool()>& on_progress);

}  // namespace tarn::trace
