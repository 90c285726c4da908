// What both builds of the node share when they are made into a platform.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "models/channel/preset.h"
#include "models/channel/slow_preset.h"
#include "tb/channel/timing_rules.h"
#include "tb/node/rtl_platform.h"

namespace tarn::tb {

inline constexpr const char* kTimingPreset = "ddr4_2400_17";  // that of the channel's parameters
inline constexpr const char* kSlowPreset = "slow_pcm";  // of rows that software makes slow, unless a run says otherwise

template <typename Dut>
Result<std::unique_ptr<hal::Platform>> MakeVerilatedNode(const hal::PlatformOptions& options,
                                                         const bulk::BulkConfig& bulk,
                                                         const std::string& bulk_description) {
  const std::string folder = TARN_TIMING_PRESETS;
  const std::string preset_file = folder + "/" + kTimingPreset + ".json";
  const Result<TimingRules> rules = LoadTimingRules(preset_file);
  if (!rules.ok()) return rules.status();
  const Result<channel::Preset> timing = channel::LoadPreset(preset_file);
  if (!timing.ok()) return timing.status();
  const std::string slow_name = options.slow_cells.empty() ? kSlowPreset : options.slow_cells;
  const Result<channel::SlowPreset> slow = channel::LoadSlowPreset(folder + "/" + slow_name + ".json");
  if (!slow.ok()) return slow.status();
  auto platform = std::make_unique<RtlPlatform<Dut>>(options, bulk, bulk_description,
                                                     ModuleKinds{.rules = *rules,
                                                                 .timing_preset = kTimingPreset,
                                                                 .slow = *slow,
                                                                 .tck_ps = timing->tck_ps,
                                                                 .seed = options.seed});
  if (Status status = platform->Identify(); !status.ok()) return status;
  return std::unique_ptr<hal::Platform>(std::move(platform));
}

}  // namespace tarn::tb
