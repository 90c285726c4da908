// What a node says of itself in its registers.
#pragma once

#include "models/common/result.h"
#include "sw/hal/platform.h"

namespace tarn::hal {

// Reads the node's parameters; outstanding_max is the platform's to add. Errors: no node answers there, or a register
// access fails.
Result<NodeParameters> IdentifyNode(Platform& platform);

}  // namespace tarn::hal
