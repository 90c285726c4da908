// Counts accesses by segment as the pool's probe shows them, since the segment got its slot: what the node's hotness
// monitoring must have counted in an epoch that began before the first of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "models/pool/pool_messages.h"
#include "sw/drivers/hotness_driver.h"

namespace tarn::replay {

class AccessTally {
 public:
  explicit AccessTally(std::uint32_t slots) : slots_(slots) {}

  void Observe(const pool::PoolProbe& event);
  // The hot list of the epoch, threshold 1: each entry right, and none missing unless the list overflowed.
  Status Compare(const std::vector<drivers::ListedSegment>& hot, bool overflowed) const;
  // For people: how many segments, and the hottest.
  static std::string Describe(const std::vector<drivers::ListedSegment>& hot);

 private:
  struct Slot {
    std::uint32_t host = 0;
    std::uint32_t segment = 0;
    std::uint64_t accesses = 0;
  };
  std::vector<Slot> slots_;
};

}  // namespace tarn::replay
