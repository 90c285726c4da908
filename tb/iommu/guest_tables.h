// Page tables of a guest and of its host, of any of the schemes of 39 to 57 bits: the guest's tables lie in guest
// pages, which the second stage maps to host pages of other numbers.
#pragma once

#include <cstdint>
#include <map>

#include "tb/iommu/line_memory.h"
#include "tb/iommu/tables.h"

namespace tarn::tb {

inline constexpr unsigned kNoScheme = 0, kSv39 = 8, kSv48 = 9, kSv57 = 10;  // MODE of iosatp and iohgatp

class GuestTables {
 public:
  // Host pages for tables come from `tables`.
  GuestTables(LineMemory& memory, Tables& tables) : memory_(memory), tables_(tables) {}

  static unsigned LevelsOf(unsigned mode) { return mode - kSv39 + 3; }

  std::uint64_t TakePage() { return tables_.TakePage(); }
  void UseSecond(unsigned mode) {
    second_mode_ = mode;
    host_of_.clear();
    if (mode == kNoScheme) return;
    second_root_ = (TakePage() + 3) & ~std::uint64_t{3};  // 16 KiB, aligned
    while (TakePage() < second_root_ + 4) continue;
  }
  void UseFirst(unsigned mode) {
    first_mode_ = mode;
    if (mode != kNoScheme) first_root_ = TakeGuestPage();
  }
  // Guest pages for tables are so many pages apart from now on.
  void set_guest_stride(std::uint64_t pages) { guest_stride_ = pages; }
  // A page of the guest that the second stage maps; the guest sees another number than the host.
  std::uint64_t TakeGuestPage() {
    const std::uint64_t host = TakePage();
    if (second_mode_ == kNoScheme) return host;
    const std::uint64_t guest = next_guest_;
    next_guest_ += guest_stride_;
    host_of_[guest] = host;
    MapSecond(guest << 12, host << 12);
    return guest;
  }
  std::uint64_t HostOf(std::uint64_t guest) const { return second_mode_ == kNoScheme ? guest : host_of_.at(guest); }

  // Host address of the entry of `level` (0: 4 KiB), and the leaf there; tables on the way are made.
  std::uint64_t SecondEntry(std::uint64_t gpa, unsigned level = 0) {
    unsigned at = LevelsOf(second_mode_) - 1;
    std::uint64_t entry = (second_root_ << 12) + (gpa >> (12 + 9 * at) & 0x7FF) * 8;
    for (; at > level; --at) {
      if ((memory_.Read64(entry) & 1) == 0) memory_.Write64(entry, TakePage() << 10 | 1);
      entry = (memory_.Read64(entry) >> 10 << 12) + (gpa >> (12 + 9 * (at - 1)) & 0x1FF) * 8;
    }
    return entry;
  }
  void MapSecond(std::uint64_t gpa, std::uint64_t address, unsigned level = 0, std::uint64_t flags = kPteUserAll) {
    memory_.Write64(SecondEntry(gpa, level), address >> 12 << 10 | flags);
  }
  std::uint64_t FirstEntry(std::uint64_t iova, unsigned level = 0) {
    std::uint64_t table = first_root_;
    for (unsigned at = LevelsOf(first_mode_) - 1;; --at) {
      const std::uint64_t entry = (HostOf(table) << 12) + (iova >> (12 + 9 * at) & 0x1FF) * 8;
      if (at == level) return entry;
      if ((memory_.Read64(entry) & 1) == 0) memory_.Write64(entry, TakeGuestPage() << 10 | 1);
      table = memory_.Read64(entry) >> 10;
    }
  }
  void MapFirst(std::uint64_t iova, std::uint64_t gpa, unsigned level = 0, std::uint64_t flags = kPteUserAll) {
    memory_.Write64(FirstEntry(iova, level), gpa >> 12 << 10 | flags);
  }

  // Words of a device context: iohgatp, and fsc without a process directory.
  std::uint64_t Iohgatp(std::uint32_t gscid) const {
    return second_mode_ == kNoScheme ? 0
                                     : std::uint64_t{second_mode_} << 60 | std::uint64_t{gscid} << 44 | second_root_;
  }
  std::uint64_t Fsc() const { return first_mode_ == kNoScheme ? 0 : std::uint64_t{first_mode_} << 60 | first_root_; }
  std::uint64_t first_root() const { return first_root_; }

 private:
  LineMemory& memory_;
  Tables& tables_;
  unsigned first_mode_ = kNoScheme, second_mode_ = kNoScheme;
  std::uint64_t first_root_ = 0, second_root_ = 0, next_guest_ = 0x12345, guest_stride_ = 1;
  std::map<std::uint64_t, std::uint64_t> host_of_;
};

}  // namespace tarn::tb
