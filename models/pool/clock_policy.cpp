#include "models/pool/clock_policy.h"

namespace tarn::pool {

SlotIndex ClockPolicy::ChooseVictim(const SlotUses& uses) {
  const auto slots = static_cast<SlotIndex>(referenced_.size());
  for (std::uint64_t step = 0; step < 2 * std::uint64_t{slots}; ++step) {
    const SlotIndex slot = hand_;
    hand_ = hand_ + 1 == slots ? 0 : hand_ + 1;
    switch (uses.UseOf(slot)) {
      case SlotUse::kFree:
      case SlotUse::kOutOfService:
        break;
      case SlotUse::kBusy:
        Tell(ProbeEvent::kHandSkip, slot);
        break;
      case SlotUse::kEvictable:
        if (referenced_[slot] == 0) {
          Tell(ProbeEvent::kEvict, slot);
          return slot;
        }
        referenced_[slot] = 0;
        Tell(ProbeEvent::kHandClear, slot);
        break;
    }
  }
  return kNoSlot;
}

}  // namespace tarn::pool
