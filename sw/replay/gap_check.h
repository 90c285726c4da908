// The pool's live gap to Belady's optimum against the offline one, epoch by epoch. Offline: the optimum runs over all
// references of the run in the order that the pool's probe showed, with as many slots, and its misses are counted by
// epoch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "models/pool/pool_messages.h"
#include "sw/drivers/optimum_driver.h"

namespace tarn::replay {

class GapCheck {
 public:
  static constexpr double kDifferenceMax = 0.10;  // of the offline gap

  explicit GapCheck(std::uint32_t log2_epoch) : log2_epoch_(log2_epoch) {}
  // Such that a run of so many accesses has some eight epochs or more, if it is not too short for it.
  static std::uint32_t Log2EpochFor(std::uint64_t accesses);

  // Every event since the estimate began.
  void Observe(const pool::PoolProbe& event);
  // The last epoch as software read it; the same one again counts once.
  void AddLive(const drivers::OptimumEpoch& epoch);

  struct Outcome {
    std::uint32_t epochs = 0;                                            // compared
    std::uint64_t pool_misses = 0, live_misses = 0, offline_misses = 0;  // of segments, in these epochs
    std::uint64_t dropped = 0;                                           // references that the estimate did not hear
    double worst = 0;  // by which the gaps of an epoch differ, as a share of the offline one
    Status status;     // ok: within kDifferenceMax in each epoch
    std::string text;  // for people
  };
  // slots: in service.
  Outcome Compare(std::uint32_t slots) const;

 private:
  struct Epoch {
    std::uint64_t pool_misses = 0, misses = 0;
  };
  std::vector<Epoch> Offline(std::uint32_t slots) const;

  std::uint32_t log2_epoch_;
  std::vector<std::uint64_t> references_;  // {host, segment}
  std::vector<bool> assigns_;              // else accesses
  std::vector<drivers::OptimumEpoch> live_;
};

}  // namespace tarn::replay
