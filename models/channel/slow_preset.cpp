#include "models/channel/slow_preset.h"

#include <bit>
#include <fstream>
#include <nlohmann/json.hpp>

namespace tarn::channel {
namespace {

constexpr std::uint32_t kPartitionsMax = 16;
constexpr std::uint32_t kWriteBuffersMax = 16;
constexpr std::uint64_t kTimeMaxPs = 1'000'000'000;  // 1 ms

Status Broken(const std::string& rule) { return Status::Error("the preset breaks the rule " + rule); }

Status CheckRange(const SlowPreset::Range& range, const std::string& what) {
  const auto text = [&](const char* end, std::uint64_t ps) {
    return what + " " + end + " (" + std::to_string(ps) + " ps)";
  };
  if (range.min_ps == 0) return Broken(text("min_ps", range.min_ps) + " > 0");
  if (range.max_ps < range.min_ps) return Broken(text("max_ps", range.max_ps) + " >= " + text("min_ps", range.min_ps));
  if (range.max_ps > kTimeMaxPs) return Broken(text("max_ps", range.max_ps) + " <= " + std::to_string(kTimeMaxPs));
  return {};
}

}  // namespace

Status ValidateSlowPreset(const SlowPreset& preset) {
  if (!std::has_single_bit(preset.partitions) || preset.partitions > kPartitionsMax) {
    return Broken("partitions (" + std::to_string(preset.partitions) + ") is 1, 2, 4, 8 or 16");
  }
  if (preset.write_buffers == 0 || preset.write_buffers > kWriteBuffersMax) {
    return Broken("1 <= write_buffers (" + std::to_string(preset.write_buffers) +
                  ") <= " + std::to_string(kWriteBuffersMax) + ", the controller's tags for writes");
  }
  if (Status status = CheckRange(preset.read, "read"); !status.ok()) return status;
  return CheckRange(preset.write, "write");
}

Result<SlowPreset> LoadSlowPreset(const std::string& file) {
  std::ifstream in(file);
  if (!in) return Status::Error(file + ": cannot be read");
  const nlohmann::json json = nlohmann::json::parse(in, nullptr, false);
  if (json.is_discarded()) return Status::Error(file + ": not JSON");
  SlowPreset preset;
  try {
    preset.name = json.at("name");
    preset.source = json.at("source");
    preset.partitions = json.at("partitions");
    preset.write_buffers = json.at("write_buffers");
    const auto range = [&](const char* name) {
      const nlohmann::json& value = json.at(name);
      const std::uint64_t min_ps = value.at("min_ps");
      return SlowPreset::Range{.min_ps = min_ps, .max_ps = value.value("max_ps", min_ps)};
    };
    preset.read = range("read");
    preset.write = range("write");
  } catch (const nlohmann::json::exception& error) {  // the library's way to say what is missing; it ends here
    return Status::Error(file + ": " + error.what());
  }
  const Status status = ValidateSlowPreset(preset);
  if (!status.ok()) return Status::Error(file + ": " + status.message());
  return preset;
}

}  // namespace tarn::channel
