// The hotness monitoring inside the pool: what it counts is what hosts do, and past the page-out mark the segments that
// it found cold go first.
#include <gtest/gtest.h>

#include <map>

#include "models/pool/pool_hotness_registers.h"
#include "tests/pool/scenario.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
namespace hot = pool_hotness_registers;

class PoolHotnessScenario : public PoolScenario {
 protected:
  static constexpr std::uint32_t kOn = hot::control::Enable::kMask;

  RegisterBus& Hotness() { return bench_->hotness_registers(); }
  // Epochs end on demand alone.
  void StartHotness(std::uint32_t control = kOn) {
    Hotness().Write(hot::epoch_length::kOffset, 0);
    Hotness().Write(hot::sweep_interval::kOffset, 0);
    Hotness().Write(hot::hot_threshold::kOffset, 1);
    Hotness().Write(hot::control::kOffset, control);
    WaitForSweep(0);
  }
  void EndEpoch(std::uint32_t control = kOn) {
    Hotness().Write(hot::events::kOffset, hot::events::Swept::kMask);
    Hotness().Write(hot::control::kOffset, control | hot::control::EndEpoch::kMask);
    WaitForSweep(hot::events::Swept::kMask);
  }
  void WaitForSweep(std::uint32_t events) {
    EXPECT_TRUE(bench_->Wait(
        [&] {
          const std::uint32_t status = Hotness().Read(hot::status::kOffset).rdata;
          return (status & (hot::status::Sweeping::kMask | hot::status::StartPending::kMask)) == 0 &&
                 (Hotness().Read(hot::events::kOffset).rdata & events) == events;
        },
        200, "the sweep"));
  }
  // Count by {host, segment}.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> TakeHot() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> counts;
    const std::uint32_t tail = Hotness().Read(hot::hot_tail::kOffset).rdata;
    for (std::uint32_t place = Hotness().Read(hot::hot_head::kOffset).rdata; place != tail; place = (place + 1) % 256) {
      const std::uint32_t low = Hotness().Read(hot::hot_entry::kOffset + 8 * place).rdata;
      const std::uint32_t high = Hotness().Read(hot::hot_entry::kOffset + 8 * place + 4).rdata;
      counts[{high >> 16, low >> 16 | high << 16}] = low & 0xFFFF;
    }
    Hotness().Write(hot::hot_head::kOffset, tail);
    return counts;
  }
  void SetMarks(std::uint32_t first, std::uint32_t page_out, std::uint32_t low) {
    bench_->management().Write(reg::low_mark::kOffset, low);
    bench_->management().Write(reg::first_mark::kOffset, first);
    bench_->management().Write(reg::page_out_mark::kOffset, page_out);
  }
  bool IsResident(std::uint32_t host, std::uint32_t segment) {
    return (ReadMap(host, segment) & reg::map_status::Resident::kMask) != 0;
  }
};

TEST_F(PoolHotnessScenario, EachHostsAccessesAreCountedAndWalksToo) {
  Make();
  StartHotness();
  for (int i = 0; i < 5; ++i) Read(0, 3 * kSegment + static_cast<std::uint64_t>(i) * 64);
  for (int i = 0; i < 3; ++i) Write(1, 3 * kSegment, static_cast<std::uint64_t>(i));
  bench_->Read(2, 7 * kSegment, true);
  bench_->Read(2, 7 * kSegment, true);
  ASSERT_TRUE(bench_->Drain());
  EndEpoch();
  const std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> expected = {
      {{0, 3}, 5}, {{1, 3}, 3}, {{2, 7}, 2}};
  EXPECT_EQ(TakeHot(), expected);
  EndEpoch();
  EXPECT_TRUE(TakeHot().empty()) << "nothing was accessed in the second epoch";
}

TEST_F(PoolHotnessScenario, ASegmentGivenBackIsForgotten) {
  Make();
  StartHotness();
  Read(0, 3 * kSegment);
  Read(0, 4 * kSegment);
  Release(0, 3);
  EndEpoch();
  EXPECT_EQ(TakeHot().size(), 1u);
}

// Hits in every cycle leave the sweep none of its own; it asks for one and gets it.
TEST_F(PoolHotnessScenario, ASweepEndsWhileEachCycleHasAHit) {
  Make();
  StartHotness();
  for (std::uint32_t host = 0; host < WideShape::kHosts; ++host) Read(host, 0);
  for (std::uint32_t host = 0; host < WideShape::kHosts; ++host) WaitForPage(host, 0);
  for (int line = 0; line < 60; ++line) {
    for (std::uint32_t host = 0; host < WideShape::kHosts; ++host) {
      bench_->Read(host, static_cast<std::uint64_t>(line) * 64);
    }
  }
  Hotness().Write(hot::control::kOffset, kOn | hot::control::EndEpoch::kMask);
  std::uint64_t sent = 240;
  for (int i = 0; i < 200; ++i) {
    bench_->simulation().Run(4);
    for (std::uint32_t host = 0; host < WideShape::kHosts; ++host, ++sent) bench_->Read(host, sent % 60 * 64);
  }
  EXPECT_NE(Hotness().Read(hot::events::kOffset).rdata & hot::events::Swept::kMask, 0u);
  ASSERT_TRUE(bench_->Drain());
  EXPECT_GT(bench_->hotness().counts().full_rate_cycles, 200u);
}

