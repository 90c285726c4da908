// How close the pool's live estimate of the optimum comes to the optimum itself, epoch by epoch: the golden model
// (models/pool/optimum_estimate.h) on a recorded or made trace.
#pragma once

#include <cstdint>

#include "models/pool/optimum_estimate.h"
#include "tests/policy/policy_cases.h"

namespace tarn::policy {

inline constexpr std::uint64_t kGapEpochAccesses = 1 << 17;  // what the hardware begins with

// The gap of an epoch: the misses of the pool's policy over those of the optimum. Offline the optimum runs over the
// whole trace, knowing all of it, and its misses are counted by epoch; live both are counted on the sampled segments
// alone.
struct GapStudy {
  unsigned epochs = 0;          // with a miss of the optimum; a last one of less than half the length does not count
  unsigned epochs_over_10 = 0;  // live and offline gap differ by more than 10% of the offline one
  double worst_percent = 0;     // by which they differ
  double sum_percent = 0;
  std::uint64_t optimum_misses = 0;  // offline, of the whole trace
  std::uint64_t sampled = 0;         // accesses
  std::uint64_t wrong = 0;  // of the sampled: the estimate says miss where the optimum hits, or the other way round
};

// first_segment: the segments' numbers begin there, which changes what is sampled.
GapStudy StudyLiveGap(const PolicyCase& one, const pool::OptimumShape& shape, std::uint32_t first_segment,
                      std::uint64_t epoch_accesses = kGapEpochAccesses);

}  // namespace tarn::policy
