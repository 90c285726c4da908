// Checkpoints, which bound what is read after a crash; cleaning, which makes room; scrubbing, which finds rot.
#include <algorithm>
#include <optional>
#include <utility>

#include "sw/dataset/store.h"
#include "sw/dataset/wire.h"

namespace tarn::dataset {

namespace {
constexpr std::uint64_t kSegmentsOfAnUpdateMax = 4;
constexpr std::uint64_t kLowPart = 4, kShortPart = 8;  // of all segments, free ones
constexpr std::size_t kContentEntryBytes = 37;
constexpr std::size_t kExtentEntryBytes = 49;
constexpr std::size_t kObjectEntryBytesMax = 320;
}  // namespace

// ---------------------------------------------------------------- checkpoints

std::uint64_t Store::objects_max() const { return segment_bytes_ / 2 / kObjectEntryBytesMax; }

// Its records are filled to a quarter of a segment, of which three fit beside what their headers and the last entry
// leave.
std::uint64_t Store::CheckpointSegments() const {
  const std::uint64_t bytes = graph_.objects().size() * kObjectEntryBytesMax + contents_.size() * kContentEntryBytes +
                              8 * blocks_held_ + graph_.extents() * kExtentEntryBytes;
  return bytes / (segment_bytes_ / 8 * 5) + 1;
}

void Store::Checkpoint(Actions& actions) {
  // Metadata that rotted are written anew by it.
  if (scrub_ends_ == ScrubEnd::kWantsCheckpoint) scrub_ends_ = ScrubEnd::kCheckpoint;
  Bytes begin;
  WireWriter writer(begin);
  writer.U64(next_content_);
  writer.Blob(EncodeNote(note_));
  ObjectTable table = {.serial = graph_.serial(), .next_object = graph_.next_object()};
  for (const StorageObject* object : graph_.InOrder()) {
    table.objects.push_back({.id = object->id,
                             .kind = object->kind,
                             .hidden = object->hidden,
                             .name = object->name,
                             .blocks = object->blocks,
                             .parent = object->parent});
  }
  writer.Blob(EncodeTable(table));
  const Place place = Append(RecordType::kCheckpointBegin, {}, {.bytes = begin}, dataset::Checksum(begin), actions);
  CheckpointContents(actions);
  CheckpointExtents(actions);
  Append(RecordType::kCheckpointEnd, {}, {}, 0, actions);
  appended_since_checkpoint_ = 0;
  next_superblock_ = {.dataset = config_.dataset,
                      .self = config_.self,
                      .number = superblock_.number + 1,
                      .block_bytes = config_.block_bytes,
                      .segment_bytes = config_.segment_bytes,
                      .checkpoint_sequence = segments_[place.segment].sequence,
                      .checkpoint_segment = place.segment,
                      .checkpoint_offset = place.offset};
  // What is dead now, and older than the checkpoint, nobody will read again once it counts.
  to_free_.clear();
  for (std::uint32_t segment = 0; segment < segments_.size(); ++segment) {
    const Segment& held = segments_[segment];
    const bool is_dead =
        held.sequence != 0 && held.contents == 0 && held.sequence < next_superblock_.checkpoint_sequence;
    if (is_dead && cleaning_ != segment) to_free_.push_back(segment);
  }
  checkpoint_stage_ = CheckpointStage::kRecords;
  checkpoint_token_ = Sync(actions);
}

void Store::CheckpointContents(Actions& actions) {
  const std::size_t bytes_max = segment_bytes_ / 4;
  Bytes bytes;
  const auto flush = [&] {
    if (!bytes.empty())
      Append(RecordType::kCheckpointContents, {}, {.bytes = bytes}, dataset::Checksum(bytes), actions);
    bytes.clear();
  };
  WireWriter writer(bytes);
  contents_.ForEach([&](ContentId id, const Content& content) {
    if (bytes.size() + kContentEntryBytes + 8 * content.checksums.size() > bytes_max) flush();
    writer.U64(id);
    writer.U32(content.segment);
    writer.U32(content.offset);
    writer.U32(content.record_bytes);
    writer.U32(content.stored_bytes);
    writer.U8(content.compressed ? 1 : 0);
    writer.U64(content.payload_checksum);
    writer.U32(static_cast<std::uint32_t>(content.checksums.size()));
    for (const std::uint64_t checksum : content.checksums) writer.U64(checksum);
  });
  flush();
}

void Store::CheckpointExtents(Actions& actions) {
  const std::size_t bytes_max = segment_bytes_ / 4;
  Bytes bytes;
  WireWriter writer(bytes);
  const auto flush = [&] {
    if (!bytes.empty()) Append(RecordType::kCheckpointExtents, {}, {.bytes = bytes}, dataset::Checksum(bytes), actions);
    bytes.clear();
  };
  for (const auto& [id, object] : graph_.objects()) {
    for (const auto& [chunk, extents] : object.layer) {
      for (const Extent& extent : extents) {
        if (bytes.size() + kExtentEntryBytes > bytes_max) flush();
        writer.U64(id);
        writer.Put(BlockRange{.first = chunk * kChunkBlocks + extent.first, .count = extent.count});
        writer.U8(static_cast<std::uint8_t>(extent.kind));
        writer.Put(extent.stamp);
        writer.U64(extent.content);
        writer.U32(extent.index);
      }
    }
  }
  flush();
}

void Store::WriteSuperblock(Actions& actions) {
  const Bytes sector = EncodeSuperblock(next_superblock_);
  const std::uint64_t slot = next_superblock_.number % 2 * 2;
  for (std::uint64_t copy = slot; copy < slot + 2; ++copy) {
    actions.emplace_back(WriteStorage{.offset = copy * kSuperblockSpacing, .bytes = sector});
  }
  checkpoint_stage_ = CheckpointStage::kSuperblock;
  checkpoint_token_ = Sync(actions);
}

// ---------------------------------------------------------------- cleaning

const Store::SegmentCounts& Store::Counted() const {
  if (counted_) return *counted_;
  const auto dead = std::count_if(segments_.begin(), segments_.end(), [&](const Segment& segment) {
    return segment.sequence != 0 && segment.contents == 0 && segment.sequence < segments_[current_].sequence;
  });
  return counted_.emplace(SegmentCounts{.dead = static_cast<std::uint64_t>(dead),
                                        .old_to_clean = SegmentToClean(checkpoint_sequence_).has_value(),
                                        .any_to_clean = SegmentToClean(next_sequence_).has_value()});
}

// What cleaning has filled is not worth it again until an eighth of it has died: else the same contents are moved for
// ever.
Store::SegmentKind Store::KindOf(const Segment& segment) const {
  if (segment.contents == 0) return SegmentKind::kNothingLives;
  return segment.live_bytes <= SegmentYield() / 8 * 7 ? SegmentKind::kWorthCleaning : SegmentKind::kFull;
}

// No record of content is longer than what this leaves of a segment.
std::uint64_t Store::SegmentYield() const {
  const std::uint64_t blocks = std::min<std::uint64_t>(kContentBlocksMax, config_.update_blocks_max);
  return segment_bytes_ - blocks * config_.block_bytes - 3 * kSectorBytes;
}

bool Store::IsLess(std::uint64_t segments, std::uint64_t part) const {
  return segments * part < segments_.size() || segments < ReservedSegments() + kSegmentsOfAnUpdateMax;
}

// Where room is low: to clean is cheap as long as it may take from what is free; a checkpoint takes room itself, and
// is worth that where it frees more, or makes that old enough to be cleaned which is worth it. What is dead already is
// to be had for one checkpoint: where that is enough, nothing is cleaned, and more may die before.
Store::Upkeep Store::NextUpkeep() const {
  const std::uint64_t takes = CheckpointSegments();
  const bool may_checkpoint = free_segments_ > takes;
  if (may_checkpoint && appended_since_checkpoint_ >= config_.checkpoint_bytes) return Upkeep::kCheckpoint;
  if (!IsLess(free_segments_, kLowPart)) return Upkeep::kNone;
  const std::uint64_t dead = DeadSegments();
  if (!IsLess(free_segments_ + dead, kLowPart) && !IsLess(free_segments_, kShortPart)) return Upkeep::kNone;
  if (may_checkpoint && dead > 2 * takes) return Upkeep::kCheckpoint;
  const bool may_clean = Counted().old_to_clean;
  if (may_clean && free_segments_ > takes + 1) return Upkeep::kClean;
  if (may_checkpoint && dead > takes) return Upkeep::kCheckpoint;
  const bool is_short = free_segments_ + dead < ReservedSegments() + kSegmentsOfAnUpdateMax;
  const bool has_some = appended_since_checkpoint_ > (is_short ? 0 : segment_bytes_);
  if (may_checkpoint && !may_clean && has_some && Counted().any_to_clean) return Upkeep::kCheckpoint;
  return Upkeep::kNone;
}

bool Store::CanMakeRoom() const {
  return checkpoint_stage_ != CheckpointStage::kNone || cleaning_ || NextUpkeep() != Upkeep::kNone;
}

std::optional<std::uint32_t> Store::SegmentToClean(std::uint64_t older_than) const {
  std::optional<std::uint32_t> best;
  for (std::uint32_t segment = 0; segment < segments_.size(); ++segment) {
    const Segment& held = segments_[segment];
    const bool may = KindOf(held) == SegmentKind::kWorthCleaning && held.sequence < older_than && segment != current_ &&
                     !held.spoiled;
    if (may && (!best || held.live_bytes < segments_[*best].live_bytes)) best = segment;
  }
  return best;
}

void Store::Maintain(Actions& actions) {
  if (stage_ != Stage::kReady || checkpoint_stage_ != CheckpointStage::kNone || cleaning_ || !trouble_.empty()) return;
  const bool wants = scrub_ends_ == ScrubEnd::kWantsCheckpoint && free_segments_ > CheckpointSegments();
  const Upkeep next = wants ? Upkeep::kCheckpoint : NextUpkeep();
  if (next == Upkeep::kCheckpoint) Checkpoint(actions);
  if (next != Upkeep::kClean) return;
  cleaning_ = SegmentToClean(checkpoint_sequence_);
  Ask({.what = Pending::What::kClean, .segment = *cleaning_}, SegmentOffset(*cleaning_), segment_bytes_, actions);
}

void Store::ForEachContent(std::uint32_t segment, std::span<const std::uint8_t> bytes,
                           const std::function<void(ContentId, const RecordView&)>& visit) const {
  // Record after record where they are whole, else sector by sector: rot takes no more with it than itself.
  for (std::uint32_t offset = 0; offset + kSectorBytes <= bytes.size();) {
    const auto record = DecodeRecord(bytes, segments_[segment].sequence, offset, /*check_payload=*/true);
    if (!record) {
      offset += kSectorBytes;
      continue;
    }
    if (record->header.type == RecordType::kSet || record->header.type == RecordType::kMove) {
      WireReader reader(record->meta);
      ContentId id = reader.U64();
      if (record->header.type == RecordType::kSet) {
        const auto set = DecodeSet(record->meta);
        id = set ? set->content : kNoContent;
      }
      const Content* const found = contents_.Find(id);
      const bool lives_here = found != nullptr && found->segment == segment &&
                              found->offset == offset + kRecordHeaderBytes + record->header.meta_bytes;
      if (lives_here) visit(id, *record);
    }
    offset += record->header.total_bytes;
  }
}

// For contents of a segment that are cut to what lives: where that is used. Looks at all extents once.
std::map<ContentId, std::vector<std::pair<ObjectId, Piece>>> Store::UsesOfSparse(std::uint32_t segment) const {
  std::map<ContentId, std::vector<std::pair<ObjectId, Piece>>> uses;
  contents_.ForEach([&](ContentId id, const Content& content) {
    if (content.segment == segment && IsSparse(content)) uses[id];
  });
  if (uses.empty()) return uses;
  for (const auto& [id, object] : graph_.objects()) {
    for (const auto& [chunk, extents] : object.layer) {
      for (const Extent& extent : extents) {
        const auto found = uses.find(extent.content);
        if (found == uses.end()) continue;
        found->second.emplace_back(id,
                                   Piece{.range = {.first = chunk * kChunkBlocks + extent.first, .count = extent.count},
                                         .kind = extent.kind,
                                         .stamp = extent.stamp,
                                         .content = extent.content,
                                         .index = extent.index});
      }
    }
  }
  return uses;
}

void Store::OnCleanRead(std::uint32_t segment, const StorageRead& read, Actions& actions) {
  cleaning_.reset();
  if (read.result != StorageResult::kOk) {
    trouble_ = "the storage cannot be read";
    return;
  }
  const auto uses = UsesOfSparse(segment);
  std::vector<std::pair<ContentId, RecordView>> found;
  ForEachContent(segment, read.bytes, [&](ContentId id, const RecordView& record) { found.emplace_back(id, record); });
  for (const auto& [id, record] : found) {
    const Content* const content = contents_.Find(id);
    if (content == nullptr) continue;
    if (!record.payload_is_whole) {
      MarkRotten(id);
      continue;
    }
    const auto use = uses.find(id);
    const auto data = use == uses.end() ? std::nullopt : Unpacked(*content, record.payload);
    if (data) {
      Compact(id, *data, use->second, actions);
    } else {
      Relocate(id, record, actions);
    }
  }
  // What is there by its entry and not by its record has lost its header.
  std::vector<ContentId> lost;
  contents_.ForEach([&](ContentId id, const Content& content) {
    if (content.segment == segment) lost.push_back(id);
  });
  for (const ContentId id : lost) MarkRotten(id);
  segments_[segment].spoiled = segments_[segment].contents != 0;
  counted_.reset();
  ++cleaned_segments_;
}

void Store::Relocate(ContentId id, const RecordView& record, Actions& actions) {
  Content& content = contents_.At(id);
  Bytes meta;
  WireWriter writer(meta);
  writer.U64(id);
  const Place place = Append(RecordType::kMove, meta, {.bytes = record.payload}, content.payload_checksum, actions);
  TakeFromSegment(content);
  content.segment = place.segment;
  content.offset = place.offset + kRecordHeaderBytes + static_cast<std::uint32_t>(meta.size());
  content.record_bytes = RecordBytes(meta.size(), record.payload.size());
  content.loading = false;  // an answer under way is of the old place
  AddToSegment(content);
}

// The blocks that are still used become contents of their own.
void Store::Compact(ContentId id, std::span<const std::uint8_t> data,
                    const std::vector<std::pair<ObjectId, Piece>>& uses, Actions& actions) {
  const ChecksumVector checksums = contents_.At(id).checksums;
  for (const auto& [object, piece] : uses) {
    const auto count = static_cast<std::size_t>(piece.range.count);
    const auto first = checksums.begin() + piece.index;
    SetData(object, piece.range.first, {piece.range}, piece.stamp,
            {.bytes = data.subspan(std::size_t{piece.index} * config_.block_bytes, count * config_.block_bytes)},
            ChecksumVector(first, first + static_cast<std::ptrdiff_t>(count)), actions);
  }
}

// ---------------------------------------------------------------- scrubbing

void Store::StartScrub(Actions& actions) {
  if (scrubbing()) return;
  scrub_next_ = 0;
  ScrubNext(actions);
}

void Store::ScrubNext(Actions& actions) {
  while (*scrub_next_ < segments_.size() && segments_[*scrub_next_].contents == 0) ++*scrub_next_;
  if (*scrub_next_ >= segments_.size()) {
    scrub_next_.reset();
    scrub_ends_ = ScrubEnd::kWantsCheckpoint;
    return;
  }
  Ask({.what = Pending::What::kScrub,
       .segment = *scrub_next_,
       .sequence = segments_[*scrub_next_].sequence,
       .end = *scrub_next_ == current_ ? position_ : segment_bytes_},
      SegmentOffset(*scrub_next_), segment_bytes_, actions);
}

void Store::OnScrubRead(const Pending& pending, const StorageRead& read, Actions& actions) {
  std::set<ContentId> whole;
  if (read.result == StorageResult::kOk) {
    ForEachContent(pending.segment, read.bytes, [&](ContentId id, const RecordView& record) {
      if (record.payload_is_whole) whole.insert(id);
    });
  }
  // A segment that was emptied and used again meanwhile is another one.
  const bool is_same = segments_[pending.segment].sequence == pending.sequence;
  contents_.ForEach([&](ContentId id, const Content& content) {
    const bool was_there = content.segment == pending.segment && content.offset < pending.end;
    if (is_same && was_there && !whole.contains(id)) MarkRotten(id);
  });
  ++*scrub_next_;
  ScrubNext(actions);
}

}  // namespace tarn::dataset
