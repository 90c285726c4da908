// The main job: a platform is set up for programs that share a pool smaller than what they touch, the programs are
// replayed on it with every byte checked, and what was seen is summed up.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/common/result.h"
#include "sw/hal/factory.h"
#include "sw/replay/addressing.h"
#include "sw/replay/replayer.h"
#include "sw/replay/slow_cells.h"
#include "sw/replay/summary.h"

namespace tarn::replay {

// How big the pool is: a share of what the programs touch, or bytes.
struct PoolSize {
  bool is_percent = true;
  std::uint64_t value = 50;
};

struct SessionOptions {
  hal::PlatformKind platform = hal::PlatformKind::kRtl;
  hal::PlatformOptions platform_options;                          // initial_content is set by the session
  std::uint32_t hosts_min = 0;                                    // that the node must have
  std::vector<std::pair<std::uint32_t, std::string>> traces;      // (host, file); several on a host take turns
  std::optional<std::map<std::uint32_t, Addressing>> addressing;  // by host; nothing: DefaultAddressing
  PoolSize pool;
  std::uint64_t lines_max = 0;  // per trace; 0: all
  std::uint64_t seed = 1;
  unsigned zero_page_percent = 10;
  unsigned zero_line_percent = 5;
  std::optional<SlowCellsOptions> slow_cells;  // nothing: all slots are fast
  ReplayOptions replay;
  std::string command;  // for the report
};

// Errors: what the user got wrong (traces, sizes). What goes wrong in the run itself stands in the summary.
Result<RunSummary> RunSession(const SessionOptions& options);

}  // namespace tarn::replay
