// Measures the channel: the share of the data bus that carries data when requests never run out, and the latency of a
// lone read, on the traces that published schedulers were measured with. `--json FILE`, `--quick`, `--tune` for trying
// scheduler settings.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/channel/preset_file.h"
#include "tb/channel/channel_traces.h"
#include "tb/channel/trace_measurement.h"

namespace tarn::channel {
namespace {

// The channel: as it is by default, as small boards have it, or the first with the module of the second.
enum class Build : std::uint8_t { kDefault, kSmall, kDefaultWithFourBanks };
void SetUpForSmall(Preset& preset, Build build) {
  preset.banks_per_group = 1;
  preset.row_bits = 10;  // fast cells, as far as there are some
  preset.check_bits = build != Build::kSmall;
}

class Bench {
 public:
  Bench(bool quick, std::vector<RegisterWrite> settings) : quick_(quick), settings_(std::move(settings)) {}

  // interval_cycles: 0 for saturated.
  Measurement Run(const std::string& preset_name, const std::string& trace_name, std::uint64_t interval_cycles,
                  const std::optional<AddressMap>& map, const std::vector<RegisterWrite>& more,
                  unsigned clocks_per_cycle, Build build) {
    auto preset = LoadPreset(PresetFile(preset_name));
    const auto rules = tb::LoadTimingRules(PresetFile(preset_name));
    if (!preset.ok() || !rules.ok()) {
      std::cerr << (preset.ok() ? rules.status() : preset.status()).message() << "\n";
      std::exit(2);
    }
    if (build != Build::kDefault) SetUpForSmall(*preset, build);
    std::vector<TraceAccess> trace = MakeTrace(trace_name, 0, preset->Geometry());
    const std::size_t lines = quick_ ? 2000 : interval_cycles != 0 ? 20000 : trace.size();
    trace.resize(std::min(trace.size(), lines));
    for (TraceAccess& access : trace) access.line %= preset->lines();  // small modules' lines wrap
    MeasurementOptions options;
    options.small = build == Build::kSmall;
    options.clocks_per_cycle = clocks_per_cycle;
    options.map = map;
    options.registers = settings_;
    options.registers.insert(options.registers.end(), more.begin(), more.end());
    const ClassTrace traffic = {
        .port = TrafficClass::kHost, .trace = &trace, .pace = {.interval_cycles = interval_cycles}};
    Measurement result = MeasureTraces(*preset, *rules, {traffic}, options);
    if (!result.passed()) {
      std::cerr << trace_name << ": " << result.failure << result.first_violation << "\n";
      failed_ = true;
    }
    return result;
  }
  bool failed() const { return failed_; }

