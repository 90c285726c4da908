// The largest segments, 2 MiB: 512 pages, of which software sees 32 at once, and map entries of four lines.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iostream>
#include <map>
#include <vector>

#include "tests/pool/huge_pool.h"
#include "tests/pool/random_run.h"
#include "tests/pool/scenario.h"
#include "tests/pool/small_pool.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
namespace host_reg = pool_host_registers;

constexpr std::uint64_t kHugeSegment = HugeShape::kSegmentBytes;
constexpr std::uint32_t kHugePages = HugeBench::kPages;
constexpr std::uint32_t kEntryLines = 4;
// As tarn_pool_map lays it out behind the slots.
std::uint64_t HugeMapLine(std::uint32_t host, std::uint64_t segment) {
  constexpr std::uint64_t kFirst = HugeShape::kSlots * kHugeSegment / kLineBytes;
  return kFirst + (host * HugeShape::kSegmentsPerHost + segment) * kEntryLines;
}

TEST(PoolHuge, RandomTrafficOnSegmentsOfTwoMebibytesReadsWhatWasWritten) {
  HugeBench bench(Rough<HugeBench>());
  RunRandom(bench, kHugeTraffic, 6000, HugeShape::kHosts);
}

TEST(PoolHuge, SoItDoesWhereBulkFailsNowAndThen) {
  HugeBench::Options options = Rough<HugeBench>();
  options.bulk.read_error_percent = 3;
  options.bulk.write_error_percent = 5;
  options.bulk.offline_percent = 2;
  HugeBench bench(options);
  RunRandom(bench, kHugeTraffic, 4000, HugeShape::kHosts, true);
}

TEST(PoolHuge, WhatTheChannelFailsToDoForAnEntrysLinesIsTriedAgain) {
  HugeBench::Options options = Rough<HugeBench>();
  options.channel.timeout_per_million = 100000;
  options.channel.timeout_first_line = HugeMapLine(0, 0);
  HugeBench bench(options);
  ASSERT_TRUE(bench.Start()) << bench.failures().Text();
  EXPECT_TRUE(bench.RunTraffic(kHugeTraffic, 2000)) << bench.failures().Text();
  EXPECT_FALSE(bench.failures().any()) << bench.failures().Text();
  EXPECT_GT(bench.channel().timeouts(), 100u);
}

TEST(PoolHuge, AWrongBitInTheMapsCacheIsCountedAndChangesNothing) {
  HugeBench bench(Rough<HugeBench>());
  ASSERT_TRUE(bench.Start());
  bench.dut().plant_i = 8;
  EXPECT_TRUE(bench.RunTraffic(kHugeTraffic, 2000) && bench.Quiesce(true));
  bench.checker().ExpectBulkHoldsEverything();
  EXPECT_FALSE(bench.failures().any()) << bench.failures().Text();
  EXPECT_GT(bench.management().Read(reg::map_parity_errors::kOffset).rdata, 50u);
}

class PoolHugePlanted : public testing::TestWithParam<unsigned> {};

TEST_P(PoolHugePlanted, IsCaught) {
  HugeBench bench(Rough<HugeBench>());
  ASSERT_TRUE(bench.Start()) << bench.failures().Text();
  bench.dut().plant_i = static_cast<CData>(GetParam());
  if (bench.RunTraffic(kHugeTraffic, 4000) && bench.Quiesce(true)) bench.checker().ExpectBulkHoldsEverything();
  EXPECT_TRUE(bench.failures().any());
}

INSTANTIATE_TEST_SUITE_P(Faults, PoolHugePlanted, testing::Values(1u, 2u, 4u), PlantName);

// What is left of a pool whose memory is gone: the map as the registers showed it, where what was dirty is lost, and
// bulk.
struct SavedPool {
  std::map<std::array<std::uint32_t, 3>, HugeBench::MapWord> map;  // by host, segment, word
  std::map<std::uint64_t, tb::BulkStub::StoredPage> bulk;          // of the pages that are there, by LPN
  std::uint32_t lost = 0;
};

HugeBench::MapWord ReadMapWord(HugeBench& bench, const std::array<std::uint32_t, 3>& place) {
  RegisterBus& registers = bench.management();
  registers.Write(reg::map_host::kOffset, place[0]);
  registers.Write(reg::map_segment::kOffset, place[1]);
  registers.Write(reg::map_word::kOffset, place[2]);
  registers.Write(reg::map_command::kOffset, 2);
  bench.Wait([&] { return (registers.Read(reg::map_status::kOffset).rdata & reg::map_status::Busy::kMask) == 0; }, 2000,
             "a map read");
  const std::uint32_t dirty = registers.Read(reg::map_read_dirty::kOffset).rdata;
  return {.on_bulk = registers.Read(reg::map_read_on_bulk::kOffset).rdata & ~dirty,
          .lost = registers.Read(reg::map_read_lost_pages::kOffset).rdata | dirty};
}

