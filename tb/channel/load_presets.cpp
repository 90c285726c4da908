#include <cstdlib>
#include <iostream>

#include "tb/channel/basic_channel_simulation.h"

namespace tarn::channel {
namespace {

template <typename Value>
Value OrDie(const Result<Value>& result) {
  if (!result.ok()) {
    std::cerr << result.status().message() << "\n";
    std::exit(2);
  }
  return *result;
}

}  // namespace

Preset LoadPresetOrDie(const std::string& name) { return OrDie(LoadPreset(PresetFile(name))); }
tb::TimingRules LoadTimingRulesOrDie(const std::string& name) { return OrDie(tb::LoadTimingRules(PresetFile(name))); }
SlowPreset LoadSlowPresetOrDie(const std::string& name) { return OrDie(LoadSlowPreset(PresetFile(name))); }

}  // namespace tarn::channel
