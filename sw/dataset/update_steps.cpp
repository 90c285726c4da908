// Replication: an update goes to every copy, is applied by all, and is committed. README.md, "The write path".
#include <algorithm>
#include <optional>
#include <utility>

#include "sw/dataset/member_core.h"

namespace tarn::dataset {

namespace {
constexpr std::uint64_t kBlocksOfZeroesMax = std::uint64_t{1} << 20;
constexpr std::size_t kStampsMax = 512;  // in one message
}  // namespace

ChecksumVector MemberCore::Checksums(std::span<const std::uint8_t> data) const {
  ChecksumVector checksums;
  checksums.reserve(data.size() / config_.block_bytes);
  for (std::size_t at = 0; at < data.size(); at += config_.block_bytes) {
    checksums.push_back(Checksum(data.subspan(at, config_.block_bytes)));
  }
  return checksums;
}

// ---------------------------------------------------------------- of this member's clients

void MemberCore::BeginUpdates(Request& request) {
  const IoRequest& io = request.io;
  const bool is_write = io.kind == IoRequest::Kind::kWrite;
  std::uint64_t block = io.offset_bytes / config_.block_bytes;
  const std::uint64_t end = block + io.length_bytes / config_.block_bytes;
  request.begun = true;
  request.updates_left = 1;  // this loop
  const RequestId id = io.id;
  const SharedSpan content = std::exchange(request.io.data, {});
  while (block < end) {
    std::uint64_t stop = std::min(end, block + kBlocksOfZeroesMax);
    if (is_write) stop = std::min({end, block + config_.update_blocks_max, (block / kChunkBlocks + 1) * kChunkBlocks});
    SharedSpan data;
    if (is_write) {
      data.owner = content.owner;
      data.bytes =
          content.bytes.subspan(block * config_.block_bytes - io.offset_bytes, (stop - block) * config_.block_bytes);
    }
    ++request.updates_left;
    BeginUpdate(request, {.first = block, .count = stop - block}, data);
    block = stop;
  }
  if (const auto found = requests_.find(id); found != requests_.end() && --found->second->updates_left == 0) {
    Answer(*found->second, Outcome::kOk);
  }
}

void MemberCore::BeginUpdate(Request& request, BlockRange range, const SharedSpan& data) {
  const Stamp stamp = {.epoch = record_.epoch, .serial = ++counter_ << 8 | config_.self};
  PendingUpdate update = {.object = request.io.object,
                          .range = range,
                          .kind = data.bytes.empty() ? ExtentKind::kZero : ExtentKind::kData,
                          .fua = request.io.fua,
                          .checksums = Checksums(data.bytes),
                          .data = data,
                          .mine = true,
                          .stable = !request.io.fua,
                          .begun_ns = now_,
                          .request = request.io.id};
  ApplyHere(update.object, range, stamp, update.kind, data, update.checksums);
  ++mine_;
  mine_bytes_ += data.bytes.size();
  const auto entry = pending_.emplace(stamp, std::move(update)).first;
  if (request.io.fua) AfterSync({.what = SyncWaiter::What::kUpdateHere, .stamp = stamp});
  const bool forgotten = config_.planted == PlantedBug::kForgetTrim && entry->second.kind == ExtentKind::kZero;
  if (forgotten) entry->second.applied = OtherCopies();
  if (!forgotten) SendUpdate(stamp, entry->second, OtherCopies());
  if (config_.planted == PlantedBug::kAcknowledgeBeforePeer && entry->second.request) {
    entry->second.request.reset();
    --request.updates_left;
  }
  CheckComplete(entry);
}

void MemberCore::SendUpdate(const Stamp& stamp, PendingUpdate& update, MemberSet to) {
  update.sent_ns = now_;
  if (mine_ == 1 || next_retransmit_ns_ < now_) next_retransmit_ns_ = now_ + config_.retransmit_ns;
  WakeAt(next_retransmit_ns_);
  SendTo(to,
         Update{.object = update.object,
                .range = update.range,
                .stamp = stamp,
                .kind = update.kind,
                .fua = update.fua,
                .checksums = update.checksums,
                .data = update.data.bytes},
         update.data);
}

void MemberCore::RetransmitUpdates() {
  next_retransmit_ns_ = now_ + config_.retransmit_ns;
  for (auto& [stamp, update] : pending_) {
    if (!update.mine || now_ - update.sent_ns < config_.retransmit_ns) continue;
    SendUpdate(stamp, update, OtherCopies() - update.applied);
  }
}

void MemberCore::OnUpdateApplied(MemberId from, const std::vector<Stamp>& stamps) {
  for (const Stamp& stamp : stamps) {
    const auto entry = pending_.find(stamp);
    if (entry == pending_.end() || !entry->second.mine) continue;
    entry->second.applied = entry->second.applied.With(from);
    CheckComplete(entry);
  }
}

void MemberCore::CheckComplete(std::map<Stamp, PendingUpdate>::iterator entry) {
  const PendingUpdate& update = entry->second;
  if (update.mine && update.stable && update.applied.ContainsAll(OtherCopies())) Complete(entry);
}

void MemberCore::Complete(std::map<Stamp, PendingUpdate>::iterator entry) {
  const std::optional<RequestId> id = entry->second.request;
  if (IsInSync() && !OtherCopies().empty()) OweCommit(entry->first);
  mine_bytes_ -= entry->second.data.bytes.size();
  pending_.erase(entry);
  --mine_;
  run_held_ = true;
  if (const auto found = id ? requests_.find(*id) : requests_.end(); found != requests_.end()) {
    if (--found->second->updates_left == 0) Answer(*found->second, Outcome::kOk);
  }
  if (owes_prepared_) CheckPrepared();
  if (chair_change_) DriveChair();
  CheckSettled();
}

// ---------------------------------------------------------------- told together

void MemberCore::OweApplied(MemberId to, const Stamp& stamp) {
  owed_to_ = owed_to_.With(to);
  applied_[to].push_back(stamp);
  if (applied_[to].size() >= kStampsMax) TellOwed();
}

void MemberCore::OweCommit(const Stamp& stamp) {
  committed_.push_back(stamp);
  if (committed_.size() >= kStampsMax) TellOwed();
}

void MemberCore::TellOwed() {
  for (const MemberId member : owed_to_) {
    SendTo(MemberSet::Of(member), UpdateApplied{.stamps = std::exchange(applied_[member], {})});
  }
  owed_to_ = {};
  if (committed_.empty()) return;
  SendTo(LearnersKeep() ? OtherCopies() : OthersInSync(), Commit{.stamps = std::exchange(committed_, {})});
}

void MemberCore::ForgetOwed() {
  for (const MemberId member : owed_to_) applied_[member].clear();
  owed_to_ = {};
  committed_.clear();
}

// ---------------------------------------------------------------- of other members

void MemberCore::ApplyHere(ObjectId object, BlockRange range, const Stamp& stamp, ExtentKind kind,
                           const SharedSpan& data, const ChecksumVector& checksums) {
  const bool ignores = config_.planted == PlantedBug::kIgnoreStamps;
  const RangeVector replaced = ignores ? RangeVector{range} : ToReplace(object, range, stamp);
  if (kind == ExtentKind::kData) {
    store_.SetData(object, range.first, replaced, stamp, data, checksums, *actions_);
  } else {
    store_.SetZero(object, replaced, stamp, *actions_);
  }
  if (resync_) MarkVerified(object, range);
}

// A learner, too, keeps what is in flight: it may be in sync in the next epoch, and the only one that has it.
bool MemberCore::LearnersKeep() const { return config_.planted != PlantedBug::kLearnerForgets; }

void MemberCore::OnUpdate(MemberId from, const Update& body, const SharedBytes& bytes) {
  const bool takes = IsInSync() || (phase_ == Phase::kLearning && resync_ && (resync_->has_table || up_to_date_)) ||
                     (phase_ == Phase::kLearning && up_to_date_);
  const bool stale = body.stamp.epoch > record_.epoch || !record_.in_sync.contains(from);
  if (!takes || (stale && config_.planted != PlantedBug::kSkipFencing)) return;
  const StorageObject* const object = store_.graph().Find(body.object);
  const bool gone = object == nullptr || object->hidden || object->kind != ObjectStatus::Kind::kVolume;
  if (!gone && body.range.end() > object->blocks) {
    ++refused_;
    return;
  }
  const bool of_this_epoch = body.stamp.epoch == record_.epoch;
  const bool committed = of_this_epoch && body.stamp.member() == from && body.stamp.counter() <= peers_[from].floor;
  const auto known = pending_.find(body.stamp);
  if (!gone && !committed && known == pending_.end()) {
    // No room: cleaning makes some, or a learner drops what it has of old; it is sent again.
    if (body.kind == ExtentKind::kData && !store_.HasRoom(body.data.size())) {
      if (resync_ && !up_to_date_ && !store_.CanMakeRoom()) BeginDropping();
      return;
    }
    if (Checksums(body.data) != body.checksums) {
      ++refused_;
      return;
    }
    if (of_this_epoch) counter_ = std::max(counter_, body.stamp.counter());
    const SharedSpan data = {.owner = bytes, .bytes = body.data};
    ApplyHere(body.object, body.range, body.stamp, body.kind, data, body.checksums);
    if (IsInSync() || LearnersKeep()) {
      pending_.emplace(body.stamp, PendingUpdate{.object = body.object,
                                                 .range = body.range,
                                                 .kind = body.kind,
                                                 .fua = body.fua,
                                                 .checksums = body.checksums,
                                                 .data = data,
                                                 .begun_ns = now_});
    }
  }
  if (body.fua) {
    AfterSync({.what = SyncWaiter::What::kUpdateOfPeer, .from = from, .stamp = body.stamp});
  } else {
    OweApplied(from, body.stamp);
  }
}

void MemberCore::OnCommit(const std::vector<Stamp>& stamps) {
  for (const Stamp& stamp : stamps) OnCommitted(stamp);
}

void MemberCore::OnCommitted(const Stamp& stamp) {
  const auto entry = pending_.find(stamp);
  if (entry == pending_.end()) return;
  if (!entry->second.mine) {
    pending_.erase(entry);
    run_held_ = true;
    return;
  }
  // Another one sent it again as well, and has heard of all.
  if (entry->second.fua) return;
  entry->second.applied = OtherCopies();
  CheckComplete(entry);
}

// A member's own updates of this epoch up to a counter are applied by all.
void MemberCore::DropCommitted(MemberId member, std::uint64_t floor) {
  const std::size_t before = pending_.size();
  std::erase_if(pending_, [&](const auto& entry) {
    const Stamp& stamp = entry.first;
    return !entry.second.mine && stamp.epoch == record_.epoch && stamp.member() == member && stamp.counter() <= floor;
  });
  if (pending_.size() != before) run_held_ = true;
}

std::uint64_t MemberCore::Floor() const {
  for (const auto& [stamp, update] : pending_) {
    if (update.mine && stamp.epoch == record_.epoch && stamp.member() == config_.self) return stamp.counter() - 1;
  }
  return counter_;
}

}  // namespace tarn::dataset
