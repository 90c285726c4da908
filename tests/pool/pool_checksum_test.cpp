// A checksum per page: what bulk gives back changed is poison, nothing else is.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstring>
#include <iostream>
#include <string>

#include "models/pool/page_checksum.h"
#include "tests/pool/random_run.h"
#include "tests/pool/scenario.h"
#include "tests/pool/small_pool.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
namespace host_reg = pool_host_registers;
using Change = tb::BulkStub::Change;

constexpr std::uint64_t kPages = WideShape::kSegmentBytes / kPageBytes;
// As README.md lays memory out: slots, map (8 bytes a segment here), 4 bytes a page of each host's longest window.
constexpr std::uint64_t kMapLines = std::uint64_t{WideShape::kHosts} * WideShape::kSegmentsPerHost / 8;
constexpr std::uint64_t kFirstTableLine =
    std::uint64_t{WideShape::kSlots} * WideShape::kSegmentBytes / kLineBytes + kMapLines;
std::uint64_t TableLine(std::uint32_t host, std::uint64_t page) {
  return kFirstTableLine + (host * WideShape::kSegmentsPerHost * kPages + page) / 16;
}

class PoolChecksum : public PoolScenario {
 protected:
  static std::uint64_t Lpn(std::uint32_t host, std::uint64_t page) { return std::uint64_t{host} << 32 | page; }
  // A page with a few lines written, the others as they were; then out of its slot.
  void WriteOut(std::uint32_t host, std::uint64_t page, std::uint64_t key) {
    for (std::uint64_t line = 0; line < 3; ++line) Write(host, page * kPageBytes + line * kLineBytes, key + line);
    PageOut(host, page);
  }
  void PageOut(std::uint32_t host, std::uint64_t page) {
    ASSERT_TRUE(Command(kPageOut, host, static_cast<std::uint32_t>(page / kPages)));
  }
  // Brings all of it in, then reads that line.
  LineResponse ReadWhole(std::uint32_t host, std::uint64_t page, std::uint64_t line = 0) {
    Read(host, page * kPageBytes);
    WaitForPage(host, page * kPageBytes);
    return Read(host, page * kPageBytes + line * kLineBytes);
  }
  std::uint32_t Stored(std::uint32_t host, std::uint64_t page) {
    Line line{};
    bench_->channel().memory().ReadLine(TableLine(host, page), line);
    std::uint32_t word = 0;
    std::memcpy(&word, &line[page % 16 * 4], sizeof word);
    return word;
  }
  std::uint32_t ChecksumOnBulk(std::uint32_t host, std::uint64_t page) {
    const tb::BulkStub::StoredPage& stored = bench_->bulk().Content(Lpn(host, page));
    Page content;
    for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
      std::memcpy(content.line(line), stored.lines[line].data(), kLineBytes);
    }
    return pool::PageChecksum(content, stored.poison);
  }
  std::uint32_t PagesCorrupt() { return bench_->management().Read(reg::pages_corrupt::kOffset).rdata; }
};

TEST_F(PoolChecksum, WhatStandsInTheTableIsTheCrcThatZlibComputes) {
  Make();
  for (const std::uint64_t page : {0u, 1u, 15u, 16u, 37u}) {
    WriteOut(2, page, 100 * page + 7);
    EXPECT_EQ(Stored(2, page), ChecksumOnBulk(2, page)) << page;
  }
  EXPECT_EQ(Stored(2, 2), 0u) << "not written, only dropped";
  EXPECT_EQ(Stored(1, 0), 0u);
}

class PoolChecksumChange : public PoolChecksum, public testing::WithParamInterface<Change> {};

TEST_P(PoolChecksumChange, IsPoisonAndTold) {
  Make();
  WriteOut(1, 21, 1);
  WriteOut(1, 21, 40);
  WriteOut(1, 22, 50);
  ASSERT_EQ(PagesCorrupt(), 0u);
  ASSERT_EQ(Events() & (reg::events::PageInCorrupt::kMask | reg::events::PageInFailed::kMask), 0u);
  bench_->bulk().ChangeNextRead(Lpn(1, 21), GetParam());
  EXPECT_EQ(ReadWhole(1, 21, 2).status, LineStatus::kPoison);
  EXPECT_EQ(Read(1, 21 * kPageBytes + 63 * kLineBytes).status, LineStatus::kPoison);
  EXPECT_EQ(ReadWhole(1, 22, 2).data, SeededLine(52)) << "its neighbour";
  EXPECT_NE(Events() & reg::events::PageInCorrupt::kMask, 0u);
  EXPECT_NE(Events() & reg::events::PageInFailed::kMask, 0u);
  EXPECT_NE(bench_->host_registers(1).Read(host_reg::events::kOffset).rdata & host_reg::events::PageFailed::kMask, 0u);
  EXPECT_EQ(PagesCorrupt(), 1u);
  EXPECT_EQ(bench_->management().Read(reg::corrupt_page::kOffset).rdata, 21u);
  EXPECT_EQ(bench_->management().Read(reg::corrupt_page::kOffset + 4).rdata, 1u);
  EXPECT_EQ(bench_->Counter(1, 9), 1u);
  // What the host writes anew is there; the rest stays lost, out on bulk too.
  Write(1, 21 * kPageBytes + 5 * kLineBytes, 60);
  PageOut(1, 21);
  EXPECT_EQ(ReadWhole(1, 21, 5).data, SeededLine(60));
  EXPECT_EQ(Read(1, 21 * kPageBytes).status, LineStatus::kPoison);
  EXPECT_EQ(PagesCorrupt(), 1u) << "the marks are part of what the checksum says";
}

