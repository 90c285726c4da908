// What a trace says about itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tarn::trace {

// The cache that stood between the program and the trace (see cache_filter.h).
struct CacheFilterConfig {
  std::uint64_t size_bytes = 256 * 1024;
  std::uint32_t ways = 8;
  std::uint32_t line_bytes = 64;
  bool instructions = false;  // instruction fetches went through the cache too
  bool flush = false;         // what was dirty at the end was written at the end
  friend bool operator==(const CacheFilterConfig&, const CacheFilterConfig&) = default;
};

// What Access::gap counts.
enum class GapUnit : std::uint8_t { kNone, kInstructions, kCycles };

// Known before the first access is written.
struct Metadata {
  std::vector<std::string> command = {};  // the program and its arguments; empty if not known
  std::string source = {};                // where the accesses come from: "record", "lackey", "dramsim3", …
  std::optional<CacheFilterConfig> filter = std::nullopt;  // none: the accesses are as the source gave them
  std::uint64_t skipped = 0;                               // accesses left out before the first one
  GapUnit gap_unit = GapUnit::kNone;
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

// Why a trace ends where it ends.
enum class Ending : std::uint8_t {
  kComplete = 0,     // the program, or the input, ended
  kLimit = 1,        // the number of accesses asked for was reached
  kInterrupted = 2,  // the recording was interrupted
};

// Known when the last access is written; the reader has it from the start.
struct Summary {
  std::uint64_t accesses = 0;  // reads + writes
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t pages = 0;      // distinct 4 KiB pages touched
  std::uint64_t segments = 0;   // distinct 64 KiB segments touched
  std::uint64_t gap_total = 0;  // sum of all gaps
  Ending ending = Ending::kComplete;
  friend bool operator==(const Summary&, const Summary&) = default;
};

}  // namespace tarn::trace
