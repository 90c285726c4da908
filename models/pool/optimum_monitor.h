// The pool's live estimate of the optimum as the registers have it: hears the probe, samples, counts by epoch
// (rtl/pool/optimum.md). Untimed; who lays it beside the RTL says which events that dropped.
#pragma once

#include <cstdint>
#include <optional>

#include "models/pool/optimum_estimate.h"
#include "models/pool/pool_messages.h"

namespace tarn::pool {

// Of an epoch, of the sampled segments.
struct OptimumResult {
  std::uint32_t accesses = 0;
  std::uint32_t pool_misses = 0;
  std::uint32_t misses = 0;   // of the optimum
  std::uint32_t dropped = 0;  // accesses, assignments and releases that were not heard

  bool operator==(const OptimumResult&) const = default;
};

class OptimumMonitor {
 public:
  struct Config {
    OptimumShape shape;
    OptimumSettings settings;
    std::uint32_t segments_per_host = 0;  // a power of two
    std::uint32_t log2_epoch = 17;        // accesses, of all segments
  };
  struct Heard {
    bool followed = false;                // of a sampled segment, and not another access to the one heard last
    std::optional<bool> missed;           // by the optimum; nothing if it was dropped or does not concern it
    std::optional<OptimumResult> result;  // of the epoch that ends with this event
  };

  explicit OptimumMonitor(const Config& config);

  std::uint32_t log2_sampling() const { return estimate_.log2_sampling(); }
  // dropped: the hardware had no room for it. It only counts if it would be followed.
  Heard Observe(const PoolProbe& event, bool dropped = false);

 private:
  Config config_;
  OptimumEstimate estimate_;
  OptimumResult counts_;
  std::uint64_t accesses_ = 0;              // in this epoch, of all segments
  std::optional<std::uint64_t> last_hash_;  // heard last, unless that was a release
};

}  // namespace tarn::pool
