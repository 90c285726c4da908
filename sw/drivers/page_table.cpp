#include "sw/drivers/page_table.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "models/common/describe.h"

namespace tarn::drivers {

namespace {

// "For Svnapot, ppn[0] of the form xxxx1000 is a 64 KiB contiguous region."
constexpr std::uint64_t kNapot64KiB = 0b1000;
constexpr std::uint64_t kNapotEntries = kPage64KiB / kPageBytes;

// A page number stands in bits 53:10 of an entry.
std::uint64_t EntryOf(std::uint64_t address, std::uint64_t flags) { return address / kPageBytes << 10 | flags; }

// The level whose leaves have the size, 0 the last; 64 KiB stand on level 0.
int LevelOf(std::uint64_t page_bytes) { return page_bytes == kPage1GiB ? 2 : page_bytes == kPage2MiB ? 1 : 0; }

bool IsLeaf(std::uint64_t entry) { return (entry & PageTable::kReadWriteUserAccessedDirty) != 0; }

Status NothingMapped(std::uint64_t address) { return Status::Error("nothing is mapped at " + DescribeValue(address)); }

}  // namespace

Result<PageTable> PageTable::Create(PagingMode mode, Allocate allocate) {
  PageTable table(mode, std::move(allocate));
  if (Status status = table.AddTable(mode.root_pages()); !status.ok()) return status;
  return table;
}

Status PageTable::AddTable(std::uint64_t pages) {
  const Result<std::uint64_t> address = allocate_(pages * kPageBytes);
  if (!address.ok()) return address.status();
  for (std::uint64_t page = 0; page < pages; ++page) {
    for (std::uint64_t line = 0; line < kLinesPerPage; ++line) changed_.emplace(pages_.size(), line);
    pages_.push_back({.address = *address + page * kPageBytes});
  }
  return {};
}

// The root of a second stage is indexed by two bits more, over its four pages.
PageTable::Place PageTable::PlaceIn(std::size_t table, std::uint64_t address, int level) const {
  const std::uint64_t index = address >> (12 + 9 * level);
  const bool is_root = level == mode_.levels - 1;
  return {.page = is_root ? index / kEntries : table, .index = index % kEntries};
}

Status PageTable::Map(std::uint64_t address, std::uint64_t target, std::uint64_t page_bytes) {
  if (std::ranges::find(kPageSizes, page_bytes) == std::end(kPageSizes) || address % page_bytes != 0 ||
      target % page_bytes != 0 || address >= mode_.address_end()) {
    return Status::Error(mode_.name() + " maps whole pages below " + DescribeValue(mode_.address_end()) + ", not " +
                         DescribeValue(address) + " to " + DescribeValue(target) + " by a page of " +
                         std::to_string(page_bytes) + " bytes");
  }
  std::size_t table = 0;
  const int leaf_level = LevelOf(page_bytes);
  for (int level = mode_.levels - 1; level > leaf_level; --level) {
    const Result<std::size_t> next = NextLevel(PlaceIn(table, address, level));
    if (!next.ok()) return next.status();
    table = *next;
  }
  return SetLeaf(PlaceIn(table, address, leaf_level), target, page_bytes);
}

Status PageTable::SetLeaf(Place place, std::uint64_t target, std::uint64_t page_bytes) {
  const bool napot = page_bytes == kPage64KiB;
  const std::uint64_t count = napot ? kNapotEntries : 1;
  const auto& entries = pages_[place.page].entries;
  const auto first = entries.begin() + static_cast<std::ptrdiff_t>(place.index);
  if (std::any_of(first, first + static_cast<std::ptrdiff_t>(count), [](std::uint64_t entry) { return entry != 0; })) {
    return Status::Error("something is mapped there already, by entry " + std::to_string(place.index) +
                         " of the table at " + DescribeValue(pages_[place.page].address));
  }
  std::uint64_t entry = EntryOf(target, kValid | kReadWriteUserAccessedDirty);
  if (napot) entry |= kNapot | kNapot64KiB << 10;
  for (std::uint64_t i = 0; i < count; ++i) SetEntry({.page = place.page, .index = place.index + i}, entry);
  ++mapped_[page_bytes];
  return {};
}

Status PageTable::MapRange(std::uint64_t address, std::uint64_t target, std::uint64_t size_bytes,
                           std::uint64_t page_bytes_max) {
  for (std::uint64_t done = 0; done < size_bytes;) {
    std::uint64_t page_bytes = kPageBytes;
    for (const std::uint64_t size : kPageSizes) {
      const bool aligned = (address + done) % size == 0 && (target + done) % size == 0;
      if (size <= page_bytes_max && aligned && done + size <= size_bytes) page_bytes = size;
    }
    if (Status status = Map(address + done, target + done, page_bytes); !status.ok()) return status;
    done += page_bytes;
  }
  return {};
}

Result<PageTable::Leaf> PageTable::Unmap(std::uint64_t address) {
  if (address >= mode_.address_end()) return NothingMapped(address);
  int level = mode_.levels - 1;
  Place place = PlaceIn(0, address, level);
  while (pages_[place.page].entries[place.index] != 0 && !IsLeaf(pages_[place.page].entries[place.index])) {
    --level;
    place = PlaceIn(next_.at({place.page, place.index}), address, level);
  }
  const std::uint64_t entry = pages_[place.page].entries[place.index];
  if (entry == 0) return NothingMapped(address);
  const bool napot = (entry & kNapot) != 0;
  const std::uint64_t count = napot ? kNapotEntries : 1;
  place.index -= place.index % count;
  for (std::uint64_t i = 0; i < count; ++i) SetEntry({.page = place.page, .index = place.index + i}, 0);
  --mapped_[napot ? kPage64KiB : std::uint64_t{kPageBytes} << (9 * level)];
  return Leaf{.address = pages_[place.page].address + place.index * 8, .entries = count};
}

Result<std::size_t> PageTable::NextLevel(Place place) {
  const std::uint64_t entry = pages_[place.page].entries[place.index];
  if (IsLeaf(entry)) return Status::Error("a larger page is mapped there already, to " + DescribeValue(entry >> 10));
  if (entry != 0) return next_.at({place.page, place.index});
  const std::size_t below = pages_.size();
  if (Status status = AddTable(1); !status.ok()) return status;
  next_[{place.page, place.index}] = below;
  SetEntry(place, EntryOf(pages_[below].address, kValid));
  return below;
}

void PageTable::SetEntry(Place place, std::uint64_t entry) {
  pages_[place.page].entries[place.index] = entry;
  changed_.emplace(place.page, place.index / kEntriesPerLine);
}

std::vector<PageTable::TableLine> PageTable::TakeChangedLines() {
  std::vector<TableLine> lines;
  lines.reserve(changed_.size());
  for (const auto& [page, line] : changed_) {
    lines.push_back({.address = pages_[page].address + line * kLineBytes,
                     .entries = pages_[page].entries.data() + line * kEntriesPerLine});
  }
  changed_.clear();
  return lines;
}

}  // namespace tarn::drivers
