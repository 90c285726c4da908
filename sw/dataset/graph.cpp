#include "sw/dataset/graph.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include "models/common/random.h"
#include "models/common/text.h"

namespace tarn::dataset {

namespace {

constexpr std::size_t kNameBytesMax = 255;

bool IsName(const std::string& name) {
  return !name.empty() && name.size() <= kNameBytesMax && IsUtf8(name) &&
         std::none_of(name.begin(), name.end(), [](char c) { return IsControlCharacter(c) || c == '/'; });
}

std::uint64_t Mixed(std::uint64_t hash, std::uint64_t value) {
  return Random::Mix(hash ^ (value + 0x9E3779B97F4A7C15u));
}

// The first extent that ends behind a block. Extents are sorted and do not overlap, so that it is none behind number
// `block`, and just that one where all are of one block, as random writes leave them.
template <typename Extents>
auto EndingBehind(Extents& extents, std::uint32_t block) {
  auto high = extents.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(block, extents.size()));
  for (std::ptrdiff_t step = 1; high != extents.begin(); step *= 2) {
    const auto low = high - std::min(step, high - extents.begin());
    if (low->end() <= block) {
      return std::lower_bound(low, high, block,
                              [](const Extent& extent, std::uint32_t at) { return extent.end() <= at; });
    }
    high = low;
  }
  return high;
}

}  // namespace

const StorageObject* Graph::Find(ObjectId id) const {
  const auto found = objects_.find(id);
  return found == objects_.end() ? nullptr : &found->second;
}

bool Graph::IsNameFree(const std::string& name) const {
  return std::none_of(objects_.begin(), objects_.end(),
                      [&](const auto& entry) { return !entry.second.hidden && entry.second.name == name; });
}

Outcome Graph::Judge(const ObjectChange& change) const {
  using Kind = ObjectChange::Kind;
  const bool names =
      change.kind == Kind::kCreateVolume || change.kind == Kind::kSnapshot || change.kind == Kind::kClone;
  if (names && !IsName(change.name)) return Outcome::kInvalid;
  const bool sized = change.kind == Kind::kCreateVolume || change.kind == Kind::kGrow;
  if (sized && (change.blocks == 0 || change.blocks > kBlocksMax)) return Outcome::kInvalid;
  if (change.kind != Kind::kCreateVolume) {
    const StorageObject* const object = Find(change.object);
    if (object == nullptr || object->hidden) return Outcome::kNoSuchObject;
    const bool is_volume = object->kind == ObjectStatus::Kind::kVolume;
    if (change.kind == Kind::kClone && is_volume) return Outcome::kInvalid;
    if ((change.kind == Kind::kSnapshot || change.kind == Kind::kGrow) && !is_volume) return Outcome::kReadOnly;
    if (change.kind == Kind::kGrow && change.blocks < object->blocks) return Outcome::kInvalid;
  }
  return names && !IsNameFree(change.name) ? Outcome::kExists : Outcome::kOk;
}

ObjectId Graph::Apply(const ObjectChange& change) {
  using Kind = ObjectChange::Kind;
  assert(Judge(change) == Outcome::kOk);
  ++serial_;
  if (change.kind == Kind::kGrow) {
    objects_[change.object].blocks = change.blocks;
    return change.object;
  }
  if (change.kind == Kind::kDelete) {
    objects_[change.object].hidden = true;
    Collapse(change.object);
    return change.object;
  }
  StorageObject made;
  made.id = next_object_++;
  made.name = change.name;
  if (change.kind == Kind::kCreateVolume) made.blocks = change.blocks;
  if (change.kind == Kind::kClone) {
    made.parent = change.object;
    made.blocks = objects_[change.object].blocks;
  }
  if (change.kind == Kind::kSnapshot) {
    StorageObject& origin = objects_[change.object];
    made.kind = ObjectStatus::Kind::kSnapshot;
    made.blocks = origin.blocks;
    made.parent = origin.parent;
    made.layer = std::move(origin.layer);
    origin.layer.clear();
    origin.parent = made.id;
  }
  const ObjectId id = made.id;
  objects_[id] = std::move(made);
  return id;
}