std::string ChangeName(const testing::TestParamInfo<Change>& info) {
  constexpr std::array kNames = {"None", "Bits", "SwappedLines", "OldVersion", "OtherPage", "Mark"};
  return kNames.at(static_cast<std::size_t>(info.param));
}
INSTANTIATE_TEST_SUITE_P(Page, PoolChecksumChange,
                         testing::Values(Change::kBits, Change::kSwappedLines, Change::kOldVersion, Change::kOtherPage,
                                         Change::kMark),
                         ChangeName);

TEST_F(PoolChecksum, AMarkThatBulkForgetsIsFoundOut) {
  Make();
  WriteOut(0, 3, 1);
  bench_->bulk().ChangeNextRead(Lpn(0, 3), Change::kBits);
  ReadWhole(0, 3);
  for (std::uint64_t line = 1; line < kLinesPerPage; ++line) Write(0, 3 * kPageBytes + line * kLineBytes, line);
  PageOut(0, 3);  // with one line that is lost
  EXPECT_EQ(ReadWhole(0, 3, 1).data, SeededLine(1));
  PageOut(0, 3);
  ASSERT_EQ(std::popcount(bench_->bulk().Content(Lpn(0, 3)).poison), 1);
  EXPECT_EQ(PagesCorrupt(), 1u);
  bench_->bulk().ChangeNextRead(Lpn(0, 3), Change::kForgottenMark);
  EXPECT_EQ(ReadWhole(0, 3, 1).status, LineStatus::kPoison);
  EXPECT_EQ(PagesCorrupt(), 2u);
}

TEST_F(PoolChecksum, WhatComesBackRightTheNextTimeIsReadAgain) {
  Make();
  WriteOut(0, 9, 1);
  bench_->bulk().ChangeNextRead(Lpn(0, 9), Change::kBits);
  EXPECT_EQ(ReadWhole(0, 9, 2).status, LineStatus::kPoison);
  PageOut(0, 9);
  EXPECT_EQ(ReadWhole(0, 9, 2).data, SeededLine(3));
}

TEST_F(PoolChecksum, WhatSoftwareSaysIsOnBulkHasNoneUntilItWasWrittenOut) {
  Make({.judged = false});
  const std::uint64_t page = BulkPage(0);
  bench_->bulk().ChangeNextRead(Lpn(0, page), Change::kSwappedLines);
  EXPECT_EQ(ReadWhole(0, page, 7).status, LineStatus::kOk);
  WriteOut(0, page, 5);
  // Software puts another content there and says so.
  bench_->management().Write(reg::map_on_bulk::kOffset, 1u << page % kPages);
  bench_->management().Write(reg::map_word::kOffset, 0);
  ASSERT_TRUE(Command(static_cast<Order>(1), 0, static_cast<std::uint32_t>(page / kPages)));
  bench_->bulk().ChangeNextRead(Lpn(0, page), Change::kBits);
  EXPECT_EQ(ReadWhole(0, page, 7).status, LineStatus::kOk);
  EXPECT_EQ(PagesCorrupt(), 0u);
  WriteOut(0, page, 6);
  bench_->bulk().ChangeNextRead(Lpn(0, page), Change::kBits);
  EXPECT_EQ(ReadWhole(0, page, 7).status, LineStatus::kPoison);
}

TEST_F(PoolChecksum, AReleasedPagesChecksumFaultsNoLaterPage) {
  Make({.judged = false});
  const std::uint64_t page = 5 * kPages + 2;
  WriteOut(3, page, 5);
  const std::uint32_t old = Stored(3, page);
  ASSERT_EQ(Release(3, 5) & host_reg::release_status::Failed::kMask, 0u);
  EXPECT_EQ(ReadWhole(3, page).data, Line{});
  PageOut(3, page);
  ASSERT_EQ(Stored(3, page), old) << "it stands there still";
  bench_->management().Write(reg::map_on_bulk::kOffset, 1u << 2);
  ASSERT_TRUE(Command(static_cast<Order>(1), 3, 5));
  EXPECT_EQ(ReadWhole(3, page).status, LineStatus::kOk);
  WriteOut(3, page, 9);
  EXPECT_EQ(ReadWhole(3, page, 1).data, SeededLine(10));
  EXPECT_EQ(PagesCorrupt(), 0u);
}

