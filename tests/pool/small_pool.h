// The Verilated pool_small (CMakeLists.txt has the same numbers) and its bench.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

#include "Vpool_small.h"
#include "tb/pool/pool_bench.h"

namespace tarn::tests {

struct SmallShape {
  static constexpr std::uint32_t kHosts = 3;
  static constexpr std::uint32_t kSegmentBytes = 4096;
  static constexpr std::uint32_t kSlots = 8;
  static constexpr std::uint32_t kWindowSegments = 32;
  static constexpr std::uint32_t kSegmentsPerHost = 32;
  static constexpr std::uint32_t kHostEntries = 8;
  static constexpr pool::OptimumShape kOptimum{.slots_max = 4, .history = 16, .sets = 4};
  static constexpr std::uint32_t kReserveSlots = 1;
  static constexpr std::uint32_t kSlotsBesideFloors = 3 + 1;  // NumEngines, ReserveSlots
};

using SmallBench = tb::PoolBench<Vpool_small, SmallShape>;

// Faults that TARN_PLANT plants (tarn_pool_lookup, tarn_pool_checksum, tarn_pool_optimum), for the names of tests.
inline constexpr unsigned kPlantChangedPageServed = 12;
inline constexpr unsigned kPlantChecksumForgotten = 13;
inline constexpr unsigned kPlantEngineFloorIgnored = 14;
inline constexpr unsigned kPlantOptimumLooksBackTooLittle = 15;
inline constexpr unsigned kPlantLostPageZero = 16;
inline constexpr unsigned kPlantMoveLosesWrites = 17;
inline std::string PlantName(const testing::TestParamInfo<unsigned>& info) {
  if (info.param == kPlantOptimumLooksBackTooLittle) return "OptimumLooksBackTooLittle";
  if (info.param == kPlantMoveLosesWrites) return "MoveLosesWrites";
  if (info.param == kPlantEngineFloorIgnored) return "EngineFloorIgnored";
  if (info.param == kPlantLostPageZero) return "LostPageZero";
  if (info.param == kPlantChangedPageServed) return "ChangedPageServed";
  if (info.param == kPlantChecksumForgotten) return "ChecksumForgotten";
  const std::array<std::string, 12> names = {"None",
                                             "WrongBitInAMapEntry",
                                             "DroppedWrite",
                                             "SwappedHost",
                                             "DirtyBitLost",
                                             "AccessNotNoted",
                                             "FloorIgnored",
                                             "LineServedTooEarly",
                                             "WrongBitsInTheMapsCache",
                                             "WalksNotCounted",
                                             "ShareIgnored",
                                             "EvictionCapIgnored"};
  return names.at(info.param);
}

}  // namespace tarn::tests
