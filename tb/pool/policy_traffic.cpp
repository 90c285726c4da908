#include "tb/pool/policy_traffic.h"

#include <algorithm>

namespace tarn::tb {

using pool::PolicyEventKind;

PolicyTraffic::PolicyTraffic(const PolicyTrafficOptions& options)
    : options_(options), random_(options.seed), holders_(options.slots) {
  for (std::uint32_t slot = 0; slot < options.slots; ++slot) free_.push_back(slot);
}

PolicyTestEvent PolicyTraffic::EventOf(PolicyEventKind kind, std::uint32_t slot, Holder holder) const {
  return {.valid = true, .kind = kind, .slot = slot, .host = holder.host, .segment = holder.segment};
}

std::optional<std::uint32_t> PolicyTraffic::AnyUsed() {
  const auto begin = static_cast<std::uint32_t>(random_.Below(options_.slots));
  for (std::uint32_t i = 0; i < options_.slots; ++i) {
    const std::uint32_t slot = (begin + i) % options_.slots;
    if (holders_[slot]) return slot;
  }
  return std::nullopt;
}

std::optional<PolicyTestEvent> PolicyTraffic::Answer(const PolicyCycle& before) {
  // An answer of the cycle before ends the proposal that was seen there.
  const bool answered = before.event.valid && (before.event.kind == PolicyEventKind::kTaken ||
                                               before.event.kind == PolicyEventKind::kSkipped ||
                                               before.event.kind == PolicyEventKind::kNotNow);
  if (!before.victim_valid || answered || !random_.Percent(options_.answer)) return std::nullopt;
  const std::uint32_t slot = before.victim_slot;
  const std::optional<Holder> holder = holders_[slot];
  if (random_.Percent(options_.not_now)) {
    return EventOf(PolicyEventKind::kNotNow, slot, holder.value_or(Holder{}));
  }
  if (!holder || now_ < skip_all_until_ || random_.Percent(options_.skip)) {
    return EventOf(PolicyEventKind::kSkipped, slot, holder.value_or(Holder{}));
  }
  leaving_.push_back({.slot = slot, .holder = *holder, .ends = now_ + 1 + random_.Below(30)});
  holders_[slot].reset();
  return EventOf(PolicyEventKind::kTaken, slot, *holder);
}

// The oldest page-out ends: its slot is free, or holds its segment again.
std::optional<PolicyTestEvent> PolicyTraffic::EndPageOut() {
  if (leaving_.empty() || leaving_.front().ends > now_) return std::nullopt;
  const Leaving leaving = leaving_.front();
  leaving_.pop_front();
  if (!random_.Percent(options_.keep)) {
    slot_of_.erase(Pack(leaving.holder));
    free_.push_back(leaving.slot);
    return std::nullopt;
  }
  holders_[leaving.slot] = leaving.holder;
  return EventOf(PolicyEventKind::kKept, leaving.slot, leaving.holder);
}

std::optional<PolicyTestEvent> PolicyTraffic::Assign() {
  if (quiet_ || emptying_ || free_.empty() || !random_.Percent(options_.assign)) return std::nullopt;
  // Neighbours of what was used last come back more often than others.
  const Holder holder{.host = static_cast<std::uint32_t>(random_.Below(options_.hosts)),
                      .segment = static_cast<std::uint32_t>(std::min(random_.Below(options_.segments_per_host),
                                                                     random_.Below(options_.segments_per_host)))};
  if (slot_of_.contains(Pack(holder))) return std::nullopt;
  const std::uint32_t slot = free_.front();
  free_.pop_front();
  slot_of_[Pack(holder)] = slot;
  holders_[slot] = holder;
  last_slot_ = slot;
  return EventOf(PolicyEventKind::kAssign, slot, holder);
}

std::optional<PolicyTestEvent> PolicyTraffic::Release() {
  if (!emptying_ && (quiet_ || !random_.Percent(options_.release))) return std::nullopt;
  const auto slot = AnyUsed();
  if (!slot) return std::nullopt;
  const Holder holder = *holders_[*slot];
  holders_[*slot].reset();
  slot_of_.erase(Pack(holder));
  free_.push_back(*slot);
  return EventOf(PolicyEventKind::kRelease, *slot, holder);
}

// To the slot that has been free for the longest.
std::optional<PolicyTestEvent> PolicyTraffic::Move() {
  if (quiet_ || emptying_ || free_.empty() || !random_.Percent(options_.move)) return std::nullopt;
  const auto from = AnyUsed();
  if (!from) return std::nullopt;
  const std::uint32_t to = free_.front();
  free_.pop_front();
  const Holder holder = *holders_[*from];
  holders_[*from].reset();
  holders_[to] = holder;
  slot_of_[Pack(holder)] = to;
  free_.push_back(*from);
  PolicyTestEvent event = EventOf(PolicyEventKind::kMoved, to, holder);
  event.from = *from;
  return event;
}

std::optional<PolicyTestEvent> PolicyTraffic::Access() {
  if (quiet_ || emptying_ || !random_.Percent(options_.access)) return std::nullopt;
  std::optional<std::uint32_t> slot;
  if (last_slot_ && holders_[*last_slot_] && random_.Percent(options_.same_again)) slot = last_slot_;
  if (!slot && random_.Percent(options_.hot)) {
    const auto hot = static_cast<std::uint32_t>(random_.Below(1 + options_.slots / 4));
    if (holders_[hot]) slot = hot;
  }
  if (!slot) slot = AnyUsed();
  if (!slot) return std::nullopt;
  last_slot_ = slot;
  return EventOf(PolicyEventKind::kAccess, *slot, *holders_[*slot]);
}

PolicyTestEvent PolicyTraffic::Next(const PolicyCycle& before) {
  ++now_;
  if (now_ >= skip_all_until_ && random_.Below(1000) < options_.skip_all) skip_all_until_ = now_ + 20 * options_.slots;
  const bool short_of = free_.size() + leaving_.size() < options_.reserve;
  wanted_ = short_of && !emptying_ && !random_.Percent(options_.unwanted);
  std::optional<PolicyTestEvent> event;
  not_ready_ = before.ready ? 0 : not_ready_ + 1;
  if (not_ready_ < options_.slack) {
    event = EndPageOut();
    if (!event) event = Answer(before);
    if (!event) event = Release();
    if (!event) event = Assign();
    if (!event) event = Move();
  }
  if (!event) event = Access();
  return event.value_or(PolicyTestEvent{});
}

}  // namespace tarn::tb
