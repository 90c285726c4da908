// Which pages of the hosts' windows bulk holds, and which were dirty: kept across a crash of the node, so that the
// pool's map can be restored (rtl/pool/README.md, "Saving and restoring the map").
//
// A log takes every change notice before the pool may go on (the change port waits for it, and a write is answered only
// after its page's first-write notice was taken), so that whatever was answered stands in it. Checkpoints keep it
// short. After a crash at any byte of any of these files, Recover gives the state of the last whole record. A page that
// was dirty then is lost: bulk has an older version of it, or none.
//
// Files: per generation a checkpoint, and the log of what came after it. A generation counts once its checkpoint is
// whole; then older ones are dropped. All are records of 24 bytes, little-endian: CRC-32 (zlib's) of the other 20,
// kind, host, change, 0, 12 bytes by kind, generation.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "models/common/result.h"
#include "models/common/units.h"
#include "models/pool/pool_messages.h"
#include "sw/drivers/pool_driver.h"

namespace tarn::drivers {

// What is known of 32 pages of a host's window; one bit a page.
struct MapWord {
  std::uint32_t on_bulk = 0;  // bulk has content of it: else it is zero, but for dirty ones
  std::uint32_t dirty = 0;    // written since: what bulk has is old
  bool operator==(const MapWord&) const = default;
};

class MapState {
 public:
  static constexpr std::uint32_t kPagesPerWord = 32;
  using Key = std::pair<std::uint32_t, std::uint32_t>;  // host, word: pages 32 * word .. 32 * word + 31 of its window

  void Apply(const pool::ChangeNotice& notice);
  void Set(HostId host, std::uint32_t word, const MapWord& pages);
  MapWord At(HostId host, std::uint32_t word) const;
  // Those in which a page is not zero.
  const std::map<Key, MapWord>& words() const { return words_; }
  bool operator==(const MapState&) const = default;

 private:
  std::map<Key, MapWord> words_;
};

// Where the files stand.
class MapStorage {
 public:
  enum class File : std::uint8_t { kCheckpoint, kLog };
  virtual ~MapStorage() = default;
  // At the end of the file, which is made if it is not there. Stable when it returns.
  virtual Status Append(File file, std::uint32_t generation, std::span<const std::uint8_t> bytes) = 0;
  // Both files of the generation.
  virtual Status Drop(std::uint32_t generation) = 0;
  // Of which a file is there, in order.
  virtual std::vector<std::uint32_t> Generations() const = 0;
  // Empty if it is not there.
  virtual std::vector<std::uint8_t> Read(File file, std::uint32_t generation) const = 0;
};

class MapLog {
 public:
  // Writes to storage, which lives as long. Nothing is taken before Begin.
  explicit MapLog(MapStorage& storage) : storage_(storage) {}

  // The state at the last whole record. Errors: no whole checkpoint (nothing was begun, so that nothing ran); a record
  // that is damaged though a later one is whole, which no crash does.
  static Result<MapState> Recover(const MapStorage& storage);

  // A new generation that begins with this state: after a start, a restore, or as a checkpoint in between, with state()
  // (exact at any time) or what ReadMap gives of a quiet pool. Older generations are dropped at the end.
  Status Begin(const MapState& state);
  // The notice may be taken when this returned. After an error the log takes nothing until Begin, as a part of the
  // record may stand in it. REQUIRES: Begin.
  Status Append(const pool::ChangeNotice& notice);
  // Takes the platform's change notices from now on: each is logged before it is taken, one that storage does not take
  // stays at the port. Lives until another listener is set. REQUIRES: Begin.
  void Listen(hal::Platform& platform);

  const MapState& state() const { return state_; }
  std::uint64_t log_bytes() const { return log_bytes_; }  // of this generation

 private:
  MapStorage& storage_;
  MapState state_;
  std::uint32_t generation_ = 0;
  std::uint32_t records_ = 0;  // of this generation's log
  std::uint64_t log_bytes_ = 0;
  Status broken_;  // why nothing is taken
};

// The map as it stands, by map reads; a lost page is a dirty one. A segment whose map entry memory lost is dirty in all
// pages. Exact if the pool is quiesced.
Result<MapState> ReadMap(PoolDriver& driver, HostId host, std::uint32_t segments, std::uint32_t pages_per_segment);

// Loads the map of a pool that was not enabled yet. Gives the pages that are lost: they were dirty. Bulk's old content
// of them is not served: they are poison until their host writes or releases them. The log goes on from the same state:
// a page that stays lost stays dirty in it.
struct LostPage {
  std::uint32_t host = 0;
  std::uint32_t page = 0;  // of its window
  bool operator==(const LostPage&) const = default;
};
Result<std::vector<LostPage>> RestoreMap(PoolDriver& driver, const MapState& state, std::uint32_t pages_per_segment);

}  // namespace tarn::drivers
