// Sets a platform up for the plans: windows, what bulk holds, IOMMUs and their tables.
#pragma once

#include <cstdint>
#include <vector>

#include "models/common/result.h"
#include "sw/hal/platform.h"
#include "sw/replay/content.h"
#include "sw/replay/replayer.h"

namespace tarn::replay {

// slots: of the pool that are in service.
Status BringUp(hal::Platform& platform, const std::vector<HostPlan>& plans, const Content& content,
               std::uint32_t slots);

}  // namespace tarn::replay
