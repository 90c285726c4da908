// Changes of objects and of members. One member, the chair, brings them about, one after the other: no write is under
// way anywhere while objects change, so that a snapshot is one moment of its volume at every member.
#include <algorithm>

#include "sw/dataset/member_core.h"

namespace tarn::dataset {

using Kind = ControlRequest::Kind;

namespace {

constexpr std::size_t kWaitingControlMax = 64;
constexpr std::size_t kControlSeenMax = 4096;

bool IsObjectChange(Kind kind) { return kind <= Kind::kDelete; }
bool IsMemberChange(Kind kind) { return kind == Kind::kAddMember || kind == Kind::kRemoveMember; }

}  // namespace

void MemberCore::OnControl(const ControlRequest& request) {
  const auto refuse = [&](Outcome outcome, const std::string& why) {
    actions_->emplace_back(Reply{.id = request.id, .outcome = outcome, .text = why});
  };
  if (request.kind == Kind::kTakeOver) {
    const bool has_all = IsInSync() || phase_ == Phase::kLeaving;
    const bool serves = phase_ == Phase::kServing && HasLease();
    if (serves || (!has_all && (phase_ != Phase::kReturning || store_.was_blank()))) {
      return refuse(Outcome::kInvalid, std::string("this member is ") + Name(phase_) + ", not waiting for others");
    }
    if (!KnowsMembership()) return refuse(Outcome::kInvalid, "the mediator is not reached");
    if (has_all) phase_ = Phase::kLeaving;  // through with this epoch, whatever comes
    resync_.reset();
    takes_over_ = true;
    ClaimAlone();
    return refuse(Outcome::kOk, "going on without the others");
  }
  if (phase_ != Phase::kServing) return refuse(Outcome::kUnavailable, std::string("this member is ") + Name(phase_));
  if (request.kind == Kind::kLeave) {
    if (leave_) return refuse(Outcome::kBusy, "it is leaving already");
    leave_ = request.id;
    DriveLeave();
    return;
  }
  if (request.kind == Kind::kVerify || request.kind == Kind::kScrub) {
    BeginCheck(request);
    return;
  }
  const std::uint64_t token = next_token_++;
  forwarded_[token] = {.id = request.id, .since_ns = now_, .kind = request.kind, .member = request.member};
  if (Chair() == config_.self) {
    BeginControl({.from = config_.self, .token = token, .request = request});
  } else {
    SendTo(MemberSet::Of(Chair()), ControlForward{.token = token, .request = request});
  }
}

void MemberCore::AnswerControl(MemberId from, std::uint64_t token, Outcome outcome, ObjectId object) {
  if (from != config_.self) {
    SendTo(MemberSet::Of(from), ControlAnswer{.token = token, .outcome = outcome, .object = object});
    return;
  }
  const auto found = forwarded_.find(token);
  if (found == forwarded_.end()) return;
  actions_->emplace_back(Reply{.id = found->second.id, .outcome = outcome, .object = object});
  forwarded_.erase(found);
}

void MemberCore::BeginControl(WaitingControl waiting) {
  if (!control_seen_.emplace(waiting.from, waiting.token).second) return;
  if (control_seen_.size() > kControlSeenMax) control_seen_.erase(control_seen_.begin());
  const bool is_mine =
      phase_ == Phase::kServing && Chair() == config_.self && waiting_control_.size() < kWaitingControlMax;
  if (!is_mine) {
    AnswerControl(waiting.from, waiting.token, Outcome::kUnavailable, kNoObject);
    return;
  }
  if (IsMemberChange(waiting.request.kind)) {
    BeginMemberChange(waiting);
  } else if (IsObjectChange(waiting.request.kind)) {
    waiting_control_.push_back(std::move(waiting));
    DriveChair();
  } else {
    AnswerControl(waiting.from, waiting.token, Outcome::kInvalid, kNoObject);
  }
}

void MemberCore::BeginMemberChange(const WaitingControl& waiting) {
  const MemberId member = waiting.request.member;
  const bool makes_sense = member != kNobody && member <= kMembersMax &&
                           record_.members.contains(member) == (waiting.request.kind == Kind::kRemoveMember) &&
                           (waiting.request.kind == Kind::kAddMember || record_.in_sync != MemberSet::Of(member));
  if (!makes_sense || member_change_) {
    AnswerControl(waiting.from, waiting.token, makes_sense ? Outcome::kBusy : Outcome::kInvalid, kNoObject);
    return;
  }
  // To be left behind, it must not be the one who does it.
  if (member == config_.self) {
    AnswerControl(waiting.from, waiting.token, Outcome::kInvalid, kNoObject);
    return;
  }
  member_change_ = waiting;
  DriveSet();
}

// ---------------------------------------------------------------- the chair

void MemberCore::DriveChair() {
  if (!chair_change_ && phase_ == Phase::kServing && Chair() == config_.self && !waiting_control_.empty()) {
    const WaitingControl waiting = std::move(waiting_control_.front());
    waiting_control_.pop_front();
    BeginObjectChange(waiting);
  }
  if (!chair_change_) return;
  ChairChange& change = *chair_change_;
  const MemberSet needed = change.applying ? OtherCopies() : OthersInSync();
  if (!change.applying && mine_ == 0 && change.done.ContainsAll(needed)) {
    change.applying = true;
    change.done = {};
    ApplyChange(change.change);
    AfterSync({.what = SyncWaiter::What::kChangeHere, .token = change.serial});
    SendChairChange();
  } else if (now_ - change.sent_ns >= config_.retransmit_ns) {
    SendChairChange();
  }
  if (change.applying && change.stable && change.done.ContainsAll(OtherCopies())) FinishChairChange();
}

void MemberCore::BeginObjectChange(const WaitingControl& waiting) {
  const ControlRequest& request = waiting.request;
  ObjectChange change = {.kind = static_cast<ObjectChange::Kind>(request.kind),
                         .object = request.object,
                         .name = request.name,
                         .blocks = request.size_bytes / config_.block_bytes};
  Outcome outcome = store_.graph().Judge(change);
  const bool sized = request.kind == Kind::kCreateVolume || request.kind == Kind::kGrow;
  if (sized && request.size_bytes % config_.block_bytes != 0) outcome = Outcome::kInvalid;
  const bool makes = request.kind != Kind::kGrow && request.kind != Kind::kDelete;
  if (outcome == Outcome::kOk && makes && store_.graph().objects().size() >= store_.objects_max())
    outcome = Outcome::kNoSpace;
  if (outcome != Outcome::kOk) {
    AnswerControl(waiting.from, waiting.token, outcome, kNoObject);
    DriveChair();
    return;
  }
  chair_change_ = ChairChange{
      .serial = store_.graph().serial() + 1, .change = std::move(change), .from = waiting.from, .token = waiting.token};
  frozen_ = chair_change_->serial;
  SendChairChange();
}

void MemberCore::SendChairChange() {
  ChairChange& change = *chair_change_;
  change.sent_ns = now_;
  if (change.applying) {
    SendTo(OtherCopies() - change.done, ControlApply{.serial = change.serial, .change = change.change});
  } else {
    SendTo(OthersInSync() - change.done, ControlPrepare{.serial = change.serial});
  }
}

void MemberCore::OnPrepared(MemberId from, std::uint64_t serial) {
  if (!chair_change_ || chair_change_->applying || chair_change_->serial != serial) return;
  chair_change_->done = chair_change_->done.With(from);
  DriveChair();
}

void MemberCore::OnApplied(MemberId from, std::uint64_t serial) {
  if (chair_change_ && chair_change_->applying && chair_change_->serial == serial) {
    chair_change_->done = chair_change_->done.With(from);
    DriveChair();
  }
  if (phase_ == Phase::kSettling && last_change_ && last_change_->first == serial) {
    replayed_to_ = replayed_to_.With(from);
    if (replayed_to_.ContainsAll(OtherCopies())) OnControlDone(serial);
  }
}

void MemberCore::FinishChairChange() {
  const ChairChange change = *chair_change_;
  chair_change_.reset();
  OnControlDone(change.serial);
  SendTo(OthersInSync(), ControlDone{.serial = change.serial});
  const bool makes = change.change.kind <= ObjectChange::Kind::kClone;
  AnswerControl(change.from, change.token, Outcome::kOk,
                makes ? store_.graph().next_object() - 1 : change.change.object);
  DriveChair();
}

// ---------------------------------------------------------------- everyone

void MemberCore::OnPrepare(MemberId from, std::uint64_t serial) {
  if (!IsInSync() || from != Chair() || serial != store_.graph().serial() + 1) return;
  frozen_ = serial;
  owes_prepared_ = true;
  CheckPrepared();
}

void MemberCore::CheckPrepared() {
  if (mine_ != 0 || !IsInSync()) return;
  owes_prepared_ = false;
  SendTo(MemberSet::Of(Chair()), ControlPrepared{.serial = frozen_});
}

void MemberCore::OnApply(MemberId from, const ControlApply& body) {
  const bool takes = IsInSync() || (phase_ == Phase::kLearning && ((resync_ && resync_->has_table) || up_to_date_));
  if (!takes || !record_.in_sync.contains(from) || body.serial > store_.graph().serial() + 1) return;
  if (body.serial == store_.graph().serial() + 1) {
    if (store_.graph().Judge(body.change) != Outcome::kOk) {
      Fail("a change of objects makes no sense here: this member's objects differ from the others'");
      return;
    }
    ApplyChange(body.change);
  }
  // Objects are on stable storage before anyone is told of them.
  AfterSync({.what = SyncWaiter::What::kChangeOfPeer, .from = from, .token = body.serial});
}

void MemberCore::ApplyChange(const ObjectChange& change) {
  const ObjectId made = store_.Apply(change, *actions_);
  last_change_ = {store_.graph().serial(), change};
  if (resync_) ResyncAfterChange(change, made);
}

void MemberCore::OnControlDone(std::uint64_t serial) {
  if (serial > store_.graph().serial()) return;
  control_done_ = std::max(control_done_, serial);
  if (frozen_ <= control_done_) frozen_ = 0;
  owes_prepared_ = owes_prepared_ && frozen_ != 0;
  run_held_ = true;
  CheckSettled();
}

// In a new epoch: a change that this member has applied, and that it does not know all to have applied.
void MemberCore::ReplayChange() {
  if (!last_change_ || last_change_->first <= control_done_) return;
  if (OtherCopies().empty()) {
    control_done_ = last_change_->first;
    return;
  }
  SendTo(OtherCopies() - replayed_to_, ControlApply{.serial = last_change_->first, .change = last_change_->second});
}

// A new epoch: what was not applied anywhere does not come about; what was is replayed.
void MemberCore::AbortControl() {
  control_seen_.clear();
  frozen_ = 0;
  owes_prepared_ = false;
  if (chair_change_) {
    const ChairChange change = *chair_change_;
    chair_change_.reset();
    AnswerControl(change.from, change.token, Outcome::kUnknown, kNoObject);
  }
  for (const WaitingControl& waiting : waiting_control_) {
    AnswerControl(waiting.from, waiting.token, Outcome::kUnavailable, kNoObject);
  }
  waiting_control_.clear();
  if (member_change_) {
    const bool done = CameAbout(member_change_->request.kind, member_change_->request.member);
    AnswerControl(member_change_->from, member_change_->token, done ? Outcome::kOk : Outcome::kUnknown, kNoObject);
    member_change_.reset();
    removing_.reset();
  }
  // What the chair would say is of the epoch before.
  while (!forwarded_.empty()) {
    const auto& [token, forwarded] = *forwarded_.begin();
    const bool done = CameAbout(forwarded.kind, forwarded.member);
    AnswerControl(config_.self, token, done ? Outcome::kOk : Outcome::kUnknown, kNoObject);
  }
}

// Whether the membership in force now is what a change of members was to bring about.
bool MemberCore::CameAbout(Kind kind, MemberId member) const {
  return IsMemberChange(kind) && record_.members.contains(member) == (kind == Kind::kAddMember);
}

// Leaving in order: nothing new, what is under way ends, everything is stable.
void MemberCore::DriveLeave() {
  if (!leave_ || !requests_.empty() || mine_ != 0) return;
  AfterSync({.what = SyncWaiter::What::kLeft});
}

}  // namespace tarn::dataset