// Each page that is not lost is what its host was told.
void SaveMap(HugeBench& bench, SavedPool& saved) {
  for (std::uint32_t i = 0; i < HugeShape::kHosts * HugeShape::kWindowSegments * kHugePages; ++i) {
    const std::uint32_t segment = i / kHugePages % HugeShape::kWindowSegments;
    const std::array<std::uint32_t, 3> place = {i / kHugePages / HugeShape::kWindowSegments, segment,
                                                i % kHugePages / 32};
    if (i % 32 == 0) saved.map[place] = ReadMapWord(bench, place);
    const HugeBench::MapWord word = saved.map[place];
    const std::uint64_t page = std::uint64_t{segment} * kHugePages + i % kHugePages;
    const std::uint64_t lpn = std::uint64_t{place[0]} << 32 | page;
    if ((word.on_bulk >> i % 32 & 1) != 0) saved.bulk[lpn] = bench.bulk().Content(lpn);
    saved.lost += word.lost >> i % 32 & 1;
    if ((word.lost >> i % 32 & 1) != 0) continue;
    for (std::uint32_t line = 0; line < kHugeTraffic.lines; ++line) {
      const std::uint64_t address = bench.base(place[0]) + page * kPageBytes + line * kLineBytes;
      const bool there = saved.bulk.contains(lpn);
      ASSERT_EQ(there ? saved.bulk.at(lpn).lines[line] : Line{}, bench.checker().Expected(place[0], address)) << lpn;
    }
  }
}

TEST(PoolHuge, AMapThatWasReadWordByWordIsLoadedIntoAnotherPoolWhichGoesOn) {
  SavedPool saved;
  {
    HugeBench before(Rough<HugeBench>());
    ASSERT_TRUE(before.Start() && before.RunTraffic(kHugeTraffic, 2000)) << before.failures().Text();
    // Written last, and nowhere but in memory when it is lost.
    for (std::uint64_t page = 0; page < 30; ++page) before.Write(0, page * kPageBytes, page + 1);
    ASSERT_TRUE(before.Drain() && before.Quiesce(false)) << before.failures().Text();
    SaveMap(before, saved);
    EXPECT_GT(before.checker().Sum().written_out, 100u);
  }
  EXPECT_GT(saved.lost, 20u);
  HugeBench::Options options = Rough<HugeBench>();
  options.seed += 1;
  options.map = [&](std::uint32_t host, std::uint32_t segment, std::uint32_t word) {
    return saved.map.at({host, segment, word});
  };
  options.content = [&](std::uint64_t lpn) {
    return saved.bulk.contains(lpn) ? saved.bulk.at(lpn) : tb::BulkStub::StoredPage();
  };
  HugeBench after(options);
  ASSERT_TRUE(after.Start() && after.RunTraffic(kHugeTraffic, 2000) && after.Quiesce(true)) << after.failures().Text();
  after.checker().ExpectBulkHoldsEverything();
  EXPECT_FALSE(after.failures().any()) << after.failures().Text();
  EXPECT_GT(after.checker().Sum().poisons, 10u);
  EXPECT_GT(after.checker().Sum().nonzero_reads, 500u);
}

class PoolHugeScenario : public PoolScenarioOn<HugeBench> {
 protected:
  struct Entry {
    std::uint32_t slot = 0;
    bool resident = false, lost = false;
    std::vector<std::uint32_t> valid, dirty, on_bulk;  // pages
    bool operator==(const Entry&) const = default;
  };

