// Sets a platform up for the plans: windows, what bulk holds, IOMMUs and their tables.
#pragma once

#include <cstdint>
#include <vector>

#include "models/common/result.h"
#include "sw/hal/platform.h"
#include "sw/replay/content.h"
#include "sw/replay/replayer.h"

namespace tarn::replay {

// slots: of the pool that are in service. fast_slots: so many of them, the first ones, are fast; 0: all are.
Status BringUp(hal::Platform& platform, const std::vector<HostPlan>& plans, const Content& content, std::uint32_t slots,
               std::uint32_t fast_slots);

}  // namespace tarn::replay
