// What to write into the channel's registers for a preset.
#pragma once

#include <cstdint>
#include <vector>

#include "models/channel/preset.h"

namespace tarn::channel {

struct RegisterWrite {
  std::uint32_t offset;
  std::uint32_t value;
};

// All timing and mode registers. To be written before the channel initialises the modules.
// REQUIRES: a preset that ValidatePreset accepts.
std::vector<RegisterWrite> TimingRegisters(const Preset& preset);

}  // namespace tarn::channel
