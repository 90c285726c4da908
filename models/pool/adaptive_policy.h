// The pool's replacement policy (two queues, under that of six rules which misses least in the shadows, or without
// shadows under one for good) behind the seam of replacement.h: each step is taken as soon as it can be.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/pool/policy_shadows.h"
#include "models/pool/replacement.h"
#include "models/pool/two_queue_policy.h"

namespace tarn::pool {

struct AdaptiveSettings {
  std::uint32_t slots = 0;              // in service, 2 or more
  std::uint32_t slots_max = 0;          // that the hardware was built for; 0: slots
  std::uint32_t segments_per_host = 1;  // power of two
  std::uint32_t spare = 1;
  std::uint32_t shadow_frames = 512;  // 0: no shadows
  std::uint32_t epoch_misses = 512;
  std::uint32_t memory_shift = 1;
  std::uint32_t advantage_shift = 6;
};

class AdaptivePolicy : public ReplacementPolicy {
 public:
  explicit AdaptivePolicy(const AdaptiveSettings& settings);

  // Not an access yet: that which needed the slot is told by OnAccess, as all others.
  void OnAssign(SlotIndex slot, SegmentKey key) override;
  void OnAccess(SlotIndex slot) override;
  void OnRelease(SlotIndex slot) override;
  // kNoSlot when each slot was skipped once since the last victim.
  SlotIndex ChooseVictim(const SlotUses& uses) override;
  void OnCold(SlotIndex slot) override;
  void OnKept(SlotIndex slot, SegmentKey key) override;
  void OnMoved(SlotIndex from, SlotIndex to, SegmentKey key) override;
  // Told of proposals, and whether they are victims or may not go. Empty: nobody listens.
  void set_listener(std::function<void(bool evicted, SlotIndex slot)> listener) { listener_ = std::move(listener); }

  unsigned rule() const { return shadows_.chosen(); }
  const PolicyShadows& shadows() const { return shadows_; }

 private:
  std::uint32_t KeyOf(SegmentKey key) const { return key.host * segments_per_host_ + key.segment; }
  void Tell(PolicyEventKind kind, SlotIndex slot);

  std::uint32_t segments_per_host_;
  std::vector<std::uint32_t> keys_;  // of the slots
  TwoQueuePolicy queues_;
  PolicyShadows shadows_;
  std::function<void(bool evicted, SlotIndex slot)> listener_;
};

}  // namespace tarn::pool
