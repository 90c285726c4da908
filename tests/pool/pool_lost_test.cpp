// Pages whose content is lost, as software says after a crash: poison until they are written or released.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "tests/pool/random_run.h"
#include "tests/pool/scenario.h"
#include "tests/pool/small_pool.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
using Change = tb::BulkStub::Change;

class PoolLost : public PoolScenario {
 protected:
  static constexpr std::uint32_t kPages = WideShape::kSegmentBytes / kPageBytes;
  static constexpr Order kLoad = static_cast<Order>(1);
  // Page kLost of host 1's window is lost, though bulk has something of it; so has it of all others of its segment.
  static constexpr std::uint32_t kLost = 3 * kPages + 5;
  static constexpr std::uint32_t kSegmentOfLost = kLost / kPages;
  void SetUp() override {
    Make({.zero_percent = 0});
    Load(0xFFFF, 1U << kLost % kPages);
    bench_->checker().OnLost(1, kLost);
    bench_->change_hook = [this](const pool::ChangeNotice& notice, std::uint64_t) { notices_.push_back(notice); };
  }
  void Load(std::uint32_t on_bulk, std::uint32_t lost) {
    bench_->management().Write(reg::map_word::kOffset, 0);
    bench_->management().Write(reg::map_on_bulk::kOffset, on_bulk);
    bench_->management().Write(reg::map_lost_pages::kOffset, lost);
    ASSERT_TRUE(Command(kLoad, 1, kSegmentOfLost));
  }
  LineResponse ReadLine(std::uint32_t page, std::uint32_t line) {
    return Read(1, std::uint64_t{page} * kPageBytes + line * kLineBytes);
  }
  void WriteLine(std::uint32_t page, std::uint32_t line, std::uint64_t key) {
    Write(1, std::uint64_t{page} * kPageBytes + line * kLineBytes, key);
  }
  void PageOut() { ASSERT_TRUE(Command(kPageOut, 1, kSegmentOfLost)); }
  struct Bits {
    bool valid, dirty, on_bulk, lost;
    bool operator==(const Bits&) const = default;
  };
  Bits MapBits(std::uint32_t page = kLost) {
    EXPECT_EQ(ReadMap(1, kSegmentOfLost) & reg::map_status::Lost::kMask, 0U)
        << "the entry is not lost, but pages of it";
    const auto bit = [&](std::uint32_t offset) {
      return (bench_->management().Read(offset).rdata >> page % kPages & 1) != 0;
    };
    return {.valid = bit(reg::map_read_valid::kOffset),
            .dirty = bit(reg::map_read_dirty::kOffset),
            .on_bulk = bit(reg::map_read_on_bulk::kOffset),
            .lost = bit(reg::map_read_lost_pages::kOffset)};
  }
  std::vector<pool::ChangeNotice> notices_;
};

TEST_F(PoolLost, ReadsOfItArePoisonWhetherItIsThereOrNotAndBulkIsNotAsked) {
  EXPECT_EQ(MapBits(), (Bits{.lost = true}));
  for (int stay = 0; stay < 3; ++stay) {
    EXPECT_EQ(ReadLine(kLost, 7).status, LineStatus::kPoison);
    EXPECT_EQ(ReadLine(kLost, 63).status, LineStatus::kPoison);
    EXPECT_EQ(MapBits(), (Bits{.valid = true, .lost = true}));
    EXPECT_EQ(ReadLine(kLost + 1, 7).status, LineStatus::kOk) << "its neighbour";
    PageOut();
    EXPECT_EQ(MapBits(), (Bits{.lost = true})) << "dropped, it is as lost as before";
  }
  EXPECT_EQ(bench_->Counter(1, 4), 3U) << "page-ins: the neighbour's";
  EXPECT_EQ(bench_->Counter(1, 6), 0U) << "nothing was written out";
  EXPECT_EQ(bench_->Counter(1, 9), 0U) << "bulk made no error";
  EXPECT_EQ(Events() & reg::events::PageInFailed::kMask, 0U);
  EXPECT_TRUE(notices_.empty());
}

TEST_F(PoolLost, WholeLinesHealItPartOfALineDoesNotAndTheRestStaysLostOnBulk) {
  WriteLine(kLost, 5, 100);
  Do(1, {.op = Op::kPartialWrite,
         .addr = bench_->base(1) + std::uint64_t{kLost} * kPageBytes + 6 * kLineBytes,
         .mask = 0xFF,
         .data = SeededLine(101)});
  EXPECT_EQ(MapBits(), (Bits{.valid = true, .dirty = true}));
  for (int stay = 0; stay < 2; ++stay) {
    EXPECT_EQ(ReadLine(kLost, 5).data, SeededLine(100));
    EXPECT_EQ(ReadLine(kLost, 6).status, LineStatus::kPoison);
    EXPECT_EQ(ReadLine(kLost, 8).status, LineStatus::kPoison);
    PageOut();
    EXPECT_EQ(MapBits(), (Bits{.on_bulk = true}));
  }
  EXPECT_EQ(std::popcount(bench_->bulk().Content(std::uint64_t{1} << 32 | kLost).poison), 63);
  for (std::uint32_t line = 0; line < kLinesPerPage; ++line) WriteLine(kLost, line, 200 + line);
  PageOut();
  EXPECT_EQ(bench_->bulk().Content(std::uint64_t{1} << 32 | kLost).poison, 0U);
  EXPECT_EQ(ReadLine(kLost, 63).data, SeededLine(263));
  ASSERT_EQ(notices_.size(), 4U);
  EXPECT_EQ(notices_[0].change, pool::Change::kFirstWrite);
  EXPECT_EQ(notices_[1].change, pool::Change::kWrittenOut);
}

