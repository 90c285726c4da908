// Where the traces that come with the project lie.
#pragma once

#include <string>
#include <vector>

#include "models/common/result.h"

namespace tarn::tool {

// The files of tests/data, by name. Errors: the source tree that this program was built from is gone.
Result<std::vector<std::string>> BundledTraces();

}  // namespace tarn::tool
