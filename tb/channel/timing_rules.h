// The timing checker's own reading of a preset (models/channel/presets/*.json): JEDEC's names, in clocks.
#pragma once

#include <cstdint>
#include <string>

#include "models/common/result.h"

namespace tarn::tb {

struct TimingRules {
  std::uint64_t cl, cwl, rcd, rp, ras, rc, ccd_s, ccd_l, rrd_s, rrd_l, faw, wtr_s, wtr_l, wr, rtp, rfc, refi, rtw_gap;
  std::uint64_t xs, dllk, mrd, mod, zq_init;
  std::uint64_t burst;          // clocks of a burst
  std::uint64_t postponed_max;  // refreshes
  std::uint64_t reset, cke;     // power-up: reset held low; from its end to clock enable
  unsigned bank_groups, banks_per_group;
};

// Power-up times are the preset's shortened ones for simulation, or with `full_power_up` JEDEC's.
Result<TimingRules> LoadTimingRules(const std::string& preset_file, bool full_power_up = false);

}  // namespace tarn::tb
