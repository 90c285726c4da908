// Ports by the names of signals, where no rules name them.
#pragma once

#include <vector>

#include "sw/wave/plan.h"
#include "sw/wave/rules.h"

namespace tarn::wave {

// A port is a signal of one bit whose name is "valid", or has the form NAME_valid, NAME_valid_i or NAME_valid_o. Its
// ready is the one of that name beside it, if there is one; its payload is what is called NAME, NAME_… or NAME.… beside
// it with the same _i or _o at its end (beside a plain "valid": all that stands in its scope); its tag is the field
// of the payload that has one of the names `tags`.
std::vector<PortRule> FindPorts(const std::vector<PlannedSignal>& signals, const std::vector<std::string>& tags);

}  // namespace tarn::wave
