// What happens on the ports of one wave.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/replay/histogram.h"
#include "sw/wave/rules.h"
#include "sw/wave/wave_reader.h"

namespace tarn::wave {

struct PortSummary {
  std::string name;
  replay::Histogram wait_cycles;  // of each transaction: valid and not ready before
  std::uint64_t waiting_cycles = 0;
  std::uint64_t unknown_cycles = 0;  // valid is neither 0 nor 1

  std::uint64_t transactions() const { return wait_cycles.count(); }
  // Of the cycles in which something was valid, those in which it was not taken.
  double back_pressure_percent() const;
};

// From the transactions of one port to those of another, in order per tag.
struct LatencySummary {
  std::string from;
  std::string to;
  replay::Histogram cycles;
  std::uint64_t unanswered = 0;
  std::uint64_t unasked = 0;  // answers without a request
};

struct Summary {
  std::uint64_t cycles = 0;
  std::vector<PortSummary> ports;
  std::vector<LatencySummary> latencies;
};

// Latencies are those of the rules; without any, from each port whose name has "request" or "req" to the one that has
// "response", "rsp" or "resp" in its place. Errors: there is no port; the wave cannot be read.
Result<Summary> SumUp(WaveReader& reader, const Rules& rules);

void PrintSummary(std::ostream& out, const Summary& summary);
nlohmann::ordered_json SummaryToJson(const Summary& summary);

}  // namespace tarn::wave
