// The RTL of the replacement policy against its golden model, step by step.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "Vpolicy_fixed.h"
#include "Vpolicy_odd.h"
#include "Vpolicy_small.h"
#include "tb/pool/policy_bench.h"
#include "tb/pool/policy_traffic.h"

namespace tarn::tb {
namespace {

using pool::PolicyStepKind;

constexpr PolicyShape kSmall{
    .slots = 64, .slots_max = 64, .segments_per_host = 256, .spare = 1, .shadow_frames = 16, .epoch_misses = 32};
constexpr PolicyShape kOdd{
    .slots = 23, .slots_max = 23, .segments_per_host = 64, .spare = 2, .shadow_frames = 16, .epoch_misses = 16};
constexpr PolicyShape kFixed{.slots = 64, .slots_max = 64, .segments_per_host = 256, .spare = 1, .shadow_frames = 0};
constexpr PolicyShape kTwo{
    .slots = 2, .slots_max = 23, .segments_per_host = 64, .spare = 2, .shadow_frames = 16, .epoch_misses = 16};

// A run with random traffic; what was seen stays in the bench.
template <typename Dut>
class RandomPolicyRun {
 public:
  using Inputs = typename PolicyBench<Dut>::Inputs;
  RandomPolicyRun(const PolicyShape& shape, PolicyTrafficOptions options, unsigned fault = 0)
      : traffic_(WithSlots(options, shape)),
        bench_(
            shape, options.seed,
            [this](const PolicyCycle& before) {
              const PolicyTestEvent event = traffic_.Next(before);
              Inputs inputs{event, traffic_.wanted()};
              if (spoil) spoil(inputs);
              return inputs;
            },
            fault) {}

