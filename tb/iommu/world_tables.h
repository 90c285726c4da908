// What the specifications say of the structures that an IOMMU reads, as far as test worlds need it.
#pragma once

#include <cstdint>

namespace tarn::tb {

// capabilities (section 6.3).
inline constexpr std::uint64_t kCapSv32 = 1 << 8, kCapSv39 = 1 << 9, kCapSv48 = 1 << 10, kCapSv57 = 1 << 11,
                               kCapSvrsw = 1 << 14, kCapSvpbmt = 1 << 15, kCapSv32x4 = 1 << 16, kCapSv39x4 = 1 << 17,
                               kCapSv48x4 = 1 << 18, kCapSv57x4 = 1 << 19, kCapAmoMrif = 1 << 21, kCapMsiFlat = 1 << 22,
                               kCapMsiMrif = 1 << 23, kCapHwad = 1 << 24, kCapAts = 1 << 25, kCapT2gpa = 1 << 26,
                               kCapEnd = 1 << 27;
inline constexpr std::uint64_t kCapPd8 = std::uint64_t{1} << 38, kCapPd17 = std::uint64_t{1} << 39,
                               kCapPd20 = std::uint64_t{1} << 40, kCapQosid = std::uint64_t{1} << 41,
                               kCapNl = std::uint64_t{1} << 42, kCapRange = std::uint64_t{1} << 43;

// A paged scheme of the first stage; of the second stage the same with two more bits (x4).
enum class Scheme : std::uint8_t { kBare, kSv32, kSv39, kSv48, kSv57 };
constexpr const char* Name(Scheme scheme) {
  switch (scheme) {
    case Scheme::kBare:
      return "bare";
    case Scheme::kSv32:
      return "Sv32";
    case Scheme::kSv39:
      return "Sv39";
    case Scheme::kSv48:
      return "Sv48";
    case Scheme::kSv57:
      return "Sv57";
  }
  return "?";
}
constexpr std::uint64_t ModeField(Scheme scheme) {
  switch (scheme) {
    case Scheme::kBare:
      return 0;
    case Scheme::kSv32:
    case Scheme::kSv39:
      return 8;
    case Scheme::kSv48:
      return 9;
    case Scheme::kSv57:
      return 10;
  }
  return 0;
}

// How a scheme cuts an address. Levels count from 0, the level of 4 KiB pages.
struct Geometry {
  int levels = 0;
  unsigned index_bits = 9;
  unsigned root_bits = 9;  // of the index into the root
  unsigned pte_bytes = 8;

  unsigned Shift(int level) const { return 12 + index_bits * static_cast<unsigned>(level); }
  std::uint64_t Index(std::uint64_t address, int level) const {
    const unsigned bits = level == levels - 1 ? root_bits : index_bits;
    return address >> Shift(level) & ((std::uint64_t{1} << bits) - 1);
  }
  unsigned address_bits() const { return Shift(levels - 1) + root_bits; }
  // The level whose leaves are that large; NAPOT pages (shift 16) are of level 0.
  int LevelOf(unsigned shift) const { return static_cast<int>((shift - 12) / index_bits); }
};
constexpr Geometry GeometryOf(Scheme scheme, bool second_stage) {
  const unsigned more = second_stage ? 2 : 0;
  switch (scheme) {
    case Scheme::kBare:
      return {};
    case Scheme::kSv32:
      return {.levels = 2, .index_bits = 10, .root_bits = 10 + more, .pte_bytes = 4};
    case Scheme::kSv39:
      return {.levels = 3, .index_bits = 9, .root_bits = 9 + more, .pte_bytes = 8};
    case Scheme::kSv48:
      return {.levels = 4, .index_bits = 9, .root_bits = 9 + more, .pte_bytes = 8};
    case Scheme::kSv57:
      return {.levels = 5, .index_bits = 9, .root_bits = 9 + more, .pte_bytes = 8};
  }
  return {};
}

// Page-table entries.
inline constexpr std::uint64_t kPteV = 1, kPteR = 2, kPteW = 4, kPteX = 8, kPteU = 16, kPteG = 32, kPteA = 64,
                               kPteD = 128;
inline constexpr std::uint64_t kPteRsw = 3 << 8;
inline constexpr std::uint64_t kPteN = std::uint64_t{1} << 63;
inline constexpr std::uint64_t kPteUserAll = kPteV | kPteR | kPteW | kPteX | kPteU | kPteA | kPteD;
inline constexpr int kPtePbmtShift = 61;

// Device contexts (section 3.1.3): tc.
inline constexpr std::uint64_t kTcV = 1, kTcAts = 2, kTcPri = 4, kTcT2gpa = 8, kTcDtf = 16, kTcPdtv = 32, kTcPrpr = 64,
                               kTcGade = 128, kTcSade = 256, kTcDpe = 512, kTcSbe = 1024, kTcSxl = 2048;

// Commands (section 4.1): the first doubleword, and an operand for the second.
inline constexpr std::uint64_t kCommandAv = 1 << 10, kCommandWsi = 1 << 11;
inline constexpr std::uint64_t kCommandPscv = std::uint64_t{1} << 32, kCommandDv = std::uint64_t{1} << 33,
                               kCommandGv = std::uint64_t{1} << 33, kCommandNl = std::uint64_t{1} << 34;
inline constexpr std::uint64_t kIotinvalVma = 1, kIotinvalGvma = 1 | 1 << 7, kIofence = 2, kIodirDdt = 3,
                               kIodirPdt = 3 | 1 << 7;
constexpr std::uint64_t CommandAddress(std::uint64_t iova) { return iova >> 12 << 10; }
// S and ADDR (section 9.3): the 2^bits pages, 1 <= bits <= 52, around `page`, aligned to their size.
constexpr std::uint64_t CommandRange(std::uint64_t page, unsigned bits) {
  const std::uint64_t ones = (std::uint64_t{1} << (bits - 1)) - 1;  // below the lowest 0
  return ((page & ~(2 * ones + 1)) | ones) << 10 | 1 << 9;
}
constexpr std::uint64_t CommandPscid(std::uint32_t pscid) { return std::uint64_t{pscid} << 12; }
constexpr std::uint64_t CommandGscid(std::uint32_t gscid) { return std::uint64_t{gscid} << 44; }
constexpr std::uint64_t CommandDid(std::uint32_t device_id) { return std::uint64_t{device_id} << 40; }

}  // namespace tarn::tb
