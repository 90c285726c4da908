// Checks the pool's replacement, decision by decision, against the observed order of its probe events.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/common/result.h"
#include "models/pool/pool_messages.h"
#include "models/pool/replacement.h"

namespace tarn::pool {

// Feed it every PoolProbe in order. It keeps reference bits, the hand, owners and free slots by itself and demands:
// the hand is where it says and only moves on; a slot that is passed with its bit set loses it, and one whose bit is
// clear is evicted unless it is skipped; a skipped slot is in use; a hit is to the slot that holds the segment, of that
// host; a slot is assigned only while free, never-used ones in the order 0, 1, 2, …; a segment has one slot.
// What the probe cannot show is left to other checks: that a skipped slot was rightly busy (skips_in_a_row_max bounds
// it), and the order in which evicted slots became free.
class ClockChecker {
 public:
  struct Options {
    std::uint32_t slots = 0;               // in service
    std::uint32_t first_slot = 0;          // slots below are pinned and never show
    std::uint64_t skips_in_a_row_max = 0;  // 0: no bound
  };
  explicit ClockChecker(const Options& options);

  // An error says what was seen, what was right, and the number of the event.
  Status Observe(const PoolProbe& event);
  // A host gave the segment back: its slot is free. No-op when it has none.
  void Released(std::uint32_t host, std::uint32_t segment);
  // The host keeps that many slots (0: none).
  void SetFloor(std::uint32_t host, std::uint32_t slots) { floors_[host] = slots; }
  // Slots that went out of service or came back, pins.
  void SetPassedSilently(SlotIndex slot, bool passed) { slots_[slot].silent = passed; }

  std::uint64_t events() const { return events_; }
  std::uint64_t evictions() const { return evictions_; }
  std::uint64_t hits() const { return hits_; }
  // The evictions so far: what was in the slot. For comparing two runs.
  const std::deque<SegmentKey>& evicted() const { return evicted_; }

 private:
  struct Slot {
    bool used = false;  // holds a segment
    bool fresh = true;  // never assigned
    bool referenced = false;
    bool silent = false;
    bool ordered_out = false;  // by software; until it is assigned again
    SegmentKey key;
  };

  Status Fail(const PoolProbe& event, const std::string& why) const;
  Status MoveHandTo(const PoolProbe& event);
  Status ObserveHit(const PoolProbe& event);
  Status ObserveAssign(const PoolProbe& event);
  Status ObserveClear(const PoolProbe& event);
  Status ObserveEvict(const PoolProbe& event);
  Status ObserveOrder(const PoolProbe& event);
  Status ExpectHolds(const PoolProbe& event) const;
  void Evicted(Slot& slot);
  static std::uint64_t Pack(SegmentKey key) { return std::uint64_t{key.host} << 32 | key.segment; }

  Options options_;
  std::vector<Slot> slots_;
  std::unordered_map<std::uint64_t, SlotIndex> slot_of_;
  std::unordered_map<std::uint32_t, std::uint32_t> floors_;
  std::unordered_map<std::uint32_t, std::uint32_t> resident_;  // slots of a host, less those that it is losing
  SlotIndex hand_;
  SlotIndex next_fresh_;
  std::uint64_t skips_in_a_row_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t evictions_ = 0;
  std::uint64_t hits_ = 0;
  std::deque<SegmentKey> evicted_;
};

}  // namespace tarn::pool
