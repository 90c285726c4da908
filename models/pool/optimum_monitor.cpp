#include "models/pool/optimum_monitor.h"

#include <utility>

#include "models/pool/policy_rules.h"

namespace tarn::pool {

OptimumMonitor::OptimumMonitor(const Config& config) : config_(config), estimate_(config.shape, config.settings) {}

OptimumMonitor::Heard OptimumMonitor::Observe(const PoolProbe& event, bool dropped) {
  const bool access = event.kind == ProbeEvent::kHit || event.kind == ProbeEvent::kEarly;
  const bool assigned = event.kind == ProbeEvent::kAssign;
  const bool released = event.kind == ProbeEvent::kReleased;
  Heard heard;
  if (!access && !assigned && !released) return heard;
  const std::uint64_t hash = PolicyHash(event.host * config_.segments_per_host + event.segment);
  if (estimate_.IsSampled(hash)) {
    if (access) ++counts_.accesses;
    if (assigned) ++counts_.pool_misses;
    heard.followed = !(access && last_hash_ == hash);
    if (heard.followed && dropped) {
      ++counts_.dropped;
    } else if (heard.followed && released) {
      estimate_.Forget(hash);
      heard.missed = false;
      last_hash_.reset();
    } else if (heard.followed) {
      heard.missed = estimate_.Refer(hash);
      counts_.misses += *heard.missed ? 1 : 0;
      last_hash_ = hash;
    }
  }
  if (access && ++accesses_ == std::uint64_t{1} << config_.log2_epoch) {
    heard.result = std::exchange(counts_, {});
    accesses_ = 0;
  }
  return heard;
}

}  // namespace tarn::pool
