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

std::vector<RegisterWrite> SlowRegisters(const SlowPreset& preset, std::uint64_t tck_ps) {
  namespace r = channel_registers;
  constexpr std::uint64_t kPeriodCycles = 4096;
  constexpr std::uint64_t kPeriodsMax = 255;
  // A read may find a whole window of reads, and the module's writes, before it in its partition.
  const std::uint64_t reads = r::slow_window::Reads::Get(r::slow_window::kReset);
  const std::uint64_t longest_ps = preset.write.max_ps * preset.write_buffers + preset.read.max_ps * reads;
  const std::uint64_t periods = longest_ps / tck_ps / kPeriodCycles + 2;
  return {{r::slow_window::kOffset, r::slow_window::Writes::Set(r::slow_window::kReset, preset.write_buffers)},
          {r::slow_timeout::kOffset, static_cast<std::uint32_t>(periods > kPeriodsMax ? 0 : periods)}};
}

}  // namespace tarn::channel
