// Misses of many policies on one trace at several memory sizes, beside the best of them and the optimum.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sw/policy/segment_trace.h"

namespace tarn::policy {

inline constexpr const char* kOptimum = "opt";

// "opt" (Belady's optimum), and those of models/policy/policies.h.
std::vector<std::string> StudyPolicies();

// A memory: so many frames, or a share of the segments that the trace touches.
struct MemorySize {
  std::optional<std::uint32_t> frames;
  std::uint32_t percent = 0;  // if frames is not given: 1..100, rounded to the nearest frame, 1 at least
};
std::uint32_t FramesOf(const MemorySize& size, PageId segments);

struct PolicyMissCount {
  std::string policy;
  std::uint64_t misses = 0;
};
struct SizeStudy {
  MemorySize size;
  std::uint32_t frames = 0;
  std::vector<PolicyMissCount> counts;     // in the order of the policies asked for
  std::optional<std::uint64_t> best_peer;  // fewest misses of those counted that IsPeer names
  std::optional<std::uint64_t> optimum;
};

// progress: called before each policy with its name and the frames; when it says no, the sizes that are done are given.
std::vector<SizeStudy> StudyTrace(const SegmentTrace& trace, std::span<const MemorySize> sizes,
                                  std::span<const std::string> policies,
                                  const std::function<bool(const std::string& policy, std::uint32_t frames)>& progress);

}  // namespace tarn::policy
