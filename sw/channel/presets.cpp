#include "sw/channel/presets.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "models/channel/preset_file.h"

namespace tarn::channel {

namespace {

std::string PresetNames() {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(TARN_PRESET_FOLDER, error)) {
    // Those of slow cells are of another kind.
    if (LoadPreset(entry.path().string()).ok()) names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  std::string text;
  for (const std::string& name : names) text += name + ", ";
  return text;
}

}  // namespace

Result<LoadedPreset> FindPreset(const std::string& name_or_file) {
  const bool is_file = name_or_file.ends_with(".json") || name_or_file.find('/') != std::string::npos;
  const std::string file = is_file ? name_or_file : PresetFile(name_or_file);
  if (std::error_code error; !is_file && !std::filesystem::exists(file, error)) {
    return Status::Error("'" + name_or_file + "' is not one of " + PresetNames() + "nor a file that ends in .json");
  }
  const Result<Preset> preset = LoadPreset(file);
  if (!preset.ok()) return preset.status();
  const Result<tb::TimingRules> rules = tb::LoadTimingRules(file);
  if (!rules.ok()) return rules.status();
  return LoadedPreset{.preset = *preset, .rules = *rules};
}

}  // namespace tarn::channel
