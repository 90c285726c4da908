// A host inside its floor on the Verilated node, and its neighbours, each of which leaves it alone, works in resident
// memory as hard as it can, or storms: misses with as many accesses as its port takes. How long the first one's
// accesses take.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/common/result.h"

namespace tarn::tests {

enum class Neighbour : std::uint8_t {
  kIdle,
  kResident,  // random lines of segments that are there
  kHammer,    // reads of the first page of those in even slots: all in one bank of the channel, hardly two in a row in
              // one row
  kStorm      // page after page that is not there
};

struct StormSettings {
  std::array<Neighbour, 3> neighbours{};
  bool measured_hammers = false;             // the host measured reads as kHammer does
  std::uint32_t measured_outstanding = 16;   // as the main job's hosts
  std::uint32_t neighbour_outstanding = 64;  // all that its port takes
  unsigned measured_write_percent = 30;
  unsigned neighbour_write_percent = 30;
  std::uint64_t cycles = 200'000;
  std::uint64_t seed = 1;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> channel;  // registers of the channel: offset, value
};

struct StormResult {
  // Cycles from the port's taking to the answer, sorted.
  std::vector<std::uint64_t> reads, writes;
  // Of reads: from the port's taking to the decision, and from there to the answer.
  std::vector<std::uint64_t> to_decision, from_decision;
  std::uint64_t cycles = 0, neighbour_lines = 0, page_ins = 0, pages_out = 0;

  static std::uint64_t Percentile(const std::vector<std::uint64_t>& sorted, double percent) {
    if (sorted.empty()) return 0;
    return sorted[static_cast<std::size_t>(percent / 100 * static_cast<double>(sorted.size() - 1))];
  }
  std::vector<std::uint64_t> All() const;  // reads and writes, sorted
};

// An error: what went wrong, such as a failed assertion inside, or the measured host did miss.
Result<StormResult> RunStorm(const StormSettings& settings);

// The 99th percentile of all accesses of a host inside its floor that has 16 under way, three in ten of them writes:
// beside one that storms with all that its port takes, and beside one that asks for as much in memory that is there.
struct StormRatio {
  std::uint64_t storm_cycles = 0, resident_cycles = 0, page_ins = 0;
  double ratio() const { return static_cast<double>(storm_cycles) / static_cast<double>(resident_cycles); }
};
Result<StormRatio> MeasureStormRatio(std::uint64_t cycles);

// The longest that a hit of a host inside its floor may take (rtl/pool/README.md, "A hit's wait"), and did: beside a
// storm that writes, and two hosts that hammer the bank of the channel to which all reads of the measured host go.
inline constexpr std::uint64_t kHitBoundCycles = 38'000;
Result<std::uint64_t> MeasureWorstHit(std::uint64_t cycles);

}  // namespace tarn::tests
