// Where the presets lie.
#pragma once

#include <string>

namespace tarn::channel {

inline std::string PresetFile(const std::string& name) {
  return std::string(TARN_PRESET_FOLDER) + "/" + name + ".json";
}

}  // namespace tarn::channel
