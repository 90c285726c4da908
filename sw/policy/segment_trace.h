// A trace as replacement policies see it: which segment each access goes to.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "models/policy/page_cache.h"
#include "sw/trace/trace_input.h"

namespace tarn::policy {

struct SegmentTrace {
  std::vector<PageId> accesses;  // segments, numbered in the order of their first access
  PageId segments = 0;
};

struct SegmentTraceOptions {
  std::uint32_t segment_bytes = 4096;              // power of two, 64 or more
  std::uint64_t accesses_max = ~std::uint64_t{0};  // what follows is left out
  trace::InputOptions input;
};

inline constexpr std::uint64_t kAccessesMax = 500'000'000;  // 2 GB of memory

// Errors: those of the trace; one that holds no access, or more than kAccessesMax that are not left out. go_on: asked
// now and then; when it says no, what was read so far is given.
Result<SegmentTrace> ReadSegmentTrace(const std::string& path, const SegmentTraceOptions& options,
                                      const std::function<bool()>& go_on);

}  // namespace tarn::policy
