// What a member does with its log at the start of a life: newest superblock, its checkpoint, and what follows.
#include <algorithm>
#include <optional>

#include "sw/dataset/store.h"
#include "sw/dataset/wire.h"

namespace tarn::dataset {

namespace {
std::optional<Superblock> NewestSuperblock(std::span<const std::uint8_t> bytes) {
  std::optional<Superblock> newest;
  for (std::uint64_t copy = 0; copy < kSuperblockCopies; ++copy) {
    const auto superblock = DecodeSuperblock(bytes.subspan(copy * kSuperblockSpacing));
    if (superblock && (!newest || superblock->number > newest->number)) newest = superblock;
  }
  return newest;
}

// What stands at the begin of a checkpoint beside the objects.
std::optional<MembershipNote> NoteOf(std::span<const std::uint8_t> checkpoint_begin) {
  WireReader reader(checkpoint_begin);
  reader.U64();
  return DecodeNote(reader.Blob());
}
}  // namespace

void Store::Start(Actions& actions) {
  stage_ = Stage::kSuperblocks;
  Ask({.what = Pending::What::kRecovery}, 0, kSegmentsBegin, actions);
}

void Store::OnRecoveryRead(const StorageRead& read, Actions& actions) {
  const Pending pending = reads_.at(read.token);
  reads_.erase(read.token);
  recovered_bytes_ += read.bytes.size();
  if (read.result != StorageResult::kOk) {
    trouble_ = "the storage cannot be read";
    return;
  }
  switch (stage_) {
    case Stage::kSuperblocks:
      TakeSuperblocks(read.bytes, actions);
      break;
    case Stage::kChain:
      ReplaySegment(read.bytes, actions);
      break;
    case Stage::kScan: {
      const std::uint64_t sequence = SequenceAt(read.bytes);
      newest_sequence_ = std::max(newest_sequence_, sequence);
      segments_[pending.segment].sequence = sequence;
      if (sequence > chain_sequence_) beyond_.emplace_back(pending.segment, sequence);
      if (--scans_waiting_ == 0) LookBeyond(actions);
      break;
    }
    case Stage::kBeyond:
      NoteDurableBeyond(read.bytes, beyond_.back().second, 0);
      beyond_.pop_back();
      LookBeyond(actions);
      break;
    case Stage::kIdle:
    case Stage::kReady:
      break;
  }
}

Status Store::CheckSuperblocks(std::span<const std::uint8_t> bytes, const MemberConfig& config) {
  const std::optional<Superblock> newest = NewestSuperblock(bytes);
  if (!newest) return {};
  if (newest->dataset != config.dataset || newest->self != config.self) {
    return Status::Error("the storage belongs to another dataset or member");
  }
  if (newest->block_bytes != config.block_bytes || newest->segment_bytes != config.segment_bytes) {
    return Status::Error("the storage was made with another size of blocks or segments");
  }
  const std::uint64_t segments = (config.device_bytes - kSegmentsBegin) / config.segment_bytes;
  if (newest->checkpoint_segment >= segments) return Status::Error("the storage is smaller than it was");
  return {};
}

bool Store::HasJoined(std::span<const std::uint8_t> bytes, const MemberConfig& config, const ReadAt& read) {
  const std::optional<Superblock> newest = NewestSuperblock(bytes);
  if (!newest) return std::ranges::any_of(bytes, [](std::uint8_t byte) { return byte != 0; });
  const Bytes segment =
      read(kSegmentsBegin + std::uint64_t{newest->checkpoint_segment} * config.segment_bytes, config.segment_bytes);
  std::uint32_t offset = newest->checkpoint_offset;
  bool knows_nothing = false;
  while (const auto record = DecodeRecord(segment, newest->checkpoint_sequence, offset, /*check_payload=*/true)) {
    std::optional<MembershipNote> note;
    if (record->header.type == RecordType::kCheckpointBegin && record->payload_is_whole) note = NoteOf(record->payload);
    if (record->header.type == RecordType::kMembership) note = DecodeNote(record->meta);
    if (note && (note->record.exists() || note->incomplete)) return true;
    knows_nothing = knows_nothing || note;
    if (record->header.type == RecordType::kLink) return true;  // so much is written by members alone
    offset += record->header.total_bytes;
  }
  return !knows_nothing;
}

void Store::TakeSuperblocks(std::span<const std::uint8_t> bytes, Actions& actions) {
  const std::optional<Superblock> newest = NewestSuperblock(bytes);
  if (!newest) {
    was_blank_ = true;
    note_.incomplete = std::any_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte != 0; });
    Scan(actions);
    return;
  }
  superblock_ = *newest;
  if (const Status status = CheckSuperblocks(bytes, config_); !status.ok()) {
    trouble_ = status.message();
    return;
  }
  stage_ = Stage::kChain;
  chain_segment_ = newest->checkpoint_segment;
  chain_sequence_ = newest->checkpoint_sequence;
  chain_offset_ = newest->checkpoint_offset;
  Ask({.what = Pending::What::kRecovery}, SegmentOffset(chain_segment_), segment_bytes_, actions);
}

