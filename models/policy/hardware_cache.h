// The hardware's policy: two queues (two_queue_rule.h) under that one of a few rules which misses least in small shadow
// memories, each of which replays the accesses to a sample of the pages. See docs/policy.md.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/policy/page_cache.h"
#include "models/policy/two_queue_rule.h"

namespace tarn::policy {

struct HardwareSettings {
  std::uint32_t shadow_frames = 512;  // of one shadow; sets which share of the pages is sampled
  std::uint32_t epoch_misses = 256;   // sampled accesses that missed in any shadow, from one choice to the next
  double memory = 0.8;                // what an epoch's misses count in the next one
  double advantage = 0.02;            // share by which another rule must miss less to take over
};

class HardwareCache : public PageCache {
 public:
  HardwareCache(std::uint32_t frames, PageId pages, const HardwareSettings& settings = {});

  bool Access(PageId page) override;

  // The rules among which it chooses; it begins with the first.
  static std::span<const QueueRule> Rules();

 private:
  struct Shadow {
    TwoQueueMemory memory;
    std::uint32_t misses = 0;  // of this epoch
    double score = 0;          // misses of the epochs before, the older the less
  };
  void Sample(PageId page);
  void Choose();

  HardwareSettings settings_;
  std::uint64_t sampled_below_;  // a page is sampled if its hash is below; of 2^32
  TwoQueueMemory memory_;
  std::vector<Shadow> shadows_;
  std::uint32_t epoch_misses_ = 0;
  std::size_t chosen_ = 0;
};

}  // namespace tarn::policy
