// The pool's replacement policy (models/pool/adaptive_policy.h) as a study sees it: pages come one after the other, and
// as in the pool some slots are freed ahead of need. See docs/policy.md.
#pragma once

#include <cstdint>
#include <vector>

#include "models/policy/page_cache.h"
#include "models/pool/adaptive_policy.h"

namespace tarn::policy {

struct HardwareSettings {
  std::uint32_t reserve = 2;  // slots kept free, of the frames; fewer when there are fewer than 3
  std::uint32_t burst = 1;    // the reserve is filled up after so many misses at once; between, what is free is used up
  std::uint32_t slots_max = 0;        // that the hardware was built for; 0: as many as there are frames
  std::uint32_t shadow_frames = 512;  // 0: no shadows
};

class HardwareCache : public PageCache {
 public:
  HardwareCache(std::uint32_t frames, PageId pages, const HardwareSettings& settings = {});

  bool Access(PageId page) override;

 private:
  // The slot that was assigned last has its page on its way: it may not go.
  class Uses : public pool::SlotUses {
   public:
    pool::SlotUse UseOf(pool::SlotIndex slot) const override {
      return slot == busy_ ? pool::SlotUse::kBusy : pool::SlotUse::kEvictable;
    }
    void set_busy(pool::SlotIndex slot) { busy_ = slot; }

   private:
    pool::SlotIndex busy_ = pool::kNoSlot;
  };

  void Evict();
  void BringIn(PageId page);

  HardwareSettings settings_;
  pool::AdaptivePolicy policy_;
  Uses uses_;
  std::vector<pool::SlotIndex> slot_of_;  // of pages
  std::vector<PageId> page_in_;           // of slots
  std::vector<pool::SlotIndex> free_;
  std::uint32_t misses_ = 0;  // since the reserve was filled up
};

}  // namespace tarn::policy
