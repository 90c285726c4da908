// Where a program's segments lie in the host's window, and by which pages its addresses reach them.
#pragma once

#include <cstdint>
#include <vector>

#include "sw/replay/program.h"

namespace tarn::replay {

// A page of the first stage.
struct PlacedPage {
  std::uint64_t program_addr = 0;
  std::uint64_t window_offset = 0;
  std::uint64_t page_bytes = 0;
};

// A page larger than a segment takes as much of the window as it covers, touched or not. The window has so many
// segments to spare for what is not touched: pages that would need more of them give way to smaller ones, those that
// cover the fewest touched segments first.
struct PlacementRoom {
  std::uint64_t next_segment = 0;    // of the window, the first that is free
  std::uint64_t spare_segments = 0;  // beyond those that are touched
};

// Places the program and says by which pages, ascending by window offset within each size, largest first.
// page_bytes_max: of drivers::kPageSizes. Takes what it uses from `room`.
std::vector<PlacedPage> PlaceProgram(Program& program, std::uint64_t page_bytes_max, PlacementRoom& room);

}  // namespace tarn::replay
