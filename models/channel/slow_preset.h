// A preset of slow cells (models/channel/presets/slow_*.json): times of a read and a write inside the module, how many
// of them at once, source. Times are of the cells, in picoseconds; in clocks of the channel they depend on its preset.
#pragma once

#include <cstdint>
#include <string>

#include "models/common/result.h"

namespace tarn::channel {

struct SlowPreset {
  struct Range {
    std::uint64_t min_ps = 0;
    std::uint64_t max_ps = 0;  // the same where the time does not vary
  };

  std::string name;
  std::string source;
  std::uint32_t partitions = 0;     // that work at once: 1, 2, 4, 8 or 16
  std::uint32_t write_buffers = 0;  // writes that the module takes ahead: the controller's credits
  Range read;
  Range write;
};

// Reads and validates. The error names the file and the rule that is broken.
Result<SlowPreset> LoadSlowPreset(const std::string& file);
Status ValidateSlowPreset(const SlowPreset& preset);

}  // namespace tarn::channel
