// The IOMMU's figures in cycles, measured at the ports of the Verilated unit with its default parameters.
// L: cycles from a walk's read request to its data. Latency: request accepted to translated request valid.
#pragma once

#include <cstdint>

namespace tarn::tests {

struct LatencyFigures {
  std::uint64_t small_page_hit_cycles = 0, large_page_hit_cycles = 0;
  std::uint64_t sv39_cold_cycles = 0;  // device context kept, no translation
  std::uint64_t sv39_warm_cycles = 0;  // all but the leaf was walked before; nothing is kept of it in this version
};
LatencyFigures MeasureLatency(unsigned walk_cycles);

// Mix: 64 devices with a page each, reads and writes. misses: walks that take long meanwhile.
double MeasureHitsPerCycle(unsigned misses, std::uint64_t requests);
// How much longer a hit takes while a miss waits for a table of 100 cycles a read.
std::int64_t MeasureHitUnderMissAddedCycles();
// Reads of tables that 16 misses to one page cause, in walks of three.
double MeasureSamePageWalks();
// Longest gap between two hits while an invalidation goes through every set.
std::uint64_t MeasureInvalidateStallCyclesMax();
// Clock cycles of the unit under the mix, simulated per second of the host's time.
double MeasureSimulationSpeed(std::uint64_t requests);

}  // namespace tarn::tests
