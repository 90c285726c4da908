// The Verilated pools of this folder (CMakeLists.txt has the same numbers), and their benches.
#pragma once

#include <cstdint>

#include "Vpool_small.h"
#include "Vpool_wide.h"
#include "tb/pool/pool_bench.h"

namespace tarn::tests {

struct SmallShape {
  static constexpr std::uint32_t kHosts = 3;
  static constexpr std::uint32_t kSegmentBytes = 4096;
  static constexpr std::uint32_t kSlots = 8;
  static constexpr std::uint32_t kSegmentsPerHost = 32;
  static constexpr std::uint32_t kHostEntries = 8;
};
struct WideShape {
  static constexpr std::uint32_t kHosts = 4;
  static constexpr std::uint32_t kSegmentBytes = 65536;
  static constexpr std::uint32_t kSlots = 16;
  static constexpr std::uint32_t kSegmentsPerHost = 32;
  static constexpr std::uint32_t kHostEntries = 32;
};

using SmallBench = tb::PoolBench<Vpool_small, SmallShape>;
using WideBench = tb::PoolBench<Vpool_wide, WideShape>;

}  // namespace tarn::tests
