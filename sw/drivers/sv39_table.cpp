#include "sw/drivers/sv39_table.h"

#include <utility>

namespace tarn::drivers {

namespace {

// A physical page number stands in bits 53:10 of an entry.
std::uint64_t EntryOf(HostPhysAddr address, std::uint64_t flags) { return address.value() / kPageBytes << 10 | flags; }

std::uint64_t IndexAt(std::uint64_t virtual_addr, int level) { return virtual_addr >> (12 + 9 * level) & 511; }

}  // namespace

Status Sv39Table::Map(std::uint64_t virtual_addr, HostPhysAddr physical_addr) {
  if (virtual_addr % kPageBytes != 0 || physical_addr.value() % kPageBytes != 0 || virtual_addr >= kVirtualEnd) {
    return Status::Error("Sv39 maps whole pages below 2^38, not virtual address " + std::to_string(virtual_addr));
  }
  std::size_t page = 0;
  for (int level = 2; level > 0; --level) page = NextLevel(page, IndexAt(virtual_addr, level));
  pages_[page].entries[IndexAt(virtual_addr, 0)] = EntryOf(physical_addr, kValid | kReadWriteUserAccessedDirty);
  return {};
}

Result<HostPhysAddr> Sv39Table::Unmap(std::uint64_t virtual_addr) {
  std::size_t page = 0;
  for (int level = 2; level > 0; --level) {
    const auto found = next_.find({page, IndexAt(virtual_addr, level)});
    if (found == next_.end()) return Status::Error("nothing is mapped at " + std::to_string(virtual_addr));
    page = found->second;
  }
  const std::uint64_t index = IndexAt(virtual_addr, 0);
  if (pages_[page].entries[index] == 0) return Status::Error("nothing is mapped at " + std::to_string(virtual_addr));
  pages_[page].entries[index] = 0;
  return HostPhysAddr(pages_[page].address.value() + index * 8);
}

std::size_t Sv39Table::NextLevel(std::size_t page, std::uint64_t index) {
  const auto [place, is_new] = next_.try_emplace({page, index}, pages_.size());
  if (is_new) {
    pages_.push_back({.address = allocate_()});
    pages_[page].entries[index] = EntryOf(pages_.back().address, kValid);
  }
  return place->second;
}

std::uint64_t Sv39Table::CountPages(const std::vector<std::uint64_t>& pages) {
  std::uint64_t count = 1;
  std::uint64_t last_leaf = ~std::uint64_t{0};
  std::uint64_t last_middle = ~std::uint64_t{0};
  for (const std::uint64_t page : pages) {
    if (page >> 9 != last_leaf) ++count;
    if (page >> 18 != last_middle) ++count;
    last_leaf = page >> 9;
    last_middle = page >> 18;
  }
  return count;
}

}  // namespace tarn::drivers
