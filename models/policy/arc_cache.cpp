#include "models/policy/arc_cache.h"

#include <algorithm>

namespace tarn::policy {

void ArcCache::Adapt(bool hit_once_ghost) {
  const double once = lists_.Size(kOnceGhost);
  const double often = lists_.Size(kOftenGhost);
  if (hit_once_ghost) {
    once_target_ = std::min<double>(once_target_ + std::max(often / once, 1.0), frames_);
  } else {
    once_target_ = std::max(once_target_ - std::max(once / often, 1.0), 0.0);
  }
}

// The paper's REPLACE.
void ArcCache::Replace(bool hit_often_ghost) {
  const double once = lists_.Size(kOnce);
  const bool from_once = once > 0 && (once > once_target_ || (hit_often_ghost && once == once_target_));
  if (from_once || lists_.Size(kOften) == 0) {
    lists_.PushFront(kOnceGhost, lists_.PopBack(kOnce));
  } else {
    lists_.PushFront(kOftenGhost, lists_.PopBack(kOften));
  }
}

// The paper's case IV.
void ArcCache::MakeRoomForNew() {
  if (lists_.Size(kOnce) + lists_.Size(kOnceGhost) >= frames_) {
    if (lists_.Size(kOnceGhost) == 0) {
      lists_.PopBack(kOnce);
      return;
    }
    lists_.PopBack(kOnceGhost);
  } else if (Resident() + lists_.Size(kOnceGhost) + lists_.Size(kOftenGhost) >= 2 * std::uint64_t{frames_}) {
    lists_.PopBack(kOftenGhost);
  }
  if (Resident() == frames_) Replace(/*hit_often_ghost=*/false);
}

bool ArcCache::Access(PageId page) {
  const PageLists::List list = lists_.ListOf(page);
  switch (list) {
    case kOnce:
    case kOften:
      lists_.MoveToFront(kOften, page);
      return true;
    case kOnceGhost:
    case kOftenGhost:
      Adapt(list == kOnceGhost);
      lists_.Remove(page);
      if (Resident() == frames_) Replace(list == kOftenGhost);
      lists_.PushFront(kOften, page);
      return false;
    default:
      MakeRoomForNew();
      lists_.PushFront(kOnce, page);
      return false;
  }
}

}  // namespace tarn::policy
