// Lays the golden estimate of the optimum (models/pool/optimum_monitor.h) beside the RTL's: each reference that it
// judges and each epoch's result must be the model's next one, given what the RTL drops; it drops only what finds its
// queue full.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "models/pool/optimum_monitor.h"
#include "models/pool/pool_messages.h"
#include "tb/common/scoreboard.h"

namespace tarn::tb {

struct OptimumCheckerShape {
  pool::OptimumShape shape;
  std::uint32_t segments_per_host = 0;
  std::uint32_t queue_depth = 16;
};

class OptimumChecker {
 public:
  OptimumChecker(const OptimumCheckerShape& shape, Failures& failures) : shape_(shape), failures_(failures) {}

  // Each cycle after reset: the probe's event, what the unit did, and the slots in service and the sampling asked for.
  void Observe(const pool::PoolProbe& event, const pool::OptimumProbe& did, std::uint32_t slots,
               std::uint32_t log2_sampling, std::uint64_t cycle);

  struct Counts {
    std::uint64_t begun = 0, judged = 0, missed = 0, dropped = 0, epochs = 0;
  };
  const Counts& counts() const { return counts_; }
  // Of the last epoch whose end was seen.
  const std::optional<pool::OptimumResult>& last_result() const { return last_result_; }
  // Everything that was heard was judged.
  bool idle() const { return expected_.empty() && !expected_result_; }

 private:
  void Begin(const pool::OptimumProbe& did, std::uint32_t slots, std::uint32_t log2_sampling, std::uint64_t cycle);
  void Hear(const pool::OptimumProbe& did, std::uint64_t cycle);
  void Compare(const pool::OptimumProbe& did, std::uint64_t cycle);
  void Fail(const std::string& what, std::uint64_t cycle);

  OptimumCheckerShape shape_;
  Failures& failures_;
  std::optional<pool::OptimumMonitor> model_;  // none while it is not active
  pool::PoolProbe before_;                     // the event of the cycle before, if it was heard
  std::deque<bool> expected_;                  // whether the optimum misses
  std::optional<pool::OptimumResult> expected_result_;
  std::optional<pool::OptimumResult> last_result_;
  Counts counts_;
};

}  // namespace tarn::tb
