#include "models/policy/lirs_cache.h"

namespace tarn::policy {

LirsCache::LirsCache(std::uint32_t frames, PageId pages)
    : frames_(frames),
      high_max_(std::max<std::uint32_t>(1, frames / 100)),
      states_(pages, State::kAbsent),
      stack_(pages, 1),
      queue_(pages, 2) {}

void LirsCache::PushOnStack(PageId page) {
  if (OnStack(page)) stack_.Remove(page);
  stack_.PushFront(0, page);
}

// The page at the stack's bottom is one of low recency, always.
void LirsCache::Prune() {
  while (stack_.Size(0) != 0 && states_[stack_.Back(0)] != State::kLow) {
    const PageId page = stack_.PopBack(0);
    if (states_[page] != State::kGhost) continue;
    queue_.Remove(page);
    states_[page] = State::kAbsent;
  }
}

void LirsCache::DemoteLow() {
  Prune();
  const PageId page = stack_.PopBack(0);
  states_[page] = State::kHigh;
  queue_.PushFront(kResident, page);
  --low_count_;
  Prune();
}

void LirsCache::EvictHigh() {
  const PageId page = queue_.PopBack(kResident);
  if (OnStack(page)) {
    states_[page] = State::kGhost;
    queue_.PushFront(kGhosts, page);
  } else {
    states_[page] = State::kAbsent;
  }
}

// REQUIRES: page is on the stack and on no queue.
void LirsCache::MakeLow(PageId page) {
  states_[page] = State::kLow;
  ++low_count_;
  if (low_count_ > frames_ - high_max_ && low_count_ > 1) DemoteLow();
}

void LirsCache::Miss(PageId page) {
  if (low_count_ + queue_.Size(kResident) == frames_) {
    if (queue_.Size(kResident) == 0) DemoteLow();
    EvictHigh();
  }
  const bool was_ghost = states_[page] == State::kGhost;
  if (was_ghost) queue_.Remove(page);
  PushOnStack(page);
  if (was_ghost || low_count_ < frames_ - high_max_) {
    MakeLow(page);
  } else {
    states_[page] = State::kHigh;
    queue_.PushFront(kResident, page);
  }
}

void LirsCache::LimitStack() {
  while (stack_.Size(0) > 2 * std::uint64_t{frames_} && queue_.Size(kGhosts) != 0) {
    const PageId page = queue_.PopBack(kGhosts);
    stack_.Remove(page);
    states_[page] = State::kAbsent;
  }
}

bool LirsCache::Access(PageId page) {
  const State state = states_[page];
  if (state == State::kLow) {
    PushOnStack(page);
    Prune();
    return true;
  }
  if (state == State::kHigh) {
    const bool comes_soon_again = OnStack(page);
    PushOnStack(page);
    if (comes_soon_again) {
      queue_.Remove(page);
      MakeLow(page);
    } else {
      queue_.MoveToFront(kResident, page);
    }
    return true;
  }
  Miss(page);
  LimitStack();
  return false;
}

}  // namespace tarn::policy
