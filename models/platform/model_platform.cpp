#include "sw/hal/model_platform.h"

#include <utility>

#include "models/platform/node_platform.h"

namespace tarn::hal {
namespace {

class ModelPlatform : public platform::NodePlatform {
 public:
  using NodePlatform::NodePlatform;
  std::string name() const override { return "model"; }
};

}  // namespace

Result<std::unique_ptr<Platform>> MakeModelPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                    const std::string& bulk_description) {
  return std::unique_ptr<Platform>(std::make_unique<ModelPlatform>(options, bulk, bulk_description));
}

}  // namespace tarn::hal