std::vector<ObjectId> Graph::ChildrenOf(ObjectId id) const {
  std::vector<ObjectId> children;
  for (const auto& [child, object] : objects_) {
    if (object.parent == id) children.push_back(child);
  }
  return children;
}

// Takes away a deleted object that nobody, or one alone, is based on, and likewise what it is based on.
void Graph::Collapse(ObjectId id) {
  while (id != kNoObject && objects_[id].hidden) {
    StorageObject& object = objects_[id];
    const std::vector<ObjectId> children = ChildrenOf(id);
    if (children.size() > 1) return;
    const ObjectId parent = object.parent;
    if (children.size() == 1) {
      Absorb(objects_[children.front()], object);
    } else {
      DropLayer(object);
    }
    objects_.erase(id);
    id = parent;
  }
}

void Graph::Count(const Extent& extent, std::int64_t blocks, int extents) {
  extents_ += static_cast<std::uint64_t>(std::int64_t{extents});
  if (extent.kind == ExtentKind::kData) counts_.Count(extent.content, blocks, extents);
}

void Graph::DropLayer(StorageObject& object) {
  for (const auto& [chunk, extents] : object.layer) {
    for (const Extent& extent : extents) Count(extent, -std::int64_t{extent.count}, -1);
  }
  object.layer.clear();
}

// The child takes from its parent's layer what it has none of its own of.
void Graph::Absorb(StorageObject& child, StorageObject& parent) {
  child.parent = parent.parent;
  for (auto& [chunk, extents] : parent.layer) {
    std::vector<Extent> mixed = extents;
    for (const Extent& own : child.layer[chunk]) CutOut(mixed, own.first, own.end());
    std::vector<Extent>& target = child.layer[chunk];
    target.insert(target.end(), mixed.begin(), mixed.end());
    std::sort(target.begin(), target.end(), [](const Extent& a, const Extent& b) { return a.first < b.first; });
  }
  parent.layer.clear();
}

// Takes [first, end) out of what the extents cover.
void Graph::CutOut(std::vector<Extent>& extents, std::uint32_t first, std::uint32_t end) {
  auto at = EndingBehind(extents, first);
  while (at != extents.end() && at->first < end) {
    const Extent old = *at;
    const std::uint32_t low = std::max<std::uint32_t>(old.first, first);
    const std::uint32_t high = std::min(old.end(), end);
    const bool splits = old.first < low && high < old.end();
    const bool vanishes = old.first == low && high == old.end();
    Count(old, -std::int64_t{high - low}, splits ? 1 : vanishes ? -1 : 0);
    if (splits) {
      at->count = static_cast<std::uint16_t>(low - old.first);
      Extent rest = old;
      rest.first = static_cast<std::uint16_t>(high);
      rest.count = static_cast<std::uint16_t>(old.end() - high);
      rest.index = old.index + (high - old.first);
      extents.insert(at + 1, rest);
      return;
    }
    if (old.first < low) {
      at->count = static_cast<std::uint16_t>(low - old.first);
      ++at;
    } else if (high < old.end()) {
      at->first = static_cast<std::uint16_t>(high);
      at->count = static_cast<std::uint16_t>(old.end() - high);
      at->index = old.index + (high - old.first);
      return;
    } else {
      at = extents.erase(at);
    }
  }
}

void Graph::Insert(StorageObject& object, std::uint64_t chunk, const Extent& extent) {
  std::vector<Extent>& extents = object.layer[chunk];
  Count(extent, extent.count, 1);
  auto at = EndingBehind(extents, extent.first);
  // Most writes replace just what an earlier one wrote.
  if (at != extents.end() && at->first == extent.first && at->count == extent.count) {
    const Extent old = std::exchange(*at, extent);
    Count(old, -std::int64_t{old.count}, -1);
    return;
  }
  CutOut(extents, extent.first, extent.end());
  at = EndingBehind(extents, extent.first);
  extents.insert(at, extent);
}

