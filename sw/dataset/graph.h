// A member's representation of the dataset: storage objects as graphs of logical extents. Each object has a layer of
// extents that map its blocks to parts of content segments; where it has none, its parent's (a snapshot's) count. Two
// members' graphs may differ in how extents are cut and where content lies; CompareMeaning tells whether they mean the
// same.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sw/dataset/interface.h"
#include "sw/dataset/status.h"
#include "sw/dataset/types.h"

namespace tarn::dataset {

using ContentId = std::uint64_t;
inline constexpr ContentId kNoContent = 0;

// Blocks are kept, compared and resynchronised by chunks of so many; an update never crosses one.
inline constexpr std::uint32_t kChunkBlocks = 256;
// Of an object: its size in bytes is a file's with every size of blocks.
inline constexpr std::uint64_t kBlocksMax = std::uint64_t{1} << 46;
inline constexpr std::uint64_t kChunksMax = kBlocksMax / kChunkBlocks;

enum class ExtentKind : std::uint8_t {
  kNone,  // never written: reads as zeroes, has no stamp
  kZero,  // trimmed or zeroed
  kData,
};

// Blocks [first, first + count) of one chunk.
struct Extent {
  std::uint16_t first = 0;
  std::uint16_t count = 0;
  ExtentKind kind = ExtentKind::kNone;
  Stamp stamp;
  ContentId content = kNoContent;  // kData
  std::uint32_t index = 0;         // of its first block within the content

  std::uint32_t end() const { return first + count; }
};

// A run of an object's blocks as a reader sees it.
struct Piece {
  BlockRange range;
  ExtentKind kind = ExtentKind::kNone;
  Stamp stamp;
  ContentId content = kNoContent;
  std::uint32_t index = 0;
};

struct StorageObject {
  ObjectId id = kNoObject;
  ObjectStatus::Kind kind = ObjectStatus::Kind::kVolume;
  bool hidden = false;  // deleted, but others are based on it
  std::string name;
  std::uint64_t blocks = 0;
  ObjectId parent = kNoObject;
  std::map<std::uint64_t, std::vector<Extent>> layer;  // by chunk, each sorted, no overlaps
};

// Told how many blocks of a content extents refer to, and how many extents, more or fewer.
class ContentCounts {
 public:
  ContentCounts() = default;
  ContentCounts(const ContentCounts&) = delete;
  ContentCounts& operator=(const ContentCounts&) = delete;
  virtual ~ContentCounts() = default;
  virtual void Count(ContentId content, std::int64_t blocks, std::int64_t extents) = 0;
};

// A change of the objects, the same at every member: what stands in ControlApply messages and in the log.
struct ObjectChange {
  enum class Kind : std::uint8_t { kCreateVolume, kSnapshot, kClone, kGrow, kDelete };
  Kind kind = Kind::kCreateVolume;
  ObjectId object = kNoObject;
  std::string name;
  std::uint64_t blocks = 0;
};

class Graph {
 public:
  explicit Graph(ContentCounts& counts) : counts_(counts) {}

  // ---- objects
  const StorageObject* Find(ObjectId id) const;
  const std::map<ObjectId, StorageObject>& objects() const { return objects_; }
  // How many changes of objects were applied.
  std::uint64_t serial() const { return serial_; }
  ObjectId next_object() const { return next_object_; }
  // Of all layers.
  std::uint64_t extents() const { return extents_; }
  // kOk where Apply would do something.
  Outcome Judge(const ObjectChange& change) const;
  // Applies it as change number serial() + 1; answers the object made or changed. REQUIRES: Judge(change) == kOk.
  ObjectId Apply(const ObjectChange& change);

  // ---- extents
  // Pieces of [range), in order, without gaps. REQUIRES: the object exists; beyond its end all is kNone.
  using PieceVisitor = std::function<void(const Piece&)>;
  void Resolve(ObjectId object, BlockRange range, const PieceVisitor& visit) const;
  // The object's own layer takes this piece, whatever it held there.
  void Set(ObjectId object, const Piece& piece);
  // The parts of a range whose stamp is older than `stamp`.
  RangeVector OlderThan(ObjectId object, BlockRange range, const Stamp& stamp) const;
  // Whether the object's own layer has content anywhere in a range of one chunk.
  bool HasOwnData(ObjectId object, BlockRange range) const;
  // A hash of what a chunk means: its runs of equal stamps. 0 where nothing was ever written.
  std::uint64_t Digest(ObjectId object, std::uint64_t chunk) const;
  // The first chunk from `chunk` on of which anything may have been written; kChunksMax where none.
  std::uint64_t NextWritten(ObjectId object, std::uint64_t chunk) const;
  // An object that refers to the content, and where; nothing where none does. Looks at everything.
  std::optional<std::pair<ObjectId, Piece>> FindReference(ContentId content) const;

  // ---- whole tables (resync, checkpoints)
  // Objects without their layers, parents before children.
  std::vector<const StorageObject*> InOrder() const;
  // Takes over another member's objects; keeps of the own layers what may still be of use: an object that is new here
  // and stands between two that are known takes over the younger one's layer.
  void AdoptTable(std::uint64_t serial, ObjectId next_object, const std::vector<StorageObject>& table);
  // For recovery: as it stood in a checkpoint.
  void RestoreTable(std::uint64_t serial, ObjectId next_object, const std::vector<StorageObject>& table);
  void Clear();

 private:
  void ResolveIn(const StorageObject* object, std::uint64_t chunk, std::uint32_t first, std::uint32_t end,
                 const PieceVisitor& visit) const;
  std::uint64_t NextWrittenOf(const StorageObject* object, std::uint64_t chunk) const;
  void CutOut(std::vector<Extent>& extents, std::uint32_t first, std::uint32_t end);
  void Insert(StorageObject& object, std::uint64_t chunk, const Extent& extent);
  // An extent of this kind covers so many blocks more or fewer; the layers have so many extents more or fewer.
  void Count(const Extent& extent, std::int64_t blocks, int extents);
  void DropLayer(StorageObject& object);
  void Absorb(StorageObject& child, StorageObject& parent);
  void Collapse(ObjectId id);
  std::vector<ObjectId> ChildrenOf(ObjectId id) const;
  bool IsNameFree(const std::string& name) const;

  ContentCounts& counts_;
  std::map<ObjectId, StorageObject> objects_;
  std::uint64_t serial_ = 0;
  ObjectId next_object_ = 1;
  std::uint64_t extents_ = 0;
};

// The first difference in meaning in one line, or nothing. checksum(side, piece, block) tells a block's content; side 0
// is a's.
using BlockChecksum = std::function<std::uint64_t(int side, const Piece& piece, std::uint64_t block)>;
std::optional<std::string> CompareMeaning(const Graph& a, const Graph& b, const BlockChecksum& checksum);

}  // namespace tarn::dataset
