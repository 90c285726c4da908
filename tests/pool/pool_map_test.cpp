// The map in memory and its cache: fetches, growing windows, wrong bits, lost lines, and a promise of 1 TiB.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/pool/random_run.h"
#include "tests/pool/scenario.h"
#include "tests/pool/small_pool.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;

// As tarn_pool_map lays it out behind the slots: 8 bytes a segment on the wide pool.
constexpr std::uint64_t kFirstMapLine = std::uint64_t{WideShape::kSlots} * WideShape::kSegmentBytes / kLineBytes;
constexpr std::uint64_t kEntriesPerLine = 8;
constexpr std::uint64_t kSegmentsPerHost = WideShape::kSegmentsPerHost;
std::uint64_t MapLine(std::uint32_t host, std::uint64_t segment) {
  return kFirstMapLine + (host * kSegmentsPerHost + segment) / kEntriesPerLine;
}

template <typename Bench>
std::uint64_t MapFetches(Bench& bench) {
  return bench.management().Read(reg::map_fetches::kOffset).rdata;
}

TEST(PoolMap, ACacheOfFourEntriesServesThreeHostsAllTheSame) {
  SmallBench bench(Rough<SmallBench>());
  RunRandom(bench, {.segments = 12, .lines = 8, .hot_percent = 50}, 3000, SmallShape::kHosts);
  EXPECT_GT(MapFetches(bench), 1000u);
}

TEST(PoolMap, WhatTheChannelFailsToDoForTheMapIsTriedAgain) {
  SmallBench::Options options = Rough<SmallBench>();
  options.channel.timeout_per_million = 100000;
  options.channel.timeout_first_line = SmallShape::kSlots * SmallShape::kSegmentBytes / kLineBytes;
  SmallBench bench(options);
  ASSERT_TRUE(bench.Start()) << bench.failures().Text();
  EXPECT_TRUE(bench.RunTraffic({.segments = 12, .lines = 8, .hot_percent = 50}, 3000)) << bench.failures().Text();
  EXPECT_FALSE(bench.failures().any()) << bench.failures().Text();
  EXPECT_GT(MapFetches(bench), 1000u);
  EXPECT_GT(bench.channel().timeouts(), 100u);
}

TEST(PoolMap, AWrongBitInItsCacheIsCountedAndChangesNothing) {
  SmallBench bench(Rough<SmallBench>());
  ASSERT_TRUE(bench.Start());
  bench.dut().plant_i = 8;
  EXPECT_TRUE(bench.RunTraffic({.segments = 5, .lines = 8, .hot_percent = 80}, 4000) && bench.Quiesce(true));
  bench.checker().ExpectBulkHoldsEverything();
  EXPECT_FALSE(bench.failures().any()) << bench.failures().Text();
  EXPECT_GT(bench.management().Read(reg::map_parity_errors::kOffset).rdata, 100u);
}

class PoolMapScenario : public PoolScenario {
 protected:
  bool WaitForMap(int tries = 2000) {
    return bench_->Wait([&] { return (Status() & reg::status::Cleared::kMask) != 0; }, tries, "the map to be cleared");
  }
};

TEST_F(PoolMapScenario, RequestsToOneSegmentShareOneFetchAndFetchesOverlap) {
  Make({.channel = {.in_order = true}, .all_zero = true});
  const std::uint64_t before = MapFetches(*bench_);
  for (std::uint64_t line = 0; line < 8; ++line) bench_->Read(0, line * kLineBytes);
  for (std::uint64_t segment = 1; segment < 4; ++segment) bench_->Read(0, segment * kSegment);
  ASSERT_TRUE(bench_->Drain());
  EXPECT_EQ(MapFetches(*bench_) - before, 4u);
  for (std::uint64_t segment = 0; segment < 4; ++segment) bench_->Read(0, segment * kSegment + kPageBytes);
  ASSERT_TRUE(bench_->Drain());
  EXPECT_EQ(MapFetches(*bench_) - before, 4u) << "the entries are in the cache";
}

TEST_F(PoolMapScenario, AWindowThatGrowsFindsItsPartOfTheMapClearedAndTheRestAsItWas) {
  bench_ = std::make_unique<WideBench>(WideBench::Options{.all_zero = true});
  for (std::uint64_t segment = 0; segment < 4096; ++segment) {
    bench_->channel().memory().WriteLine(MapLine(1, segment), SeededLine(segment), ~std::uint64_t{0}, false);
  }
  ASSERT_TRUE(bench_->Start());
  bench_->response_hook = [this](std::uint32_t, bool, const LineResponse& response, std::uint64_t) {
    answers_.push_back(response);
  };
  Write(1, 3 * kSegment, 5);
  bench_->management().Write(reg::window_segments::kOffset + 4 * 1, 4096);
  EXPECT_EQ(Status() & reg::status::Cleared::kMask, 0u);
  EXPECT_EQ(Read(1, 3 * kSegment).data, SeededLine(5)) << "taken when the map is there";
  EXPECT_NE(Status() & reg::status::Cleared::kMask, 0u);
  bench_->checker().set_window(1, 4096);
  EXPECT_EQ(Read(1, 4095 * kSegment + 64).data, Line{});
  EXPECT_EQ(ReadMap(1, 4094) & reg::map_status::Resident::kMask, 0u);
  bench_->management().Write(reg::window_segments::kOffset + 4 * 1, 8);
  bench_->management().Write(reg::window_segments::kOffset + 4 * 1, 4096);
  EXPECT_EQ(Read(1, 3 * kSegment).data, SeededLine(5)) << "what was cleared once is not cleared again";
}

