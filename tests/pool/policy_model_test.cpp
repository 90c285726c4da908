// The replacement policy's golden model against docs/architecture.md, "Replacement: two queues, exactly", worked out by
// hand.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "models/pool/adaptive_policy.h"

namespace tarn::pool {
namespace {

using Steps = std::vector<PolicyStep>;

// Four slots, none spare; rule 1 unless a test says otherwise: young holds one, old three, nothing is promoted for
// hits.
class TwoQueues : public testing::Test {
 protected:
  TwoQueues() : policy_({.slots = 4, .slots_max = 4, .spare = 0}) { policy_.set_rule(1); }

  void Tell(PolicyEventKind kind, SlotIndex slot, std::uint32_t key = 0) {
    policy_.Observe({.kind = kind, .slot = slot, .key = key});
  }
  void Access(SlotIndex slot, int times = 1) {
    for (int i = 0; i < times; ++i) Tell(PolicyEventKind::kAccess, slot);
  }
  // All steps that can be taken.
  Steps Run(bool wanted) {
    Steps steps;
    while (const auto step = policy_.Step(wanted)) steps.push_back(*step);
    return steps;
  }
  // Segments 10, 11, … in slots 0, 1, …: all enter young.
  void Fill(SlotIndex slots) {
    for (SlotIndex slot = 0; slot < slots; ++slot) Tell(PolicyEventKind::kAssign, slot, 10 + slot);
    Run(false);
  }
  Steps Take(SlotIndex slot, std::uint32_t key) {
    Tell(PolicyEventKind::kTaken, slot, key);
    return Run(false);
  }

