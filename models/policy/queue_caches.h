// Policies of several queues with fixed shares: 2Q, S3-FIFO, SLRU. Shares are those that libCacheSim takes unless told
// otherwise, so that its figures can be compared with ours.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/policy/page_cache.h"
#include "models/policy/page_lists.h"

namespace tarn::policy {

// Johnson and Shasha, "2Q" (VLDB 1994), full version: new pages in a FIFO of a quarter, whose last pages are remembered
// (half as many as there are frames); a remembered page goes into an LRU of the rest.
class TwoQueueCache : public PageCache {
 public:
  TwoQueueCache(std::uint32_t frames, PageId pages)
      : frames_(frames), in_max_(frames / 4), out_max_(frames / 2), lists_(pages, 3) {}
  bool Access(PageId page) override;

 private:
  enum : PageLists::List { kIn, kOut, kMain };
  void Evict();
  std::uint32_t frames_;
  std::uint32_t in_max_;
  std::uint32_t out_max_;
  PageLists lists_;
};

// Yang et al., "FIFO queues are all you need for cache eviction" (SOSP 2023): a small FIFO of a tenth, from which pages
// with two hits go to the main FIFO; a ghost of nine tenths.
class S3FifoCache : public PageCache {
 public:
  S3FifoCache(std::uint32_t frames, PageId pages);
  bool Access(PageId page) override;

 private:
  enum : PageLists::List { kSmall, kGhost, kMain };
  void EvictOne();
  bool EvictFromSmall();
  void EvictFromMain();
  void Remember(PageId page);
  std::uint32_t frames_;
  std::uint32_t main_max_;
  std::uint32_t ghost_max_;
  PageLists lists_;
  std::vector<std::uint8_t> hits_;  // of a resident page since it came in or moved, up to kHitsMax
};

// Segmented LRU of four equal segments: a hit goes one segment up, what overflows one down.
class SegmentedLruCache : public PageCache {
 public:
  SegmentedLruCache(std::uint32_t frames, PageId pages)
      : frames_(frames), segment_max_(frames / kSegments), lists_(pages, kSegments) {}
  bool Access(PageId page) override;

 private:
  static constexpr PageLists::List kSegments = 4;
  PageLists::List SegmentForNew() const;
  void Evict();
  std::uint32_t frames_;
  std::uint32_t segment_max_;
  std::uint32_t used_ = 0;
  PageLists lists_;
};

}  // namespace tarn::policy
