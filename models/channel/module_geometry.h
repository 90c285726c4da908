// What a DRAM module is: its standard, how many banks, rows and lines it has, how wide it is.
#pragma once

#include <cstdint>

namespace tarn::channel {

enum class DramStandard : std::uint8_t { kDdr3, kDdr4, kDdr5, kLpddr4, kSdr };
const char* Name(DramStandard standard);

struct ModuleGeometry {
  DramStandard standard = DramStandard::kDdr4;
  // Where the standard has no bank groups, a bank's number is {bank, bank group}.
  unsigned bank_group_bits = 2;
  unsigned bank_bits = 2;    // of a bank in its group
  unsigned column_bits = 7;  // of a line in its row
  unsigned row_bits = 23;
  unsigned narrowing = 0;    // a clock carries 128 >> narrowing bits: 0 is 64 data pins at double rate
  bool single_rate = false;  // data at one edge of the clock
  bool check_bits = true;    // and eight pins more, of 32 data pins four; none of fewer

  // Whether lines lie in the same banks and columns; rows may be more or fewer.
  bool HasBanksOf(const ModuleGeometry& other) const {
    return bank_group_bits == other.bank_group_bits && bank_bits == other.bank_bits && column_bits == other.column_bits;
  }
  unsigned burst_clocks() const { return 4u << narrowing; }
  // Bytes that the data pins carry in a clock.
  unsigned clock_bytes() const { return 16u >> narrowing; }
  unsigned banks() const { return 1u << (bank_group_bits + bank_bits); }
  unsigned BankOf(unsigned bank_group, unsigned bank) const { return bank << bank_group_bits | bank_group; }
  // The number by which content is kept: row | bank | bank group | column.
  std::uint64_t LineOf(std::uint64_t row, unsigned bank_group, unsigned bank, unsigned column) const {
    return (row << (bank_group_bits + bank_bits) | BankOf(bank_group, bank)) << column_bits | column;
  }
  std::uint64_t lines() const { return std::uint64_t{1} << (row_bits + bank_group_bits + bank_bits + column_bits); }
};

}  // namespace tarn::channel
