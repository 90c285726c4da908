// When the pager's thread gives way to others, and when no longer.
#include "sw/pager/preload/deference.h"

#include <gtest/gtest.h>

namespace tarn::pager::preload {
namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr pid_t kServed = 7;
constexpr pid_t kOther = 8;

// Judged every so often, while times go on as they would.
class DeferenceTest : public testing::Test {
 protected:
  bool Pass(std::uint64_t nanoseconds, std::uint64_t ran_ns, std::uint64_t waited_ns, pid_t served = kServed) {
    now_ns_ += nanoseconds;
    ran_ns_ += ran_ns;
    waited_ns_ += waited_ns;
    return deference_.Judge(served, now_ns_, ran_ns_, waited_ns_);
  }
  // How long it is until the thread gives way, while nobody holds it up.
  std::uint64_t PauseNanoseconds() {
    const std::uint64_t begin_ns = now_ns_;
    while (!Pass(kMillisecond, kMillisecond, 0)) {
    }
    return now_ns_ - begin_ns;
  }
  void HoldUp() { EXPECT_FALSE(Pass(5 * kMillisecond, 0, 5 * kMillisecond)); }

  Deference deference_;
  std::uint64_t now_ns_ = 3'600'000 * kMillisecond;
  std::uint64_t ran_ns_ = 40 * kMillisecond;
  std::uint64_t waited_ns_ = 500 * kMillisecond;  // before anybody looked
};

TEST_F(DeferenceTest, GivesWayAtOnceAndAsLongAsOnlyWhoIsServedRuns) {
  for (int look = 0; look < 1000; ++look) EXPECT_TRUE(Pass(2 * kMillisecond, kMillisecond, kMillisecond));
}

TEST_F(DeferenceTest, WhatIsShortIsBorne) {
  for (int look = 0; look < 1000; ++look) EXPECT_TRUE(Pass(10 * kMillisecond, 0, kMillisecond / 5));
}

TEST_F(DeferenceTest, GivesWayNoLongerWhenOthersHoldItUp) {
  EXPECT_TRUE(Pass(kMillisecond, 0, 0));
  EXPECT_TRUE(Pass(2 * kMillisecond, kMillisecond, 2 * kMillisecond));
  EXPECT_TRUE(Pass(2 * kMillisecond, kMillisecond, 2 * kMillisecond));
  EXPECT_FALSE(Pass(2 * kMillisecond, kMillisecond, 2 * kMillisecond));
}

TEST_F(DeferenceTest, AnotherThreadOfTheProgramIsAnOther) {
  EXPECT_TRUE(Pass(kMillisecond, 0, 0));
  EXPECT_FALSE(Pass(5 * kMillisecond, 5 * kMillisecond, 5 * kMillisecond, kOther));
}

TEST_F(DeferenceTest, TriesAgainEverMoreSeldom) {
  EXPECT_TRUE(Pass(kMillisecond, 0, 0));
  for (std::uint64_t pause_ns = Deference::kPauseNanosecondsMin; pause_ns <= Deference::kPauseNanosecondsMax;
       pause_ns *= 2) {
    HoldUp();
    EXPECT_EQ(PauseNanoseconds(), pause_ns);
  }
  HoldUp();
  EXPECT_EQ(PauseNanoseconds(), Deference::kPauseNanosecondsMax);
}

TEST_F(DeferenceTest, AWindowWithoutOthersMakesItTrySoonerAgain) {
  EXPECT_TRUE(Pass(kMillisecond, 0, 0));
  HoldUp();
  PauseNanoseconds();
  HoldUp();
  EXPECT_EQ(PauseNanoseconds(), 2 * Deference::kPauseNanosecondsMin);
  EXPECT_TRUE(Pass(Deference::kWindowNanoseconds + 1, 0, 0));
  HoldUp();
  EXPECT_EQ(PauseNanoseconds(), Deference::kPauseNanosecondsMin);
}

}  // namespace
}  // namespace tarn::pager::preload
