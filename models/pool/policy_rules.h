// The rules among which the pool's replacement policy chooses, in the fixed point of the hardware, and the hash by
// which it samples segments and remembers them (docs/architecture.md, "Replacement: two queues, exactly").
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "models/pool/replacement.h"

namespace tarn::pool {

// How the two queues are run. Shares are of the slots in service, in 1/1024.
struct PolicyRule {
  std::uint32_t young_share;  // of the queue that new segments enter
  std::uint32_t
      promote_hits;  // hits that take a segment from the young queue's end to the old queue; kNeverPromote: none do
  std::uint32_t ghost_share;    // evictions from the young queue that are remembered
  std::uint32_t challenge_max;  // a remembered segment gets into the full old queue only if one of so many at its end
                                // had no hit; 0: always
};

inline constexpr std::uint32_t kNeverPromote = 4;  // more than a counter holds
inline constexpr std::uint32_t kPolicyHitsMax = 3;
inline constexpr std::uint32_t kGhostShareMax = 1536;

// The first is the one to begin with where there are shadows. Found by greedy choice among 90 (docs/policy.md).
inline constexpr std::array kPolicyRules = {
    PolicyRule{.young_share = 102, .promote_hits = 2, .ghost_share = 512, .challenge_max = 0},
    PolicyRule{.young_share = 256, .promote_hits = kNeverPromote, .ghost_share = 1024, .challenge_max = 0},
    PolicyRule{.young_share = 768, .promote_hits = kNeverPromote, .ghost_share = 512, .challenge_max = 0},
    PolicyRule{.young_share = 10, .promote_hits = 1, .ghost_share = kGhostShareMax, .challenge_max = 4},
    PolicyRule{.young_share = 10, .promote_hits = kNeverPromote, .ghost_share = 512, .challenge_max = 0},
    PolicyRule{.young_share = 512, .promote_hits = 2, .ghost_share = 512, .challenge_max = 1},
};

// Holds for good where there are none (docs/policy.md, "Without shadows").
inline constexpr unsigned kFixedRule = 1;

constexpr std::uint32_t ShareOf(std::uint32_t slots, std::uint32_t share) {
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(std::uint64_t{slots} * share >> 10));
}

// Linear over the bits of the key: every aligned block of segments is spread evenly, and no two keys have the same low
// 32 bits. Bits 47..32 say whether a segment is sampled, the others where it is kept.
constexpr std::uint64_t PolicyHash(std::uint32_t key) {
  constexpr std::array<std::uint64_t, 28> kOfBit = {
      0x46ddcd574c2c, 0xa0391ab110af, 0xa6196a43de64, 0x8333375d41fa, 0x9001d5931df6, 0x5ee645fb97b4, 0xf476c816161f,
      0xa9d9ec281dbd, 0xc363646602c3, 0xb35c43637646, 0xbed9d7ff8437, 0x617cd8674648, 0x8870a8966903, 0xc1e19de2f0a0,
      0xd1b080aed79e, 0xd3f1c698bea7, 0xa77c8305b870, 0xd13da8a1fe33, 0xc97bc1995beb, 0x1db0a1bd2521, 0xb093737837cf,
      0x8e09c55795b6, 0xad36c78f3c1a, 0xafe0d257b826, 0x2e152f451454, 0x8981fee336ec, 0x9c5964bc85c2, 0xcafedf4b37fb};
  std::uint64_t hash = 0;
  for (std::size_t bit = 0; bit < kOfBit.size(); ++bit) {
    if ((key >> bit & 1) != 0) hash ^= kOfBit[bit];
  }
  return hash;
}

}  // namespace tarn::pool
