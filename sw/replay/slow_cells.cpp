#include "sw/replay/slow_cells.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "models/channel/channel_registers.h"
#include "models/channel/preset_file.h"
#include "models/channel/slow_preset.h"
#include "models/channel/timing_registers.h"
#include "models/common/line.h"
#include "sw/drivers/channel_driver.h"

namespace tarn::replay {

Result<SlowCellsLayout> LayOutSlowCells(const hal::NodeParameters& node, std::uint32_t slots,
                                        const SlowCellsOptions& options) {
  if (!node.has_slow_cells) return Status::Error("--slow-cells: the modules of this node's channels have none");
  const std::uint64_t slot_lines = node.segment_bytes / kLineBytes / node.channels;  // in each channel
  // Slots of a whole number of rows, or rows of a whole number of slots.
  const auto step = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, node.row_lines / slot_lines));
  if (node.fast_rows != 0) {
    const std::uint64_t fast_lines = node.fast_rows * node.row_lines;
    if (fast_lines < slot_lines || fast_lines >= slots * slot_lines) {
      return Status::Error("--pool: " + std::to_string(slots) + " slots; the fast cells of this node's modules hold " +
                           std::to_string(fast_lines / slot_lines) + ", and there must be fast and slow ones");
    }
    return SlowCellsLayout{.fast_slots = static_cast<std::uint32_t>(fast_lines / slot_lines),
                           .slow_row = node.fast_rows};
  }
  const std::uint64_t all_lines = node.slots * slot_lines;
  if (!std::has_single_bit(all_lines) || all_lines < node.row_lines) {
    return Status::Error("--slow-cells: a node with " + std::to_string(node.slots) +
                         " slots cannot have them; a power of two is needed");
  }
  const std::uint32_t wanted = slots * options.fast_percent / 100 / step * step;
  SlowCellsLayout layout;
  layout.fast_slots = std::clamp(wanted, step, (slots - 1) / step * step);
  layout.module_low = static_cast<std::uint32_t>(std::countr_zero(all_lines) - std::countr_zero(node.row_lines));
  layout.slow_row = static_cast<std::uint32_t>(layout.fast_slots * slot_lines / node.row_lines);
  return layout;
}

Status SetUpSlowCells(hal::Platform& platform, const SlowCellsLayout& layout, const SlowCellsOptions& options) {
  namespace r = channel_registers;
  constexpr std::uint64_t kPsPerSecond = 1'000'000'000'000;
  const Result<channel::SlowPreset> preset = channel::LoadSlowPreset(channel::PresetFile(options.preset));
  if (!preset.ok()) return Status::Error("--slow-cells: " + preset.status().message());
  std::vector<channel::RegisterWrite> writes =
      channel::SlowRegisters(*preset, kPsPerSecond / platform.parameters().clock_hz);
  // Neighbours in different banks: these are the partitions of slow cells, and a page of 64 lines in one of them would
  // take 64 times as long.
  writes.push_back({r::mapping::kOffset, r::mapping::ModuleLow::Of(layout.module_low)});
  writes.push_back({r::slow_from::Offset(0), layout.slow_row});
  return drivers::ChannelDriver(platform).Configure(writes);
}

}  // namespace tarn::replay
