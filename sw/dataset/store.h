// A member's state on disk and in memory: the graph, the content it refers to, and the log that holds both.
// Log-structured: all that changes is appended; checkpoints bound what is read after a crash; segments with little live
// content are emptied (cleaned) and used again. Pure as all the rest: reads and syncs are actions, their answers come
// as events.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "sw/dataset/config.h"
#include "sw/dataset/content_memory.h"
#include "sw/dataset/graph.h"
#include "sw/dataset/interface.h"
#include "sw/dataset/log_format.h"
#include "sw/dataset/slot_table.h"

namespace tarn::dataset {

class Store : public ContentCounts {
 public:
  // A content is what is read, compressed and moved as one: long writes make several.
  static constexpr std::uint64_t kContentBlocksMax = 32;

  Store(const MemberConfig& config, ContentMemory& memory);
  ~Store() override;

  // Whether a storage that begins so (kSegmentsBegin bytes) is blank, or one that this member made.
  static Status CheckSuperblocks(std::span<const std::uint8_t> bytes, const MemberConfig& config);
  // Of such a storage: whether this member was ever part of a dataset, or may have been, where it cannot be read.
  using ReadAt = std::function<Bytes(std::uint64_t offset, std::uint64_t size)>;
  static bool HasJoined(std::span<const std::uint8_t> bytes, const MemberConfig& config, const ReadAt& read);

  // ---- life
  // Reads the log. Until ready(), nothing else may be called but OnRead and OnSynced.
  void Start(Actions& actions);
  bool ready() const { return stage_ == Stage::kReady; }
  bool was_blank() const { return was_blank_; }
  // What was known of the membership; incomplete: the log was damaged, or was being brought up to date.
  const MembershipNote& note() const { return note_; }
  void Remember(const MembershipNote& note, Actions& actions);

  // True where the answer was of use; `loaded` gets contents that are in memory now, or cannot be had (is_rotten).
  void OnRead(const StorageRead& read, Actions& actions, std::vector<ContentId>& loaded);
  void OnSynced(std::uint64_t token, Actions& actions);
  // Everything appended so far is stable when a StorageSynced of this token, or a later one, comes.
  std::uint64_t Sync(Actions& actions);
  // Checkpoints and cleaning, a step at a time. To be called after each event.
  void Maintain(Actions& actions);

  // ---- content and metadata
  const Graph& graph() const { return graph_; }
  // Whether an update of so many bytes of content can be appended now; if not, maintenance makes room where
  // CanMakeRoom.
  bool HasRoom(std::uint64_t content_bytes) const;
  // Whether maintenance has a step to take that makes some.
  bool CanMakeRoom() const;
  // Bytes of content that still fit beside what is live.
  std::uint64_t free_bytes() const;
  std::uint64_t live_bytes() const { return live_bytes_; }
  // So many objects, hidden ones included, are sure to fit the record that holds their table.
  std::uint64_t objects_max() const;

  // Blocks of an object take data under a stamp, where `applied` says so. Data without an owner is copied.
  void SetData(ObjectId object, std::uint64_t first, const RangeVector& applied, const Stamp& stamp,
               const SharedSpan& data, const ChecksumVector& checksums, Actions& actions);
  void SetZero(ObjectId object, const RangeVector& applied, const Stamp& stamp, Actions& actions);
  void Unset(ObjectId object, BlockRange range, Actions& actions);
  ObjectId Apply(const ObjectChange& change, Actions& actions);
  void AdoptTable(const ObjectTable& table, Actions& actions);

  // Copies blocks [index, index + count) of a content out; false where it is not in memory: then it is being read (see
  // OnRead).
  bool Load(ContentId content, std::uint32_t index, std::uint32_t count, std::span<std::uint8_t> out, Actions& actions);
  // Checksum of one block, as it was when it was written.
  std::uint64_t BlockChecksum(ContentId content, std::uint32_t index) const;
  bool is_rotten(ContentId content) const;
  // Whose bytes are lost here: whoever has them elsewhere writes them anew under the same stamp (SetData).
  const std::set<ContentId>& rotten() const { return rotten_; }

  // Reads and checks all live content of the log; `scrubbed()` tells when it is through.
  void StartScrub(Actions& actions);
  bool scrubbing() const { return scrub_next_.has_value() || scrub_ends_ != ScrubEnd::kNone; }

  void Count(ContentId content, std::int64_t blocks, std::int64_t extents) override;

