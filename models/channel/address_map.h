// Where a line lies in a module: the golden reading of the registers `mapping` and `bank_hash`
// (rtl/channel/registers.md).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/channel/module_geometry.h"
#include "models/channel/timing_registers.h"

namespace tarn::channel {

struct Place {
  std::uint32_t row, bank, bank_group, column;
  std::uint32_t module = 0;
  bool operator==(const Place&) const = default;
};

struct AddressMap {
  static constexpr unsigned kLineBits = 34;

  // As after reset: row | bank | bank group | column.
  static AddressMap Of(const ModuleGeometry& geometry);

  // Each counted in what the fields before it left of the line number.
  unsigned bank_group_low = 7;
  unsigned bank_low = 7;
  unsigned column_low = 0;
  unsigned module_low = 16;
  unsigned module_bits = 0;  // 2^so many modules; not a register
  // Row bits that are added to the bits of the bank group, then to those of the bank.
  std::array<std::uint32_t, 5> hash_rows{};
  ModuleGeometry geometry{};

  Place PlaceOf(std::uint64_t line) const;
  // The number by which a module's content is kept: row | bank | bank group | column. Which module: PlaceOf.
  std::uint64_t ModuleLineOf(std::uint64_t line) const;
  std::vector<RegisterWrite> Registers() const;
};

}  // namespace tarn::channel
