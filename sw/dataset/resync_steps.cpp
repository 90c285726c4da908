// Resynchronisation: a learner makes its state mean what a source's means, metadata first, while new updates reach it
// as they reach all. Only what differs is sent. The same walk merges the states of a whole set that comes back.
#include <algorithm>

#include "sw/dataset/member_core.h"

namespace tarn::dataset {

namespace {
constexpr std::size_t kDigestRequestsMax = 4;
constexpr std::size_t kContentRequestsMax = 16;
constexpr std::size_t kDigestsPerRequest = 128;
constexpr std::size_t kRunsPerAnswer = 4096;  // of the chunks that differ; the last may bring more
constexpr std::size_t kAnswersWaitingMax = 256;

template <typename Body>
std::size_t CountAsked(const Resync& resync) {
  return static_cast<std::size_t>(std::count_if(resync.asked.begin(), resync.asked.end(), [](const auto& entry) {
    return std::holds_alternative<Body>(entry.second.body);
  }));
}

void Append(RangeVector& ranges, const BlockRange& range) {
  if (!ranges.empty() && ranges.back().end() == range.first) {
    ranges.back().count += range.count;
  } else {
    ranges.push_back(range);
  }
}
}  // namespace

// ---------------------------------------------------------------- beginning

void MemberCore::BeginResync(bool merging) {
  resync_.emplace();
  resync_->merging = merging;
  up_to_date_ = false;
  if (merging) {
    resync_->to_merge = OthersInSync();
    resync_->has_table = true;
    if (resync_->to_merge.empty()) {
      resync_.reset();
      ClaimAlone();
      return;
    }
    BeginSource(resync_->to_merge.first());
    return;
  }
  if (const MemberId source = PickSource(); source != kNobody) BeginSource(source);
  WakeAt(now_ + config_.heartbeat_ns);
}

MemberId MemberCore::PickSource() const {
  for (const MemberId member : OthersInSync()) {
    const Peer& peer = peers_[member];
    const bool serves = peer.phase == Phase::kServing || peer.phase == Phase::kSettling;
    if (peer.heard_in_epoch && serves && now_ - peer.heard_ns < config_.lease_ns && member != resync_->source)
      return member;
  }
  return resync_->source;
}

void MemberCore::BeginSource(MemberId source) {
  resync_->source = source;
  resync_->asked.clear();
  resync_->uncompared.clear();
  resync_->wanted.clear();
  AskSource(TableRequest{});
}

void MemberCore::AskSource(MessageBody body) {
  const std::uint64_t token = next_token_++;
  std::visit(
      [&](auto& asked) {
        if constexpr (requires { asked.token; }) asked.token = token;
      },
      body);
  SendTo(MemberSet::Of(resync_->source), body);
  resync_->asked[token] = {.body = std::move(body), .sent_ns = now_};
  WakeAt(now_ + config_.retransmit_ns);
}

void MemberCore::OnTable(const TableAnswer& body) {
  if (!resync_ || resync_->asked.erase(body.token) == 0) return;
  // Another source may be behind what this learner has taken in this epoch, and has said that it has.
  const bool takes = body.table.serial > store_.graph().serial() || !resync_->has_table;
  if (takes) {
    store_.AdoptTable(body.table, *actions_);
    last_change_.reset();
    if (body.last) last_change_ = {body.table.serial, *body.last};
  }
  // What not all have is to be replayed by this member too, should it be in sync before they do.
  if (!resync_->merging) control_done_ = takes ? body.done : std::max(control_done_, body.done);
  resync_->has_table = true;
  BeginWalk();
  DriveResync();
}

void MemberCore::BeginWalk() {
  resync_->objects.clear();
  for (const StorageObject* object : store_.graph().InOrder()) resync_->objects.push_back(object->id);
  resync_->at_object = 0;
  resync_->uncompared.clear();
}

// What this member holds beside what it is to have may leave no room for that: a walk that fetches nothing, but takes
// away what goes, and what is to be replaced; then it all begins again.
void MemberCore::BeginDropping() {
  constexpr TimeNs kPauseLeases = 2;
  if (resync_->dropping || now_ - resync_->dropped_ns < kPauseLeases * config_.lease_ns) return;
  resync_->dropping = true;
  resync_->dropped_ns = now_;
  resync_->asked.clear();
  resync_->wanted.clear();
  BeginWalk();
  WakeAt(now_);
}

// What a learner has not compared yet counts for nothing; what a member in sync has gives way to what is newer only
// when that is here.
void MemberCore::DropOwn(ObjectId object, BlockRange range) {
  if (resync_->merging) return;
  Verified(object).Split(range, [&](const BlockRange& part, bool is_verified) {
    if (!is_verified && store_.graph().HasOwnData(object, part)) store_.Unset(object, part, *actions_);
  });
}

// ---------------------------------------------------------------- going on

void MemberCore::DriveResync() {
  Resync& resync = *resync_;
  if (resync.source == kNobody || (!resync.merging && now_ - peers_[resync.source].heard_ns > config_.lease_ns)) {
    const MemberId source = PickSource();
    if (source != kNobody && source != resync.source) BeginSource(source);
    WakeAt(now_ + config_.heartbeat_ns);
    return;
  }
  AskAgain();
  AskContents();
  AskDigests();
  if (!resync.asked.empty()) WakeAt(now_ + config_.retransmit_ns);
  if (IsThrough()) FinishWalk();
}

void MemberCore::AskAgain() {
  for (auto& [token, asked] : resync_->asked) {
    if (now_ - asked.sent_ns < config_.retransmit_ns) continue;
    asked.sent_ns = now_;
    SendTo(MemberSet::Of(resync_->source), asked.body);
  }
}

void MemberCore::AskContents() {
  Resync& resync = *resync_;
  for (std::size_t asked = CountAsked<ContentRequest>(resync); asked < kContentRequestsMax && !resync.wanted.empty();
       ++asked) {
    const auto [object, range] = resync.wanted.front();
    resync.wanted.pop_front();
    AskSource(ContentRequest{.object = object, .range = range});
  }
}

void MemberCore::AskDigests() {
  Resync& resync = *resync_;
  if (!resync.has_table) return;
  for (std::size_t asked = CountAsked<DigestRequest>(resync);
       asked < kDigestRequestsMax && resync.wanted.size() < kContentRequestsMax; ++asked) {
    if (resync.uncompared.empty() && !BeginNextObject()) return;
    auto& [object, range] = resync.uncompared.front();
    const std::uint64_t end = AskDigestsOf(object, range);
    range = {.first = end, .count = range.end() - end};
    if (range.count == 0) resync.uncompared.pop_front();
  }
}

bool MemberCore::BeginNextObject() {
  Resync& resync = *resync_;
  // An object shows through its parent what both share: that has to be there first.
  if (!resync.asked.empty() || !resync.wanted.empty()) return false;
  while (resync.at_object < resync.objects.size()) {
    const StorageObject* const object = store_.graph().Find(resync.objects[resync.at_object++]);
    if (object == nullptr) continue;
    const std::uint64_t chunks = (object->blocks + kChunkBlocks - 1) / kChunkBlocks;
    resync.uncompared.emplace_back(object->id, ChunkRange{.first = 0, .count = chunks});
    return true;
  }
  return false;
}

// One question about a range, from its begin on, however long it is where nothing was written; answers up to where.
std::uint64_t MemberCore::AskDigestsOf(ObjectId object, const ChunkRange& range) {
  const Graph& graph = store_.graph();
  DigestRequest request = {.object = object, .range = range};
  std::uint64_t chunk = graph.NextWritten(object, range.first);
  for (; chunk < range.end(); chunk = graph.NextWritten(object, chunk + 1)) {
    request.digests.push_back({.chunk = chunk, .digest = graph.Digest(object, chunk)});
    if (request.digests.size() < kDigestsPerRequest) continue;
    request.range.count = chunk + 1 - range.first;
    break;
  }
  const std::uint64_t end = request.range.end();
  AskSource(std::move(request));
  return end;
}

bool MemberCore::IsThrough() const {
  const Resync& resync = *resync_;
  return resync.has_table && resync.at_object >= resync.objects.size() && resync.uncompared.empty() &&
         resync.asked.empty() && resync.wanted.empty() && !resync.syncing;
}

void MemberCore::FinishWalk() {
  Resync& resync = *resync_;
  if (resync.dropping) {
    resync.dropping = false;
    BeginWalk();
    WakeAt(now_);
    return;
  }
  if (resync.merging) {
    resync.to_merge = resync.to_merge.Without(resync.source);
    if (!resync.to_merge.empty()) {
      BeginSource(resync.to_merge.first());
      return;
    }
  }
  resync.syncing = true;
  if (!up_to_date_) AfterSync({.what = resync.merging ? SyncWaiter::What::kMerged : SyncWaiter::What::kUpToDate});
}

void MemberCore::OnDigests(const DigestAnswer& body) {
  if (!resync_) return;
  const auto found = resync_->asked.find(body.token);
  if (found == resync_->asked.end()) return;
  const auto* asked = std::get_if<DigestRequest>(&found->second.body);
  if (asked == nullptr) return;
  const ObjectId object = asked->object;
  if (body.chunks == 0 || body.chunks > asked->range.count) return;  // not an answer to this
  const ChunkRange compared = {.first = asked->range.first, .count = body.chunks};
  const ChunkRange rest = {.first = compared.end(), .count = asked->range.count - body.chunks};
  std::uint64_t least = compared.blocks().first;
  for (const ChunkRun& run : body.runs) {
    if (run.range.first < least || run.range.end() > compared.blocks().end()) return;
    least = run.range.end();
  }
  resync_->asked.erase(found);
  resync_->checked_blocks += compared.blocks().count;
  if (store_.graph().Find(object) != nullptr) {
    MarkSame(object, compared, body.runs);
    if (rest.count != 0) resync_->uncompared.emplace_back(object, rest);
    for (const ChunkRun& run : body.runs) TakeRun(object, run);
  }
  DriveResync();
}

// Chunks that no run tells of. What was compared is what stood here when it was asked; updates since then have marked
// what they changed.
void MemberCore::MarkSame(ObjectId object, const ChunkRange& compared, const std::vector<ChunkRun>& differing) {
  std::uint64_t same_from = compared.first;
  for (const ChunkRun& run : differing) {
    const std::uint64_t chunk = run.range.first / kChunkBlocks;
    if (chunk > same_from) MarkVerified(object, ChunkRange{.first = same_from, .count = chunk - same_from}.blocks());
    same_from = chunk + 1;
  }
  if (compared.end() > same_from)
    MarkVerified(object, ChunkRange{.first = same_from, .count = compared.end() - same_from}.blocks());
}

void MemberCore::TakeRun(ObjectId object, const ChunkRun& run) {
  // What this member has under the same stamp it has.
  RangeVector other;
  store_.graph().Resolve(object, run.range, [&](const Piece& piece) {
    if (piece.stamp == run.stamp && piece.kind == run.kind) {
      MarkVerified(object, piece.range);
    } else {
      Append(other, piece.range);
    }
  });
  for (const BlockRange& range : other) {
    for (const BlockRange& part : ToReplace(object, range, run.stamp)) {
      if (run.kind == ExtentKind::kData) {
        if (resync_->dropping) {
          DropOwn(object, part);
        } else {
          resync_->wanted.emplace_back(object, part);
        }
        continue;
      }
      if (run.kind == ExtentKind::kZero) {
        store_.SetZero(object, {part}, run.stamp, *actions_);
      } else {
        store_.Unset(object, part, *actions_);
      }
      MarkVerified(object, part);
    }
  }
}

void MemberCore::OnContent(MemberId from, const ContentAnswer& body) {
  if (repair_ && OnRepairContent(body)) return;
  if (!resync_ || from != resync_->source) return;
  const auto found = resync_->asked.find(body.token);
  if (found == resync_->asked.end()) return;
  const auto* asked = std::get_if<ContentRequest>(&found->second.body);
  if (asked == nullptr) return;
  const ObjectId object = asked->object;
  const BlockRange range = asked->range;
  if (body.lost) {
    found->second.why_again = "is rotten there";  // and may be repaired there
    return;
  }
  for (const ContentRun& run : body.runs) {
    if (run.range.first < range.first || run.range.end() > range.end()) return;
    const bool has_room = store_.HasRoom(run.data.size());
    if (has_room && Checksums(run.data) == run.checksums) continue;
    found->second.why_again = has_room ? "came damaged" : "has no room here";
    if (!has_room && !store_.CanMakeRoom()) BeginDropping();
    return;
  }
  resync_->asked.erase(found);
  if (store_.graph().Find(object) != nullptr) {
    for (const ContentRun& run : body.runs) TakeContentRun(object, run);
  }
  DriveResync();
}

bool MemberCore::TakeContentRun(ObjectId object, const ContentRun& run) {
  const RangeVector replaced = ToReplace(object, run.range, run.stamp);
  if (run.kind == ExtentKind::kData) {
    store_.SetData(object, run.range.first, replaced, run.stamp, {.bytes = run.data}, run.checksums, *actions_);
  } else if (run.kind == ExtentKind::kZero) {
    store_.SetZero(object, replaced, run.stamp, *actions_);
  } else {
    for (const BlockRange& range : replaced) store_.Unset(object, range, *actions_);
  }
  for (const BlockRange& range : replaced) resync_->fetched_blocks += range.count;
  MarkVerified(object, run.range);
  return true;
}

std::string MemberCore::ResyncWaitsFor() const {
  if (resync_->source == kNobody) return "a source";
  std::string text = std::to_string(resync_->asked.size()) + " answers of member " + std::to_string(resync_->source);
  for (const auto& [token, asked] : resync_->asked) {
    const auto* content = std::get_if<ContentRequest>(&asked.body);
    if (content == nullptr || asked.why_again == nullptr) continue;
    return text + ": object " + std::to_string(content->object) + ", block " + std::to_string(content->range.first) +
           " " + asked.why_again;
  }
  return text;
}

// ---------------------------------------------------------------- what is known to be right

const BlockSet& MemberCore::Verified(ObjectId object) const {
  static const BlockSet kNothing;
  const auto found = resync_->verified.find(object);
  return found == resync_->verified.end() ? kNothing : found->second;
}

void MemberCore::MarkVerified(ObjectId object, BlockRange range) {
  if (!resync_->merging) resync_->verified[object].Add(range);
}

// A learner's own blocks count for nothing until they are compared: they may be of writes that never came about. After
// that, and at members in sync, the greater stamp wins.
RangeVector MemberCore::ToReplace(ObjectId object, BlockRange range, const Stamp& stamp) const {
  const bool learns = resync_ && !resync_->merging && config_.planted != PlantedBug::kResyncSkipsNewer;
  return learns ? ToReplaceOfOwn(object, range, stamp) : store_.graph().OlderThan(object, range, stamp);
}

RangeVector MemberCore::ToReplaceOfOwn(ObjectId object, BlockRange range, const Stamp& stamp) const {
  RangeVector replaced;
  Verified(object).Split(range, [&](const BlockRange& part, bool is_verified) {
    if (!is_verified) return Append(replaced, part);
    for (const BlockRange& older : store_.graph().OlderThan(object, part, stamp)) Append(replaced, older);
  });
  return replaced;
}

// Objects changed during the walk. What a new snapshot or clone shows is what its origin showed; the walk begins again,
// and finds equal what was compared already.
void MemberCore::ResyncAfterChange(const ObjectChange& change, ObjectId made) {
  auto& verified = resync_->verified;
  if (change.kind == ObjectChange::Kind::kSnapshot || change.kind == ObjectChange::Kind::kClone) {
    verified[made] = verified[change.object];
  }
  if (change.kind == ObjectChange::Kind::kDelete && store_.graph().Find(change.object) == nullptr)
    verified.erase(change.object);
  std::erase_if(resync_->wanted, [&](const auto& wanted) { return store_.graph().Find(wanted.first) == nullptr; });
  if (!up_to_date_) BeginWalk();
}

// ---------------------------------------------------------------- the source

void MemberCore::AnswerTable(MemberId from, const TableRequest& body) {
  if (!IsInSync() && phase_ != Phase::kReturning) return;
  TableAnswer answer = {.token = body.token, .done = control_done_};
  if (last_change_ && last_change_->first > control_done_) answer.last = last_change_->second;
  ObjectTable& table = answer.table;
  table.serial = store_.graph().serial();
  table.next_object = store_.graph().next_object();
  for (const StorageObject* object : store_.graph().InOrder()) {
    table.objects.push_back({.id = object->id,
                             .kind = object->kind,
                             .hidden = object->hidden,
                             .name = object->name,
                             .blocks = object->blocks,
                             .parent = object->parent});
  }
  SendTo(MemberSet::Of(from), std::move(answer));
}

void MemberCore::AnswerDigests(MemberId from, const DigestRequest& body) {
  if ((!IsInSync() && phase_ != Phase::kReturning) || body.digests.size() > kDigestsPerRequest) return;
  const Graph& graph = store_.graph();
  DigestAnswer answer = {.token = body.token};
  auto theirs = body.digests.begin();
  std::uint64_t at = body.range.first;
  while (at < body.range.end() && answer.runs.size() < kRunsPerAnswer) {
    std::uint64_t chunk = std::min(graph.NextWritten(body.object, at), body.range.end());
    std::uint64_t digest = 0;
    if (theirs != body.digests.end() && theirs->chunk <= chunk) {
      chunk = theirs->chunk;
      digest = theirs->digest;
      ++theirs;
    }
    if (graph.Digest(body.object, chunk) != digest) TellRuns(body.object, chunk, answer.runs);
    at = chunk + 1;
  }
  at = std::min(at, body.range.end());
  answer.chunks = at - body.range.first;
  SendTo(MemberSet::Of(from), std::move(answer));
}

// Runs of one stamp of a whole chunk.
void MemberCore::TellRuns(ObjectId object, std::uint64_t chunk, std::vector<ChunkRun>& runs) const {
  const std::size_t begin = runs.size();
  store_.graph().Resolve(object, ChunkRange{.first = chunk, .count = 1}.blocks(), [&](const Piece& piece) {
    if (runs.size() > begin && runs.back().stamp == piece.stamp && runs.back().kind == piece.kind) {
      runs.back().range.count += piece.range.count;
    } else {
      runs.push_back({.range = piece.range, .kind = piece.kind, .stamp = piece.stamp});
    }
  });
}

void MemberCore::AnswerContent(MemberId from, const ContentRequest& body) {
  if (!IsInSync() && phase_ != Phase::kReturning) return;
  if (TryAnswerContent(from, body)) return;
  // Its content is being read. A question that is asked again waits once.
  const bool waits = std::any_of(content_answers_.begin(), content_answers_.end(), [&](const auto& other) {
    return other.first == from && other.second.token == body.token;
  });
  if (!waits && content_answers_.size() < kAnswersWaitingMax) content_answers_.emplace_back(from, body);
}

bool MemberCore::TryAnswerContent(MemberId from, const ContentRequest& body) {
  ContentAnswer answer = {.token = body.token};
  Bytes data(body.range.count * config_.block_bytes);
  bool all = true;
  store_.graph().Resolve(body.object, body.range, [&](const Piece& piece) {
    ContentRun run = {.range = piece.range, .kind = piece.kind, .stamp = piece.stamp};
    if (piece.kind == ExtentKind::kData) {
      const auto part = std::span(data).subspan((piece.range.first - body.range.first) * config_.block_bytes,
                                                piece.range.count * config_.block_bytes);
      if (!store_.Load(piece.content, piece.index, static_cast<std::uint32_t>(piece.range.count), part, *actions_)) {
        all = false;
        answer.lost = answer.lost || store_.is_rotten(piece.content);
      }
      run.data = part;
      for (std::uint32_t i = 0; i < piece.range.count; ++i) {
        run.checksums.push_back(store_.BlockChecksum(piece.content, piece.index + i));
      }
    }
    answer.runs.push_back(std::move(run));
  });
  if (!all && !answer.lost) return false;
  if (answer.lost) answer.runs.clear();
  SendTo(MemberSet::Of(from), std::move(answer));
  return true;
}

void MemberCore::RetryContentAnswers() {
  for (std::size_t tries = content_answers_.size(); tries > 0; --tries) {
    const auto waiting = content_answers_.front();
    content_answers_.pop_front();
    if (!TryAnswerContent(waiting.first, waiting.second)) content_answers_.push_back(waiting);
  }
  for (std::size_t tries = verify_answers_.size(); tries > 0; --tries) {
    const auto waiting = verify_answers_.front();
    verify_answers_.pop_front();
    AnswerVerify(waiting.first, waiting.second);
  }
}

}  // namespace tarn::dataset
