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
  bool dirty = false;                    // resident, and newer than the store: its writes are not reported
  bool presumed = false;                 // dirty, but perhaps not: nobody said that it was written
  bool shared = false;                   // resident, and perhaps a copy of the process has the very page
  bool sampled = false;                  // has its slot, but was unmapped to see whether it is used

  bool resident() const { return slot != pool::kNoSlot; }
};

// Whether pages of a chunk are written when they come. A page that comes guarded costs a fault more when it is written;
// one that comes unguarded is compared with the store when it leaves.
class WriteHabit {
 public:
  // How the next pages come. Now and then they come guarded all the same, for the habit may have changed.
  bool NextComeOpen() { return written_ >= kOpen && ++since_try_ % kTryInterval != 0; }
  void OnWrittenWhileGuarded() { written_ = static_cast<std::uint8_t>(written_ + (kAll - written_) / kWeight); }
  void OnLeftUnwritten() { written_ = static_cast<std::uint8_t>(written_ - (written_ + kWeight - 1) / kWeight); }

 private:
  static constexpr std::uint8_t kAll = 255;
  static constexpr std::uint8_t kOpen = 48;  // a fifth: a fault costs as much as some comparisons
  static constexpr std::uint8_t kWeight = 4;
  static constexpr std::uint8_t kTryInterval = 64;

  std::uint8_t written_ = 0;  // share of those that came guarded lately
  std::uint8_t since_try_ = 0;
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
    return &last_->entries[page % kChunkPages];
  }
  PageEntry& Touch(PageNumber page) {
    if (PageEntry* entry = Find(page)) return *entry;
    auto& chunk = chunks_[page / kChunkPages];
    chunk = std::make_unique<Chunk>();
    Remember(page / kChunkPages, chunk.get());
    return chunk->entries[page % kChunkPages];
  }
  WriteHabit& HabitOf(PageNumber page) {
    Touch(page);
    return last_->habit;
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
  struct Chunk {
    std::array<PageEntry, kChunkPages> entries;
    WriteHabit habit;
  };
  void Remember(PageNumber number, Chunk* chunk) {
    last_number_ = number;
    last_ = chunk;
  }

  std::unordered_map<PageNumber, std::unique_ptr<Chunk>> chunks_;
  PageNumber last_number_ = ~PageNumber{0};
  Chunk* last_ = nullptr;
};

}  // namespace tarn::pager
