// What a module's pins carry in a clock (rtl/channel/dfi_protocol.json): of 32 data pins the lower half of each beat.
#pragma once

#include <cstdint>
#include <cstring>

#include "models/channel/dfi_protocol.h"
#include "models/channel/mode_registers.h"
#include "models/channel/module_geometry.h"
#include "models/common/line.h"

namespace tarn::channel {

// The data of a line's clock `step`.
inline void PutClockOnPins(const ModuleGeometry& geometry, const Line& line, std::uint64_t step, std::uint64_t& beat0,
                           std::uint64_t& beat1) {
  const std::size_t beat_bytes = geometry.clock_bytes() / 2;
  const std::uint8_t* const from = line.data() + geometry.clock_bytes() * step;
  beat0 = beat1 = 0;
  std::memcpy(&beat0, from, beat_bytes);
  std::memcpy(&beat1, from + beat_bytes, beat_bytes);
}

// Puts the data into the line; returns which of its bytes are written.
inline std::uint64_t TakeClockFromPins(const ModuleGeometry& geometry, const DfiWriteData& data, std::uint64_t step,
                                       Line& line) {
  const std::size_t beat_bytes = geometry.clock_bytes() / 2;
  std::uint8_t* const to = line.data() + geometry.clock_bytes() * step;
  std::memcpy(to, &data.beat0, beat_bytes);
  std::memcpy(to + beat_bytes, &data.beat1, beat_bytes);
  const std::uint64_t beat_mask = (std::uint64_t{1} << beat_bytes) - 1;
  const std::uint64_t written = (~data.mask1 & beat_mask) << beat_bytes | (~data.mask0 & beat_mask);
  return written << geometry.clock_bytes() * step;
}

// addr of a mode register command.
inline ModeWrite ModeWriteOf(std::uint32_t addr) { return {.number = addr >> 16, .value = addr & 0xFFFF}; }

}  // namespace tarn::channel
