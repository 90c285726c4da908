// What to write into the channel's registers for a preset.
#pragma once

#include <cstdint>
#include <vector>

#include "models/channel/preset.h"
#include "models/channel/slow_preset.h"

namespace tarn::channel {

struct RegisterWrite {
  std::uint32_t offset;
  std::uint32_t value;
};

// All timing and mode registers. To be written before the channel initialises the modules.
// REQUIRES: a preset that ValidatePreset accepts.
std::vector<RegisterWrite> TimingRegisters(const Preset& preset);
// The same for slow cells: credits, and a timeout that none of them exceeds by itself. tck_ps: the channel's clock.
std::vector<RegisterWrite> SlowRegisters(const SlowPreset& preset, std::uint64_t tck_ps);

}  // namespace tarn::channel
