#include "models/policy/hardware_cache.h"

#include <algorithm>

namespace tarn::policy {

namespace {

constexpr std::uint32_t kSegmentsPerHost = 1u << 24;

std::uint32_t ReserveOf(std::uint32_t frames, const HardwareSettings& settings) {
  return std::min(settings.reserve, frames - 1);
}

pool::AdaptiveSettings PolicySettings(std::uint32_t frames, const HardwareSettings& settings) {
  const std::uint32_t reserve = ReserveOf(frames, settings);
  return {.slots = frames,
          .slots_max = settings.slots_max,
          .segments_per_host = kSegmentsPerHost,
          .spare = reserve == 0 ? 0 : reserve - 1,
          .shadow_frames = settings.shadow_frames};
}

}  // namespace

HardwareCache::HardwareCache(std::uint32_t frames, PageId pages, const HardwareSettings& settings)
    : settings_{.reserve = ReserveOf(frames, settings), .burst = settings.burst},
      policy_(PolicySettings(frames, settings)),
      slot_of_(pages, pool::kNoSlot),
      page_in_(frames, 0) {
  for (pool::SlotIndex slot = frames; slot-- != 0;) free_.push_back(slot);
}

void HardwareCache::Evict() {
  pool::SlotIndex slot = pool::kNoSlot;
  while (slot == pool::kNoSlot) slot = policy_.ChooseVictim(uses_);
  slot_of_[page_in_[slot]] = pool::kNoSlot;
  free_.push_back(slot);
}

void HardwareCache::BringIn(PageId page) {
  if (free_.empty()) {
    uses_.set_busy(pool::kNoSlot);
    Evict();
  }
  const pool::SlotIndex slot = free_.back();
  free_.pop_back();
  slot_of_[page] = slot;
  page_in_[slot] = page;
  policy_.OnAssign(slot, {.host = 0, .segment = page});
  uses_.set_busy(slot);
  if (++misses_ < settings_.burst) return;
  misses_ = 0;
  while (free_.size() < settings_.reserve) Evict();
}

bool HardwareCache::Access(PageId page) {
  const bool hit = slot_of_[page] != pool::kNoSlot;
  if (!hit) BringIn(page);
  policy_.OnAccess(slot_of_[page]);
  return hit;
}

}  // namespace tarn::policy
