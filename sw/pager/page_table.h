// What the pager knows of each page of the program: by page number, 512 to a chunk, chunks made when first touched.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>

#include "models/pool/replacement.h"
#include "sw/pager/page_memory.h"
#include "sw/pager/page_store.h"

namespace tarn::pager {

// A page that is neither resident nor stored is zero.
struct PageEntry {
  pool::SlotIndex slot = pool::kNoSlot;  // of the policy; kNoSlot: not resident
  StoreId store = kNotStored;            // its content, unless it is dirty: then a place to write it to
  bool dirty = false;                    // resident, and newer than the store
  bool presumed = false;                 // dirty, but perhaps not: it came along with one that was written
  bool was_written = false;              // in its last stay
  bool guarded = false;                  // resident, and a write will be reported
  bool sampled = false;                  // has its slot, but was unmapped to see whether it is used

  bool resident() const { return slot != pool::kNoSlot; }
};

class PageTable {
 public:
  static constexpr std::uint32_t kChunkPages = 512;

  // Null: nothing is known of it.
  PageEntry* Find(PageNumber page) {
    const PageNumber number = page / kChunkPages;
    if (number != last_number_) {
      const auto found = chunks_.find(number);
      if (found == chunks_.end()) return nullptr;
      Remember(number, found->second.get());
    }
    return &(*last_)[page % kChunkPages];
  }
  PageEntry& Touch(PageNumber page) {
    if (PageEntry* entry = Find(page)) return *entry;
    auto& chunk = chunks_[page / kChunkPages];
    chunk = std::make_unique<Chunk>();
    Remember(page / kChunkPages, chunk.get());
    return (*chunk)[page % kChunkPages];
  }
  // Calls visit(page, entry) for each known page of a range.
  template <typename Visit>
  void VisitRange(PageNumber first, PageNumber count, Visit visit) {
    for (PageNumber page = first; page < first + count;) {
      PageEntry* entry = Find(page);
      if (entry == nullptr) {
        page = (page / kChunkPages + 1) * kChunkPages;
        continue;
      }
      visit(page, *entry);
      ++page;
    }
  }

 private:
  using Chunk = std::array<PageEntry, kChunkPages>;
  void Remember(PageNumber number, Chunk* chunk) {
    last_number_ = number;
    last_ = chunk;
  }

  std::unordered_map<PageNumber, std::unique_ptr<Chunk>> chunks_;
  PageNumber last_number_ = ~PageNumber{0};
  Chunk* last_ = nullptr;
};

}  // namespace tarn::pager
