// The Verilated pool_wide (CMakeLists.txt has the same numbers) and its bench.
#pragma once

#include <cstdint>

#include "Vpool_wide.h"
#include "tb/pool/pool_bench.h"

namespace tarn::tests {

struct WideShape {
  static constexpr std::uint32_t kHosts = 4;
  static constexpr std::uint32_t kSegmentBytes = 65536;
  static constexpr std::uint32_t kSlots = 16;
  static constexpr std::uint32_t kWindowSegments = 32;
  static constexpr std::uint32_t kSegmentsPerHost = 4194304;
  static constexpr pool::OptimumShape kOptimum{};
  static constexpr std::uint32_t kReserveSlots = 2;
  static constexpr std::uint32_t kHostEntries = 32;
  static constexpr std::uint32_t kSlotsBesideFloors = 8 + 2;  // NumEngines, ReserveSlots
};

using WideBench = tb::PoolBench<Vpool_wide, WideShape>;

}  // namespace tarn::tests
