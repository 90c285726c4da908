// What a DRAM module is: its standard, how many banks, rows and lines it has, how wide it is.
#pragma once

#include <cstdint>

namespace tarn::channel {

enum class DramStandard : std::uint8_t { kDdr3, kDdr4, kDdr5, kLpddr4 };
const char* Name(DramStandard standard);

struct ModuleGeometry {
  DramStandard standard = DramStandard::kDdr4;
  // Where the standard has no bank groups, a bank's number is {bank, bank group}.
  unsigned bank_group_bits = 2;
  unsigned bank_bits = 2;    // of a bank in its group
  unsigned column_bits = 7;  // of a line in its row
  unsigned row_bits = 23;
  bool narrow = false;     // 32 data pins instead of 64
  bool check_bits = true;  // and eight more, of 32 data pins four

  // Whether lines lie in the same banks and columns; rows may be more or fewer.
  bool HasBanksOf(const ModuleGeometry& other) const {
    return bank_group_bits == other.bank_group_bits && bank_bits == other.bank_bits && column_bits == other.column_bits;
  }
  unsigned burst_clocks() const { return narrow ? 8 : 4; }
  // Bytes that the data pins carry in a clock.
  unsigned clock_bytes() const { return narrow ? 8 : 16; }
  unsigned banks() const { return 1u << (bank_group_bits + bank_bits); }
  unsigned BankOf(unsigned bank_group, unsigned bank) const { return bank << bank_group_bits | bank_group; }
  // The number by which content is kept: row | bank | bank group | column.
  std::uint64_t LineOf(std::uint64_t row, unsigned bank_group, unsigned bank, unsigned column) const {
    return (row << (bank_group_bits + bank_bits) | BankOf(bank_group, bank)) << column_bits | column;
  }
  std::uint64_t lines() const { return std::uint64_t{1} << (row_bits + bank_group_bits + bank_bits + column_bits); }
};

}  // namespace tarn::channel
