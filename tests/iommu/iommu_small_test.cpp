// A small IOMMU, as boards have it, against the golden model: few slots, walks and entries, so that each is full, and
// taken again at once, all the time.
#include <gtest/gtest.h>

#include "tests/iommu/cosimulation.h"

namespace tarn::tests {
namespace {

constexpr std::uint64_t kWorlds = 10, kTranslationsPerWorld = 2000;

TEST(IommuSmall, AgreesWithTheModelOnEveryRequest) {
  std::uint64_t compared = 0;
  for (std::uint64_t seed = 0; seed < kWorlds && !testing::Test::HasFailure(); ++seed) {
    Cosimulation cosimulation({.seed = tb::GetTestOptions().seed * 100 + seed, .translations = kTranslationsPerWorld});
    cosimulation.Run();
    EXPECT_EQ(cosimulation.FailureText(), "") << "seed " << tb::GetTestOptions().seed * 100 + seed;
    compared += cosimulation.counts().compared;
  }
  EXPECT_GE(compared, kWorlds * kTranslationsPerWorld);
}

// The worlds differ in what is full; this one is a long one.
TEST(IommuSmall, AgreesInALongWorld) {
  Cosimulation cosimulation({.seed = 1'000'040, .translations = 10'000});
  cosimulation.Run();
  EXPECT_EQ(cosimulation.FailureText(), "");
}

}  // namespace
}  // namespace tarn::tests
