// Rot: content whose bytes in the log are not what its checksum says is written anew, from memory or from another
// member that has the same blocks under the same stamp. Verification and scrubbing look for what nobody has read.
#include <algorithm>
#include <optional>

#include "sw/dataset/member_core.h"

namespace tarn::dataset {

// ---------------------------------------------------------------- repair

bool MemberCore::RepairFromMemory(ContentId content) {
  bool any = false;
  while (const auto use = store_.graph().FindReference(content)) {
    const Piece& piece = use->second;
    Bytes data(piece.range.count * config_.block_bytes);
    if (!store_.Load(content, piece.index, static_cast<std::uint32_t>(piece.range.count), data, *actions_))
      return false;
    store_.SetData(use->first, piece.range.first, {piece.range}, piece.stamp, {.bytes = data}, Checksums(data),
                   *actions_);
    repaired_blocks_ += piece.range.count;
    any = true;
  }
  return any;
}

void MemberCore::DriveRepair() {
  if (repair_ && now_ - repair_->sent_ns < config_.retransmit_ns) return;
  if (!IsInSync() && phase_ != Phase::kReturning) {
    repair_.reset();
    return;
  }
  if (repair_ && !store_.is_rotten(repair_->content)) repair_.reset();
  if (!repair_) {
    const auto next = std::find_if(store_.rotten().begin(), store_.rotten().end(),
                                   [&](ContentId content) { return !lost_.contains(content); });
    if (next == store_.rotten().end()) return;
    repair_ = Repair{.content = *next};
  }
  const ContentId content = repair_->content;
  if (!store_.HasRoom(Store::kContentBlocksMax * config_.block_bytes)) return;
  if (RepairFromMemory(content)) {
    repair_.reset();
    OnContentLoaded(content);
    return;
  }
  const auto use = store_.graph().FindReference(content);
  MemberSet untried = OthersInSync() - repair_->tried;
  if (!use || untried.empty()) {
    // Nobody has it. A later life of another member may.
    if (use && record_.in_sync.size() > 1) repair_->tried = {};
    if (use && record_.in_sync.size() == 1) {
      lost_.insert(content);
      actions_->emplace_back(Note{.level = Note::Level::kError, .text = "content is lost: its only copy is rotten"});
    }
    if (!use || record_.in_sync.size() == 1) repair_.reset();
    OnContentLoaded(content);
    return;
  }
  repair_->object = use->first;
  repair_->piece = use->second;
  repair_->token = next_token_++;
  repair_->sent_ns = now_;
  const MemberId peer = untried.first();
  repair_->tried = repair_->tried.With(peer);
  SendTo(MemberSet::Of(peer),
         ContentRequest{.token = repair_->token, .object = repair_->object, .range = repair_->piece.range});
}

// True where the answer was one to a repair.
bool MemberCore::OnRepairContent(const ContentAnswer& body) {
  if (body.token != repair_->token) return false;
  const ContentId content = repair_->content;
  if (store_.is_rotten(content)) {
    for (const ContentRun& run : body.runs) {
      if (run.kind != ExtentKind::kData || Checksums(run.data) != run.checksums) continue;
      // Of what this member still has under that stamp, and with that content.
      RangeVector same;
      store_.graph().Resolve(repair_->object, run.range, [&](const Piece& piece) {
        if (piece.content == content && piece.stamp == run.stamp) same.push_back(piece.range);
      });
      if (same.empty()) continue;
      store_.SetData(repair_->object, run.range.first, same, run.stamp, {.bytes = run.data}, run.checksums, *actions_);
      for (const BlockRange& range : same) repaired_blocks_ += range.count;
      repair_->tried = {};
    }
  }
  repair_->sent_ns = now_ - config_.retransmit_ns;
  if (!store_.is_rotten(content)) {
    repair_.reset();
    OnContentLoaded(content);
  }
  DriveRepair();
  return true;
}

// ---------------------------------------------------------------- verification and scrubbing

void MemberCore::BeginCheck(const ControlRequest& request) {
  const bool is_verify = request.kind == ControlRequest::Kind::kVerify;
  const MemberId peer = OthersInSync().first();
  if (check_ || (is_verify && peer == kNobody)) {
    actions_->emplace_back(Reply{.id = request.id,
                                 .outcome = check_ ? Outcome::kBusy : Outcome::kUnavailable,
                                 .text = check_ ? "a check is under way" : "no other member is in sync"});
    return;
  }
  check_ = Check{.request = request, .peer = peer, .rotten_before = repaired_blocks_};
  if (is_verify) {
    for (const auto& [id, object] : store_.graph().objects()) check_->objects.push_back(id);
  } else {
    store_.StartScrub(*actions_);
  }
  DriveCheck();
}

void MemberCore::FinishCheck(const std::string& text, Outcome outcome) {
  if (!check_) return;
  actions_->emplace_back(Reply{.id = check_->request.id, .outcome = outcome, .text = text});
  check_.reset();
}

void MemberCore::DriveCheck() {
  if (!check_) return;
  Check& check = *check_;
  if (check.request.kind == ControlRequest::Kind::kScrub) {
    if (store_.scrubbing()) return;
    const bool left = std::any_of(store_.rotten().begin(), store_.rotten().end(),
                                  [&](ContentId content) { return !lost_.contains(content); });
    if (left || check.syncing) return;
    // What is repaired is so after a loss of power as well.
    check.syncing = true;
    AfterSync({.what = SyncWaiter::What::kScrubbed});
    return;
  }
  if (check.token != 0) {
    if (now_ - check.sent_ns < config_.retransmit_ns) return;
    check.sent_ns = now_;
    SendTo(MemberSet::Of(check.peer),
           VerifyRequest{.token = check.token, .object = check.object, .range = check.range});
    return;
  }
  for (; check.at_object < check.objects.size(); ++check.at_object, check.at_block = 0) {
    const StorageObject* const object = store_.graph().Find(check.objects[check.at_object]);
    if (object == nullptr || check.at_block >= object->blocks) continue;
    check.object = object->id;
    check.range = NextToVerify(object->id, {.first = check.at_block, .count = object->blocks - check.at_block});
    check.token = next_token_++;
    check.sent_ns = now_;
    SendTo(MemberSet::Of(check.peer),
           VerifyRequest{.token = check.token, .object = check.object, .range = check.range});
    return;
  }
  FinishCheck(std::to_string(check.blocks) + " blocks compared with member " + std::to_string(check.peer) + ", " +
                  std::to_string(check.differing) + " differ",
              check.differing == 0 ? Outcome::kOk : Outcome::kIo);
}

void MemberCore::EndScrub() {
  if (!check_ || !check_->syncing) return;
  const std::string lost = lost_.empty() ? "" : ", " + std::to_string(lost_.size()) + " segments of content lost";
  FinishCheck(std::to_string(repaired_blocks_ - check_->rotten_before) + " blocks repaired" + lost,
              lost_.empty() ? Outcome::kOk : Outcome::kIo);
}

// Of a range, from its begin on, as much as is compared at once: up to the end of the first chunk that was written.
BlockRange MemberCore::NextToVerify(ObjectId object, const BlockRange& range) const {
  const std::uint64_t chunk = store_.graph().NextWritten(object, range.first / kChunkBlocks);
  return {.first = range.first, .count = std::min(range.end(), (chunk + 1) * kChunkBlocks) - range.first};
}

// Hashes of the bytes as they are, not of what they should be.
void MemberCore::AnswerVerify(MemberId from, const VerifyRequest& body) {
  if (!IsInSync()) return;
  VerifyAnswer answer = {.token = body.token};
  bool all = true;
  store_.graph().Resolve(body.object, NextToVerify(body.object, body.range), [&](const Piece& piece) {
    VerifyRun run = {.range = piece.range, .stamp = piece.stamp};
    if (piece.kind == ExtentKind::kData) {
      Bytes data(piece.range.count * config_.block_bytes);
      if (store_.Load(piece.content, piece.index, static_cast<std::uint32_t>(piece.range.count), data, *actions_)) {
        run.checksums = Checksums(data);
      } else if (lost_.contains(piece.content)) {
        answer.lost = true;  // for good: to be told, not waited for
      } else {
        all = false;
      }
    }
    answer.runs.push_back(std::move(run));
  });
  if (all) {
    SendTo(MemberSet::Of(from), std::move(answer));
  } else if (verify_answers_.size() < kMembersMax) {
    verify_answers_.emplace_back(from, body);
  }
}

void MemberCore::OnVerify(MemberId from, const VerifyAnswer& body) {
  if (!check_ || check_->token != body.token || from != check_->peer) return;
  std::uint64_t end = check_->range.first;
  for (const VerifyRun& run : body.runs) {
    if (run.range.first != end || run.range.end() > check_->range.end()) return;
    end = run.range.end();
  }
  // As far as both have the same writes, and their content is in memory here: from there on it is asked again, after a
  // while where that is nothing.
  bool all = true;
  for (const VerifyRun& run : body.runs) {
    store_.graph().Resolve(check_->object, run.range, [&](const Piece& piece) {
      const auto differing = piece.stamp == run.stamp ? CountDiffering(piece, run) : std::nullopt;
      all = all && differing.has_value();
      if (!all) return;
      check_->blocks += piece.range.count;
      check_->differing += *differing;
      check_->at_block = piece.range.end();
    });
  }
  if (check_->at_block == check_->range.first) return;
  check_->token = 0;
  DriveCheck();
}

// How many blocks' bytes are not the peer's; nothing where they are not in memory yet.
std::optional<std::uint64_t> MemberCore::CountDiffering(const Piece& piece, const VerifyRun& run) {
  if (piece.kind != ExtentKind::kData) return run.checksums.empty() ? 0 : piece.range.count;
  Bytes data(piece.range.count * config_.block_bytes);
  if (!store_.Load(piece.content, piece.index, static_cast<std::uint32_t>(piece.range.count), data, *actions_)) {
    return lost_.contains(piece.content) ? std::optional(piece.range.count) : std::nullopt;
  }
  const ChecksumVector own = Checksums(data);
  std::uint64_t differing = 0;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const std::size_t at = piece.range.first - run.range.first + i;
    differing += at < run.checksums.size() && run.checksums[at] == own[i] ? 0 : 1;
  }
  return differing;
}

}  // namespace tarn::dataset
