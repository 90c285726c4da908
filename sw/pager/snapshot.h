// The counters of one or more programs at one moment, as numbers: to add, to compare, to print.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "sw/pager/counters.h"

namespace tarn::pager {

struct Snapshot {
  std::uint64_t programs = 0;  // that were served
  std::uint64_t faults = 0, write_faults = 0, zero_fills = 0, page_ins = 0, prefetched = 0;
  std::uint64_t evictions = 0, page_outs = 0, zero_page_outs = 0, clean_drops = 0;
  std::uint64_t bytes_written = 0, clean_bytes_written = 0;
  std::uint64_t samples = 0, sample_hits = 0, forced_evictions = 0;
  std::uint64_t resident_pages = 0, resident_pages_max = 0, stored_pages = 0;
  std::array<std::uint64_t, replay::Histogram::kBuckets> latency{};

  // Counts of a program; what stands (resident, stored) is left out of programs that are gone.
  void Add(const Counters& counters, bool gone);
  // In ns, within 6.25%; 0 when there was no fault.
  std::uint64_t LatencyPercentile(double percent) const;
};

nlohmann::ordered_json ToJson(const Snapshot& snapshot);
// For Prometheus, text format 0.0.4.
std::string ToPrometheus(const Snapshot& snapshot);

}  // namespace tarn::pager
