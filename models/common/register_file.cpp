#include "models/common/register_file.h"

#include <cassert>
#include <utility>

namespace tarn {
namespace {

std::uint64_t Ones(unsigned width) { return ~std::uint64_t{0} >> (64 - width); }

std::uint64_t FieldMask(const RegisterFieldInfo& field) { return Ones(field.width) << field.shift; }

std::uint32_t StrobeMask(std::uint8_t strobe) {
  std::uint32_t mask = 0;
  for (unsigned byte = 0; byte < 4; ++byte) {
    if ((strobe >> byte) & 1u) mask |= 0xffu << (8 * byte);
  }
  return mask;
}

}  // namespace

RegisterFile::RegisterFile(const RegisterTable& table, std::vector<std::uint64_t> parameters)
    : table_(table), parameters_(std::move(parameters)), entry_of_word_(table.window_bytes / 4, -1) {
  assert(parameters_.size() == table.parameters.size());
  for (const RegisterInfo& info : table.registers) {
    for (std::uint32_t index = 0; index < info.count; ++index) {
      for (unsigned byte = 0; byte < info.bits / 8; byte += 4) {
        entry_of_word_[(info.ElementOffset(index) + byte) / 4] = static_cast<std::int32_t>(entries_.size());
      }
    }
    entries_.push_back({&info, std::vector<std::uint64_t>(info.count), nullptr, nullptr});
  }
  Reset();
}

void RegisterFile::Reset() {
  snapshot_.reset();
  for (Entry& entry : entries_) {
    std::uint64_t value = 0;
    for (const RegisterFieldInfo& field : entry.info->fields) {
      if (!field.hwext && field.reset_known && Present(entry.info->when) && Present(field.when)) {
        value |= Number(field.reset) << field.shift;
      }
    }
    entry.stored.assign(entry.info->count, value);
  }
}

RegisterResponse RegisterFile::Read(std::uint32_t addr) {
  const std::optional<Place> place = Find(addr);
  if (!place) return {0, table_.unmapped_is_error};
  const RegisterInfo& info = *entries_[place->entry].info;
  const std::uint64_t value = Value(*place);
  if (!info.snapshot || !Present(*place)) return {static_cast<std::uint32_t>(value >> place->shift), false};
  if (place->shift == 0) {
    snapshot_ = Snapshot{(addr & ~3u) + 4, static_cast<std::uint32_t>(value >> 32)};
    return {static_cast<std::uint32_t>(value), false};
  }
  if (snapshot_ && snapshot_->high_addr == (addr & ~3u)) return {std::exchange(snapshot_, std::nullopt)->value, false};
  return {static_cast<std::uint32_t>(value >> 32), false};
}

RegisterResponse RegisterFile::Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) {
  snapshot_.reset();
  const std::optional<Place> place = Find(addr);
  if (!place) return {0, table_.unmapped_is_error};
  const std::uint64_t mask = std::uint64_t{StrobeMask(strobe)} << place->shift;
  const int fixed = entries_[place->entry].info->fixed;
  if (mask != 0 && Present(*place) && (fixed == kNoParameter || !Present(fixed))) {
    WriteFields(*place, std::uint64_t{data} << place->shift, mask);
  }
  return {0, false};
}

std::uint64_t RegisterFile::Stored(std::uint32_t offset) const {
  const Place place = FindElement(offset);
  return entries_[place.entry].stored[place.index];
}

void RegisterFile::SetStored(std::uint32_t offset, std::uint64_t mask, std::uint64_t bits) {
  const Place place = FindElement(offset);
  Entry& entry = entries_[place.entry];
  std::uint64_t present = 0;
  for (const RegisterFieldInfo& field : entry.info->fields) {
    if (Present(place) && Present(field.when)) present |= FieldMask(field);
  }
  std::uint64_t& stored = entry.stored[place.index];
  stored = (stored & ~(mask & present)) | (bits & mask & present);
}

bool RegisterFile::Present(const Place& place) const {
  const RegisterInfo& info = *entries_[place.entry].info;
  return Present(info.when) && (info.elements == kNoParameter || place.index < parameters_[info.elements]);
}

