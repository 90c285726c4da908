// Jiang and Zhang, "LIRS: an efficient low inter-reference recency set replacement policy" (SIGMETRICS 2002), with one
// frame in a hundred (but one at least) for pages of high recency, and a stack of at most twice as many pages as
// frames.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/policy/page_cache.h"
#include "models/policy/page_lists.h"

namespace tarn::policy {

class LirsCache : public PageCache {
 public:
  LirsCache(std::uint32_t frames, PageId pages);
  bool Access(PageId page) override;

 private:
  enum class State : std::uint8_t { kAbsent, kLow, kHigh, kGhost };  // kGhost: on the stack, not resident
  // In queue_: resident pages of high recency, and apart from these the ghosts in the order in which they became some.
  enum : PageLists::List { kResident, kGhosts };

  bool OnStack(PageId page) const { return stack_.ListOf(page) == 0; }
  void PushOnStack(PageId page);
  void Prune();
  void DemoteLow();
  void EvictHigh();
  void MakeLow(PageId page);
  void Miss(PageId page);
  void LimitStack();

  std::uint32_t frames_;
  std::uint32_t high_max_;
  std::uint32_t low_count_ = 0;
  std::vector<State> states_;
  PageLists stack_;
  PageLists queue_;
};

}  // namespace tarn::policy
