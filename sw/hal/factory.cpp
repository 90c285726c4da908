#include "sw/hal/factory.h"

#include <cstdio>
#include <utility>

#include "models/bulk/bulk_device.h"
#include "sw/hal/board_platform.h"
#include "sw/hal/host_recorder.h"
#include "sw/hal/model_platform.h"
#include "sw/hal/rtl_platform.h"
#include "sw/hal/tlm_platform.h"

namespace tarn::hal {

namespace {

constexpr const char* kDefaultBulkPreset = "low-latency";

struct BulkChoice {
  bulk::BulkConfig config;
  std::string description;
};

Result<BulkChoice> ChooseBulk(const PlatformOptions& options) {
  const std::string name = options.bulk_preset.empty() ? kDefaultBulkPreset : options.bulk_preset;
  Result<bulk::BulkConfig> config = bulk::PresetByName(name);
  if (!config.ok()) return config.status();
  config->seed = options.seed;
  if (options.bulk_latency_ns != 0) {
    config->read = {.shape = bulk::LatencyModel::Shape::kFixed,
                    .min_ns = static_cast<double>(options.bulk_latency_ns),
                    .median_ns = static_cast<double>(options.bulk_latency_ns),
                    .max_ns = static_cast<double>(options.bulk_latency_ns)};
  }
  char description[96];
  std::snprintf(description, sizeof description, "%s (median read %.0f ns)", name.c_str(), config->read.median_ns);
  return BulkChoice{.config = *config, .description = description};
}

Result<std::unique_ptr<Platform>> MakeBarePlatform(PlatformKind kind, const PlatformOptions& options,
                                                   const BulkChoice& bulk) {
  switch (kind) {
    case PlatformKind::kModel:
      return MakeModelPlatform(options, bulk.config, bulk.description);
    case PlatformKind::kTlm:
      return MakeTlmPlatform(options, bulk.config, bulk.description);
    case PlatformKind::kBoard:
      return MakeBoardPlatform(options, bulk.config, bulk.description);
    case PlatformKind::kRtl:
      break;
  }
  if (options.wave_file.empty()) return MakeRtlPlatform(options, bulk.config, bulk.description);
  return MakeTracedRtlPlatform(options, bulk.config, bulk.description);
}

}  // namespace

Result<PlatformKind> ParsePlatformKind(const std::string& name) {
  if (name == "rtl") return PlatformKind::kRtl;
  if (name == "model") return PlatformKind::kModel;
  if (name == "tlm") return PlatformKind::kTlm;
  if (name == "board") return PlatformKind::kBoard;
  return Status::Error("--platform: there is no platform '" + name + "'; rtl, model, tlm and board are");
}

Result<std::unique_ptr<Platform>> MakePlatform(PlatformKind kind, const PlatformOptions& options) {
  const Result<BulkChoice> bulk = ChooseBulk(options);
  if (!bulk.ok()) return bulk.status();
  if (!options.wave_file.empty() && kind != PlatformKind::kRtl) {
    return Status::Error("--waves: only the platform rtl has waves");
  }
  Result<std::unique_ptr<Platform>> platform = MakeBarePlatform(kind, options, *bulk);
  if (!platform.ok() || options.host_wave_file.empty()) return platform;
  return RecordHosts(std::move(*platform), options.host_wave_file);
}

}  // namespace tarn::hal
