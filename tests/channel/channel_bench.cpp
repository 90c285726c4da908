// Measures the channel: the share of the data bus that carries data when requests never run out, and the latency of a
// lone read, on the traces that published schedulers were measured with. `--json FILE`, `--quick`, `--tune` for trying
// scheduler settings.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tb/channel/channel_simulation.h"
#include "tb/channel/channel_traces.h"
#include "tb/channel/trace_feeder.h"

namespace tarn::channel {
namespace {

struct Result {
  double bus_pct;
  double latency_clocks;
  std::uint64_t violations;
  std::uint64_t cycles;
  double seconds;
};

struct Setting {
  std::uint32_t offset, mask, value;
};

class Bench {
 public:
  Bench(bool quick, std::vector<Setting> settings) : quick_(quick), settings_(std::move(settings)) {}

  // interval_cycles: 0 for saturated.
  Result Run(const std::string& preset, const std::string& trace_name, std::uint64_t interval_cycles,
             const std::vector<Setting>& more = {}) {
    std::vector<TraceAccess> trace = MakeTrace(trace_name);
    const std::size_t lines = quick_ ? 2000 : interval_cycles != 0 ? 20000 : trace.size();
    trace.resize(std::min(trace.size(), lines));
    ChannelSimulation channel(preset);
    for (const Setting& setting : settings_) channel.Override(setting.offset, setting.mask, setting.value);
    for (const Setting& setting : more) channel.Override(setting.offset, setting.mask, setting.value);
    channel.PowerUp();
    TraceFeeder feeder(channel, trace, interval_cycles);
    channel.simulation().Add(feeder);
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t from = channel.simulation().cycle();
    // Posted writes are still under way when their answers are there.
    channel.simulation().RunUntil([&] { return feeder.done(); }, 500 * trace.size() + 100000, "answers");
    channel.simulation().Run(5000);
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    channel.checker().Finish(channel.simulation().cycle());
    if (channel.failures().any()) {
      std::cerr << trace_name << ": " << channel.failures().Text();
      failed_ = true;
    }
    const double clocks = static_cast<double>(feeder.last_beat() - feeder.first_command() + 1);
    return {.bus_pct = 400.0 * static_cast<double>(trace.size()) / clocks,
            .latency_clocks = feeder.latency_mean(),
            .violations = channel.violations(),
            .cycles = channel.simulation().cycle() - from,
            .seconds = spent.count()};
  }
  bool failed() const { return failed_; }

 private:
  bool quick_;
  bool failed_ = false;
  std::vector<Setting> settings_;
};

int Main(int argc, char** argv) {
  namespace r = channel_registers;
  std::string json_file;
  std::string only;  // a part of a figure's name
  bool quick = false;
  std::vector<Setting> settings;
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
      settings.push_back({offset, ~0u, static_cast<std::uint32_t>(std::stoul(argv[i + 2], nullptr, 0))});
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
                           std::uint64_t interval_cycles, const std::vector<Setting>& more) {
    if (name.find(only) == std::string::npos) return;
    const Result result = bench.Run(preset, trace, interval_cycles, more);
    const double value = interval_cycles == 0 ? result.bus_pct : result.latency_clocks;
    const std::string unit = interval_cycles == 0 ? "%" : "clocks";
    figures[name] = {{"value", value}, {"unit", unit}};
    violations += result.violations;
    cycles += result.cycles;
    seconds += result.seconds;
    std::cout << name << " " << value << " " << unit << std::endl;
  };
  for (const std::string trace : {"seq_bg", "seq_row", "rnd_r", "rnd_67", "add_bg"}) {
    measure("channel." + trace + "_pct", "ddr4_2400_17", trace, 0, {});
  }
  for (const std::string trace : {"seq_bg", "rnd_r", "rnd_67"}) {
    measure("channel.ddr4_3200_" + trace + "_pct", "ddr4_3200_22", trace, 0, {});
  }
  const auto mapped = [](const AddressMap& map) {
    std::vector<Setting> writes;
    for (const RegisterWrite& write : map.Registers()) writes.push_back({write.offset, ~0u, write.value});
    return writes;
  };
  measure("channel.seq_mapped_pct", "ddr4_2400_17", "seq_row", 0, mapped({.bank_group_low = 0}));
  measure("channel.stride_pct", "ddr4_2400_17", "stride", 0, {});
  measure("channel.stride_hashed_pct", "ddr4_2400_17", "stride", 0, mapped({.hash_rows = {1, 2, 4, 8}}));
  constexpr std::uint64_t kIdleInterval = 100;
  measure("channel.idle_random_ck", "ddr4_2400_17", "rnd_r", kIdleInterval, {});
  measure("channel.idle_precharge_random_ck", "ddr4_2400_17", "rnd_r", kIdleInterval,
          {{r::scheduler::kOffset, ~0u, r::scheduler::IdlePrecharge::Set(r::scheduler::kReset, 8)}});
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
