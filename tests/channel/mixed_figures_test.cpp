// The figures of a channel with fast and slow cells, against their targets (targets.md, "Channel"), on shorter streams
// than the bench's.
#include "tests/channel/mixed_figures.h"

#include <gtest/gtest.h>

#include "models/channel/channel_registers.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

constexpr std::uint64_t kLines = 20'000;

TEST(MixedFigures, TheBusStaysFullWhileSlowReadsArePending) {
  const BusShare tenth = MeasureBusShare({.slow_percent = 10, .lines = kLines});
  EXPECT_EQ(tenth.failure, "");
  EXPECT_EQ(tenth.violations, 0u);
  EXPECT_GE(tenth.percent, 92.0);
  const std::uint32_t in_order = r::slow_order::InOrder::Set(r::slow_order::kReset, 1);
  const BusShare ordered =
      MeasureBusShare({.slow_percent = 10,
                       .lines = kLines,
                       .registers = {{r::slow_order::kOffset, in_order}, {r::head_start::kOffset, 0}}});
  EXPECT_EQ(ordered.failure, "");
  EXPECT_GE(tenth.percent / ordered.percent, 1.6);
  EXPECT_GE(MeasureBusShare({.slow_percent = 20, .lines = kLines}).percent, 92.0);
}

TEST(MixedFigures, FastReadsHardlyNoticeSlowOnesBesideThem) {
  for (const bool refresh : {true, false}) {
    const Latency beside = MeasureLatency({.slow = true, .refresh = refresh, .lines = kLines});
    const Latency alone = MeasureLatency({.slow = false, .refresh = refresh, .lines = kLines});
    EXPECT_EQ(beside.failure, "");
    EXPECT_LE(beside.mean, 1.10 * alone.mean);
    EXPECT_LE(static_cast<double>(beside.p50), 1.10 * static_cast<double>(alone.p50));
    EXPECT_LE(static_cast<double>(beside.p95), 1.10 * static_cast<double>(alone.p95));
    EXPECT_LE(static_cast<double>(beside.p99), 1.10 * static_cast<double>(alone.p99));
    EXPECT_GE(beside.slow_percent, 15.0) << "they have what fast reads leave";
  }
}

TEST(MixedFigures, SlowCellsThatCouldFillTheBusLeaveHalfOfIt) {
  const BusShare share = MeasureFastShare("slow_stt_mram", kLines);
  EXPECT_EQ(share.failure, "");
  EXPECT_GE(share.percent, 45.0);
}

TEST(MixedFigures, SlowReadsThatTakeMicrosecondsLeaveTheBusToFastOnes) {
  EXPECT_GE(MeasureFastShare("slow_3us", kLines).percent, 92.0);
}

}  // namespace
}  // namespace tarn::channel
