// Clients: reads, writes, flushes. What cannot be served now is held, and tried again when something changed.
#include <algorithm>
#include <optional>

#include "sw/dataset/member_core.h"

namespace tarn::dataset {

using Kind = IoRequest::Kind;

namespace {
bool Changes(Kind kind) { return kind == Kind::kWrite || kind == Kind::kTrim || kind == Kind::kWriteZeroes; }
}  // namespace

void MemberCore::OnIo(IoRequest io) {
  const RequestId id = io.id;
  const bool bad = phase_ == Phase::kFailed || phase_ == Phase::kRefused || phase_ == Phase::kLeft || leave_;
  if (requests_.size() >= config_.requests_max || requests_.contains(id) || bad) {
    actions_->emplace_back(Reply{.id = id, .outcome = bad ? Outcome::kUnavailable : Outcome::kBusy});
    return;
  }
  auto request = std::make_unique<Request>();
  request->io = std::move(io);
  request->arrived_ns = now_;
  Request& held = *request;
  requests_[id] = std::move(request);
  if (!TryBegin(held)) held_.push_back(id);
}

std::optional<Outcome> MemberCore::Judge(const IoRequest& io) const {
  if (io.kind == Kind::kFlush) return std::nullopt;
  const StorageObject* const object = store_.graph().Find(io.object);
  if (object == nullptr || object->hidden) return Outcome::kNoSuchObject;
  if (Changes(io.kind) && object->kind != ObjectStatus::Kind::kVolume) return Outcome::kReadOnly;
  const std::uint64_t size = object->blocks * config_.block_bytes;
  const bool fits = io.length_bytes != 0 && io.offset_bytes % config_.block_bytes == 0 &&
                    io.length_bytes % config_.block_bytes == 0 && io.offset_bytes <= size &&
                    io.length_bytes <= size - io.offset_bytes &&
                    (io.kind != Kind::kWrite || io.data.bytes.size() == io.length_bytes);
  return fits ? std::nullopt : std::optional(Outcome::kInvalid);
}

bool MemberCore::TryBegin(Request& request) {
  if (phase_ != Phase::kServing || !HasLease()) return false;
  if (const auto wrong = Judge(request.io)) {
    Answer(request, *wrong);
    return true;
  }
  switch (request.io.kind) {
    case Kind::kRead:
      return BeginRead(request);
    case Kind::kWrite:
    case Kind::kTrim:
    case Kind::kWriteZeroes:
      return BeginWrite(request);
    case Kind::kFlush:
      return BeginFlush(request);
    case Kind::kBlockStatus:
      AnswerStatus(request);
      return true;
  }
  return true;
}

// ---------------------------------------------------------------- writes

bool MemberCore::BeginWrite(Request& request) {
  const bool full = mine_ >= config_.updates_max || mine_bytes_ >= config_.update_bytes_max;
  if (frozen_ != 0 || chair_change_ || full) return false;
  if (request.io.kind == Kind::kWrite) {
    std::uint64_t free_bytes = store_.free_bytes();
    // A learner that has not compared all makes room by dropping what it has of old.
    for (const MemberId member : OtherCopies()) {
      const bool counts = record_.in_sync.contains(member) || peers_[member].up_to_date;
      if (peers_[member].heard_in_epoch && counts) free_bytes = std::min(free_bytes, peers_[member].free_bytes);
    }
    // What all members may have begun before they hear of each other.
    const std::uint64_t in_flight = std::uint64_t{mine_} * config_.block_bytes * 2 + config_.segment_bytes;
    if (free_bytes < 2 * request.io.length_bytes + in_flight) {
      Answer(request, Outcome::kNoSpace);
      return true;
    }
    if (!store_.HasRoom(request.io.length_bytes)) {
      if (store_.CanMakeRoom()) return false;
      Answer(request, Outcome::kNoSpace);
      return true;
    }
  }
  BeginUpdates(request);
  return true;
}

// ---------------------------------------------------------------- reads

// Whether an update that not all have applied is about these blocks: what is read then could be unread at another
// member.
bool MemberCore::IsInFlight(ObjectId object, BlockRange range) const {
  if (config_.planted == PlantedBug::kReadInFlight) return false;
  return std::any_of(pending_.begin(), pending_.end(), [&](const auto& entry) {
    return entry.second.object == object && entry.second.range.Overlaps(range);
  });
}

bool MemberCore::BeginRead(Request& request) {
  const IoRequest& io = request.io;
  const BlockRange range = {.first = io.offset_bytes / config_.block_bytes,
                            .count = io.length_bytes / config_.block_bytes};
  if (IsInFlight(io.object, range)) return false;
  request.begun = true;
  if (request.unread.empty()) {
    request.unread = {range};
    request.data.assign(io.length_bytes, 0);
  }
  request.parts.clear();
  for (const BlockRange& unread : request.unread) {
    store_.graph().Resolve(io.object, unread, [&](const Piece& piece) {
      if (piece.kind != ExtentKind::kData) return;
      request.parts.push_back({.content = piece.content,
                               .index = piece.index,
                               .count = static_cast<std::uint32_t>(piece.range.count),
                               .offset = (piece.range.first - range.first) * config_.block_bytes});
    });
  }
  FinishParts(request);
  return true;
}

bool MemberCore::FillPart(Request& request, const ReadPart& part) {
  return store_.Load(part.content, part.index, part.count,
                     std::span(request.data).subspan(part.offset, std::size_t{part.count} * config_.block_bytes),
                     *actions_);
}

// Fills in what is in memory, for good: memory need not hold all of a read at once. The rest is being read, or fetched
// from another member.
void MemberCore::FinishParts(Request& request) {
  const std::uint64_t first = request.io.offset_bytes / config_.block_bytes;
  std::vector<ReadPart> missing;
  request.unread.clear();
  for (const ReadPart& part : request.parts) {
    if (lost_.contains(part.content)) {
      Answer(request, Outcome::kIo);
      return;
    }
    if (FillPart(request, part)) continue;
    missing.push_back(part);
    request.unread.push_back({.first = first + part.offset / config_.block_bytes, .count = part.count});
    std::vector<RequestId>& waiting = loading_[part.content];
    if (std::find(waiting.begin(), waiting.end(), request.io.id) == waiting.end()) waiting.push_back(request.io.id);
  }
  request.parts = std::move(missing);
  if (request.parts.empty()) Answer(request, Outcome::kOk);
}

// A content is in memory, or is found to be rotten, or died.
void MemberCore::OnContentLoaded(ContentId content) {
  const auto found = loading_.find(content);
  if (found != loading_.end()) {
    const std::vector<RequestId> waiting = std::move(found->second);
    loading_.erase(found);
    for (const RequestId id : waiting) {
      const auto request = requests_.find(id);
      if (request == requests_.end()) continue;
      // Its content may have been overwritten meanwhile: what is still unread is looked up anew.
      request->second->begun = false;
      request->second->parts.clear();
      if (!TryBegin(*request->second)) held_.push_back(id);
    }
  }
  RetryContentAnswers();
}

void MemberCore::AnswerStatus(Request& request) {
  const IoRequest& io = request.io;
  std::vector<StatusRun> runs;
  const BlockRange range = {.first = io.offset_bytes / config_.block_bytes,
                            .count = io.length_bytes / config_.block_bytes};
  store_.graph().Resolve(io.object, range, [&](const Piece& piece) {
    const bool is_hole = piece.kind != ExtentKind::kData;
    const std::uint64_t length = piece.range.count * config_.block_bytes;
    if (!runs.empty() && runs.back().is_hole == is_hole) {
      runs.back().length_bytes += length;
    } else {
      runs.push_back({.length_bytes = length, .is_hole = is_hole});
    }
  });
  const RequestId id = io.id;
  actions_->emplace_back(Reply{.id = id, .runs = std::move(runs)});
  requests_.erase(id);
}

// ---------------------------------------------------------------- flushes

bool MemberCore::BeginFlush(Request& request) {
  request.begun = true;
  const std::uint64_t token = next_token_++;
  flushes_[token] = {.request = request.io.id, .sent_ns = now_};
  if (config_.planted == PlantedBug::kFlushLocalOnly) {
    flushes_[token].done = OthersInSync();
  } else {
    SendTo(OthersInSync(), FlushRequest{.token = token});
  }
  AfterSync({.what = SyncWaiter::What::kFlushHere, .token = token});
  return true;
}

void MemberCore::OnFlushRequest(MemberId from, std::uint64_t token) {
  if (IsInSync()) AfterSync({.what = SyncWaiter::What::kFlushOfPeer, .from = from, .token = token});
}

void MemberCore::OnFlushDone(MemberId from, std::uint64_t token) {
  const auto flush = flushes_.find(token);
  if (flush == flushes_.end()) return;
  flush->second.done = flush->second.done.With(from);
  CheckFlush(token);
}

void MemberCore::CheckFlush(std::uint64_t token) {
  const Flush& flush = flushes_.at(token);
  if (!flush.here || !flush.done.ContainsAll(OthersInSync())) return;
  const RequestId id = flush.request;
  flushes_.erase(token);
  if (const auto request = requests_.find(id); request != requests_.end()) Answer(*request->second, Outcome::kOk);
}

void MemberCore::RetransmitFlushes() {
  for (auto& [token, flush] : flushes_) {
    if (now_ - flush.sent_ns < config_.retransmit_ns) continue;
    flush.sent_ns = now_;
    SendTo(OthersInSync() - flush.done, FlushRequest{.token = token});
  }
}

// ---------------------------------------------------------------- held, answered, failed

void MemberCore::RunHeld() {
  run_held_ = false;
  if (held_.empty() || phase_ != Phase::kServing || !HasLease()) return;
  std::deque<RequestId> held = std::move(held_);
  held_.clear();
  for (const RequestId id : held) {
    const auto request = requests_.find(id);
    if (request != requests_.end() && !request->second->begun && !TryBegin(*request->second)) held_.push_back(id);
  }
}

void MemberCore::ExpireHeld() {
  std::deque<RequestId> kept;
  for (const RequestId id : held_) {
    const auto request = requests_.find(id);
    if (request == requests_.end()) continue;
    if (now_ - request->second->arrived_ns < config_.hold_ns) {
      kept.push_back(id);
    } else {
      Answer(*request->second, Outcome::kUnavailable);
    }
  }
  held_ = std::move(kept);
  for (auto forwarded = forwarded_.begin(); forwarded != forwarded_.end();) {
    const auto next = std::next(forwarded);
    if (now_ - forwarded->second.since_ns >= config_.hold_ns) {
      AnswerControl(config_.self, forwarded->first, Outcome::kUnknown, kNoObject);
    }
    forwarded = next;
  }
}

void MemberCore::Answer(Request& request, Outcome outcome) {
  const RequestId id = request.io.id;
  Reply reply = {.id = id, .outcome = outcome};
  if (outcome == Outcome::kOk && request.io.kind == Kind::kRead) reply.data = std::move(request.data);
  actions_->emplace_back(std::move(reply));
  requests_.erase(id);
}

// This member lost its place. What was sent to others may be applied by them yet.
void MemberCore::FailRequestsUnderWay() {
  flushes_.clear();
  loading_.clear();
  std::vector<RequestId> unknown;
  for (auto& [id, request] : requests_) {
    if (!request->begun) continue;
    if (Changes(request->io.kind)) {
      unknown.push_back(id);
    } else {
      request->begun = false;
      request->unread.clear();
      request->parts.clear();
      held_.push_back(id);
    }
  }
  std::sort(unknown.begin(), unknown.end());
  for (const RequestId id : unknown) Answer(*requests_.at(id), Outcome::kUnknown);
}

}  // namespace tarn::dataset
