#include "models/pool/policy_ghost.h"

#include <algorithm>
#include <bit>

namespace tarn::pool {

PolicyGhost::PolicyGhost(std::uint32_t slots_max) {
  const std::uint32_t slots = std::bit_ceil(slots_max);
  sets_ = std::max(1u, 2 * slots / kWays);
  set_bits_ = static_cast<unsigned>(std::bit_width(sets_) - 1);
  const auto slot_bits = static_cast<unsigned>(std::bit_width(slots) - 1);
  unit_shift_ = slot_bits > 5 ? slot_bits - 5 : 0;
  ways_.resize(std::size_t{sets_} * kWays);
}

bool PolicyGhost::Take(std::uint32_t fingerprint, std::uint32_t evictions_max) {
  Way* const set = SetOf(fingerprint);
  for (unsigned way = 0; way < kWays; ++way) {
    if (!set[way].valid || set[way].tag != TagOf(fingerprint)) continue;
    set[way].valid = false;
    return AgeOf(set[way]) <= evictions_max >> unit_shift_;
  }
  return false;
}

// Each eviction remembered also looks at one set in turn, so that no entry is there when its stamp's number comes
// again.
void PolicyGhost::Sweep() {
  Way* const set = &ways_[std::size_t{sweep_set_} * kWays];
  for (unsigned way = 0; way < kWays; ++way) {
    if (AgeOf(set[way]) > kAgeMax) set[way].valid = false;
  }
  sweep_set_ = (sweep_set_ + 1) & (sets_ - 1);
}

// In the place of the same tag, else of nothing, else of the oldest.
void PolicyGhost::Remember(std::uint32_t fingerprint) {
  Sweep();
  Way* const set = SetOf(fingerprint);
  const auto worth = [&](const Way& way) -> std::uint32_t {
    if (way.valid && way.tag == TagOf(fingerprint)) return 2u << kStampBits;
    return way.valid ? AgeOf(way) : 1u << kStampBits;
  };
  Way* const place =
      std::max_element(set, set + kWays, [&](const Way& a, const Way& b) { return worth(a) < worth(b); });
  *place = {.valid = true, .tag = TagOf(fingerprint), .stamp = now()};
  ++remembered_;
}

}  // namespace tarn::pool
