#include "sw/dataset/member_core.h"

#include <algorithm>
#include <cassert>

namespace tarn::dataset {

MemberCore::MemberCore(const MemberConfig& config, ContentMemory& memory) : config_(config), store_(config_, memory) {}

void MemberCore::Step(TimeNs now, Event event, Actions& actions) {
  assert(now >= now_);
  now_ = now;
  actions_ = &actions;
  if (const auto* start = std::get_if<dataset::Start>(&event)) {
    Start(*start);
  } else if (auto* io = std::get_if<IoRequest>(&event)) {
    OnIo(std::move(*io));
  } else if (const auto* received = std::get_if<MessageReceived>(&event)) {
    Take(*received);
  } else if (const auto* read = std::get_if<StorageRead>(&event)) {
    OnStorageRead(*read);
  } else if (const auto* synced = std::get_if<StorageSynced>(&event)) {
    OnSynced(*synced);
  } else if (const auto* written = std::get_if<StorageWritten>(&event)) {
    if (written->result == StorageResult::kFailed) Fail("a write to the storage failed");
  } else if (const auto* answer = std::get_if<MediatorAnswer>(&event)) {
    OnMediator(*answer);
  } else if (const auto* control = std::get_if<ControlRequest>(&event)) {
    OnControl(*control);
  } else if (Owes()) {
    TellOwed();  // a tick
  }
  if (now_ >= wake_ns_) OnTime();
  if (run_held_) RunHeld();
  if (store_.ready()) store_.Maintain(actions);
  if (!store_.trouble().empty()) Fail(store_.trouble());
  actions_ = nullptr;
}

void MemberCore::Start(const dataset::Start& start) {
  incarnation_ = start.incarnation;
  epoch_begun_ns_ = now_;
  for (Peer& peer : peers_) peer.promised_ns = now_;  // by an earlier life, up to now
  wake_ns_ = now_ + config_.heartbeat_ns;
  store_.Start(*actions_);
}

// The log is read. From here on this member asks who is in sync.
void MemberCore::OnReady() {
  phase_ = Phase::kReturning;
  if (store_.note().incomplete)
    Warn("the log is damaged or was being brought up to date: this member waits for others");
  wake_ns_ = now_;
}

void MemberCore::Fail(const std::string& trouble) {
  if (phase_ == Phase::kFailed) return;
  trouble_ = trouble;
  actions_->emplace_back(Note{.level = Note::Level::kError, .text = trouble});
  StepOut(Phase::kFailed);
  if (record_.exists()) SendHeartbeats(record_.members.Without(config_.self));
}

void MemberCore::Warn(const std::string& text) {
  actions_->emplace_back(Note{.level = Note::Level::kWarning, .text = text});
}

void MemberCore::SendTo(MemberSet to, MessageBody body, SharedSpan data) {
  if (to.empty()) return;
  actions_->emplace_back(Send{
      .to = to,
      .bytes = std::make_shared<const Bytes>(EncodeMessageHead(
          {.dataset = config_.dataset, .incarnation = incarnation_, .epoch = record_.epoch, .body = std::move(body)})),
      .data = std::move(data)});
}

void MemberCore::AfterSync(SyncWaiter waiter) {
  waiter.epoch = record_.epoch;
  sync_waiters_.emplace(store_.Sync(*actions_), waiter);
}

void MemberCore::OnSynced(const StorageSynced& synced) {
  if (synced.result == StorageResult::kFailed) {
    Fail("the storage could not be made stable");
    return;
  }
  const bool was_ready = store_.ready();
  store_.OnSynced(synced.token, *actions_);
  if (!was_ready && store_.ready()) OnReady();
  while (!sync_waiters_.empty() && sync_waiters_.begin()->first <= synced.token) {
    const SyncWaiter waiter = sync_waiters_.begin()->second;
    sync_waiters_.erase(sync_waiters_.begin());
    OnWaiter(waiter);
  }
}

void MemberCore::OnWaiter(const SyncWaiter& waiter) {
  using What = SyncWaiter::What;
  if (phase_ == Phase::kFailed) return;
  if (waiter.what == What::kIntent) {
    if (proposal_ && proposal_->epoch == waiter.token) {
      proposal_is_stable_ = true;
      AskForProposal();
    }
    return;
  }
  if (waiter.what == What::kUpdateHere) {
    // The update keeps its stamp, whatever the epoch.
    const auto entry = pending_.find(waiter.stamp);
    if (entry == pending_.end()) return;
    entry->second.stable = true;
    CheckComplete(entry);
    return;
  }
  if (waiter.epoch != record_.epoch) return;
  switch (waiter.what) {
    case What::kFlushHere:
      if (const auto flush = flushes_.find(waiter.token); flush != flushes_.end()) {
        flush->second.here = true;
        CheckFlush(waiter.token);
      }
      break;
    case What::kFlushOfPeer:
      if (IsInSync()) SendTo(MemberSet::Of(waiter.from), FlushDone{.token = waiter.token});
      break;
    case What::kUpdateOfPeer:
      if (IsInSync() || phase_ == Phase::kLearning) OweApplied(waiter.from, waiter.stamp);
      break;
    case What::kUpToDate:
      if (phase_ == Phase::kLearning) {
        up_to_date_ = true;
        SendHeartbeats(record_.in_sync);
      }
      break;
    case What::kPromoted:
      must_sync_ = false;
      CheckSettled();
      break;
    case What::kScrubbed:
      EndScrub();
      break;
    case What::kMerged:
      if (phase_ == Phase::kReturning) ClaimAlone();
      break;
    case What::kLeft:
      if (leave_) {
        actions_->emplace_back(Reply{.id = *leave_});
        leave_.reset();
        StepOut(Phase::kLeft);
        SendHeartbeats(record_.members.Without(config_.self));
      }
      break;
    case What::kChangeHere:
      if (chair_change_ && chair_change_->serial == waiter.token) {
        chair_change_->stable = true;
        DriveChair();
      }
      break;
    case What::kChangeOfPeer:
      if (IsInSync() || phase_ == Phase::kLearning) {
        SendTo(MemberSet::Of(waiter.from), ControlApplied{.serial = waiter.token});
      }
      break;
    case What::kIntent:
    case What::kUpdateHere:
      break;
  }
}

void MemberCore::OnStorageRead(const StorageRead& read) {
  std::vector<ContentId> loaded;
  store_.OnRead(read, *actions_, loaded);
  for (const ContentId content : loaded) OnContentLoaded(content);
  if (!store_.rotten().empty()) DriveRepair();
}

void MemberCore::Take(const MessageReceived& received) {
  if (phase_ == Phase::kRecovering || phase_ == Phase::kFailed) return;
  const auto message = DecodeMessage(*received.bytes, config_.block_bytes);
  if (!message || message->dataset != config_.dataset || received.from == config_.self) {
    ++refused_;
    return;
  }
  const MemberSet members = record_.exists() ? record_.members : config_.initial_members;
  if (const auto* heartbeat = std::get_if<Heartbeat>(&message->body)) {
    // A newer membership may have brought the sender in.
    const bool newer = heartbeat->record.epoch > record_.epoch && config_.initial_members.contains(received.from);
    if (!members.contains(received.from) && !newer) {
      ++refused_;
      return;
    }
    OnHeartbeat(received.from, *message, *heartbeat);
    return;
  }
  const bool fenced = message->epoch != record_.epoch && config_.planted != PlantedBug::kSkipFencing;
  if (fenced || !record_.exists() || !members.contains(received.from)) {
    ++refused_;
    return;
  }
  Dispatch(received.from, *message, received.bytes);
}

void MemberCore::Dispatch(MemberId from, const Message& message, const SharedBytes& bytes) {
  const MessageBody& body = message.body;
  if (const auto* update = std::get_if<Update>(&body)) {
    OnUpdate(from, *update, bytes);
  } else if (const auto* applied = std::get_if<UpdateApplied>(&body)) {
    OnUpdateApplied(from, applied->stamps);
  } else if (const auto* commit = std::get_if<Commit>(&body)) {
    OnCommit(commit->stamps);
  } else if (const auto* flush = std::get_if<FlushRequest>(&body)) {
    OnFlushRequest(from, flush->token);
  } else if (const auto* done = std::get_if<FlushDone>(&body)) {
    OnFlushDone(from, done->token);
  } else if (const auto* forward = std::get_if<ControlForward>(&body)) {
    BeginControl({.from = from, .token = forward->token, .request = forward->request});
  } else if (const auto* answer = std::get_if<ControlAnswer>(&body)) {
    AnswerControl(config_.self, answer->token, answer->outcome, answer->object);
  } else if (const auto* prepare = std::get_if<ControlPrepare>(&body)) {
    OnPrepare(from, prepare->serial);
  } else if (const auto* prepared = std::get_if<ControlPrepared>(&body)) {
    OnPrepared(from, prepared->serial);
  } else if (const auto* apply = std::get_if<ControlApply>(&body)) {
    OnApply(from, *apply);
  } else if (const auto* applied_change = std::get_if<ControlApplied>(&body)) {
    OnApplied(from, applied_change->serial);
  } else if (const auto* control_done = std::get_if<ControlDone>(&body)) {
    OnControlDone(control_done->serial);
  } else if (const auto* table_request = std::get_if<TableRequest>(&body)) {
    AnswerTable(from, *table_request);
  } else if (const auto* table = std::get_if<TableAnswer>(&body)) {
    OnTable(*table);
  } else if (const auto* digest_request = std::get_if<DigestRequest>(&body)) {
    AnswerDigests(from, *digest_request);
  } else if (const auto* digests = std::get_if<DigestAnswer>(&body)) {
    OnDigests(*digests);
  } else if (const auto* content_request = std::get_if<ContentRequest>(&body)) {
    AnswerContent(from, *content_request);
  } else if (const auto* content = std::get_if<ContentAnswer>(&body)) {
    OnContent(from, *content);
  } else if (const auto* verify_request = std::get_if<VerifyRequest>(&body)) {
    AnswerVerify(from, *verify_request);
  } else if (const auto* verify = std::get_if<VerifyAnswer>(&body)) {
    OnVerify(from, *verify);
  }
}

void MemberCore::OnTime() {
  wake_ns_ = kNeverNs;
  if (phase_ == Phase::kRecovering) {
    wake_ns_ = now_ + config_.heartbeat_ns;
    ExpireHeld();
    return;
  }
  if (now_ >= next_heartbeat_ns_) {
    next_heartbeat_ns_ = now_ + config_.heartbeat_ns;
    const MemberSet members = record_.exists() ? record_.members : config_.initial_members;
    if (phase_ != Phase::kRefused) SendHeartbeats(members.Without(config_.self));
    ExpireHeld();
    DriveMembership();
    RetransmitFlushes();
    DriveChair();
    DriveRepair();
    DriveCheck();
    DriveLeave();
    if (phase_ == Phase::kSettling) ReplayChange();
    RetryContentAnswers();
    run_held_ = true;
  }
  if (now_ >= next_retransmit_ns_) RetransmitUpdates();
  if (resync_) DriveResync();
  WakeAt(next_heartbeat_ns_);
  if (mine_ != 0) WakeAt(next_retransmit_ns_);
}

MemberStatus MemberCore::status(TimeNs now) const {
  MemberStatus status;
  status.self = config_.self;
  status.phase = phase_;
  status.serves = phase_ == Phase::kServing && HasLease(now);
  status.record = record_;
  for (const MemberId member : record_.members.Without(config_.self)) {
    const Peer& peer = peers_[member];
    PeerStatus told = {.member = member,
                       .in_sync = record_.in_sync.contains(member),
                       .learning = record_.learners.contains(member),
                       .heard = peer.heard_in_epoch && now - peer.heard_ns < config_.lease_ns,
                       .lease_left_ns = std::max<TimeNs>(0, LeaseEnd(member) - now),
                       .phase = peer.phase};
    for (const auto& [stamp, update] : pending_) {
      if (!update.mine || update.applied.contains(member)) continue;
      ++told.updates_waiting;
      told.lag_ns = std::max(told.lag_ns, now - update.begun_ns);
    }
    status.peers.push_back(told);
  }
  if (resync_) {
    for (const auto& [id, object] : store_.graph().objects()) status.blocks_to_check += object.blocks;
    status.blocks_checked = resync_->checked_blocks;
    status.blocks_to_check -= std::min(status.blocks_to_check, resync_->checked_blocks);
    status.blocks_fetched = resync_->fetched_blocks;
    status.waits_for = ResyncWaitsFor();
  }
  status.free_bytes = store_.free_bytes();
  status.used_bytes = store_.live_bytes();
  status.requests = requests_.size();
  status.refused_messages = refused_;
  status.repaired_blocks = repaired_blocks_;
  status.trouble = trouble_;
  return status;
}

std::vector<ObjectStatus> MemberCore::objects() const {
  std::vector<ObjectStatus> objects;
  for (const auto& [id, object] : store_.graph().objects()) {
    if (object.hidden) continue;
    objects.push_back({.id = id,
                       .kind = object.kind,
                       .name = object.name,
                       .size_bytes = object.blocks * config_.block_bytes,
                       .parent = object.parent});
  }
  return objects;
}

}  // namespace tarn::dataset
