// Page tables are what the privileged specification's translation algorithm reads back, in each mode and page size.
#include "sw/drivers/page_table.h"

#include <gtest/gtest.h>

#include <optional>

#include "models/common/random.h"

namespace tarn::drivers {
namespace {

constexpr std::uint64_t kTarget = std::uint64_t{3} << 40;

// Section "Virtual Address Translation Process", steps 1 to 5, with "Svnapot" and, for a second stage, the wider root
// of "Two-Stage Address Translation". Nothing: a page fault.
class Reader {
 public:
  explicit Reader(const PageTable& table) : mode_(table.mode()), root_(table.root()) {
    for (const PageTable::Page& page : table.pages()) pages_[page.address] = &page;
  }

  std::optional<std::uint64_t> Walk(std::uint64_t address) const {
    std::uint64_t table = root_;
    for (int level = mode_.levels - 1; level >= 0; --level) {
      const std::uint64_t index_bits = mode_.second_stage && level == mode_.levels - 1 ? 11 : 9;
      const std::uint64_t index = address >> (12 + 9 * level) & ((std::uint64_t{1} << index_bits) - 1);
      const std::optional<std::uint64_t> entry = Entry(table + 8 * index);
      if (!entry || (*entry & 1) == 0) return std::nullopt;
      const std::uint64_t number = *entry >> 10 & ((std::uint64_t{1} << 44) - 1);
      if ((*entry & 0b1110) == 0) {
        table = number * kPageBytes;
        continue;
      }
      return AtLeaf(*entry, number, address, level);
    }
    return std::nullopt;
  }

 private:
  std::optional<std::uint64_t> Entry(std::uint64_t address) const {
    const auto page = pages_.find(address / kPageBytes * kPageBytes);
    if (page == pages_.end()) return std::nullopt;
    return page->second->entries[address % kPageBytes / 8];
  }
  static std::optional<std::uint64_t> AtLeaf(std::uint64_t entry, std::uint64_t number, std::uint64_t address,
                                             int level) {
    constexpr std::uint64_t kUserAccessedDirtyReadWrite = 0b11010110;
    if ((entry & kUserAccessedDirtyReadWrite) != kUserAccessedDirtyReadWrite) return std::nullopt;
    std::uint64_t size = std::uint64_t{kPageBytes} << (9 * level);
    if (entry >> 63 != 0) {
      if (level != 0 || (number & 15) != 8) return std::nullopt;  // reserved encodings
      size = 65536;
      number &= ~std::uint64_t{15};
    }
    if (number * kPageBytes % size != 0) return std::nullopt;  // misaligned superpage
    return number * kPageBytes + address % size;
  }

