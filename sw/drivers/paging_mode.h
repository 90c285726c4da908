// The forms of page tables that one stage of translation may have: RISC-V privileged specification, "Sv39", "Sv48" and
// "Sv57" for a first stage, "Sv39x4" to "Sv57x4" (chapter "Hypervisor") for a second one.
#pragma once

#include <cstdint>
#include <string>

#include "models/common/units.h"

namespace tarn::drivers {

// Sizes of page that a leaf can map; 64 KiB are sixteen entries of Svnapot.
inline constexpr std::uint64_t kPage4KiB = kPageBytes;
inline constexpr std::uint64_t kPage64KiB = std::uint64_t{16} * kPageBytes;
inline constexpr std::uint64_t kPage2MiB = std::uint64_t{512} * kPageBytes;
inline constexpr std::uint64_t kPage1GiB = std::uint64_t{512} * kPage2MiB;
inline constexpr std::uint64_t kPageSizes[] = {kPage4KiB, kPage64KiB, kPage2MiB, kPage1GiB};

// "4 KiB", "64 KiB", "2 MiB", "1 GiB".
inline std::string PageSizeName(std::uint64_t page_bytes) {
  static constexpr const char* kUnits[] = {" KiB", " MiB", " GiB"};
  std::uint64_t value = page_bytes >> 10;
  int unit = 0;
  for (; value >= 1024; value >>= 10) ++unit;
  return std::to_string(value) + kUnits[unit];
}

struct PagingMode {
  int levels = 3;  // of tables: 3, 4 or 5
  bool second_stage = false;

  // Bits of an address that tables translate. A first stage's are signed; only the lower half is used here.
  int address_bits() const { return 12 + 9 * levels + (second_stage ? 2 : 0); }
  std::uint64_t address_end() const { return std::uint64_t{1} << (address_bits() - (second_stage ? 0 : 1)); }
  // A second stage's root is four pages, aligned to their size.
  std::uint64_t root_pages() const { return second_stage ? 4 : 1; }
  // iosatp.MODE and iohgatp.MODE have the same codes: 8, 9, 10 (RISC-V IOMMU, section 3.1).
  std::uint64_t code() const { return static_cast<std::uint64_t>(levels) + 5; }
  std::string name() const { return "Sv" + std::to_string(12 + 9 * levels) + (second_stage ? "x4" : ""); }

  friend bool operator==(const PagingMode&, const PagingMode&) = default;
};

inline constexpr PagingMode kSv39{.levels = 3, .second_stage = false};
inline constexpr PagingMode kSv48{.levels = 4, .second_stage = false};
inline constexpr PagingMode kSv57{.levels = 5, .second_stage = false};
inline constexpr PagingMode kSv39x4{.levels = 3, .second_stage = true};
inline constexpr PagingMode kSv48x4{.levels = 4, .second_stage = true};
inline constexpr PagingMode kSv57x4{.levels = 5, .second_stage = true};
inline constexpr PagingMode kPagingModes[] = {kSv39, kSv48, kSv57, kSv39x4, kSv48x4, kSv57x4};

}  // namespace tarn::drivers
