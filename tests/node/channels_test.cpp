// A node with two memory channels: hosts see one memory, both channels do the work.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "Vrtl_node_of_two_channels.h"
#include "models/bulk/bulk_device.h"
#include "models/bulk/bulk_store.h"
#include "models/channel/channel_registers.h"
#include "models/common/random.h"
#include "sw/drivers/channel_driver.h"
#include "sw/drivers/pool_driver.h"
#include "sw/hal/wait.h"
#include "tb/common/test_options.h"
#include "tb/node/make_rtl_platform.h"

namespace tarn {
namespace {

constexpr std::uint32_t kHosts = 2;
constexpr std::uint32_t kSlots = 32;
constexpr std::uint64_t kSegmentBytes = 16384;
constexpr std::uint64_t kCyclesMax = 2'000'000;

class TwoChannels : public testing::Test {
 protected:
  void SetUp() override {
    hal::PlatformOptions options{.seed = tb::GetTestOptions().seed};
    options.initial_content = [](LogicalPage page, std::span<std::uint8_t, kPageBytes> bytes) {
      for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
        const Line content = SeededLine(page.value() * kLinesPerPage + line);
        std::copy(content.begin(), content.end(), bytes.begin() + line * kLineBytes);
      }
    };
    auto platform =
        tb::MakeVerilatedNode<Vrtl_node_of_two_channels>(options, *bulk::PresetByName("low-latency"), "low-latency");
    ASSERT_TRUE(platform.ok()) << platform.status().message();
    platform_ = std::move(*platform);
    pool_ = std::make_unique<drivers::PoolDriver>(*platform_);
    channels_ = std::make_unique<drivers::ChannelDriver>(*platform_);
    ASSERT_TRUE(channels_->WaitReady().ok());
    ASSERT_TRUE(pool_->WaitCleared().ok());
    ASSERT_TRUE(pool_->SetSlotsInService(kSlots).ok());
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      ASSERT_TRUE(pool_->SetWindow(HostId(host), HostPhysAddr(Base(host)), 64).ok());
    }
    ASSERT_TRUE(pool_->Enable().ok());
  }
  void TearDown() override {
    const Status health = platform_->Health();
    EXPECT_TRUE(health.ok()) << (health.ok() ? "" : health.message()) << tb::ReplayCommand();
  }

  static std::uint64_t Base(std::uint32_t host) { return (std::uint64_t{host} + 1) << 40; }

  // Keeps `outstanding` accesses of each host in flight, `accesses` in all for each; no two to one line at once.
  // next(host): the next one; its id is the line of the host's window. done: each answer.
  template <typename Next, typename Done>
  void Drive(std::uint32_t outstanding, std::uint64_t accesses, Next next, Done done) {
    std::map<std::uint64_t, hal::Access> in_flight[kHosts];
    std::uint64_t left[kHosts] = {accesses, accesses};
    for (std::uint64_t cycle = 0; cycle < kCyclesMax && platform_->Health().ok(); ++cycle) {
      bool all_done = true;
      for (std::uint32_t host = 0; host < kHosts; ++host) {
        while (left[host] > 0 && in_flight[host].size() < outstanding) {
          const hal::Access access = next(host);
          if (in_flight[host].contains(access.id) || !platform_->TrySubmit(HostId(host), access)) break;
          in_flight[host][access.id] = access;
          --left[host];
        }
        hal::Completion answer;
        while (platform_->PopCompletion(HostId(host), answer)) {
          const auto found = in_flight[host].find(answer.id);
          ASSERT_NE(found, in_flight[host].end());
          done(host, found->second, answer);
          in_flight[host].erase(found);
        }
        all_done = all_done && left[host] == 0 && in_flight[host].empty();
      }
      if (all_done) return;
      platform_->Advance();
    }
    FAIL() << "not all accesses were answered within " << kCyclesMax << " cycles";
  }

  std::unique_ptr<hal::Platform> platform_;
  std::unique_ptr<drivers::PoolDriver> pool_;
  std::unique_ptr<drivers::ChannelDriver> channels_;
};

