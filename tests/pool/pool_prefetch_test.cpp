// Sequential prefetch: it spares a scan its waiting, and does nothing where it does not pay.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/pool/scenario.h"
#include "tests/pool/small_pool.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;

class PoolPrefetch : public PoolScenario {
 protected:
  static constexpr std::uint64_t kPages = kSegment / kPageBytes;  // of a segment

  // Every page is on bulk, and takes a while.
  void MakeSlowBulk() {
    WideBench::Options options;
    options.zero_percent = 0;
    options.bulk.latency_min_cycles = options.bulk.latency_max_cycles = 1000;
    Make(options);
  }
  std::uint64_t Prefetches() { return bench_->management().Read(reg::prefetches::kOffset).rdata; }
  std::uint64_t Misses(std::uint32_t host) { return bench_->Counter(host, 2); }
  // One line of each page, each when the one before was answered and looked at for a while.
  std::uint64_t Scan(std::uint32_t host, std::uint64_t first_page, std::uint64_t pages) {
    const std::uint64_t start = bench_->simulation().cycle();
    for (std::uint64_t page = first_page; page < first_page + pages; ++page) {
      Read(host, page * kPageBytes);
      bench_->simulation().Run(300);
    }
    return bench_->simulation().cycle() - start;
  }
};

TEST_F(PoolPrefetch, AScanWaitsForItsFirstPagesAlone) {
  MakeSlowBulk();
  const std::uint64_t cycles = Scan(0, 0, 4 * kPages);
  EXPECT_GE(Prefetches(), 4 * kPages - 5);
  EXPECT_LT(Misses(0), 2 * kPages) << "those that came while their page was on its way count";
  bench_->management().Write(reg::prefetch::kOffset, 0);
  const std::uint64_t without = Scan(1, 0, 4 * kPages);
  EXPECT_EQ(Misses(1), 4 * kPages);
  EXPECT_GT(without, 2 * cycles);
  std::cout << "64 pages: " << cycles << " cycles, without prefetch " << without << "\n";
}

TEST_F(PoolPrefetch, TwoScansOfOneHostAreBothFollowed) {
  MakeSlowBulk();
  for (std::uint64_t page = 0; page < 2 * kPages; ++page) {
    Scan(0, page, 1);
    Scan(0, 8 * kPages + page, 1);
  }
  EXPECT_GE(Prefetches(), 4 * kPages - 10);
  EXPECT_LT(Misses(0), 20u);
}

TEST_F(PoolPrefetch, AccessesHereAndThereBringNothingElseIn) {
  MakeSlowBulk();
  Random random(7);
  for (int i = 0; i < 200; ++i) Read(0, random.Below(16 * kPages / 2) * 2 * kPageBytes);
  EXPECT_EQ(Prefetches(), 0u);
}

// Three pages in order, and then elsewhere: what is brought in is never used.
TEST_F(PoolPrefetch, ItTurnsItselfOffWhereItDoesNotPayAndOnAgainWhereItDoes) {
  MakeSlowBulk();
  for (std::uint64_t run = 0; run < 60; ++run) {
    const std::uint64_t segment = run * 7 % 31;
    for (std::uint64_t page = 0; page < 3; ++page) Read(0, segment * kSegment + (run % 2 * 8 + page) * kPageBytes);
    bench_->simulation().Run(1200);
  }
  const std::uint64_t in_vain = Prefetches();
  EXPECT_GT(in_vain, 0u);
  EXPECT_LT(in_vain, 20u);
  Scan(1, 0, 2 * kPages);
  EXPECT_GT(Prefetches() - in_vain, 20u) << "another host's scan pays";
  const std::uint64_t before = Prefetches();
  for (std::uint64_t round = 0; round < 4; ++round) Scan(0, round * 2 * kPages, 2 * kPages);
  EXPECT_GT(Prefetches() - before, 20u) << "the host scans again";
}

TEST_F(PoolPrefetch, ItStaysInsideTheWindow) {
  MakeSlowBulk();
  Scan(2, (WideShape::kWindowSegments - 1) * kPages, kPages);
  bench_->simulation().Run(3000);
  EXPECT_LE(Prefetches(), kPages - 3);
  EXPECT_GT(Prefetches(), kPages - 6);
}

// A page that was not asked for is no reason to evict anything.
TEST_F(PoolPrefetch, ItTakesNoSlotThatIsNotSpare) {
  MakeSlowBulk();
  for (std::uint64_t segment = 0; segment < WideShape::kSlots; ++segment) Read(1, segment * kSegment);
  bench_->simulation().Run(3000);
  const std::uint64_t evictions = bench_->Counter(1, 8);
  for (std::uint64_t page = kPages - 5; page < kPages; ++page) Read(0, page * kPageBytes);
  bench_->simulation().Run(5000);
  EXPECT_LE(bench_->Counter(1, 8), evictions + 1) << "for the one segment that is used";
  EXPECT_EQ(ReadMap(0, 1) & reg::map_status::Resident::kMask, 0u);
}

