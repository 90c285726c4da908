// What a replay measures: latencies per path, and how things went over time.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sw/replay/histogram.h"

namespace tarn::replay {

// How an access was served.
enum class Path : std::uint8_t {
  kResident = 0,  // no IOMMU in front, page resident
  kIotlbHit = 1,  // translated from the IOTLB, page resident
  kWalk = 2,      // waited for a table walk, page resident
  kPageIn = 3,    // waited for a page-in, walked or not
};
inline constexpr int kPaths = 4;
inline constexpr std::array<const char*, kPaths> kPathNames = {"resident", "iotlb_hit", "walk", "page_in"};

struct HostStatistics {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t bytes_checked = 0;  // of read data
  std::uint64_t nonzero_reads = 0;  // reads whose expected data is not all zero
  std::uint64_t mismatches = 0;
  std::uint64_t walked = 0;  // accesses that waited for a table walk, paged in or not
  std::uint64_t digest = 0;  // of every answer: sum of hash(sequence, line, status, data)
  std::array<Histogram, kPaths> latency_cycles;
};

// The pool as its probe shows it.
struct PoolActivity {
  std::uint64_t page_ins = 0;
  std::uint64_t evictions = 0;
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::vector<std::uint64_t> resident_segments;  // per host, now
};

// One point in time; counts are since the start.
struct Sample {
  std::uint64_t cycle = 0;
  std::vector<std::uint64_t> lines;              // answered, per host
  std::vector<std::uint64_t> resident_segments;  // per host
  std::uint64_t page_ins = 0;
  std::uint64_t pages_out_dirty = 0;
  std::uint64_t pages_dropped_clean = 0;
  std::uint64_t bus_busy_cycles = 0;
};

}  // namespace tarn::replay
