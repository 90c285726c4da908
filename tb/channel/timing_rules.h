// The timing checker's own reading of a preset (models/channel/presets/*.json): JEDEC's names, in clocks.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/common/result.h"

namespace tarn::tb {

struct TimingRules {
  std::uint64_t cl, cwl, rcd, rp, ras, rc, ccd_s, ccd_l, rrd_s, rrd_l, faw, wtr_s, wtr_l, wr, rtp, rfc, refi, rtw_gap;
  std::uint64_t ccd_l_wr, rp_all, ppd;
  std::uint64_t xs, dllk, mrd, mod, zq_init;
  std::uint64_t zq_short = 0;  // 0: there is no such command
  // Clocks that a command takes on its pins.
  std::uint64_t activate_clocks, column_clocks, precharge_clocks, other_clocks;
  std::uint64_t burst;          // clocks of a burst
  std::uint64_t postponed_max;  // refreshes
  // Refresh of banks alone: 0 banks at once: there is none; 1; or that bank of each of so many groups.
  std::uint64_t banks_refreshed = 0, bank_refreshes = 0;  // so many of them are one of all banks
  std::uint64_t rfc_bank = 0, refi_bank = 0, bank_to_activate = 0;
  std::uint64_t reset, cke;            // power-up: reset held low; from its end to clock enable
  std::vector<unsigned> modes_needed;  // mode registers that must be set before anything else
  unsigned mode_max;                   // the highest number of a mode register
  bool dll_reset_in_mr0;               // by bit 8
  bool precharge_first;                // power-up: all banks before the mode registers,
  std::uint64_t refreshes_first;       // and so many refreshes after them
};

// Power-up times are the preset's shortened ones for simulation, or with `full_power_up` JEDEC's.
Result<TimingRules> LoadTimingRules(const std::string& preset_file, bool full_power_up = false);

}  // namespace tarn::tb
