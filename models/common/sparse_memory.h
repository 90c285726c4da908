// Memory of any size that costs only what is touched: 4 KiB pages in a hash table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "models/common/line.h"
#include "models/common/units.h"

namespace tarn {

struct alignas(kLineBytes) Page {
  std::array<std::uint8_t, kPageBytes> bytes{};

  std::uint8_t* line(std::uint32_t index) { return bytes.data() + index * kLineBytes; }
  const std::uint8_t* line(std::uint32_t index) const { return bytes.data() + index * kLineBytes; }
  friend bool operator==(const Page&, const Page&) = default;
};

// Maps page numbers to pages. Content that nobody touched comes from a function, so that a seeded terabyte costs
// nothing. Pointers and references to pages stay valid until Drop of that page or Clear.
class SparseMemory {
 public:
  // Writes the initial content of page `number` into `page` (all zero when called). Must be a pure function.
  using InitialContent = std::function<void(std::uint64_t number, Page& page)>;

  SparseMemory() : SparseMemory(InitialContent()) {}
  explicit SparseMemory(InitialContent initial);  // empty function: zero

  // Null: nobody touched it, its content is the initial one.
  const Page* Find(std::uint64_t number) const {
    if (number == last_number_) return last_;
    return FindSlow(number);
  }
  // Makes the page exist. Costs 4 KiB.
  Page& Touch(std::uint64_t number) {
    if (number == last_number_) return *last_;
    return TouchSlow(number);
  }
  // Copies the content out; costs no memory.
  void ReadPage(std::uint64_t number, Page& page) const;
  void WritePage(std::uint64_t number, const Page& page) { Touch(number) = page; }

  // Lines are numbered through: line n is in page n / 64.
  Line ReadLine(std::uint64_t line) const;
  void WriteLine(std::uint64_t line, const Line& data, std::uint64_t mask = ~std::uint64_t{0});
  // Bytes, any alignment and size; for loaders and tests.
  void Read(std::uint64_t address, void* data, std::size_t size_bytes) const;
  void Write(std::uint64_t address, const void* data, std::size_t size_bytes);

  // Back to the initial content; gives the page's memory back.
  void Drop(std::uint64_t number);
  void Clear();
  std::size_t touched_pages() const { return used_; }

 private:
  static constexpr std::uint64_t kNoPage = ~std::uint64_t{0};

  struct Entry {
    std::uint64_t number = kNoPage;
    std::unique_ptr<Page> page;
  };

  std::size_t Home(std::uint64_t number) const { return (number * 0x9E3779B97F4A7C15ull) >> shift_; }
  std::size_t Lookup(std::uint64_t number) const;  // its entry, or the empty one where it belongs
  const Page* FindSlow(std::uint64_t number) const;
  Page& TouchSlow(std::uint64_t number);
  void Grow();

  InitialContent initial_;
  std::vector<Entry> entries_;  // open addressing, linear probing, at most half full; a power of two of them
  unsigned shift_ = 0;
  std::size_t used_ = 0;
  mutable std::uint64_t last_number_ = kNoPage;
  mutable Page* last_ = nullptr;
};

}  // namespace tarn