void Graph::Set(ObjectId id, const Piece& piece) {
  StorageObject& object = objects_.at(id);
  std::uint64_t block = piece.range.first;
  std::uint32_t index = piece.index;
  while (block < piece.range.end()) {
    const std::uint64_t chunk = block / kChunkBlocks;
    const std::uint64_t end = std::min(piece.range.end(), (chunk + 1) * kChunkBlocks);
    const auto first = static_cast<std::uint16_t>(block - chunk * kChunkBlocks);
    const auto count = static_cast<std::uint16_t>(end - block);
    if (piece.kind == ExtentKind::kNone) {
      const auto held = object.layer.find(chunk);
      if (held != object.layer.end()) CutOut(held->second, first, std::uint32_t{first} + count);
      if (held != object.layer.end() && held->second.empty()) object.layer.erase(held);
    } else {
      Insert(object, chunk,
             {.first = first,
              .count = count,
              .kind = piece.kind,
              .stamp = piece.stamp,
              .content = piece.content,
              .index = index});
    }
    index += count;
    block = end;
  }
}

void Graph::ResolveIn(const StorageObject* object, std::uint64_t chunk, std::uint32_t first, std::uint32_t end,
                      const PieceVisitor& visit) const {
  const std::uint64_t base = chunk * kChunkBlocks;
  const auto gap = [&](std::uint32_t low, std::uint32_t high) {
    if (low >= high) return;
    const StorageObject* const parent = object == nullptr ? nullptr : Find(object->parent);
    if (parent != nullptr) {
      // What a volume has grown by, its parent never had.
      const std::uint64_t parent_end =
          parent->blocks <= base ? 0 : std::min<std::uint64_t>(parent->blocks - base, high);
      const auto cut = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(parent_end, low, high));
      if (low < cut) ResolveIn(parent, chunk, low, cut, visit);
      low = cut;
    }
    if (low < high) visit({.range = {.first = base + low, .count = high - low}});
  };
  if (object == nullptr) return gap(first, end);
  const auto found = object->layer.find(chunk);
  if (found == object->layer.end()) return gap(first, end);
  const std::vector<Extent>& extents = found->second;
  for (auto at = EndingBehind(extents, first); at != extents.end() && at->first < end; ++at) {
    const std::uint32_t low = std::max<std::uint32_t>(at->first, first);
    const std::uint32_t high = std::min(at->end(), end);
    gap(first, low);
    visit({.range = {.first = base + low, .count = high - low},
           .kind = at->kind,
           .stamp = at->stamp,
           .content = at->content,
           .index = at->index + (low - at->first)});
    first = high;
  }
  gap(first, end);
}

void Graph::Resolve(ObjectId id, BlockRange range, const PieceVisitor& visit) const {
  const StorageObject* const object = Find(id);
  for (std::uint64_t block = range.first; block < range.end();) {
    const std::uint64_t chunk = block / kChunkBlocks;
    std::uint64_t end = std::min(range.end(), (chunk + 1) * kChunkBlocks);
    // Most ranges are of one chunk; a long one is mostly of chunks that nobody wrote.
    if (const std::uint64_t next = end < range.end() ? NextWrittenOf(object, chunk) : chunk; next > chunk) {
      end = std::min(range.end(), next * kChunkBlocks);
      visit({.range = {.first = block, .count = end - block}});
      block = end;
      continue;
    }
    ResolveIn(object, chunk, static_cast<std::uint32_t>(block - chunk * kChunkBlocks),
              static_cast<std::uint32_t>(end - chunk * kChunkBlocks), visit);
    block = end;
  }
}

RangeVector Graph::OlderThan(ObjectId object, BlockRange range, const Stamp& stamp) const {
  RangeVector older;
  Resolve(object, range, [&](const Piece& piece) {
    if (piece.stamp >= stamp) return;
    if (!older.empty() && older.back().end() == piece.range.first) {
      older.back().count += piece.range.count;
    } else {
      older.push_back(piece.range);
    }
  });
  return older;
}

