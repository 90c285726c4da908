// The platform `model` under the scenarios of every platform.
#include "sw/hal/model_platform.h"

#include "tests/platform/scenarios.h"

namespace tarn::scenarios {
namespace {

std::unique_ptr<hal::Platform> Make() {
  hal::PlatformOptions options;
  options.initial_content = FillPage;
  Result<std::unique_ptr<hal::Platform>> platform =
      hal::MakeModelPlatform(options, *bulk::PresetByName("low-latency"), "low-latency");
  return std::move(*platform);
}

TEST(ModelPlatform, FirstTouchPagesIn) { FirstTouchPagesIn(*Make()); }
TEST(ModelPlatform, OutsideTheWindowIsAnAccessError) { OutsideTheWindowIsAnAccessError(*Make()); }
TEST(ModelPlatform, RandomTrafficReadsWhatWasWritten) { RandomTrafficReadsWhatWasWritten(*Make(), 20000); }
TEST(ModelPlatform, ADeviceTranslates) { ADeviceTranslates(*Make()); }
TEST(ModelPlatform, AnUnmappedPageIsGoneAndReported) { AnUnmappedPageIsGoneAndReported(*Make()); }
TEST(ModelPlatform, EveryAccessIsAnsweredOnce) { EveryAccessIsAnsweredOnce(*Make()); }
TEST(ModelPlatform, AReleasedSegmentReadsAsZero) { AReleasedSegmentReadsAsZero(*Make()); }
TEST(ModelPlatform, RegistersOutsideABlockAreErrors) { RegistersOutsideABlockAreErrors(*Make()); }

}  // namespace
}  // namespace tarn::scenarios
