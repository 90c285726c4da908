// A million translations, over many worlds: for `scripts/test --long`, with a seed of one's own (--seed).
#include <gtest/gtest.h>

#include <iostream>

#include "tests/iommu/cosimulation.h"

namespace tarn::tests {
namespace {

TEST(IommuCosimulationLong, AgreesWithTheModelOverAMillionTranslations) {
  std::uint64_t compared = 0;
  Coverage coverage;
  for (std::uint64_t world = 0; compared < 1'000'000; ++world) {
    Cosimulation cosimulation(
        {.seed = tb::GetTestOptions().seed * 1'000'000 + world, .translations = 10'000, .wanted = &coverage});
    cosimulation.Run();
    ASSERT_EQ(cosimulation.FailureText(), "") << "in world " << world;
    compared += cosimulation.counts().compared;
    coverage.Add(cosimulation.coverage());
  }
  std::cout << compared << " translations, " << coverage.reached() << " bins reached\n";
}

}  // namespace
}  // namespace tarn::tests
