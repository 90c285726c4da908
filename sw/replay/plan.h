// Decides where everything lies: which program on which host, windows, page tables.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/common/result.h"
#include "sw/hal/platform.h"
#include "sw/replay/replayer.h"

namespace tarn::replay {

// One plan per host that has a trace, ascending by host. traces: (host, file). translated: hosts whose devices go
// through Sv39 tables. Errors name the file or the host and what would be right.
Result<std::vector<HostPlan>> MakePlans(const std::vector<std::pair<std::uint32_t, std::string>>& traces,
                                        const std::vector<std::uint32_t>& translated, std::uint64_t lines_max,
                                        const hal::NodeParameters& node);

// Segments that the programs and their page tables touch.
std::uint64_t FootprintSegments(const std::vector<HostPlan>& plans);

}  // namespace tarn::replay
