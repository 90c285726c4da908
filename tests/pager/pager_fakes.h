// An address space and a store for tests of the pager alone: they hold contents, and can be made to fail.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
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
  std::vector<PageNumber> forbidden;
  std::uint64_t wakes = 0;
  bool drop_fails = false;
  bool guard_is_lost = false;  // planted: pages come without the guard that was asked for

  std::uint32_t Place(PageNumber first, std::uint32_t count, const Page* contents, bool protect) override {
    for (std::uint32_t index = 0; index < count; ++index) {
      if (!pages.try_emplace(first + index, contents[index], protect && !guard_is_lost).second) return index;
    }
    return count;
  }
  void AllowWrites(PageNumber page) override { pages.at(page).guarded = false; }
  void ForbidWrites(PageNumber page) override { forbidden.push_back(page); }
  bool Take(std::span<const PageNumber> taken, std::span<const PageNumber> kept, Page* contents) override {
    for (const PageNumber page : kept) {
      const Mapped& mapped = pages[page];  // zeros, if it is not there
      EXPECT_FALSE(mapped.guarded);
      EXPECT_TRUE(std::ranges::binary_search(taken, page));
      *contents++ = mapped.content;
    }
    if (drop_fails) return false;
    for (const PageNumber page : taken) pages.erase(page);
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
  bool cheap = true;
  StoreId shared_below = 0;
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
  bool IsShared(StoreId id) const override { return id < shared_below; }
  Status Write(StoreId id, const Page& content) override {
    EXPECT_FALSE(IsShared(id));
    if (gone) return Status::Error("the store is gone");
    if (!lost_writes.contains(writes++)) pages[id] = content;
    return {};
  }
  void Flush() override {}
  Status Read(StoreId id, Page& content) override {
    if (gone) return Status::Error("the store is gone");
    content = pages[id];
    return {};
  }
  Result<bool> Holds(StoreId id, const Page& content) override {
    if (gone) return Status::Error("the store is gone");
    return pages[id] == content;
  }
  bool reads_cheaply() const override { return cheap; }

 private:
  StoreId next_ = 0;
  std::uint64_t allocated_ = 0;
};

}  // namespace tarn::pager
