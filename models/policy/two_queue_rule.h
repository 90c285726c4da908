// The memory of the hardware's policy: two FIFO queues of frames and a ghost, under a rule that may change at any time.
// Everything is a push or pop at the end of a ring, or a counter of two bits in the frame's state: no list is mended on
// a hit. See docs/policy.md.
#pragma once

#include <cstdint>
#include <vector>

#include "models/policy/page_cache.h"
#include "models/policy/page_lists.h"

namespace tarn::policy {

// One way to run the two queues. Shares are of the frames.
struct QueueRule {
  static constexpr std::uint8_t kNeverPromote = 0xff;

  double young_share = 0.1;         // of the queue that new pages enter
  std::uint8_t promote_hits = 2;    // a page at the young queue's end with so many hits moves to the old queue
  double ghost_share = 0.5;         // pages that left the young queue and are remembered
  std::uint32_t challenge_max = 0;  // a remembered page gets into the full old queue only if one of so many pages at
                                    // its end had no hit; 0: always
};

class TwoQueueMemory {
 public:
  // frames >= 1; accesses are to pages below `pages`.
  TwoQueueMemory(std::uint32_t frames, PageId pages, const QueueRule& rule);

  bool Access(PageId page);
  void set_rule(const QueueRule& rule);

 private:
  enum : PageLists::List { kYoung, kOld, kGhost };

  std::uint32_t Used() const { return lists_.Size(kYoung) + lists_.Size(kOld); }
  std::uint32_t OldMax() const { return frames_ - young_max_; }
  bool MakeRoom(bool remembered);
  bool Challenge();
  void MoveOverflowToOld();
  void Evict();
  void Promote(PageId page);
  void Remember(PageId page);

  std::uint32_t frames_;
  QueueRule rule_;
  std::uint32_t young_max_ = 1;
  std::uint32_t ghost_max_ = 1;
  PageLists lists_;
  std::vector<std::uint8_t> hits_;  // two bits: hits since the page came into its queue, or since the hand passed it
};

}  // namespace tarn::policy