  static bool Bit(const std::array<Line, kEntryLines>& lines, std::uint32_t bit) {
    return (lines[bit / 512][bit % 512 / 8] >> bit % 8 & 1) != 0;
  }
  // What stands in the channel's memory: {lost, resident, slot, valid, dirty, on_bulk}.
  Entry EntryInMemory(std::uint32_t host, std::uint64_t segment) {
    bench_->simulation().Run(100);
    std::array<Line, kEntryLines> lines{};
    for (std::uint32_t i = 0; i < kEntryLines; ++i) {
      EXPECT_EQ(bench_->channel().memory().ReadLine(HugeMapLine(host, segment) + i, lines[i]), LineStatus::kOk);
    }
    Entry entry;
    for (std::uint32_t page = 0; page < kHugePages; ++page) {
      if (Bit(lines, page)) entry.on_bulk.push_back(page);
      if (Bit(lines, kHugePages + page)) entry.dirty.push_back(page);
      if (Bit(lines, 2 * kHugePages + page)) entry.valid.push_back(page);
    }
    constexpr std::uint32_t kSlotBits = 3;
    for (std::uint32_t i = 0; i < kSlotBits; ++i) {
      if (Bit(lines, 3 * kHugePages + i)) entry.slot |= 1u << i;
    }
    entry.resident = Bit(lines, 3 * kHugePages + kSlotBits);
    entry.lost = Bit(lines, 3 * kHugePages + kSlotBits + 1);
    return entry;
  }
  // As the registers show it.
  Entry EntryByRegisters(std::uint32_t host, std::uint32_t segment) {
    Entry entry;
    for (std::uint32_t word = 0; word < HugeBench::kMapWords; ++word) {
      const std::uint32_t status = ReadMap(host, segment, word);
      entry.resident = (status & reg::map_status::Resident::kMask) != 0;
      entry.lost = (status & reg::map_status::Lost::kMask) != 0;
      entry.slot = bench_->management().Read(reg::map_read_slot::kOffset).rdata;
      Append(word, reg::map_read_valid::kOffset, entry.valid);
      Append(word, reg::map_read_dirty::kOffset, entry.dirty);
      Append(word, reg::map_read_on_bulk::kOffset, entry.on_bulk);
    }
    return entry;
  }
  void Load(std::uint32_t host, std::uint32_t segment, std::uint32_t word, std::uint32_t on_bulk, std::uint32_t lost) {
    RegisterBus& registers = bench_->management();
    registers.Write(reg::map_host::kOffset, host);
    registers.Write(reg::map_segment::kOffset, segment);
    registers.Write(reg::map_word::kOffset, word);
    registers.Write(reg::map_on_bulk::kOffset, on_bulk);
    registers.Write(reg::map_lost_pages::kOffset, lost);
    registers.Write(reg::map_command::kOffset, 1);
    EXPECT_TRUE(bench_->Wait(
        [&] { return (registers.Read(reg::map_status::kOffset).rdata & reg::map_status::Busy::kMask) == 0; }, 2000,
        "the load"));
  }
  static std::vector<std::uint32_t> AllPages() {
    std::vector<std::uint32_t> pages(kHugePages);
    for (std::uint32_t page = 0; page < kHugePages; ++page) pages[page] = page;
    return pages;
  }

 private:
  void Append(std::uint32_t word, std::uint32_t offset, std::vector<std::uint32_t>& pages) {
    const std::uint32_t bits = bench_->management().Read(offset).rdata;
    for (std::uint32_t i = 0; i < 32; ++i) {
      if ((bits >> i & 1) != 0) pages.push_back(32 * word + i);
    }
  }
};

TEST_F(PoolHugeScenario, AnEntryStandsInFourLinesOfMemoryAsTheRegistersShowIt) {
  Make({.all_zero = true});
  const std::vector<std::uint32_t> written = {0, 31, 32, 170, 171, 341, 480, 511};
  Read(0, 9 * kHugeSegment);
  for (const std::uint32_t page : written) Write(1, 3 * kHugeSegment + std::uint64_t{page} * kPageBytes, page);
  Read(1, 3 * kHugeSegment + 300 * std::uint64_t{kPageBytes});
  std::vector<std::uint32_t> valid = written;
  valid.insert(std::ranges::upper_bound(valid, 300u), 300u);
  const std::uint32_t slot = EntryByRegisters(1, 3).slot;
  EXPECT_EQ(EntryByRegisters(1, 3),
            (Entry{.slot = slot, .resident = true, .valid = valid, .dirty = written, .on_bulk = {}}));
  EXPECT_EQ(EntryInMemory(1, 3), EntryByRegisters(1, 3));
  EXPECT_EQ(EntryInMemory(1, 2), Entry{});
  EXPECT_EQ(EntryInMemory(1, 4), Entry{});
  // Written out they are on bulk with a checksum: in memory dirty without valid.
  ASSERT_TRUE(Command(kPageOut, 1, 3));
  EXPECT_EQ(EntryByRegisters(1, 3), (Entry{.slot = slot, .valid = {}, .dirty = {}, .on_bulk = written}));
  EXPECT_EQ(EntryInMemory(1, 3), (Entry{.slot = slot, .valid = {}, .dirty = written, .on_bulk = written}));
  for (const std::uint32_t page : written) {
    EXPECT_EQ(Read(1, 3 * kHugeSegment + std::uint64_t{page} * kPageBytes).data, SeededLine(page));
  }
}

