// Page tables of both stages: privileged specification, "Virtual Address Translation Process" and "Two-Stage Address
// Translation", with Svnapot, Svpbmt, Svrsw60t59b and updates of A and D (IOMMU section 3.4).
#include "models/iommu/bit_fields.h"
#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace capabilities = iommu_registers::capabilities;

constexpr std::uint64_t kV = 1 << 0, kR = 1 << 1, kW = 1 << 2, kX = 1 << 3, kU = 1 << 4, kG = 1 << 5, kA = 1 << 6,
                        kD = 1 << 7;
constexpr std::uint64_t kN = std::uint64_t{1} << 63;
constexpr std::uint64_t kPbmt = std::uint64_t{3} << 61;
constexpr std::uint64_t kReserved = std::uint64_t{0x7F} << 54;
constexpr std::uint64_t kSoftware60t59 = std::uint64_t{3} << 59;
constexpr int kEntryAttemptsMax = 64;  // at an entry that others keep changing

std::uint64_t Low(int bits) { return bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1; }

std::uint64_t Ppn(const PageTables& tables, std::uint64_t pte) {
  return pte >> 10 & Low(tables.entry_bytes == 4 ? 22 : 44);
}

// First stage: "bits 63-39 must all be equal to bit 38"; Sv32 has no bits above 31 (section 3.1.3.1, SXL).
// Second stage: the bits above are 0.
bool AddressFits(const PageTables& tables, std::uint64_t address) {
  if (tables.second || tables.entry_bytes == 4) return address >> tables.address_bits == 0;
  const std::uint64_t upper = address >> (tables.address_bits - 1);
  return upper == 0 || upper == (~std::uint64_t{0} >> (tables.address_bits - 1));
}

// "Let pte be the value of the PTE at address a + va.vpn[i] x PTESIZE": the root of a second stage takes two bits more.
std::uint64_t EntryAddress(const PageTables& tables, std::uint64_t table, std::uint64_t address, int level) {
  const int low = 12 + tables.index_bits() * level;
  const bool widened = tables.second && level == tables.levels - 1;
  const std::uint64_t index = address >> low & Low(tables.index_bits() + (widened ? 2 : 0));
  return table + index * static_cast<std::uint64_t>(tables.entry_bytes);
}

// What the leaf's permission bits say for this privilege. False: the page is not for it, by U and SUM. "When checking
// the U bit in a second-stage PTE, the transaction is treated as not requesting supervisor privilege."
bool SetPermissions(const PageTables& tables, std::uint64_t pte, const AccessNeed& need, Leaf& leaf) {
  const bool user_page = (pte & kU) != 0;
  const bool supervisor = need.supervisor && !tables.second;
  const bool data = supervisor ? !user_page || need.sum : user_page;
  leaf.readable = data && (pte & kR) != 0;
  leaf.writable = data && (pte & kW) != 0;
  // "read with execute intent to pages mapped with U … are disallowed, regardless of the value of SUM" (3.2.3.1)
  leaf.executable = (supervisor ? !user_page : user_page) && (pte & kX) != 0;
  return data;
}

bool Permits(const Leaf& leaf, const AccessNeed& need) {
  return (!need.read || leaf.readable) && (!need.write || leaf.writable) && (!need.execute || leaf.executable);
}

// The leaf's place and size. False: a misaligned superpage, or a reserved encoding of N (Svnapot: only 64 KiB).
bool PlaceLeaf(const PageTables& tables, std::uint64_t pte, int level, std::uint64_t address, Leaf& leaf) {
  std::uint64_t ppn = Ppn(tables, pte);
  int shift = 12 + tables.index_bits() * level;
  if ((ppn & Low(shift - 12)) != 0) return false;
  if (tables.entry_bytes == 8 && (pte & kN) != 0) {
    if (level != 0 || (ppn & 0xF) != 0x8) return false;
    shift = 16;
    ppn &= ~std::uint64_t{0xF};
  }
  leaf.page_shift = shift;
  leaf.address = (ppn << 12 & ~Low(shift)) | (address & Low(shift));
  leaf.memory_type = tables.entry_bytes == 8 ? static_cast<std::uint8_t>((pte & kPbmt) >> 61) : 0;
  return true;
}

