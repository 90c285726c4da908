// A timing preset of a module (models/channel/presets/*.json): clocks of the interface under JEDEC's names, the times
// they stand for, mode registers, geometry, source. A preset that contradicts itself is rejected with the rule.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "models/common/result.h"

namespace tarn::channel {

struct Preset {
  struct Value {
    std::uint32_t clocks = 0;
    std::uint64_t min_ps = 0;  // 0: no such bound
    std::uint64_t max_ps = 0;
  };

  std::string name;
  std::string source;
  std::uint64_t tck_ps = 0;
  std::uint32_t bank_groups = 0;
  std::uint32_t banks_per_group = 0;
  std::uint32_t lines_per_row = 0;
  std::uint32_t row_bits = 0;
  std::uint32_t burst_clocks = 0;
  std::uint32_t postponed_max = 0;
  std::map<std::string, Value> timing;  // "CL", "RCD", ...
  std::map<std::string, std::uint32_t> mode_registers;

  // REQUIRES: Validate() was ok, which demands all names that the controller uses.
  std::uint32_t Clocks(const std::string& timing_name) const { return timing.at(timing_name).clocks; }
  std::uint64_t lines() const { return (std::uint64_t{1} << row_bits) * bank_groups * banks_per_group * lines_per_row; }
};

// Reads and validates. The error names the file and what would be right.
Result<Preset> LoadPreset(const std::string& file);
// The rules among the values of a DDR4 preset (JESD79-4); the error names the rule that is broken.
Status ValidatePreset(const Preset& preset);

// JESD79-4, tables of mode registers 0 and 2; 0 for a reserved code.
std::uint32_t CasLatencyOf(std::uint32_t mr0);
std::uint32_t CasWriteLatencyOf(std::uint32_t mr2);
std::uint32_t WriteRecoveryOf(std::uint32_t mr0);

}  // namespace tarn::channel