void RegisterFile::OnRead(std::uint32_t offset, ReadHook hook) {
  entries_[FindElement(offset).entry].read = std::move(hook);
}

void RegisterFile::OnWrite(std::uint32_t offset, WriteHook hook) {
  entries_[FindElement(offset).entry].write = std::move(hook);
}

std::optional<RegisterFile::Place> RegisterFile::Find(std::uint32_t addr) const {
  if (addr >= table_.window_bytes || entry_of_word_[addr / 4] < 0) return std::nullopt;
  const std::size_t entry = static_cast<std::size_t>(entry_of_word_[addr / 4]);
  const RegisterInfo& info = *entries_[entry].info;
  const std::uint32_t distance = (addr & ~3u) - info.offset;
  const std::uint32_t index = info.count == 1 ? 0 : distance / info.stride;
  return Place{entry, index, distance - index * info.stride >= 4 ? 32u : 0u};
}

RegisterFile::Place RegisterFile::FindElement(std::uint32_t offset) const {
  const std::optional<Place> place = Find(offset);
  assert(place && place->shift == 0 && offset % 4 == 0);
  return *place;
}

std::uint64_t RegisterFile::Value(const Place& place) const {
  const Entry& entry = entries_[place.entry];
  if (!Present(place)) return 0;
  const std::uint64_t live = entry.read ? entry.read(place.index) : 0;
  std::uint64_t value = 0;
  for (const RegisterFieldInfo& field : entry.info->fields) {
    if (!Present(field.when)) continue;
    value |= (field.hwext ? live : entry.stored[place.index]) & FieldMask(field);
  }
  return value;
}

void RegisterFile::WriteFields(const Place& place, std::uint64_t data, std::uint64_t mask) {
  Entry& entry = entries_[place.entry];
  const std::uint64_t old = Value(place);
  RegisterWrite write{place.index, 0, mask};
  for (const RegisterFieldInfo& field : entry.info->fields) {
    if (!Present(field.when)) continue;
    const std::uint64_t ones = Ones(field.width);
    const std::uint64_t value =
        Written(field, (old >> field.shift) & ones, (data >> field.shift) & ones, (mask >> field.shift) & ones);
    write.value |= value << field.shift;
    if (!field.hwext && field.access != RegisterAccess::kW1p) {
      entry.stored[place.index] = (entry.stored[place.index] & ~FieldMask(field)) | (value << field.shift);
    }
  }
  if (entry.write) entry.write(write);
}

// What becomes of a field (all values moved down to bit 0) when software writes the bits in mask.
std::uint64_t RegisterFile::Written(const RegisterFieldInfo& field, std::uint64_t old, std::uint64_t data,
                                    std::uint64_t mask) const {
  const std::uint64_t ones = data & mask;
  switch (field.access) {
    case RegisterAccess::kRo:
      return old;
    case RegisterAccess::kRw:
      return (old & ~mask) | ones;
    case RegisterAccess::kW1c:
      return field.hwext ? ones : old & ~ones;
    case RegisterAccess::kW1s:
      return field.hwext ? ones : old | ones;
    case RegisterAccess::kW1p:
      return ones;
    case RegisterAccess::kWarl:
      return MakeLegal(field, (old & ~mask) | ones, old);
  }
  return old;
}

std::uint64_t RegisterFile::MakeLegal(const RegisterFieldInfo& field, std::uint64_t wanted, std::uint64_t old) const {
  bool legal = true;
  if (field.legal == RegisterLegal::kMask) return wanted & Number(field.low);
  if (field.legal == RegisterLegal::kRange) legal = Number(field.low) <= wanted && wanted <= Number(field.high);
  if (field.legal == RegisterLegal::kValues) {
    legal = false;
    for (const RegisterLegalValue& value : field.values) {
      if (Present(value.when) && Number(value.number) == wanted) legal = true;
    }
  }
  if (legal) return wanted;
  return field.illegal_keeps ? old : Number(field.illegal);
}

std::uint64_t RegisterFile::Number(const RegisterNumber& number) const {
  return number.parameter == kNoParameter ? number.value : parameters_[number.parameter];
}

}  // namespace tarn
