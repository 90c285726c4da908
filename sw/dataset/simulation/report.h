// What a simulation was asked for, and what came of it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <string>

#include "sw/dataset/config.h"
#include "sw/dataset/messages.h"

namespace tarn::dataset::simulation {

// Kinds of fault, as they are counted.
enum class Fault : std::uint8_t {
  kMemberDown,
  kMemberSlow,
  kPartition,
  kOneWayPartition,
  kOldState,
  kMediatorDown,
  kMemberAndMediatorDown,
  kPowerCut,
  kMemberPaused,
  kTornWrite,
  kLostWrite,
  kBitRot,
  kFullDisk,
  kWriteError,
  kNewDisk,
  kMediatorForgets,
  kReordered,
  kDuplicated,
  kDelayed,
  kDropped,
};
inline constexpr std::size_t kFaults = 20;
const char* Name(Fault fault);
// Faults that last: what messages can meet.
inline constexpr std::size_t kLastingFaults = 9;

struct SimulationOptions {
  std::uint64_t seed = 1;
  double hours = 1;
  std::uint64_t world = 0;    // only this one, from 1, as a violation names it; 0: all
  std::uint32_t members = 0;  // 0: two to four, another number in each world
  std::uint32_t clients = 0;  // 0: five
  std::uint32_t jobs = 0;     // worlds at a time; 0: as many as there are cores. What comes of it is the same
  PlantedBug planted = PlantedBug::kNone;
  bool operates = false;  // the operator also scrubs, and takes members out and in again
  // Called now and then, by any thread, one at a time; false ends the run.
  std::function<bool(double hours_done)> progress;
  // Gets what happens, line by line, where it is set (one world at a time then): faults, memberships, notes of members,
  // operations.
  std::function<void(const std::string& line)> log;
};

struct SimulationReport {
  std::uint64_t seed = 0;
  double simulated_hours = 0;
  std::uint64_t worlds = 0;
  std::uint64_t world = 0;  // the last one
  std::uint64_t events = 0;
  std::uint64_t operations = 0;  // that clients began
  std::uint64_t reads = 0, writes = 0, trims = 0, flushes = 0, changes = 0;
  std::uint64_t answered = 0;
  std::uint64_t indeterminate = 0;  // writes whose answer never came, or said nothing
  std::uint64_t refused = 0;        // answered that nothing was done
  std::uint64_t checked_reads = 0;  // blocks
  std::uint64_t nonzero_reads = 0;  // of them, that showed what a client wrote
  std::uint64_t comparisons = 0;    // of two members' meaning
  std::uint64_t epochs = 0;
  std::uint64_t resyncs = 0;
  std::uint64_t verifications = 0, scrubs = 0, member_changes = 0, leaves = 0, takeovers = 0;  // of the operator
  std::uint64_t states_max = 0;                                                                // of the checker
  double longest_gap_seconds = 0;       // without an operation beginning or ending
  double longest_recovery_seconds = 0;  // from the end of all faults until all serve
  std::array<std::uint64_t, kFaults> faults = {};
  // Messages delivered or lost while a lasting fault was there.
  std::array<std::array<std::uint64_t, kLastingFaults>, std::variant_size_v<MessageBody>> met = {};
  std::uint64_t trace_hash = 0;
  std::optional<std::string> violation;
};

// Pairs of message and lasting fault that never met: "commit x power cut".
std::vector<std::string> UnreachedPairs(const SimulationReport& report);
nlohmann::ordered_json ReportToJson(const SimulationReport& report);
void PrintReport(std::ostream& out, const SimulationReport& report);

// Names of planted bugs, as --plant takes them.
std::optional<PlantedBug> BugByName(const std::string& name);
std::vector<std::string> BugNames();

// Runs worlds of two hours until one finds something, or so many hours are over (simulate.cpp).
SimulationReport Simulate(const SimulationOptions& options);

}  // namespace tarn::dataset::simulation
