// A node to write scenarios for: the same software on every platform.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "models/common/random.h"
#include "sw/drivers/channel_driver.h"
#include "sw/drivers/iommu_driver.h"
#include "sw/drivers/pool_driver.h"
#include "sw/hal/factory.h"
#include "sw/hal/wait.h"
#include "tb/common/test_options.h"

namespace tarn {

class NodeScenario : public testing::TestWithParam<hal::PlatformKind> {
 protected:
  static constexpr std::uint32_t kSlots = 32;
  static constexpr std::uint32_t kWindowSegments = 128;  // four times the pool, for each host
  static constexpr std::uint64_t kCyclesMax = 2'000'000;
  static constexpr std::uint32_t kCpu = 0;  // a host without an IOMMU
  static constexpr std::uint32_t kOtherCpu = 1;
  static constexpr std::uint32_t kDevice = 3;  // a host with one

  void SetUp() override {
    hal::PlatformOptions options;
    options.seed = tb::GetTestOptions().seed;
    options.wave_file = tb::GetTestOptions().wave_file;
    options.wave_cycles = ~std::uint64_t{0};
    options.initial_content = [](LogicalPage page, std::span<std::uint8_t, kPageBytes> bytes) {
      for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
        const Line content = BulkLine(page, line);
        std::copy(content.begin(), content.end(), bytes.begin() + line * kLineBytes);
      }
    };
    Result<std::unique_ptr<hal::Platform>> platform = hal::MakePlatform(GetParam(), options);
    ASSERT_TRUE(platform.ok()) << platform.status().message();
    platform_ = std::move(*platform);
    pool_ = std::make_unique<drivers::PoolDriver>(*platform_);
    ASSERT_TRUE(drivers::ChannelDriver(*platform_).WaitReady().ok());
    ASSERT_TRUE(pool_->WaitCleared().ok());
    ASSERT_TRUE(pool_->SetSlotsInService(kSlots).ok());
    for (std::uint32_t host = 0; host < platform_->parameters().hosts; ++host) {
      ASSERT_TRUE(pool_->SetWindow(HostId(host), HostPhysAddr(Base(host)), kWindowSegments).ok());
    }
  }
  void TearDown() override {
    if (platform_ == nullptr) return;
    const Status health = platform_->Health();
    EXPECT_TRUE(health.ok()) << (health.ok() ? "" : health.message()) << tb::ReplayCommand();
  }

  // What bulk holds before anyone writes.
  static Line BulkLine(LogicalPage page, std::uint32_t line) { return SeededLine(page.value() * kLinesPerPage + line); }

  static std::uint64_t Base(std::uint32_t host) { return (std::uint64_t{host} + 1) << 40; }
  std::uint64_t SegmentBytes() const { return platform_->parameters().segment_bytes; }

  hal::Completion Perform(std::uint32_t host, const hal::Access& access) {
    const Result<hal::Completion> answer = hal::Perform(*platform_, HostId(host), access, kCyclesMax);
    EXPECT_TRUE(answer.ok()) << (answer.ok() ? "" : answer.status().message());
    return answer.ok() ? *answer : hal::Completion{.status = LineStatus::kTimeout};
  }
  hal::Completion Read(std::uint32_t host, std::uint64_t addr, DeviceId device = DeviceId(0)) {
    return Perform(host, {.op = Op::kRead, .addr = addr, .device = device});
  }
  hal::Completion Write(std::uint32_t host, std::uint64_t addr, const Line& data, DeviceId device = DeviceId(0)) {
    return Perform(host, {.op = Op::kWrite, .addr = addr, .data = data, .device = device});
  }

  drivers::PoolCounters Counters(std::uint32_t host) {
    const Result<drivers::PoolCounters> counters = pool_->ReadCounters(HostId(host));
    EXPECT_TRUE(counters.ok());
    return counters.ok() ? *counters : drivers::PoolCounters();
  }

  std::unique_ptr<hal::Platform> platform_;
  std::unique_ptr<drivers::PoolDriver> pool_;
};

}  // namespace tarn
