// Which slot goes: the seam behind which every replacement policy stands, for the pool's model, for studies and for the
// software pager. A policy sees slots and accesses, never content; one that needs time gets its clock by its
// constructor.
#pragma once

#include <cstdint>

namespace tarn::pool {

using SlotIndex = std::uint32_t;
inline constexpr SlotIndex kNoSlot = ~SlotIndex{0};

// What a slot holds.
struct SegmentKey {
  std::uint32_t host = 0;
  std::uint32_t segment = 0;  // of the host's window
  friend bool operator==(const SegmentKey&, const SegmentKey&) = default;
};

enum class SlotUse : std::uint8_t {
  kFree,          // holds nothing
  kOutOfService,  // never holds anything
  kBusy,          // pinned, in transit, or has a page-in, atomic or waiting request under way
  kEvictable,
};

// Answers for the owner of the slots what may be done with each.
class SlotUses {
 public:
  virtual ~SlotUses() = default;
  virtual SlotUse UseOf(SlotIndex slot) const = 0;
};

class ReplacementPolicy {
 public:
  virtual ~ReplacementPolicy() = default;

  // slot, free until now, holds key. Counts as its first access.
  virtual void OnAssign(SlotIndex slot, SegmentKey key) = 0;
  // A lookup hit slot.
  virtual void OnAccess(SlotIndex slot) = 0;
  // Software says that slot's segment will not be used.
  virtual void OnCold(SlotIndex /*slot*/) {}
  // slot, chosen before, holds key again: its page-out was given up.
  virtual void OnKept(SlotIndex slot, SegmentKey key) { OnAssign(slot, key); }
  // slot became free without having been chosen (released by its host).
  virtual void OnRelease(SlotIndex slot) = 0;
  // key went from one slot to another, which was free.
  virtual void OnMoved(SlotIndex from, SlotIndex to, SegmentKey key) {
    OnRelease(from);
    OnAssign(to, key);
  }
  // The slot to evict, which is free for the policy from now on; kNoSlot when no slot is kEvictable.
  virtual SlotIndex ChooseVictim(const SlotUses& uses) = 0;
};

}  // namespace tarn::pool
