#include "tests/policy/policy_cases.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "models/policy/policies.h"
#include "sw/policy/segment_trace.h"
#include "sw/policy/study.h"
#include "tests/policy/traces.h"

namespace tarn::policy {

namespace {
constexpr std::uint32_t kSeed = 1;
constexpr std::array kPercents = {5u, 10u, 25u, 50u};
}  // namespace

Status ForEachPolicyCase(const std::string& data_folder, const std::function<void(const PolicyCase&)>& visit) {
  const std::vector<PageId> reference = PagesOf(ReferenceTrace(kSeed));
  for (const std::uint32_t percent : kPercents) {
    const std::uint32_t frames = FramesOf({{}, percent}, kReferencePages);
    visit({"reference", percent, frames, reference, kReferencePages});
    for (const auto& [name, adversary] : {std::pair{"scan", Adversary::kScan},
                                          {"loop", Adversary::kLoop},
                                          {"all_hot", Adversary::kAllHot},
                                          {"phases", Adversary::kPhases}}) {
      visit({name, percent, frames, AdversaryTrace(adversary, frames), kReferencePages});
    }
  }
  for (const char* const name : {"redis", "sort", "sqlite3", "xz"}) {
    const auto trace = ReadSegmentTrace(data_folder + "/" + name + ".tarntrace", {}, [] { return true; });
    if (!trace.ok()) return trace.status();
    for (const std::uint32_t percent : kPercents) {
      visit({name, percent, FramesOf({{}, percent}, trace->segments), trace->accesses, trace->segments});
    }
  }
  return {};
}

std::uint64_t BestPeerMisses(std::span<const PageId> accesses, std::uint32_t frames, PageId pages) {
  std::uint64_t best = ~std::uint64_t{0};
  for (const std::string_view name : PolicyNames()) {
    if (IsPeer(name)) best = std::min(best, PolicyMisses(name, accesses, frames, pages));
  }
  return best;
}

}  // namespace tarn::policy
