// What to write into the channel's registers for a preset.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/channel/preset.h"
#include "models/channel/slow_preset.h"

namespace tarn::channel {

struct RegisterWrite {
  std::uint32_t offset;
  std::uint32_t value;
};

enum class RefreshOf : std::uint8_t { kAllBanks, kBanksAlone };

// All timing and mode registers, for modules with these presets. To be written before the channel initialises them.
// REQUIRES: presets that ValidatePreset accepts, that ValidateTogether accepts; that have a refresh of banks alone, if
// that is asked for.
std::vector<RegisterWrite> TimingRegisters(std::span<const Preset> modules,
                                           RefreshOf refresh_of = RefreshOf::kAllBanks);
inline std::vector<RegisterWrite> TimingRegisters(const Preset& preset, RefreshOf refresh_of = RefreshOf::kAllBanks) {
  return TimingRegisters({&preset, 1}, refresh_of);
}
// The same for slow cells: credits, and a timeout that none of them exceeds by itself. tck_ps: the channel's clock.
std::vector<RegisterWrite> SlowRegisters(const SlowPreset& preset, std::uint64_t tck_ps);

}  // namespace tarn::channel