TEST_F(PoolPrefetch, ARequestForAPageThatIsBeingBroughtInWaitsForItAlone) {
  MakeSlowBulk();
  for (std::uint64_t page = 0; page < 3; ++page) Read(0, page * kPageBytes);
  bench_->simulation().Run(100);  // the fourth is on its way
  const std::uint64_t reads = bench_->bulk().reads();
  EXPECT_EQ(Write(0, 3 * kPageBytes, 5).status, LineStatus::kOk);
  EXPECT_EQ(Read(0, 3 * kPageBytes).data, SeededLine(5));
  EXPECT_LE(bench_->bulk().reads(), reads + 2) << "the page itself was not read twice";
}

// Bulk is away, or does not complete in time, for pages that nobody waits for yet: nothing changes for them, and who
// needs one has it brought in.
TEST_F(PoolPrefetch, APageThatBulkDidNotDeliverAheadOfNeedIsAskedForAgainByWhoNeedsIt) {
  for (const bool away : {true, false}) {
    const std::uint64_t first = away ? 0 : 8 * kPages;
    MakeSlowBulk();
    constexpr std::uint32_t kTimeout = 3000;
    bench_->management().Write(reg::bulk_timeout::kOffset, kTimeout);
    bench_->management().Write(reg::limits::kOffset, 0);  // what is away is not asked again
    for (std::uint64_t page = 0; page < 2; ++page) Read(0, (first + page) * kPageBytes);
    bench_->Read(0, (first + 2) * kPageBytes);
    const auto asked = [&] { return bench_->bulk().reads() == 3; };  // what follows is ahead of need
    ASSERT_TRUE(bench_->simulation().RunUntil(asked, 1000, "the third page to be asked for"));
    tb::BulkStub::Options& bulk = bench_->bulk().options();
    bulk.offline_percent = away ? 100 : 0;
    bulk.late_percent = away ? 0 : 100;
    bulk.late_cycles = 4 * kTimeout;
    ASSERT_TRUE(bench_->Drain());
    bench_->simulation().Run(3 * kTimeout);
    bulk.offline_percent = bulk.late_percent = 0;
    ASSERT_GT(Prefetches(), 0u);
    const std::uint64_t reads = bench_->bulk().reads();
    ASSERT_GT(reads, 3u);
    ReadMap(0, static_cast<std::uint32_t>(first / kPages));
    EXPECT_EQ(bench_->management().Read(reg::map_read_valid::kOffset).rdata & 8u, 0u) << "it has not come";
    EXPECT_EQ(Read(0, (first + 3) * kPageBytes).status, LineStatus::kOk);
    EXPECT_GT(bench_->bulk().reads(), reads);
    EXPECT_EQ(bench_->Counter(0, 10), 0u) << "no request was refused";
    bench_->simulation().Run(5 * kTimeout);
    EXPECT_EQ(Read(0, (first + 3) * kPageBytes + kLineBytes).status, LineStatus::kOk);
    TearDown();
  }
}

TEST_F(PoolPrefetch, AScanGoesOnAfterBulkWasAway) {
  MakeSlowBulk();
  for (std::uint64_t page = 0; page < 2; ++page) Read(0, page * kPageBytes);
  bench_->bulk().options().offline_percent = 100;
  Read(0, 2 * kPageBytes);
  bench_->bulk().options().offline_percent = 0;
  bench_->simulation().Run(3000);
  EXPECT_EQ(Read(0, 3 * kPageBytes).status, LineStatus::kOk);
}

// Pages of one a segment, as many as there are slots.
TEST(PoolPrefetchPlanted, APageThatNoScanLeadsToIsFound) {
  for (const unsigned plant : {0u, 10u}) {
    SmallBench::Options options;
    options.zero_percent = 0;
    SmallBench bench(options);
    ASSERT_TRUE(bench.Start());
    bench.dut().plant_i = static_cast<CData>(plant);
    for (std::uint64_t segment = 0; segment < 5; ++segment) {
      bench.Read(0, segment * kPageBytes);
      bench.Drain();
      bench.simulation().Run(500);
    }
    EXPECT_GT(bench.checker().prefetch().prefetches(), 0u);
    EXPECT_EQ(bench.failures().any(), plant != 0) << bench.failures().Text();
    if (plant != 0) {
      EXPECT_NE(bench.failures().Text().find("no accesses lead there"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace tarn::tests
