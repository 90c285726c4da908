// A world's operator: has members compared with each other and their logs read, and takes members out and in again,
// whatever else goes wrong meanwhile.
#include "sw/dataset/member_core.h"
#include "sw/dataset/simulation/world.h"

namespace tarn::dataset::simulation {

namespace {
constexpr TimeNs kOutForNs = 5 * kSecondNs;
constexpr TimeNs kLookAgainNs = kSecondNs;
constexpr TimeNs kTakeOverAfterNs = 15 * kSecondNs;
constexpr TimeNs kAfterFillNs = 20 * kSecondNs;
constexpr std::uint64_t kPauseMsMin = 3000, kPauseMsSpread = 24'000;
}  // namespace

void World::Operate() {
  const MemberId at = AnyMember();
  const Node& node = nodes_[at];
  const bool serves = node.up && node.member->status(LocalTime(node)).serves;
  // Of a disk that is full the operator keeps off: see README.md, "Limits".
  const bool is_full = fill_ != FillStage::kIdle || now_ - fill_ended_ns_ < kAfterFillNs;
  if (calm_ || random_.Percent(30)) TakeOver();
  if (!serves || paused_ || (is_full && removing_.empty())) return Schedule(kLookAgainNs, {.what = What::kOperate});
  if (TakeBack(at)) return Schedule(kLookAgainNs, {.what = What::kOperate});
  const std::uint64_t roll = random_.Below(100);
  const MemberId out = AnyMember();
  // Nobody takes the last whole copy out.
  const bool may_go = !calm_ && removing_.empty() && !unbroken_.Without(out).empty() && MayCrash(MemberSet::Of(out));
  if (options_.operates && roll < 20 && may_go) {
    removing_ = MemberSet::Of(out);
    removed_ns_ = now_;
    removed_epoch_ = epoch_;
    Ask(at, {.kind = ControlRequest::Kind::kRemoveMember, .member = out});
  } else if (roll < 24 && !calm_ && removing_.empty() && !(unbroken_ - removing_).Without(at).empty()) {
    Ask(at, {.kind = ControlRequest::Kind::kLeave});
  } else {
    const bool scrubs = options_.operates && roll >= 80;
    Ask(at, {.kind = scrubs ? ControlRequest::Kind::kScrub : ControlRequest::Kind::kVerify});
  }
  Schedule(static_cast<TimeNs>(kPauseMsMin + random_.Below(kPauseMsSpread)) * kMillisecondNs, {.what = What::kOperate});
}

// Whoever is out comes in again after a while. True: that is under way.
bool World::TakeBack(MemberId at) {
  const MembershipRecord& record = nodes_[at].member->core().record();
  const MemberSet out = config_.initial_members - record.members;
  if (!removing_.empty() && now_ - removed_ns_ < kOutForNs && !calm_) return true;
  if (!out.empty()) {
    Ask(at, {.kind = ControlRequest::Kind::kAddMember, .member = out.first()});
    return true;
  }
  // No copy to rely on as long as what was asked may still come about (a change of epoch ends that), and until it is in
  // sync again.
  if (record.epoch > removed_epoch_ && record.in_sync.ContainsAll(removing_)) removing_ = {};
  return false;
}

// The mediator has forgotten all, and nobody serves who could tell it: the operator says who has it all. That is one
// that runs on since it had, if there is any; else any that was in sync and whose log is whole. He looks now and then,
// and may take a short silence for a long one: where the others serve again, that must do no harm.
void World::TakeOver() {
  const bool may_return = !mediator_up_ || !mediator_->records().empty() || AnyServes();
  if (may_return) takeover_ns_ = now_;
  if (now_ - takeover_ns_ < kTakeOverAfterNs) return;
  MemberId chosen = kNobody;
  for (const MemberId id : record_.in_sync) {
    const Node& node = nodes_[id];
    if (!node.up) continue;
    const Phase phase = node.member->core().phase();
    const bool waits =
        phase == Phase::kReturning || phase == Phase::kLeaving || phase == Phase::kServing || phase == Phase::kSettling;
    const bool has_all = unbroken_.empty() ? !node.member->core().store().note().incomplete : unbroken_.contains(id);
    if (waits && has_all && chosen == kNobody) chosen = id;
  }
  if (chosen == kNobody || nodes_[chosen].paused) return;
  takeover_ns_ = now_;
  Ask(chosen, {.kind = ControlRequest::Kind::kTakeOver});
}

void World::Ask(MemberId at, ControlRequest request) {
  request.id = kOperatorRequest | next_operation_++;
  if (options_.log) {
    Log("operator at member " + std::to_string(at) + ": " + std::to_string(static_cast<int>(request.kind)) + " of " +
        std::to_string(request.member));
  }
  operator_asked_[request.id] = request.kind;
  StepMember(at, std::move(request));
}

void World::OnOperatorReply(MemberId at, const Reply& reply) {
  const auto asked = operator_asked_.find(reply.id);
  if (asked == operator_asked_.end()) return;
  const ControlRequest::Kind kind = asked->second;
  operator_asked_.erase(asked);
  if (options_.log) Log("operator: " + std::string(dataset::Name(reply.outcome)) + " " + reply.text);
  // Two members that say they have the same write have the same bytes; and no fault here destroys every copy.
  if (kind == ControlRequest::Kind::kVerify && reply.outcome == Outcome::kIo) {
    Violate("a verification finds: " + reply.text);
  }
  if (reply.outcome != Outcome::kOk) return;
  if (kind == ControlRequest::Kind::kTakeOver) ++report_.takeovers;
  if (kind == ControlRequest::Kind::kLeave) {
    ++report_.leaves;
    // Everything is stable at whoever left, and it applies nothing more.
    if (!unbroken_.Without(at).empty()) unbroken_ = unbroken_.Without(at);
    Schedule(50 * kMillisecondNs, {.what = What::kEnd, .node = at, .life = nodes_[at].life});
  }
  if (kind == ControlRequest::Kind::kVerify) ++report_.verifications;
  if (kind == ControlRequest::Kind::kScrub) ++report_.scrubs;
  if (kind == ControlRequest::Kind::kRemoveMember || kind == ControlRequest::Kind::kAddMember) ++report_.member_changes;
}

}  // namespace tarn::dataset::simulation