TEST_F(PoolChecksum, APageOfZerosLeavesNone) {
  Make({.all_zero = true});
  WriteOut(0, 1, 5);
  const std::uint32_t stored = Stored(0, 1);
  for (std::uint64_t line = 0; line < 3; ++line) {
    Do(0, {.op = Op::kWrite, .addr = bench_->base(0) + kPageBytes + line * kLineBytes, .mask = ~std::uint64_t{0}});
  }
  PageOut(0, 1);
  EXPECT_EQ(Stored(0, 1), stored);
  EXPECT_EQ(ReadWhole(0, 1).data, Line{});
  EXPECT_EQ(PagesCorrupt(), 0u);
}

TEST_F(PoolChecksum, ATableLineThatIsLostLetsItsPagesPass) {
  Make({.judged = false});
  WriteOut(0, 4, 5);
  bench_->channel().memory().WriteLine(TableLine(0, 4), {}, ~std::uint64_t{0}, true);
  EXPECT_EQ(ReadWhole(0, 4, 1).data, SeededLine(6));
  PageOut(0, 4);
  bench_->bulk().ChangeNextRead(Lpn(0, 4), Change::kBits);
  EXPECT_EQ(ReadWhole(0, 4, 1).status, LineStatus::kOk);
  EXPECT_EQ(PagesCorrupt(), 0u);
}

TEST_F(PoolChecksum, AWrongWordInTheTableIsAPageThatDiffers) {
  Make({.judged = false});
  WriteOut(0, 4, 5);
  bench_->channel().memory().WriteLine(TableLine(0, 4), SeededLine(1), ~std::uint64_t{0}, false);
  EXPECT_EQ(ReadWhole(0, 4, 1).status, LineStatus::kPoison);
  EXPECT_EQ(PagesCorrupt(), 1u);
}

// ---- At random ----------------------------------------------------------------------------------------------------

const tb::Traffic kTraffic = {.segments = 5, .lines = 8, .hot_percent = 80};

TEST(PoolChecksumAtRandom, PagesThatComeBackChangedAreLostAndNoOthers) {
  SmallBench::Options options = Rough<SmallBench>();
  options.bulk.change_percent = 10;
  SmallBench bench(options);
  RunRandom(bench, kTraffic, 6000, SmallShape::kHosts);
  EXPECT_GT(bench.checker().Sum().corrupt, 25u);
  EXPECT_EQ(bench.checker().Sum().corrupt, bench.management().Read(reg::pages_corrupt::kOffset).rdata);
}

TEST(PoolChecksumAtRandom, SoOnWholeSegmentsWithABulkThatFailsInOtherWaysToo) {
  WideBench::Options options = Rough<WideBench>();
  options.bulk.change_percent = 5;
  options.bulk.read_error_percent = 3;
  options.bulk.write_error_percent = 10;
  options.bulk.offline_percent = 10;
  WideBench bench(options);
  RunRandom(bench, {.segments = 9, .lines = 16, .hot_percent = 70, .outstanding = 24}, 4000, WideShape::kHosts, true);
  EXPECT_GT(bench.checker().Sum().corrupt, 10u);
  EXPECT_EQ(bench.checker().Sum().corrupt, bench.management().Read(reg::pages_corrupt::kOffset).rdata);
}

TEST(PoolChecksumAtRandom, WhatTheChannelFailsToDoForTheTableIsTriedAgain) {
  SmallBench::Options options = Rough<SmallBench>();
  options.bulk.change_percent = 10;
  options.channel.timeout_per_million = 200000;
  options.channel.timeout_first_line = SmallShape::kSlots * SmallShape::kSegmentBytes / kLineBytes;
  SmallBench bench(options);
  RunRandom(bench, kTraffic, 4000, SmallShape::kHosts);
  EXPECT_GT(bench.channel().timeouts(), 200u);
  EXPECT_GT(bench.checker().Sum().corrupt, 20u);
}

class PoolChecksumPlanted : public testing::TestWithParam<unsigned> {};

TEST_P(PoolChecksumPlanted, IsFound) {
  SmallBench::Options options = Rough<SmallBench>();
  options.bulk.change_percent = GetParam() == kPlantChangedPageServed ? 10 : 0;
  SmallBench bench(options);
  ASSERT_TRUE(bench.Start());
  bench.dut().plant_i = static_cast<CData>(GetParam());
  bench.RunTraffic(kTraffic, 6000);
  EXPECT_TRUE(bench.failures().any()) << "fault " << GetParam() << " was not found";
  std::cout << bench.failures().Text();
}

INSTANTIATE_TEST_SUITE_P(Pool, PoolChecksumPlanted, testing::Values(kPlantChangedPageServed, kPlantChecksumForgotten),
                         PlantName);

}  // namespace
}  // namespace tarn::tests
