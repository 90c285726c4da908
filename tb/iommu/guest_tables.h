// Page tables of a guest and of its host, of any scheme and in either byte order: the guest's tables lie in guest
// pages, which the second stage maps to host pages of other numbers.
#pragma once

#include <cstdint>
#include <map>

#include "tb/iommu/line_memory.h"
#include "tb/iommu/tables.h"
#include "tb/iommu/world_tables.h"

namespace tarn::tb {

// MODE of iosatp and iohgatp; that of Sv32 is 8 too, under SXL and GXL.
inline constexpr unsigned kNoScheme = 0, kSv32 = 7, kSv39 = 8, kSv48 = 9, kSv57 = 10;

class GuestTables {
 public:
  // Host pages for tables come from `tables`.
  GuestTables(LineMemory& memory, Tables& tables) : memory_(memory), tables_(tables) {}

  static unsigned LevelsOf(unsigned mode) { return static_cast<unsigned>(GeometryOf(SchemeOf(mode), false).levels); }

  std::uint64_t TakePage() { return tables_.TakePage(); }
  // Of the entries that are written from now on.
  void set_big_endian(bool second, bool first) {
    second_.big_endian = second;
    first_.big_endian = first;
  }
  void UseSecond(unsigned mode) {
    second_.Use(mode, true);
    host_of_.clear();
    if (mode == kNoScheme) return;
    second_root_ = (TakePage() + 3) & ~std::uint64_t{3};  // 16 KiB, aligned
    while (TakePage() < second_root_ + 4) continue;
  }
  void UseFirst(unsigned mode) {
    first_.Use(mode, false);
    if (mode != kNoScheme) first_root_ = TakeGuestPage();
  }
  // Guest pages for tables are so many pages apart from now on.
  void set_guest_stride(std::uint64_t pages) { guest_stride_ = pages; }
  // A page of the guest that the second stage maps; the guest sees another number than the host.
  std::uint64_t TakeGuestPage() {
    const std::uint64_t host = TakePage();
    if (second_.mode == kNoScheme) return host;
    const std::uint64_t guest = next_guest_;
    next_guest_ += guest_stride_;
    host_of_[guest] = host;
    MapSecond(guest << 12, host << 12);
    return guest;
  }
  std::uint64_t HostOf(std::uint64_t guest) const { return second_.mode == kNoScheme ? guest : host_of_.at(guest); }

  // Host address of the entry of `level` (0: 4 KiB), and the leaf there; tables on the way are made.
  std::uint64_t SecondEntry(std::uint64_t gpa, unsigned level = 0) {
    std::uint64_t table = second_root_;
    for (unsigned at = second_.levels() - 1;; --at) {
      const std::uint64_t entry = second_.EntryIn(table, gpa, at);
      if (at == level) return entry;
      if ((Load(second_, entry) & kPteV) == 0) Store(second_, entry, TakePage() << 10 | kPteV);
      table = Load(second_, entry) >> 10;
    }
  }
  std::uint64_t FirstEntry(std::uint64_t iova, unsigned level = 0) {
    std::uint64_t table = first_root_;
    for (unsigned at = first_.levels() - 1;; --at) {
      const std::uint64_t entry = first_.EntryIn(HostOf(table), iova, at);
      if (at == level) return entry;
      if ((Load(first_, entry) & kPteV) == 0) Store(first_, entry, TakeGuestPage() << 10 | kPteV);
      table = Load(first_, entry) >> 10;
    }
  }
  void MapSecond(std::uint64_t gpa, std::uint64_t address, unsigned level = 0, std::uint64_t flags = kPteUserAll) {
    Store(second_, SecondEntry(gpa, level), address >> 12 << 10 | flags);
  }
  void MapFirst(std::uint64_t iova, std::uint64_t gpa, unsigned level = 0, std::uint64_t flags = kPteUserAll) {
    Store(first_, FirstEntry(iova, level), gpa >> 12 << 10 | flags);
  }
  // What such an entry holds now.
  std::uint64_t SecondPte(std::uint64_t gpa, unsigned level = 0) { return Load(second_, SecondEntry(gpa, level)); }
  std::uint64_t FirstPte(std::uint64_t iova, unsigned level = 0) { return Load(first_, FirstEntry(iova, level)); }
  // The guest's page that holds the first stage's table of `level` for iova.
  std::uint64_t FirstTable(std::uint64_t iova, unsigned level = 0) {
    return level + 1 == first_.levels() ? first_root_ : FirstPte(iova, level + 1) >> 10;
  }

  // Words of a device context: iohgatp, and fsc without a process directory.
  std::uint64_t Iohgatp(std::uint32_t gscid) const {
    return second_.mode == kNoScheme ? 0 : second_.ModeField() | std::uint64_t{gscid} << 44 | second_root_;
  }
  std::uint64_t Fsc() const { return first_.mode == kNoScheme ? 0 : first_.ModeField() | first_root_; }
  std::uint64_t first_root() const { return first_root_; }

 private:
  static Scheme SchemeOf(unsigned mode) {
    switch (mode) {
      case kSv32:
        return Scheme::kSv32;
      case kSv39:
        return Scheme::kSv39;
      case kSv48:
        return Scheme::kSv48;
      case kSv57:
        return Scheme::kSv57;
      default:
        return Scheme::kBare;
    }
  }

  struct Stage {
    unsigned mode = kNoScheme;
    Geometry geometry;
    bool big_endian = false;

    void Use(unsigned new_mode, bool second) {
      mode = new_mode;
      geometry = GeometryOf(SchemeOf(mode), second);
    }
    unsigned levels() const { return static_cast<unsigned>(geometry.levels); }
    std::uint64_t EntryIn(std::uint64_t table, std::uint64_t address, unsigned level) const {
      return (table << 12) + geometry.Index(address, static_cast<int>(level)) * geometry.pte_bytes;
    }
    std::uint64_t ModeField() const { return tb::ModeField(SchemeOf(mode)) << 60; }
  };

  std::uint64_t Load(const Stage& stage, std::uint64_t entry) const {
    if (stage.geometry.pte_bytes == 4) {
      const std::uint32_t value = memory_.Read32(entry);
      return stage.big_endian ? __builtin_bswap32(value) : value;
    }
    const std::uint64_t value = memory_.Read64(entry);
    return stage.big_endian ? __builtin_bswap64(value) : value;
  }
  void Store(const Stage& stage, std::uint64_t entry, std::uint64_t value) {
    if (stage.geometry.pte_bytes == 4) {
      const auto narrow = static_cast<std::uint32_t>(value);
      memory_.Write32(entry, stage.big_endian ? __builtin_bswap32(narrow) : narrow);
    } else {
      memory_.Write64(entry, stage.big_endian ? __builtin_bswap64(value) : value);
    }
  }

  LineMemory& memory_;
  Tables& tables_;
  Stage first_, second_;
  std::uint64_t first_root_ = 0, second_root_ = 0, next_guest_ = 0x12345, guest_stride_ = 1;
  std::map<std::uint64_t, std::uint64_t> host_of_;
};

}  // namespace tarn::tb
