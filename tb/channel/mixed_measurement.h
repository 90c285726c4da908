// What a channel with fast and slow cells achieves: the share of the data bus when requests never run out, and what
// fast accesses notice of slow ones beside them. Definitions: rtl/channel/README.md, "Figures".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/channel/preset.h"
#include "models/channel/slow_preset.h"
#include "models/channel/timing_registers.h"

namespace tarn::channel {

// When the data of a slow read has its place on the bus.
enum class SlowPolicy : std::uint8_t {
  kReadySend,  // when it is ready, and the bus has room
  kFixedSlot,  // from its issue on: so many clocks later
  kInOrder,    // in its turn among all reads, 32 of them at once
};
const char* Name(SlowPolicy policy);
// The registers that make a channel work so.
std::vector<RegisterWrite> PolicyRegisters(SlowPolicy policy, const Preset& fast, const SlowPreset& slow);

// A saturated stream: fast reads of which 70% hit an open row, in a module of fast cells, and slow ones, of random
// lines, in a module of slow cells.
struct MixedStream {
  std::string slow_preset = "slow_pcm_dimm";
  std::string fast_preset = "ddr4_2400_17";
  SlowPolicy policy = SlowPolicy::kReadySend;
  unsigned clocks_per_cycle = 1;  // DRAM clocks, of the channel: 1 or 4 (then not fixed slots)
  unsigned slow_percent = 10;
  unsigned write_percent = 0;  // of both
  std::uint64_t lines = 100'000;
  std::vector<RegisterWrite> registers;  // more of them
};
struct BusShare {
  double percent = 0;  // of clocks with data, from the first command to the last beat
  std::uint64_t violations = 0;
  std::uint64_t cycles = 0;
  std::uint64_t slots_missed = 0;  // fixed ones
  std::string failure;             // empty if there was none
};
BusShare MeasureBusShare(const MixedStream& stream);

// Fast reads come at random times (Poisson), whatever becomes of those before, at half of what the bus can carry; a
// class of slow reads always has more.
struct OpenLoad {
  std::string slow_preset = "slow_pcm_dimm";
  bool slow = true;     // without: the fast reads alone, at the same times
  bool refresh = true;  // without: hardly any
  std::uint64_t lines = 50'000;
  std::vector<RegisterWrite> registers;
};
struct Latency {
  double mean = 0;  // clocks from arrival to answer, of fast reads
  std::uint64_t p50 = 0, p95 = 0, p99 = 0;
  double slow_percent = 0;  // share of the bus that slow reads got
  std::string failure;
};
Latency MeasureLatency(const OpenLoad& load);

// Share of the bus, with refresh, that saturated fast reads of one class have beside slow ones of another that never
// run out.
BusShare MeasureFastShare(const std::string& slow_preset, std::uint64_t lines);

}  // namespace tarn::channel