void Store::ReplaySegment(std::span<const std::uint8_t> bytes, Actions& actions) {
  chain_.insert(chain_segment_);
  std::uint32_t offset = chain_offset_;
  while (true) {
    const auto record = DecodeRecord(bytes, chain_sequence_, offset, /*check_payload=*/true);
    if (!record || !record->payload_is_whole) return EndChain(bytes, offset, actions);
    durable_seen_ = std::max(durable_seen_, record->header.durable_lsn);
    if (record->header.type == RecordType::kLink) {
      WireReader reader(record->meta);
      const std::uint32_t next = reader.U32();
      const std::uint64_t sequence = reader.U64();
      if (!reader.ok() || next >= segments_.size() || chain_.contains(next)) return EndChain(bytes, offset, actions);
      chain_segment_ = next;
      chain_sequence_ = sequence;
      chain_offset_ = 0;
      Ask({.what = Pending::What::kRecovery}, SegmentOffset(next), segment_bytes_, actions);
      return;
    }
    chain_offset_ = offset;
    if (!Replay(*record)) return EndChain(bytes, offset, actions);
    offset += record->header.total_bytes;
  }
}

// Where the log ends. What lies beyond tells whether it ends there because nothing more was made stable, or is damaged.
void Store::EndChain(std::span<const std::uint8_t> bytes, std::uint32_t offset, Actions& actions) {
  chain_end_lsn_ = chain_sequence_ * segment_bytes_ + offset;
  NoteDurableBeyond(bytes, chain_sequence_, offset);
  if (!checkpoint_whole_) {
    Forget();
    note_.incomplete = true;
    was_blank_ = true;
  }
  Scan(actions);
}

void Store::NoteDurableBeyond(std::span<const std::uint8_t> bytes, std::uint64_t sequence, std::uint32_t offset) {
  for (; offset + kSectorBytes <= bytes.size(); offset += kSectorBytes) {
    const auto record = DecodeRecord(bytes, sequence, offset, /*check_payload=*/false);
    if (record) durable_seen_ = std::max(durable_seen_, record->header.durable_lsn);
  }
}

void Store::Scan(Actions& actions) {
  stage_ = Stage::kScan;
  scans_waiting_ = static_cast<std::uint32_t>(segments_.size());
  for (std::uint32_t segment = 0; segment < segments_.size(); ++segment) {
    Ask({.what = Pending::What::kRecovery, .segment = segment}, SegmentOffset(segment), kSectorBytes, actions);
  }
}

void Store::LookBeyond(Actions& actions) {
  if (was_blank_) beyond_.clear();  // nothing to compare with
  if (beyond_.empty()) {
    FinishRecovery(actions);
    return;
  }
  stage_ = Stage::kBeyond;
  Ask({.what = Pending::What::kRecovery}, SegmentOffset(beyond_.back().first), segment_bytes_, actions);
}

void Store::FinishRecovery(Actions& actions) {
  const bool damaged = !was_blank_ && durable_seen_ > chain_end_lsn_;
  if (damaged && config_.planted != PlantedBug::kTruncateAtDamage) note_.incomplete = true;
  std::vector<ContentId> dead;
  contents_.ForEach([&](ContentId id, const Content& content) {
    if (content.live_blocks == 0) dead.push_back(id);
  });
  for (const ContentId id : dead) Drop(id);
  next_sequence_ = std::max(newest_sequence_, chain_sequence_) + 1;
  free_segments_ = 0;
  for (std::uint32_t segment = 0; segment < segments_.size(); ++segment) {
    const bool is_used = chain_.contains(segment) || segments_[segment].contents != 0;
    if (!is_used) {
      segments_[segment] = {};
      ++free_segments_;
    } else if (segments_[segment].sequence == 0) {
      segments_[segment].sequence = 1;  // its first sector is rotten
    }
  }
  position_ = 0;
  current_ = chain_.empty() ? static_cast<std::uint32_t>(segments_.size() - 1) : chain_segment_;
  OpenSegment(actions);
  chain_.clear();
  Checkpoint(actions);
}

void Store::Forget() {
  graph_.Clear();
  std::vector<ContentId> all;
  contents_.ForEach([&](ContentId id, const Content&) { all.push_back(id); });
  for (const ContentId id : all) Drop(id);
  next_content_ = 1;
  note_ = {};
}

