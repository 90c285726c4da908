// Traces as text, one access a line (the formats are in trace_input.h). Private to sw/trace.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "models/common/result.h"
#include "sw/trace/trace_input.h"

namespace tarn::trace {

// By the file's first bytes or, of a text, its first line with an access. REQUIRES: `path` can be read twice.
Result<Format> DetectFormat(const std::string& path);

// REQUIRES: format is not kTarn.
Result<std::unique_ptr<TraceInput>> OpenTextTrace(const std::string& path, Format format,
                                                  const std::optional<CacheFilterConfig>& filter);

// Lines that kReadWrite has a place for.
inline constexpr std::uint64_t kPlacedLineEnd = std::uint64_t{1} << 34;

// One line of text for an access, with its newline. `cycle` is for kDramSim3, which alone has it.
// REQUIRES: format is neither kTarn nor one that is only read; for kReadWrite, a line below kPlacedLineEnd.
std::string TextLine(Format format, const Access& access, std::uint64_t cycle);

}  // namespace tarn::trace
