// Policies of one queue: FIFO, LRU, CLOCK, SIEVE.
#pragma once

#include <cstdint>
#include <vector>

#include "models/policy/page_cache.h"
#include "models/policy/page_lists.h"

namespace tarn::policy {

// All of them: frames >= 1; accesses are to pages below `pages`.
class FifoCache : public PageCache {
 public:
  FifoCache(std::uint32_t frames, PageId pages) : frames_(frames), lists_(pages, 1) {}
  bool Access(PageId page) override;

 private:
  std::uint32_t frames_;
  PageLists lists_;
};

class LruCache : public PageCache {
 public:
  LruCache(std::uint32_t frames, PageId pages) : frames_(frames), lists_(pages, 1) {}
  bool Access(PageId page) override;

 private:
  std::uint32_t frames_;
  PageLists lists_;
};

// One bit a page, clear when the page comes in: a page found with its bit set goes to the front once more.
class ClockCache : public PageCache {
 public:
  ClockCache(std::uint32_t frames, PageId pages) : frames_(frames), lists_(pages, 1), referenced_(pages, 0) {}
  bool Access(PageId page) override;

 private:
  std::uint32_t frames_;
  PageLists lists_;
  std::vector<std::uint8_t> referenced_;
};

// Zhang et al., "SIEVE is Simpler than LRU" (NSDI 2024): the hand passes pages without moving them.
class SieveCache : public PageCache {
 public:
  SieveCache(std::uint32_t frames, PageId pages) : frames_(frames), lists_(pages, 1), visited_(pages, 0) {}
  bool Access(PageId page) override;

 private:
  void Evict();
  std::uint32_t frames_;
  PageLists lists_;
  std::vector<std::uint8_t> visited_;
  PageId hand_ = PageLists::kNoPage;  // kNoPage: begins at the back
};

}  // namespace tarn::policy
