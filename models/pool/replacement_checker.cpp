#include "models/pool/replacement_checker.h"

#include <algorithm>
#include <string>

namespace tarn::pool {

Status ReplacementChecker::Fail(const PoolProbe& event, const std::string& why) const {
  return Status::Error("pool event " + std::to_string(events_) + " (" + Name(event.kind) + ", host " +
                       std::to_string(event.host) + ", segment " + std::to_string(event.segment) + ", slot " +
                       std::to_string(event.slot) + "): " + why);
}

Status ReplacementChecker::Observe(const PoolProbe& event) {
  ++events_;
  const bool has_slot =
      event.kind != ProbeEvent::kNone && event.kind != ProbeEvent::kMiss && event.kind != ProbeEvent::kPrefetch;
  if (has_slot && event.slot >= slots_.size()) {
    return Fail(event, "there are " + std::to_string(slots_.size()) + " slots");
  }
  switch (event.kind) {
    case ProbeEvent::kNone:
    case ProbeEvent::kMiss:
    case ProbeEvent::kPrefetch:
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
    case ProbeEvent::kKept:
      return ObserveKept(event);
    case ProbeEvent::kMoved:
      return ObserveMoved(event);
    case ProbeEvent::kEvict:
    case ProbeEvent::kColdOut:
      return ObserveEvict(event);
    case ProbeEvent::kSkip: {
      // One that is on its way out may show; one that is free may not.
      const Slot& slot = slots_[event.slot];
      if (!slot.used && !slot.leaves) return Fail(event, "the slot is free: it cannot be proposed");
      CountSkips(true);
      return {};
    }
    case ProbeEvent::kMarkHot:
    case ProbeEvent::kMarkCold:
    case ProbeEvent::kReleased:
    case ProbeEvent::kOrderedOut:
      return ObserveOfOwner(event);
  }
  return Fail(event, "no such event");
}

Status ReplacementChecker::ObserveHit(const PoolProbe& event) {
  const auto found = slot_of_.find(Pack({event.host, event.segment}));
  if (found == slot_of_.end()) return Fail(event, "a hit, but the segment has no slot");
  if (found->second != event.slot) {
    return Fail(event, "a hit, but the segment is in slot " + std::to_string(found->second));
  }
  ++hits_;
  return {};
}

Status ReplacementChecker::ObserveAssign(const PoolProbe& event) {
  if (slot_of_.contains(Pack({event.host, event.segment}))) return Fail(event, "the segment has a slot already");
  if (Status free = TakeFree(event); !free.ok()) return free;
  Assign(event);
  return {};
}

// Of the slots of a class, those that were never used go first.
Status ReplacementChecker::TakeFree(const PoolProbe& event) {
  const Slot& slot = slots_[event.slot];
  if (slot.used) {
    return Fail(event, "the slot is held by host " + std::to_string(slot.key.host) + ", segment " +
                           std::to_string(slot.key.segment));
  }
  const std::size_t speed = ClassOf(event.slot);
  SlotIndex& next = next_fresh_[speed];
  const std::size_t end = speed == 0 ? std::min<std::size_t>(fast_slots_, slots_.size()) : slots_.size();
  // A move takes its slot before it shows, or is given up: slots that were never used may be passed over.
  const bool moves = fast_slots_ != 0 && fast_slots_ < slots_.size();
  if (slot.fresh && event.slot < next) return {};
  while (moves && next < (slot.fresh ? event.slot : end)) ++next;
  if (slot.fresh && event.slot != next) {
    return Fail(event, "slot " + std::to_string(next) + " is the next that was never used");
  }
  if (!slot.fresh && next < end) return Fail(event, "slot " + std::to_string(next) + " is free and was never used");
  if (slot.fresh) ++next;
  return {};
}

Status ReplacementChecker::ObserveKept(const PoolProbe& event) {
  const Slot& slot = slots_[event.slot];
  if (!slot.leaves || slot.key != SegmentKey{event.host, event.segment}) {
    return Fail(event, "the segment was not about to lose that slot");
  }
  Assign(event);
  return {};
}

Status ReplacementChecker::ObserveMoved(const PoolProbe& event) {
  if (event.from >= slots_.size()) return Fail(event, "there is no slot " + std::to_string(event.from));
  Slot& left = slots_[event.from];
  const SegmentKey key{event.host, event.segment};
  if (!left.used || left.key != key) return Fail(event, "the segment was not in slot " + std::to_string(event.from));
  if (ClassOf(event.from) == ClassOf(event.slot)) return Fail(event, "it stays in its speed class");
  if (Status free = TakeFree(event); !free.ok()) return free;
  left.used = false;
  slots_[event.slot] = {.used = true, .fresh = false, .leaves = false, .key = key};
  slot_of_[Pack(key)] = event.slot;
  return {};
}

void ReplacementChecker::Assign(const PoolProbe& event) {
  const SegmentKey key{event.host, event.segment};
  slots_[event.slot] = {.used = true, .fresh = false, .leaves = false, .key = key};
  slot_of_[Pack(key)] = event.slot;
  ++resident_[key.host];
}

Status ReplacementChecker::ExpectHolds(const PoolProbe& event) const {
  const Slot& slot = slots_[event.slot];
  if (slot.used && slot.key == SegmentKey{event.host, event.segment}) return {};
  return Fail(event, slot.used ? "the slot holds host " + std::to_string(slot.key.host) + ", segment " +
                                     std::to_string(slot.key.segment)
                               : "the slot is free");
}

Status ReplacementChecker::ObserveOfOwner(const PoolProbe& event) {
  if (Status holds = ExpectHolds(event); !holds.ok()) return holds;
  Slot& slot = slots_[event.slot];
  if (event.kind == ProbeEvent::kReleased) {
    Leave(slot);
    slot.leaves = false;
    CountSkips(false);
  } else if (event.kind == ProbeEvent::kOrderedOut) {
    Leave(slot);
    CountSkips(false);
    evicted_.push_back(slot.key);
    ++evictions_;
  }
  return {};
}

Status ReplacementChecker::ObserveEvict(const PoolProbe& event) {
  if (Status holds = ExpectHolds(event); !holds.ok()) return holds;
  if (resident_[event.host] <= floors_[event.host]) {
    return Fail(event, "the host has " + std::to_string(resident_[event.host]) + " slots and keeps " +
                           std::to_string(floors_[event.host]));
  }
  if (ShareKeeps(event.host)) {
    return Fail(event, "the host has " + std::to_string(resident_[event.host]) + " slots, a share of " +
                           std::to_string(shares_[event.host]) + ", and another host is above its own");
  }
  Slot& slot = slots_[event.slot];
  Leave(slot);
  if (event.kind == ProbeEvent::kEvict) {
    skips_ = 0;
    shares_suspended_ = false;
  }
  CountSkips(false);
  evicted_.push_back(slot.key);
  ++evictions_;
  return {};
}

bool ReplacementChecker::ShareKeeps(std::uint32_t host) const {
  const auto of = [](const auto& map, std::uint32_t key) {
    const auto found = map.find(key);
    return found == map.end() ? 0 : found->second;
  };
  if (shares_suspended_ || of(resident_, host) > of(shares_, host)) return false;
  // One that its host is giving back does not show until it is free, but is no longer counted.
  constexpr std::uint32_t kGoing = 1;
  return std::any_of(resident_.begin(), resident_.end(), [&](const auto& other) {
    return other.second > kGoing + std::max(of(shares_, other.first), of(floors_, other.first));
  });
}

// Each slot that somebody has was skipped: then there is nobody left to take one from.
void ReplacementChecker::CountSkips(bool skip) {
  skips_ += skip ? 1 : 0;
  std::uint64_t used = 0;
  for (const auto& [host, slots] : resident_) used += slots;
  if (skips_ >= used) shares_suspended_ = true;
}

void ReplacementChecker::Leave(Slot& slot) {
  --resident_[slot.key.host];
  slot_of_.erase(Pack(slot.key));
  slot.used = false;
  slot.leaves = true;
}

}  // namespace tarn::pool
