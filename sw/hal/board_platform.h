// A node on a board, at the other end of a serial line (rtl/serial/README.md); this computer is its hosts, its software
// and its bulk device.
#pragma once

#include <memory>
#include <string>

#include "models/bulk/bulk_device.h"
#include "sw/hal/factory.h"

namespace tarn::hal {

// Opens options.tty, begins a session in which the node is reset, and reads what the node is. Errors: no such line, no
// board that answers within options.silence_seconds.
Result<std::unique_ptr<Platform>> MakeBoardPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                    const std::string& bulk_description);

}  // namespace tarn::hal
