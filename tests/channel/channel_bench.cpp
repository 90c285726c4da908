// Measures the channel: the share of the data bus that carries data when requests never run out, and the latency of a
// lone read, on the traces that published schedulers were measured with. `--json FILE`, `--quick`, `--tune` for trying
// scheduler settings.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/channel/channel_simulation.h"
#include "tests/channel/channel_traces.h"

namespace tarn::channel {
namespace {

constexpr unsigned kHostPort = 2;

// Offers a trace on the host port, one request a cycle, in order; knows when the first command and the last beat were.
class TraceFeeder : public tb::Component {
 public:
  TraceFeeder(ChannelSimulation& channel, const std::vector<TraceAccess>& trace, std::uint64_t interval_cycles)
      : dut_(channel.dut()), trace_(trace), interval_cycles_(interval_cycles), taken_cycle_(4096) {}

  void Drive(std::uint64_t cycle) override {
    dut_.slot_rsp_ready_i = 1;
    const bool due = next_ < trace_.size() && (offering_ || cycle >= next_cycle_);
    dut_.slot_req_valid_i[kHostPort] = due;
    if (!due || offering_) return;
    offering_ = true;
    next_cycle_ = cycle + interval_cycles_;
    SlotRequest request;
    request.tag = static_cast<std::uint16_t>(next_ % 4096);
    request.op = trace_[next_].write ? Op::kWrite : Op::kRead;
    request.line = trace_[next_].line;
    request.mask = ~std::uint64_t{0};
    request.data[0] = static_cast<std::uint8_t>(next_);
    std::uint32_t words[SlotRequest::kWords];
    request.Pack(words);
    std::memcpy(&dut_.slot_req_i[kHostPort], words, sizeof words);
  }

  void Sample(std::uint64_t cycle) override {
    if (offering_ && dut_.slot_req_ready_o[kHostPort] != 0) {
      taken_cycle_[next_ % 4096] = cycle;
      offering_ = false;
      ++next_;
    }
    const std::uint64_t op = dut_.dfi_cmd_o[0] >> (DfiCommand::kBits - 4);
    if (op != 0 && first_command_ == 0) first_command_ = cycle;
    if (dut_.dfi_rd_i[0][DfiReadData::kBits / 32] >> (DfiReadData::kBits - 1) % 32 & 1) last_beat_ = cycle;
    if (dut_.dfi_wr_o[0][DfiWriteData::kBits / 32] >> (DfiWriteData::kBits - 1) % 32 & 1) last_beat_ = cycle;
    if (dut_.slot_rsp_valid_o == 0) return;
    const std::uint32_t* words = reinterpret_cast<const std::uint32_t*>(&dut_.slot_rsp_o);
    const std::uint64_t tag = bits::Get(words, SlotResponse::kBits - 12, 12);
    ++answered_;
    // Accept to last beat, both counted: the last beat of this line was the latest when reads come one by one.
    latency_sum_ += last_beat_ - taken_cycle_[tag] + 1;
  }

  bool done() const { return answered_ == trace_.size(); }
  std::uint64_t first_command() const { return first_command_; }
  std::uint64_t last_beat() const { return last_beat_; }
  double latency_mean() const { return static_cast<double>(latency_sum_) / static_cast<double>(answered_); }

 private:
  ChannelSimulation::Dut& dut_;
  const std::vector<TraceAccess>& trace_;
  std::uint64_t interval_cycles_;
  std::vector<std::uint64_t> taken_cycle_;
  std::size_t next_ = 0, answered_ = 0;
  std::uint64_t next_cycle_ = 0, first_command_ = 0, last_beat_ = 0, latency_sum_ = 0;
  bool offering_ = false;
};

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
