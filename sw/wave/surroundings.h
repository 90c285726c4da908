// What stood on the signals around a comparison's differences, on both sides: for pictures.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/wave/comparison.h"
#include "sw/wave/plan.h"
#include "sw/wave/wave_reader.h"

namespace tarn::wave {

// One row of a picture: a signal, or a field of one that is a structure.
struct Row {
  std::string name;
  std::uint32_t signal = 0;  // in Plan::signals
  Field field;               // offset within the signal
};

// Consecutive cycles of one side, as its clock's edges saw them; around `centre`, that of the difference.
struct CycleSpan {
  Moment centre;
  std::uint64_t first_cycle = 0;
  std::vector<std::vector<std::string>> values;  // by cycle, then by row: bits, the highest first
};

struct Surroundings {
  std::uint32_t difference = 0;  // in Comparison::differences
  std::vector<Row> rows;
  std::array<std::optional<CycleSpan>, 2> sides;  // nothing where the difference has no transaction
};

// The signals to be shown for a difference: clock and signals of its port; without a port, those that differ.
std::vector<std::uint32_t> SignalsToShow(const Plan& plan, const Comparison& comparison, std::uint32_t difference);

// Of the first `differences_max` differences, `cycles_around` before and behind each. Both readers are fresh ones.
Result<std::vector<Surroundings>> FindSurroundings(WaveReader& dut, WaveReader& golden, const Plan& plan,
                                                   const Comparison& comparison, std::size_t differences_max,
                                                   std::uint64_t cycles_around);

}  // namespace tarn::wave
