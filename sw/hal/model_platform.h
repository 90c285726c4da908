// The node's golden models as a platform: functional, with estimated time.
#pragma once

#include <memory>
#include <string>

#include "models/bulk/bulk_device.h"
#include "sw/hal/factory.h"

namespace tarn::hal {

Result<std::unique_ptr<Platform>> MakeModelPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                    const std::string& bulk_description);

}  // namespace tarn::hal
