// The figures of a channel with fast and slow cells, against their targets (targets.md, "Channel"), on shorter streams
// than the bench's.
#include <gtest/gtest.h>

#include "models/channel/channel_registers.h"
#include "tb/channel/mixed_measurement.h"

namespace tarn::channel {
namespace {

constexpr std::uint64_t kLines = 20'000;

TEST(MixedFigures, TheBusStaysFullWhileSlowReadsArePending) {
  const BusShare tenth = MeasureBusShare({.slow_percent = 10, .lines = kLines});
  EXPECT_EQ(tenth.failure, "");
  EXPECT_EQ(tenth.violations, 0u);
  EXPECT_GE(tenth.percent, 92.0);
  const BusShare ordered = MeasureBusShare({.policy = SlowPolicy::kInOrder, .slow_percent = 10, .lines = kLines});
  EXPECT_EQ(ordered.failure, "");
  EXPECT_GE(tenth.percent / ordered.percent, 1.6);
  EXPECT_GE(MeasureBusShare({.slow_percent = 20, .lines = kLines}).percent, 92.0);
}

// Without batches each slow read costs two changes of the module; better than in order, worse than ready/send.
TEST(MixedFigures, SlotsFixedAtIssueAreMetAndLieBetween) {
  const BusShare ready = MeasureBusShare({.slow_percent = 10, .lines = kLines});
  const BusShare fixed = MeasureBusShare({.policy = SlowPolicy::kFixedSlot, .slow_percent = 10, .lines = kLines});
  const BusShare ordered = MeasureBusShare({.policy = SlowPolicy::kInOrder, .slow_percent = 10, .lines = kLines});
  EXPECT_EQ(fixed.failure, "");
  EXPECT_EQ(fixed.violations, 0u);
  EXPECT_LE(fixed.slots_missed, kLines / 10 / 20) << "a refresh is in the way now and then";
  EXPECT_LT(fixed.percent, ready.percent);
  EXPECT_GT(fixed.percent, ordered.percent);
}

// Cells that take longer than the slot was fixed for: every slot is missed, and every read answered.
TEST(MixedFigures, AMissedSlotLosesNothing) {
  const BusShare late = MeasureBusShare(
      {.slow_preset = "slow_3us",
       .policy = SlowPolicy::kFixedSlot,
       .slow_percent = 10,
       .lines = kLines / 10,
       .registers = {{channel_registers::slow_slots::kOffset,
                      channel_registers::slow_slots::Fixed::Set(channel_registers::slow_slots::kReset, 1)}}});
  EXPECT_EQ(late.failure, "");
  EXPECT_GE(late.slots_missed, kLines / 10 / 10 / 2);
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
