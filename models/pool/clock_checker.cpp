#include "models/pool/clock_checker.h"

#include <string>

namespace tarn::pool {

ClockChecker::ClockChecker(const Options& options)
    : options_(options), slots_(options.slots), hand_(options.first_slot), next_fresh_(options.first_slot) {}

Status ClockChecker::Fail(const PoolProbe& event, const std::string& why) const {
  return Status::Error("pool event " + std::to_string(events_) + " (" + Name(event.kind) + ", host " +
                       std::to_string(event.host) + ", segment " + std::to_string(event.segment) + ", slot " +
                       std::to_string(event.slot) + "): " + why);
}

Status ClockChecker::Observe(const PoolProbe& event) {
  ++events_;
  const bool has_slot = event.kind != ProbeEvent::kNone && event.kind != ProbeEvent::kMiss;
  if (has_slot && event.slot >= slots_.size()) {
    return Fail(event, "there are " + std::to_string(slots_.size()) + " slots");
  }
  switch (event.kind) {
    case ProbeEvent::kNone:
    case ProbeEvent::kMiss:
      return {};
    case ProbeEvent::kHit:
    case ProbeEvent::kEarly:
      return ObserveHit(event);
    case ProbeEvent::kPageIn: {
      const auto found = slot_of_.find(Pack({event.host, event.segment}));
      if (found == slot_of_.end() || found->second != event.slot) {
        return Fail(event, "the slot does not hold that segment");
      }
      return {};
    }
    case ProbeEvent::kAssign:
      return ObserveAssign(event);
    case ProbeEvent::kMarkHot:
    case ProbeEvent::kMarkCold:
    case ProbeEvent::kOrderedOut:
      return ObserveOrder(event);
    case ProbeEvent::kHandClear:
    case ProbeEvent::kHandSkip:
    case ProbeEvent::kEvict: {
      Status moved = MoveHandTo(event);
      if (!moved.ok() || event.kind == ProbeEvent::kHandSkip) return moved;
      return event.kind == ProbeEvent::kEvict ? ObserveEvict(event) : ObserveClear(event);
    }
  }
  return Fail(event, "no such event");
}

Status ClockChecker::ObserveHit(const PoolProbe& event) {
  const auto found = slot_of_.find(Pack({event.host, event.segment}));
  if (found == slot_of_.end()) return Fail(event, "a hit, but the segment has no slot");
  if (found->second != event.slot) {
    return Fail(event, "a hit, but the segment is in slot " + std::to_string(found->second));
  }
  slots_[event.slot].referenced = true;
  ++hits_;
  return {};
}

Status ClockChecker::ObserveAssign(const PoolProbe& event) {
  Slot& slot = slots_[event.slot];
  const SegmentKey key{event.host, event.segment};
  if (slot_of_.contains(Pack(key))) return Fail(event, "the segment has a slot already");
  if (slot.used) {
    return Fail(event, "the slot is held by host " + std::to_string(slot.key.host) + ", segment " +
                           std::to_string(slot.key.segment));
  }
  if (slot.fresh) {
    if (event.slot != next_fresh_) {
      return Fail(event, "slot " + std::to_string(next_fresh_) + " is the next that was never used");
    }
    ++next_fresh_;
  } else if (next_fresh_ < slots_.size() && !(slot.ordered_out && slot.key == key)) {
    // (A segment that software ordered out, in vain, keeps the slot that it was to lose.)
    return Fail(event, "slot " + std::to_string(next_fresh_) + " is free and was never used");
  }
  slot = {.used = true, .fresh = false, .referenced = true, .silent = slot.silent, .key = key};
  slot_of_[Pack(key)] = event.slot;
  ++resident_[key.host];
  return {};
}

// Between the hand and the event's slot there may only be slots that are passed silently.
Status ClockChecker::MoveHandTo(const PoolProbe& event) {
  for (std::size_t step = 0; step < slots_.size() && hand_ != event.slot; ++step) {
    if (slots_[hand_].used && !slots_[hand_].silent) {
      return Fail(event, "the hand stands at slot " + std::to_string(hand_));
    }
    hand_ = hand_ + 1 == slots_.size() ? options_.first_slot : hand_ + 1;
  }
  const Slot& slot = slots_[event.slot];
  // One that was given up may still be in transit, which is skipped, or free by now, which is silent.
  const bool may_show = slot.used || (!slot.fresh && event.kind == ProbeEvent::kHandSkip);
  if (hand_ != event.slot || !may_show) return Fail(event, "the slot is free: the hand passes it silently");
  hand_ = hand_ + 1 == slots_.size() ? options_.first_slot : hand_ + 1;
  skips_in_a_row_ = event.kind == ProbeEvent::kHandSkip ? skips_in_a_row_ + 1 : 0;
  if (options_.skips_in_a_row_max != 0 && skips_in_a_row_ > options_.skips_in_a_row_max) {
    return Fail(event, std::to_string(skips_in_a_row_) + " slots skipped in a row");
  }
  return {};
}

Status ClockChecker::ObserveClear(const PoolProbe& event) {
  Slot& slot = slots_[event.slot];
  if (!slot.referenced) return Fail(event, "the reference bit was clear: this slot is the victim");
  slot.referenced = false;
  return {};
}

Status ClockChecker::ExpectHolds(const PoolProbe& event) const {
  const Slot& slot = slots_[event.slot];
  if (slot.used && slot.key == SegmentKey{event.host, event.segment}) return {};
  return Fail(event,
              "the slot holds host " + std::to_string(slot.key.host) + ", segment " + std::to_string(slot.key.segment));
}

// Software is not bound by reference bits and floors.
Status ClockChecker::ObserveOrder(const PoolProbe& event) {
  if (Status holds = ExpectHolds(event); !holds.ok()) return holds;
  if (event.kind == ProbeEvent::kOrderedOut) {
    Evicted(slots_[event.slot]);
    slots_[event.slot].ordered_out = true;
  } else {
    slots_[event.slot].referenced = event.kind == ProbeEvent::kMarkHot;
  }
  return {};
}

void ClockChecker::Evicted(Slot& slot) {
  --resident_[slot.key.host];
  evicted_.push_back(slot.key);
  ++evictions_;
  slot_of_.erase(Pack(slot.key));
  slot.used = false;
}

Status ClockChecker::ObserveEvict(const PoolProbe& event) {
  Slot& slot = slots_[event.slot];
  if (slot.referenced) return Fail(event, "the reference bit is set: the slot loses it and stays");
  if (Status holds = ExpectHolds(event); !holds.ok()) return holds;
  if (resident_[event.host] <= floors_[event.host]) {
    return Fail(event, "the host has " + std::to_string(resident_[event.host]) + " slots and keeps " +
                           std::to_string(floors_[event.host]));
  }
  Evicted(slot);
  return {};
}

void ClockChecker::Released(std::uint32_t host, std::uint32_t segment) {
  const auto found = slot_of_.find(Pack({host, segment}));
  if (found == slot_of_.end()) return;
  --resident_[host];
  slots_[found->second].used = false;
  slots_[found->second].referenced = false;
  slot_of_.erase(found);
}

}  // namespace tarn::pool
