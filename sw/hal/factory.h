// Makes a platform by its name.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/common/result.h"
#include "sw/hal/platform.h"

namespace tarn::bulk {
class BulkStore;
}  // namespace tarn::bulk

namespace tarn::hal {

enum class PlatformKind : std::uint8_t { kRtl, kModel, kTlm, kBoard };

// "rtl", "model", "tlm" or "board"; else an error that lists them.
Result<PlatformKind> ParsePlatformKind(const std::string& name);

struct PlatformOptions {
  std::uint64_t seed = 1;
  InitialContent initial_content;  // of bulk
  // What the bulk device holds, for one that outlives the platform as it outlives a crash of the node. Null: one of the
  // platform's own, which begins with initial_content.
  std::shared_ptr<bulk::BulkStore> bulk_store;
  std::string bulk_preset;            // a preset's name; empty: the default, low latency
  std::uint64_t bulk_latency_ns = 0;  // overrides the preset's mean; 0: as the preset says
  std::string slow_cells;  // preset of the memory modules' slow cells, where software makes rows slow; empty: slow_pcm
  std::string tty;         // board only: the serial line that leads to it
  std::uint32_t baud = 1'000'000;      // of that line
  std::uint64_t silence_seconds = 10;  // of the board, after which it is taken for dead
  std::string host_wave_file;          // what hosts ask and get, on any platform (host_recorder.h); empty: none
  std::string wave_file;               // rtl only; empty: none
  // The window of cycles in the wave. wave_from_end: the last wave_cycles before the end or the first failure.
  bool wave_from_end = true;
  std::uint64_t wave_from_cycle = 0;
  std::uint64_t wave_cycles = 20'000;
};

// Errors: a preset that is not there or contradicts itself, a wave file that cannot be written, waves of a platform
// that has none.
Result<std::unique_ptr<Platform>> MakePlatform(PlatformKind kind, const PlatformOptions& options);

}  // namespace tarn::hal