// A and D of a leaf whose permissions are good. missing: what is neither set nor may be set.
std::uint64_t MissingBits(std::uint64_t pte, const AccessNeed& need, const Leaf& leaf) {
  std::uint64_t missing = (pte & kA) == 0 ? kA : 0;
  if (need.write && leaf.writable && (pte & kD) == 0) missing |= kD;
  return missing;
}

}  // namespace

bool Iommu::EntryIsReserved(const PageTables& tables, std::uint64_t pte) const {
  if ((pte & kV) == 0 || (pte & (kR | kW)) == kW) return true;
  if (tables.entry_bytes == 4) return false;
  std::uint64_t reserved = kReserved;
  if (Capability(capabilities::Svrsw60t59b::kMask) != 0) reserved &= ~kSoftware60t59;
  if (Capability(capabilities::Svpbmt::kMask) == 0) reserved |= kPbmt;
  return (pte & reserved) != 0 || (pte & kPbmt) == kPbmt;
}

// Reads one entry; a first-stage entry's address is a guest's where there is a second stage.
StageEnd Iommu::ReadEntry(Walk& walk, const PageTables& tables, std::uint64_t address, bool for_update,
                          std::uint64_t& host_address, std::uint64_t& pte) const {
  host_address = address;
  if (!tables.second && walk.second.levels != 0) {
    Leaf leaf;
    const StageEnd end = TranslateImplicit(walk, address, for_update, leaf);
    if (end != StageEnd::kLeaf) return end;
    host_address = leaf.address;
  }
  if (for_update) return StageEnd::kLeaf;
  const auto size_bytes = static_cast<std::size_t>(tables.entry_bytes);
  pte = 0;
  const LineStatus status = ReadTable(walk, host_address, &pte, size_bytes, size_bytes, tables.big_endian);
  if (walk.stopped()) return StageEnd::kStopped;
  if (status == LineStatus::kPoison) return StageEnd::kDataCorruption;
  return status == LineStatus::kOk ? StageEnd::kLeaf : StageEnd::kAccessFault;
}

// Sets bits of an entry if it still is `pte` (privileged specification, step 9). changed: it was not.
StageEnd Iommu::UpdateEntry(Walk& walk, const PageTables& tables, std::uint64_t address, std::uint64_t pte,
                            std::uint64_t bits, bool& changed) const {
  std::uint64_t host_address = 0, unused = 0;
  const StageEnd end = ReadEntry(walk, tables, address, true, host_address, unused);
  if (end != StageEnd::kLeaf || walk.looks_only) return end;
  std::uint64_t expected = pte, wanted = pte | bits;
  if (tables.big_endian) {
    expected = __builtin_bswap64(expected) >> (64 - 8 * tables.entry_bytes);
    wanted = __builtin_bswap64(wanted) >> (64 - 8 * tables.entry_bytes);
  }
  bool swapped = false;
  const LineStatus status = walk.memory.CompareSwap(HostPhysAddr(host_address), expected, wanted,
                                                    static_cast<std::size_t>(tables.entry_bytes), swapped);
  if (status == LineStatus::kTimeout || status == LineStatus::kRetry) {
    walk.refused = status;
    return StageEnd::kStopped;
  }
  if (status == LineStatus::kPoison) return StageEnd::kDataCorruption;
  if (status != LineStatus::kOk) return StageEnd::kAccessFault;
  changed = !swapped;
  return StageEnd::kLeaf;
}

