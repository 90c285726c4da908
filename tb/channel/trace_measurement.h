// Replays traces on the Verilated channel alone and measures what comes of it, on the pins, at the ports, and by the
// channel's counters, which must agree.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/channel/address_map.h"
#include "models/channel/preset.h"
#include "models/common/line_protocol.h"
#include "tb/channel/bus_monitor.h"
#include "tb/channel/channel_traces.h"
#include "tb/channel/latency_counts.h"
#include "tb/channel/timing_rules.h"
#include "tb/channel/trace_feeder.h"

namespace tarn::channel {

// One class port's traffic.
struct ClassTrace {
  TrafficClass port = TrafficClass::kHost;
  const std::vector<TraceAccess>* trace = nullptr;  // not empty, no line beyond the module
  Pace pace;
};

struct MeasurementOptions {
  unsigned clocks_per_cycle = 1;  // DRAM clocks, of the channel: 1 or 4. All times are clocks but where it says cycles
  bool small = false;  // the channel of small boards: its module has 4 bank groups of a bank, timing is ddr4_2400_17
  std::optional<AddressMap> map;         // without it row | bank | bank group | column
  std::vector<RegisterWrite> registers;  // whole registers, beside those of the preset and the map
  std::uint64_t seed = 1;                // of content and uninitialised state
  SlotMemory* content = nullptr;         // what stands behind the channel, as SeededMemory(seed) has it; null: that one
  bool golden_scheduler =
      false;  // each command must be the golden scheduler's (tb/channel/scheduler_checker.h); one clock a cycle only
  // Each command from the start of the traces on; the clock counts from there.
  OnCommand on_command;
  // Asked now and then; the replay ends when it says no.
  std::function<bool(std::uint64_t answered, std::uint64_t lines, std::uint64_t cycle)> go_on;
};

// Registers of the scheduler for four command slots a cycle, where the admission is hardly faster than the data bus:
// shorter drains than by default, or a queue fills up and keeps the other's requests out; refreshes in longer rows.
std::vector<RegisterWrite> FourSlotRegisters();

struct ClassMeasurement {
  TrafficClass port = TrafficClass::kHost;
  std::uint64_t reads = 0, writes = 0;  // answered
  LatencyCounts read_latency, write_latency, read_latency_since_due;
};

struct Measurement {
  std::vector<ClassMeasurement> classes;
  std::uint64_t lines = 0;         // answered
  std::uint64_t burst_clocks = 0;  // of a line's data
  std::uint64_t clocks = 0;        // from the first command to the last beat, both counted
  std::uint64_t data_clocks = 0;   // of these, with data on the bus
  std::uint64_t refreshes = 0, activates = 0;
  // The channel's own counters.
  std::uint64_t module_reads = 0, module_writes = 0, row_hits = 0, row_misses = 0, row_conflicts = 0;
  std::uint64_t forwarded = 0, merged = 0, turnarounds = 0, stalls = 0;
  // A read's acceptance to its last beat, both counted, on average; 0 where some were forwarded, so that it is not
  // known.
  double read_to_last_beat = 0;
  std::vector<std::uint32_t> data_windows;  // clocks with data in each window_clocks of the above
  std::uint64_t window_clocks = 0;

  std::uint64_t violations = 0;  // of timing rules
  std::string first_violation;
  std::uint64_t mismatches = 0;       // wrong answers
  std::uint64_t golden_commands = 0;  // that were the golden scheduler's, where that was asked for
  std::string failure;                // what went wrong, of any kind; empty if nothing did
  bool interrupted = false;
  std::uint64_t cycles = 0;  // simulated, without power-up
  double seconds = 0;

  bool passed() const { return failure.empty() && violations == 0; }
  // Share of the data bus: what the lines would take of it, were none forwarded or merged (targets.md's figure).
  double BusPercent() const { return Percent(burst_clocks * lines); }
  // What was really on the bus.
  double DataPercent() const { return Percent(data_clocks); }

 private:
  double Percent(std::uint64_t part) const {
    return clocks == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(clocks);
  }
};

// REQUIRES: at most one trace a port, at least one in all.
Measurement MeasureTraces(const Preset& preset, const tb::TimingRules& rules, const std::vector<ClassTrace>& traces,
                          const MeasurementOptions& options = {});

}  // namespace tarn::channel
