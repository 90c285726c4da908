// Bounds on the channel's time, from a preset alone: what no controller can beat, and what ours promises. For reports
// and for the functional platforms; the exact timing is the RTL's, judged by tb/channel/timing_checker.h.
#pragma once

#include <cstdint>

#include "models/channel/preset.h"

namespace tarn::channel {

class ChannelTiming {
 public:
  explicit ChannelTiming(const Preset& preset) : preset_(preset) {}

  // Clocks from a read's first command to the last beat of its data.
  std::uint32_t RowHitClocks() const { return preset_.Clocks("CL") + preset_.burst_clocks; }
  std::uint32_t RowMissClocks() const { return preset_.Clocks("RCD") + RowHitClocks(); }
  std::uint32_t RowConflictClocks() const { return preset_.Clocks("RP") + RowMissClocks(); }

  // Shares of the data bus (0..1) that refresh, and for random lines the activate window, leave.
  double SequentialShareMax() const { return 1.0 - RefreshShare(); }
  double RandomShareMax() const {
    const double window = 4.0 * preset_.burst_clocks / preset_.Clocks("FAW");
    return (window < 1.0 ? window : 1.0) * (1.0 - RefreshShare());
  }
  double RefreshShare() const { return static_cast<double>(preset_.Clocks("RFC")) / preset_.Clocks("REFI"); }
  double NanosecondsOf(double clocks) const { return clocks * static_cast<double>(preset_.tck_ps) / 1000.0; }

 private:
  Preset preset_;
};

}  // namespace tarn::channel
