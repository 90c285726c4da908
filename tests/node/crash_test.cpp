// Crashes of the node and its restart from the log of change notices, the same on every platform.
#include <gtest/gtest.h>

#include <cstddef>
#include <iostream>
#include <span>
#include <vector>

#include "tests/node/crash_scenario.h"

namespace tarn::tests {
namespace {

using drivers::MapState;
using pool::Change;
using pool::ChangeNotice;

TEST_P(CrashScenario, APageIsItsLastVersionOrReportedLost) {
  Start(Declared());
  std::size_t lost_pages = 0;
  for (int crash = 0; crash < 3 && !HasFatalFailure(); ++crash) {
    Run(static_cast<std::uint32_t>(60 + random().Below(120)));
    Checkpoint();
    // Once the storage fails in the middle of a record, so that the node stands when it crashes.
    if (crash == 1) files().FailAt(files().bytes() + 24 * random().Below(20) + 1 + random().Below(23));
    Run(static_cast<std::uint32_t>(100 + random().Below(150)));
    EXPECT_EQ(files().failed(), crash == 1) << "too few notices came";
    MapState state = Crash();
    if (crash == 2) {
      // A record that did not get through as a whole: its write was not answered either.
      const std::vector<std::uint8_t> torn(1 + random().Below(kRecordBytes - 1), 0x5A);
      ASSERT_TRUE(files().Append(Files::File::kLog, files().Generations().back(), torn).ok());
      const Result<MapState> again = drivers::MapLog::Recover(files());
      ASSERT_TRUE(again.ok());
      EXPECT_EQ(*again, state);
    }
    Start(state);
    if (HasFatalFailure()) return;
    EXPECT_EQ(WrongPages().size(), 0U) << "after crash " << crash;
    EXPECT_GT(lost().size(), 4U);
    EXPECT_LT(lost().size(), kHosts * kPages / 2);
    lost_pages += lost().size();
  }
  std::cout << lost_pages << " pages reported lost, " << releases_ << " segments released\n";
}

TEST_P(CrashScenario, AFirstWriteThatIsNotLoggedIsFound) {
  Start(Declared());
  if (HasFatalFailure()) return;
  int number = 0;
  platform().set_change_listener([&](const ChangeNotice& notice) {
    const bool forgotten = notice.change == Change::kFirstWrite && ++number % 2 == 0;
    return forgotten || log().Append(notice).ok();
  });
  Run(200);
  Start(Crash());
  if (HasFatalFailure()) return;
  EXPECT_GT(WrongPages().size(), 0U);
}

TEST_P(CrashScenario, ANoticeThatIsRefusedHoldsUpItsWriteAndIsOfferedAgain) {
  Start(Declared());
  if (HasFatalFailure()) return;
  std::vector<ChangeNotice> taken;
  int offered = 0;
  bool takes = false;
  platform().set_change_listener([&](const ChangeNotice& notice) {
    ++offered;
    EXPECT_EQ(notice.page, 17U);
    if (takes) taken.push_back(notice);
    return takes;
  });
  const std::uint32_t line = 17 * kLinesPerPage + 3;
  const hal::Access write{.id = 1, .op = Op::kWrite, .addr = AddressOf(1, line), .data = SeededLine(99)};
  hal::Completion answer;
  bool submitted = false;
  for (const std::uint64_t start = platform().cycle(); platform().cycle() - start < 20'000; platform().Advance()) {
    submitted = submitted || platform().TrySubmit(HostId(1), write);
    ASSERT_FALSE(platform().PopCompletion(HostId(1), answer)) << "answered before its notice was taken";
  }
  EXPECT_TRUE(submitted);
  EXPECT_GT(offered, 1);
  takes = true;
  ASSERT_TRUE(hal::WaitUntil(
                  platform(), [&] { return platform().PopCompletion(HostId(1), answer); }, kCyclesMax, "answer")
                  .ok());
  EXPECT_EQ(answer.status, LineStatus::kOk);
  EXPECT_EQ(Perform(1, {.op = Op::kRead, .addr = AddressOf(1, line)}).data, SeededLine(99));
  Perform(1, {.op = Op::kWrite, .addr = AddressOf(1, line + 1), .data = SeededLine(7)});
  // One for both writes; then it goes out, and the segment back.
  ASSERT_EQ(taken.size(), 1U);
  ASSERT_TRUE(pool().PageOut(HostId(1), 1).ok());
  const Status out = hal::WaitUntil(platform(), [&] { return taken.size() == 2; }, kCyclesMax, "second notice");
  ASSERT_TRUE(out.ok()) << out.message();
  EXPECT_EQ(taken[0].change, Change::kFirstWrite);
  EXPECT_EQ(taken[1].change, Change::kWrittenOut);
  for (const ChangeNotice& notice : taken) {
    EXPECT_EQ(notice.host, 1U);
    EXPECT_EQ(notice.lpn, bulk::LpnOf(HostId(1), 17).value());
  }
}

std::string PlatformName(const testing::TestParamInfo<hal::PlatformKind>& info) {
  constexpr const char* kNames[] = {"Rtl", "Model", "Tlm"};
  return kNames[static_cast<std::size_t>(info.param)];
}
INSTANTIATE_TEST_SUITE_P(Node, CrashScenario,
                         testing::Values(hal::PlatformKind::kRtl, hal::PlatformKind::kModel, hal::PlatformKind::kTlm),
                         PlatformName);

}  // namespace
}  // namespace tarn::tests