  // Of the whole life, for figures.
  std::uint64_t recovered_bytes() const { return recovered_bytes_; }
  std::uint64_t checkpoints() const { return checkpoints_; }
  std::uint64_t cleaned_segments() const { return cleaned_segments_; }
  const std::string& trouble() const { return trouble_; }

 private:
  enum class Stage : std::uint8_t { kIdle, kSuperblocks, kChain, kScan, kBeyond, kReady };

  struct Content {
    std::uint32_t segment = 0;
    std::uint32_t offset = 0;        // of the payload within the segment
    std::uint32_t record_bytes = 0;  // of the whole record
    std::uint32_t stored_bytes = 0;  // payload
    bool compressed = false;
    std::uint64_t payload_checksum = 0;
    std::int64_t live_blocks = 0;
    std::int64_t extents = 0;  // that refer to it
    std::optional<ContentMemory::Handle> memory;
    ChecksumVector checksums;
    bool loading = false;
  };
  struct Segment {
    std::uint64_t sequence = 0;    // 0: free
    std::uint64_t live_bytes = 0;  // what its contents take when they are cleaned: see LiveBytes
    std::uint64_t contents = 0;    // with live blocks
    bool spoiled = false;          // was cleaned, and what is left is rotten
  };
  struct Pending {
    enum class What : std::uint8_t { kRecovery, kContent, kClean, kScrub } what = What::kRecovery;
    ContentId content = kNoContent;
    std::uint32_t segment = 0;
    std::uint64_t sequence = 0;  // the segment's, when it was asked for
    std::uint64_t end = 0;       // kScrub: what stood in it by then
  };

  // Recovery (store_recovery.cpp).
  void OnRecoveryRead(const StorageRead& read, Actions& actions);
  void TakeSuperblocks(std::span<const std::uint8_t> bytes, Actions& actions);
  void ReplaySegment(std::span<const std::uint8_t> bytes, Actions& actions);
  bool Replay(const RecordView& record);
  void ReplaySet(const RecordView& record);
  void ReplayMove(const RecordView& record);
  bool ReplayCheckpoint(const RecordView& record);
  void EndChain(std::span<const std::uint8_t> bytes, std::uint32_t offset, Actions& actions);
  void Scan(Actions& actions);
  void LookBeyond(Actions& actions);
  void NoteDurableBeyond(std::span<const std::uint8_t> bytes, std::uint64_t sequence, std::uint32_t offset);
  void FinishRecovery(Actions& actions);
  void Forget();
  std::uint64_t Ask(Pending pending, std::uint64_t offset, std::uint64_t length, Actions& actions);

  // Appending.
  struct Place {
    std::uint32_t segment = 0;
    std::uint32_t offset = 0;
    std::uint64_t lsn = 0;
  };
  Place Append(RecordType type, std::span<const std::uint8_t> meta, const SharedSpan& payload,
               std::uint64_t payload_checksum, Actions& actions);
  Place Write(RecordType type, std::span<const std::uint8_t> meta, const SharedSpan& payload,
              std::uint64_t payload_checksum, Actions& actions);
  void OpenSegment(Actions& actions);
  std::uint32_t FreeSegment() const;
  std::uint64_t SegmentOffset(std::uint32_t segment) const {
    return kSegmentsBegin + std::uint64_t{segment} * segment_bytes_;
  }
  std::uint64_t Lsn() const { return segments_[current_].sequence * segment_bytes_ + position_; }

  // Content.
  Content& Enter(ContentId id, Content content);
  // What a content takes once it is cleaned: where that saves enough, its live blocks become contents of their own.
  std::uint64_t LiveBytes(const Content& content) const;
  void AddToSegment(const Content& content);
  void TakeFromSegment(const Content& content);
  void Drop(ContentId id);
  void Keep(ContentId id, Content& content, const SharedSpan& data);
  void MakeRoomInMemory(std::uint64_t bytes, ContentId keep);
  std::optional<Bytes> Unpacked(const Content& content, std::span<const std::uint8_t> stored) const;
  void OnContentRead(ContentId id, const StorageRead& read, std::vector<ContentId>& loaded);
  Content AppendContent(SetRecord& meta, const SharedSpan& data, Actions& actions);
  Bytes Packed(std::span<const std::uint8_t> data) const;

