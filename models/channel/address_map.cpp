#include "models/channel/address_map.h"

#include <bit>

#include "models/channel/channel_registers.h"

namespace tarn::channel {
namespace {

// Takes `width` bits from place `low` on out of a number written as bits, lowest first.
std::uint32_t TakeField(std::vector<bool>& bits, unsigned low, unsigned width) {
  std::uint32_t field = 0;
  for (unsigned i = 0; i < width; ++i) field |= std::uint32_t{bits[low + i]} << i;
  bits.erase(bits.begin() + low, bits.begin() + low + width);
  return field;
}

}  // namespace

Place AddressMap::PlaceOf(std::uint64_t line) const {
  std::vector<bool> bits;
  for (unsigned i = 0; i < kLineBits; ++i) bits.push_back((line >> i & 1) != 0);
  Place place{};
  place.bank_group = TakeField(bits, bank_group_low, kBankGroupBits);
  place.bank = TakeField(bits, bank_low, kBankBits);
  place.column = TakeField(bits, column_low, kColumnBits);
  if (module_bits != 0) place.module = TakeField(bits, module_low, module_bits);
  place.row = TakeField(bits, 0, static_cast<unsigned>(bits.size()));
  for (unsigned i = 0; i < hash_rows.size(); ++i) {
    const auto odd = static_cast<std::uint32_t>(std::popcount(place.row & hash_rows[i]) & 1);
    if (i < kBankGroupBits) {
      place.bank_group ^= odd << i;
    } else {
      place.bank ^= odd << (i - kBankGroupBits);
    }
  }
  return place;
}

std::uint64_t AddressMap::ModuleLineOf(std::uint64_t line) const {
  const Place place = PlaceOf(line);
  return ((std::uint64_t{place.row} << kBankBits | place.bank) << kBankGroupBits | place.bank_group) << kColumnBits |
         place.column;
}

std::vector<RegisterWrite> AddressMap::Registers() const {
  namespace r = channel_registers;
  std::vector<RegisterWrite> writes = {
      {r::mapping::kOffset, bank_group_low | bank_low << 8 | column_low << 16 | module_low << 24}};
  for (std::uint32_t i = 0; i < hash_rows.size(); ++i) writes.push_back({r::bank_hash::Offset(i), hash_rows[i]});
  return writes;
}

}  // namespace tarn::channel
