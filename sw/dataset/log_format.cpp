#include "sw/dataset/log_format.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "sw/dataset/wire.h"

namespace tarn::dataset {

namespace {

constexpr std::uint32_t kRecordMark = 0x3152'4c54;      // "TLR1"
constexpr std::uint32_t kSuperblockMark = 0x3142'5354;  // "TSB1"
constexpr std::size_t kSetBytes = 46;                   // without its lists
constexpr std::size_t kChecksumAt = kRecordHeaderBytes - 8;

std::uint64_t HeaderChecksum(std::span<const std::uint8_t> header, std::span<const std::uint8_t> meta) {
  return XXH3_64bits_withSeed(header.data(), kChecksumAt, Checksum(meta));
}

}  // namespace

std::uint64_t Checksum(std::span<const std::uint8_t> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::uint32_t RecordBytes(std::size_t meta_bytes, std::size_t payload_bytes) {
  const std::size_t bytes = kRecordHeaderBytes + meta_bytes + payload_bytes;
  return static_cast<std::uint32_t>((bytes + kSectorBytes - 1) / kSectorBytes * kSectorBytes);
}

Bytes EncodeRecordHead(const RecordHeader& header, std::span<const std::uint8_t> meta, std::size_t payload_bytes) {
  Bytes bytes;
  bytes.reserve(kRecordHeaderBytes + meta.size());
  WireWriter writer(bytes);
  writer.U32(kRecordMark);
  writer.U8(static_cast<std::uint8_t>(header.type));
  writer.U8(0);
  writer.U16(0);
  writer.U32(RecordBytes(meta.size(), payload_bytes));
  writer.U32(static_cast<std::uint32_t>(meta.size()));
  writer.U32(static_cast<std::uint32_t>(payload_bytes));
  writer.U32(header.offset);
  writer.U64(header.sequence);
  writer.U64(header.durable_lsn);
  writer.U64(header.payload_checksum);
  writer.U64(0);
  writer.U64(HeaderChecksum(bytes, meta));
  bytes.insert(bytes.end(), meta.begin(), meta.end());
  return bytes;
}

std::optional<RecordView> DecodeRecord(std::span<const std::uint8_t> segment, std::uint64_t sequence,
                                       std::uint32_t offset, bool check_payload) {
  if (offset > segment.size() || segment.size() - offset < kSectorBytes) return std::nullopt;
  const auto bytes = segment.subspan(offset);
  WireReader reader(bytes.first(kRecordHeaderBytes));
  if (reader.U32() != kRecordMark) return std::nullopt;
  RecordView view;
  view.header.type = static_cast<RecordType>(reader.U8());
  reader.U8();
  reader.U16();
  view.header.total_bytes = reader.U32();
  view.header.meta_bytes = reader.U32();
  view.header.payload_bytes = reader.U32();
  view.header.offset = reader.U32();
  view.header.sequence = reader.U64();
  view.header.durable_lsn = reader.U64();
  view.header.payload_checksum = reader.U64();
  reader.U64();
  const std::uint64_t checksum = reader.U64();
  const std::uint64_t needed = std::uint64_t{kRecordHeaderBytes} + view.header.meta_bytes + view.header.payload_bytes;
  if (view.header.sequence != sequence || view.header.offset != offset || needed > bytes.size() ||
      view.header.total_bytes > bytes.size() || view.header.total_bytes < needed ||
      view.header.total_bytes % kSectorBytes != 0) {
    return std::nullopt;
  }
  view.meta = bytes.subspan(kRecordHeaderBytes, view.header.meta_bytes);
  if (HeaderChecksum(bytes, view.meta) != checksum) return std::nullopt;
  view.payload = bytes.subspan(kRecordHeaderBytes + view.header.meta_bytes, view.header.payload_bytes);
  view.payload_is_whole =
      !check_payload || view.payload.empty() || Checksum(view.payload) == view.header.payload_checksum;
  return view;
}

std::uint64_t SequenceAt(std::span<const std::uint8_t> bytes) {
  WireReader reader(bytes);
  if (reader.U32() != kRecordMark) return 0;
  reader.U64();
  reader.U64();
  reader.U32();
  return reader.U64();
}

Bytes EncodeSuperblock(const Superblock& superblock) {
  Bytes bytes;
  WireWriter writer(bytes);
  writer.U32(kSuperblockMark);
  writer.U64(superblock.dataset.high);
  writer.U64(superblock.dataset.low);
  writer.U8(superblock.self);
  writer.U64(superblock.number);
  writer.U32(superblock.block_bytes);
  writer.U32(superblock.segment_bytes);
  writer.U64(superblock.checkpoint_sequence);
  writer.U32(superblock.checkpoint_segment);
  writer.U32(superblock.checkpoint_offset);
  bytes.resize(kSectorBytes - 8);
  writer.U64(Checksum(bytes));
  return bytes;
}

std::optional<Superblock> DecodeSuperblock(std::span<const std::uint8_t> sector) {
  if (sector.size() < kSectorBytes) return std::nullopt;
  WireReader end(sector.subspan(kSectorBytes - 8, 8));
  if (end.U64() != Checksum(sector.first(kSectorBytes - 8))) return std::nullopt;
  WireReader reader(sector);
  if (reader.U32() != kSuperblockMark) return std::nullopt;
  Superblock superblock;
  superblock.dataset.high = reader.U64();
  superblock.dataset.low = reader.U64();
  superblock.self = reader.U8();
  superblock.number = reader.U64();
  superblock.block_bytes = reader.U32();
  superblock.segment_bytes = reader.U32();
  superblock.checkpoint_sequence = reader.U64();
  superblock.checkpoint_segment = reader.U32();
  superblock.checkpoint_offset = reader.U32();
  return superblock;
}

Bytes EncodeSet(const SetRecord& record) {
  Bytes bytes;
  bytes.reserve(kSetBytes + 16 * record.applied.size() + 8 * record.checksums.size());
  WireWriter writer(bytes);
  writer.U64(record.object);
  writer.U8(static_cast<std::uint8_t>(record.kind));
  writer.U8(record.compressed ? 1 : 0);
  writer.Put(record.stamp);
  writer.U64(record.first);
  writer.U64(record.content);
  writer.U32(static_cast<std::uint32_t>(record.applied.size()));
  for (const BlockRange& range : record.applied) writer.Put(range);
  writer.U32(static_cast<std::uint32_t>(record.checksums.size()));
  for (const std::uint64_t checksum : record.checksums) writer.U64(checksum);
  return bytes;
}

std::optional<SetRecord> DecodeSet(std::span<const std::uint8_t> meta) {
  WireReader reader(meta);
  SetRecord record;
  record.object = reader.U64();
  record.kind = static_cast<ExtentKind>(reader.U8());
  record.compressed = reader.U8() != 0;
  record.stamp = reader.TakeStamp();
  record.first = reader.U64();
  record.content = reader.U64();
  record.applied.resize(reader.Count(16));
  for (BlockRange& range : record.applied) range = reader.Range();
  record.checksums.resize(reader.Count(8));
  for (std::uint64_t& checksum : record.checksums) checksum = reader.U64();
  if (!reader.ended() || record.kind > ExtentKind::kData) return std::nullopt;
  return record;
}

Bytes EncodeNote(const MembershipNote& note) {
  Bytes bytes;
  WireWriter writer(bytes);
  writer.U32(note.intended);
  writer.U8(note.incomplete ? 1 : 0);
  if (note.record.exists()) {
    writer.Blob(EncodeMembership(note.record));
  } else {
    writer.U32(0);
  }
  return bytes;
}

std::optional<MembershipNote> DecodeNote(std::span<const std::uint8_t> meta) {
  WireReader reader(meta);
  MembershipNote note;
  note.intended = reader.U32();
  note.incomplete = reader.U8() != 0;
  const auto record = reader.Blob();
  if (!reader.ended()) return std::nullopt;
  if (!record.empty()) {
    const auto decoded = DecodeMembership(record);
    if (!decoded) return std::nullopt;
    note.record = *decoded;
  }
  return note;
}

Bytes EncodeChange(const ObjectChange& change) {
  Bytes bytes;
  WireWriter writer(bytes);
  writer.U8(static_cast<std::uint8_t>(change.kind));
  writer.U64(change.object);
  writer.U64(change.blocks);
  writer.Text(change.name);
  return bytes;
}

std::optional<ObjectChange> DecodeChange(std::span<const std::uint8_t> bytes) {
  WireReader reader(bytes);
  ObjectChange change;
  change.kind = static_cast<ObjectChange::Kind>(reader.U8());
  change.object = reader.U64();
  change.blocks = reader.U64();
  change.name = reader.Text();
  if (!reader.ended() || change.kind > ObjectChange::Kind::kDelete) return std::nullopt;
  return change;
}

Bytes EncodeTable(const ObjectTable& table) {
  Bytes bytes;
  WireWriter writer(bytes);
  writer.U64(table.serial);
  writer.U64(table.next_object);
  writer.U32(static_cast<std::uint32_t>(table.objects.size()));
  for (const StorageObject& object : table.objects) {
    writer.U64(object.id);
    writer.U8(static_cast<std::uint8_t>(object.kind));
    writer.U8(object.hidden ? 1 : 0);
    writer.U64(object.blocks);
    writer.U64(object.parent);
    writer.Text(object.name);
  }
  return bytes;
}

std::optional<ObjectTable> DecodeTable(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t kObjectBytesMin = 28;
  WireReader reader(bytes);
  ObjectTable table;
  table.serial = reader.U64();
  table.next_object = reader.U64();
  table.objects.resize(reader.Count(kObjectBytesMin));
  std::set<ObjectId> seen = {kNoObject};
  for (StorageObject& object : table.objects) {
    object.id = reader.U64();
    object.kind = static_cast<ObjectStatus::Kind>(reader.U8());
    object.hidden = reader.U8() != 0;
    object.blocks = reader.U64();
    object.parent = reader.U64();
    object.name = reader.Text();
    const bool makes_sense = object.kind <= ObjectStatus::Kind::kSnapshot && object.id < table.next_object &&
                             seen.contains(object.parent) && seen.insert(object.id).second;
    if (!makes_sense) return std::nullopt;
  }
  if (!reader.ended()) return std::nullopt;
  return table;
}

}  // namespace tarn::dataset
