// Judges which pages the pool brings in ahead of need: only such as a host's accesses lead to, page after page.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "models/common/result.h"
#include "models/pool/pool_messages.h"

namespace tarn::tb {

class PrefetchChecker {
 public:
  PrefetchChecker(std::uint32_t hosts, std::uint32_t pages_per_segment)
      : pages_per_segment_(pages_per_segment), accessed_(hosts) {}

  // window_segments: of the event's host.
  Status Observe(const pool::PoolProbe& event, std::uint32_t window_segments) {
    using pool::ProbeEvent;
    const std::uint64_t page = std::uint64_t{event.segment} * pages_per_segment_ + event.page;
    const bool access =
        event.kind == ProbeEvent::kMiss || event.kind == ProbeEvent::kHit || event.kind == ProbeEvent::kEarly;
    if (access && event.walk == 0) accessed_[event.host].insert(page);
    if (event.kind != ProbeEvent::kPrefetch) return {};
    ++prefetches_;
    // Three steps make a sequence; some pages of it may have been skipped.
    constexpr std::uint64_t kBehind = 24, kAccessedMin = 3;
    std::uint64_t accessed = 0;
    for (std::uint64_t p = page - std::min(page, kBehind); p < page; ++p) accessed += accessed_[event.host].count(p);
    const std::string what = "prefetch of host " + std::to_string(event.host) + ", page " + std::to_string(page);
    if (accessed < kAccessedMin) return Status::Error(what + ": no accesses lead there");
    if (event.segment >= window_segments) return Status::Error(what + ": the window ends before it");
    wanted_.insert(Key(event.host, page));
    return {};
  }
  // Whether a page that came in was prefetched.
  bool Wanted(std::uint32_t host, std::uint64_t page) const { return wanted_.contains(Key(host, page)); }
  std::uint64_t prefetches() const { return prefetches_; }

 private:
  static std::uint64_t Key(std::uint32_t host, std::uint64_t page) { return std::uint64_t{host} << 40 | page; }

  std::uint32_t pages_per_segment_;
  std::vector<std::unordered_set<std::uint64_t>> accessed_;  // pages, by host
  std::unordered_set<std::uint64_t> wanted_;
  std::uint64_t prefetches_ = 0;
};

}  // namespace tarn::tb
