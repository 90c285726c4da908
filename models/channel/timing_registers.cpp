#include "models/channel/timing_registers.h"

#include "models/channel/channel_registers.h"

namespace tarn::channel {

std::vector<RegisterWrite> TimingRegisters(const Preset& preset) {
  namespace r = channel_registers;
  const auto bytes = [&](const char* first, const char* second, const char* third, const char* fourth) {
    return preset.Clocks(first) | preset.Clocks(second) << 8 | preset.Clocks(third) << 16 | preset.Clocks(fourth) << 24;
  };
  const auto mode = [&](const char* name) { return preset.mode_registers.at(name); };
  return {
      {r::timing_latency::kOffset, bytes("CL", "CWL", "RCD", "RP")},
      {r::timing_row::kOffset, bytes("RAS", "RC", "FAW", "RTP")},
      {r::timing_bank_group::kOffset, bytes("CCD_S", "CCD_L", "RRD_S", "RRD_L")},
      {r::timing_write::kOffset, bytes("WR", "WTR_S", "WTR_L", "RTW_GAP")},
      {r::timing_refresh::kOffset, preset.Clocks("RFC") | preset.Clocks("REFI") << 16},
      {r::timing_wake::kOffset, preset.Clocks("XS") | preset.Clocks("DLLK") << 16},
      {r::timing_mode::kOffset, preset.Clocks("MRD") | preset.Clocks("MOD") << 8 | preset.Clocks("ZQINIT") << 16},
      {r::mode_01::kOffset, mode("MR0") | mode("MR1") << 16},
      {r::mode_23::kOffset, mode("MR2") | mode("MR3") << 16},
      {r::mode_45::kOffset, mode("MR4") | mode("MR5") << 16},
      {r::mode_6::kOffset, mode("MR6")},
  };
}

}  // namespace tarn::channel
