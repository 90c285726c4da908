// What a host gets beside others that want all: engines, slots by shares, evictions by caps.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "tests/pool/scenario.h"
#include "tests/pool/small_pool.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;

// On the small pool: three hosts, two engines for them, and faults that can be planted.
class PoolShares : public testing::Test {
 protected:
  static constexpr std::uint64_t kBulkCycles = 5000;
  static constexpr std::uint32_t kStorming = 1, kOther = 0;

  void Make(unsigned plant = 0) {
    SmallBench::Options options;
    options.bulk.latency_min_cycles = kBulkCycles;
    options.bulk.latency_max_cycles = kBulkCycles;
    options.zero_percent = 0;
    options.bound_cycles = 1'000'000;  // who is at its cap waits for windows
    bench_ = std::make_unique<SmallBench>(options);
    ASSERT_TRUE(bench_->Start()) << bench_->failures().Text();
    bench_->dut().plant_i = static_cast<CData>(plant);
    bench_->accept_hook = [this](std::uint32_t host, bool, const HostRequest&, std::uint64_t cycle) {
      accepted_[host] = cycle;
    };
    bench_->response_hook = [this](std::uint32_t host, bool, const LineResponse& response, std::uint64_t cycle) {
      answered_[host] = cycle;
      if (response.status == LineStatus::kTimeout) ++timeouts_[host];
    };
  }
  void Set(std::uint32_t offset, std::uint32_t value) { bench_->management().Write(offset, value); }
  void TakeOut(std::uint32_t host) {
    bench_->checker().set_window(host, 0);
    Set(reg::window_segments::kOffset + 4 * host, 0);
  }
  // From the last acceptance to the last answer.
  std::uint64_t Latency(std::uint32_t host) const { return answered_[host] - accepted_[host]; }
  void Storm(std::uint32_t pages) {
    for (std::uint32_t page = 0; page < pages; ++page) {
      bench_->Read(kStorming, (storm_page_++ % SmallShape::kWindowSegments) * kPageBytes);
    }
  }
  // One miss of a host, in the middle of another's.
  std::uint64_t MissBesideAStorm() {
    Storm(6);
    bench_->simulation().Run(kBulkCycles / 2);
    bench_->Read(kOther, 0);
    EXPECT_TRUE(bench_->Drain()) << bench_->failures().Text();
    return Latency(kOther);
  }

  std::unique_ptr<SmallBench> bench_;
  std::uint32_t storm_page_ = 0;
  std::array<std::uint64_t, SmallShape::kHosts> accepted_{}, answered_{}, timeouts_{};
};

constexpr std::uint32_t kEngineFloorsValid = reg::status::EngineFloorsValid::kMask;

TEST_F(PoolShares, AMissDoesNotWaitForAnotherHostsPageIns) {
  Make();
  TakeOut(2);  // so that the other two's fit
  EXPECT_NE(bench_->management().Read(reg::status::kOffset).rdata & kEngineFloorsValid, 0u);
  EXPECT_LT(MissBesideAStorm(), kBulkCycles + 300);
}

TEST_F(PoolShares, FloorsThatLeaveAHostWithoutOneNoEngineDoNotHold) {
  Make();
  Set(reg::engine_floors::kOffset + 4 * kStorming, 2);
  Set(reg::engine_floors::kOffset + 4 * kOther, 0);
  Set(reg::engine_floors::kOffset + 4 * 2, 0);
  EXPECT_EQ(bench_->management().Read(reg::status::kOffset).rdata & kEngineFloorsValid, 0u);
  bench_->Read(kOther, 0);
  EXPECT_TRUE(bench_->Drain()) << bench_->failures().Text();
}

TEST_F(PoolShares, WithoutAFloorItDoes) {
  Make();
  EXPECT_EQ(bench_->management().Read(reg::status::kOffset).rdata & kEngineFloorsValid, 0u) << "they do not fit";
  EXPECT_GT(MissBesideAStorm(), kBulkCycles + 2000);
}

TEST_F(PoolShares, TheMeasurementFindsAnIgnoredEngineFloor) {
  Make(kPlantEngineFloorIgnored);
  TakeOut(2);
  EXPECT_GT(MissBesideAStorm(), kBulkCycles + 2000);
}

TEST_F(PoolShares, AHostWithoutAWindowKeepsNoEngine) {
  Make();
  EXPECT_EQ(bench_->management().Read(reg::status::kOffset).rdata & kEngineFloorsValid, 0u);
  Set(reg::window_segments::kOffset + 4 * 2, 0);
  EXPECT_NE(bench_->management().Read(reg::status::kOffset).rdata & kEngineFloorsValid, 0u);
}

// Evictions of a host that may have `kCap` in a window, over many windows.
class PoolEvictionCaps : public PoolShares {
 protected:
  static constexpr std::uint32_t kCap = 2, kWindowLog2 = 14;
  static constexpr std::uint64_t kWindow = std::uint64_t{1} << kWindowLog2, kWindows = 8;

  std::uint64_t EvictionsOfAStorm(std::uint32_t cap) {
    Set(reg::bulk_timeout::kOffset, 1'000'000);
    bench_->checker().set_refusals_allowed(true);
    TakeOut(2);
    Set(reg::eviction_window::kOffset, kWindowLog2);
    Storm(7);  // until there is no slot to spare
    EXPECT_TRUE(bench_->Drain()) << bench_->failures().Text();
    Set(reg::eviction_caps::kOffset + 4 * kStorming, cap);
    const std::uint64_t before = bench_->checker().Sum().evictions;
    const std::uint64_t end = bench_->simulation().cycle() + kWindows * kWindow;
    while (bench_->simulation().cycle() < end) {
      if (bench_->checker().in_flight() < 4) Storm(1);
      bench_->simulation().Run(20);
    }
    return bench_->checker().Sum().evictions - before;
  }
};

