// What both builds of the node share when they are made into a platform.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "tb/channel/timing_rules.h"
#include "tb/node/rtl_platform.h"

namespace tarn::tb {

inline constexpr const char* kTimingPreset = "ddr4_2400_17";  // that of the channel's parameters

template <typename Dut>
Result<std::unique_ptr<hal::Platform>> MakeVerilatedNode(const hal::PlatformOptions& options,
                                                         const bulk::BulkConfig& bulk,
                                                         const std::string& bulk_description) {
  const std::string preset_file = std::string(TARN_TIMING_PRESETS) + "/" + kTimingPreset + ".json";
  const Result<TimingRules> rules = LoadTimingRules(preset_file);
  if (!rules.ok()) return rules.status();
  auto platform = std::make_unique<RtlPlatform<Dut>>(options, bulk, bulk_description, *rules, kTimingPreset);
  if (Status status = platform->Identify(); !status.ok()) return status;
  return std::unique_ptr<hal::Platform>(std::move(platform));
}

}  // namespace tarn::tb
