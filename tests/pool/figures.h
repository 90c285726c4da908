// The pool's figures, measured at the ports of the Verilated unit: parameters' defaults but for the sizes of map and
// memory, over a channel that answers one cycle after it took a request. Cycles and bytes, exact.
#pragma once

#include <cstdint>

namespace tarn::tests {

// From acceptance to answer of a resident hit, less the channel's cycle.
std::uint64_t MeasureHitAddedCycles();
// Answers per cycle while four hosts read `lines` resident lines each.
double MeasureHitLinesPerCycle(std::uint32_t lines);

struct MissFigures {
  std::uint64_t to_bulk_cycles = 0;    // acceptance to bulk's taking of the command; a slot is free
  std::uint64_t from_bulk_cycles = 0;  // bulk's first beat, which is the line asked for, to the answer
  // From acceptance to the answer, less the time from bulk's taking of the command to its first beat, which is the line
  // that was asked for: what the pool adds to bulk's latency.
  std::uint64_t critical_line_extra_cycles = 0;
};
// written_out: the page has a checksum, which is checked.
MissFigures MeasureMiss(bool written_out = false);

// Bytes that go to bulk for each page that leaves its slot: pages that were read only, pages of zeros that were
// written.
double MeasureCleanPageOutBytes();
double MeasureZeroPageOutBytes();

}  // namespace tarn::tests
