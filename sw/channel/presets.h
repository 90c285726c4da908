// Timing presets by name, or as a file of one's own.
#pragma once

#include <string>

#include "models/channel/preset.h"
#include "models/common/result.h"
#include "tb/channel/timing_rules.h"

namespace tarn::channel {

struct LoadedPreset {
  Preset preset;          // as the controller is told it
  tb::TimingRules rules;  // as the timing checker reads it
};

// name_or_file: a name of models/channel/presets, or a file: something with a '/' in it, or that ends in ".json".
// Errors: no such preset (the names there are), a file that cannot be read, a rule that the preset breaks.
Result<LoadedPreset> FindPreset(const std::string& name_or_file);

}  // namespace tarn::channel
