// What the hotness monitoring's registers and ports promise, one scenario at a time; each runs with the golden model
// beside it.
#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "models/pool/pool_hotness_register_file.h"
#include "tests/common/register_test.h"
#include "tests/pool/hotness_shapes.h"

namespace tarn::tests {
namespace {

namespace reg = pool_hotness_registers;

class PoolHotness : public testing::Test {
 protected:
  PoolHotness() { EXPECT_TRUE(bench_.Start()); }
  ~PoolHotness() override { EXPECT_EQ(bench_.failures().Text(), "") << tb::ReplayCommand(); }

  void Enable() {
    bench_.Write(reg::control::kOffset, reg::control::Enable::kMask);
    bench_.simulation().RunUntil([&] { return bench_.model().active() && bench_.model().swept(); }, 1000, "the start");
  }
  void EndEpoch() {
    bench_.Write(reg::control::kOffset, reg::control::Enable::kMask | reg::control::EndEpoch::kMask);
    bench_.simulation().Run(2);
    bench_.simulation().RunUntil([&] { return bench_.model().swept(); }, 1000, "the sweep");
    bench_.simulation().Run(4);
  }
  void Access(std::uint32_t slot, int times) {
    for (int i = 0; i < times; ++i) bench_.Show(bench_.MakeAccess(slot));
    bench_.simulation().Run(static_cast<std::uint64_t>(times) + 4);
  }
  void OneEpochAtATime() {
    bench_.Write(reg::epoch_length::kOffset, 0);
    bench_.AssignAll();
  }
  std::uint32_t Events() { return bench_.Read(reg::events::kOffset); }

