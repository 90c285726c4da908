// The checker that holds the pool to its slots, on the model's own events and on events that are wrong.
#include "models/pool/replacement_checker.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/pool/model_fixture.h"

namespace tarn::pool {
namespace {

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
  ReplacementChecker checker(8);
  for (PoolProbe event : f.probes) {
    corrupt(event, checker.events());
    if (Status status = checker.Observe(event); !status.ok()) return status;
  }
  events = checker.events();
  EXPECT_GT(checker.evictions(), 100u);
  return {};
}

TEST(ReplacementChecker, AcceptsTheModelsOwnDecisions) {
  std::uint64_t events = 0;
  const Status status = Replay([](PoolProbe&, std::uint64_t) {}, events);
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.message());
  EXPECT_GT(events, 2000u);
}

// Planted faults: each must be caught at the event where it shows.
TEST(ReplacementChecker, CatchesAVictimThatHoldsAnotherSegment) {
  std::uint64_t events = 0;
  const Status status = Replay(
      [](PoolProbe& event, std::uint64_t) {
        if (event.kind == ProbeEvent::kEvict) event.slot = (event.slot + 1) % 8;
      },
      events);
  EXPECT_FALSE(status.ok());
}

TEST(ReplacementChecker, CatchesAHitToTheWrongSlotAndToAnotherHostsSegment) {
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

PoolProbe Event(ProbeEvent kind, std::uint32_t segment, std::uint32_t slot) {
  PoolProbe event;
  event.kind = kind;
  event.segment = segment;
  event.slot = slot;
  return event;
}

TEST(ReplacementChecker, CatchesADoubleOwnerAndAFreeSlotPassedOver) {
  ReplacementChecker checker(4);
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kAssign, 1, 0)).ok());
  EXPECT_FALSE(checker.Observe(Event(ProbeEvent::kAssign, 1, 1)).ok()) << "the segment has a slot";
  EXPECT_FALSE(checker.Observe(Event(ProbeEvent::kAssign, 2, 0)).ok()) << "the slot has a segment";
  EXPECT_FALSE(checker.Observe(Event(ProbeEvent::kAssign, 2, 2)).ok()) << "slot 1 comes first";
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kAssign, 2, 1)).ok());
}

TEST(ReplacementChecker, AReleasedSegmentFreesItsSlot) {
  ReplacementChecker checker(1);
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kAssign, 0, 0)).ok());
  EXPECT_FALSE(checker.Observe(Event(ProbeEvent::kReleased, 1, 0)).ok()) << "another's";
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kReleased, 0, 0)).ok());
  EXPECT_FALSE(checker.Observe(Event(ProbeEvent::kSkip, 0, 0)).ok()) << "it is free";
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kAssign, 5, 0)).ok());
}

TEST(ReplacementChecker, OnlyWhoWasAboutToLoseASlotKeepsIt) {
  ReplacementChecker checker(2);
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kAssign, 0, 0)).ok());
  EXPECT_FALSE(checker.Observe(Event(ProbeEvent::kKept, 0, 0)).ok());
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kEvict, 0, 0)).ok());
  EXPECT_FALSE(checker.Observe(Event(ProbeEvent::kHit, 0, 0)).ok());
  EXPECT_FALSE(checker.Observe(Event(ProbeEvent::kKept, 1, 0)).ok());
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kKept, 0, 0)).ok());
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kHit, 0, 0)).ok());
}

TEST(ReplacementChecker, AHostAtItsFloorLosesASlotOnlyIfSoftwareOrdersIt) {
  ReplacementChecker checker(2);
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kAssign, 0, 0)).ok());
  checker.SetFloor(0, 1);
  EXPECT_FALSE(checker.Observe(Event(ProbeEvent::kEvict, 0, 0)).ok());
  EXPECT_TRUE(checker.Observe(Event(ProbeEvent::kOrderedOut, 0, 0)).ok());
}

TEST(ReplacementChecker, FollowsASegmentFromSlotToSlotOfTheOtherClass) {
  ReplacementChecker checker(4);
  checker.SetFastSlots(2);
  const PoolProbe assign{.kind = ProbeEvent::kAssign, .host = 1, .segment = 5, .slot = 0};
  const PoolProbe moved{.kind = ProbeEvent::kMoved, .host = 1, .segment = 5, .slot = 2, .from = 0};
  EXPECT_TRUE(checker.Observe(assign).ok());
  EXPECT_TRUE(checker.Observe(moved).ok());
  EXPECT_TRUE(checker.Observe({.kind = ProbeEvent::kHit, .host = 1, .segment = 5, .slot = 2}).ok());
  EXPECT_FALSE(checker.Observe({.kind = ProbeEvent::kHit, .host = 1, .segment = 5, .slot = 0}).ok());
  EXPECT_FALSE(checker.Observe(moved).ok()) << "it is not there any more";
  EXPECT_FALSE(checker.Observe({.kind = ProbeEvent::kMoved, .host = 1, .segment = 5, .slot = 3, .from = 2}).ok())
      << "the same class";
}

}  // namespace
}  // namespace tarn::pool
