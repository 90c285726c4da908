// An address space and a store for tests of the pager alone: they hold contents, and can be made to fail.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <span>
#include <vector>

#include "sw/pager/page_memory.h"
#include "sw/pager/page_store.h"

namespace tarn::pager {

// The program's pages as the kernel would have them.
class FakeMemory : public PageMemory {
 public:
  struct Mapped {
    Page content;
    bool guarded = false;
  };
  std::map<PageNumber, Mapped> pages;
  std::vector<PageNumber> poisoned;
  std::uint64_t wakes = 0;
  bool drop_fails = false;
  PageNumber hole = ~PageNumber{0};  // an address where nothing is mapped
  bool guard_is_lost = false;        // planted: pages come without the guard that was asked for

  std::uint32_t Place(PageNumber first, std::uint32_t count, const Page* contents, bool protect) override {
    for (std::uint32_t index = 0; index < count; ++index) {
      if (!pages.try_emplace(first + index, contents[index], protect && !guard_is_lost).second) return index;
    }
    return count;
  }
  bool Protect(PageNumber first, std::uint32_t count, bool protect) override {
    if (hole >= first && hole < first + count) return false;
    for (auto at = pages.lower_bound(first); at != pages.end() && at->first < first + count; ++at) {
      at->second.guarded = protect;
    }
    return true;
  }
  void Read(PageNumber page, Page& content) override { content = pages.at(page).content; }
  bool Drop(std::span<const PageNumber> dropped) override {
    if (drop_fails) return false;
    for (const PageNumber page : dropped) pages.erase(page);
    return true;
  }
  void Wake(PageNumber, std::uint32_t) override { ++wakes; }
  void Poison(PageNumber page) override {
    if (!pages.contains(page)) poisoned.push_back(page);
  }
};

class FakeStore : public PageStore {
 public:
  std::map<StoreId, Page> pages;
  std::uint64_t writes = 0;
  bool gone = false;
  std::set<std::uint64_t> lost_writes;  // planted: the writes of these numbers are forgotten
  std::uint64_t pages_max = ~std::uint64_t{0};

  Result<StoreId> Allocate() override {
    if (gone) return Status::Error("the store is gone");
    if (allocated_ == pages_max) return Status::Error("the store is full");
    ++allocated_;
    return next_++;
  }
  void Free(StoreId id) override {
    pages.erase(id);
    --allocated_;
  }
  Status Write(StoreId id, const Page& content) override {
    if (gone) return Status::Error("the store is gone");
    if (!lost_writes.contains(writes++)) pages[id] = content;
    return {};
  }
  Status Read(StoreId id, Page& content) override {
    if (gone) return Status::Error("the store is gone");
    content = pages[id];
    return {};
  }

 private:
  StoreId next_ = 0;
  std::uint64_t allocated_ = 0;
};

}  // namespace tarn::pager
