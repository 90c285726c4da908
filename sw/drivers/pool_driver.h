// The pool as software sees it: windows, paging state, counters (rtl/pool/README.md, programmer's guide).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/hal/platform.h"

namespace tarn::drivers {

// Between the speed classes, since reset.
struct PoolMoves {
  std::uint64_t promotions = 0;
  std::uint64_t demotions = 0;
  std::uint64_t given_up = 0;
};

// Of one host, since reset.
struct PoolCounters {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t page_ins = 0;
  std::uint64_t zero_fills = 0;
  std::uint64_t pages_out_dirty = 0;
  std::uint64_t pages_dropped_clean = 0;
  std::uint64_t evictions = 0;
  std::uint64_t access_errors = 0;
  std::uint64_t bulk_errors = 0;

  void Add(const PoolCounters& other);
};

// What the map says of a segment, and of 32 of its pages (one bit a page).
struct PoolMapEntry {
  bool resident = false;
  bool lost = false;  // memory lost the entry: nothing is known
  std::uint32_t valid = 0, dirty = 0, on_bulk = 0;
  std::uint32_t lost_pages = 0;  // their content is lost: poison until they are written or released
  std::uint32_t slot = 0;        // if it is resident
};

class PoolDriver {
 public:
  explicit PoolDriver(hal::Platform& platform) : platform_(platform) {}

  // The pool clears its map after reset; nothing else works before.
  Status WaitCleared();
  // slots: how many are used, 1 .. parameters().slots. Before Enable.
  Status SetSlotsInService(std::uint32_t slots);
  // Slots below that number are of the fast speed class, the others of the slow one. Before Enable.
  Status SetFastSlots(std::uint32_t slots);
  // Past so many slots in use segments are paged out, down to the low mark.
  Status SetPageOutMarks(std::uint32_t page_out, std::uint32_t low);
  // Moves between the speed classes since reset.
  Result<PoolMoves> ReadMoves();
  // Moves a resident segment to a slot of that class; no-op when it is in one. An error: it is pinned, no such slot is
  // free, or the move was given up.
  Status Move(HostId host, std::uint32_t segment, bool to_fast);
  // The host's addresses [base, base + segments x segment size). base: a multiple of the segment size.
  Status SetWindow(HostId host, HostPhysAddr base, std::uint32_t segments);
  // Says which pages of a segment bulk holds content of (bit p: page p), and whose content is lost, whatever bulk holds
  // (as many, or none); the others are zero. Before Enable.
  Status DeclareOnBulk(HostId host, std::uint32_t segment, const std::vector<bool>& pages,
                       const std::vector<bool>& lost = {});
  Status Enable();
  // No new request is taken, and those under way have ended when it returns; Enable lets the pool go on.
  Status Quiesce();
  // Empties the segment's slot now. An error: it is pinned, or its page-out was given up.
  Status PageOut(HostId host, std::uint32_t segment);
  // The host gives a segment back: its pages take no memory any more, and read as zero. An error: it is outside the
  // window.
  Status Release(HostId host, std::uint32_t segment);
  // word: pages 32 * word .. 32 * word + 31 of the segment.
  Result<PoolMapEntry> ReadEntry(HostId host, std::uint32_t segment, std::uint32_t word);

  Result<PoolCounters> ReadCounters(HostId host);

 private:
  Status Write(std::uint32_t offset, std::uint32_t value);
  Result<std::uint32_t> Read(std::uint32_t offset);
  // Names the segment that the next map command is of.
  Status Select(HostId host, std::uint32_t segment);
  // Of the host and segments that the registers name.
  Status RunMapCommand(std::uint32_t command, const std::string& what);
  Status WaitFor(std::uint32_t offset, std::uint32_t mask, std::uint32_t value, const std::string& what);

  hal::Platform& platform_;
};

}  // namespace tarn::drivers
