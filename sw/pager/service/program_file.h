// The program that is to run in far memory: where it is, and whether a library can be preloaded into it.
#pragma once

#include <string>

#include "models/common/result.h"

namespace tarn::pager {

// The file that a shell would run for `name`. Errors: there is none, it may not be run, it is statically linked, of
// another architecture, or runs with rights of its own (set-user-id), so that the system preloads nothing into it. A
// script is judged by its interpreter.
Result<std::string> FindFarProgram(const std::string& name);

}  // namespace tarn::pager
