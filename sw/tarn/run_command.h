#pragma once

#include "sw/tarn/commands.h"

namespace tarn::tool {

// tarn run: the main job.
int RunCommand(const Words& words);

}  // namespace tarn::tool
