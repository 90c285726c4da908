// Presets of the bulk device: data with their sources.
#include <array>
#include <string>

#include "models/bulk/bulk_device.h"

namespace tarn::bulk {
namespace {

using Shape = LatencyModel::Shape;

struct Preset {
  std::string_view name;
  LatencyModel read;
  LatencyModel write;
  LatencyModel flush;
  double read_bytes_per_ns;
  double write_bytes_per_ns;
  std::uint32_t queue_depth;
  bool volatile_cache;
};

constexpr LatencyModel Fixed(double ns) {
  return {.shape = Shape::kFixed, .min_ns = ns, .median_ns = ns, .max_ns = ns};
}

// ssd-p4800x and ssd-p3700: 4 KiB random reads at queue depth 1 as measured by AnandTech ("The Intel Optane SSD DC
// P4800X Review", 2017, "Checking Intel's Numbers"): median 9, p99 10, p99.999 37 us and median 76, p99 96, p99.999
// 2768 us. sigma = ln((p99 - min) / (median - min)) / 2.326, with min chosen two standard steps below the median; the
// tail puts p99.999 where it was measured. Bandwidth and write latency are the makers': P4800X sequential 2400 / 2000
// MB/s, typical latency of both kinds below 10 us, 99.999% of writes at queue depth 1 within 100 us (AnandTech, "Intel
// Optane SSD DC P4800X 750GB Hands-On Review", 2017, its table of Intel's specifications); P3700 sequential up to 2800
// / 2000 MB/s, typical write latency 20 us ("Intel Solid-State Drive DC P3700 Series, Product Specification",
// 330566-005US, page 1). Both drives have power-loss protection: a completed write is durable.
constexpr std::array kPresets = {
    // The default (docs: the main job): a memory-like device behind a serial link, 2 us, no tail.
    Preset{"low-latency", Fixed(2000), Fixed(2000), Fixed(2000), 16, 16, 64, false},
    Preset{"ssd-p4800x",
           {.shape = Shape::kLogNormal,
            .min_ns = 7000,
            .median_ns = 9000,
            .max_ns = 60000,
            .sigma = 0.174,
            .tail_probability = 2e-5,
            .tail_ns = 27000},
           {.shape = Shape::kLogNormal, .min_ns = 8000, .median_ns = 10000, .max_ns = 100000, .sigma = 0.174},
           Fixed(10000),
           2.4,
           2.0,
           128,
           false},
    Preset{"ssd-p3700",
           {.shape = Shape::kLogNormal,
            .min_ns = 60000,
            .median_ns = 76000,
            .max_ns = 400000,
            .sigma = 0.349,
            .tail_probability = 2e-5,
            .tail_ns = 2700000},
           {.shape = Shape::kLogNormal, .min_ns = 15000, .median_ns = 20000, .max_ns = 400000, .sigma = 0.349},
           Fixed(20000),
           2.8,
           2.0,
           128,
           false},
};

}  // namespace

Result<BulkConfig> PresetByName(std::string_view name) {
  std::string known;
  for (const Preset& preset : kPresets) {
    if (preset.name == name) {
      BulkConfig config;
      config.read = preset.read;
      config.write = preset.write;
      config.flush = preset.flush;
      config.read_bytes_per_ns = preset.read_bytes_per_ns;
      config.write_bytes_per_ns = preset.write_bytes_per_ns;
      config.queue_depth = preset.queue_depth;
      config.volatile_cache = preset.volatile_cache;
      return config;
    }
    known += known.empty() ? "" : ", ";
    known += preset.name;
  }
  return Status::Error("no bulk preset '" + std::string(name) + "'; there are: " + known);
}

std::vector<std::string_view> PresetNames() {
  std::vector<std::string_view> names;
  for (const Preset& preset : kPresets) names.push_back(preset.name);
  return names;
}

}  // namespace tarn::bulk
