// Belady's optimum: the page that is needed last goes (or never comes in: a page must be resident when it is accessed,
// but may leave at the very next miss). The bound for every policy.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/policy/page_cache.h"

namespace tarn::policy {

// Misses of `accesses` with so many frames (at least 1), by one walk back and one forth. Accesses are to pages below
// `pages`.
std::uint64_t OptimumMisses(std::span<const PageId> accesses, std::uint32_t frames, PageId pages);
// The same, access by access: whether it misses.
std::vector<bool> OptimumMissed(std::span<const PageId> accesses, std::uint32_t frames, PageId pages);

}  // namespace tarn::policy