TEST_F(TwoChannels, AreOneMemoryToHostsThatPage) {
  constexpr std::uint32_t kSegments = 20;  // a host; 40 want 32 slots
  constexpr std::uint64_t kLines = kSegments * kSegmentBytes / kLineBytes;
  ASSERT_EQ(platform_->parameters().channels, 2u);
  for (std::uint32_t host = 0; host < kHosts; ++host) {
    for (std::uint32_t segment = 0; segment < kSegments; ++segment) {
      ASSERT_TRUE(pool_->DeclareOnBulk(HostId(host), segment, std::vector<bool>(4, true)).ok());
    }
  }
  Random random(tb::GetTestOptions().seed);
  std::map<std::uint64_t, Line> written[kHosts];
  std::uint64_t wrong = 0;
  Drive(
      16, 4000,
      [&](std::uint32_t host) {
        const std::uint64_t line = random.Below(kLines);
        hal::Access access{.id = line, .addr = Base(host) + line * kLineBytes};
        if (random.Percent(40)) {
          access.op = Op::kWrite;
          access.data = SeededLine(random.Next());
        }
        return access;
      },
      [&](std::uint32_t host, const hal::Access& access, const hal::Completion& answer) {
        EXPECT_EQ(answer.status, LineStatus::kOk);
        if (access.op == Op::kWrite) {
          written[host][access.id] = access.data;
          return;
        }
        const auto found = written[host].find(access.id);
        const std::uint64_t page =
            bulk::LpnOf(HostId(host), static_cast<std::uint32_t>(access.id / kLinesPerPage)).value();
        const Line expected =
            found != written[host].end() ? found->second : SeededLine(page * kLinesPerPage + access.id % kLinesPerPage);
        if (answer.data != expected) ++wrong;
      });
  EXPECT_EQ(wrong, 0u) << tb::ReplayCommand();
  const auto counters = pool_->ReadCounters(HostId(0));
  ASSERT_TRUE(counters.ok());
  EXPECT_GT(counters->page_ins, 100u);
  const auto first = channels_->ReadCounters(0);
  const auto second = channels_->ReadCounters(1);
  ASSERT_TRUE(first.ok() && second.ok());
  // The pool's map lies in the first channel; its entries are parts of lines, whose rest is read. Without that the
  // channels do the same.
  for (const auto& [one, other] :
       {std::pair{first->reads - first->old_line_reads, second->reads - second->old_line_reads},
        std::pair{first->writes, second->writes}}) {
    EXPECT_GT(one, 1000u);
    EXPECT_NEAR(static_cast<double>(one) / static_cast<double>(other), 1.0, 0.05);
  }
  // The map's share of the reads is seen too: a twentieth and a little more.
  EXPECT_NEAR(static_cast<double>(first->reads) / static_cast<double>(second->reads), 1.0, 0.07);
}

// One channel moves a line in four cycles, whatever comes.
TEST_F(TwoChannels, ServeTwiceTheLines) {
  constexpr std::uint64_t kLines = 8 * kSegmentBytes / kLineBytes;  // a host; all stay
  std::uint64_t line[kHosts] = {};
  const auto sequential = [&](std::uint32_t host) {
    const std::uint64_t next = line[host]++ % kLines;
    return hal::Access{.id = next, .addr = Base(host) + next * kLineBytes};
  };
  const auto ok = [](std::uint32_t, const hal::Access&, const hal::Completion& answer) {
    ASSERT_EQ(answer.status, LineStatus::kOk);
  };
  Drive(16, kLines, sequential, ok);
  const std::uint64_t start = platform_->cycle();
  Drive(64, 4 * kLines, sequential, ok);
  const double lines_per_cycle = 2.0 * 4 * kLines / static_cast<double>(platform_->cycle() - start);
  RecordProperty("lines_per_cycle", std::to_string(lines_per_cycle));
  EXPECT_GT(lines_per_cycle, 0.47);
}

TEST_F(TwoChannels, HaveRegistersOfTheirOwn) {
  const auto latency = [&](std::uint32_t channel) {
    return platform_->ReadRegister(hal::Aperture::Management(),
                                   drivers::ChannelDriver::Base(channel) + channel_registers::timing_latency::kOffset);
  };
  EXPECT_TRUE(latency(0).ok());
  EXPECT_TRUE(latency(1).ok());
  EXPECT_EQ(*latency(0), *latency(1));
  EXPECT_FALSE(latency(2).ok()) << "there is no third channel";
}

}  // namespace
}  // namespace tarn
