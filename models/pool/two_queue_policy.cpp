#include "models/pool/two_queue_policy.h"

#include <algorithm>

namespace tarn::pool {

const char* Name(PolicyStepKind kind) {
  switch (kind) {
    case PolicyStepKind::kPromoted:
      return "promoted";
    case PolicyStepKind::kPassed:
      return "passed";
    case PolicyStepKind::kProposed:
      return "proposed";
    case PolicyStepKind::kChallenged:
      return "challenged";
    case PolicyStepKind::kToYoung:
      return "to young";
    case PolicyStepKind::kToOld:
      return "to old";
    case PolicyStepKind::kLeft:
      return "left";
    case PolicyStepKind::kTurned:
      return "turned";
    case PolicyStepKind::kStayed:
      return "stayed";
    case PolicyStepKind::kAllSkipped:
      return "all skipped";
    case PolicyStepKind::kMoved:
      return "moved";
  }
  return "?";
}

std::string ToString(const PolicyStep& step) {
  return std::string(Name(step.kind)) + " slot " + std::to_string(step.slot);
}

TwoQueuePolicy::TwoQueuePolicy(const TwoQueueSettings& settings)
    : settings_(settings), slots_(settings.slots), ghost_(settings.slots_max) {
  set_rule(0);
}

void TwoQueuePolicy::set_rule(unsigned rule) {
  rule_ = kPolicyRules[rule];
  young_max_ = ShareOf(settings_.slots, rule_.young_share);
  ghost_max_ = ShareOf(settings_.slots, rule_.ghost_share);
  const std::uint32_t not_old = young_max_ + settings_.spare;
  old_max_ = settings_.slots > not_old ? settings_.slots - not_old : 0;
}

void TwoQueuePolicy::Push(Where where, SlotIndex slot) {
  Queue& queue = QueueOf(where);
  if (queue.size == 0) {
    queue.head = slot;
  } else {
    slots_[queue.tail].next = slot;
    slots_[slot].previous = queue.tail;
  }
  queue.tail = slot;
  slots_[slot].where = where;
  ++queue.size;
}

void TwoQueuePolicy::Unlink(SlotIndex slot) {
  Slot& state = slots_[slot];
  Queue& queue = QueueOf(state.where);
  if (queue.head != slot) slots_[state.previous].next = state.next;
  if (queue.tail != slot) slots_[state.next].previous = state.previous;
  if (queue.head == slot) queue.head = state.next;
  if (queue.tail == slot) queue.tail = state.previous;
  state.where = Where::kNowhere;
  --queue.size;
}

void TwoQueuePolicy::Replace(SlotIndex from, SlotIndex to) {
  Slot& left = slots_[from];
  Queue& queue = QueueOf(left.where);
  slots_[to].where = left.where;
  slots_[to].next = left.next;
  slots_[to].previous = left.previous;
  if (queue.head == from) {
    queue.head = to;
  } else {
    slots_[left.previous].next = to;
  }
  if (queue.tail == from) {
    queue.tail = to;
  } else {
    slots_[left.next].previous = to;
  }
  left.where = Where::kNowhere;
}

void TwoQueuePolicy::Observe(const PolicyEvent& event) {
  std::uint32_t& hits = slots_[event.slot].hits;
  switch (event.kind) {
    case PolicyEventKind::kAccess:
      hits = hits == kFresh ? 0 : std::min(hits + 1, kPolicyHitsMax);
      return;
    case PolicyEventKind::kCold:
      hits = 0;
      return;
    case PolicyEventKind::kAssign:
      hits = kFresh;
      break;
    case PolicyEventKind::kKept:
    case PolicyEventKind::kMoved:
      hits = 0;
      break;
    default:
      break;
  }
  pending_.push_back(event);
}

PolicyStep TwoQueuePolicy::Promote(SlotIndex slot) {
  Unlink(slot);
  slots_[slot].hits = 0;
  Push(Where::kOld, slot);
  ++steps_;
  return {PolicyStepKind::kPromoted, slot};
}

PolicyStep TwoQueuePolicy::Propose(SlotIndex slot) {
  proposing_ = true;
  proposed_ = slot;
  steps_ = 0;
  return {PolicyStepKind::kProposed, slot};
}

void TwoQueuePolicy::PassOld() {
  const SlotIndex slot = old_.head;
  slots_[slot].hits = HitsOf(slots_[slot]) - 1;
  Unlink(slot);
  Push(Where::kOld, slot);
}

PolicyStep TwoQueuePolicy::StepOfYoung() {
  const SlotIndex slot = young_.head;
  const bool promoted = HitsOf(slots_[slot]) >= rule_.promote_hits;
  return promoted && !Hurried() ? Promote(slot) : Propose(slot);
}

PolicyStep TwoQueuePolicy::StepOfOld() {
  const SlotIndex slot = old_.head;
  if (HitsOf(slots_[slot]) == 0 || Hurried()) return Propose(slot);
  PassOld();
  ++steps_;
  return {PolicyStepKind::kPassed, slot};
}

std::optional<PolicyStep> TwoQueuePolicy::StepOfHand() {
  if (young_.size + old_.size == 0) return std::nullopt;
  if (young_.exhausted() && old_.exhausted()) {
    young_.skips = 0;
    old_.skips = 0;
    return PolicyStep{PolicyStepKind::kAllSkipped, 0};
  }
  // After a start, or when a rule with a smaller young queue took over: what is there stays.
  if (young_.size > young_max_ && old_.size < old_max_ && !Hurried()) return Promote(young_.head);
  const bool prefers_old = old_.size > old_max_;
  const bool from_old = young_.exhausted() || (prefers_old && !old_.exhausted());
  return from_old ? StepOfOld() : StepOfYoung();
}

PolicyStep TwoQueuePolicy::StepOfAssign(const PolicyEvent& event) {
  const auto fingerprint = static_cast<std::uint32_t>(PolicyHash(event.key));
  bool to_old = false;
  if (!challenging_) {
    to_old = ghost_.Take(fingerprint, ghost_max_);
    challenging_ = to_old && rule_.challenge_max != 0 && old_.size >= old_max_;
    challenges_ = 0;
  }
  if (challenging_) {
    const bool last = challenges_ == rule_.challenge_max || old_.size == 0;
    to_old = !last && HitsOf(slots_[old_.head]) == 0;
    if (!last && !to_old) {
      const SlotIndex slot = old_.head;
      PassOld();
      ++challenges_;
      return {PolicyStepKind::kChallenged, slot};
    }
  }
  challenging_ = false;
  pending_.pop_front();
  Push(to_old ? Where::kOld : Where::kYoung, event.slot);
  return {to_old ? PolicyStepKind::kToOld : PolicyStepKind::kToYoung, event.slot};
}

std::optional<PolicyStep> TwoQueuePolicy::StepOfEvent() {
  const PolicyEvent event = pending_.front();
  if (event.kind == PolicyEventKind::kAssign) return StepOfAssign(event);
  pending_.pop_front();
  const Where where = slots_[event.slot].where;
  switch (event.kind) {
    case PolicyEventKind::kKept:
      Push(Where::kYoung, event.slot);
      return PolicyStep{PolicyStepKind::kToYoung, event.slot};
    case PolicyEventKind::kTaken:
      if (where == Where::kYoung) ghost_.Remember(static_cast<std::uint32_t>(PolicyHash(event.key)));
      young_.skips = 0;
      old_.skips = 0;
      [[fallthrough]];
    case PolicyEventKind::kRelease:
      if (event.kind == PolicyEventKind::kTaken) proposing_ = false;
      Unlink(event.slot);
      return PolicyStep{PolicyStepKind::kLeft, event.slot};
    case PolicyEventKind::kMoved:
      Replace(event.from, event.slot);
      return PolicyStep{PolicyStepKind::kMoved, event.slot};
    case PolicyEventKind::kSkipped:
      proposing_ = false;
      if (where == Where::kNowhere) return PolicyStep{PolicyStepKind::kStayed, event.slot};
      Unlink(event.slot);
      Push(where, event.slot);
      ++QueueOf(where).skips;
      return PolicyStep{PolicyStepKind::kTurned, event.slot};
    default:
      proposing_ = false;
      return PolicyStep{PolicyStepKind::kStayed, event.slot};
  }
}

std::optional<PolicyStep> TwoQueuePolicy::Step(bool wanted) {
  if (!pending_.empty()) return StepOfEvent();
  if (!wanted || proposing_) return std::nullopt;
  return StepOfHand();
}

std::string TwoQueuePolicy::CheckQueues(const std::vector<bool>& used) const {
  std::vector<int> seen(slots_.size(), 0);
  for (const Queue* const queue : {&young_, &old_}) {
    SlotIndex slot = queue->head;
    for (std::uint32_t place = 0; place < queue->size; ++place, slot = slots_[slot].next) ++seen[slot];
  }
  for (SlotIndex slot = 0; slot < slots_.size(); ++slot) {
    if (seen[slot] != (used[slot] ? 1 : 0)) {
      return "slot " + std::to_string(slot) + (used[slot] ? ", used," : ", free,") + " is in queues " +
             std::to_string(seen[slot]) + " times";
    }
  }
  return {};
}

}  // namespace tarn::pool