bool Graph::HasOwnData(ObjectId id, BlockRange range) const {
  const StorageObject* const object = Find(id);
  if (object == nullptr) return false;
  const auto found = object->layer.find(range.first / kChunkBlocks);
  if (found == object->layer.end()) return false;
  const std::uint64_t base = found->first * kChunkBlocks;
  return std::any_of(found->second.begin(), found->second.end(), [&](const Extent& extent) {
    return extent.kind == ExtentKind::kData && range.Overlaps({.first = base + extent.first, .count = extent.count});
  });
}

std::uint64_t Graph::Digest(ObjectId id, std::uint64_t chunk) const {
  std::uint64_t hash = 0;
  Piece run;
  const auto close = [&] {
    if (run.kind == ExtentKind::kNone) return;
    hash = Mixed(Mixed(hash, run.range.first % kChunkBlocks), run.range.count);
    hash = Mixed(Mixed(hash, run.stamp.epoch), run.stamp.serial);
    hash = Mixed(hash, static_cast<std::uint64_t>(run.kind)) | 1;
  };
  const StorageObject* const object = Find(id);
  if (object == nullptr) return 0;
  ResolveIn(object, chunk, 0, kChunkBlocks, [&](const Piece& piece) {
    if (piece.kind == run.kind && piece.stamp == run.stamp) {
      run.range.count += piece.range.count;
      return;
    }
    close();
    run = piece;
  });
  close();
  return hash;
}

std::uint64_t Graph::NextWritten(ObjectId id, std::uint64_t chunk) const { return NextWrittenOf(Find(id), chunk); }

std::uint64_t Graph::NextWrittenOf(const StorageObject* object, std::uint64_t chunk) const {
  std::uint64_t next = kChunksMax;
  for (; object != nullptr; object = Find(object->parent)) {
    const auto found = object->layer.lower_bound(chunk);
    if (found != object->layer.end()) next = std::min(next, found->first);
  }
  return next;
}

std::optional<std::pair<ObjectId, Piece>> Graph::FindReference(ContentId content) const {
  for (const auto& [id, object] : objects_) {
    for (const auto& [chunk, extents] : object.layer) {
      for (const Extent& extent : extents) {
        if (extent.content != content) continue;
        const Piece piece = {.range = {.first = chunk * kChunkBlocks + extent.first, .count = extent.count},
                             .kind = extent.kind,
                             .stamp = extent.stamp,
                             .content = content,
                             .index = extent.index};
        return std::pair{id, piece};
      }
    }
  }
  return std::nullopt;
}

std::vector<const StorageObject*> Graph::InOrder() const {
  std::vector<const StorageObject*> order;
  const auto is_in = [&](ObjectId id) {
    return std::any_of(order.begin(), order.end(), [&](const StorageObject* object) { return object->id == id; });
  };
  while (order.size() < objects_.size()) {
    const std::size_t before = order.size();
    for (const auto& [id, object] : objects_) {
      if (!is_in(id) && (object.parent == kNoObject || is_in(object.parent))) order.push_back(&object);
    }
    if (order.size() == before) break;  // a circle: refused where tables come from outside
  }
  return order;
}

void Graph::AdoptTable(std::uint64_t serial, ObjectId next_object, const std::vector<StorageObject>& table) {
  std::map<ObjectId, StorageObject> old = std::move(objects_);
  objects_.clear();
  for (const StorageObject& theirs : table) {
    StorageObject& object = objects_[theirs.id] = theirs;
    object.layer.clear();
    if (const auto found = old.find(theirs.id); found != old.end()) object.layer = std::move(found->second.layer);
  }
  // A snapshot taken meanwhile: what it holds is what its origin held.
  for (auto& [id, object] : objects_) {
    const bool newer = !old.contains(id) && object.kind == ObjectStatus::Kind::kSnapshot;
    if (!newer) continue;
    for (auto& [child_id, child] : objects_) {
      const auto before = old.find(child_id);
      if (child.parent != id || before == old.end() || before->second.parent == id) continue;
      object.layer = std::move(child.layer);
      child.layer.clear();
      break;
    }
  }
  for (auto& [id, object] : old) {
    if (objects_.contains(id)) continue;
    // Deleted meanwhile; what was based on it keeps what it saw.
    for (auto& [child_id, child] : objects_) {
      const auto before = old.find(child_id);
      if (before == old.end() || before->second.parent != id || child.parent == id) continue;
      const ObjectId parent = child.parent;
      Absorb(child, object);
      child.parent = parent;
      break;
    }
    DropLayer(object);
  }
  serial_ = serial;
  next_object_ = next_object;
}

