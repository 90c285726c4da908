#include "models/common/slot_memory.h"

#include <cstring>

namespace tarn {

std::uint64_t SparseSlotMemory::PoisonOf(std::uint64_t page) const {
  if (poison_.empty()) return 0;
  const auto found = poison_.find(page);
  return found == poison_.end() ? 0 : found->second;
}

void SparseSlotMemory::SetPoison(std::uint64_t page, std::uint64_t poison) {
  if (poison != 0) {
    poison_[page] = poison;
  } else if (!poison_.empty()) {
    poison_.erase(page);
  }
}

LineStatus SparseSlotMemory::ReadLine(std::uint64_t line, Line& data) {
  data = pages_.ReadLine(line);
  const bool poisoned = (PoisonOf(line / kLinesPerPage) >> (line % kLinesPerPage) & 1) != 0;
  return poisoned ? LineStatus::kPoison : LineStatus::kOk;
}

void SparseSlotMemory::WriteLine(std::uint64_t line, const Line& data, std::uint64_t mask, bool poison) {
  pages_.WriteLine(line, data, mask);
  const std::uint64_t page = line / kLinesPerPage;
  const std::uint64_t bit = std::uint64_t{1} << (line % kLinesPerPage);
  const std::uint64_t old = PoisonOf(page);
  const bool full = mask == ~std::uint64_t{0};
  const std::uint64_t now = poison ? old | bit : full ? old & ~bit : old;
  if (now != old) SetPoison(page, now);
}

std::uint64_t SparseSlotMemory::ReadPage(std::uint64_t page, Page& data) {
  pages_.ReadPage(page, data);
  return PoisonOf(page);
}

void SparseSlotMemory::WritePage(std::uint64_t page, const Page& data, std::uint64_t poison) {
  pages_.WritePage(page, data);
  SetPoison(page, poison);
}

Page* SparseSlotMemory::Direct(std::uint64_t page) { return PoisonOf(page) != 0 ? nullptr : &pages_.Touch(page); }

}  // namespace tarn
