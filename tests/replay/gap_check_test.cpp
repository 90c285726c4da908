// The comparison of the live gap to the optimum with the offline one: it agrees where they agree, and says where not.
#include "sw/replay/gap_check.h"

#include <gtest/gtest.h>

namespace tarn::replay {
namespace {

using drivers::OptimumEpoch;
using pool::ProbeEvent;

constexpr std::uint32_t kSlots = 4;
constexpr std::uint32_t kLog2Epoch = 8;
constexpr std::uint32_t kEpoch = 1u << kLog2Epoch;

// Two epochs of a loop over five segments on four slots, in which the pool misses each time: the optimum misses the
// first four, and then once in four accesses.
GapCheck LoopOfFive() {
  GapCheck check(kLog2Epoch);
  for (std::uint32_t access = 0; access < 2 * kEpoch; ++access) {
    check.Observe({.kind = ProbeEvent::kMiss, .segment = access % 5});
    check.Observe({.kind = ProbeEvent::kAssign, .segment = access % 5});
    check.Observe({.kind = ProbeEvent::kHit, .segment = access % 5});
  }
  return check;
}
OptimumEpoch Epoch(std::uint32_t number, std::uint32_t optimum_misses) {
  return {.number = number, .accesses = kEpoch, .pool_misses = kEpoch, .optimum_misses = optimum_misses};
}

TEST(GapCheck, AgreesWithALiveGapThatIsRight) {
  GapCheck check = LoopOfFive();
  check.AddLive(Epoch(0, 67));
  check.AddLive(Epoch(0, 67));
  check.AddLive(Epoch(1, 64));
  const GapCheck::Outcome outcome = check.Compare(kSlots);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
  EXPECT_EQ(outcome.epochs, 2u);
  EXPECT_EQ(outcome.pool_misses, 2u * kEpoch);
  EXPECT_EQ(outcome.offline_misses, 67u + 64u) << outcome.text;
  EXPECT_EQ(outcome.worst, 0) << outcome.text;
}

TEST(GapCheck, SaysWhichEpochIsMoreThanTenPercentOff) {
  GapCheck check = LoopOfFive();
  check.AddLive(Epoch(0, 62));
  check.AddLive(Epoch(1, 56));
  const GapCheck::Outcome outcome = check.Compare(kSlots);
  EXPECT_FALSE(outcome.status.ok());
  EXPECT_NE(outcome.status.message().find("epoch 1"), std::string::npos) << outcome.status.message();
}

TEST(GapCheck, DoesNotTakeAnEpochThatCannotBeOver) {
  GapCheck check = LoopOfFive();
  check.AddLive(Epoch(2, 64));
  EXPECT_FALSE(check.Compare(kSlots).status.ok());
}

TEST(GapCheck, ChoosesEpochsOfAnEighthOfTheRunOrLess) {
  EXPECT_EQ(GapCheck::Log2EpochFor(10), 8u);
  EXPECT_EQ(GapCheck::Log2EpochFor(108'000), 13u);
  EXPECT_EQ(GapCheck::Log2EpochFor(std::uint64_t{1} << 40), 24u);
}

}  // namespace
}  // namespace tarn::replay
