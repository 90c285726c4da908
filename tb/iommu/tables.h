// Writes the structures that an IOMMU reads: device directories in either format and Sv39 page tables.
#pragma once

#include <cstdint>
#include <functional>

#include "tb/iommu/world_tables.h"

namespace tarn::tb {

// Fields of a device context; the MSI page table's are there in the extended format alone.
struct DeviceContextWords {
  std::uint64_t tc = 1, iohgatp = 0, ta = 0, fsc = 0;
  std::uint64_t msiptp = 0, msi_addr_mask = 0, msi_addr_pattern = 0, reserved = 0;
};
inline DeviceContextWords Sv39Context(std::uint64_t root_ppn, std::uint32_t pscid, std::uint64_t tc = 1) {
  return {tc, 0, std::uint64_t{pscid} << 12, std::uint64_t{8} << 60 | root_ppn};
}

class Tables {
 public:
  using Read = std::function<std::uint64_t(std::uint64_t address)>;
  using Write = std::function<void(std::uint64_t address, std::uint64_t value)>;

  // Pages for tables are taken from first_page on. What is there must read as zero.
  Tables(Read read, Write write, std::uint64_t first_page)
      : read_(std::move(read)), write_(std::move(write)), next_page_(first_page) {}

  std::uint64_t TakePage() { return next_page_++; }

  // Device contexts have 64 bytes (capabilities.MSI_FLAT).
  void set_extended(bool extended) { extended_ = extended; }
  bool is_extended() const { return extended_; }

  // Where the context of device_id stands in a directory of `levels` levels; makes the tables on the way.
  std::uint64_t ContextAddress(std::uint64_t root_ppn, int levels, std::uint32_t device_id) {
    const unsigned leaf_bits = extended_ ? 6 : 7;
    std::uint64_t ppn = root_ppn;
    for (int level = levels - 1; level > 0; --level) {
      ppn = Descend(ppn << 12 | (device_id >> (leaf_bits + 9 * static_cast<unsigned>(level - 1)) & 0x1FFu) << 3);
    }
    return ppn << 12 | (device_id & ((1u << leaf_bits) - 1)) << (12 - leaf_bits);
  }
  void SetContext(std::uint64_t root_ppn, int levels, std::uint32_t device_id, const DeviceContextWords& context) {
    const std::uint64_t address = ContextAddress(root_ppn, levels, device_id);
    write_(address + 8, context.iohgatp);
    write_(address + 16, context.ta);
    write_(address + 24, context.fsc);
    if (extended_) {
      write_(address + 32, context.msiptp);
      write_(address + 40, context.msi_addr_mask);
      write_(address + 48, context.msi_addr_pattern);
      write_(address + 56, context.reserved);
    }
    write_(address, context.tc);
  }

  // Where the entry of `level` (0: 4 KiB, 1: 2 MiB, 2: 1 GiB) for iova stands; makes the tables on the way.
  std::uint64_t EntryAddress(std::uint64_t root_ppn, std::uint64_t iova, int level) {
    std::uint64_t ppn = root_ppn;
    for (int at = 2; at > level; --at) ppn = Descend(ppn << 12 | Index(iova, at) << 3);
    return ppn << 12 | Index(iova, level) << 3;
  }
  // flags: PTE bits but the page number.
  void Map(std::uint64_t root_ppn, std::uint64_t iova, std::uint64_t address, int level, std::uint64_t flags) {
    write_(EntryAddress(root_ppn, iova, level), address >> 12 << 10 | flags);
  }

 private:
  static std::uint64_t Index(std::uint64_t iova, int level) { return iova >> (12 + 9 * level) & 0x1FF; }

  // Non-leaf entries of both kinds have V in bit 0 and the page number in bits 53:10.
  std::uint64_t Descend(std::uint64_t address) {
    std::uint64_t entry = read_(address);
    if ((entry & 1) == 0) {
      entry = TakePage() << 10 | 1;
      write_(address, entry);
    }
    return entry >> 10 & 0xFFFFFFFFFFF;
  }

  Read read_;
  Write write_;
  std::uint64_t next_page_;
  bool extended_ = false;
};

}  // namespace tarn::tb
