// The IOMMU's figures in cycles, measured at the ports of the Verilated unit with its default parameters.
// L: cycles from a walk's read request to its data. Latency: request accepted to translated request valid.
#pragma once

#include <cstdint>

namespace tarn::tests {

struct LatencyFigures {
  std::uint64_t front_hit_cycles = 0, large_page_front_hit_cycles = 0;  // used just before
  std::uint64_t second_level_hit_cycles = 0;                            // others were used since
  std::uint64_t sv39_cold_cycles = 0;                                   // only the device context is kept
  std::uint64_t sv39_warm_cycles = 0;                                   // all but the leaf is
};
LatencyFigures MeasureLatency(unsigned walk_cycles);

// Sv39 over Sv39x4. Cold: only the device context is kept; each table lies in a gigabyte of its own, so that one walk's
// steps do not help each other. Warm: all but the leaves of both stages is kept.
struct NestedFigures {
  std::uint64_t cold_cycles = 0, warm_cycles = 0;
};
NestedFigures MeasureNested(unsigned walk_cycles);
// 32 pages that follow each other, asked for one a cycle: cycles until the last has left, per page.
enum class NestedStart {
  kCold,           // only the device context is kept
  kColdDirectory,  // not even that; three levels
  kDisjoint,       // only the device context, and every page has tables of its own in both stages
  kWarm            // only the leaves are missing
};
double MeasureNestedPages(unsigned walk_cycles, NestedStart start);

// Mix: 64 devices with a page each, reads and writes. misses: walks that take long meanwhile.
double MeasureHitsPerCycle(unsigned misses, std::uint64_t requests);
// How much longer a hit takes while a miss waits for a table of 100 cycles a read.
std::int64_t MeasureHitUnderMissAddedCycles();
// One device asks for pages that are nowhere kept, as fast as they are taken; another now and then for a page that is
// kept, and for one that is not. Cycles from when its request stands at the port to its way out, at most. A walk reads
// the leaf.
struct StormFigures {
  std::uint64_t hit_cycles_max = 0, miss_cycles_max = 0;
};
StormFigures MeasureStorm(unsigned walk_cycles);
// Walks that 16 misses to one page cause.
double MeasureSamePageWalks();
// Longest gap between two hits while an invalidation goes through every set.
std::uint64_t MeasureInvalidateStallCyclesMax();
// Clock cycles of the unit under the mix, simulated per second of the host's time.
double MeasureSimulationSpeed(std::uint64_t requests);

}  // namespace tarn::tests
