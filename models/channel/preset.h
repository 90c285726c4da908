// A timing preset of a module (models/channel/presets/*.json): clocks of the interface under JEDEC's names, the times
// they stand for, mode registers, geometry, source. A preset that contradicts itself is rejected with the rule.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/channel/mode_registers.h"
#include "models/channel/module_geometry.h"
#include "models/common/result.h"

namespace tarn::channel {

// Which banks a standard can refresh alone: none, one, or that one of every bank group.
enum class BankRefresh : std::uint8_t { kNone, kOne, kSameOfEachGroup };

struct Preset {
  struct Value {
    std::uint32_t clocks = 0;
    std::uint64_t min_ps = 0;  // 0: no such bound
    std::uint64_t max_ps = 0;
  };

  std::string name;
  std::string source;
  std::uint64_t tck_ps = 0;
  DramStandard standard = DramStandard::kDdr4;
  std::uint32_t bus_bits = 0;
  std::uint32_t bank_groups = 0;  // 1 where the standard has none
  std::uint32_t banks_per_group = 0;
  std::uint32_t lines_per_row = 0;
  std::uint32_t row_bits = 0;
  std::uint32_t burst_clocks = 0;
  bool check_bits = true;
  std::uint32_t postponed_max = 0;
  BankRefresh bank_refresh = BankRefresh::kNone;
  std::vector<ModeWrite> bank_refresh_modes;  // mode registers that it needs beside the others
  // Clocks that a command takes on its pins.
  std::uint32_t activate_clocks = 1, column_clocks = 1, precharge_clocks = 1, other_clocks = 1;
  // Initialisation: all banks are precharged first; after the mode registers so many refreshes.
  bool precharge_first = false;
  std::uint32_t refreshes_first = 0;
  std::map<std::string, Value> timing;    // "CL", "RCD", ...
  std::vector<ModeWrite> mode_registers;  // in the order in which they are written

  // REQUIRES: Validate() was ok, which demands all names that the controller uses.
  std::uint32_t Clocks(const std::string& timing_name) const { return timing.at(timing_name).clocks; }
  unsigned beats_per_clock() const { return standard == DramStandard::kSdr ? 1 : 2; }
  ModuleGeometry Geometry() const;
  // Refreshes of some banks that together are one of all.
  std::uint32_t BankRefreshes() const {
    return bank_refresh == BankRefresh::kOne ? bank_groups * banks_per_group : banks_per_group;
  }
  std::uint64_t lines() const { return Geometry().lines(); }
};

// Reads and validates. The error names the file and what would be right.
Result<Preset> LoadPreset(const std::string& file);
// The rules among the values of a preset; the error names the rule that is broken.
Status ValidatePreset(const Preset& preset);
// Whether modules with these presets can share a channel; the error names the rule that is broken.
Status ValidateTogether(std::span<const Preset> modules);

}  // namespace tarn::channel
