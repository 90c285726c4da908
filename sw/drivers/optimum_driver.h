// The pool's live estimate of what Belady's optimum misses, as software sees it (rtl/pool/optimum.md, programmer's
// guide).
#pragma once

#include <cstdint>
#include <optional>

#include "models/common/result.h"
#include "sw/hal/platform.h"

namespace tarn::drivers {

// A whole epoch, of the segments followed.
struct OptimumEpoch {
  std::uint32_t number = 0;  // from 0 on, modulo 2^27
  std::uint32_t accesses = 0;
  std::uint32_t pool_misses = 0;
  std::uint32_t optimum_misses = 0;
  std::uint32_t dropped = 0;  // that the estimate had no time for
};

class OptimumDriver {
 public:
  static constexpr std::uint32_t kLog2EpochMin = 8;
  static constexpr std::uint32_t kLog2EpochMax = 24;

  explicit OptimumDriver(hal::Platform& platform) : platform_(platform) {}

  // Whether the node has such an estimate: without one it never begins.
  Result<bool> Present();
  // Begins anew: epochs of 2^log2_epoch accesses, one segment in 2^log2_sampling followed, or fewer if the slots in
  // service are many. When it returns, the next access is the first one heard.
  Status Start(std::uint32_t log2_epoch, std::uint32_t log2_sampling = 0);
  // The last whole epoch; nothing before the first is over.
  Result<std::optional<OptimumEpoch>> ReadLast();

 private:
  Result<std::uint32_t> Read(std::uint32_t offset);

  hal::Platform& platform_;
};

}  // namespace tarn::drivers
