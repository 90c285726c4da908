#include "models/channel/timing_registers.h"

#include <algorithm>

#include "models/channel/channel_registers.h"

namespace tarn::channel {

namespace {

std::uint32_t Bytes(const Preset& preset, const char* first, const char* second, const char* third,
                    const char* fourth) {
  return preset.Clocks(first) | preset.Clocks(second) << 8 | preset.Clocks(third) << 16 | preset.Clocks(fourth) << 24;
}

// What each module has of its own.
void AddModule(std::uint32_t module, const Preset& preset, std::vector<RegisterWrite>& writes) {
  namespace r = channel_registers;
  writes.insert(writes.end(),
                {{r::timing_row::Offset(module), Bytes(preset, "RAS", "RC", "FAW", "RTP")},
                 {r::timing_bank::Offset(module), Bytes(preset, "RCD", "RP", "RP_ALL", "CCD_L_WR")},
                 {r::timing_bank_group::Offset(module), Bytes(preset, "CCD_S", "CCD_L", "RRD_S", "RRD_L")},
                 {r::timing_write::Offset(module), Bytes(preset, "WR", "WTR_S", "WTR_L", "RTW_GAP")},
                 {r::timing_refresh::Offset(module), preset.Clocks("RFC") | preset.Clocks("REFI") << 16}});
  if (preset.bank_refresh == BankRefresh::kNone) return;
  const std::uint32_t offset = r::timing_bank_refresh::Offset(module);
  writes.insert(writes.end(), {{offset, preset.Clocks("RFC_BANK") | preset.Clocks("REFI_BANK") << 16},
                               {offset + 4, preset.Clocks("BANK_TO_ACT")}});
}

void AddModes(const Preset& preset, const std::vector<ModeWrite>& modes, std::vector<RegisterWrite>& writes) {
  namespace r = channel_registers;
  // Of the writes that initialisation does; those beyond the last are of no account.
  const auto write = [&](std::size_t i) { return i < modes.size() ? modes[i] : ModeWrite{0, 0}; };
  const auto values = [&](std::size_t i) { return write(i).value | write(i + 1).value << 16; };
  const auto numbers = [&](std::size_t i) {
    return write(i).number | write(i + 1).number << 8 | write(i + 2).number << 16;
  };
  writes.insert(writes.end(), {{r::mode_values_0_1::kOffset, values(0)},
                               {r::mode_values_2_3::kOffset, values(2)},
                               {r::mode_values_4_5::kOffset, values(4)},
                               {r::mode_values_6::kOffset, write(6).value},
                               {r::mode_numbers_0_3::kOffset, numbers(0) | write(3).number << 24},
                               {r::mode_numbers_4_6::kOffset,
                                numbers(4) | static_cast<std::uint32_t>(modes.size()) << 24 |
                                    std::uint32_t{preset.precharge_first} << 27 | preset.refreshes_first << 28}});
}

}  // namespace

std::vector<RegisterWrite> TimingRegisters(std::span<const Preset> modules, RefreshOf refresh_of) {
  namespace r = channel_registers;
  const Preset& first = modules.front();
  // Initialisation waits for the slowest.
  const auto longest = [&](const char* name) {
    std::uint32_t clocks = 0;
    for (const Preset& preset : modules) clocks = std::max(clocks, preset.Clocks(name));
    return clocks;
  };
  const ModuleGeometry geometry = first.Geometry();
  const bool alone = refresh_of == RefreshOf::kBanksAlone;
  const bool same_bank = first.bank_refresh == BankRefresh::kSameOfEachGroup;
  std::vector<RegisterWrite> writes = {
      {r::timing_latency::kOffset, first.Clocks("CL") | first.Clocks("CWL") << 8},
      {r::timing_wake::kOffset, longest("XS") | longest("DLLK") << 16},
      {r::timing_mode::kOffset, longest("MRD") | longest("MOD") << 8 | longest("ZQINIT") << 16},
      {r::timing_command::kOffset,
       first.activate_clocks | first.column_clocks << 8 | first.precharge_clocks << 16 | first.Clocks("PPD") << 24},
      {r::refresh_mode::kOffset,
       r::refresh_mode::PerBank::Set(0, alone) | r::refresh_mode::SameBank::Set(0, same_bank)},
      {r::geometry::kOffset, geometry.bank_group_bits | geometry.bank_bits << 8 | geometry.column_bits << 16 |
                                 geometry.narrowing << 24 | std::uint32_t{geometry.single_rate} << 26},
  };
  for (std::uint32_t m = 0; m < modules.size(); ++m) AddModule(m, modules[m], writes);
  std::vector<ModeWrite> modes = first.mode_registers;
  if (alone) modes.insert(modes.end(), first.bank_refresh_modes.begin(), first.bank_refresh_modes.end());
  AddModes(first, modes, writes);
  return writes;
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