  // Checkpoints and cleaning (store_cleaning.cpp).
  void Checkpoint(Actions& actions);
  void WriteSuperblock(Actions& actions);
  void CheckpointContents(Actions& actions);
  void CheckpointExtents(Actions& actions);
  // That a checkpoint takes at most, as things are.
  std::uint64_t CheckpointSegments() const;
  std::uint64_t DeadSegments() const { return Counted().dead; }
  // What a segment has room for that cleaning has filled.
  std::uint64_t SegmentYield() const;
  // Segments, free or dead, that content never takes, beside those that it needs now.
  std::uint64_t ReservedSegments() const;
  // Whether so many segments are less than this part of all, or little more than what is reserved.
  bool IsLess(std::uint64_t segments, std::uint64_t part) const;
  enum class Upkeep : std::uint8_t { kNone, kCheckpoint, kClean };
  Upkeep NextUpkeep() const;
  // Older than a checkpoint's segment.
  std::optional<std::uint32_t> SegmentToClean(std::uint64_t older_than) const;
  // What upkeep asks of all segments, looked for only when one of them has changed in kind.
  struct SegmentCounts {
    std::uint64_t dead = 0;
    bool old_to_clean = false;  // one that is older than the newest checkpoint is worth it
    bool any_to_clean = false;
  };
  const SegmentCounts& Counted() const;
  enum class SegmentKind : std::uint8_t { kNothingLives, kWorthCleaning, kFull };
  SegmentKind KindOf(const Segment& segment) const;
  void OnCleanRead(std::uint32_t segment, const StorageRead& read, Actions& actions);
  void Relocate(ContentId id, const RecordView& record, Actions& actions);
  bool IsSparse(const Content& content) const { return LiveBytes(content) < content.record_bytes; }
  void Compact(ContentId id, std::span<const std::uint8_t> data, const std::vector<std::pair<ObjectId, Piece>>& uses,
               Actions& actions);
  std::map<ContentId, std::vector<std::pair<ObjectId, Piece>>> UsesOfSparse(std::uint32_t segment) const;
  void OnScrubRead(const Pending& pending, const StorageRead& read, Actions& actions);
  void ScrubNext(Actions& actions);
  // Visits the live contents of a segment that was read.
  void ForEachContent(std::uint32_t segment, std::span<const std::uint8_t> bytes,
                      const std::function<void(ContentId, const RecordView&)>& visit) const;
  void MarkRotten(ContentId id);

  const MemberConfig& config_;
  ContentMemory& memory_;
  std::uint64_t segment_bytes_;
  Graph graph_;
  SlotTable<Content> contents_;
  ContentId next_content_ = 1;
  std::deque<ContentId> in_memory_;
  std::uint64_t live_bytes_ = 0;
  std::uint64_t blocks_held_ = 0;  // by all contents, dead or alive
  std::set<ContentId> rotten_;

  std::vector<Segment> segments_;
  mutable std::optional<SegmentCounts> counted_;
  std::uint32_t free_segments_ = 0;
  std::uint32_t current_ = 0;
  std::uint32_t position_ = 0;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t durable_lsn_ = 0;
  std::map<std::uint64_t, std::uint64_t> sync_lsn_;  // token -> what is durable then
  std::uint64_t next_token_ = 1;
  std::map<std::uint64_t, Pending> reads_;
  MembershipNote note_;

  // Recovery.
  Stage stage_ = Stage::kIdle;
  bool was_blank_ = false;
  bool checkpoint_begun_ = false, checkpoint_whole_ = false;
  Superblock superblock_;
  std::uint32_t chain_segment_ = 0;
  std::uint64_t chain_sequence_ = 0;
  std::uint32_t chain_offset_ = 0;
  std::uint64_t chain_end_lsn_ = 0;
  std::uint64_t durable_seen_ = 0;
  std::uint64_t newest_sequence_ = 0;
  std::set<std::uint32_t> chain_;
  std::uint32_t scans_waiting_ = 0;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> beyond_;
  std::uint64_t recovered_bytes_ = 0;
  std::string trouble_;

  // Checkpoints and cleaning.
  enum class CheckpointStage : std::uint8_t { kNone, kRecords, kSuperblock };
  CheckpointStage checkpoint_stage_ = CheckpointStage::kNone;
  Superblock next_superblock_;
  std::uint64_t checkpoint_token_ = 0;
  std::vector<std::uint32_t> to_free_;
  std::uint64_t appended_since_checkpoint_ = 0;
  std::uint64_t checkpoint_sequence_ = 0;  // of the newest one that is durable
  std::optional<std::uint32_t> cleaning_;
  std::optional<std::uint32_t> scrub_next_;
  enum class ScrubEnd : std::uint8_t { kNone, kWantsCheckpoint, kCheckpoint };
  ScrubEnd scrub_ends_ = ScrubEnd::kNone;
  std::uint64_t checkpoints_ = 0;
  std::uint64_t cleaned_segments_ = 0;
};

}  // namespace tarn::dataset
