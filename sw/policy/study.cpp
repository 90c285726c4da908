#include "sw/policy/study.h"

#include <algorithm>
#include <cmath>

#include "models/policy/optimum.h"
#include "models/policy/policies.h"

namespace tarn::policy {

std::vector<std::string> StudyPolicies() {
  std::vector<std::string> names = {kOptimum};
  for (const std::string_view name : PolicyNames()) names.emplace_back(name);
  return names;
}

std::uint32_t FramesOf(const MemorySize& size, PageId segments) {
  if (size.frames) return *size.frames;
  const auto frames = static_cast<std::uint32_t>(std::llround(segments * (size.percent / 100.0)));
  return std::max(1u, frames);
}

std::vector<SizeStudy> StudyTrace(
    const SegmentTrace& trace, std::span<const MemorySize> sizes, std::span<const std::string> policies,
    const std::function<bool(const std::string& policy, std::uint32_t frames)>& progress) {
  std::vector<SizeStudy> studies;
  for (const MemorySize& size : sizes) {
    SizeStudy study{.size = size, .frames = FramesOf(size, trace.segments)};
    for (const std::string& name : policies) {
      if (!progress(name, study.frames)) return studies;
      const bool optimum = name == kOptimum;
      const std::uint64_t misses = optimum ? OptimumMisses(trace.accesses, study.frames, trace.segments)
                                           : PolicyMisses(name, trace.accesses, study.frames, trace.segments);
      study.counts.push_back({name, misses});
      if (optimum) study.optimum = misses;
      if (!optimum && IsPeer(name)) study.best_peer = std::min(study.best_peer.value_or(misses), misses);
    }
    studies.push_back(std::move(study));
  }
  return studies;
}

}  // namespace tarn::policy
