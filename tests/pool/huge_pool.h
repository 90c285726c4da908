// The Verilated pool_huge (CMakeLists.txt has the same numbers) and its bench: the largest segments that there are, so
// that a map entry takes four lines.
#pragma once

#include <cstdint>

#include "Vpool_huge.h"
#include "tb/pool/pool_bench.h"

namespace tarn::tests {

struct HugeShape {
  static constexpr std::uint32_t kHosts = 2;
  static constexpr std::uint32_t kSegmentBytes = 2 * 1024 * 1024;
  static constexpr std::uint32_t kSlots = 8;
  static constexpr std::uint32_t kWindowSegments = 12;
  static constexpr std::uint32_t kSegmentsPerHost = 64;
  static constexpr pool::OptimumShape kOptimum{.slots_max = 8, .history = 16, .sets = 4};
  static constexpr std::uint32_t kReserveSlots = 1;
  static constexpr std::uint32_t kHostEntries = 16;
  static constexpr std::uint32_t kSlotsBesideFloors = 4 + 1;  // NumEngines, ReserveSlots
};

using HugeBench = tb::PoolBench<Vpool_huge, HugeShape>;

// More segments than slots.
inline const tb::Traffic kHugeTraffic = {.segments = 6, .lines = 8, .hot_percent = 60, .outstanding = 12};

}  // namespace tarn::tests
