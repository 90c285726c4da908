// What the golden scheduler must know: the channel's registers, in clocks, as rtl/channel/registers.md names them.
#pragma once

#include <cstdint>
#include <vector>

#include "models/channel/timing_registers.h"

namespace tarn::channel {

struct SchedulerConfig {
  std::int64_t cl, cwl, rcd, rp, ras, rc, faw, rtp, ccd_s, ccd_l, rrd_s, rrd_l, wr, wtr_s, wtr_l, rtw_gap;
  std::int64_t ccd_l_wr, rp_all, ppd, rfc, refi;
  std::int64_t burst;                                             // clocks of a line's data
  std::int64_t activate_clocks, column_clocks, precharge_clocks;  // that a command takes on its pins
  unsigned bank_group_bits, bank_bits;
  unsigned write_high, write_low, refresh_batch, refresh_ahead;
  std::int64_t read_age_cap, write_age_cap, read_turn, write_turn, head_start, qos_start;

  unsigned banks() const { return 1u << (bank_group_bits + bank_bits); }
};

// Registers that are not written have their reset values.
SchedulerConfig SchedulerConfigOf(const std::vector<RegisterWrite>& writes);

}  // namespace tarn::channel
