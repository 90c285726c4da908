// Builds Sv39 page tables (RISC-V privileged specification, "Sv39: Page-Based 39-bit Virtual-Memory System") as
// page images, to be written into memory by whoever owns it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "models/common/result.h"
#include "models/common/units.h"

namespace tarn::drivers {

class Sv39Table {
 public:
  static constexpr std::uint64_t kEntries = kPageBytes / 8;
  static constexpr std::uint64_t kVirtualEnd = std::uint64_t{1} << 38;  // the lower, non-negative half

  // Permission and status bits of a leaf (R, W, X, U, A, D).
  static constexpr std::uint64_t kValid = 1 << 0;
  static constexpr std::uint64_t kReadWriteUserAccessedDirty = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 6 | 1 << 7;

  struct Page {
    HostPhysAddr address;
    std::array<std::uint64_t, kEntries> entries{};
  };

  // allocate: the next free page of host physical memory for a table page, a multiple of 4096.
  explicit Sv39Table(std::function<HostPhysAddr()> allocate) : allocate_(std::move(allocate)) {
    pages_.push_back({.address = allocate_()});
  }

  // Maps the 4 KiB page at `virtual_addr` to `physical_addr`, user read/write, accessed and dirty.
  // Errors: an address that is not a multiple of 4096, or beyond kVirtualEnd.
  Status Map(std::uint64_t virtual_addr, HostPhysAddr physical_addr);

  // Clears the leaf that maps `virtual_addr`. Returns where it stands; an error if nothing is mapped there.
  Result<HostPhysAddr> Unmap(std::uint64_t virtual_addr);

  // Table pages that mappings of `pages` (distinct 4 KiB page numbers, ascending) need.
  static std::uint64_t CountPages(const std::vector<std::uint64_t>& pages);

  HostPhysAddr root() const { return pages_[0].address; }
  const std::vector<Page>& pages() const { return pages_; }

 private:
  std::size_t NextLevel(std::size_t page, std::uint64_t index);

  std::function<HostPhysAddr()> allocate_;
  std::vector<Page> pages_;                                            // the root first
  std::map<std::pair<std::size_t, std::uint64_t>, std::size_t> next_;  // (page, index) -> page below
};

}  // namespace tarn::drivers