TEST_F(PoolHugeScenario, WhicheverLineOfAnEntryIsLostTheSegmentIsAndNoOtherOne) {
  Make({.all_zero = true, .judged = false});
  ASSERT_TRUE(bench_->Wait([&] { return (Status() & reg::status::Cleared::kMask) != 0; }, 100, "the map"));
  for (std::uint32_t line = 0; line < kEntryLines; ++line) {
    bench_->channel().memory().WriteLine(HugeMapLine(1, 2 * line) + line, {}, ~std::uint64_t{0}, true);
  }
  for (std::uint32_t line = 0; line < kEntryLines; ++line) {
    EXPECT_EQ(Read(1, 2 * line * kHugeSegment + 511 * kPageBytes).status, LineStatus::kPoison) << line;
    EXPECT_EQ(Write(1, 2 * line * kHugeSegment, 1).status, LineStatus::kPoison) << line;
    EXPECT_EQ(Read(1, (2 * line + 1) * kHugeSegment).status, LineStatus::kOk) << line;
    EXPECT_NE(ReadMap(1, 2 * line) & reg::map_status::Lost::kMask, 0u);
  }
  EXPECT_NE(Events() & reg::events::MapLost::kMask, 0u);
  for (std::uint32_t line = 0; line < kEntryLines; ++line) {
    EXPECT_EQ(Release(1, 2 * line) & host_reg::release_status::Failed::kMask, 0u);
    EXPECT_EQ(Read(1, 2 * line * kHugeSegment + 511 * kPageBytes).data, Line{}) << line;
  }
  EXPECT_EQ(bench_->bulk().trims(), kEntryLines * kHugePages) << "nobody knew what was there";
}

// Software cannot say of all pages at once what they are.
TEST_F(PoolHugeScenario, ALostSegmentIsLostStillWhereItIsNotLoadedYet) {
  Make({.zero_percent = 0, .judged = false});
  bench_->channel().memory().WriteLine(HugeMapLine(1, 7), {}, ~std::uint64_t{0}, true);
  const auto read = [this](std::uint32_t page) { return Read(1, 7 * kHugeSegment + std::uint64_t{page} * kPageBytes); };
  EXPECT_EQ(read(5).status, LineStatus::kPoison);
  Load(1, 7, 0, ~0u, 0);
  EXPECT_EQ(ReadMap(1, 7) & reg::map_status::Lost::kMask, 0u);
  EXPECT_EQ(read(5).status, LineStatus::kOk);
  EXPECT_NE(read(5).data, Line{});
  EXPECT_EQ(read(32).status, LineStatus::kPoison) << "of this page nobody has said anything";
  EXPECT_EQ(read(511).status, LineStatus::kPoison);
  ASSERT_TRUE(Command(kPageOut, 1, 7));
  for (std::uint32_t word = 1; word < HugeBench::kMapWords; ++word) Load(1, 7, word, ~0u, 0);
  for (std::uint32_t page = 0; page < kHugePages; page += 73) EXPECT_EQ(read(page).status, LineStatus::kOk) << page;
}

TEST_F(PoolHugeScenario, AWindowThatGrowsFindsFourLinesASegmentCleared) {
  constexpr std::uint32_t kGrown = HugeShape::kSegmentsPerHost;
  bench_ = std::make_unique<HugeBench>(HugeBench::Options{.all_zero = true});
  for (std::uint64_t line = HugeMapLine(1, 0); line < HugeMapLine(1, kGrown); ++line) {
    bench_->channel().memory().WriteLine(line, SeededLine(line), ~std::uint64_t{0}, false);
  }
  ASSERT_TRUE(bench_->Start());
  bench_->response_hook = [this](std::uint32_t, bool, const LineResponse& response, std::uint64_t) {
    answers_.push_back(response);
  };
  Write(1, 11 * kHugeSegment + 511 * kPageBytes, 5);
  EXPECT_NE(EntryInMemory(1, 12), Entry{}) << "not his yet";
  bench_->management().Write(reg::window_segments::kOffset + 4 * 1, kGrown);
  bench_->checker().set_window(1, kGrown);
  EXPECT_EQ(Read(1, 11 * kHugeSegment + 511 * kPageBytes).data, SeededLine(5)) << "taken when the map is there";
  for (std::uint32_t segment = 12; segment < kGrown; ++segment)
    EXPECT_EQ(EntryInMemory(1, segment), Entry{}) << segment;
  EXPECT_EQ(Read(1, (kGrown - 1) * kHugeSegment + 511 * kPageBytes).data, Line{});
}

