#include "sw/pager/slot_policies.h"

#include <array>

#include "models/pool/adaptive_policy.h"

namespace tarn::pager {

namespace {

constexpr std::array<std::string_view, 4> kNames = {"hardware", "fifo", "lru", "clock"};
constexpr std::uint32_t kSegmentsPerHost = 1u << 28;  // keys of the pool's policy have 28 bits

}  // namespace

void QueuePolicy::OnAssign(pool::SlotIndex slot, pool::SegmentKey) {
  queue_.PushFront(0, slot);
  referenced_[slot] = 0;
}

void QueuePolicy::OnAccess(pool::SlotIndex slot) {
  if (kind_ == Kind::kLru) queue_.MoveToFront(0, slot);
  referenced_[slot] = 1;
}

void QueuePolicy::OnRelease(pool::SlotIndex slot) { queue_.Remove(slot); }

pool::SlotIndex QueuePolicy::ChooseVictim(const pool::SlotUses& uses) {
  // Twice around: the first time may only clear the bits.
  for (std::uint32_t looks = 2 * queue_.Size(0); looks != 0; --looks) {
    const pool::SlotIndex slot = queue_.Back(0);
    const bool spared = kind_ == Kind::kClock && referenced_[slot] != 0;
    if (!spared && uses.UseOf(slot) == pool::SlotUse::kEvictable) {
      queue_.Remove(slot);
      return slot;
    }
    referenced_[slot] = 0;
    queue_.MoveToFront(0, slot);
  }
  return pool::kNoSlot;
}

std::span<const std::string_view> SlotPolicyNames() { return kNames; }

std::unique_ptr<pool::ReplacementPolicy> MakeSlotPolicy(std::string_view name, std::uint32_t slots) {
  using Kind = QueuePolicy::Kind;
  if (name == "hardware") {
    return std::make_unique<pool::AdaptivePolicy>(
        pool::AdaptiveSettings{.slots = slots, .segments_per_host = kSegmentsPerHost});
  }
  if (name == "fifo") return std::make_unique<QueuePolicy>(Kind::kFifo, slots);
  if (name == "lru") return std::make_unique<QueuePolicy>(Kind::kLru, slots);
  if (name == "clock") return std::make_unique<QueuePolicy>(Kind::kClock, slots);
  return nullptr;
}

}  // namespace tarn::pager
