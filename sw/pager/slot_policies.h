// The replacement policies that the pager can run under, all behind the pool's own seam (models/pool/replacement.h).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "models/policy/page_lists.h"
#include "models/pool/replacement.h"

namespace tarn::pager {

// One queue of slots. What tells them apart is what an access does.
class QueuePolicy : public pool::ReplacementPolicy {
 public:
  enum class Kind : std::uint8_t {
    kFifo,   // nothing
    kLru,    // the slot goes to the queue's beginning
    kClock,  // its bit is set: found so at the end, it goes to the beginning once more
  };
  QueuePolicy(Kind kind, std::uint32_t slots) : kind_(kind), queue_(slots, 1), referenced_(slots, 0) {}

  void OnAssign(pool::SlotIndex slot, pool::SegmentKey key) override;
  void OnAccess(pool::SlotIndex slot) override;
  void OnRelease(pool::SlotIndex slot) override;
  pool::SlotIndex ChooseVictim(const pool::SlotUses& uses) override;

 private:
  Kind kind_;
  policy::PageLists queue_;
  std::vector<std::uint8_t> referenced_;
};

// "hardware" (the pool's own), "fifo", "lru", "clock".
std::span<const std::string_view> SlotPolicyNames();
// Null: there is no such policy. slots: 2 or more.
std::unique_ptr<pool::ReplacementPolicy> MakeSlotPolicy(std::string_view name, std::uint32_t slots);

}  // namespace tarn::pager
