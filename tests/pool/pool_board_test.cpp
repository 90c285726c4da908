// The pool of a board: every answer, notice, eviction and counter is checked as in larger ones.
#include <gtest/gtest.h>

#include "tests/pool/board_pool.h"
#include "tests/pool/random_run.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;

TEST(PoolBoard, RandomTrafficOfTwoHostsReadsWhatWasWritten) {
  BoardBench bench(Rough<BoardBench>());
  RunRandom(bench, kBoardTraffic, 6000, BoardShape::kHosts);
}

TEST(PoolBoard, SoItDoesWhereBulkFailsNowAndThen) {
  BoardBench::Options options = Rough<BoardBench>();
  options.bulk.read_error_percent = 3;
  options.bulk.write_error_percent = 5;
  options.bulk.offline_percent = 2;
  BoardBench bench(options);
  RunRandom(bench, kBoardTraffic, 4000, BoardShape::kHosts, true);
}

TEST(PoolBoard, WhatIsNotThereSaysSoAndReadsZero) {
  BoardBench bench(Rough<BoardBench>());
  ASSERT_TRUE(bench.Start());
  const std::uint32_t geometry = bench.management().Read(reg::geometry::kOffset).rdata;
  EXPECT_EQ(reg::geometry::Hosts::Get(geometry), BoardShape::kHosts);
  EXPECT_EQ(reg::geometry::Hotness::Get(geometry), 0u);
  EXPECT_EQ(reg::geometry::Optimum::Get(geometry), 0u);
  EXPECT_EQ(reg::geometry::Latencies::Get(geometry), 0u);
  EXPECT_EQ(reg::geometry::Prefetch::Get(geometry), 0u);
  ASSERT_TRUE(bench.RunTraffic(kBoardTraffic, 200));
  for (std::uint32_t offset = 0; offset < 0x100; offset += 4) {
    const RegisterResponse response = bench.hotness_registers().Read(offset);
    EXPECT_EQ(response.rdata, 0u) << offset;
    EXPECT_FALSE(response.error) << offset;
  }
  for (std::uint32_t host = 0; host < BoardShape::kHosts; ++host) {
    for (const std::uint64_t count : ReadLatencies(bench, host)) EXPECT_EQ(count, 0u);
  }
  for (const std::uint32_t offset : {reg::optimum_control::kOffset, reg::optimum_status::kOffset,
                                     reg::prefetch::kOffset, reg::window_segments::kOffset + 4 * BoardShape::kHosts}) {
    bench.management().Write(offset, ~0u);
    EXPECT_EQ(bench.management().Read(offset).rdata, 0u) << offset;
  }
}

// Eight walks of a host with an IOMMU are always under way, and each finds its page on bulk alone; its own reads, one
// after the other, do so too. In turn with walks each waits for a few pages.
TEST(PoolBoard, WalksThatNeverEndLeaveTheirHostEngines) {
  constexpr std::uint64_t kWalks = 8, kSegments = 24, kReads = 6;
  constexpr std::uint64_t kCyclesMax = 15'000;  // a page takes some 1,300
  BoardBench::Options options;
  options.zero_percent = 0;
  BoardBench bench(options);
  ASSERT_TRUE(bench.Start());
  std::uint64_t walks = 0, answered_walks = 0, answered_reads = 0;
  bench.response_hook = [&](std::uint32_t /*host*/, bool walk, const LineResponse& /*message*/,
                            std::uint64_t /*cycle*/) { ++(walk ? answered_walks : answered_reads); };
  const auto run_until = [&](const std::function<bool()>& done, std::uint64_t cycles_max) {
    for (std::uint64_t cycle = 0; cycle < cycles_max && !done(); ++cycle) {
      for (; walks < answered_walks + kWalks; ++walks) {
        bench.Read(1, walks % kSegments * BoardShape::kSegmentBytes + walks / kSegments % 4 * kPageBytes, true);
      }
      if (!bench.simulation().Run(1)) return false;
    }
    return done();
  };
  ASSERT_TRUE(run_until([&] { return answered_walks > 40; }, 200'000)) << bench.failures().Text();
  for (std::uint64_t read = 0; read < kReads; ++read) {
    bench.Read(1, (kSegments + read) * BoardShape::kSegmentBytes);
    ASSERT_TRUE(run_until([&] { return answered_reads > read; }, kCyclesMax))
        << "read " << read << " waits behind " << walks << " walks\n"
        << bench.failures().Text();
  }
  EXPECT_TRUE(bench.Drain());
  EXPECT_FALSE(bench.failures().any()) << bench.failures().Text();
}

// A scan that would lead a prefetch on.
TEST(PoolBoard, NothingIsBroughtInAheadOfNeed) {
  constexpr std::uint64_t kPages = 12;
  BoardBench::Options options;
  options.zero_percent = 0;
  BoardBench bench(options);
  ASSERT_TRUE(bench.Start());
  bench.management().Write(reg::prefetch::kOffset, 8);
  for (std::uint64_t page = 0; page < kPages; ++page) {
    bench.Read(0, page * kPageBytes);
    bench.Drain();
    bench.simulation().Run(500);
  }
  EXPECT_EQ(bench.management().Read(reg::prefetches::kOffset).rdata, 0u);
  EXPECT_EQ(bench.checker().prefetch().prefetches(), 0u);
  EXPECT_EQ(bench.Counter(0, 2), kPages) << "each page is a miss";
  EXPECT_FALSE(bench.failures().any()) << bench.failures().Text();
}

}  // namespace
}  // namespace tarn::tests
