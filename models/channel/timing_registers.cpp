#include "models/channel/timing_registers.h"

#include "models/channel/channel_registers.h"

namespace tarn::channel {

std::vector<RegisterWrite> TimingRegisters(const Preset& preset) {
  namespace r = channel_registers;
  const auto bytes = [&](const char* first, const char* second, const char* third, const char* fourth) {
    return preset.Clocks(first) | preset.Clocks(second) << 8 | preset.Clocks(third) << 16 | preset.Clocks(fourth) << 24;
  };
  const ModuleGeometry geometry = preset.Geometry();
  // Of the writes that initialisation does; those beyond the last are of no account.
  const auto write = [&](std::size_t i) {
    return i < preset.mode_registers.size() ? preset.mode_registers[i] : ModeWrite{0, 0};
  };
  const auto values = [&](std::size_t i) { return write(i).value | write(i + 1).value << 16; };
  const auto numbers = [&](std::size_t i) {
    return write(i).number | write(i + 1).number << 8 | write(i + 2).number << 16;
  };
  return {
      {r::timing_latency::kOffset, bytes("CL", "CWL", "RCD", "RP")},
      {r::timing_row::kOffset, bytes("RAS", "RC", "FAW", "RTP")},
      {r::timing_bank_group::kOffset, bytes("CCD_S", "CCD_L", "RRD_S", "RRD_L")},
      {r::timing_write::kOffset, bytes("WR", "WTR_S", "WTR_L", "RTW_GAP")},
      {r::timing_refresh::kOffset, preset.Clocks("RFC") | preset.Clocks("REFI") << 16},
      {r::timing_wake::kOffset, preset.Clocks("XS") | preset.Clocks("DLLK") << 16},
      {r::timing_mode::kOffset, preset.Clocks("MRD") | preset.Clocks("MOD") << 8 | preset.Clocks("ZQINIT") << 16},
      {r::timing_more::kOffset, preset.Clocks("CCD_L_WR") | preset.Clocks("RP_ALL") << 8},
      {r::timing_command::kOffset,
       preset.activate_clocks | preset.column_clocks << 8 | preset.precharge_clocks << 16 | preset.Clocks("PPD") << 24},
      {r::geometry::kOffset, geometry.bank_group_bits | geometry.bank_bits << 8 | geometry.column_bits << 16 |
                                 std::uint32_t{geometry.narrow} << 24},
      {r::mode_values_0_1::kOffset, values(0)},
      {r::mode_values_2_3::kOffset, values(2)},
      {r::mode_values_4_5::kOffset, values(4)},
      {r::mode_values_6::kOffset, write(6).value},
      {r::mode_numbers_0_3::kOffset, numbers(0) | write(3).number << 24},
      {r::mode_numbers_4_6::kOffset, numbers(4) | static_cast<std::uint32_t>(preset.mode_registers.size()) << 24},
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
