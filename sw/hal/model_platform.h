// The node's golden models as a platform: functional, with estimated time.
#pragma once

#include <memory>
#include <string>

#include "models/bulk/bulk_device.h"
#include "models/common/slot_memory.h"
#include "sw/hal/factory.h"
#include "sw/hal/page_port.h"

namespace tarn::hal {

Result<std::unique_ptr<Platform>> MakeModelPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                    const std::string& bulk_description);

// The same, with page-sized transfers. slot_memory: the pool's DRAM; null: one of its own.
struct PagedModelPlatform {
  std::unique_ptr<Platform> platform;
  PagePort* pages = nullptr;  // a part of it
};
Result<PagedModelPlatform> MakePagedModelPlatform(const PlatformOptions& options,
                                                  std::shared_ptr<SlotMemory> slot_memory);

}  // namespace tarn::hal