  TwoQueuePolicy policy_;
};

constexpr PolicyStepKind kPromoted = PolicyStepKind::kPromoted, kPassed = PolicyStepKind::kPassed,
                         kProposed = PolicyStepKind::kProposed, kToYoung = PolicyStepKind::kToYoung,
                         kToOld = PolicyStepKind::kToOld, kLeft = PolicyStepKind::kLeft,
                         kTurned = PolicyStepKind::kTurned, kStayed = PolicyStepKind::kStayed,
                         kAllSkipped = PolicyStepKind::kAllSkipped, kChallenged = PolicyStepKind::kChallenged;

TEST_F(TwoQueues, WhatYoungHasTooMuchAfterAStartStaysAndTheNextOneGoes) {
  Fill(4);
  EXPECT_EQ(Run(true), (Steps{{kPromoted, 0}, {kPromoted, 1}, {kPromoted, 2}, {kProposed, 3}}));
}

TEST_F(TwoQueues, ARememberedSegmentEntersOldWhichThenHasOneTooMany) {
  Fill(4);
  Run(true);
  EXPECT_EQ(Take(3, 13), (Steps{{kLeft, 3}}));
  Tell(PolicyEventKind::kAssign, 3, 13);
  EXPECT_EQ(Run(false), (Steps{{kToOld, 3}}));
  EXPECT_EQ(Run(true), (Steps{{kProposed, 0}}));  // old's end, without hits: it was promoted without any
}

TEST_F(TwoQueues, ASegmentEvictedFromOldIsNotRemembered) {
  Fill(4);
  Run(true);
  Take(3, 13);
  Tell(PolicyEventKind::kAssign, 3, 13);
  Run(true);
  Take(0, 10);
  Tell(PolicyEventKind::kAssign, 0, 10);
  EXPECT_EQ(Run(false), (Steps{{kToYoung, 0}}));
}

TEST_F(TwoQueues, TheFirstAccessAfterAssigningIsNoHit) {
  policy_.set_rule(0);  // promoted at 2 hits
  Fill(1);
  Access(0, 2);
  EXPECT_EQ(Run(true), (Steps{{kProposed, 0}}));
  Tell(PolicyEventKind::kNotNow, 0);
  Access(0);
  EXPECT_EQ(Run(true), (Steps{{kStayed, 0}, {kPromoted, 0}, {kProposed, 0}}));
}

TEST_F(TwoQueues, OldPassesASlotOnceForEachHit) {
  Fill(4);
  Run(true);
  Tell(PolicyEventKind::kSkipped, 3);  // young is exhausted now
  Access(0, 9);                        // 3 at most
  Access(1, 2);
  Access(2, 1);
  EXPECT_EQ(
      Run(true),
      (Steps{{kTurned, 3}, {kPassed, 0}, {kPassed, 1}, {kPassed, 2}, {kPassed, 0}, {kPassed, 1}, {kProposed, 2}}));
}

TEST_F(TwoQueues, ASkippedSlotGoesToTheBeginningAndWhenAllWereTheyBeginAnew) {
  Fill(2);
  Run(true);
  policy_.set_rule(2);  // three young: nothing moves any more
  Tell(PolicyEventKind::kSkipped, 1);
  EXPECT_EQ(Run(true), (Steps{{kTurned, 1}, {kProposed, 0}}));
  Tell(PolicyEventKind::kSkipped, 0);
  EXPECT_EQ(Run(true), (Steps{{kTurned, 0}, {kAllSkipped, 0}, {kProposed, 1}}));
}

TEST_F(TwoQueues, AReleasedSlotLeavesFromTheMiddleAndAnAnswerToItOnlyEndsTheProposal) {
  policy_.set_rule(2);
  Fill(3);
  EXPECT_EQ(Run(true), (Steps{{kProposed, 0}}));
  Tell(PolicyEventKind::kRelease, 1);
  Tell(PolicyEventKind::kRelease, 0);
  Tell(PolicyEventKind::kSkipped, 0);
  EXPECT_EQ(Run(true), (Steps{{kLeft, 1}, {kLeft, 0}, {kStayed, 0}, {kProposed, 2}}));
  EXPECT_EQ(policy_.CheckQueues({false, false, true, false}), "");
  EXPECT_NE(policy_.CheckQueues({false, true, true, false}), "");
}

TEST_F(TwoQueues, AKeptSlotEntersYoungWithoutBeingRemembered) {
  Fill(4);
  Run(true);
  Take(3, 13);
  Tell(PolicyEventKind::kKept, 3, 13);
  EXPECT_EQ(Run(false), (Steps{{kToYoung, 3}}));
}

// Rule 3: young holds one, old three; four challenges, one hit promotes.
TEST_F(TwoQueues, ARememberedSegmentMustFindAnUnusedOneInAFullOldQueue) {
  Fill(4);
  Run(true);
  policy_.set_rule(3);
  Take(3, 13);
  Access(0, 1);
  Access(1, 1);
  Access(2, 3);
  Tell(PolicyEventKind::kAssign, 3, 13);
  EXPECT_EQ(Run(false), (Steps{{kChallenged, 0}, {kChallenged, 1}, {kChallenged, 2}, {kToOld, 3}}));
}

TEST_F(TwoQueues, AChallengeThatFindsAllInUseIsLost) {
  Fill(4);
  Run(true);
  policy_.set_rule(3);
  Take(3, 13);
  for (SlotIndex slot = 0; slot < 3; ++slot) Access(slot, 3);
  Tell(PolicyEventKind::kAssign, 3, 13);
  EXPECT_EQ(Run(false), (Steps{{kChallenged, 0}, {kChallenged, 1}, {kChallenged, 2}, {kChallenged, 0}, {kToYoung, 3}}));
}

// Accesses between the hand's steps: after 16 passes the slot is proposed all the same.
TEST_F(TwoQueues, ASlotThatIsHitFasterThanTheHandPassesIsProposed) {
  Fill(4);
  Run(true);
  Tell(PolicyEventKind::kSkipped, 3);
  policy_.Step(false);
  for (int step = 0; step < 16; ++step) {
    for (SlotIndex slot = 0; slot < 3; ++slot) Access(slot);
    EXPECT_EQ(policy_.Step(true)->kind, kPassed) << step;
  }
  for (SlotIndex slot = 0; slot < 3; ++slot) Access(slot);
  EXPECT_EQ(policy_.Step(true)->kind, kProposed);
}

TEST(PolicyGhost, RemembersAsManyAsAskedAndEachOnce) {
  PolicyGhost ghost(4096);
  const auto fingerprint = [](std::uint32_t key) { return static_cast<std::uint32_t>(PolicyHash(key)); };
  for (std::uint32_t key = 0; key < 4096; ++key) ghost.Remember(fingerprint(key));
  unsigned remembered = 0, old = 0;
  for (std::uint32_t key = 0; key < 4096; key += 2) {
    const bool taken = ghost.Take(fingerprint(key), 2048);
    (key < 1792 ? old : remembered) += taken ? 1 : 0;  // between, units decide
    EXPECT_FALSE(ghost.Take(fingerprint(key), 4096)) << key;
  }
  EXPECT_EQ(old, 0u);
  EXPECT_GT(remembered, 1000u);
}

// Entries do not come back when the time's number does: 128 units of 128 evictions.
TEST(PolicyGhost, NothingIsRememberedForEver) {
  PolicyGhost ghost(4096);
  ghost.Remember(static_cast<std::uint32_t>(PolicyHash(1)));
  for (std::uint32_t i = 0; i < 128 * 128; ++i) ghost.Remember(static_cast<std::uint32_t>(PolicyHash(100'000 + i)));
  EXPECT_FALSE(ghost.Take(static_cast<std::uint32_t>(PolicyHash(1)), 6144));
}

TEST(PolicyHash, KeepsAllKeysApartAndSamplesTheirShare) {
  std::set<std::uint32_t> seen;
  unsigned sampled = 0;
  for (std::uint32_t key = 0; key < 1u << 16; ++key) {
    const std::uint64_t hash = PolicyHash(key);
    seen.insert(static_cast<std::uint32_t>(hash));
    sampled += hash >> 32 < 8192 ? 1 : 0;
  }
  EXPECT_EQ(seen.size(), 1u << 16);
  EXPECT_NEAR(sampled, 8192, 200);
}

// A loop over more than the memory: rules with a small young queue keep part of it, those that follow recency nothing.
TEST(PolicyShadows, ALoopLargerThanMemoryLeadsToARuleThatKeepsPartOfIt) {
  PolicyShadows shadows({.slots = 512, .slots_max = 512});
  for (int round = 0; round < 20; ++round) {
    for (std::uint32_t key = 0; key < 640; ++key) shadows.Sample(PolicyHash(key));
  }
  EXPECT_LE(kPolicyRules[shadows.chosen()].young_share, 10u);
}

TEST(PolicyShadows, WithoutFramesNothingIsSampledAndTheFixedRuleHolds) {
  const PolicyShadows shadows({.slots = 64, .slots_max = 64, .shadow_frames = 0});
  for (std::uint32_t key = 0; key < 4096; ++key) EXPECT_FALSE(shadows.Wants(PolicyHash(key))) << key;
  EXPECT_EQ(shadows.chosen(), kFixedRule);
}

class AllBut : public SlotUses {
 public:
  explicit AllBut(std::set<SlotIndex> busy) : busy_(std::move(busy)) {}
  SlotUse UseOf(SlotIndex slot) const override { return busy_.contains(slot) ? SlotUse::kBusy : SlotUse::kEvictable; }

 private:
  std::set<SlotIndex> busy_;
};

// A quarter of the slots is for what comes once; what comes back after it left the young queue enters the old one,
// which what comes once does not wash out.
TEST(AdaptivePolicy, WithoutShadowsItKeepsWhatCameBackThroughAScan) {
  constexpr std::uint32_t kSlots = 16;
  AdaptivePolicy policy({.slots = kSlots, .segments_per_host = 1024, .shadow_frames = 0});
  EXPECT_EQ(policy.rule(), kFixedRule);
  std::map<std::uint32_t, SlotIndex> slot_of;
  const auto access = [&](std::uint32_t segment) {
    if (!slot_of.contains(segment)) {
      SlotIndex slot = static_cast<SlotIndex>(slot_of.size());
      if (slot == kSlots) {
        slot = policy.ChooseVictim(AllBut({}));
        std::erase_if(slot_of, [&](const auto& held) { return held.second == slot; });
      }
      slot_of[segment] = slot;
      policy.OnAssign(slot, {.host = 0, .segment = segment});
    }
    policy.OnAccess(slot_of[segment]);
  };
  std::uint32_t next = 8;  // of the scan
  for (int round = 0; round < 50; ++round) {
    for (std::uint32_t hot = 0; hot < 8; ++hot) access(hot);
    for (int i = 0; i < 4; ++i) access(next++);
  }
  for (int i = 0; i < 200; ++i) access(next++);
  unsigned kept = 0;
  for (std::uint32_t hot = 0; hot < 8; ++hot) kept += slot_of.contains(hot) ? 1 : 0;
  EXPECT_GE(kept, 7u);
  EXPECT_EQ(policy.rule(), kFixedRule);
}

TEST(AdaptivePolicy, FindsTheOneSlotThatMayGoAndGivesUpWhenNoneMay) {
  AdaptivePolicy policy({.slots = 8, .segments_per_host = 16});
  for (SlotIndex slot = 0; slot < 8; ++slot) policy.OnAssign(slot, {.host = 0, .segment = slot});
  EXPECT_EQ(policy.ChooseVictim(AllBut({0, 1, 2, 3, 4, 6, 7})), 5u);
  EXPECT_EQ(policy.ChooseVictim(AllBut({0, 1, 2, 3, 4, 6, 7})), kNoSlot);
  policy.OnKept(5, {});
  EXPECT_EQ(policy.ChooseVictim(AllBut({0, 1, 2, 3, 4, 6, 7})), 5u);
  policy.OnRelease(4);
  EXPECT_NE(policy.ChooseVictim(AllBut({})), 4u);
}

}  // namespace
}  // namespace tarn::pool
