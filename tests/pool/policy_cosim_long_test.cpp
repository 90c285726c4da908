// The RTL of the replacement policy against its golden model, for long, with other shapes of traffic in turn.
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace tarn::tb
