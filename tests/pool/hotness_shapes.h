// The Verilated hotness monitoring units (CMakeLists.txt has the same numbers) and their benches.
#pragma once

#include <cstdint>

#include "Vpool_hotness.h"
#include "Vpool_hotness_small.h"
#include "tb/pool/hotness_bench.h"

namespace tarn::tests {

// Few of everything, so that all that is scarce runs out; with planted faults.
struct SmallHotnessShape {
  static constexpr std::uint32_t kHosts = 3;
  static constexpr std::uint32_t kSegmentPages = 4;
  static constexpr std::uint32_t kSegmentsPerHost = 32;
  static constexpr std::uint32_t kSlots = 12;
  static constexpr unsigned kCounterBits = 6;
  static constexpr unsigned kAgeBits = 3;
  static constexpr std::uint32_t kListEntries = 8;
};

// The defaults.
struct HotnessShape {
  static constexpr std::uint32_t kHosts = 4;
  static constexpr std::uint32_t kSegmentPages = 16;
  static constexpr std::uint32_t kSegmentsPerHost = 4096;
  static constexpr std::uint32_t kSlots = 4096;
  static constexpr unsigned kCounterBits = 16;
  static constexpr unsigned kAgeBits = 8;
  static constexpr std::uint32_t kListEntries = 256;
};

using SmallHotnessBench = tb::HotnessBench<Vpool_hotness_small, SmallHotnessShape>;
using WholeHotnessBench = tb::HotnessBench<Vpool_hotness, HotnessShape>;

}  // namespace tarn::tests