  // Whether all was as the model has it.
  bool Run(std::uint64_t cycles) {
    if (!bench_.Start() || !bench_.simulation().Run(cycles)) return false;
    traffic_.Quieten();
    if (!bench_.simulation().RunUntil([this] { return bench_.checker().idle(); }, 20'000, "the policy to end"))
      return false;
    bench_.checker().Finish();
    return !bench_.simulation().failures().any();
  }
  std::string failures() { return bench_.simulation().failures().Text() + ReplayCommand(); }
  const PolicyChecker& seen() { return bench_.checker(); }
  const PolicyBench<Dut>& bench() { return bench_; }
  std::function<void(Inputs&)> spoil;  // sets what is injected into the tables

 private:
  static PolicyTrafficOptions WithSlots(PolicyTrafficOptions options, const PolicyShape& shape) {
    options.slots = shape.slots;
    return options;
  }
  PolicyTraffic traffic_;
  PolicyBench<Dut> bench_;
};

TEST(PolicyCosimulation, SmallMemoryAgreesStepByStep) {
  RandomPolicyRun<Vpolicy_small> run(
      kSmall, {.seed = GetTestOptions().seed, .hosts = 2, .segments_per_host = 100, .reserve = 2, .skip_all = 1});
  ASSERT_TRUE(run.Run(400'000)) << run.failures();
  for (const auto kind :
       {PolicyStepKind::kPromoted, PolicyStepKind::kPassed, PolicyStepKind::kProposed, PolicyStepKind::kChallenged,
        PolicyStepKind::kToYoung, PolicyStepKind::kToOld, PolicyStepKind::kLeft, PolicyStepKind::kTurned,
        PolicyStepKind::kStayed, PolicyStepKind::kAllSkipped, PolicyStepKind::kMoved}) {
    EXPECT_GT(run.seen().steps(kind), 20u) << Name(kind);
  }
  EXPECT_GT(run.seen().samples(), 10'000u);
  EXPECT_GT(run.seen().dropped(), 100u);
  EXPECT_GT(run.seen().choices(), 5u);
}

TEST(PolicyCosimulation, TwoSlotsAgree) {
  RandomPolicyRun<Vpolicy_odd> run(
      kTwo, {.seed = GetTestOptions().seed + 1, .hosts = 1, .segments_per_host = 6, .reserve = 1, .skip_all = 1});
  ASSERT_TRUE(run.Run(200'000)) << run.failures();
  EXPECT_GT(run.seen().steps(PolicyStepKind::kLeft), 2'000u);
  EXPECT_GT(run.seen().choices(), 5u);
}

// Slots that are no power of two, and a sample that is no whole part of the segments.
TEST(PolicyCosimulation, OddMemoryAgrees) {
  RandomPolicyRun<Vpolicy_odd> run(
      kOdd,
      {.seed = GetTestOptions().seed + 2, .hosts = 3, .segments_per_host = 20, .reserve = 3, .release = 5, .skip = 30});
  ASSERT_TRUE(run.Run(300'000)) << run.failures();
  EXPECT_GT(run.seen().choices(), 5u);
}

// No shadows: nothing is sampled and the rule is never another. It has neither challenges nor promotions by hits.
TEST(PolicyCosimulation, WithoutShadowsOneRuleHoldsForGood) {
  RandomPolicyRun<Vpolicy_fixed> run(
      kFixed, {.seed = GetTestOptions().seed + 7, .hosts = 2, .segments_per_host = 100, .reserve = 2, .skip_all = 1});
  ASSERT_TRUE(run.Run(400'000)) << run.failures();
  for (const auto kind :
       {PolicyStepKind::kPromoted, PolicyStepKind::kPassed, PolicyStepKind::kProposed, PolicyStepKind::kToYoung,
        PolicyStepKind::kToOld, PolicyStepKind::kLeft, PolicyStepKind::kTurned, PolicyStepKind::kStayed,
        PolicyStepKind::kAllSkipped, PolicyStepKind::kMoved}) {
    EXPECT_GT(run.seen().steps(kind), 20u) << Name(kind);
  }
  EXPECT_EQ(run.seen().steps(PolicyStepKind::kChallenged), 0u);
  EXPECT_EQ(run.seen().samples(), 0u);
  EXPECT_EQ(run.seen().choices(), 0u);
}

// A step under a rule that was not chosen: the fault shows one in place of the fixed rule.
TEST(PolicyCosimulation, WithoutShadowsAnotherRuleIsFound) {
  constexpr unsigned kShowsAnotherRule = 3;
  RandomPolicyRun<Vpolicy_fixed> run(
      kFixed, {.seed = GetTestOptions().seed, .hosts = 2, .segments_per_host = 100, .reserve = 2}, kShowsAnotherRule);
  EXPECT_FALSE(run.Run(10'000));
  EXPECT_NE(run.failures().find("a step under rule 2, chosen is 1"), std::string::npos) << run.failures();
}

// Fewer slots in service than there could be; then all are released, and others are in service.
TEST(PolicyCosimulation, SlotsInServiceMayChangeWhileNoneIsUsed) {
  PolicyShape shape = kSmall;
  PolicyTrafficOptions options{.seed = GetTestOptions().seed + 5, .hosts = 2, .segments_per_host = 100};
  std::unique_ptr<PolicyTraffic> traffic;
  PolicyBench<Vpolicy_small> bench(shape, options.seed, [&](const PolicyCycle& before) {
    const PolicyTestEvent event = traffic->Next(before);
    return PolicyBench<Vpolicy_small>::Inputs{event, traffic->wanted()};
  });
  for (const std::uint32_t slots : {40u, 64u, 3u, 17u}) {
    options.slots = shape.slots = slots;
    traffic = std::make_unique<PolicyTraffic>(options);
    ASSERT_TRUE(bench.Restart(shape)) << bench.simulation().failures().Text();
    const auto run = [&] { return bench.simulation().Run(30'000); };
    ASSERT_TRUE(run()) << slots << " slots: " << bench.simulation().failures().Text() << ReplayCommand();
    traffic->EmptyOut();
    const auto done = [&] { return traffic->empty() && bench.checker().idle() && !bench.last().victim_valid; };
    ASSERT_TRUE(bench.simulation().RunUntil(done, 5'000, "all slots to be released"));
    ASSERT_TRUE(bench.simulation().Run(30));
    bench.checker().Finish();
    EXPECT_EQ(bench.simulation().failures().Text(), "");
    EXPECT_GT(bench.checker().steps(PolicyStepKind::kLeft), 500u) << slots;
  }
}

// All slots are assigned one a cycle, and orders go on coming for as long as they may after ready_o fell.
TEST(PolicyCosimulation, OrdersThatComeLateFit) {
  std::uint64_t late = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    PolicyTraffic traffic({.seed = GetTestOptions().seed + seed,
                           .slots = kSmall.slots,
                           .hosts = 2,
                           .segments_per_host = 200,
                           .reserve = 8,
                           .access = 30,
                           .assign = 100,
                           .release = 30,
                           .slack = 8});
    PolicyBench<Vpolicy_small> bench(kSmall, seed, [&](const PolicyCycle& before) {
      const PolicyTestEvent event = traffic.Next(before);
      if (event.valid && event.kind != pool::PolicyEventKind::kAccess && !before.ready) ++late;
      return PolicyBench<Vpolicy_small>::Inputs{event, traffic.wanted()};
    });
    ASSERT_TRUE(bench.Start());
    ASSERT_TRUE(bench.simulation().Run(2'000)) << bench.simulation().failures().Text() << ReplayCommand();
  }
  EXPECT_GT(late, 1'000u);
}

// An access in every cycle in which nothing else happens: none is lost, and the hand comes to an end.
TEST(PolicyCosimulation, AccessesInEveryCycleAreCountedAndDoNotHoldUpTheHand) {
  RandomPolicyRun<Vpolicy_small> run(kSmall, {.seed = GetTestOptions().seed + 3,
                                              .hosts = 2,
                                              .segments_per_host = 100,
                                              .access = 100,
                                              .same_again = 50,
                                              .hot = 30});
  ASSERT_TRUE(run.Run(200'000)) << run.failures();
  EXPECT_GT(run.seen().steps(PolicyStepKind::kLeft), 5'000u);
  std::cout << "longest search: " << run.seen().longest_search_cycles() << " cycles\n";
}

// Two slots, both hit all the time: the hand proposes one all the same.
TEST(PolicyCosimulation, SlotsThatAreHitFasterThanTheHandPassesAreProposed) {
  RandomPolicyRun<Vpolicy_odd> run(kTwo, {.seed = GetTestOptions().seed + 4,
                                          .hosts = 1,
                                          .segments_per_host = 3,
                                          .reserve = 1,
                                          .access = 100,
                                          .same_again = 0,
                                          .hot = 50,
                                          .assign = 60,
                                          .release = 0});
  ASSERT_TRUE(run.Run(100'000)) << run.failures();
  EXPECT_GT(run.seen().steps(PolicyStepKind::kLeft), 1'000u);
  EXPECT_LE(run.seen().longest_search_cycles(), 2u * (4 * kTwo.slots + 2) + 4);
}

// Faults between pool and policy, of kinds that its parts could have themselves.
class PolicyCosimulationFault : public testing::TestWithParam<unsigned> {};

TEST_P(PolicyCosimulationFault, IsFound) {
  RandomPolicyRun<Vpolicy_small> run(
      kSmall, {.seed = GetTestOptions().seed, .hosts = 2, .segments_per_host = 100, .reserve = 2}, GetParam());
  EXPECT_FALSE(run.Run(400'000));
  EXPECT_NE(run.failures().find("policy, cycle"), std::string::npos) << run.failures();
}
INSTANTIATE_TEST_SUITE_P(Planted, PolicyCosimulationFault, testing::Values(1u, 2u, 3u, 4u));

// The policy's tables, as `inject_table` counts them.
constexpr unsigned kQueues = 2, kHits = 3, kGhosts = 4, kShadows = 5;
constexpr PolicyTrafficOptions kSpoiltTraffic{.hosts = 2, .segments_per_host = 100, .reserve = 2, .skip_all = 1};

// Words with a wrong bit in each table, all the time: each step is still the model's.
TEST(PolicyCosimulation, AWrongBitInATableChangesNothing) {
  RandomPolicyRun<Vpolicy_small> run(kSmall, kSpoiltTraffic);
  Random random(GetTestOptions().seed + 6);
  run.spoil = [&](auto& inputs) {
    inputs.inject_table = kQueues + static_cast<unsigned>(random.Below(4));
    inputs.inject_bits = random.Percent(20) ? 1 : 0;
  };
  ASSERT_TRUE(run.Run(200'000)) << run.failures();
  for (const unsigned table : {kQueues, kHits, kGhosts, kShadows}) {
    EXPECT_GT(run.bench().corrected(table), 1'000u) << table;
    EXPECT_EQ(run.bench().lost(table), 0u) << table;
  }
}

// Two wrong bits are reported, and nobody else's table is blamed.
class PolicyTableLost : public testing::TestWithParam<unsigned> {};

TEST_P(PolicyTableLost, IsReported) {
  RandomPolicyRun<Vpolicy_small> run(kSmall, kSpoiltTraffic);
  unsigned cycle = 0;
  run.spoil = [&](auto& inputs) {
    inputs.inject_table = GetParam();
    inputs.inject_bits = ++cycle == 5'000 ? 2 : 0;
  };
  run.Run(100'000);  // what it does from then on is not the model's
  for (const unsigned table : {kQueues, kHits, kGhosts, kShadows}) {
    EXPECT_EQ(run.bench().lost(table) != 0, table == GetParam()) << table;
    EXPECT_EQ(run.bench().corrected(table), 0u) << table;
  }
}
INSTANTIATE_TEST_SUITE_P(OfEach, PolicyTableLost, testing::Values(kQueues, kHits, kGhosts, kShadows));

// What the policy demands of the pool is asserted in it.
TEST(PolicyAssertions, ASlotThatIsAssignedTwiceIsFound) {
  int number = 0;
  PolicyBench<Vpolicy_small> bench(kSmall, GetTestOptions().seed, [&](const PolicyCycle&) {
    PolicyBench<Vpolicy_small>::Inputs inputs;
    inputs.event = {.valid = number < 2, .kind = pool::PolicyEventKind::kAssign, .slot = 5, .segment = 1};
    ++number;
    return inputs;
  });
  ASSERT_TRUE(bench.Start());
  EXPECT_FALSE(bench.simulation().Run(50));
  EXPECT_NE(bench.simulation().failures().Text().find("an assertion of the design failed"), std::string::npos);
}

}  // namespace
}  // namespace tarn::tb
