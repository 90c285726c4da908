// The live estimate of the optimum in the functional pool: its registers, over the golden monitor. Nothing is ever
// dropped.
#pragma once

#include <cstdint>
#include <optional>

#include "models/pool/optimum_monitor.h"
#include "models/pool/pool.h"
#include "models/pool/pool_register_file.h"

namespace tarn::pool {

class PoolOptimum {
 public:
  // Both must live as long.
  PoolOptimum(Pool& pool, PoolRegisterFile& registers);

  // Begins anew with so many slots in service, if they are others than before.
  void SetSlots(std::uint32_t slots);

 private:
  void Begin();
  void OnProbe(const PoolProbe& event);

  Pool& pool_;
  PoolRegisterFile& registers_;
  std::uint32_t slots_;
  std::uint64_t control_;  // as it was when it began
  std::optional<OptimumMonitor> monitor_;
  OptimumResult result_;
  std::uint32_t epochs_ = 0;
};

}  // namespace tarn::pool
