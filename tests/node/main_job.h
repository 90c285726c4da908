// The main job for benches: the bundled traces, a host each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sw/replay/session.h"

namespace tarn::tests {

// lines: of each trace at most.
inline replay::SessionOptions MainJob(hal::PlatformKind platform, std::uint64_t lines,
                                      const std::vector<std::string>& traces) {
  replay::SessionOptions options;
  options.platform = platform;
  options.lines_max = lines;
  for (std::uint32_t host = 0; host < traces.size(); ++host) options.traces.emplace_back(host, traces[host]);
  return options;
}

}  // namespace tarn::tests
