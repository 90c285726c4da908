#include "sw/hal/rtl_platform.h"

#include "Vrtl_node.h"
#include "tb/node/make_rtl_platform.h"

namespace tarn::hal {

Result<std::unique_ptr<Platform>> MakeRtlPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                  const std::string& bulk_description) {
  return tb::MakeVerilatedNode<Vrtl_node>(options, bulk, bulk_description);
}

}  // namespace tarn::hal