TEST_F(PoolMapScenario, ALostLineOfTheMapPoisonsItsSegmentsUntilTheyAreReleasedAndNoSlotIsLost) {
  Make({.all_zero = true, .judged = false});
  const std::uint32_t slots = FreeSlots();
  bench_->channel().memory().WriteLine(MapLine(2, 8), {}, ~std::uint64_t{0}, true);
  EXPECT_EQ(Read(2, 9 * kSegment).status, LineStatus::kPoison);
  EXPECT_EQ(Write(2, 9 * kSegment, 1).status, LineStatus::kPoison);
  EXPECT_EQ(Read(2, 10 * kSegment).status, LineStatus::kPoison) << "in the same line";
  EXPECT_EQ(Read(2, 16 * kSegment).status, LineStatus::kOk) << "in the next";
  EXPECT_NE(ReadMap(2, 9) & reg::map_status::Lost::kMask, 0u);
  EXPECT_NE(Events() & reg::events::MapLost::kMask, 0u);
  Release(2, 9);
  EXPECT_EQ(Read(2, 9 * kSegment).data, Line{});
  EXPECT_EQ(Read(2, 10 * kSegment).status, LineStatus::kPoison);
  EXPECT_EQ(FreeSlots(), slots - 2);
}

TEST_F(PoolMapScenario, TheSlotOfALostSegmentIsFoundAgainByEviction) {
  Make({.all_zero = true, .judged = false});
  Write(2, 9 * kSegment, 1);
  // Its entry leaves the cache: the segments 256 and more apart share its set.
  bench_->management().Write(reg::window_segments::kOffset + 4 * 2, 4096);
  for (std::uint64_t i = 1; i <= 8; ++i) Read(2, (9 + 256 * i) * kSegment);
  bench_->channel().memory().WriteLine(MapLine(2, 9), {}, ~std::uint64_t{0}, true);
  EXPECT_EQ(Read(2, 9 * kSegment).status, LineStatus::kPoison);
  // More segments than there are slots, some times around.
  for (std::uint64_t segment = 32; segment < 96; ++segment) Write(2, segment * kSegment, segment);
  for (std::uint64_t segment = 32; segment < 96; ++segment) {
    EXPECT_EQ(Read(2, segment * kSegment).data, SeededLine(segment));
  }
  for (std::uint32_t segment = 0; segment < 96; ++segment) Release(2, segment);
  for (std::uint64_t i = 1; i <= 8; ++i) Release(2, static_cast<std::uint32_t>(9 + 256 * i));
  EXPECT_EQ(FreeSlots(), WideShape::kSlots);
}

TEST_F(PoolMapScenario, TheSlotOfASegmentThatIsLostWhileItIsReleasedIsFoundAgainByEviction) {
  Make({.all_zero = true, .judged = false});
  bench_->management().Write(reg::window_segments::kOffset + 4 * 2, 4096);
  Read(2, 9 * kSegment);
  // The release waits for its notice. Meanwhile the entry leaves the cache, and memory loses it.
  bench_->HoldNotices(true);
  bench_->host_registers(2).Write(pool_host_registers::release_segment::kOffset, 9);
  bench_->host_registers(2).Write(pool_host_registers::release_command::kOffset, 1);
  for (std::uint64_t i = 1; i <= 8; ++i) Read(2, (9 + 256 * i) * kSegment);
  bench_->channel().memory().WriteLine(MapLine(2, 9), {}, ~std::uint64_t{0}, true);
  bench_->HoldNotices(false);
  EXPECT_TRUE(bench_->Wait(
      [&] {
        return (bench_->host_registers(2).Read(pool_host_registers::release_status::kOffset).rdata &
                pool_host_registers::release_status::Busy::kMask) == 0;
      },
      2000, "the release"));
  EXPECT_NE(Events() & reg::events::MapLost::kMask, 0u);
  EXPECT_EQ(Read(2, 9 * kSegment).status, LineStatus::kPoison);
  for (std::uint64_t i = 1; i <= 8; ++i) Release(2, static_cast<std::uint32_t>(9 + 256 * i));
  EXPECT_EQ(FreeSlots(), WideShape::kSlots - 1) << "its owner is known still";
  for (std::uint64_t segment = 0; segment < std::uint64_t{2} * WideShape::kSlots; ++segment)
    Read(1, segment * kSegment);
  for (std::uint32_t segment = 0; segment < 2 * WideShape::kSlots; ++segment) Release(1, segment);
  EXPECT_EQ(FreeSlots(), WideShape::kSlots) << "a slot that counted as one that goes was never let go";
}

TEST_F(PoolMapScenario, OneTebibyteIsPromisedAndReadsWhatWasWritten) {
  bench_ = std::make_unique<WideBench>(WideBench::Options{.all_zero = true});
  ASSERT_TRUE(bench_->Start());
  bench_->response_hook = [this](std::uint32_t, bool, const LineResponse& response, std::uint64_t) {
    answers_.push_back(response);
  };
  for (std::uint32_t host = 0; host < WideShape::kHosts; ++host) {
    bench_->management().Write(reg::window_segments::kOffset + 4 * host, kSegmentsPerHost);
    bench_->checker().set_window(host, kSegmentsPerHost);
  }
  ASSERT_TRUE(WaitForMap(1000000));
  std::cout << "cleared in " << bench_->simulation().cycle() << " cycles\n";
  Random random(tb::GetTestOptions().seed);
  std::vector<std::uint64_t> segments;
  for (int i = 0; i < 64; ++i) segments.push_back(random.Below(kSegmentsPerHost));
  for (const std::uint64_t segment : segments) Write(segment % 4, segment * kSegment, segment);
  for (const std::uint64_t segment : segments) {
    EXPECT_EQ(Read(segment % 4, segment * kSegment).data, SeededLine(segment));
  }
}

}  // namespace
}  // namespace tarn::tests