bool Store::Replay(const RecordView& record) {
  switch (record.header.type) {
    case RecordType::kSet:
    case RecordType::kUnset:
      ReplaySet(record);
      return true;
    case RecordType::kMove:
      ReplayMove(record);
      return true;
    case RecordType::kObjectChange: {
      const auto change = DecodeChange(record.meta);
      if (!change || graph_.Judge(*change) != Outcome::kOk) return false;
      graph_.Apply(*change);
      return true;
    }
    case RecordType::kMembership: {
      const auto note = DecodeNote(record.meta);
      if (note) note_ = *note;
      return note.has_value();
    }
    case RecordType::kTable: {
      const auto table = DecodeTable(record.meta);
      if (table) graph_.AdoptTable(table->serial, table->next_object, table->objects);
      return table.has_value();
    }
    case RecordType::kCheckpointBegin:
    case RecordType::kCheckpointContents:
    case RecordType::kCheckpointExtents:
    case RecordType::kCheckpointEnd:
      return checkpoint_whole_ || ReplayCheckpoint(record);
    case RecordType::kLink:
      break;
  }
  return false;
}

void Store::ReplaySet(const RecordView& view) {
  const auto record = DecodeSet(view.meta);
  if (!record || graph_.Find(record->object) == nullptr) return;
  if (record->kind == ExtentKind::kData) {
    Content content;
    content.segment = chain_segment_;
    content.offset = chain_offset_ + kRecordHeaderBytes + view.header.meta_bytes;
    content.record_bytes = view.header.total_bytes;
    content.stored_bytes = view.header.payload_bytes;
    content.compressed = record->compressed;
    content.payload_checksum = view.header.payload_checksum;
    content.checksums = record->checksums;
    next_content_ = std::max(next_content_, record->content + 1);
    Enter(record->content, std::move(content));
  }
  for (const BlockRange& range : record->applied) {
    graph_.Set(record->object, {.range = range,
                                .kind = record->kind,
                                .stamp = record->stamp,
                                .content = record->content,
                                .index = static_cast<std::uint32_t>(range.first - record->first)});
  }
}

void Store::ReplayMove(const RecordView& view) {
  WireReader reader(view.meta);
  const ContentId id = reader.U64();
  Content* const found = contents_.Find(id);
  if (!reader.ended() || found == nullptr) return;
  Content content = std::move(*found);
  content.memory.reset();
  TakeFromSegment(content);
  blocks_held_ -= content.checksums.size();
  content.segment = chain_segment_;
  content.offset = chain_offset_ + kRecordHeaderBytes + view.header.meta_bytes;
  content.record_bytes = view.header.total_bytes;
  Enter(id, std::move(content));
}

bool Store::ReplayCheckpoint(const RecordView& view) {
  WireReader reader(view.payload);
  switch (view.header.type) {
    case RecordType::kCheckpointBegin: {
      Forget();
      checkpoint_begun_ = true;
      next_content_ = reader.U64();
      const auto note = DecodeNote(reader.Blob());
      const auto table = DecodeTable(reader.Blob());
      if (!reader.ended() || !note || !table) return false;
      note_ = *note;
      graph_.RestoreTable(table->serial, table->next_object, table->objects);
      return true;
    }
    case RecordType::kCheckpointContents:
      while (checkpoint_begun_ && reader.ok() && reader.left() > 0) {
        const ContentId id = reader.U64();
        Content content;
        content.segment = reader.U32();
        content.offset = reader.U32();
        content.record_bytes = reader.U32();
        content.stored_bytes = reader.U32();
        content.compressed = reader.U8() != 0;
        content.payload_checksum = reader.U64();
        content.checksums.resize(reader.Count(8));
        for (std::uint64_t& checksum : content.checksums) checksum = reader.U64();
        if (!reader.ok() || content.segment >= segments_.size()) return false;
        Enter(id, std::move(content));
      }
      return checkpoint_begun_ && reader.ended();
    case RecordType::kCheckpointExtents:
      while (checkpoint_begun_ && reader.ok() && reader.left() > 0) {
        const ObjectId object = reader.U64();
        Piece piece;
        piece.range = reader.Range();
        piece.kind = static_cast<ExtentKind>(reader.U8());
        piece.stamp = reader.TakeStamp();
        piece.content = reader.U64();
        piece.index = reader.U32();
        const bool has_content = piece.kind != ExtentKind::kData || contents_.contains(piece.content);
        if (!reader.ok() || graph_.Find(object) == nullptr || !has_content) return false;
        graph_.Set(object, piece);
      }
      return checkpoint_begun_ && reader.ended();
    default:
      checkpoint_whole_ = checkpoint_begun_;
      return checkpoint_begun_;
  }
}

}  // namespace tarn::dataset
