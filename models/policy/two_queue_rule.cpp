#include "models/policy/two_queue_rule.h"

#include <algorithm>

namespace tarn::policy {

namespace {
constexpr std::uint8_t kHitsMax = 3;

std::uint32_t ShareOf(std::uint32_t frames, double share) {
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(frames * share));
}
}  // namespace

TwoQueueMemory::TwoQueueMemory(std::uint32_t frames, PageId pages, const QueueRule& rule)
    : frames_(frames), lists_(pages, 3), hits_(pages, 0) {
  set_rule(rule);
}

void TwoQueueMemory::set_rule(const QueueRule& rule) {
  rule_ = rule;
  young_max_ = ShareOf(frames_, rule.young_share);
  ghost_max_ = ShareOf(frames_, rule.ghost_share);
}

void TwoQueueMemory::Promote(PageId page) {
  hits_[page] = 0;
  lists_.PushFront(kOld, page);
}

void TwoQueueMemory::Remember(PageId page) {
  while (lists_.Size(kGhost) >= ghost_max_) lists_.PopBack(kGhost);
  lists_.PushFront(kGhost, page);
}

// After a start, or when a rule with a smaller young queue took over: what is there stays.
void TwoQueueMemory::MoveOverflowToOld() {
  while (lists_.Size(kYoung) > young_max_ && lists_.Size(kOld) < OldMax()) Promote(lists_.PopBack(kYoung));
}

void TwoQueueMemory::Evict() {
  MoveOverflowToOld();
  while (true) {
    if (lists_.Size(kOld) == 0 || lists_.Size(kYoung) >= young_max_) {
      const PageId page = lists_.PopBack(kYoung);
      if (hits_[page] < rule_.promote_hits) {
        Remember(page);
        return;
      }
      Promote(page);
    } else {
      const PageId page = lists_.PopBack(kOld);
      if (hits_[page] == 0) return;
      --hits_[page];
      lists_.PushFront(kOld, page);
    }
  }
}

// Frees a frame of the old queue, unless the pages at its end are all in use.
bool TwoQueueMemory::Challenge() {
  for (std::uint32_t step = 0; step < rule_.challenge_max && lists_.Size(kOld) != 0; ++step) {
    const PageId page = lists_.PopBack(kOld);
    if (hits_[page] == 0) return true;
    --hits_[page];
    lists_.PushFront(kOld, page);
  }
  return false;
}

// Frees a frame; whether the page that comes in goes to the old queue.
bool TwoQueueMemory::MakeRoom(bool remembered) {
  if (remembered && rule_.challenge_max != 0 && lists_.Size(kOld) >= OldMax()) {
    if (Challenge()) return true;
    remembered = false;
  }
  Evict();
  return remembered;
}

bool TwoQueueMemory::Access(PageId page) {
  const PageLists::List list = lists_.ListOf(page);
  if (list == kYoung || list == kOld) {
    hits_[page] = std::min<std::uint8_t>(hits_[page] + 1, kHitsMax);
    return true;
  }
  bool to_old = list == kGhost;
  if (to_old) lists_.Remove(page);
  if (Used() == frames_) to_old = MakeRoom(to_old);
  hits_[page] = 0;
  lists_.PushFront(to_old ? kOld : kYoung, page);
  return false;
}

}  // namespace tarn::policy