  PagingMode mode_;
  std::uint64_t root_;
  std::map<std::uint64_t, const PageTable::Page*> pages_;
};

PageTable MakeTable(PagingMode mode) {
  auto next = std::make_shared<std::uint64_t>(std::uint64_t{1} << 40);
  Result<PageTable> table = PageTable::Create(mode, [next](std::uint64_t size_bytes) -> Result<std::uint64_t> {
    const std::uint64_t address = (*next + size_bytes - 1) / size_bytes * size_bytes;
    *next = address + size_bytes;
    return address;
  });
  EXPECT_TRUE(table.ok());
  return *table;
}

class PageTableOf : public testing::TestWithParam<PagingMode> {};

TEST_P(PageTableOf, TranslatesWhatWasMappedAndNothingElse) {
  PageTable table = MakeTable(GetParam());
  Random random(3);
  std::map<std::uint64_t, std::pair<std::uint64_t, std::uint64_t>> mapped;  // address -> (size, target)
  for (std::uint64_t i = 0; i < 200; ++i) {
    const std::uint64_t size = kPageSizes[random.Below(std::size(kPageSizes))];
    const std::uint64_t address = random.Below(GetParam().address_end() / size) * size;
    const std::uint64_t target = kTarget + i * kPage1GiB;
    if (table.Map(address, target, size).ok()) mapped[address] = {size, target};
  }
  ASSERT_GT(mapped.size(), 50U);
  const Reader reader(table);
  for (const auto& [address, place] : mapped) {
    const auto& [size, target] = place;
    for (const std::uint64_t inside : {std::uint64_t{0}, random.Below(size), size - 1}) {
      EXPECT_EQ(reader.Walk(address + inside), target + inside) << GetParam().name() << " " << size;
    }
    const auto next = mapped.upper_bound(address);
    const std::uint64_t behind = address + size;
    if (behind < GetParam().address_end() && (next == mapped.end() || next->first != behind)) {
      EXPECT_EQ(reader.Walk(behind), std::nullopt);
    }
  }
}

TEST_P(PageTableOf, RefusesAddressesBeyondItsReachAndPartsOfPages) {
  PageTable table = MakeTable(GetParam());
  const std::uint64_t end = GetParam().address_end();
  EXPECT_TRUE(table.Map(end - kPage4KiB, kTarget, kPage4KiB).ok());
  EXPECT_FALSE(table.Map(end, kTarget, kPage4KiB).ok());
  EXPECT_FALSE(table.Map(8, kTarget, kPage4KiB).ok());
  EXPECT_FALSE(table.Map(kPage4KiB, kTarget, kPage64KiB).ok());
  EXPECT_FALSE(table.Map(0, kTarget + kPage4KiB, kPage2MiB).ok());
  EXPECT_FALSE(table.Map(0, kTarget, 8192).ok());
}

TEST_P(PageTableOf, UnmapsAPageOfEachSizeWhole) {
  for (const std::uint64_t size : kPageSizes) {
    PageTable table = MakeTable(GetParam());
    ASSERT_TRUE(table.Map(2 * size, kTarget, size).ok());
    ASSERT_TRUE(table.Map(3 * size, kTarget + size, size).ok());
    const Result<PageTable::Leaf> leaf = table.Unmap(2 * size + size / 2);
    ASSERT_TRUE(leaf.ok());
    EXPECT_EQ(leaf->entries, size == kPage64KiB ? 16U : 1U);
    EXPECT_EQ(Reader(table).Walk(2 * size), std::nullopt);
    EXPECT_EQ(Reader(table).Walk(3 * size - 1), std::nullopt);
    EXPECT_EQ(Reader(table).Walk(3 * size), kTarget + size);
    EXPECT_FALSE(table.Unmap(2 * size).ok());
    EXPECT_EQ(table.mapped().at(size), 1U);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, PageTableOf, testing::ValuesIn(kPagingModes),
                         [](const auto& info) { return info.param.name(); });

TEST(PageTable, MapsARangeByTheLargestPagesThatFit) {
  PageTable table = MakeTable(kSv39);
  // 64 KiB below a 2 MiB boundary, two such pages, 4 KiB more.
  ASSERT_TRUE(table
                  .MapRange(kPage2MiB - kPage64KiB, kTarget + kPage2MiB - kPage64KiB,
                            kPage64KiB + 2 * kPage2MiB + kPage4KiB, kPage1GiB)
                  .ok());
  const std::map<std::uint64_t, std::uint64_t> expected = {{kPage64KiB, 1}, {kPage2MiB, 2}, {kPage4KiB, 1}};
  EXPECT_EQ(table.mapped(), expected);
  EXPECT_EQ(Reader(table).Walk(3 * kPage2MiB + 4095), kTarget + 3 * kPage2MiB + 4095);
}

TEST(PageTable, KeepsToTheLargestPageAllowed) {
  PageTable table = MakeTable(kSv48);
  ASSERT_TRUE(table.MapRange(0, kTarget, kPage2MiB, kPage64KiB).ok());
  const std::map<std::uint64_t, std::uint64_t> expected = {{kPage64KiB, 32}};
  EXPECT_EQ(table.mapped(), expected);
}

TEST(PageTable, RefusesToMapAPlaceTwice) {
  PageTable table = MakeTable(kSv39);
  ASSERT_TRUE(table.Map(0, kTarget, kPage2MiB).ok());
  EXPECT_FALSE(table.Map(0, kTarget, kPage2MiB).ok());
  EXPECT_FALSE(table.Map(kPage4KiB, kTarget, kPage4KiB).ok());
  ASSERT_TRUE(table.Map(kPage2MiB + kPage4KiB, kTarget, kPage4KiB).ok());
  EXPECT_FALSE(table.Map(kPage2MiB, kTarget, kPage64KiB).ok());
  EXPECT_FALSE(table.Map(kPage2MiB, kTarget, kPage2MiB).ok());
}

TEST(PageTable, TakesFourAlignedPagesForASecondStagesRoot) {
  const PageTable table = MakeTable(kSv39x4);
  EXPECT_EQ(table.pages().size(), 4U);
  EXPECT_EQ(table.root() % (4 * kPageBytes), 0U);
}

TEST(PageTable, TellsEachChangedLineOnce) {
  PageTable table = MakeTable(kSv39);
  EXPECT_EQ(table.TakeChangedLines().size(), kLinesPerPage);
  ASSERT_TRUE(table.Map(0, kTarget, kPage1GiB).ok());
  ASSERT_TRUE(table.Map(kPage1GiB, kTarget, kPage1GiB).ok());
  const std::vector<PageTable::TableLine> lines = table.TakeChangedLines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0].address, table.root());
  EXPECT_EQ(lines[0].entries[1], table.pages()[0].entries[1]);
  EXPECT_TRUE(table.TakeChangedLines().empty());
}

TEST(PageTable, SaysWhenNoMemoryIsLeft) {
  const auto nothing = [](std::uint64_t) -> Result<std::uint64_t> { return Status::Error("full"); };
  const Result<PageTable> table = PageTable::Create(kSv39, nothing);
  ASSERT_FALSE(table.ok());
  EXPECT_EQ(table.status().message(), "full");
}

}  // namespace
}  // namespace tarn::drivers
