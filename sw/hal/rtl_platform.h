// The Verilated node as a platform.
#pragma once

#include <memory>

#include "models/bulk/bulk_device.h"
#include "sw/hal/factory.h"

namespace tarn::hal {

// Untraced, and the same design with tracing compiled in (a tenth slower while it is off).
Result<std::unique_ptr<Platform>> MakeRtlPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                  const std::string& bulk_description);
Result<std::unique_ptr<Platform>> MakeTracedRtlPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                        const std::string& bulk_description);

}  // namespace tarn::hal
