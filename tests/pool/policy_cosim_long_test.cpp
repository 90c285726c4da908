// The RTL of the replacement policy against its golden model, for long, with other shapes of traffic in turn.
#include <gtest/gtest.h>

#include "Vpolicy_default.h"
#include "Vpolicy_odd.h"
#include "Vpolicy_small.h"
#include "models/common/random.h"
#include "tb/pool/policy_bench.h"
#include "tb/pool/policy_traffic.h"

namespace tarn::tb {
namespace {

PolicyTrafficOptions AnyTraffic(Random& random, std::uint32_t slots) {
  PolicyTrafficOptions options;
  options.seed = random.Next();
  options.slots = slots;
  options.hosts = 1 + static_cast<std::uint32_t>(random.Below(2));
  options.segments_per_host = 4 + static_cast<std::uint32_t>(random.Below(60));
  options.reserve = 1 + static_cast<std::uint32_t>(random.Below(slots / 2));
  options.access = static_cast<unsigned>(random.Below(101));
  options.same_again = static_cast<unsigned>(random.Below(80));
  options.hot = static_cast<unsigned>(random.Below(100));
  options.assign = 1 + static_cast<unsigned>(random.Below(100));
  options.release = static_cast<unsigned>(random.Below(10));
  options.answer = 1 + static_cast<unsigned>(random.Below(100));
  options.skip = static_cast<unsigned>(random.Below(60));
  options.not_now = static_cast<unsigned>(random.Below(60));
  options.keep = static_cast<unsigned>(random.Below(50));
  options.skip_all = static_cast<unsigned>(random.Below(3));
  options.slack = 1 + static_cast<unsigned>(random.Below(8));
  return options;
}

template <typename Dut>
void RunAny(PolicyShape shape, Random& random, std::uint32_t slots_most) {
  shape.slots = 2 + static_cast<std::uint32_t>(random.Below(slots_most - 1));
  const PolicyTrafficOptions options = AnyTraffic(random, shape.slots);
  PolicyTraffic traffic(options);
  PolicyBench<Dut> bench(shape, options.seed, [&](const PolicyCycle& before) {
    const PolicyTestEvent event = traffic.Next(before);
    return typename PolicyBench<Dut>::Inputs{event, traffic.wanted()};
  });
  ASSERT_TRUE(bench.Start());
  ASSERT_TRUE(bench.simulation().Run(100'000))
      << shape.slots << " slots: " << bench.simulation().failures().Text() << ReplayCommand();
}

TEST(PolicyCosimulationLong, AgreesUnderAnyTraffic) {
  Random random(GetTestOptions().seed);
  for (int round = 0; round < 100; ++round) {
    RunAny<Vpolicy_small>(
        {.slots_max = 64, .segments_per_host = 256, .spare = 1, .shadow_frames = 16, .epoch_misses = 32}, random, 64);
    RunAny<Vpolicy_odd>({.slots_max = 23, .segments_per_host = 64, .spare = 2, .shadow_frames = 16, .epoch_misses = 16},
                        random, 23);
    if (HasFatalFailure()) return;
  }
}

// The defaults: one segment in eight is sampled.
TEST(PolicyCosimulationLong, DefaultSizeAgrees) {
  const PolicyShape shape{.slots = 4096, .slots_max = 4096, .segments_per_host = 1u << 24};
  PolicyTraffic traffic({.seed = GetTestOptions().seed,
                         .slots = 4096,
                         .hosts = 4,
                         .segments_per_host = 4096,
                         .reserve = 2,
                         .access = 60,
                         .hot = 20,
                         .assign = 50,
                         .release = 0,
                         .answer = 60});
  PolicyBench<Vpolicy_default> bench(shape, GetTestOptions().seed, [&](const PolicyCycle& before) {
    const PolicyTestEvent event = traffic.Next(before);
    return PolicyBench<Vpolicy_default>::Inputs{event, traffic.wanted()};
  });
  ASSERT_TRUE(bench.Start());
  ASSERT_TRUE(bench.simulation().Run(2'000'000)) << bench.simulation().failures().Text() << ReplayCommand();
  std::cout << "samples: " << bench.checker().samples() << ", lost: " << bench.checker().dropped()
            << ", choices: " << bench.checker().choices()
            << ", longest search: " << bench.checker().longest_search_cycles() << " cycles\n";
  EXPECT_GT(bench.checker().samples(), 20'000u);
  EXPECT_GT(bench.checker().steps(pool::PolicyStepKind::kLeft), 10'000u);
}

}  // namespace
}  // namespace tarn::tb
