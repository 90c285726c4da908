// The SystemC virtual platform. One at a time in a process.
#pragma once

#include <memory>
#include <string>

#include "models/bulk/bulk_device.h"
#include "sw/hal/factory.h"

namespace tarn::hal {

// An error when there is one already.
Result<std::unique_ptr<Platform>> MakeTlmPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                  const std::string& bulk_description);

}  // namespace tarn::hal