TEST_F(PoolHotnessScenario, PastTheMarkColdSegmentsGoBeforeWhatThePolicyProposes) {
  Make();
  StartHotness();
  Hotness().Write(hot::cold_threshold::kOffset, 255);  // not accessed in the epoch
  constexpr std::uint32_t kSegments = 10;
  for (std::uint32_t segment = 0; segment < kSegments; ++segment) Read(0, segment * kSegment);
  EndEpoch();
  // In the second epoch all are accessed but two.
  for (std::uint32_t segment = 0; segment < kSegments; ++segment) {
    if (segment != 6 && segment != 8) Read(0, segment * kSegment + 64);
  }
  EndEpoch();
  EXPECT_EQ(bench_->hotness().counts().cold_outs, 0u) << "no mark was passed";
  SetMarks(0, kSegments, kSegments - 2);
  EXPECT_TRUE(bench_->Wait([&] { return FreeSlots() == WideShape::kSlots - kSegments + 2; }, 500, "the page-outs"));
  EXPECT_FALSE(IsResident(0, 6));
  EXPECT_FALSE(IsResident(0, 8));
  EXPECT_EQ(bench_->hotness().counts().cold_outs, 2u);
}

TEST_F(PoolHotnessScenario, AColdSegmentThatIsAccessedStays) {
  Make();
  StartHotness();
  Hotness().Write(hot::cold_threshold::kOffset, 255);
  for (std::uint32_t segment = 0; segment < 4; ++segment) Read(0, segment * kSegment);
  EndEpoch();
  for (std::uint32_t segment = 0; segment < 2; ++segment) Read(0, segment * kSegment);
  EndEpoch();
  Read(0, 2 * kSegment);  // found cold; now it is not
  SetMarks(0, 4, 3);
  EXPECT_TRUE(bench_->Wait([&] { return FreeSlots() == WideShape::kSlots - 3; }, 500, "the page-out"));
  EXPECT_FALSE(IsResident(0, 3));
  EXPECT_TRUE(IsResident(0, 2));
}

TEST_F(PoolHotnessScenario, TheFirstMarkEndsTheEpochSoThatColdSegmentsAreKnown) {
  Make();
  constexpr std::uint32_t kOnMark = kOn | hot::control::FirstMark::kMask;
  StartHotness(kOnMark);
  Hotness().Write(hot::cold_threshold::kOffset, 255);
  SetMarks(5, 8, 6);
  for (std::uint32_t segment = 0; segment < 3; ++segment) Read(0, segment * kSegment);
  EndEpoch(kOnMark);
  for (std::uint32_t segment = 2; segment < 5; ++segment)
    Read(0, segment * kSegment + 64);  // the fifth passes the mark
  EXPECT_TRUE(bench_->Wait([&] { return hot::status::Epochs::Get(Hotness().Read(hot::status::kOffset).rdata) == 2; },
                           200, "the epoch"));
  for (std::uint32_t segment = 5; segment < 8; ++segment) Read(0, segment * kSegment);
  EXPECT_TRUE(bench_->Wait([&] { return FreeSlots() == WideShape::kSlots - 6; }, 500, "the page-outs"));
  EXPECT_FALSE(IsResident(0, 0));
  EXPECT_FALSE(IsResident(0, 1));
}

TEST_F(PoolHotnessScenario, APinnedColdSegmentStays) {
  Make();
  StartHotness();
  Hotness().Write(hot::cold_threshold::kOffset, 255);
  for (std::uint32_t segment = 0; segment < 4; ++segment) Read(0, segment * kSegment);
  bench_->management().Write(reg::map_host::kOffset, 0);
  bench_->management().Write(reg::map_segment::kOffset, 3);
  bench_->management().Write(reg::map_command::kOffset, 4);  // pin
  bench_->simulation().Run(50);
  EndEpoch();
  Read(0, 0);
  Read(0, kSegment);
  EndEpoch();
  SetMarks(0, 4, 3);
  EXPECT_TRUE(bench_->Wait([&] { return FreeSlots() == WideShape::kSlots - 3; }, 500, "the page-out"));
  EXPECT_TRUE(IsResident(0, 3));
  EXPECT_FALSE(IsResident(0, 2));
}

}  // namespace
}  // namespace tarn::tests
