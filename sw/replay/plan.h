// Decides where everything lies: which program on which host, windows, page tables.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "models/common/result.h"
#include "sw/hal/platform.h"
#include "sw/replay/host_plan.h"

namespace tarn::replay {

// One plan per host that has a trace, ascending by host. traces: (host, file). addressing: of hosts whose devices do
// not go bare. Errors name the file or the host and what would be right.
Result<std::vector<HostPlan>> MakePlans(const std::vector<std::pair<std::uint32_t, std::string>>& traces,
                                        const std::map<std::uint32_t, Addressing>& addressing, std::uint64_t lines_max,
                                        const hal::NodeParameters& node);

// What is done unless the user says otherwise: the last host that has a trace and an IOMMU goes through two stages, the
// one before it through a first stage of pages of 2 MiB.
std::map<std::uint32_t, Addressing> DefaultAddressing(const std::vector<std::pair<std::uint32_t, std::string>>& traces,
                                                      const hal::NodeParameters& node);

// Segments that the programs and their page tables touch.
std::uint64_t FootprintSegments(const std::vector<HostPlan>& plans);

}  // namespace tarn::replay
