#include "models/common/flat_slot_memory.h"

#include <cassert>
#include <cstring>

namespace tarn {

std::uint64_t FlatSlotMemory::PoisonOf(std::uint64_t page) const {
  const auto found = poison_.find(page);
  return found == poison_.end() ? 0 : found->second;
}

LineStatus FlatSlotMemory::ReadLine(std::uint64_t line, Line& data) {
  const std::uint64_t page = line / kLinesPerPage;
  const auto index = static_cast<std::uint32_t>(line % kLinesPerPage);
  assert(page < pages_.size());
  std::memcpy(data.data(), pages_[page].line(index), kLineBytes);
  return (PoisonOf(page) >> index & 1) != 0 ? LineStatus::kPoison : LineStatus::kOk;
}

void FlatSlotMemory::WriteLine(std::uint64_t line, const Line& data, std::uint64_t mask, bool poison) {
  const std::uint64_t page = line / kLinesPerPage;
  const auto index = static_cast<std::uint32_t>(line % kLinesPerPage);
  assert(page < pages_.size());
  Line merged;
  std::memcpy(merged.data(), pages_[page].line(index), kLineBytes);
  MergeLine(merged, data, mask);
  std::memcpy(pages_[page].line(index), merged.data(), kLineBytes);
  const bool full = mask == ~std::uint64_t{0};
  std::uint64_t& marks = poison_[page];
  const std::uint64_t bit = std::uint64_t{1} << index;
  if (poison) marks |= bit;
  if (!poison && full) marks &= ~bit;
  if (marks == 0) poison_.erase(page);
}

std::uint64_t FlatSlotMemory::ReadPage(std::uint64_t page, Page& data) {
  assert(page < pages_.size());
  data = pages_[page];
  return PoisonOf(page);
}

void FlatSlotMemory::WritePage(std::uint64_t page, const Page& data, std::uint64_t poison) {
  assert(page < pages_.size());
  pages_[page] = data;
  if (poison != 0) {
    poison_[page] = poison;
  } else {
    poison_.erase(page);
  }
}

Page* FlatSlotMemory::Direct(std::uint64_t page) { return PoisonOf(page) != 0 ? nullptr : &pages_[page]; }

}  // namespace tarn
