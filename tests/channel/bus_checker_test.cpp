// Each rule of the bus checker holds at its bound and fires beyond it.
#include "tb/channel/bus_checker.h"

#include <gtest/gtest.h>

#include <vector>

namespace tarn::tb {
namespace {

class BusCheckerTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kCl = 17, kCwl = 12, kGap = 2;

  void Command(std::uint64_t clock, DfiOp op, unsigned module, unsigned tag = 0) {
    DfiCommand command;
    command.op = op;
    command.module_id = static_cast<std::uint8_t>(module);
    command.tag = static_cast<std::uint8_t>(tag);
    checker_.Command(clock, command);
  }
  void ReadBeats(std::uint64_t start, unsigned module) {
    for (std::uint64_t i = 0; i < 4; ++i) checker_.ReadBeat(start + i, module);
  }
  void WriteBeats(std::uint64_t start) {
    for (std::uint64_t i = 0; i < 4; ++i) checker_.WriteBeat(start + i);
  }
  void Ready(std::uint64_t clock, unsigned module, unsigned tag, bool error = false) {
    checker_.Ready(clock, module, {.valid = true, .error = error, .tag = static_cast<std::uint8_t>(tag)});
  }
  void Expect(const std::vector<BusRule>& rules) {
    checker_.Finish(1'000'000);
    EXPECT_EQ(broken_, rules);
  }

  std::vector<BusRule> broken_;
  BusChecker checker_{{.cl = kCl, .cwl = kCwl, .burst = 4, .switch_gap = kGap, .write_credits = 2},
                      [this](const BusChecker::Violation& violation) { broken_.push_back(violation.rule); }};
};

TEST_F(BusCheckerTest, DataOfOneModuleMayFollowAtOnce) {
  Command(100, DfiOp::kRead, 0);
  Command(104, DfiOp::kRead, 0);
  ReadBeats(117, 0);
  ReadBeats(121, 0);
  Expect({});
}

TEST_F(BusCheckerTest, DataOfAnotherModuleKeepsTheGap) {
  Command(100, DfiOp::kRead, 0);
  Command(106, DfiOp::kRead, 1);
  Command(111, DfiOp::kRead, 0);
  ReadBeats(117, 0);
  ReadBeats(123, 1);
  EXPECT_EQ(broken_, std::vector<BusRule>{});
  ReadBeats(128, 0);  // one clock too early
  Expect({BusRule::kSwitchGap});
}

TEST_F(BusCheckerTest, OneIdleClockBetweenModulesIsTooFew) {
  Command(100, DfiOp::kRead, 0);
  Command(105, DfiOp::kRead, 1);
  ReadBeats(117, 0);
  ReadBeats(122, 1);
  Expect({BusRule::kSwitchGap});
}

TEST_F(BusCheckerTest, SlowDataTurnsTheBusOfOneModuleWithTheGap) {
  Command(10, DfiOp::kSlowRead, 1, 3);
  Ready(50, 1, 3);
  Command(100, DfiOp::kSend, 1, 3);        // 117 to 120
  Command(110, DfiOp::kSlowWrite, 1, 48);  // 122 to 125
  ReadBeats(117, 1);
  WriteBeats(122);
  Expect({BusRule::kSwitchGap});
}

TEST_F(BusCheckerTest, TwoDriversAreSeen) {
  Command(100, DfiOp::kRead, 0);
  Command(105, DfiOp::kWrite, 1);  // both from 117 on
  checker_.ReadBeat(117, 0);
  checker_.WriteBeat(117);
  EXPECT_EQ(broken_, std::vector<BusRule>{BusRule::kOneDriver});
}

TEST_F(BusCheckerTest, AnotherModuleThanTheOneAskedIsSeen) {
  Command(100, DfiOp::kRead, 0);
  ReadBeats(117, 1);
  Expect({BusRule::kOneDriver, BusRule::kOneDriver, BusRule::kOneDriver, BusRule::kOneDriver});
}

TEST_F(BusCheckerTest, DataAClockEarlyIsUnaskedAndThenMissing) {
  Command(100, DfiOp::kRead, 0);
  ReadBeats(116, 0);
  Expect({BusRule::kUnasked, BusRule::kMissing});
}

TEST_F(BusCheckerTest, ASendNeedsAReadyRead) {
  Command(100, DfiOp::kSlowRead, 1, 5);
  Command(150, DfiOp::kSend, 1, 5);
  ReadBeats(167, 1);
  Expect({BusRule::kNotReady});
}

TEST_F(BusCheckerTest, ASendToAnotherModuleIsSeen) {
  Command(100, DfiOp::kSlowRead, 1, 5);
  Ready(120, 1, 5);
  Command(150, DfiOp::kSend, 0, 5);
  ReadBeats(167, 0);
  Expect({BusRule::kNotReady});
}

TEST_F(BusCheckerTest, ATagUnderWayIsNotUsedAgain) {
  Command(100, DfiOp::kSlowRead, 1, 5);
  Command(101, DfiOp::kSlowRead, 0, 5);
  Expect({BusRule::kTagUnderWay});
}

TEST_F(BusCheckerTest, WhatWasReadyAndNotSentForMayBeDropped) {
  Command(100, DfiOp::kSlowRead, 1, 5);
  Ready(120, 1, 5);
  Command(130, DfiOp::kSlowRead, 1, 5);
  Ready(150, 1, 5, true);
  Expect({});
}

TEST_F(BusCheckerTest, AReadyOfWhatIsNotUnderWayIsSeen) {
  Ready(120, 1, 5);
  Expect({BusRule::kUnknownReady});
}

TEST_F(BusCheckerTest, CreditsComeBackWithReady) {
  Command(100, DfiOp::kSlowWrite, 1, 48);
  Command(104, DfiOp::kSlowWrite, 1, 49);
  WriteBeats(112);
  WriteBeats(116);
  Ready(200, 1, 48);
  Command(201, DfiOp::kSlowWrite, 1, 48);
  WriteBeats(213);
  EXPECT_EQ(broken_, std::vector<BusRule>{});
  Command(220, DfiOp::kSlowWrite, 1, 50);
  WriteBeats(232);
  Expect({BusRule::kCredits});
}

TEST_F(BusCheckerTest, TagsOfReadsAndWritesAreApart) {
  Command(100, DfiOp::kSlowRead, 1, 48);
  Expect({BusRule::kTagKind});
}

}  // namespace
}  // namespace tarn::tb
