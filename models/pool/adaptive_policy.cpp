#include "models/pool/adaptive_policy.h"

namespace tarn::pool {

namespace {
std::uint32_t SlotsMax(const AdaptiveSettings& settings) {
  return settings.slots_max == 0 ? settings.slots : settings.slots_max;
}
}  // namespace

AdaptivePolicy::AdaptivePolicy(const AdaptiveSettings& settings)
    : segments_per_host_(settings.segments_per_host),
      keys_(settings.slots, 0),
      queues_({.slots = settings.slots, .slots_max = SlotsMax(settings), .spare = settings.spare}),
      shadows_({.slots = settings.slots,
                .slots_max = SlotsMax(settings),
                .shadow_frames = settings.shadow_frames,
                .epoch_misses = settings.epoch_misses,
                .memory_shift = settings.memory_shift,
                .advantage_shift = settings.advantage_shift}) {
  queues_.set_rule(shadows_.chosen());
}

void AdaptivePolicy::Tell(PolicyEventKind kind, SlotIndex slot) {
  queues_.Observe({.kind = kind, .slot = slot, .key = keys_[slot]});
  while (!queues_.idle()) queues_.Step(false);
}

void AdaptivePolicy::OnAssign(SlotIndex slot, SegmentKey key) {
  keys_[slot] = KeyOf(key);
  Tell(PolicyEventKind::kAssign, slot);
}

void AdaptivePolicy::OnAccess(SlotIndex slot) {
  queues_.Observe({.kind = PolicyEventKind::kAccess, .slot = slot, .key = keys_[slot]});
  const std::uint64_t hash = PolicyHash(keys_[slot]);
  if (!shadows_.Wants(hash)) return;
  if (const auto rule = shadows_.Sample(hash).rule) queues_.set_rule(*rule);
}

void AdaptivePolicy::OnRelease(SlotIndex slot) { Tell(PolicyEventKind::kRelease, slot); }

void AdaptivePolicy::OnCold(SlotIndex slot) {
  queues_.Observe({.kind = PolicyEventKind::kCold, .slot = slot, .key = keys_[slot]});
}

void AdaptivePolicy::OnKept(SlotIndex slot, SegmentKey key) {
  keys_[slot] = KeyOf(key);
  Tell(PolicyEventKind::kKept, slot);
}

void AdaptivePolicy::OnMoved(SlotIndex from, SlotIndex to, SegmentKey key) {
  keys_[to] = KeyOf(key);
  queues_.Observe({.kind = PolicyEventKind::kMoved, .slot = to, .key = keys_[to], .from = from});
  while (!queues_.idle()) queues_.Step(false);
}

SlotIndex AdaptivePolicy::ChooseVictim(const SlotUses& uses) {
  while (const auto step = queues_.Step(true)) {
    if (step->kind == PolicyStepKind::kAllSkipped) return kNoSlot;
    if (step->kind != PolicyStepKind::kProposed) continue;
    const bool evictable = uses.UseOf(step->slot) == SlotUse::kEvictable;
    if (listener_) listener_(evictable, step->slot);
    Tell(evictable ? PolicyEventKind::kTaken : PolicyEventKind::kSkipped, step->slot);
    if (evictable) return step->slot;
  }
  return kNoSlot;
}

}  // namespace tarn::pool
