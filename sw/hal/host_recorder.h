// A platform that writes what its hosts ask and get as a wave: the same signals whatever the node is made of, so that
// the wave of one platform can be compared with another's (`tarn wave compare`, rtl/node/waves.json).
#pragma once

#include <memory>
#include <string>

#include "models/common/result.h"
#include "sw/hal/platform.h"

namespace tarn::hal {

// Ports of host h in scope `node`: access[h] (valid where the port takes it) and completion[h] (where software takes
// it), which repeats the access's address and says what it did. The file is whole when the platform is gone; the
// library that writes knows no errors (sw/wave/fst_file.h).
std::unique_ptr<Platform> RecordHosts(std::unique_ptr<Platform> platform, const std::string& wave_file);

}  // namespace tarn::hal
