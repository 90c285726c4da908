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

// Whatever is left out of it.
TEST(IommuSmall, AsksNobodyForAnythingWhileItIsQuiet) {
  tb::IommuBench bench;
  for (int cycle = 0; cycle < 300; ++cycle) {
    ASSERT_TRUE(bench.simulation().Run(1));
    EXPECT_EQ(bench.simulation().dut().walk_req_valid_o, 0) << cycle;
    EXPECT_EQ(bench.simulation().dut().outbound_req_valid_o, 0) << cycle;
  }
  EXPECT_EQ(bench.FailureText(), "");
}

// Without ATS a device's message is taken and nobody is told; with it, a page request to a unit that is off is refused.
TEST(IommuSmall, TakesMessagesWhetherItKnowsThemOrNot) {
  tb::IommuBench bench;
  const bool has_ats =
      (bench.Read64(iommu_registers::capabilities::kOffset) & iommu_registers::capabilities::Ats::kMask) != 0;
  DeviceMessage message;
  message.payload = 1 << 2 | 1;  // a read that wants an answer
  for (int count = 0; count < 20; ++count) bench.messages().Push(message);
  ASSERT_TRUE(bench.RunUntil([&] { return bench.messages().pending() == 0; }, "messages to be taken"));
  bench.simulation().Run(100);
  EXPECT_EQ(bench.message_answers().size(), has_ats ? 20u : 0u);
  EXPECT_EQ(bench.FailureText(), "");
}

}  // namespace
}  // namespace tarn::tests
