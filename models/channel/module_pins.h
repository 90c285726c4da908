// What a module's pins carry in a clock (rtl/channel/dfi_protocol.json): of fewer data pins the lower part of each
// beat, at single rate all in the first.
#pragma once

#include <cstdint>
#include <cstring>

#include "models/channel/dfi_protocol.h"
#include "models/channel/mode_registers.h"
#include "models/channel/module_geometry.h"
#include "models/channel/secded.h"

namespace tarn::channel {

// Bytes of a clock's first beat.
inline std::size_t BeatBytes(const ModuleGeometry& geometry) {
  return geometry.single_rate ? geometry.clock_bytes() : geometry.clock_bytes() / 2;
}

// The data of a line's clock `step`, and its check bits: of 32 data pins one word a clock, half of its check bits with
// each beat.
inline void PutClockOnPins(const ModuleGeometry& geometry, const CodedLine& line, std::uint64_t step,
                           DfiReadData& pins) {
  const std::size_t beat_bytes = BeatBytes(geometry);
  const std::uint8_t* const from = line.data.data() + geometry.clock_bytes() * step;
  pins.beat0 = pins.beat1 = 0;
  std::memcpy(&pins.beat0, from, beat_bytes);
  std::memcpy(&pins.beat1, from + beat_bytes, geometry.clock_bytes() - beat_bytes);
  if (!geometry.check_bits) return;
  pins.check0 = geometry.narrowing == 1 ? line.check[step] & 0xF : line.check[2 * step];
  pins.check1 = geometry.narrowing == 1 ? line.check[step] >> 4 : line.check[2 * step + 1];
}

// Puts data and check bits into the line; returns which of its bytes are written, and adds to `checks` of which words
// the check bits are.
inline std::uint64_t TakeClockFromPins(const ModuleGeometry& geometry, const DfiWriteData& data, std::uint64_t step,
                                       CodedLine& line, std::uint8_t& checks) {
  const std::size_t beat_bytes = BeatBytes(geometry);
  std::uint8_t* const to = line.data.data() + geometry.clock_bytes() * step;
  std::memcpy(to, &data.beat0, beat_bytes);
  std::memcpy(to + beat_bytes, &data.beat1, geometry.clock_bytes() - beat_bytes);
  if (geometry.check_bits && geometry.narrowing == 1) {
    line.check[step] = static_cast<std::uint8_t>((data.check1 << 4 & 0xF0) | (data.check0 & 0xF));
  } else if (geometry.check_bits) {
    line.check[2 * step] = data.check0;
    line.check[2 * step + 1] = data.check1;
  }
  if (geometry.check_bits && !data.check_mask) {
    checks |= static_cast<std::uint8_t>(geometry.narrowing == 1 ? 1 << step : 3 << 2 * step);
  }
  const std::uint64_t beat_mask = (std::uint64_t{1} << beat_bytes) - 1;
  const std::uint64_t second = geometry.single_rate ? 0 : (~data.mask1 & beat_mask) << beat_bytes;
  const std::uint64_t written = second | (~data.mask0 & beat_mask);
  return written << geometry.clock_bytes() * step;
}

// addr of a mode register command.
inline ModeWrite ModeWriteOf(std::uint32_t addr) { return {.number = addr >> 16, .value = addr & 0xFFFF}; }

}  // namespace tarn::channel
