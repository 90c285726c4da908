// The node as a store of pages: what is given back takes no memory of it any more.
#include "sw/pager/service/node_store.h"

#include <gtest/gtest.h>

#include <string>

#include "models/common/random.h"
#include "sw/drivers/pool_driver.h"

namespace tarn::pager {
namespace {

class NodeStoreOn : public testing::TestWithParam<hal::PlatformKind> {};
std::string NameOf(hal::PlatformKind kind) {
  if (kind == hal::PlatformKind::kRtl) return "rtl";
  return kind == hal::PlatformKind::kModel ? "model" : "tlm";
}
INSTANTIATE_TEST_SUITE_P(Platforms, NodeStoreOn,
                         testing::Values(hal::PlatformKind::kModel, hal::PlatformKind::kTlm, hal::PlatformKind::kRtl),
                         [](const auto& kind) { return NameOf(kind.param); });

HostId FirstCpu(const hal::NodeParameters& node) {
  std::uint32_t host = 0;
  while (node.host_has_iommu[host]) ++host;
  return HostId(host);
}

TEST_P(NodeStoreOn, AnExtentThatIsGivenBackTakesNoMemoryAndReadsAsZero) {
  auto store = NodeStore::Make({.platform = GetParam(), .slots = 0, .store_bytes = 8 << 20});
  ASSERT_TRUE(store.ok()) << store.status().message();
  const Result<std::uint32_t> extent = (*store)->AllocateExtent();
  ASSERT_TRUE(extent.ok());
  Random random(1);
  Page page;
  for (StoreId id = 0; id < kExtentPages; ++id) {
    for (auto& byte : page.bytes) byte = static_cast<std::uint8_t>(random.Below(256));
    ASSERT_TRUE((*store)->Write(*extent * kExtentPages + id, page).ok());
  }
  drivers::PoolDriver pool((*store)->platform());
  const HostId host = FirstCpu((*store)->platform().parameters());
  const auto held = [&](std::uint32_t segment) {
    const auto entry = pool.ReadEntry(host, segment, 0);
    EXPECT_TRUE(entry.ok());
    return entry.ok() && (entry->resident || entry->on_bulk != 0);
  };
  EXPECT_TRUE(held(0));
  EXPECT_TRUE(held(15));
  ASSERT_TRUE((*store)->FreeExtent(*extent, /*give_back=*/true).ok());
  for (std::uint32_t segment = 0; segment < 16; ++segment) EXPECT_FALSE(held(segment)) << segment;
  const Result<std::uint32_t> again = (*store)->AllocateExtent();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, *extent);
  ASSERT_TRUE((*store)->Read(*again * kExtentPages, page).ok());
  EXPECT_EQ(page, Page());
}

TEST(PoolDriver, ASegmentOutsideTheWindowIsNotReleased) {
  auto store = NodeStore::Make({.platform = hal::PlatformKind::kModel, .slots = 0, .store_bytes = 8 << 20});
  ASSERT_TRUE(store.ok());
  drivers::PoolDriver pool((*store)->platform());
  EXPECT_FALSE(pool.Release(FirstCpu((*store)->platform().parameters()), 1 << 20).ok());
}

}  // namespace
}  // namespace tarn::pager
