// Builds page tables of either stage as page images, to be written into memory by whoever owns it: RISC-V privileged
// specification, "Virtual Address Translation Process", "Two-Stage Address Translation" and "Svnapot".
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "models/common/result.h"
#include "sw/drivers/paging_mode.h"

namespace tarn::drivers {

// Addresses on the input side are those that the stage translates; addresses on the output side, its own tables'
// included, are host physical, or guest physical for the first of two stages.
class PageTable {
 public:
  static constexpr std::uint64_t kEntries = kPageBytes / 8;
  static constexpr std::uint64_t kEntriesPerLine = kLineBytes / 8;

  // Permission and status bits of a leaf (R, W, U, A, D). Devices are users, and a second stage takes users' pages
  // only.
  static constexpr std::uint64_t kValid = 1 << 0;
  static constexpr std::uint64_t kReadWriteUserAccessedDirty = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 7;
  static constexpr std::uint64_t kNapot = std::uint64_t{1} << 63;

  // The next free piece of memory for tables, of that many bytes and aligned to them.
  using Allocate = std::function<Result<std::uint64_t>(std::uint64_t size_bytes)>;

  struct Page {
    std::uint64_t address = 0;
    std::array<std::uint64_t, kEntries> entries{};
  };
  // Where a leaf's entries stand: one, or sixteen of a 64 KiB page.
  struct Leaf {
    std::uint64_t address = 0;
    std::uint64_t entries = 0;
  };
  // A line of a table as it is to stand in memory.
  struct TableLine {
    std::uint64_t address = 0;
    const std::uint64_t* entries = nullptr;
  };

  static Result<PageTable> Create(PagingMode mode, Allocate allocate);

  // Maps the page of `page_bytes` (of kPageSizes) at `address` to `target`, user read/write, accessed and dirty.
  // Errors: addresses that are not multiples of the page, or out of reach; something mapped there already; no memory.
  Status Map(std::uint64_t address, std::uint64_t target, std::uint64_t page_bytes);

  // Maps [address, address + size_bytes) to what begins at `target`, each piece by the largest page of at most
  // `page_bytes_max` that fits. All three: multiples of 4096.
  Status MapRange(std::uint64_t address, std::uint64_t target, std::uint64_t size_bytes, std::uint64_t page_bytes_max);

  // Clears the leaf that maps `address`, and says where it stands; an error if nothing is mapped there.
  Result<Leaf> Unmap(std::uint64_t address);

  PagingMode mode() const { return mode_; }
  std::uint64_t root() const { return pages_[0].address; }
  const std::vector<Page>& pages() const { return pages_; }  // the root's first
  // Pages mapped, by size.
  const std::map<std::uint64_t, std::uint64_t>& mapped() const { return mapped_; }

  // The lines that were changed since they were last taken, all of a new table's among them.
  std::vector<TableLine> TakeChangedLines();

 private:
  PageTable(PagingMode mode, Allocate allocate) : mode_(mode), allocate_(std::move(allocate)) {}
  struct Place {
    std::size_t page = 0;
    std::uint64_t index = 0;
  };

  Status AddTable(std::uint64_t pages);
  Place PlaceIn(std::size_t table, std::uint64_t address, int level) const;
  Result<std::size_t> NextLevel(Place place);
  Status SetLeaf(Place place, std::uint64_t target, std::uint64_t page_bytes);
  void SetEntry(Place place, std::uint64_t entry);

  PagingMode mode_;
  Allocate allocate_;
  std::vector<Page> pages_;
  std::map<std::pair<std::size_t, std::uint64_t>, std::size_t> next_;  // (page, index) -> table below
  std::map<std::uint64_t, std::uint64_t> mapped_;
  std::set<std::pair<std::size_t, std::uint64_t>> changed_;  // (page, line)
};

}  // namespace tarn::drivers