 private:
  bool quick_;
  bool failed_ = false;
  std::vector<RegisterWrite> settings_;
};

int Main(int argc, char** argv) {
  namespace r = channel_registers;
  std::string json_file;
  std::string only;  // a part of a figure's name
  bool quick = false;
  std::vector<RegisterWrite> settings;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--json" && i + 1 < argc) {
      json_file = argv[++i];
    } else if (word == "--only" && i + 1 < argc) {
      only = argv[++i];
    } else if (word == "--quick") {
      quick = true;
    } else if (word == "--set" && i + 2 < argc) {  // offset and value of a register, for trying settings
      const auto offset = static_cast<std::uint32_t>(std::stoul(argv[i + 1], nullptr, 0));
      settings.push_back({offset, static_cast<std::uint32_t>(std::stoul(argv[i + 2], nullptr, 0))});
      i += 2;
    } else {
      std::cerr << "usage: channel_bench [--json FILE] [--quick] [--only NAME] [--set OFFSET VALUE]...\n";
      return 2;
    }
  }
  Bench bench(quick, settings);
  nlohmann::json figures;
  std::uint64_t violations = 0, cycles = 0;
  double seconds = 0;
  const auto measure = [&](const std::string& name, const std::string& preset, const std::string& trace,
                           std::uint64_t interval_cycles = 0, const std::optional<AddressMap>& map = std::nullopt,
                           const std::vector<RegisterWrite>& more = {}, unsigned clocks_per_cycle = 1,
                           Build build = Build::kDefault) {
    if (name.find(only) == std::string::npos) return;
    const Measurement result = bench.Run(preset, trace, interval_cycles, map, more, clocks_per_cycle, build);
    const double value = interval_cycles == 0 ? result.BusPercent() : result.read_to_last_beat;
    const std::string unit = interval_cycles == 0 ? "%" : "clocks";
    figures[name] = {{"value", value}, {"unit", unit}};
    violations += result.violations;
    cycles += result.cycles;
    seconds += result.seconds;
    std::cout << name << " " << value << " " << unit << std::endl;
  };
  constexpr std::uint64_t kIdleInterval = 100;  // clocks
  static constexpr std::array<std::pair<const char*, const char*>, 6> kPresets = {{{"", "ddr4_2400_17"},
                                                                                   {"ddr4_3200_", "ddr4_3200_22"},
                                                                                   {"ddr5_4800_", "ddr5_4800_36"},
                                                                                   {"lpddr4_3200_", "lpddr4_3200_28"},
                                                                                   {"ddr3_1600_", "ddr3_1600_11"},
                                                                                   {"sdr_133_", "sdr_133_3"}}};
  for (const auto& [prefix, preset] : kPresets) {
    const std::string name = std::string("channel.") + prefix;
    for (const std::string trace : {"seq_bg", "seq_row", "rnd_r", "rnd_67", "add_bg"}) {
      // In so small a module its three streams would meet.
      if (trace == "add_bg" && preset == std::string_view("sdr_133_3")) continue;
      measure(name + trace + "_pct", preset, trace);
    }
    measure(name + "idle_random_ck", preset, "rnd_r", kIdleInterval);
  }
  for (const auto& [prefix, preset] : {kPresets[2], kPresets[3]}) {
    const std::vector<RegisterWrite> alone = TimingRegisters(*LoadPreset(PresetFile(preset)), RefreshOf::kBanksAlone);
    for (const std::string trace : {"seq_bg", "seq_row", "rnd_r", "rnd_67", "add_bg"}) {
      measure(std::string("channel.") + prefix + "banks_alone_" + trace + "_pct", preset, trace, 0, {}, alone);
    }
  }
  for (const std::string trace : {"seq_bg", "seq_row", "rnd_r", "rnd_67", "add_bg"}) {
    measure("channel.four_slots_" + trace + "_pct", "ddr4_2400_17", trace, 0, {}, FourSlotRegisters(), 4);
  }
  measure("channel.four_slots_idle_random_ck", "ddr4_2400_17", "rnd_r", kIdleInterval / 4, {}, FourSlotRegisters(), 4);
  for (const auto& [prefix, build] :
       {std::pair("channel.small_", Build::kSmall), std::pair("channel.four_banks_", Build::kDefaultWithFourBanks)}) {
    for (const std::string trace : {"seq_bg", "seq_row", "rnd_r", "rnd_67", "add_bg"}) {
      measure(prefix + trace + "_pct", "ddr4_2400_17", trace, 0, {}, {}, 1, build);
    }
    measure(std::string(prefix) + "idle_random_ck", "ddr4_2400_17", "rnd_r", kIdleInterval, {}, {}, 1, build);
  }
  measure("channel.seq_mapped_pct", "ddr4_2400_17", "seq_row", 0, AddressMap{.bank_group_low = 0});
  measure("channel.stride_pct", "ddr4_2400_17", "stride");
  measure("channel.stride_hashed_pct", "ddr4_2400_17", "stride", 0, AddressMap{.hash_rows = {1, 2, 4, 8}});
  measure("channel.idle_precharge_random_ck", "ddr4_2400_17", "rnd_r", kIdleInterval, {},
          {{r::scheduler::kOffset, r::scheduler::IdlePrecharge::Set(r::scheduler::kReset, 8)}});
  figures["channel.violations"] = {{"value", violations}, {"unit", "count"}};
  figures["channel.sim_cycles_per_second"] = {{"value", static_cast<double>(cycles) / seconds}, {"unit", "1/s"}};
  std::cout << "violations " << violations << ", " << static_cast<double>(cycles) / seconds << " cycles/s\n";
  if (!json_file.empty()) {
    std::ofstream out(json_file);
    out << figures.dump(2) << "\n";
    if (!out.flush()) {
      std::cerr << json_file << ": cannot be written\n";
      return 2;
    }
  }
  return bench.failed() ? 1 : 0;
}

}  // namespace
}  // namespace tarn::channel

int main(int argc, char** argv) { return tarn::channel::Main(argc, argv); }
