#include "models/policy/simple_caches.h"

namespace tarn::policy {

bool FifoCache::Access(PageId page) {
  if (lists_.ListOf(page) == 0) return true;
  if (lists_.Size(0) == frames_) lists_.PopBack(0);
  lists_.PushFront(0, page);
  return false;
}

bool LruCache::Access(PageId page) {
  if (lists_.ListOf(page) == 0) {
    lists_.MoveToFront(0, page);
    return true;
  }
  if (lists_.Size(0) == frames_) lists_.PopBack(0);
  lists_.PushFront(0, page);
  return false;
}

bool ClockCache::Access(PageId page) {
  if (lists_.ListOf(page) == 0) {
    referenced_[page] = 1;
    return true;
  }
  if (lists_.Size(0) == frames_) {
    while (referenced_[lists_.Back(0)] != 0) {
      referenced_[lists_.Back(0)] = 0;
      lists_.MoveToFront(0, lists_.Back(0));
    }
    lists_.PopBack(0);
  }
  referenced_[page] = 0;
  lists_.PushFront(0, page);
  return false;
}

void SieveCache::Evict() {
  if (hand_ == PageLists::kNoPage) hand_ = lists_.Back(0);
  while (visited_[hand_] != 0) {
    visited_[hand_] = 0;
    hand_ = lists_.Ahead(hand_);
    if (hand_ == PageLists::kNoPage) hand_ = lists_.Back(0);
  }
  const PageId victim = hand_;
  hand_ = lists_.Ahead(victim);
  lists_.Remove(victim);
}

bool SieveCache::Access(PageId page) {
  if (lists_.ListOf(page) == 0) {
    visited_[page] = 1;
    return true;
  }
  if (lists_.Size(0) == frames_) Evict();
  visited_[page] = 0;
  lists_.PushFront(0, page);
  return false;
}

}  // namespace tarn::policy