TEST_F(PoolHugeScenario, AWholeSegmentComesByOneOrderIsWrittenOutByAnotherAndIsReleased) {
  Make({.zero_percent = 0});
  std::array<std::uint32_t, 4> told{};  // by kind of change
  bench_->change_hook = [&](const pool::ChangeNotice& notice, std::uint64_t) {
    EXPECT_EQ(notice.page / kHugePages, 5u);
    ++told[static_cast<std::size_t>(notice.change)];
  };
  EXPECT_TRUE(Command(kPageIn, 0, 5));
  ASSERT_TRUE(bench_->Wait([&] { return EntryByRegisters(0, 5).valid == AllPages(); }, 100, "the pages"));
  for (std::uint64_t page = 0; page < kHugePages; ++page) Write(0, 5 * kHugeSegment + page * kPageBytes, page);
  EXPECT_EQ(EntryByRegisters(0, 5).dirty, AllPages());
  const std::uint64_t begun = bench_->simulation().cycle();
  EXPECT_TRUE(Command(kPageOut, 0, 5));
  const std::uint64_t written = bench_->simulation().cycle();
  EXPECT_EQ(bench_->bulk().writes(), kHugePages);
  EXPECT_EQ(bench_->Counter(0, 6), kHugePages) << "written out";
  EXPECT_EQ(FreeSlots(), HugeShape::kSlots);
  for (std::uint64_t page = 0; page < kHugePages; page += 73) {
    EXPECT_EQ(Read(0, 5 * kHugeSegment + page * kPageBytes).data, SeededLine(page));
  }
  const std::uint64_t read = bench_->simulation().cycle();
  EXPECT_EQ(Release(0, 5) & host_reg::release_status::Failed::kMask, 0u);
  std::cout << "512 pages written out in " << written - begun << " cycles, released in "
            << bench_->simulation().cycle() - read << "\n";
  EXPECT_EQ(Read(0, 5 * kHugeSegment + 511 * kPageBytes).data, Line{});
  EXPECT_EQ(told, (std::array<std::uint32_t, 4>{kHugePages, kHugePages, 0, kHugePages}));
}

TEST_F(PoolHugeScenario, AWholeSegmentMovesToTheOtherSpeedClassWhileItIsWritten) {
  Make({.zero_percent = 0});
  bench_->management().Write(reg::fast_slots::kOffset, HugeShape::kSlots / 2);
  bench_->checker().SetFastSlots(HugeShape::kSlots / 2);
  std::vector<std::uint32_t> moved;
  bench_->change_hook = [&](const pool::ChangeNotice& notice, std::uint64_t) {
    if (notice.change == pool::Change::kMoved) moved.push_back(notice.page % kHugePages);
  };
  EXPECT_TRUE(Command(kPageIn, 0, 5));
  ASSERT_TRUE(bench_->Wait([&] { return EntryByRegisters(0, 5).valid == AllPages(); }, 100, "the pages"));
  for (std::uint64_t page = 0; page < kHugePages; page += 7) Write(0, 5 * kHugeSegment + page * kPageBytes, page);
  RegisterBus& registers = bench_->management();
  registers.Write(reg::map_host::kOffset, 0);
  registers.Write(reg::map_segment::kOffset, 5);
  registers.Write(reg::map_command::kOffset, kToSlow);
  const std::uint64_t begun = bench_->simulation().cycle();
  for (std::uint64_t page = 0; page < kHugePages; page += 5)
    Write(0, 5 * kHugeSegment + page * kPageBytes, 1000 + page);
  ASSERT_TRUE(
      bench_->Wait([&] { return (registers.Read(reg::map_status::kOffset).rdata & reg::map_status::Busy::kMask) == 0; },
                   20000, "the move"));
  std::cout << "moved in " << bench_->simulation().cycle() - begun << " cycles\n";
  EXPECT_EQ(registers.Read(reg::map_status::kOffset).rdata & reg::map_status::Failed::kMask, 0u);
  EXPECT_EQ(moved, AllPages());
  EXPECT_GE(EntryByRegisters(0, 5).slot, HugeShape::kSlots / 2);
  for (std::uint64_t page = 0; page < kHugePages; page += 5) {
    EXPECT_EQ(Read(0, 5 * kHugeSegment + page * kPageBytes).data, SeededLine(1000 + page));
  }
}

}  // namespace
}  // namespace tarn::tests
