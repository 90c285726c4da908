// Page tables are what the privileged specification's translation algorithm reads back.
#include "sw/drivers/sv39_table.h"

#include <gtest/gtest.h>

#include <optional>

#include "models/common/random.h"

namespace tarn::drivers {
namespace {

// Section "Virtual Address Translation Process", steps 1 to 5, for 4 KiB leaves.
std::optional<std::uint64_t> Walk(const Sv39Table& table, std::uint64_t virtual_addr) {
  std::uint64_t page_addr = table.root().value();
  for (int level = 2; level >= 0; --level) {
    std::uint64_t entry = 0;
    for (const Sv39Table::Page& page : table.pages()) {
      if (page.address.value() == page_addr) entry = page.entries[virtual_addr >> (12 + 9 * level) & 511];
    }
    if ((entry & 1) == 0) return std::nullopt;
    page_addr = (entry >> 10) * kPageBytes;
    const bool leaf = (entry & 0b1110) != 0;
    if (leaf != (level == 0)) return std::nullopt;
  }
  return page_addr + virtual_addr % kPageBytes;
}

Sv39Table MakeTable() {
  std::uint64_t next = 0x10000000000;
  return Sv39Table([next]() mutable { return HostPhysAddr(next += kPageBytes); });
}

TEST(Sv39Table, TranslatesWhatWasMappedAndNothingElse) {
  Sv39Table table = MakeTable();
  Random random(3);
  std::vector<std::uint64_t> virtual_pages;
  for (std::uint64_t i = 0; i < 200; ++i) {
    const std::uint64_t virtual_addr = random.Below(1 << 26) * kPageBytes;
    ASSERT_TRUE(table.Map(virtual_addr, HostPhysAddr((i + 7) * kPageBytes)).ok());
    virtual_pages.push_back(virtual_addr);
  }
  for (std::uint64_t i = 0; i < 200; ++i) EXPECT_EQ(Walk(table, virtual_pages[i] + 5), (i + 7) * kPageBytes + 5);
  EXPECT_EQ(Walk(table, virtual_pages[0] ^ std::uint64_t{1} << 37), std::nullopt);
}

TEST(Sv39Table, CountsItsPagesAhead) {
  const std::vector<std::uint64_t> pages = {0, 1, 511, 512, 1 << 18, (1 << 18) + 1};
  Sv39Table table = MakeTable();
  for (const std::uint64_t page : pages) ASSERT_TRUE(table.Map(page * kPageBytes, HostPhysAddr(0)).ok());
  EXPECT_EQ(Sv39Table::CountPages(pages), table.pages().size());
}

TEST(Sv39Table, RefusesAddressesBeyondItsReach) {
  Sv39Table table = MakeTable();
  EXPECT_FALSE(table.Map(Sv39Table::kVirtualEnd, HostPhysAddr(0)).ok());
  EXPECT_FALSE(table.Map(8, HostPhysAddr(0)).ok());
}

}  // namespace
}  // namespace tarn::drivers
