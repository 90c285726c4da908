// Everything that a run tells: what the report, the JSON file and the terminal show.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sw/replay/statistics.h"

namespace tarn::replay {

// One stage of a host's translation: its mode, and how many pages of which size its tables map.
struct StageSummary {
  std::string mode;
  std::map<std::uint64_t, std::uint64_t> pages;  // size in bytes -> count

  // Such as "Sv39: 8 of 2 MiB, 5 of 64 KiB".
  std::string Text() const;
};

struct HostSummary {
  std::uint32_t number = 0;  // of the host's port
  std::vector<std::string> programs;
  std::string addressing;  // "CPU", "device, bare", "device, Sv39", "device, Sv39 over Sv39x4"
  std::optional<StageSummary> first_stage, second_stage;
  std::uint64_t segments = 0;  // touched, page tables included
  std::uint64_t pages = 0;     // touched by programs
  HostStatistics statistics;

  // Both stages' texts; empty if there is none.
  std::string PagesText() const;
};

// Something that must hold of a run, and whether it did.
struct Check {
  std::string name;
  bool passed = false;
  std::string detail;
};

// A count read from the node's registers or its probe at the end.
struct Counter {
  std::string name;  // as in JSON, such as "channel.refreshes"
  std::uint64_t value = 0;
};

struct RunSummary {
  std::string command;
  std::string platform;
  std::uint64_t seed = 0;
  std::string bulk;  // preset and latency
  std::uint64_t clock_hz = 0;
  std::uint64_t segment_bytes = 0;
  std::uint64_t slots = 0;  // in service
  std::uint64_t footprint_segments = 0;
  std::uint64_t cycles = 0;  // of the replay, set-up not counted
  std::uint64_t setup_cycles = 0;
  std::uint64_t lines = 0;
  std::uint64_t lines_in_traces = 0;
  double seconds = 0;                          // wall clock of the replay, checking included
  double model_seconds = 0;                    // of the same replay on the golden model; 0: not done
  std::uint64_t end_cycle = 0;                 // of the platform
  std::optional<std::uint64_t> stopped_cycle;  // when it was stopped from outside
  bool interrupted = false;
  std::string failure;  // what ended the run early, if anything
  std::vector<std::string> mismatches;
  std::vector<HostSummary> hosts;
  std::vector<Counter> counters;
  std::vector<Sample> samples;
  std::vector<Check> checks;
  std::vector<std::string> remarks;  // what a reader should know of a run that passed all the same

  // Every check passed, and nothing ended the run early.
  bool passed() const;
  // The counter of that name, 0 if there is none.
  std::uint64_t counter(const std::string& name) const;
};

}  // namespace tarn::replay
