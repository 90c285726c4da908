// CLOCK, and the checker that holds the pool to it.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "models/pool/clock_checker.h"
#include "models/pool/clock_policy.h"
#include "tests/pool/model_fixture.h"

namespace tarn::pool {
namespace {

class AllEvictable : public SlotUses {
 public:
  explicit AllEvictable(std::vector<SlotUse> uses) : uses_(std::move(uses)) {}
  SlotUse UseOf(SlotIndex slot) const override { return uses_[slot]; }

 private:
  std::vector<SlotUse> uses_;
};

TEST(ClockPolicy, TheHandClearsReferenceBitsAndTakesTheFirstSlotWithoutOne) {
  ClockPolicy policy(4);
  std::vector<std::pair<ProbeEvent, SlotIndex>> events;
  policy.set_listener([&](ProbeEvent event, SlotIndex slot) { events.emplace_back(event, slot); });
  for (SlotIndex slot = 0; slot < 4; ++slot) policy.OnAssign(slot, {});
  const AllEvictable uses(std::vector<SlotUse>(4, SlotUse::kEvictable));
  EXPECT_EQ(policy.ChooseVictim(uses), 0u);
  EXPECT_EQ(events.size(), 5u);  // four cleared, then slot 0 again
  EXPECT_EQ(policy.hand(), 1u);
  policy.OnAssign(0, {});
  policy.OnAccess(1);
  EXPECT_EQ(policy.ChooseVictim(uses), 2u);
  EXPECT_EQ(policy.hand(), 3u);
}

TEST(ClockPolicy, SlotsThatMayNotGoAreSkippedAndKeepTheirBits) {
  ClockPolicy policy(4);
  std::vector<std::pair<ProbeEvent, SlotIndex>> events;
  policy.set_listener([&](ProbeEvent event, SlotIndex slot) { events.emplace_back(event, slot); });
  const AllEvictable uses({SlotUse::kBusy, SlotUse::kFree, SlotUse::kOutOfService, SlotUse::kEvictable});
  policy.OnAssign(0, {});
  EXPECT_EQ(policy.ChooseVictim(uses), 3u);
  const std::vector<std::pair<ProbeEvent, SlotIndex>> expected = {{ProbeEvent::kHandSkip, 0}, {ProbeEvent::kEvict, 3}};
  EXPECT_EQ(events, expected);
  EXPECT_TRUE(policy.referenced(0));
}

TEST(ClockPolicy, GivesUpWhenNothingMayGo) {
  ClockPolicy policy(3);
  EXPECT_EQ(policy.ChooseVictim(AllEvictable(std::vector<SlotUse>(3, SlotUse::kBusy))), kNoSlot);
}

// Feeds the events of random traffic on the model to the checker. corrupt: changes the event, or not.
template <typename Corrupt>
Status Replay(Corrupt corrupt, std::uint64_t& events) {
  PoolFixture f(8);
  Random random(7);
  for (int step = 0; step < 2000; ++step) {
    const auto host = static_cast<std::uint32_t>(random.Below(2));
    const auto segment = static_cast<std::uint32_t>(random.Percent(60) ? random.Below(4) : random.Below(16));
    f.Read(host, segment, static_cast<std::uint32_t>(random.Below(4)) * kPageBytes);
  }
  ClockChecker checker({.slots = 8});
  for (PoolProbe event : f.probes) {
    corrupt(event, checker.events());
    if (Status status = checker.Observe(event); !status.ok()) return status;
  }
  events = checker.events();
  EXPECT_GT(checker.evictions(), 100u);
  return {};
}

TEST(ClockChecker, AcceptsTheModelsOwnDecisions) {
  std::uint64_t events = 0;
  const Status status = Replay([](PoolProbe&, std::uint64_t) {}, events);
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.message());
  EXPECT_GT(events, 2000u);
}

// Planted faults: each must be caught at the event where it shows.
TEST(ClockChecker, CatchesAWrongVictim) {
  std::uint64_t events = 0;
  const Status status = Replay(
      [](PoolProbe& event, std::uint64_t) {
        if (event.kind == ProbeEvent::kEvict) event.slot = (event.slot + 1) % 8;
      },
      events);
  EXPECT_FALSE(status.ok());
}

TEST(ClockChecker, CatchesAHitToTheWrongSlotAndToAnotherHostsSegment) {
  std::uint64_t events = 0;
  EXPECT_FALSE(Replay(
                   [](PoolProbe& event, std::uint64_t at) {
                     if (event.kind == ProbeEvent::kHit && at > 500) event.slot ^= 1;
                   },
                   events)
                   .ok());
  EXPECT_FALSE(Replay(
                   [](PoolProbe& event, std::uint64_t at) {
                     if (event.kind == ProbeEvent::kHit && at > 500) event.host ^= 1;
                   },
                   events)
                   .ok());
}

TEST(ClockChecker, CatchesAClearThatBecameASkipBecauseTheBitStaysSet) {
  std::uint64_t events = 0;
  bool done = false;
  const Status status = Replay(
      [&](PoolProbe& event, std::uint64_t at) {
        if (event.kind == ProbeEvent::kHandClear && at > 500 && !done) {
          event.kind = ProbeEvent::kHandSkip;
          done = true;
        }
      },
      events);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.message().find("reference bit is set"), std::string::npos) << status.message();
}

TEST(ClockChecker, CatchesADoubleOwnerAndAFreeSlotPassedOver) {
  ClockChecker checker({.slots = 4});
  PoolProbe event;
  event.kind = ProbeEvent::kAssign;
  event.segment = 1;
  EXPECT_TRUE(checker.Observe(event).ok());
  event.slot = 1;
  EXPECT_FALSE(checker.Observe(event).ok());  // the segment has a slot
  event.segment = 2;
  event.slot = 0;
  EXPECT_FALSE(checker.Observe(event).ok());  // the slot has a segment
  event.slot = 2;
  EXPECT_FALSE(checker.Observe(event).ok());  // slot 1 comes first
  event.slot = 1;
  EXPECT_TRUE(checker.Observe(event).ok());
}

TEST(ClockChecker, AReleasedSegmentFreesItsSlot) {
  ClockChecker checker({.slots = 1});
  PoolProbe event;
  event.kind = ProbeEvent::kAssign;
  EXPECT_TRUE(checker.Observe(event).ok());
  checker.Released(0, 0);
  event.segment = 5;
  EXPECT_TRUE(checker.Observe(event).ok());
}

TEST(ClockChecker, BoundsSkipsInARowWhenAskedTo) {
  ClockChecker checker({.slots = 1, .skips_in_a_row_max = 3});
  PoolProbe event;
  event.kind = ProbeEvent::kAssign;
  EXPECT_TRUE(checker.Observe(event).ok());
  event.kind = ProbeEvent::kHandSkip;
  for (int skip = 0; skip < 3; ++skip) EXPECT_TRUE(checker.Observe(event).ok());
  EXPECT_FALSE(checker.Observe(event).ok());
}

}  // namespace
}  // namespace tarn::pool
