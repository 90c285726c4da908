// The policies by their names.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "models/policy/page_cache.h"

namespace tarn::policy {

// "fifo", "lru", "clock", "sieve", "s3-fifo", "2q", "arc", "lirs", "slru", "hardware".
std::span<const std::string_view> PolicyNames();

// Whether `name` is one of those whose best the hardware's policy is measured against: all of the literature but FIFO.
bool IsPeer(std::string_view name);

// Misses of `accesses` under a policy. REQUIRES: name is one of PolicyNames(), frames >= 1, accesses are to pages below
// `pages`.
std::uint64_t PolicyMisses(std::string_view name, std::span<const PageId> accesses, std::uint32_t frames, PageId pages);

}  // namespace tarn::policy
