#include "models/common/sparse_memory.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

namespace tarn {
namespace {

constexpr unsigned kInitialBits = 10;

}  // namespace

SparseMemory::SparseMemory(InitialContent initial) : initial_(std::move(initial)) { Clear(); }

void SparseMemory::Clear() {
  entries_.clear();
  entries_.resize(std::size_t{1} << kInitialBits);
  shift_ = 64 - kInitialBits;
  used_ = 0;
  last_number_ = kNoPage;
  last_ = nullptr;
}

std::size_t SparseMemory::Lookup(std::uint64_t number) const {
  assert(number != kNoPage);
  std::size_t at = Home(number);
  while (entries_[at].number != number && entries_[at].number != kNoPage) at = (at + 1) & (entries_.size() - 1);
  return at;
}

const Page* SparseMemory::FindSlow(std::uint64_t number) const {
  Page* page = entries_[Lookup(number)].page.get();
  if (page == nullptr) return nullptr;
  last_number_ = number;
  last_ = page;
  return page;
}

Page& SparseMemory::TouchSlow(std::uint64_t number) {
  std::size_t at = Lookup(number);
  if (entries_[at].page == nullptr) {
    if (2 * (used_ + 1) > entries_.size()) {
      Grow();
      at = Lookup(number);
    }
    entries_[at].number = number;
    entries_[at].page = std::make_unique<Page>();
    if (initial_) initial_(number, *entries_[at].page);
    ++used_;
  }
  last_number_ = number;
  last_ = entries_[at].page.get();
  return *last_;
}

void SparseMemory::Grow() {
  std::vector<Entry> old(entries_.size() * 2);
  old.swap(entries_);
  --shift_;
  for (Entry& entry : old) {
    if (entry.page == nullptr) continue;
    const std::size_t at = Lookup(entry.number);
    entries_[at] = std::move(entry);
  }
}

void SparseMemory::Drop(std::uint64_t number) {
  std::size_t hole = Lookup(number);
  if (entries_[hole].page == nullptr) return;
  entries_[hole] = Entry();
  --used_;
  last_number_ = kNoPage;
  last_ = nullptr;
  // Linear probing: close the hole, so that no lookup ends early at it.
  for (std::size_t at = (hole + 1) & (entries_.size() - 1); entries_[at].page != nullptr;
       at = (at + 1) & (entries_.size() - 1)) {
    const std::size_t home = Home(entries_[at].number);
    const std::size_t mask = entries_.size() - 1;
    if (((at - home) & mask) < ((at - hole) & mask)) continue;
    entries_[hole] = std::move(entries_[at]);
    entries_[at] = Entry();
    hole = at;
  }
}

void SparseMemory::ReadPage(std::uint64_t number, Page& page) const {
  if (const Page* found = Find(number)) {
    page = *found;
    return;
  }
  page.bytes.fill(0);
  if (initial_) initial_(number, page);
}

Line SparseMemory::ReadLine(std::uint64_t line) const {
  const auto index = static_cast<std::uint32_t>(line % kLinesPerPage);
  Line data{};
  if (const Page* found = Find(line / kLinesPerPage)) {
    std::memcpy(data.data(), found->line(index), kLineBytes);
  } else if (initial_) {
    Page page;
    initial_(line / kLinesPerPage, page);
    std::memcpy(data.data(), page.line(index), kLineBytes);
  }
  return data;
}

void SparseMemory::WriteLine(std::uint64_t line, const Line& data, std::uint64_t mask) {
  std::uint8_t* target = Touch(line / kLinesPerPage).line(static_cast<std::uint32_t>(line % kLinesPerPage));
  if (mask == ~std::uint64_t{0}) {
    std::memcpy(target, data.data(), kLineBytes);
    return;
  }
  for (std::uint32_t byte = 0; byte < kLineBytes; ++byte) {
    if ((mask >> byte & 1) != 0) target[byte] = data[byte];
  }
}

void SparseMemory::Read(std::uint64_t address, void* data, std::size_t size_bytes) const {
  constexpr std::size_t kWordBytes = 8;
  if (size_bytes == kWordBytes && address % kPageBytes <= kPageBytes - kWordBytes) {  // a table's entry, most often
    if (const Page* found = Find(address / kPageBytes)) {
      std::memcpy(data, found->bytes.data() + address % kPageBytes, kWordBytes);
      return;
    }
  }
  auto* out = static_cast<std::uint8_t*>(data);
  while (size_bytes > 0) {
    const std::size_t offset = address % kPageBytes;
    const std::size_t count = std::min<std::size_t>(size_bytes, kPageBytes - offset);
    if (const Page* found = Find(address / kPageBytes)) {
      std::memcpy(out, found->bytes.data() + offset, count);
    } else {
      Page page;
      if (initial_) initial_(address / kPageBytes, page);
      std::memcpy(out, page.bytes.data() + offset, count);
    }
    address += count;
    out += count;
    size_bytes -= count;
  }
}

void SparseMemory::Write(std::uint64_t address, const void* data, std::size_t size_bytes) {
  const auto* in = static_cast<const std::uint8_t*>(data);
  while (size_bytes > 0) {
    const std::size_t offset = address % kPageBytes;
    const std::size_t count = std::min<std::size_t>(size_bytes, kPageBytes - offset);
    std::memcpy(Touch(address / kPageBytes).bytes.data() + offset, in, count);
    address += count;
    in += count;
    size_bytes -= count;
  }
}

}  // namespace tarn