StageEnd Iommu::FinishLeaf(Walk& walk, const PageTables& tables, std::uint64_t entry_address, std::uint64_t pte,
                           const AccessNeed& need, Leaf& leaf, bool& changed) const {
  const bool reachable = SetPermissions(tables, pte, need, leaf);
  // Section 3.6: what a translation request lacks of R, W and X is told in its completion, it is no fault.
  if (need.only_asks ? !reachable : !Permits(leaf, need)) return StageEnd::kPageFault;
  const std::uint64_t missing = MissingBits(pte, need, leaf);
  std::uint64_t now = pte;
  if (missing != 0 && tables.updates_ad) {
    const StageEnd end = UpdateEntry(walk, tables, entry_address, pte, missing, changed);
    if (end != StageEnd::kLeaf || changed) return end;
    now |= missing;
  }
  // Without updates "the IOMMU causes a page-fault … if the A bit is 0 or if the memory access is a store and the D bit
  // is 0" (3.1.3.1). A translation request is told that it must not write.
  if ((now & kA) == 0 || (need.write && !need.only_asks && (now & kD) == 0)) return StageEnd::kPageFault;
  leaf.writable = leaf.writable && (now & kD) != 0;
  return StageEnd::kLeaf;
}

StageEnd Iommu::WalkStage(Walk& walk, const PageTables& tables, std::uint64_t address, const AccessNeed& need,
                          Leaf& leaf) const {
  leaf = Leaf{.address = address};
  if (tables.levels == 0) return StageEnd::kLeaf;
  if (!AddressFits(tables, address)) return StageEnd::kPageFault;
  walk.Happened(tables.second ? Event::kSecondStageWalk : Event::kFirstStageWalk);
  std::uint64_t table = tables.root_ppn * kPageBytes;
  int attempts = 0;
  for (int level = tables.levels - 1; level >= 0;) {
    const std::uint64_t entry_address = EntryAddress(tables, table, address, level);
    std::uint64_t host_address = 0, pte = 0;
    const StageEnd read = ReadEntry(walk, tables, entry_address, false, host_address, pte);
    if (read != StageEnd::kLeaf) return read;
    if (EntryIsReserved(tables, pte)) return StageEnd::kPageFault;
    leaf.global = leaf.global || (pte & kG) != 0;
    if ((pte & (kR | kX)) == 0) {
      // "For non-leaf PTEs, the D, A, and U bits are reserved", and so are N and PBMT.
      const std::uint64_t reserved = kD | kA | kU | (tables.entry_bytes == 8 ? kN | kPbmt : 0);
      if ((pte & reserved) != 0) return StageEnd::kPageFault;
      table = Ppn(tables, pte) * kPageBytes;
      --level;
      continue;
    }
    if (!PlaceLeaf(tables, pte, level, address, leaf)) return StageEnd::kPageFault;
    bool changed = false;
    const StageEnd end = FinishLeaf(walk, tables, entry_address, pte, need, leaf, changed);
    if (!changed) return end;
    if (++attempts == kEntryAttemptsMax) {  // "If the comparison fails, return to step 2"
      walk.refused = LineStatus::kTimeout;
      return StageEnd::kStopped;
    }
  }
  return StageEnd::kPageFault;
}

// "treated as implicit read memory accesses by the second-stage" (3.3.2), or writes (updates of first-stage entries).
StageEnd Iommu::TranslateImplicit(Walk& walk, std::uint64_t guest_address, bool write, Leaf& leaf) const {
  const StageEnd end = WalkStage(walk, walk.second, guest_address, {.read = true, .write = write}, leaf);
  if (end != StageEnd::kPageFault) return end;
  // Section 4.2: bit 0 tells an implicit access, bit 1 that it was a write. The page offset is told as 0.
  walk.iotval2 = guest_address / kPageBytes * kPageBytes | 1 | (write ? 2 : 0);
  walk.Stop(GuestPageFault(walk.request));
  return StageEnd::kStopped;
}

LineStatus Iommu::ReadTable(Walk& walk, std::uint64_t address, void* data, std::size_t size_bytes,
                            std::size_t word_bytes, bool big_endian) {
  ++walk.table_reads;
  walk.result.walked = true;
  const LineStatus status = walk.memory.Read(HostPhysAddr(address), data, size_bytes, walk.result.paged);
  if (status == LineStatus::kTimeout || status == LineStatus::kRetry) walk.refused = status;
  if (big_endian) SwapWords(data, size_bytes, word_bytes);
  return status;
}

}  // namespace tarn::iommu
