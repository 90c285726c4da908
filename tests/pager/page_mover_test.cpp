// Whole pages between software and the node, over a model with and without its page port, and over a node that is dead.
#include "sw/drivers/page_mover.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "models/common/flat_slot_memory.h"
#include "models/common/random.h"
#include "sw/drivers/pool_driver.h"
#include "sw/hal/model_platform.h"

namespace tarn::drivers {
namespace {

constexpr std::uint32_t kSlots = 16;  // 1 MiB: pages go to bulk and come back
constexpr std::uint64_t kSlotPages = kSlots * 16;

class PageMover : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    auto memory = std::make_shared<FlatSlotMemory>(std::span(frames_));
    Result<hal::PagedModelPlatform> made = hal::MakePagedModelPlatform({}, memory);
    ASSERT_TRUE(made.ok());
    platform_ = std::move(made->platform);
    port_ = made->pages;
    pages_ = GetParam() ? port_ : nullptr;
    PoolDriver pool(*platform_);
    ASSERT_TRUE(pool.WaitCleared().ok());
    ASSERT_TRUE(pool.SetSlotsInService(kSlots).ok());
    ASSERT_TRUE(pool.SetWindow(HostId(0), HostPhysAddr(0), 64).ok());
    ASSERT_TRUE(pool.Enable().ok());
  }

  std::vector<Page> frames_{kSlotPages};
  std::unique_ptr<hal::Platform> platform_;
  hal::PagePort* port_ = nullptr;
  hal::PagePort* pages_ = nullptr;  // what the mover has of it
};
INSTANTIATE_TEST_SUITE_P(Ways, PageMover, testing::Values(true, false),
                         [](const auto& way) { return way.param ? "ByPage" : "ByLine"; });

TEST_P(PageMover, ReadsWhatItWroteThoughThePoolIsSmaller) {
  drivers::PageMover mover(*platform_, pages_);
  Page page;
  for (std::uint64_t number = 0; number < 1024; ++number) {
    Random random(number);
    for (std::uint8_t& byte : page.bytes) byte = static_cast<std::uint8_t>(random.Next());
    ASSERT_TRUE(mover.Write(HostId(0), HostPhysAddr(number * kPageBytes), page).ok());
  }
  for (std::uint64_t number = 0; number < 1024; ++number) {
    ASSERT_TRUE(mover.Read(HostId(0), HostPhysAddr(number * kPageBytes), page).ok());
    Random random(number);
    for (const std::uint8_t byte : page.bytes) ASSERT_EQ(byte, static_cast<std::uint8_t>(random.Next())) << number;
  }
  EXPECT_GT(platform_->cycle(), 2 * 1024 * kLinesPerPage) << "time passes";
}

TEST_P(PageMover, OutsideTheWindowIsAnError) {
  drivers::PageMover mover(*platform_, pages_);
  Page page;
  const Status status = mover.Read(HostId(0), HostPhysAddr(64 * 65536), page);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.message().find("refuses the read of the page at 0x400000 of host 0"), std::string::npos)
      << status.message();
}

TEST_P(PageMover, ADirectPageIsWhatAReadReturnsUntilItIsInvalidated) {
  drivers::PageMover mover(*platform_, pages_);
  std::vector<std::uint32_t> invalid;
  port_->set_invalidate_listener([&](HostId, std::uint32_t page) { invalid.push_back(page); });
  Page page;
  page.bytes.fill(7);
  ASSERT_TRUE(mover.Write(HostId(0), HostPhysAddr(0), page).ok());
  const std::uint8_t* const direct = port_->DirectPage(HostId(0), HostPhysAddr(0));
  ASSERT_NE(direct, nullptr);
  EXPECT_TRUE(std::equal(page.bytes.begin(), page.bytes.end(), direct));
  for (std::uint64_t number = 16; number < 1024; ++number) {
    ASSERT_TRUE(mover.Write(HostId(0), HostPhysAddr(number * kPageBytes), page).ok());
  }
  EXPECT_NE(std::ranges::find(invalid, 0u), invalid.end()) << "it went to bulk";
  EXPECT_EQ(port_->DirectPage(HostId(0), HostPhysAddr(0)), nullptr);
  port_->set_invalidate_listener({});
}

// A node that takes accesses and never answers.
class DeadPlatform : public hal::Platform {
 public:
  const hal::NodeParameters& parameters() const override { return parameters_; }
  std::string name() const override { return "dead"; }
  std::string bulk_description() const override { return {}; }
  std::string check_description() const override { return {}; }
  std::vector<hal::PlatformCounter> counters() const override { return {}; }
  bool TrySubmit(HostId, const hal::Access&) override { return ++submitted <= parameters_.outstanding_max; }
  bool PopCompletion(HostId, hal::Completion&) override { return false; }
  void Advance() override { ++cycle_; }
  std::uint64_t cycle() const override { return cycle_; }
  Result<std::uint32_t> ReadRegister(hal::Aperture, std::uint32_t) override { return 0u; }
  Status WriteRegister(hal::Aperture, std::uint32_t, std::uint32_t) override { return {}; }
  std::uint32_t Interrupts(hal::Aperture) const override { return 0; }
  Status Health() const override { return {}; }
  void set_probe_listener(ProbeListener) override {}
  void set_change_listener(ChangeListener) override {}

  std::uint64_t submitted = 0;

 private:
  hal::NodeParameters parameters_{.outstanding_max = 16};
  std::uint64_t cycle_ = 0;
};

TEST(PageMoverWatchdog, ADeadNodeIsAnErrorInItsCyclesAndStaysOne) {
  DeadPlatform platform;
  drivers::PageMover mover(platform, nullptr, 1000);
  Page page;
  const Status status = mover.Read(HostId(0), HostPhysAddr(0x3000), page);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.message(), "no answer of the node to the read of the page at 0x3000 of host 0 within 1000 cycles");
  EXPECT_LE(platform.cycle(), 1002u);
  const std::uint64_t submitted = platform.submitted;
  const Status again = mover.Write(HostId(0), HostPhysAddr(0), page);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.message(), status.message());
  EXPECT_EQ(platform.submitted, submitted) << "it is not asked again";
}

}  // namespace
}  // namespace tarn::drivers