  SmallHotnessBench bench_;
};

TEST_F(PoolHotness, RegistersPassTheGenericTest) {
  RegisterTestOptions options;
  options.seed = tb::GetTestOptions().seed;
  options.only_read = {"control"};  // it starts something
  options.parameters = {
      SmallHotnessShape::kSlots,   SmallHotnessShape::kCounterBits, 63,
      SmallHotnessShape::kAgeBits, SmallHotnessShape::kListEntries, SmallHotnessShape::kListEntries - 1};
  options.unknown_reset = {"status"};
  std::string text;
  for (const std::string& line : CheckRegisters(bench_.registers(), pool::PoolHotnessRegisterFile::Table(), options)) {
    text += line + "\n";
  }
  EXPECT_EQ(text, "");
  std::vector<std::uint64_t> parameters = options.parameters;
  pool::PoolHotnessRegisterFile model({.num_slots = parameters[0],
                                       .counter_bits = parameters[1],
                                       .count_max = parameters[2],
                                       .age_bits = parameters[3],
                                       .list_entries = parameters[4],
                                       .list_mask = parameters[5]});
  EXPECT_TRUE(CheckRegisters(model, pool::PoolHotnessRegisterFile::Table(),
                             {.parameters = parameters, .unknown_reset = {"status"}})
                  .empty());
}

TEST_F(PoolHotness, AnEpochHasItsLength) {
  bench_.AssignAll();
  bench_.Write(reg::epoch_length::kOffset, 345);
  bench_.Write(reg::sweep_interval::kOffset, 0);
  Enable();
  bench_.SetTraffic(true);
  bench_.simulation().Run(5000);
  EXPECT_GE(bench_.counts().epochs, 14u);
  EXPECT_EQ(bench_.Read(reg::last_epoch::kOffset), 345u);
  EXPECT_EQ(Events() & reg::events::EpochLate::kMask, 0u);
}

TEST_F(PoolHotness, AnEpochWaitsForASlowSweepAndSaysSo) {
  bench_.AssignAll();
  bench_.Write(reg::epoch_length::kOffset, 100);
  bench_.Write(reg::sweep_interval::kOffset, 19);
  Enable();
  bench_.simulation().Run(2000);
  EXPECT_GT(bench_.Read(reg::last_epoch::kOffset), 20 * SmallHotnessShape::kSlots - 20);
  EXPECT_LT(bench_.Read(reg::last_epoch::kOffset), 20 * SmallHotnessShape::kSlots + 10);
  EXPECT_NE(Events() & reg::events::EpochLate::kMask, 0u);
}

// The sweep gets on while accesses come as fast as they can, if the pool leaves a cycle when it is asked.
TEST_F(PoolHotness, ASweepEndsInBoundedTimeUnderAccessesWithoutAGap) {
  constexpr std::uint64_t kPatienceCycles = 32;
  OneEpochAtATime();
  bench_.Write(reg::sweep_interval::kOffset, 0);
  bench_.Write(reg::hot_threshold::kOffset, 1);
  Enable();
  bench_.SetSource([&] { return bench_.MakeAccess(static_cast<std::uint32_t>(bench_.random().Below(12))); });
  bench_.Write(reg::control::kOffset, reg::control::Enable::kMask | reg::control::EndEpoch::kMask);
  const std::uint64_t begin = bench_.simulation().cycle();
  bench_.simulation().RunUntil([&] { return bench_.counts().epochs == 1 && bench_.model().swept(); }, 1000,
                               "the sweep");
  EXPECT_GT(bench_.simulation().cycle() - begin, kPatienceCycles * SmallHotnessShape::kSlots);
  EXPECT_LT(bench_.simulation().cycle() - begin, (kPatienceCycles + 2) * SmallHotnessShape::kSlots + 10);
  bench_.SetSource(nullptr);
  bench_.Finish();
}

TEST_F(PoolHotness, WithoutAGapTheEpochGoesOnAndNothingIsLost) {
  OneEpochAtATime();
  bench_.Write(reg::hot_threshold::kOffset, 1);
  Enable();
  bench_.traffic().yields = false;
  bench_.SetSource([&] { return bench_.MakeAccess(5); });
  bench_.Write(reg::control::kOffset, reg::control::Enable::kMask | reg::control::EndEpoch::kMask);
  bench_.simulation().Run(2000);
  EXPECT_FALSE(bench_.model().swept());
  bench_.SetSource(nullptr);
  bench_.Finish();
}

TEST_F(PoolHotness, CountsOfOneSlotBackToBackAreExactUpToTheFullCounter) {
  OneEpochAtATime();
  bench_.Write(reg::hot_threshold::kOffset, 1);
  Enable();
  for (const int times : {1, 2, 3, 62, 63}) {
    Access(4, times);
    EndEpoch();
    const auto entries = bench_.Drain(true);
    ASSERT_EQ(entries.size(), 1u);
    EXPECT_EQ(entries[0].value, times);
    EXPECT_EQ(Events() & reg::events::Saturated::kMask, 0u);
  }
  Access(4, 64);
  EndEpoch();
  EXPECT_EQ(bench_.Drain(true).at(0).value, 63);
  EXPECT_NE(Events() & reg::events::Saturated::kMask, 0u);
}

TEST_F(PoolHotness, AlwaysOnTellsOfEachTimeTheThresholdIsReached) {
  OneEpochAtATime();
  bench_.Write(reg::hot_threshold::kOffset, 10);
  bench_.Write(reg::mode::kOffset, reg::mode::AlwaysOn::kMask);
  Enable();
  Access(4, 9);
  EXPECT_EQ(bench_.Drain(true).size(), 0u);
  EndEpoch();
  Access(4, 21);
  EXPECT_EQ(bench_.Drain(true).size(), 3u);
}

TEST_F(PoolHotness, TheInterruptFollowsTheEventsThatAreEnabled) {
  OneEpochAtATime();
  bench_.Write(reg::hot_threshold::kOffset, 1);
  bench_.Write(reg::hot_watermark::kOffset, 2);
  bench_.Write(reg::event_enable::kOffset, reg::events::HotWatermark::kMask);
  Enable();
  Access(1, 1);
  EndEpoch();
  EXPECT_EQ(bench_.dut().irq_o, 0);
  Access(1, 1);
  EndEpoch();
  EXPECT_EQ(bench_.dut().irq_o, 1) << "two entries";
  bench_.Write(reg::events::kOffset, reg::events::HotWatermark::kMask);
  bench_.simulation().Run(2);
  EXPECT_EQ(bench_.dut().irq_o, 0);
  Access(1, 1);
  EndEpoch();
  EXPECT_EQ(bench_.dut().irq_o, 0) << "only when it gets that full";
  bench_.Finish();
}

TEST_F(PoolHotness, ColdSegmentsAreShownToThePoolAsWell) {
  OneEpochAtATime();
  bench_.Write(reg::cold_threshold::kOffset, 255);  // weights as after reset: one epoch without an access
  Enable();
  for (std::uint32_t slot = 0; slot < SmallHotnessShape::kSlots; ++slot) {
    if (slot != 7) Access(slot, 1);
  }
  bench_.Write(reg::control::kOffset, reg::control::Enable::kMask | reg::control::EndEpoch::kMask);
  int shown = 0;
  while (!bench_.model().swept() || shown == 0) {
    ASSERT_TRUE(bench_.simulation().Step());
    bench_.dut().eval();
    if (!bench_.dut().cold_valid_o) continue;
    ++shown;
    EXPECT_EQ(bench_.dut().cold_o >> 28, 7);
  }
  EXPECT_EQ(shown, 1);
  EXPECT_EQ(bench_.Drain(false).size(), 1u);
}

// Recency, frequency and density each go up to 255; of the default shape, since smaller counters do not get there.
TEST(PoolHotnessUsage, EachTermStopsAt255) {
  constexpr std::array<std::uint32_t, 4> kAccesses = {0, 254, 256, 1000};
  WholeHotnessBench bench;
  ASSERT_TRUE(bench.Start());
  bench.Write(reg::epoch_length::kOffset, 0);
  bench.Write(reg::sweep_interval::kOffset, 0);
  bench.Write(reg::cold_threshold::kOffset, 0xFFFF);
  bench.Write(reg::usage::kOffset, 0x0FFF);
  bench.Write(reg::control::kOffset, reg::control::Enable::kMask);
  bench.simulation().RunUntil([&] { return bench.model().active() && bench.model().swept(); }, 10'000, "the start");
  for (std::uint32_t slot = 0; slot < kAccesses.size(); ++slot) {
    bench.Show(bench.MakeAssign(slot));
    pool::PoolProbe page_in = bench.MakeAccess(slot);
    page_in.kind = pool::ProbeEvent::kPageIn;
    for (std::uint32_t page = 0; page < HotnessShape::kSegmentPages; ++page) bench.Show(page_in);
    for (std::uint32_t i = 0; i < kAccesses.at(slot); ++i) bench.Show(bench.MakeAccess(slot));
  }
  bench.simulation().Run(2000);
  bench.Write(reg::control::kOffset, reg::control::Enable::kMask | reg::control::EndEpoch::kMask);
  bench.simulation().RunUntil([&] { return bench.counts().epochs == 1 && bench.model().swept(); }, 10'000, "the sweep");
  const std::vector<pool::HotnessEntry> entries = bench.Drain(false);
  ASSERT_EQ(entries.size(), kAccesses.size());
  EXPECT_EQ(entries[0].value, 15 * (254 + 0 + 255)) << "one epoch without an access";
  EXPECT_EQ(entries[1].value, 15 * (255 + 254 + 255));
  EXPECT_EQ(entries[2].value, 15 * (255 + 255 + 255));
  EXPECT_EQ(entries[3].value, 15 * (255 + 255 + 255));
  EXPECT_EQ(bench.failures().Text(), "");
}

// All segments are cold in each epoch, and the list has room for 7 of 12: the next sweep goes on with those left out.
TEST_F(PoolHotness, SegmentsLeftOutOfAListComeFirstInTheNextEpoch) {
  OneEpochAtATime();
  bench_.Write(reg::cold_threshold::kOffset, 0xFFFF);
  Enable();
  std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
  std::size_t entries = 0;
  for (int epoch = 0; epoch < 2; ++epoch) {
    EndEpoch();
    EXPECT_NE(Events() & reg::events::ColdOverflow::kMask, 0u);
    for (const pool::HotnessEntry& entry : bench_.Drain(false)) {
      seen.insert({entry.host, entry.segment});
      ++entries;
    }
  }
  EXPECT_EQ(entries, 2 * (SmallHotnessShape::kListEntries - 1));
  EXPECT_EQ(seen.size(), SmallHotnessShape::kSlots);
}

// Its host and segment come with the next access, its count starts from zero; nothing else is touched.
TEST_F(PoolHotness, ACounterWithAWrongBitIsLostToldAndBegunAnew) {
  OneEpochAtATime();
  bench_.Write(reg::hot_threshold::kOffset, 1);
  Enable();
  Access(3, 4);
  Access(4, 5);
  bench_.dut().inject_i = 1;
  Access(3, 1);
  bench_.dut().inject_i = 0;
  // As the model would have it, the segment left and came back.
  const pool::PoolProbe access = bench_.MakeAccess(3);
  bench_.model().OnProbe({.kind = pool::ProbeEvent::kReleased, .slot = 3});
  bench_.Show(access);
  bench_.Show(access);
  bench_.simulation().Run(10);
  EXPECT_EQ(Events(), reg::events::CounterLost::kMask);
  bench_.Write(reg::events::kOffset, reg::events::CounterLost::kMask);
  EndEpoch();
  const auto entries = bench_.Drain(true);
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].value, 2);
  EXPECT_EQ(entries[1].value, 5);
}

}  // namespace
}  // namespace tarn::tests
