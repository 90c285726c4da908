// Leases, epochs and the mediator. The argument for their safety stands in README.md.
#include <algorithm>

#include "sw/dataset/member_core.h"

namespace tarn::dataset {

namespace {
// A mediator that lost its state may have made swaps that not all have heard of. What it is given back is a later
// membership than any of them: each takes a write to stable storage at least, and the chair's lease, which it holds
// from all copies, has no time for so many.
constexpr Epoch kEpochsSkipped = 1024;
// Whom the operator sends on alone may not have heard of what others gave back.
constexpr Epoch kEpochsSkippedByTakeOver = kEpochsSkipped * 1024;
}  // namespace

// ---------------------------------------------------------------- heartbeats and leases

void MemberCore::SendHeartbeats(MemberSet to) {
  const MemberSet silent = SilentMembers();
  for (const MemberId member : to) {
    Peer& peer = peers_[member];
    // An echo is a promise not to go on without the other for a lease: none for whom this member is about to leave
    // behind.
    const bool promises = (IsInSync() || phase_ == Phase::kLearning) && record_.copies().contains(member) &&
                          !silent.contains(member) && peer.their_sent_ns != 0 && removing_ != member;
    if (promises) peer.promised_ns = now_;
    SendTo(MemberSet::Of(member),
           Heartbeat{.phase = phase_,
                     .settled = settled_ && IsInSync(),
                     .up_to_date = up_to_date_ && phase_ == Phase::kLearning,
                     .incomplete = LacksSomething(),
                     .record = record_,
                     .sent_ns = now_,
                     .echo_ns = promises ? peer.their_sent_ns : 0,
                     .floor = IsInSync() ? Floor() : 0,  // who stepped out forgot what was under way
                     .control_done = control_done_,
                     .free_bytes = store_.free_bytes()});
  }
}

void MemberCore::OnHeartbeat(MemberId from, const Message& message, const Heartbeat& body) {
  if (body.record.epoch > record_.epoch) Adopt(body.record);
  Peer& peer = peers_[from];
  if (message.epoch != record_.epoch) {
    ++refused_;
    // It is behind: let it know, but not in a circle.
    if (message.epoch < record_.epoch && now_ - peer.pushed_ns > config_.heartbeat_ns / 2) {
      peer.pushed_ns = now_;
      SendHeartbeats(MemberSet::Of(from));
    }
    if (config_.planted != PlantedBug::kSkipFencing) return;
  }
  if (peer.incarnation != message.incarnation) {
    peer.incarnation = message.incarnation;
    peer.their_sent_ns = 0;
    peer.up_to_date = false;
  }
  const bool is_first = peer.their_sent_ns == 0;
  peer.phase = body.phase;
  peer.heard_in_epoch = true;
  peer.heard_ns = now_;
  peer.their_sent_ns = std::max(peer.their_sent_ns, body.sent_ns);
  peer.incomplete = body.incomplete;
  peer.free_bytes = body.free_bytes;
  peer.up_to_date = peer.up_to_date || body.up_to_date;
  if (body.echo_ns >= epoch_begun_ns_ && body.echo_ns <= now_)
    peer.lease_from_ns = std::max(peer.lease_from_ns, body.echo_ns);
  if (is_first && record_.copies().contains(from)) SendHeartbeats(MemberSet::Of(from));  // its lease need not wait
  if (!IsInSync() && phase_ != Phase::kLearning) return;
  if (body.control_done > control_done_ && record_.in_sync.contains(from)) OnControlDone(body.control_done);
  peer.floor = std::max(peer.floor, body.floor);
  DropCommitted(from, body.floor);
  if (body.settled && !peer.settled) {
    peer.settled = true;
    CheckSettled();
  }
  if (!held_.empty()) run_held_ = true;
}

TimeNs MemberCore::LeaseEnd(MemberId member) const {
  const Peer& peer = peers_[member];
  return peer.lease_from_ns == 0 ? INT64_MIN / 2 : peer.lease_from_ns + config_.lease_ns;
}

bool MemberCore::HasLease(TimeNs now) const {
  if (config_.planted == PlantedBug::kStaleLease) return true;
  // Of learners too: one of them may be in sync already, by a swap whose answer this member has not heard.
  const MemberSet others = OtherCopies();
  return std::all_of(others.begin(), others.end(), [&](MemberId member) { return now < LeaseEnd(member); });
}

// ---------------------------------------------------------------- epochs

void MemberCore::Adopt(const MembershipRecord& next) {
  if (next.epoch <= record_.epoch || phase_ == Phase::kRecovering || phase_ == Phase::kFailed) return;
  const bool claimed = claim_ && *claim_ == next;
  const bool was_whole =
      IsInSync() || phase_ == Phase::kLeaving || (phase_ == Phase::kLearning && up_to_date_) || claimed;
  record_ = next;
  epoch_begun_ns_ = now_;
  ForgetOwed();  // of an epoch that is over
  counter_ = 0;
  settled_ = up_to_date_ = false;
  silent_since_ns_ = kNeverNs;
  takes_over_ = false;
  proposal_.reset();
  proposal_gives_back_ = false;
  claim_.reset();
  replayed_to_ = {};
  for (Peer& peer : peers_) {
    peer.settled = peer.up_to_date = peer.heard_in_epoch = false;
    peer.their_sent_ns = peer.lease_from_ns = 0;
    peer.floor = 0;
    peer.heard_ns = peer.promised_ns = now_;
  }
  actions_->emplace_back(Note{.text = ToText(record_)});
  AbortControl();
  resync_.reset();
  content_answers_.clear();
  verify_answers_.clear();
  repair_.reset();
  lost_.clear();  // others may have it now
  FinishCheck("the membership changed", Outcome::kUnknown);
  EnterPhaseOf(next, was_whole);
  MembershipNote note = store_.note();
  note.record = record_;
  note.incomplete = note.incomplete && !(IsInSync());
  if (phase_ == Phase::kLearning) note.incomplete = true;
  store_.Remember(note, *actions_);
  next_heartbeat_ns_ = now_;
  wake_ns_ = now_;
}

void MemberCore::EnterPhaseOf(const MembershipRecord& next, bool was_whole) {
  if (phase_ == Phase::kLeft) return;
  if (!next.members.contains(config_.self)) {
    trouble_ = "this member is not one of the dataset's any more";
    StepOut(Phase::kRefused);
    return;
  }
  if (next.in_sync.contains(config_.self) && (was_whole || config_.planted == PlantedBug::kServeAfterRestart)) {
    must_sync_ = must_sync_ || phase_ == Phase::kLearning;
    BeginSettling();
    return;
  }
  const bool is_learner = next.learners.contains(config_.self);
  if (!next.copies().contains(config_.self)) seen_out_ = true;
  if (is_learner && seen_out_) {
    StepOut(Phase::kLearning);
    BeginResync(/*merging=*/false);
    return;
  }
  StepOut(next.copies().contains(config_.self) ? Phase::kReturning : Phase::kStandby);
}

// No longer in sync: what was under way is for the others to resolve.
void MemberCore::StepOut(Phase phase) {
  phase_ = phase;
  must_sync_ = false;
  ForgetOwed();
  pending_.clear();
  mine_ = 0;
  mine_bytes_ = 0;
  FailRequestsUnderWay();
  if (phase == Phase::kFailed || phase == Phase::kRefused || phase == Phase::kLeft) {
    resync_.reset();
    while (!requests_.empty()) Answer(*requests_.begin()->second, Outcome::kUnavailable);
    held_.clear();
  }
  if (leave_) actions_->emplace_back(Reply{.id = *leave_, .outcome = Outcome::kUnknown});
  leave_.reset();
}

// What was in flight is applied by all of the new set before anyone serves: whoever has it sends it again.
void MemberCore::BeginSettling() {
  phase_ = Phase::kSettling;
  flushes_.clear();
  for (auto& [id, request] : requests_) {
    if (request->io.kind == IoRequest::Kind::kFlush && request->begun) {
      request->begun = false;
      held_.push_back(id);
    }
  }
  mine_ = 0;
  mine_bytes_ = 0;
  if (config_.planted == PlantedBug::kSkipSettling) {
    std::erase_if(pending_, [](const auto& entry) { return !entry.second.request; });
  }
  for (auto& [stamp, update] : pending_) {
    update.mine = true;
    update.applied = {};
    update.begun_ns = now_;
    ++mine_;
    mine_bytes_ += update.data.bytes.size();
    SendUpdate(stamp, update, OtherCopies());
  }
  if (must_sync_) AfterSync({.what = SyncWaiter::What::kPromoted});
  ReplayChange();
  // Alone, everything is complete already.
  std::vector<Stamp> stamps;
  for (const auto& [stamp, update] : pending_) stamps.push_back(stamp);
  for (const Stamp& stamp : stamps) {
    if (const auto entry = pending_.find(stamp); entry != pending_.end()) CheckComplete(entry);
  }
  CheckSettled();
}

void MemberCore::CheckSettled() {
  if (phase_ != Phase::kSettling) return;
  if (!settled_) {
    if (must_sync_) return;
    const bool owes =
        std::any_of(pending_.begin(), pending_.end(), [](const auto& entry) { return entry.second.mine; });
    const bool owes_change = last_change_ && last_change_->first > control_done_;
    if ((owes || owes_change) && config_.planted != PlantedBug::kSkipSettling) return;
    settled_ = true;
    SendHeartbeats(OthersInSync());
  }
  const MemberSet others = OthersInSync();
  const bool all = std::all_of(others.begin(), others.end(), [&](MemberId member) { return peers_[member].settled; });
  if (all || config_.planted == PlantedBug::kSkipSettling) BeginServing();
}

void MemberCore::BeginServing() {
  phase_ = Phase::kServing;
  // Whoever sent them again has seen them applied by all.
  std::erase_if(pending_, [&](const auto& entry) { return entry.first.epoch < record_.epoch && !entry.second.mine; });
  run_held_ = true;
}

// ---------------------------------------------------------------- who is missing

bool MemberCore::IsSlow(MemberId member) const {
  return std::any_of(pending_.begin(), pending_.end(), [&](const auto& entry) {
    const PendingUpdate& update = entry.second;
    return update.mine && !update.applied.contains(member) && now_ - update.begun_ns > config_.slow_ns;
  });
}

// Of those in sync, who may still serve although nothing is heard (or comes back) from them.
MemberSet MemberCore::SilentMembers() const {
  MemberSet silent;
  if (!IsInSync() && phase_ != Phase::kLeaving) return silent;
  const bool hasty = config_.planted == PlantedBug::kEvictWithoutWaiting;
  const TimeNs patience = hasty ? config_.heartbeat_ns * 2 : config_.lease_ns + config_.heartbeat_ns;
  for (const MemberId member : OthersInSync()) {
    const TimeNs since = std::max(peers_[member].lease_from_ns, epoch_begun_ns_);
    if (now_ - since > patience || IsSlow(member) || removing_ == member) silent = silent.With(member);
  }
  return silent - GoneMembers();
}

// Of those in sync, who said themselves that they do not serve in this epoch, and never will.
MemberSet MemberCore::GoneMembers() const {
  MemberSet gone;
  for (const MemberId member : OthersInSync()) {
    const Peer& peer = peers_[member];
    const bool says_so = peer.phase == Phase::kReturning || peer.phase == Phase::kStandby ||
                         peer.phase == Phase::kFailed || peer.phase == Phase::kLeft || peer.phase == Phase::kRefused;
    if (peer.heard_in_epoch && says_so) gone = gone.With(member);
  }
  return gone;
}

MemberSet MemberCore::BadLearners() const {
  MemberSet bad;
  for (const MemberId member : record_.learners) {
    const Peer& peer = peers_[member];
    const bool silent = now_ - std::max(peer.lease_from_ns, epoch_begun_ns_) > config_.lease_ns + config_.heartbeat_ns;
    const bool elsewhere = peer.heard_in_epoch && peer.phase != Phase::kLearning && peer.phase != Phase::kStandby;
    if (silent || elsewhere || IsSlow(member)) bad = bad.With(member);
  }
  return bad;
}

// ---------------------------------------------------------------- the mediator

void MemberCore::DriveMembership() {
  switch (phase_) {
    case Phase::kServing:
    case Phase::kSettling:
      DriveSet();
      break;
    case Phase::kLeaving:
      AskForProposal();
      break;
    case Phase::kReturning:
    case Phase::kStandby:
      AskForRecord();
      DriveReturn();
      break;
    case Phase::kLearning:
    case Phase::kRefused:
      AskForRecord();
      break;
    case Phase::kRecovering:
    case Phase::kLeft:
    case Phase::kFailed:
      break;
  }
}

void MemberCore::DriveSet() {
  const MemberSet silent = SilentMembers();
  const MemberSet gone = GoneMembers();
  const MemberSet bad = BadLearners();
  if (silent.empty()) {
    silent_since_ns_ = kNeverNs;
  } else if (silent_since_ns_ == kNeverNs) {
    silent_since_ns_ = now_;
  }
  if (!HasLease()) AskForRecord();
  if (!silent.empty()) {
    if (!MayGoOnWithout(silent)) return;
    // From here on, whatever comes, this member is through with this epoch: the swap may be made at any time.
    phase_ = Phase::kLeaving;
    MembershipRecord next = record_;
    ++next.epoch;
    next.in_sync = record_.in_sync - silent - gone;
    next.learners = record_.learners - bad;
    if (removing_ && silent.contains(*removing_)) next.members = next.members.Without(*removing_);
    Propose(next);
    return;
  }
  LookAfterMediator();
  if (proposal_) {
    AskForProposal();
    return;
  }
  if (!gone.empty() || !bad.empty()) {
    MembershipRecord next = record_;
    ++next.epoch;
    next.in_sync = record_.in_sync - gone;
    next.learners = record_.learners - bad;
    Propose(next);
    return;
  }
  DriveGrowth();
}

// The chair looks now and then what the mediator holds, and gives it back what it has lost: the membership in force, as
// a later one than any that was made of it. While it holds nothing no membership can change.
void MemberCore::LookAfterMediator() {
  constexpr int kEveryHeartbeats = 10;
  if (phase_ != Phase::kServing || Chair() != config_.self || !HasLease()) return;
  if (!proposal_ && now_ - mediator_heard_ns_ >= kEveryHeartbeats * config_.heartbeat_ns) return AskForRecord();
  // What else is proposed it cannot swap.
  if (!mediator_is_empty_ || proposal_gives_back_) return;
  Warn("the mediator holds nothing: it is given the membership again");
  MembershipRecord next = record_;
  next.epoch += kEpochsSkipped;
  Propose(next);
  proposal_gives_back_ = true;
}

// Whether the leases that `members` have from this one have ended.
bool MemberCore::PromisesHaveEnded(MemberSet members) const {
  const double slack = 1 + 4e-6 * config_.clock_drift_ppm;
  const auto wait_ns = static_cast<TimeNs>(static_cast<double>(config_.lease_ns) * slack) + 1;
  return std::all_of(members.begin(), members.end(),
                     [&](MemberId member) { return now_ - peers_[member].promised_ns > wait_ns; });
}

bool MemberCore::MayGoOnWithout(MemberSet silent) {
  if (config_.planted == PlantedBug::kEvictWithoutWaiting) return true;
  if (!PromisesHaveEnded(silent)) return false;
  // Of several that would go on, the one with more company, then the lower one, asks first.
  const MemberSet rank = MemberSet::FromBits(record_.in_sync.bits() & (MemberSet::Of(config_.self).bits() - 1));
  const TimeNs turn_ns = config_.heartbeat_ns * (2 * (silent.size() - 1)) + config_.heartbeat_ns / 2 * rank.size();
  if (now_ - silent_since_ns_ < turn_ns) return false;
  // Without a mediator nothing is gained by asking, and the silent ones may come back.
  if (mediator_heard_ns_ < silent_since_ns_ || now_ - mediator_heard_ns_ > config_.lease_ns) {
    AskForRecord();
    return false;
  }
  return true;
}

void MemberCore::DriveGrowth() {
  if (phase_ != Phase::kServing || Chair() != config_.self || !HasLease()) return;
  MembershipRecord next = record_;
  ++next.epoch;
  if (member_change_) {
    const ControlRequest& request = member_change_->request;
    if (request.kind == ControlRequest::Kind::kAddMember) {
      next.members = next.members.With(request.member);
    } else {
      next.members = next.members.Without(request.member);
      next.learners = next.learners.Without(request.member);
      if (record_.in_sync.contains(request.member)) {
        removing_ = request.member;  // like a silent one: once its lease has ended
        return;
      }
    }
    Propose(next);
    return;
  }
  for (const MemberId member : record_.learners) {
    if (!peers_[member].up_to_date || peers_[member].phase != Phase::kLearning) continue;
    next.in_sync = next.in_sync.With(member);
    next.learners = next.learners.Without(member);
    Propose(next);
    return;
  }
  MemberSet waiting;
  for (const MemberId member : record_.members - record_.copies()) {
    const Peer& peer = peers_[member];
    const bool ready = peer.heard_in_epoch && peer.phase == Phase::kStandby && now_ - peer.heard_ns < config_.lease_ns;
    if (ready) waiting = waiting.With(member);
  }
  if (waiting.empty()) return;
  next.learners = next.learners | waiting;
  Propose(next);
}

void MemberCore::AskForRecord() {
  if (now_ - asked_ns_ < 2 * config_.heartbeat_ns) return;
  asked_ns_ = now_;
  actions_->emplace_back(AskMediator{.id = next_ask_++});
}

// The intent is on stable storage before the swap is asked for: a member whose storage knows less than that has an old
// one.
void MemberCore::Propose(const MembershipRecord& next) {
  proposal_ = next;
  proposal_is_stable_ = proposal_gives_back_ = false;
  MembershipNote note = store_.note();
  note.intended = next.epoch;
  store_.Remember(note, *actions_);
  AfterSync({.what = SyncWaiter::What::kIntent, .token = next.epoch});
}

void MemberCore::AskForProposal() {
  if (!proposal_ || !proposal_is_stable_ || now_ - asked_ns_ < config_.heartbeat_ns / 2) return;
  // That the others are gone may be the operator's mistake: then they stop serving before this member begins.
  if (takes_over_ && !PromisesHaveEnded(proposal_->members.Without(config_.self))) return;
  asked_ns_ = now_;
  const bool gives_back = proposal_gives_back_ || (takes_over_ && mediator_is_empty_);
  actions_->emplace_back(AskMediator{
      .id = next_ask_++, .expected = gives_back ? AskMediator::kIfNothing : proposal_->epoch - 1, .next = *proposal_});
}

void MemberCore::OnMediator(const MediatorAnswer& answer) {
  if (phase_ == Phase::kRecovering || phase_ == Phase::kFailed || answer.id >= next_ask_) return;
  mediator_heard_ns_ = now_;
  mediator_epoch_ = answer.record.epoch;
  mediator_is_empty_ = !answer.record.exists();
  if (answer.record.epoch > record_.epoch) Adopt(answer.record);
  if (answer.record.exists() && proposal_gives_back_) {
    proposal_.reset();
    proposal_gives_back_ = false;
  }
  if (answer.record.exists() && answer.record.epoch < record_.epoch && IsInSync() && !warned_of_old_mediator_) {
    warned_of_old_mediator_ = true;
    Warn("the mediator holds an older membership than is in force: it was set back, and must not be used");
  }
}

// ---------------------------------------------------------------- coming back

// Having been in sync when it stopped, or never having been: what this member may do by itself.
void MemberCore::DriveReturn() {
  if (proposal_) {
    AskForProposal();
    return;
  }
  const bool confirmed = now_ - mediator_heard_ns_ < config_.lease_ns;
  if (!confirmed) return;
  if (mediator_is_empty_ && config_.create && !store_.note().incomplete && !record_.exists()) {
    claim_ = MembershipRecord{.epoch = 1, .members = config_.initial_members, .in_sync = MemberSet::Of(config_.self)};
    Propose(*claim_);
    return;
  }
  const bool is_due =
      phase_ == Phase::kReturning && mediator_epoch_ == record_.epoch && record_.in_sync.contains(config_.self);
  if (!is_due || resync_) return;
  MemberSet whole;
  if (!LacksSomething()) whole = whole.With(config_.self);
  for (const MemberId member : OthersInSync()) {
    const Peer& peer = peers_[member];
    const bool returns =
        peer.heard_in_epoch && peer.phase == Phase::kReturning && now_ - peer.heard_ns < config_.lease_ns;
    if (!returns) return;  // it serves, or is still away
    if (!peer.incomplete) whole = whole.With(member);
  }
  const bool alone = record_.in_sync.size() == 1;
  const bool is_old = std::max(store_.note().intended, store_.note().record.epoch) < record_.epoch;
  if (whole.empty() || (alone && is_old)) {
    Fail("the storage holds less than what was acknowledged, and no other member has more");
    return;
  }
  if (whole.first() == config_.self) BeginResync(/*merging=*/true);
}

// Has everything that anyone in the set has: goes on, and brings the others up to date.
void MemberCore::ClaimAlone() {
  MembershipRecord next = record_;
  if (!next.exists()) {
    // By the operator's word, since the mediator knows nothing: later than all that this member has heard of.
    next = store_.note().record;
    next.epoch = std::max(next.epoch, store_.note().intended);
  }
  next.epoch += takes_over_ && mediator_is_empty_ ? kEpochsSkippedByTakeOver : 1;
  next.in_sync = MemberSet::Of(config_.self);
  next.learners = {};
  claim_ = next;
  Propose(next);
}

// From the mediator, or, where that has lost it, from this member's own log.
bool MemberCore::KnowsMembership() const {
  const bool confirmed = now_ - mediator_heard_ns_ < config_.lease_ns;
  return record_.exists() || (confirmed && mediator_is_empty_ && store_.note().record.exists());
}

}  // namespace tarn::dataset
