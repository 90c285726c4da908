// Content in a node's pool, through an IOMMU.
#include "sw/store/node_memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/common/random.h"
#include "sw/drivers/pool_driver.h"
#include "sw/hal/wait.h"

namespace tarn::store {
namespace {

using dataset::Bytes;
using dataset::Owned;

std::unique_ptr<NodeMemory> Memory(hal::PlatformKind kind, std::uint64_t bytes) {
  auto memory = NodeMemory::Make({.kind = kind, .bytes = bytes});
  EXPECT_TRUE(memory.ok()) << memory.status().message();
  return memory.ok() ? std::move(*memory) : nullptr;
}

Bytes RandomBytes(Random& random, std::size_t count) {
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.Next());
  return bytes;
}

// Contents come and go; whatever is there reads as it was stored, whole and in part.
void StoreAndLoad(NodeMemory& memory, int steps, std::size_t bytes_max) {
  Random random(3);
  std::map<dataset::ContentMemory::Handle, Bytes> held;
  std::uint64_t full = 0, loaded = 0;
  for (int step = 0; step < steps; ++step) {
    const Bytes bytes = RandomBytes(random, 512 * (1 + random.Below(bytes_max / 512)));
    const auto handle = memory.Store(Owned(bytes));
    full += handle ? 0 : 1;
    const bool is_new = handle && held.emplace(*handle, bytes).second;
    ASSERT_TRUE(is_new || !handle) << "a handle was given twice";
    if (held.empty()) continue;
    const auto some = std::next(held.begin(), static_cast<std::ptrdiff_t>(random.Below(held.size())));
    const std::size_t offset = random.Below(some->second.size());
    Bytes out(1 + random.Below(some->second.size() - offset));
    ASSERT_TRUE(memory.Load(some->first, offset, out));
    const auto from = some->second.begin() + static_cast<std::ptrdiff_t>(offset);
    ASSERT_TRUE(std::equal(out.begin(), out.end(), from)) << "step " << step;
    loaded += out.size();
    if (handle && !random.Percent(45)) continue;
    memory.Release(some->first);
    held.erase(some);
  }
  EXPECT_GT(full, 0U);
  EXPECT_GT(loaded, 0U);
}

TEST(StoreNodeMemory, HoldsWhatItWasGivenOverTheModel) {
  const auto memory = Memory(hal::PlatformKind::kModel, 1 << 20);
  ASSERT_NE(memory, nullptr);
  StoreAndLoad(*memory, 600, 128 << 10);
  const auto counters = drivers::PoolDriver(memory->platform()).ReadCounters(memory->host());
  ASSERT_TRUE(counters.ok());
  EXPECT_GT(counters->hits, 10'000U);
  EXPECT_EQ(counters->access_errors, 0U);
}

TEST(StoreNodeMemory, HoldsWhatItWasGivenOverTheRtl) {
  const auto memory = Memory(hal::PlatformKind::kRtl, 64 << 10);
  ASSERT_NE(memory, nullptr);
  StoreAndLoad(*memory, 24, 16 << 10);
  EXPECT_TRUE(memory->platform().Health().ok());
}

// The same address means something to that device alone.
TEST(StoreNodeMemory, NoOtherDeviceReachesIt) {
  const auto memory = Memory(hal::PlatformKind::kModel, 1 << 20);
  ASSERT_NE(memory, nullptr);
  ASSERT_TRUE(memory->Store(Owned(Bytes(4096, 7))));
  hal::Access access = {.op = Op::kRead, .addr = NodeMemory::kFirst.value(), .device = NodeMemory::kDevice};
  const auto own = hal::Perform(memory->platform(), memory->host(), access, 1'000'000);
  ASSERT_TRUE(own.ok());
  EXPECT_EQ(own->status, LineStatus::kOk);
  EXPECT_EQ(own->data[0], 7);
  access.device = DeviceId(2);
  const auto other = hal::Perform(memory->platform(), memory->host(), access, 1'000'000);
  ASSERT_TRUE(other.ok());
  EXPECT_NE(other->status, LineStatus::kOk);
}

TEST(StoreNodeMemory, MoreThanANodeCanGiveIsRefused) {
  const auto memory = NodeMemory::Make({.kind = hal::PlatformKind::kModel, .bytes = std::uint64_t{1} << 50});
  ASSERT_FALSE(memory.ok());
  EXPECT_NE(memory.status().message().find("--memory: a host of the node can have"), std::string::npos)
      << memory.status().message();
}

// A node that is lost is no member's end: content is read from the log then.
TEST(StoreNodeMemory, ANodeThatRefusesIsToldOfOnceAndLeftAlone) {
  std::vector<std::string> told;
  auto made =
      NodeMemory::Make({.kind = hal::PlatformKind::kModel, .bytes = 1 << 20, .log = [&](const std::string& line) {
                          told.push_back(line);
                        }});
  ASSERT_TRUE(made.ok());
  NodeMemory& memory = **made;
  const auto handle = memory.Store(Owned(Bytes(4096, 7)));
  ASSERT_TRUE(handle);
  // The window is taken away under it.
  ASSERT_TRUE(drivers::PoolDriver(memory.platform()).SetWindow(memory.host(), HostPhysAddr(0), 0).ok());
  Bytes out(4096);
  EXPECT_FALSE(memory.Load(*handle, 0, out));
  EXPECT_FALSE(memory.Load(*handle, 0, out));
  EXPECT_EQ(memory.Store(Owned(Bytes(4096, 8))), std::nullopt);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_NE(told[0].find("memory is lost"), std::string::npos);
}

}  // namespace
}  // namespace tarn::store
