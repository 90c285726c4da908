// Gives a platform slow cells: the slots from a boundary on stand in them, and the pool keeps hot segments below it.
#pragma once

#include <cstdint>
#include <string>

#include "models/common/result.h"
#include "sw/hal/platform.h"

namespace tarn::replay {

struct SlowCellsOptions {
  std::string preset;          // of models/channel/presets, slow_*
  unsigned fast_percent = 50;  // of the slots in service: 1 to 99
};

// What the options come to on a node with so many slots in service.
struct SlowCellsLayout {
  std::uint32_t fast_slots = 0;
  std::uint32_t module_low =
      0;  // register `mapping`: slots in the first module, the pool's tables in the second, which is fast
  std::uint32_t slow_row = 0;  // of the first module, from which on cells are slow
};
// Errors: a node whose channels have no slow cells, or whose slots make no whole rows.
Result<SlowCellsLayout> LayOutSlowCells(const hal::NodeParameters& node, std::uint32_t slots,
                                        const SlowCellsOptions& options);

// Writes the channels' registers. Before anything is in memory: content would lie elsewhere afterwards.
Status SetUpSlowCells(hal::Platform& platform, const SlowCellsLayout& layout, const SlowCellsOptions& options);

}  // namespace tarn::replay