void Graph::RestoreTable(std::uint64_t serial, ObjectId next_object, const std::vector<StorageObject>& table) {
  Clear();
  for (const StorageObject& object : table) objects_[object.id] = object;
  serial_ = serial;
  next_object_ = next_object;
}

void Graph::Clear() {
  for (auto& [id, object] : objects_) DropLayer(object);
  objects_.clear();
  serial_ = 0;
  next_object_ = 1;
}

namespace {

// An object's blocks, adjacent pieces of one stamp made one.
std::vector<Piece> Runs(const Graph& graph, const StorageObject& object) {
  std::vector<Piece> runs;
  graph.Resolve(object.id, {.first = 0, .count = object.blocks}, [&](const Piece& piece) {
    if (!runs.empty() && runs.back().kind == piece.kind && runs.back().stamp == piece.stamp) {
      runs.back().range.count += piece.range.count;
    } else {
      runs.push_back(piece);
    }
  });
  return runs;
}

std::string Text(const Stamp& stamp) {
  return std::to_string(stamp.epoch) + ":" + std::to_string(stamp.counter()) + "." + std::to_string(stamp.member());
}

std::optional<std::string> CompareObjects(const Graph& a, const Graph& b, const StorageObject& object) {
  const StorageObject& other = *b.Find(object.id);
  const std::string place = "object " + std::to_string(object.id);
  if (object.kind != other.kind || object.hidden != other.hidden || object.name != other.name ||
      object.blocks != other.blocks || object.parent != other.parent) {
    return place + " differs in kind, name, size or parent";
  }
  const std::vector<Piece> ours = Runs(a, object), theirs = Runs(b, other);
  for (std::size_t i = 0; i < std::max(ours.size(), theirs.size()); ++i) {
    if (i < ours.size() && i < theirs.size() && ours[i].range == theirs[i].range && ours[i].kind == theirs[i].kind &&
        ours[i].stamp == theirs[i].stamp) {
      continue;
    }
    const std::size_t at = std::min(i, std::min(ours.size(), theirs.size()) - 1);
    return place + ": block " + std::to_string(std::min(ours[at].range.first, theirs[at].range.first)) + " has stamp " +
           Text(ours[at].stamp) + " for " + std::to_string(ours[at].range.count) + " blocks here, " +
           Text(theirs[at].stamp) + " for " + std::to_string(theirs[at].range.count) + " there";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> CompareMeaning(const Graph& a, const Graph& b, const BlockChecksum& checksum) {
  if (a.objects().size() != b.objects().size()) return "the number of objects differs";
  if (a.serial() != b.serial()) return "one has seen more changes of objects than the other";
  for (const auto& entry : a.objects()) {
    const ObjectId id = entry.first;
    const StorageObject& object = entry.second;
    if (b.Find(id) == nullptr) return "object " + std::to_string(id) + " is in one of them only";
    if (auto difference = CompareObjects(a, b, object)) return difference;
    std::vector<std::uint64_t> sums;
    const auto each = [&](int side, const Graph& graph, const std::function<void(std::uint64_t)>& take) {
      graph.Resolve(id, {.first = 0, .count = object.blocks}, [&](const Piece& piece) {
        if (piece.kind != ExtentKind::kData) return;
        for (std::uint64_t i = 0; i < piece.range.count; ++i) take(checksum(side, piece, i));
      });
    };
    each(0, a, [&](std::uint64_t sum) { sums.push_back(sum); });
    std::size_t at = 0;
    bool same = true;
    each(1, b, [&](std::uint64_t sum) {
      same = same && at < sums.size() && sums[at] == sum;
      ++at;
    });
    if (!same) return "object " + std::to_string(id) + ": equal stamps, but other content";
  }
  return std::nullopt;
}

}  // namespace tarn::dataset
