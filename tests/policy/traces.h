// Accesses that replacement policies are measured on, made anew each time: the reference trace of the project's
// targets, and the adversaries.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/policy/page_cache.h"

namespace tarn::policy {

inline constexpr PageId kReferencePages = 4096;

struct ReferenceAccess {
  PageId page = 0;
  bool write = false;
};

// One million references in eight phases: a hot set that moves, a loop of a tenth of the footprint, a scan of all of
// it. The seed is that of a 64-bit linear congruential generator, so that other languages make the same trace.
std::vector<ReferenceAccess> ReferenceTrace(std::uint64_t seed);

// As text, "R 12" or "W 12" a line.
std::string ReferenceText(const std::vector<ReferenceAccess>& accesses);

// What the pages are, without what was done to them.
std::vector<PageId> PagesOf(const std::vector<ReferenceAccess>& accesses);

// Traces that each defeat some policy at a memory of so many frames of kReferencePages pages.
enum class Adversary : std::uint8_t {
  kScan,    // half of the accesses to a hot set of half the memory, half a scan of everything
  kLoop,    // loops a tenth larger than the memory, which move on through everything
  kAllHot,  // all pages alike: no policy can do better than chance
  kPhases,  // a loop, then a working set that drifts, then hot set and scan, in turn
};
std::vector<PageId> AdversaryTrace(Adversary adversary, std::uint32_t frames);

}  // namespace tarn::policy
