// How exact the hotness monitoring counts: the Verilated unit with its parameters' defaults.
#pragma once

#include <cstdint>
#include <string>

namespace tarn::tests {

struct HotnessCountError {
  std::uint64_t error_max = 0;    // greatest difference from the exact count of an epoch, over all segments and epochs
  std::uint64_t segments = 0;     // whose count was compared
  std::uint64_t accesses = 0;     // in the epochs that were compared
  double accesses_per_cycle = 0;  // around the end of the first epoch of each stream
  std::string failures;           // where unit and golden model differed, or a counter was full
};
// Four streams of accesses, to random slots, to two in turn, to one, and a mixture; each over two epochs: at one access
// a clock for `cycles` cycles before and after the end of the first, then but for the cycles that the sweep asks for.
// The counts are those that software reads from the hot list.
HotnessCountError MeasureHotnessCountError(std::uint32_t cycles);
// The same of a small unit (cycles: at most 25) with a planted fault (tarn_pool_hotness_counters), or none.
HotnessCountError MeasurePlantedCountError(std::uint32_t cycles, unsigned plant);

}  // namespace tarn::tests
