// Checks what the pool does with its slots against the observed order of its probe events. Which slot the policy ought
// to propose is PolicyChecker's (tb/pool).
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/common/result.h"
#include "models/pool/pool_messages.h"
#include "models/pool/replacement.h"

namespace tarn::pool {

// Feed it every PoolProbe in order. It keeps owners and free slots by itself and demands: a hit is to the slot that
// holds the segment, of that host; a slot is assigned only while free, never-used ones of a speed class in their order;
// a segment has one slot; a slot that is skipped, evicted, marked or released is in use, by whom the event names;
// nobody is evicted below its host's floor unless software orders it, nor at or below its share while another host is
// above its own (but when every slot was skipped since the last eviction). What the probe cannot show is left to other
// checks: that a skipped slot was rightly busy, and the order in which emptied slots became free.
class ReplacementChecker {
 public:
  // slots: in service.
  explicit ReplacementChecker(std::uint32_t slots) : slots_(slots) { SetFastSlots(slots); }

  // An error says what was seen, what was right, and the number of the event.
  Status Observe(const PoolProbe& event);
  // Slots below that number are of the fast class. REQUIRES: nothing was assigned yet.
  void SetFastSlots(std::uint32_t slots) {
    fast_slots_ = slots;
    next_fresh_ = {0, slots};
  }
  // The host keeps that many slots (0: none).
  void SetFloor(std::uint32_t host, std::uint32_t slots) { floors_[host] = slots; }

  // While the host has no more slots than these, others that have more than theirs lose slots before it (0: no share).
  void SetShare(std::uint32_t host, std::uint32_t slots) { shares_[host] = slots; }

  std::uint64_t events() const { return events_; }
  std::uint64_t evictions() const { return evictions_; }
  std::uint64_t hits() const { return hits_; }
  // The evictions so far: what was in the slot. For comparing two runs.
  const std::deque<SegmentKey>& evicted() const { return evicted_; }

 private:
  struct Slot {
    bool used = false;    // holds a segment
    bool fresh = true;    // never assigned
    bool leaves = false;  // was chosen, and has not been assigned since
    SegmentKey key;
  };

  Status Fail(const PoolProbe& event, const std::string& why) const;
  Status ObserveHit(const PoolProbe& event);
  Status ObserveAssign(const PoolProbe& event);
  Status ObserveKept(const PoolProbe& event);
  Status ObserveMoved(const PoolProbe& event);
  Status ObserveOfOwner(const PoolProbe& event);
  Status ObserveEvict(const PoolProbe& event);
  bool ShareKeeps(std::uint32_t host) const;
  void CountSkips(bool skip);
  Status ExpectHolds(const PoolProbe& event) const;
  void Assign(const PoolProbe& event);
  void Leave(Slot& slot);
  Status TakeFree(const PoolProbe& event);
  std::size_t ClassOf(SlotIndex slot) const { return slot < fast_slots_ ? 0 : 1; }
  static std::uint64_t Pack(SegmentKey key) { return std::uint64_t{key.host} << 32 | key.segment; }

  std::vector<Slot> slots_;
  std::unordered_map<std::uint64_t, SlotIndex> slot_of_;
  std::unordered_map<std::uint32_t, std::uint32_t> floors_;
  std::unordered_map<std::uint32_t, std::uint32_t> resident_;  // slots of a host, less those that it is losing
  std::unordered_map<std::uint32_t, std::uint32_t> shares_;
  std::uint64_t skips_ = 0;        // since the last eviction
  bool shares_suspended_ = false;  // then every slot in use was skipped since
  SlotIndex fast_slots_ = 0;
  std::array<SlotIndex, 2> next_fresh_{};  // by speed class
  std::uint64_t events_ = 0;
  std::uint64_t evictions_ = 0;
  std::uint64_t hits_ = 0;
  std::deque<SegmentKey> evicted_;
};

}  // namespace tarn::pool
