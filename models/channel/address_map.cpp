#include "models/channel/address_map.h"

#include <algorithm>
#include <bit>

#include "models/channel/channel_registers.h"

namespace tarn::channel {
namespace {

// Takes `width` bits from place `low` on out of a number written as bits, lowest first.
std::uint32_t TakeField(std::vector<bool>& bits, unsigned low, unsigned width) {
  std::uint32_t field = 0;
  const auto end = std::min<std::size_t>(low + width, bits.size());
  for (std::size_t i = low; i < end; ++i) field |= std::uint32_t{bits[i]} << (i - low);
  bits.erase(bits.begin() + low, bits.begin() + static_cast<std::ptrdiff_t>(end));
  return field;
}

}  // namespace

AddressMap AddressMap::Of(const ModuleGeometry& geometry) {
  AddressMap map;
  map.bank_group_low = map.bank_low = geometry.column_bits;
  map.module_low = 16;
  map.geometry = geometry;
  return map;
}

Place AddressMap::PlaceOf(std::uint64_t line) const {
  std::vector<bool> bits;
  for (unsigned i = 0; i < kLineBits; ++i) bits.push_back((line >> i & 1) != 0);
  Place place{};
  place.bank_group = TakeField(bits, bank_group_low, geometry.bank_group_bits);
  place.bank = TakeField(bits, bank_low, geometry.bank_bits);
  place.column = TakeField(bits, column_low, geometry.column_bits);
  if (module_bits != 0) place.module = TakeField(bits, module_low, module_bits);
  place.row = TakeField(bits, 0, static_cast<unsigned>(bits.size()));
  for (unsigned i = 0; i < geometry.bank_group_bits + geometry.bank_bits; ++i) {
    const auto odd = static_cast<std::uint32_t>(std::popcount(place.row & hash_rows[i]) & 1);
    if (i < geometry.bank_group_bits) {
      place.bank_group ^= odd << i;
    } else {
      place.bank ^= odd << (i - geometry.bank_group_bits);
    }
  }
  return place;
}

std::uint64_t AddressMap::ModuleLineOf(std::uint64_t line) const {
  const Place place = PlaceOf(line);
  return geometry.LineOf(place.row, place.bank_group, place.bank, place.column);
}

std::vector<RegisterWrite> AddressMap::Registers() const {
  namespace r = channel_registers;
  std::vector<RegisterWrite> writes = {
      {r::mapping::kOffset, bank_group_low | bank_low << 8 | column_low << 16 | module_low << 24}};
  // The register's first three elements are the bank group's, however many bits that has.
  constexpr std::uint32_t kFirstOfBank = 3;
  const unsigned groups = geometry.bank_group_bits;
  for (std::uint32_t i = 0; i < groups; ++i) writes.push_back({r::bank_hash::Offset(i), hash_rows[i]});
  for (std::uint32_t i = 0; i < geometry.bank_bits; ++i) {
    writes.push_back({r::bank_hash::Offset(kFirstOfBank + i), hash_rows[groups + i]});
  }
  return writes;
}

}  // namespace tarn::channel
