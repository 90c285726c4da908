#include "tests/policy/live_gap.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/policy/hardware_cache.h"
#include "models/policy/optimum.h"
#include "models/pool/policy_rules.h"

namespace tarn::policy {

namespace {

struct EpochMisses {
  double optimum = 0, pool = 0, sampled_optimum = 0, sampled_pool = 0;
};

void Judge(const EpochMisses& epoch, GapStudy& study) {
  if (epoch.optimum == 0) return;
  const double offline = epoch.pool / epoch.optimum;
  const double live = epoch.sampled_pool / std::max(epoch.sampled_optimum, 1.0);
  const double percent = std::abs(live / offline - 1) * 100;
  ++study.epochs;
  if (percent > 10) ++study.epochs_over_10;
  study.worst_percent = std::max(study.worst_percent, percent);
  study.sum_percent += percent;
}

}  // namespace

GapStudy StudyLiveGap(const PolicyCase& one, const pool::OptimumShape& shape, std::uint32_t first_segment,
                      std::uint64_t epoch_accesses) {
  const std::vector<bool> missed = OptimumMissed(one.accesses, one.frames, one.pages);
  HardwareCache cache(one.frames, one.pages);
  pool::OptimumEstimate estimate(shape, {.slots = one.frames});
  GapStudy study;
  EpochMisses epoch;
  for (std::size_t index = 0; index < one.accesses.size(); ++index) {
    const PageId page = one.accesses[index];
    const bool pool_missed = !cache.Access(page);
    epoch.pool += pool_missed ? 1 : 0;
    epoch.optimum += missed[index] ? 1 : 0;
    study.optimum_misses += missed[index] ? 1 : 0;
    if (const std::uint64_t hash = pool::PolicyHash(first_segment + page); estimate.IsSampled(hash)) {
      const bool estimated = estimate.Refer(hash);
      epoch.sampled_pool += pool_missed ? 1 : 0;
      epoch.sampled_optimum += estimated ? 1 : 0;
      ++study.sampled;
      study.wrong += estimated != missed[index] ? 1 : 0;
    }
    const std::uint64_t length = index % epoch_accesses + 1;
    const bool ends = length == epoch_accesses || (index + 1 == one.accesses.size() && length >= epoch_accesses / 2);
    if (!ends) continue;
    Judge(epoch, study);
    epoch = {};
  }
  return study;
}

}  // namespace tarn::policy
