#include "models/policy/hardware_cache.h"

#include <algorithm>
#include <array>

namespace tarn::policy {

namespace {

constexpr std::uint8_t kNever = QueueRule::kNeverPromote;

// Found by greedy choice among 90 (docs/policy.md).
constexpr std::array kRules = {
    QueueRule{.young_share = 0.10, .promote_hits = 2, .ghost_share = 0.5, .challenge_max = 0},
    QueueRule{.young_share = 0.25, .promote_hits = kNever, .ghost_share = 1.0, .challenge_max = 0},
    QueueRule{.young_share = 0.75, .promote_hits = kNever, .ghost_share = 0.5, .challenge_max = 0},
    QueueRule{.young_share = 0.01, .promote_hits = 1, .ghost_share = 1.5, .challenge_max = 4},
    QueueRule{.young_share = 0.01, .promote_hits = kNever, .ghost_share = 0.5, .challenge_max = 0},
    QueueRule{.young_share = 0.50, .promote_hits = 2, .ghost_share = 0.5, .challenge_max = 1},
};

// Spreads neighbouring pages over the 32 bits.
std::uint32_t Hash(PageId page) {
  std::uint32_t hash = page * 0x9E3779B1u;
  hash ^= hash >> 15;
  hash *= 0x85EBCA77u;
  return hash ^ hash >> 13;
}

}  // namespace

std::span<const QueueRule> HardwareCache::Rules() { return kRules; }

HardwareCache::HardwareCache(std::uint32_t frames, PageId pages, const HardwareSettings& settings)
    : settings_(settings), memory_(frames, pages, kRules[0]) {
  const std::uint32_t shadow_frames = std::min(frames, settings.shadow_frames);
  sampled_below_ = (std::uint64_t{shadow_frames} << 32) / frames;
  for (const QueueRule& rule : kRules) shadows_.push_back({TwoQueueMemory(shadow_frames, pages, rule)});
}

void HardwareCache::Choose() {
  for (Shadow& shadow : shadows_) {
    shadow.score = shadow.score * settings_.memory + shadow.misses;
    shadow.misses = 0;
  }
  const auto best = std::min_element(shadows_.begin(), shadows_.end(),
                                     [](const Shadow& a, const Shadow& b) { return a.score < b.score; });
  if (best->score >= shadows_[chosen_].score * (1 - settings_.advantage)) return;
  chosen_ = static_cast<std::size_t>(best - shadows_.begin());
  memory_.set_rule(kRules[chosen_]);
}

void HardwareCache::Sample(PageId page) {
  bool missed = false;
  for (Shadow& shadow : shadows_) {
    if (shadow.memory.Access(page)) continue;
    ++shadow.misses;
    missed = true;
  }
  if (!missed || ++epoch_misses_ < settings_.epoch_misses) return;
  epoch_misses_ = 0;
  Choose();
}

bool HardwareCache::Access(PageId page) {
  if (Hash(page) < sampled_below_) Sample(page);
  return memory_.Access(page);
}

}  // namespace tarn::policy
