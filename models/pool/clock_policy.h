// CLOCK as docs/architecture.md words it ("Replacement: CLOCK, exactly").
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "models/pool/pool_messages.h"
#include "models/pool/replacement.h"

namespace tarn::pool {

class ClockPolicy : public ReplacementPolicy {
 public:
  // slots_in_service: the hand runs over slots 0 .. slots_in_service - 1.
  explicit ClockPolicy(std::uint32_t slots_in_service) : referenced_(slots_in_service, 0) {}

  void OnAssign(SlotIndex slot, SegmentKey /*key*/) override { referenced_[slot] = 1; }
  void OnAccess(SlotIndex slot) override { referenced_[slot] = 1; }
  void OnCold(SlotIndex slot) override { referenced_[slot] = 0; }
  void OnRelease(SlotIndex slot) override { referenced_[slot] = 0; }
  // Gives up (kNoSlot) after the hand went twice around: then every slot was passed with its bit clear.
  SlotIndex ChooseVictim(const SlotUses& uses) override;

  // Told of kHandClear, kHandSkip and kEvict in their order. Empty: nobody listens.
  void set_listener(std::function<void(ProbeEvent, SlotIndex)> listener) { listener_ = std::move(listener); }

  SlotIndex hand() const { return hand_; }
  bool referenced(SlotIndex slot) const { return referenced_[slot] != 0; }

 private:
  void Tell(ProbeEvent event, SlotIndex slot) const {
    if (listener_) listener_(event, slot);
  }

  std::vector<std::uint8_t> referenced_;
  SlotIndex hand_ = 0;
  std::function<void(ProbeEvent, SlotIndex)> listener_;
};

}  // namespace tarn::pool
