// The log on disk: superblocks, then segments of records. README.md, "The log", says how it is read after a crash.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "sw/dataset/graph.h"
#include "sw/dataset/membership.h"
#include "sw/dataset/types.h"

namespace tarn::dataset {

inline constexpr std::uint32_t kSectorBytes = 512;
inline constexpr std::uint32_t kRecordHeaderBytes = 64;
// Two superblocks in turn, each twice, 4 KiB apart.
inline constexpr std::uint64_t kSuperblockSpacing = 4096;
inline constexpr std::uint64_t kSuperblockCopies = 4;
inline constexpr std::uint64_t kSegmentsBegin = kSuperblockSpacing * kSuperblockCopies;

// XXH3, 64 bits.
std::uint64_t Checksum(std::span<const std::uint8_t> bytes);

enum class RecordType : std::uint8_t {
  kSet = 1,          // blocks of an object take content, or zeroes
  kMove,             // a content's bytes, again, at a new place
  kObjectChange,     // objects are made, grown, deleted
  kMembership,       // what this member knew, or was about to ask for
  kTable,            // all objects, as taken over from another member
  kUnset,            // blocks of an object are never-written again (resync)
  kCheckpointBegin,  // from here on all is there: what follows up to kCheckpointEnd is the whole state
  kCheckpointContents,
  kCheckpointExtents,
  kCheckpointEnd,
  kLink,  // the log goes on in the segment named
};

// A record is a header, metadata and a payload, filled up to whole sectors. Its place in the whole log (LSN) is
// segment sequence * segment size + offset.
struct RecordHeader {
  RecordType type = RecordType::kSet;
  std::uint32_t total_bytes = 0;
  std::uint32_t meta_bytes = 0;
  std::uint32_t payload_bytes = 0;
  std::uint64_t sequence = 0;     // of the segment: a record of its earlier use has a smaller one
  std::uint32_t offset = 0;       // within the segment
  std::uint64_t durable_lsn = 0;  // everything before was on stable storage when this was written
  std::uint64_t payload_checksum = 0;
};

std::uint32_t RecordBytes(std::size_t meta_bytes, std::size_t payload_bytes);
// The whole record but its payload and what fills up its last sector.
Bytes EncodeRecordHead(const RecordHeader& header, std::span<const std::uint8_t> meta, std::size_t payload_bytes);

struct RecordView {
  RecordHeader header;
  std::span<const std::uint8_t> meta;
  std::span<const std::uint8_t> payload;
  bool payload_is_whole = false;  // its checksum is right
};
// The record at `offset` of a segment; nothing where there is none of this sequence whose header and metadata are
// whole.
std::optional<RecordView> DecodeRecord(std::span<const std::uint8_t> segment, std::uint64_t sequence,
                                       std::uint32_t offset, bool check_payload);
// The sequence that a record at the begin of these bytes has, 0 where there is no record.
std::uint64_t SequenceAt(std::span<const std::uint8_t> bytes);

struct Superblock {
  DatasetId dataset;
  MemberId self = kNobody;
  std::uint64_t number = 0;  // the greater is the newer
  std::uint32_t block_bytes = 0;
  std::uint32_t segment_bytes = 0;
  std::uint64_t checkpoint_sequence = 0;  // where kCheckpointBegin stands
  std::uint32_t checkpoint_segment = 0;
  std::uint32_t checkpoint_offset = 0;
};
Bytes EncodeSuperblock(const Superblock& superblock);  // one sector
std::optional<Superblock> DecodeSuperblock(std::span<const std::uint8_t> sector);

// ---- metadata of records

struct SetRecord {
  ObjectId object = kNoObject;
  ExtentKind kind = ExtentKind::kZero;
  Stamp stamp;
  std::uint64_t first = 0;         // block that content begins with
  RangeVector applied;             // what took it
  ContentId content = kNoContent;  // kData
  bool compressed = false;
  ChecksumVector checksums;  // of each block of the content
};
Bytes EncodeSet(const SetRecord& record);
std::optional<SetRecord> DecodeSet(std::span<const std::uint8_t> meta);

struct MembershipNote {
  MembershipRecord record;  // as known; epoch 0: none
  Epoch intended = 0;       // asked for, whether it came about or not
  bool incomplete = false;  // this member's state lacks something that was acknowledged
};
Bytes EncodeNote(const MembershipNote& note);
std::optional<MembershipNote> DecodeNote(std::span<const std::uint8_t> meta);

Bytes EncodeChange(const ObjectChange& change);
std::optional<ObjectChange> DecodeChange(std::span<const std::uint8_t> bytes);

struct ObjectTable {
  std::uint64_t serial = 0;
  ObjectId next_object = 1;
  std::vector<StorageObject> objects;  // without layers, parents before children
};
Bytes EncodeTable(const ObjectTable& table);
// Refuses tables whose parents do not come first, or whose numbers are given twice.
std::optional<ObjectTable> DecodeTable(std::span<const std::uint8_t> bytes);

}  // namespace tarn::dataset
