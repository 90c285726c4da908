// The Verilated pool_board (CMakeLists.txt has the same numbers) and its bench: with all that makes a pool small enough
// for a board, and without what is left out there.
#pragma once

#include <cstdint>

#include "Vpool_board.h"
#include "tb/pool/pool_bench.h"

namespace tarn::tests {

struct BoardShape {
  static constexpr bool kWithoutMonitors = true;  // hotness, optimum, latencies
  static constexpr std::uint32_t kHosts = 2;
  static constexpr std::uint32_t kWalks = 0x2;  // one host has an IOMMU
  static constexpr bool kHostAtomics = false;
  static constexpr bool kWalkAtomics = false;
  static constexpr bool kWalkHalves = true;
  static constexpr std::uint32_t kSegmentBytes = 16384;
  static constexpr std::uint32_t kSlots = 12;
  static constexpr std::uint32_t kWindowSegments = 32;
  static constexpr std::uint32_t kSegmentsPerHost = 32;
  static constexpr pool::OptimumShape kOptimum{};
  static constexpr std::uint32_t kReserveSlots = 2;
  static constexpr std::uint32_t kShadowFrames = 0;
  static constexpr std::uint32_t kHostEntries = 8;
  static constexpr std::uint32_t kSlotsBesideFloors = 3 + 2;  // NumEngines, ReserveSlots
};

using BoardBench = tb::PoolBench<Vpool_board, BoardShape>;

// More segments than slots.
inline const tb::Traffic kBoardTraffic = {.segments = 10, .lines = 16, .hot_percent = 70, .outstanding = 12};

}  // namespace tarn::tests
