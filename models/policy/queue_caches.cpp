#include "models/policy/queue_caches.h"

#include <algorithm>

namespace tarn::policy {

namespace {
constexpr std::uint8_t kHitsMax = 3;
constexpr std::uint8_t kHitsToMain = 2;
}  // namespace

void TwoQueueCache::Evict() {
  if (lists_.Size(kIn) <= in_max_) {
    lists_.PopBack(kMain);
    return;
  }
  const PageId victim = lists_.PopBack(kIn);
  if (out_max_ == 0) return;
  if (lists_.Size(kOut) == out_max_) lists_.PopBack(kOut);
  lists_.PushFront(kOut, victim);
}

bool TwoQueueCache::Access(PageId page) {
  const PageLists::List list = lists_.ListOf(page);
  if (list == kIn) return true;
  if (list == kMain) {
    lists_.MoveToFront(kMain, page);
    return true;
  }
  if (list == kOut) lists_.Remove(page);
  if (lists_.Size(kIn) + lists_.Size(kMain) == frames_) Evict();
  lists_.PushFront(list == kOut ? kMain : kIn, page);
  return false;
}

S3FifoCache::S3FifoCache(std::uint32_t frames, PageId pages)
    : frames_(frames),
      main_max_(frames - frames / 10),
      ghost_max_(static_cast<std::uint32_t>(std::uint64_t{frames} * 9 / 10)),
      lists_(pages, 3),
      hits_(pages, 0) {}

void S3FifoCache::Remember(PageId page) {
  if (ghost_max_ == 0) return;
  if (lists_.Size(kGhost) == ghost_max_) lists_.PopBack(kGhost);
  lists_.PushFront(kGhost, page);
}

// False if all that was there has gone to the main queue.
bool S3FifoCache::EvictFromSmall() {
  while (lists_.Size(kSmall) != 0) {
    const PageId page = lists_.PopBack(kSmall);
    if (hits_[page] < kHitsToMain) {
      Remember(page);
      return true;
    }
    hits_[page] = 0;
    lists_.PushFront(kMain, page);
  }
  return false;
}

void S3FifoCache::EvictFromMain() {
  while (hits_[lists_.Back(kMain)] != 0) {
    --hits_[lists_.Back(kMain)];
    lists_.MoveToFront(kMain, lists_.Back(kMain));
  }
  lists_.PopBack(kMain);
}

void S3FifoCache::EvictOne() {
  if (lists_.Size(kMain) > main_max_ || !EvictFromSmall()) EvictFromMain();
}

bool S3FifoCache::Access(PageId page) {
  const PageLists::List list = lists_.ListOf(page);
  if (list == kSmall || list == kMain) {
    hits_[page] = std::min<std::uint8_t>(hits_[page] + 1, kHitsMax);
    return true;
  }
  if (list == kGhost) lists_.Remove(page);
  if (lists_.Size(kSmall) + lists_.Size(kMain) == frames_) EvictOne();
  hits_[page] = 0;
  lists_.PushFront(list == kGhost ? kMain : kSmall, page);
  return false;
}

// While there is room a page goes into the lowest segment that has some.
PageLists::List SegmentedLruCache::SegmentForNew() const {
  for (PageLists::List segment = 0; segment < kSegments; ++segment) {
    if (lists_.Size(segment) < segment_max_) return segment;
  }
  return 0;
}

void SegmentedLruCache::Evict() {
  PageLists::List segment = 0;
  while (lists_.Size(segment) == 0) ++segment;
  lists_.PopBack(segment);
}

bool SegmentedLruCache::Access(PageId page) {
  PageLists::List segment = lists_.ListOf(page);
  if (segment == PageLists::kNoList) {
    if (used_ == frames_) {
      Evict();
    } else {
      ++used_;
    }
    lists_.PushFront(SegmentForNew(), page);
    return false;
  }
  if (segment + 1 < kSegments) ++segment;
  lists_.MoveToFront(segment, page);
  for (; segment > 0 && lists_.Size(segment) > segment_max_; --segment) {
    lists_.PushFront(segment - 1, lists_.PopBack(segment));
  }
  return true;
}

}  // namespace tarn::policy
