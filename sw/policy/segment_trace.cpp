#include "sw/policy/segment_trace.h"

#include <bit>
#include <unordered_map>

#include "models/common/units.h"

namespace tarn::policy {

Result<SegmentTrace> ReadSegmentTrace(const std::string& path, const SegmentTraceOptions& options,
                                      const std::function<bool()>& go_on) {
  constexpr std::uint64_t kAskEvery = 1 << 16;
  auto input = trace::OpenTrace(path, options.input);
  if (!input.ok()) return input.status();
  const int shift = std::countr_zero(options.segment_bytes / kLineBytes);
  std::unordered_map<std::uint64_t, PageId> numbers;
  SegmentTrace segments;
  trace::Access access;
  while (segments.accesses.size() < options.accesses_max) {
    const Result<bool> more = (*input)->Next(access);
    if (!more.ok()) return more.status();
    if (!*more) break;
    if (segments.accesses.size() == kAccessesMax) {
      return Status::Error(path + ": holds more than " + std::to_string(kAccessesMax) +
                           " accesses; --max-lines takes a part");
    }
    segments.accesses.push_back(
        numbers.emplace(access.line >> shift, static_cast<PageId>(numbers.size())).first->second);
    if (segments.accesses.size() % kAskEvery == 0 && !go_on()) break;
  }
  if (segments.accesses.empty()) return Status::Error(path + ": holds no access; a trace was expected");
  segments.segments = static_cast<PageId>(numbers.size());
  return segments;
}

}  // namespace tarn::policy