TEST_F(PoolLost, AnAtomicOnItIsPoisonAndCountsAsAWrite) {
  const LineResponse answer = Do(1, {.op = Op::kSwap,
                                     .addr = bench_->base(1) + std::uint64_t{kLost} * kPageBytes,
                                     .mask = 0xFF,
                                     .data = SeededLine(1)});
  EXPECT_EQ(answer.status, LineStatus::kPoison);
  EXPECT_EQ(MapBits(), (Bits{.valid = true, .dirty = true}));
  PageOut();
  EXPECT_EQ(ReadLine(kLost, 0).status, LineStatus::kPoison);
}

TEST_F(PoolLost, AReleaseMakesZerosOfItAndTrimsWhatBulkHas) {
  for (const bool resident : {false, true}) {
    if (resident) ReadLine(kLost, 1);
    notices_.clear();
    ASSERT_EQ(Release(1, kSegmentOfLost) & pool_host_registers::release_status::Failed::kMask, 0U);
    const auto told = std::ranges::count_if(notices_, [](const pool::ChangeNotice& notice) {
      return notice.page == kLost && notice.change == pool::Change::kReleased;
    });
    EXPECT_EQ(told, 1);
    EXPECT_EQ(bench_->bulk().Content(std::uint64_t{1} << 32 | kLost).lines[7], Line{});
    EXPECT_EQ(MapBits(), Bits{});
    EXPECT_EQ(ReadLine(kLost, 7).data, Line{});
    PageOut();
    if (resident) break;
    Load(0, 1U << kLost % kPages);
    bench_->checker().OnLost(1, kLost);
  }
}

TEST_F(PoolLost, AnOrderBringsWhatIsOnBulkAndNotWhatIsLost) {
  ASSERT_TRUE(Command(kPageIn, 1, kSegmentOfLost));
  WaitForPage(1, std::uint64_t{kLost + 1} * kPageBytes);
  EXPECT_EQ(MapBits(), (Bits{.lost = true}));
}

TEST_F(PoolLost, BesideItNoPageHasAChecksumAndOnceItIsWrittenTheyHaveAgain) {
  PoolScenario::TearDown();
  Make({.zero_percent = 0, .judged = false});
  Load(0xFFFF, 1U << kLost % kPages);
  const std::uint64_t neighbour = std::uint64_t{1} << 32 | (kLost + 1);
  WriteLine(kLost + 1, 0, 1);
  PageOut();
  bench_->bulk().ChangeNextRead(neighbour, Change::kBits);
  ReadLine(kLost + 1, 0);
  WaitForPage(1, std::uint64_t{kLost + 1} * kPageBytes);
  EXPECT_EQ(bench_->management().Read(reg::pages_corrupt::kOffset).rdata, 0U);
  WriteLine(kLost, 0, 2);
  WriteLine(kLost + 1, 0, 3);
  PageOut();
  bench_->bulk().ChangeNextRead(neighbour, Change::kBits);
  ReadLine(kLost + 1, 0);
  WaitForPage(1, std::uint64_t{kLost + 1} * kPageBytes);
  EXPECT_EQ(bench_->management().Read(reg::pages_corrupt::kOffset).rdata, 1U);
}

TEST(PoolLostAtRandom, LostPagesArePoisonAndNoOthers) {
  SmallBench::Options options = Rough<SmallBench>();
  options.lost_percent = 10;
  SmallBench bench(options);
  RunRandom(bench, {.segments = 6, .lines = 8, .hot_percent = 40}, 6000, SmallShape::kHosts);
  EXPECT_GT(bench.checker().Sum().poisons, 50U);
}

TEST(PoolLostAtRandom, SoOnWholeSegments) {
  WideBench::Options options = Rough<WideBench>();
  options.lost_percent = 5;
  WideBench bench(options);
  RunRandom(bench, {.segments = 9, .lines = 16, .hot_percent = 70, .outstanding = 24}, 4000, WideShape::kHosts);
  EXPECT_GT(bench.checker().Sum().poisons, 50U);
}

TEST(PoolLostAtRandom, ALostPageThatComesAsZerosIsFound) {
  SmallBench::Options options = Rough<SmallBench>();
  options.lost_percent = 10;
  SmallBench bench(options);
  ASSERT_TRUE(bench.Start());
  bench.dut().plant_i = static_cast<CData>(kPlantLostPageZero);
  bench.RunTraffic({.segments = 6, .lines = 8, .hot_percent = 40}, 6000);
  EXPECT_TRUE(bench.failures().any());
}

}  // namespace
}  // namespace tarn::tests
