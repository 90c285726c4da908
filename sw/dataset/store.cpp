#include "sw/dataset/store.h"

#include <zstd.h>

#include <algorithm>
#include <cassert>

#include "sw/dataset/wire.h"

namespace tarn::dataset {

namespace {
constexpr int kCompressionLevel = 1;
// See ReservedSegments: one to write to, and two checkpoints' first and last segments, which content may share.
constexpr std::uint64_t kSegmentsReserved = 5;
// Of a record of content beside its blocks: its header and metadata fill one sector (see EncodeSet).
constexpr std::uint64_t kRecordOverheadBytes = kSectorBytes;
// Content is cut to what lives where that saves this part of it.
constexpr std::uint64_t kSavingPart = 8;
}  // namespace

Store::Store(const MemberConfig& config, ContentMemory& memory)
    : config_(config), memory_(memory), segment_bytes_(config.segment_bytes), graph_(*this) {
  segments_.resize((config.device_bytes - kSegmentsBegin) / segment_bytes_);
}

Store::~Store() {
  contents_.ForEach([&](ContentId, const Content& content) {
    if (content.memory) memory_.Release(*content.memory);
  });
}

// ---------------------------------------------------------------- appending

std::uint32_t Store::FreeSegment() const {
  for (std::uint32_t i = 1; i <= segments_.size(); ++i) {
    const auto segment = static_cast<std::uint32_t>((current_ + i) % segments_.size());
    if (segments_[segment].sequence == 0) return segment;
  }
  return current_;
}

void Store::OpenSegment(Actions& actions) {
  const std::uint32_t next = FreeSegment();
  if (next == current_ && segments_[current_].sequence != 0) {
    if (trouble_.empty()) trouble_ = "the log is full";
    position_ = 0;  // nothing that follows is written: see Append
    return;
  }
  const std::uint64_t sequence = next_sequence_++;
  if (position_ != 0) {
    Bytes meta;
    WireWriter writer(meta);
    writer.U32(next);
    writer.U64(sequence);
    Write(RecordType::kLink, meta, {}, 0, actions);
  }
  current_ = next;
  position_ = 0;
  segments_[next] = {.sequence = sequence};
  counted_.reset();
  --free_segments_;
}

Store::Place Store::Write(RecordType type, std::span<const std::uint8_t> meta, const SharedSpan& payload,
                          std::uint64_t payload_checksum, Actions& actions) {
  const RecordHeader header = {.type = type,
                               .sequence = segments_[current_].sequence,
                               .offset = position_,
                               .durable_lsn = durable_lsn_,
                               .payload_checksum = payload_checksum};
  const Place place = {.segment = current_, .offset = position_, .lsn = Lsn()};
  const std::uint32_t bytes = RecordBytes(meta.size(), payload.bytes.size());
  WriteStorage write = {.offset = SegmentOffset(current_) + position_,
                        .bytes = EncodeRecordHead(header, meta, payload.bytes.size())};
  if (payload.owner != nullptr) {
    write.data = payload;
  } else {
    write.bytes.insert(write.bytes.end(), payload.bytes.begin(), payload.bytes.end());
  }
  write.padding_bytes = bytes - static_cast<std::uint32_t>(write.size());
  position_ += bytes;
  appended_since_checkpoint_ += bytes;
  actions.emplace_back(std::move(write));
  return place;
}

Store::Place Store::Append(RecordType type, std::span<const std::uint8_t> meta, const SharedSpan& payload,
                           std::uint64_t payload_checksum, Actions& actions) {
  const std::uint32_t bytes = RecordBytes(meta.size(), payload.bytes.size());
  assert(bytes + kSectorBytes <= segment_bytes_);
  if (position_ + bytes + kSectorBytes > segment_bytes_) OpenSegment(actions);
  if (!trouble_.empty()) return {};  // the member stops
  return Write(type, meta, payload, payload_checksum, actions);
}

std::uint64_t Store::Sync(Actions& actions) {
  const std::uint64_t token = next_token_++;
  sync_lsn_[token] = Lsn();
  actions.emplace_back(SyncStorage{.token = token});
  return token;
}

void Store::OnSynced(std::uint64_t token, Actions& actions) {
  while (!sync_lsn_.empty() && sync_lsn_.begin()->first <= token) {
    durable_lsn_ = std::max(durable_lsn_, sync_lsn_.begin()->second);
    sync_lsn_.erase(sync_lsn_.begin());
  }
  if (checkpoint_stage_ == CheckpointStage::kNone || token < checkpoint_token_) return;
  if (checkpoint_stage_ == CheckpointStage::kRecords) {
    WriteSuperblock(actions);
    return;
  }
  superblock_ = next_superblock_;
  checkpoint_sequence_ = superblock_.checkpoint_sequence;
  checkpoint_stage_ = CheckpointStage::kNone;
  for (const std::uint32_t segment : to_free_) {
    segments_[segment] = {};
    ++free_segments_;
  }
  to_free_.clear();
  counted_.reset();
  ++checkpoints_;
  if (scrub_ends_ == ScrubEnd::kCheckpoint) scrub_ends_ = ScrubEnd::kNone;
  stage_ = Stage::kReady;
}

void Store::Remember(const MembershipNote& note, Actions& actions) {
  note_ = note;
  Append(RecordType::kMembership, EncodeNote(note), {}, 0, actions);
}

// ---------------------------------------------------------------- room

// A checkpoint frees what was dead when it began, and leaves dead what it takes itself but for its ends: for there
// to be room for the next one always, free and dead segments together must be those of two.
std::uint64_t Store::ReservedSegments() const { return 2 * CheckpointSegments() + kSegmentsReserved; }

bool Store::HasRoom(std::uint64_t content_bytes) const {
  // Each content is a record of its own, with its header and checksums, and fills up its last sector.
  const std::uint64_t records = content_bytes / (std::uint64_t{config_.block_bytes} * kContentBlocksMax) + 2;
  const std::uint64_t bytes = content_bytes + records * 2 * kSectorBytes;
  const std::uint64_t needed = bytes / (segment_bytes_ / 2) + 1;
  if (free_segments_ <= needed + CheckpointSegments()) return false;
  const std::uint64_t wanted = needed + ReservedSegments();
  return free_segments_ >= wanted || free_segments_ + DeadSegments() >= wanted;
}

// As long as less than this is live, some segment is worth cleaning (see SegmentToClean) until HasRoom.
std::uint64_t Store::free_bytes() const {
  const std::uint64_t reserved = ReservedSegments() + 2;  // the one written to, and what is to be written now
  if (segments_.size() <= reserved) return 0;
  const std::uint64_t usable = (segments_.size() - reserved) * (SegmentYield() / 8 * 7);
  return usable > live_bytes_ ? usable - live_bytes_ : 0;
}

// ---------------------------------------------------------------- content

std::uint64_t Store::LiveBytes(const Content& content) const {
  const std::uint64_t cut = static_cast<std::uint64_t>(content.extents) * kRecordOverheadBytes +
                            static_cast<std::uint64_t>(content.live_blocks) * config_.block_bytes;
  const std::uint64_t whole = content.record_bytes;
  return cut + whole / kSavingPart <= whole ? cut : whole;
}

void Store::AddToSegment(const Content& content) {
  Segment& segment = segments_[content.segment];
  const SegmentKind kind = KindOf(segment);
  segment.live_bytes += LiveBytes(content);
  live_bytes_ += LiveBytes(content);
  ++segment.contents;
  if (KindOf(segment) != kind) counted_.reset();
}

void Store::TakeFromSegment(const Content& content) {
  Segment& segment = segments_[content.segment];
  const SegmentKind kind = KindOf(segment);
  segment.live_bytes -= LiveBytes(content);
  live_bytes_ -= LiveBytes(content);
  --segment.contents;
  if (KindOf(segment) != kind) counted_.reset();
}

void Store::Count(ContentId id, std::int64_t blocks, std::int64_t extents) {
  Content& content = contents_.At(id);
  TakeFromSegment(content);
  content.live_blocks += blocks;
  content.extents += extents;
  AddToSegment(content);
  assert(content.live_blocks >= 0 && content.extents >= 0);
  // What is being read at the start of a life may be counted in any order; Forget and FinishRecovery see to that.
  if (content.live_blocks == 0 && blocks < 0) Drop(id);
}

Store::Content& Store::Enter(ContentId id, Content content) {
  AddToSegment(content);
  blocks_held_ += content.checksums.size();
  return contents_.Put(id, std::move(content));
}

void Store::Drop(ContentId id) {
  const Content& content = contents_.At(id);
  TakeFromSegment(content);
  blocks_held_ -= content.checksums.size();
  if (content.memory) memory_.Release(*content.memory);
  rotten_.erase(id);
  contents_.Erase(id);
}

void Store::MakeRoomInMemory(std::uint64_t bytes, ContentId keep) {
  std::uint64_t released = 0;
  for (std::size_t tries = in_memory_.size(); tries > 0 && released < bytes; --tries) {
    const ContentId id = in_memory_.front();
    in_memory_.pop_front();
    Content* const content = contents_.Find(id);
    if (content == nullptr || !content->memory) continue;
    if (id == keep) {
      in_memory_.push_back(id);
      continue;
    }
    released += content->checksums.size() * config_.block_bytes;
    memory_.Release(*content->memory);
    content->memory.reset();
  }
}

// In memory if there is any room; else it is read from the log when it is wanted.
void Store::Keep(ContentId id, Content& content, const SharedSpan& data) {
  content.memory = memory_.Store(data);
  if (!content.memory) {
    MakeRoomInMemory(data.bytes.size(), id);
    content.memory = memory_.Store(data);
  }
  if (!content.memory) return;
  in_memory_.push_back(id);
  // Contents that died leave their numbers behind.
  if (in_memory_.size() > 2 * contents_.size() + 64) {
    std::erase_if(in_memory_, [&](ContentId other) {
      const Content* const found = contents_.Find(other);
      return other != id && (found == nullptr || !found->memory);
    });
  }
}

Bytes Store::Packed(std::span<const std::uint8_t> data) const {
  if (!config_.compress) return {};
  Bytes packed(ZSTD_compressBound(data.size()));
  const std::size_t size = ZSTD_compress(packed.data(), packed.size(), data.data(), data.size(), kCompressionLevel);
  if (ZSTD_isError(size) != 0 || size > data.size() - data.size() / 8) return {};
  packed.resize(size);
  return packed;
}

std::optional<Bytes> Store::Unpacked(const Content& content, std::span<const std::uint8_t> stored) const {
  if (Checksum(stored) != content.payload_checksum) return std::nullopt;
  if (!content.compressed) return Bytes(stored.begin(), stored.end());
  Bytes data(content.checksums.size() * config_.block_bytes);
  const std::size_t size = ZSTD_decompress(data.data(), data.size(), stored.data(), stored.size());
  if (ZSTD_isError(size) != 0 || size != data.size()) return std::nullopt;
  return data;
}

Store::Content Store::AppendContent(SetRecord& meta, const SharedSpan& data, Actions& actions) {
  const Bytes packed = Packed(data.bytes);
  meta.compressed = !packed.empty();
  const SharedSpan payload = meta.compressed ? SharedSpan{.bytes = packed} : data;
  Content content;
  // One block's checksum is the payload's too.
  content.payload_checksum =
      !meta.compressed && meta.checksums.size() == 1 ? meta.checksums[0] : Checksum(payload.bytes);
  const Bytes encoded = EncodeSet(meta);
  const Place place = Append(RecordType::kSet, encoded, payload, content.payload_checksum, actions);
  content.segment = place.segment;
  content.offset = place.offset + kRecordHeaderBytes + static_cast<std::uint32_t>(encoded.size());
  content.record_bytes = RecordBytes(encoded.size(), payload.bytes.size());
  content.stored_bytes = static_cast<std::uint32_t>(payload.bytes.size());
  content.compressed = meta.compressed;
  content.checksums = meta.checksums;
  return content;
}

void Store::SetData(ObjectId object, std::uint64_t first, const RangeVector& applied, const Stamp& stamp,
                    const SharedSpan& data, const ChecksumVector& checksums, Actions& actions) {
  for (std::uint64_t at = 0; at < checksums.size(); at += kContentBlocksMax) {
    const std::uint64_t count = std::min<std::uint64_t>(kContentBlocksMax, checksums.size() - at);
    const std::uint64_t begin = first + at;
    SetRecord record = {.object = object, .kind = ExtentKind::kData, .stamp = stamp, .first = begin};
    for (const BlockRange& range : applied) {
      const std::uint64_t low = std::max(range.first, begin), high = std::min(range.end(), begin + count);
      if (low < high) record.applied.push_back({.first = low, .count = high - low});
    }
    if (record.applied.empty()) continue;
    record.content = next_content_++;
    record.checksums.assign(checksums.begin() + static_cast<std::ptrdiff_t>(at),
                            checksums.begin() + static_cast<std::ptrdiff_t>(at + count));
    const SharedSpan part = {.owner = data.owner,
                             .bytes = data.bytes.subspan(at * config_.block_bytes, count * config_.block_bytes)};
    Keep(record.content, Enter(record.content, AppendContent(record, part, actions)), part);
    for (const BlockRange& range : record.applied) {
      graph_.Set(object, {.range = range,
                          .kind = ExtentKind::kData,
                          .stamp = stamp,
                          .content = record.content,
                          .index = static_cast<std::uint32_t>(range.first - begin)});
    }
  }
}

void Store::SetZero(ObjectId object, const RangeVector& applied, const Stamp& stamp, Actions& actions) {
  if (applied.empty()) return;
  SetRecord record = {.object = object, .kind = ExtentKind::kZero, .stamp = stamp, .applied = applied};
  Append(RecordType::kSet, EncodeSet(record), {}, 0, actions);
  for (const BlockRange& range : applied)
    graph_.Set(object, {.range = range, .kind = ExtentKind::kZero, .stamp = stamp});
}

void Store::Unset(ObjectId object, BlockRange range, Actions& actions) {
  const SetRecord record = {.object = object, .kind = ExtentKind::kNone, .applied = {range}};
  Append(RecordType::kUnset, EncodeSet(record), {}, 0, actions);
  graph_.Set(object, {.range = range});
}

ObjectId Store::Apply(const ObjectChange& change, Actions& actions) {
  Append(RecordType::kObjectChange, EncodeChange(change), {}, 0, actions);
  return graph_.Apply(change);
}

void Store::AdoptTable(const ObjectTable& table, Actions& actions) {
  Append(RecordType::kTable, EncodeTable(table), {}, 0, actions);
  graph_.AdoptTable(table.serial, table.next_object, table.objects);
}

bool Store::Load(ContentId id, std::uint32_t index, std::uint32_t count, std::span<std::uint8_t> out,
                 Actions& actions) {
  Content& content = contents_.At(id);
  if (content.memory) {
    const bool is_there = memory_.Load(*content.memory, std::uint64_t{index} * config_.block_bytes,
                                       out.first(std::size_t{count} * config_.block_bytes));
    if (is_there) return true;
    memory_.Release(*content.memory);
    content.memory.reset();
  }
  if (content.loading || rotten_.contains(id)) return false;
  content.loading = true;
  Ask({.what = Pending::What::kContent, .content = id}, SegmentOffset(content.segment) + content.offset,
      content.stored_bytes, actions);
  return false;
}

std::uint64_t Store::BlockChecksum(ContentId id, std::uint32_t index) const {
  return contents_.At(id).checksums.at(index);
}

bool Store::is_rotten(ContentId id) const { return rotten_.contains(id); }

std::uint64_t Store::Ask(Pending pending, std::uint64_t offset, std::uint64_t length, Actions& actions) {
  const std::uint64_t token = next_token_++;
  reads_[token] = pending;
  actions.emplace_back(ReadStorage{.token = token, .offset = offset, .length = length});
  return token;
}

void Store::OnRead(const StorageRead& read, Actions& actions, std::vector<ContentId>& loaded) {
  const auto found = reads_.find(read.token);
  if (found == reads_.end()) return;
  const Pending pending = found->second;
  if (pending.what == Pending::What::kRecovery) {
    OnRecoveryRead(read, actions);
    return;
  }
  reads_.erase(found);
  if (pending.what == Pending::What::kContent) OnContentRead(pending.content, read, loaded);
  if (pending.what == Pending::What::kClean) OnCleanRead(pending.segment, read, actions);
  if (pending.what == Pending::What::kScrub) OnScrubRead(pending, read, actions);
}

void Store::OnContentRead(ContentId id, const StorageRead& read, std::vector<ContentId>& loaded) {
  loaded.push_back(id);
  Content* const found = contents_.Find(id);
  if (found == nullptr) return;
  Content& content = *found;
  // Moved meanwhile: whoever wants it asks again, and it is looked for at its new place.
  const bool is_its = content.loading;
  content.loading = false;
  if (content.memory || !is_its) return;
  auto data = read.result == StorageResult::kOk ? Unpacked(content, read.bytes) : std::nullopt;
  if (!data) {
    MarkRotten(id);
    return;
  }
  Keep(id, content, Owned(std::move(*data)));
}

void Store::MarkRotten(ContentId id) { rotten_.insert(id); }

}  // namespace tarn::dataset