TEST_F(PoolEvictionCaps, AHostMakesNoMoreEvictionsThanItsCapInEachWindow) {
  Make();
  const std::uint64_t evictions = EvictionsOfAStorm(kCap);
  EXPECT_LE(evictions, kCap * (kWindows + 1));
  EXPECT_GE(evictions, kCap * (kWindows - 1)) << "and it has them";
}

TEST_F(PoolEvictionCaps, WithoutACapItMakesMore) {
  Make();
  EXPECT_GT(EvictionsOfAStorm(0), kCap * (kWindows + 1));
}

TEST_F(PoolEvictionCaps, TheMeasurementFindsAnIgnoredCap) {
  Make(11);
  EXPECT_GT(EvictionsOfAStorm(kCap), kCap * (kWindows + 1));
}

TEST_F(PoolEvictionCaps, OthersDoNotWaitForAHostAtItsCap) {
  Make();
  EvictionsOfAStorm(1);
  Storm(6);
  bench_->simulation().Run(200);
  for (std::uint64_t page = 0; page < 4; ++page) {
    bench_->Read(kOther, page * kPageBytes);
    ASSERT_TRUE(bench_->simulation().RunUntil([&] { return answered_[kOther] > accepted_[kOther]; }, 4 * kBulkCycles,
                                              "the other"));
    EXPECT_LT(Latency(kOther), 2 * kBulkCycles);
  }
}

TEST_F(PoolEvictionCaps, WhoWaitsTooLongAtItsCapIsAnsweredSo) {
  Make();
  EvictionsOfAStorm(1);
  ASSERT_TRUE(bench_->Drain());
  Set(reg::bulk_timeout::kOffset, 2 * kBulkCycles);
  Set(reg::eviction_window::kOffset, 31);
  Storm(6);
  ASSERT_TRUE(bench_->Drain());
  EXPECT_GT(timeouts_[kStorming], 0u);
  EXPECT_EQ(timeouts_[kOther], 0u);
}

// Slots of three hosts that all want more than there are.
class PoolSlotShares : public PoolScenario {
 protected:
  void SetShare(std::uint32_t host, std::uint32_t slots) {
    bench_->management().Write(reg::shares::kOffset + 4 * host, slots);
    bench_->checker().SetShare(host, slots);
  }
  std::uint32_t Resident(std::uint32_t host) {
    return bench_->management().Read(reg::resident::kOffset + 4 * host).rdata;
  }
  // Each host has more to do always; the slots that each has on the average meanwhile.
  std::array<double, 3> SlotsInAStorm() {
    constexpr int kRounds = 24, kSettle = 8;
    std::array<double, 3> sum{};
    for (int round = 0; round < kRounds; ++round) {
      for (std::uint64_t segment = 0; segment < 14; ++segment) {
        for (std::uint32_t host = 0; host < sum.size(); ++host) bench_->Write(host, segment * kSegment, segment);
      }
      while (bench_->checker().in_flight() > 42 && bench_->simulation().Run(20)) continue;
      for (std::uint32_t host = 0; round >= kSettle && host < sum.size(); ++host) sum[host] += Resident(host);
    }
    EXPECT_TRUE(bench_->Drain()) << bench_->failures().Text();
    for (double& slots : sum) slots /= kRounds - kSettle;
    return sum;
  }
};

TEST_F(PoolSlotShares, HostsThatAllWantMoreHaveTheirShares) {
  Make();
  SetShare(0, 8);
  SetShare(1, 4);
  SetShare(2, 2);
  const std::array<double, 3> slots = SlotsInAStorm();
  EXPECT_GT(slots[0], 5) << "slots that are changing hands are missing where the share is largest";
  EXPECT_NEAR(slots[1], 4, 1);
  EXPECT_NEAR(slots[2], 2, 1);
}

TEST_F(PoolSlotShares, WithoutSharesTheyHaveAboutAsMuchEach) {
  Make();
  const std::array<double, 3> slots = SlotsInAStorm();
  EXPECT_LT(slots[0], 5);
  EXPECT_GT(slots[2], 3);
}

TEST_F(PoolSlotShares, WhatOthersDoNotUseAHostHasBeyondItsShare) {
  Make();
  SetShare(0, 8);
  SetShare(1, 3);
  for (std::uint64_t segment = 0; segment < 14; ++segment) Write(1, segment * kSegment, segment);
  EXPECT_GE(Resident(1), 12u);
  for (std::uint64_t segment = 0; segment < 8; ++segment) Write(0, segment * kSegment, segment);
  EXPECT_EQ(Resident(0), 8u) << "the one above its share gives them";
}

// The one above its share has nothing that may go: the others are asked after all.
TEST_F(PoolSlotShares, WhenAllThatIsAboveIsPinnedTheOthersGo) {
  Make();
  for (std::uint64_t segment = 0; segment < 6; ++segment) Write(1, segment * kSegment, segment);
  bench_->management().Write(reg::map_host::kOffset, 1);
  bench_->management().Write(reg::map_segment::kOffset, 0);
  bench_->management().Write(reg::map_count::kOffset, 6);
  bench_->management().Write(reg::map_command::kOffset, 4);  // pin
  bench_->simulation().Run(500);
  SetShare(1, 2);
  for (std::uint32_t host = 0; host < WideShape::kHosts; ++host) {
    if (host != 1) SetShare(host, 16);
  }
  for (std::uint64_t segment = 0; segment < 14; ++segment) Write(0, segment * kSegment, segment);
  EXPECT_EQ(Resident(1), 6u);
  EXPECT_EQ(Read(0, 0).data, SeededLine(0));
}

}  // namespace
}  // namespace tarn::tests
