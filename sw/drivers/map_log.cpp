#include "sw/drivers/map_log.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <string>

namespace tarn::drivers {
namespace {

constexpr std::size_t kRecordBytes = 24;
constexpr std::size_t kCrcBytes = 4;
enum class Kind : std::uint8_t { kCheckpoint = 1, kWord, kCheckpointEnd, kChange };

// a, b, c by kind: kCheckpoint none; kWord word, on_bulk, dirty; kCheckpointEnd words; kChange page, number of the
// record.
struct Record {
  Kind kind = Kind::kChange;
  std::uint8_t host = 0;
  std::uint8_t change = 0;
  std::uint32_t a = 0, b = 0, c = 0;
  std::uint32_t generation = 0;
};
using RecordBytes = std::array<std::uint8_t, kRecordBytes>;

void Put(RecordBytes& bytes, std::size_t at, std::uint32_t value) {
  for (std::size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
}
std::uint32_t Get(std::span<const std::uint8_t, kRecordBytes> bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{bytes[at + i]} << 8 * i;
  return value;
}
std::uint32_t CrcOf(std::span<const std::uint8_t, kRecordBytes> bytes) {
  return static_cast<std::uint32_t>(crc32(0, bytes.data() + kCrcBytes, kRecordBytes - kCrcBytes));
}

RecordBytes Encode(const Record& record) {
  RecordBytes bytes{};
  bytes[4] = static_cast<std::uint8_t>(record.kind);
  bytes[5] = record.host;
  bytes[6] = record.change;
  Put(bytes, 8, record.a);
  Put(bytes, 12, record.b);
  Put(bytes, 16, record.c);
  Put(bytes, 20, record.generation);
  Put(bytes, 0, CrcOf(bytes));
  return bytes;
}

// Nothing: it is torn or damaged.
std::optional<Record> RecordAt(std::span<const std::uint8_t> file, std::size_t number, std::uint32_t generation) {
  if ((number + 1) * kRecordBytes > file.size()) return std::nullopt;
  const auto bytes = file.subspan(number * kRecordBytes).first<kRecordBytes>();
  const Record record{.kind = static_cast<Kind>(bytes[4]),
                      .host = bytes[5],
                      .change = bytes[6],
                      .a = Get(bytes, 8),
                      .b = Get(bytes, 12),
                      .c = Get(bytes, 16),
                      .generation = Get(bytes, 20)};
  if (Get(bytes, 0) != CrcOf(bytes) || record.generation != generation) return std::nullopt;
  return record;
}

// Nothing: it is not whole.
std::optional<MapState> ReadCheckpoint(std::span<const std::uint8_t> file, std::uint32_t generation) {
  MapState state;
  for (std::uint32_t number = 0;; ++number) {
    const std::optional<Record> record = RecordAt(file, number, generation);
    if (!record || (record->kind == Kind::kCheckpoint) != (number == 0)) return std::nullopt;
    if (record->kind == Kind::kChange) return std::nullopt;
    if (record->kind == Kind::kCheckpointEnd) return record->a + 1 == number ? std::optional(state) : std::nullopt;
    if (record->kind == Kind::kWord) {
      state.Set(HostId(record->host), record->a, {.on_bulk = record->b, .dirty = record->c});
    }
  }
}

Status ReplayLog(std::span<const std::uint8_t> file, std::uint32_t generation, MapState& state) {
  const auto valid = [&](std::uint32_t number) {
    const std::optional<Record> record = RecordAt(file, number, generation);
    return record && record->kind == Kind::kChange && record->b == number ? record : std::nullopt;
  };
  std::uint32_t number = 0;
  for (; const std::optional<Record> record = valid(number); ++number) {
    pool::ChangeNotice notice;
    notice.host = record->host;
    notice.page = record->a;
    notice.change = static_cast<pool::Change>(record->change);
    state.Apply(notice);
  }
  for (std::uint32_t later = number + 1; later < file.size() / kRecordBytes; ++later) {
    if (!valid(later)) continue;
    return Status::Error("map log: record " + std::to_string(number) + " of generation " + std::to_string(generation) +
                         " is damaged, but record " + std::to_string(later) + " is whole");
  }
  return {};
}

}  // namespace

void MapState::Apply(const pool::ChangeNotice& notice) {
  const std::uint32_t bit = 1u << notice.page % kPagesPerWord;
  MapWord pages = At(HostId(notice.host), notice.page / kPagesPerWord);
  switch (notice.change) {
    case pool::Change::kFirstWrite:
      pages.dirty |= bit;
      break;
    case pool::Change::kWrittenOut:  // or trimmed: then bulk reads as zero
      pages.dirty &= ~bit;
      pages.on_bulk |= bit;
      break;
    case pool::Change::kReleased:
      pages.dirty &= ~bit;
      pages.on_bulk &= ~bit;
      break;
    case pool::Change::kMoved:
      break;
  }
  Set(HostId(notice.host), notice.page / kPagesPerWord, pages);
}

void MapState::Set(HostId host, std::uint32_t word, const MapWord& pages) {
  const Key key{host.value(), word};
  if (pages == MapWord{}) {
    words_.erase(key);
  } else {
    words_[key] = pages;
  }
}

MapWord MapState::At(HostId host, std::uint32_t word) const {
  const auto found = words_.find({host.value(), word});
  return found == words_.end() ? MapWord{} : found->second;
}

Result<MapState> MapLog::Recover(const MapStorage& storage) {
  const std::vector<std::uint32_t> generations = storage.Generations();
  // Of the newest, the checkpoint may be torn; nothing was logged beside it yet.
  for (auto generation = generations.rbegin(); generation != generations.rend(); ++generation) {
    std::optional<MapState> state =
        ReadCheckpoint(storage.Read(MapStorage::File::kCheckpoint, *generation), *generation);
    const std::vector<std::uint8_t> log = storage.Read(MapStorage::File::kLog, *generation);
    if (!state && !log.empty()) {
      return Status::Error("map log: the checkpoint of generation " + std::to_string(*generation) + " is damaged");
    }
    if (!state) continue;
    if (Status status = ReplayLog(log, *generation, *state); !status.ok()) return status;
    return *state;
  }
  return Status::Error("map log: no whole checkpoint");
}

Status MapLog::Begin(const MapState& state) {
  const std::vector<std::uint32_t> older = storage_.Generations();
  const std::uint32_t generation = older.empty() ? 1 : older.back() + 1;
  std::vector<std::uint8_t> bytes;
  const auto add = [&](const Record& record) {
    const RecordBytes encoded = Encode(record);
    bytes.insert(bytes.end(), encoded.begin(), encoded.end());
  };
  add({.kind = Kind::kCheckpoint, .generation = generation});
  for (const auto& [key, pages] : state.words()) {
    add({.kind = Kind::kWord,
         .host = static_cast<std::uint8_t>(key.first),
         .a = key.second,
         .b = pages.on_bulk,
         .c = pages.dirty,
         .generation = generation});
  }
  add({.kind = Kind::kCheckpointEnd, .a = static_cast<std::uint32_t>(state.words().size()), .generation = generation});
  if (Status status = storage_.Append(MapStorage::File::kCheckpoint, generation, bytes); !status.ok()) return status;
  generation_ = generation;
  records_ = 0;
  log_bytes_ = 0;
  broken_ = {};
  state_ = state;
  for (const std::uint32_t drop : older) {
    if (Status status = storage_.Drop(drop); !status.ok()) return status;
  }
  return {};
}

Status MapLog::Append(const pool::ChangeNotice& notice) {
  assert(generation_ != 0);
  if (!broken_.ok()) return broken_;
  const RecordBytes bytes = Encode({.kind = Kind::kChange,
                                    .host = notice.host,
                                    .change = static_cast<std::uint8_t>(notice.change),
                                    .a = static_cast<std::uint32_t>(notice.page),
                                    .b = records_,
                                    .generation = generation_});
  broken_ = storage_.Append(MapStorage::File::kLog, generation_, bytes);
  if (!broken_.ok()) return broken_;
  ++records_;
  log_bytes_ += kRecordBytes;
  state_.Apply(notice);
  return {};
}

void MapLog::Listen(hal::Platform& platform) {
  platform.set_change_listener([this](const pool::ChangeNotice& notice) { return Append(notice).ok(); });
}

namespace {

// The segment's pages among the words of the state.
std::pair<std::uint32_t, std::uint32_t> PlaceOf(std::uint32_t window_page) {
  return {window_page / MapState::kPagesPerWord, window_page % MapState::kPagesPerWord};
}

}  // namespace

Result<MapState> ReadMap(PoolDriver& driver, HostId host, std::uint32_t segments, std::uint32_t pages_per_segment) {
  MapState state;
  for (std::uint32_t segment = 0; segment < segments; ++segment) {
    for (std::uint32_t first = 0; first < pages_per_segment; first += MapState::kPagesPerWord) {
      const Result<PoolMapEntry> entry = driver.ReadEntry(host, segment, first / MapState::kPagesPerWord);
      if (!entry.ok()) return entry.status();
      const std::uint32_t count = std::min(pages_per_segment - first, MapState::kPagesPerWord);
      const std::uint32_t all = count == MapState::kPagesPerWord ? ~0u : (1u << count) - 1;
      const auto [word, shift] = PlaceOf(segment * pages_per_segment + first);
      MapWord pages = state.At(host, word);
      pages.on_bulk |= (entry->lost ? all : entry->on_bulk) << shift;
      pages.dirty |= (entry->lost ? all : entry->dirty | entry->lost_pages) << shift;
      state.Set(host, word, pages);
    }
  }
  return state;
}

Result<std::vector<LostPage>> RestoreMap(PoolDriver& driver, const MapState& state, std::uint32_t pages_per_segment) {
  struct Pages {
    std::vector<bool> on_bulk, lost;
  };
  std::vector<LostPage> lost;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Pages> segments;  // host, segment
  for (const auto& [key, word] : state.words()) {
    for (std::uint32_t bit = 0; bit < MapState::kPagesPerWord; ++bit) {
      const bool is_lost = (word.dirty >> bit & 1) != 0;
      if (!is_lost && (word.on_bulk >> bit & 1) == 0) continue;
      const std::uint32_t page = key.second * MapState::kPagesPerWord + bit;
      if (is_lost) lost.push_back({.host = key.first, .page = page});
      Pages& pages = segments[{key.first, page / pages_per_segment}];
      pages.on_bulk.resize(pages_per_segment);
      pages.lost.resize(pages_per_segment);
      (is_lost ? pages.lost : pages.on_bulk)[page % pages_per_segment] = true;
    }
  }
  for (const auto& [key, pages] : segments) {
    Status status = driver.DeclareOnBulk(HostId(key.first), key.second, pages.on_bulk, pages.lost);
    if (!status.ok()) return status;
  }
  return lost;
}

}  // namespace tarn::drivers
