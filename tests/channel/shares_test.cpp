// What each class gets of the channel when all want more than there is, and how long a host waits beside bulk traffic.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>

#include "models/common/random.h"
#include "tb/channel/channel_simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;
constexpr unsigned kBulk = 0, kWalk = 1, kHost = 2;
constexpr std::uint32_t kNoLimit = 0xffffff;

// Offers requests on every port that is switched on, always one more, and counts answers.
class ChannelShares : public testing::Test {
 protected:
  enum class Pattern : std::uint8_t { kNone, kRandomReads, kPageReads, kPageWrites };
  static constexpr std::uint64_t kLines = 1 << 20;

  ChannelShares() : channel_("ddr4_2400_17", {.seed = tb::GetTestOptions().seed}), random_(tb::GetTestOptions().seed) {
    auto& dut = channel_.dut();
    for (unsigned port = 0; port < kNumClasses; ++port) {
      sources_.push_back(std::make_unique<tb::StreamSource<SlotRequest>>(
          tb::StreamPorts<SlotRequest>(dut.slot_req_i[port], dut.slot_req_valid_i[port], dut.slot_req_ready_o[port]),
          port));
      sources_[port]->set_on_taken(
          [this](const SlotRequest& request, std::uint64_t cycle) { taken_[request.tag] = cycle; });
      channel_.simulation().Add(*sources_.back());
    }
    sink_ = std::make_unique<tb::StreamSink<SlotResponse>>(
        "answers", tb::StreamPorts<SlotResponse>(dut.slot_rsp_o, dut.slot_rsp_valid_o, dut.slot_rsp_ready_i), 9, 0,
        channel_.failures(), [this](const SlotResponse& response, std::uint64_t cycle) {
          const unsigned port = response.tag >> 10;
          ++answered_[port];
          --in_flight_[port];
          worst_[port] = std::max(worst_[port], cycle - taken_[response.tag]);
          sum_[port] += cycle - taken_[response.tag];
        });
    channel_.simulation().Add(*sink_);
  }
  void TearDown() override {
    channel_.checker().Finish(channel_.simulation().cycle());
    EXPECT_EQ(channel_.failures().Text(), "") << tb::ReplayCommand();
  }
  void Set(std::uint32_t offset, std::uint32_t value) { channel_.Write(offset, value); }

  // in_flight_max: of each class, so that its answers are its own.
  void Run(const std::array<Pattern, kNumClasses>& patterns, std::uint64_t cycles,
           const std::array<std::uint32_t, kNumClasses>& in_flight_max = {512, 512, 512}) {
    answered_ = {};
    worst_ = {};
    sum_ = {};
    for (std::uint64_t i = 0; i < cycles; ++i) {
      for (unsigned port = 0; port < kNumClasses; ++port) {
        if (patterns[port] == Pattern::kNone || sources_[port]->pending() != 0) continue;
        if (in_flight_[port] < in_flight_max[port]) Offer(port, patterns[port]);
      }
      ASSERT_TRUE(channel_.simulation().Run(1));
    }
  }
  double Share(unsigned port) const {
    return static_cast<double>(answered_[port]) /
           static_cast<double>(answered_[kBulk] + answered_[kWalk] + answered_[kHost]);
  }
  double Mean(unsigned port) const { return static_cast<double>(sum_[port]) / static_cast<double>(answered_[port]); }

  ChannelSimulation channel_;
  std::array<std::uint64_t, kNumClasses> answered_{}, worst_{}, sum_{};

 private:
  void Offer(unsigned port, Pattern pattern) {
    SlotRequest request{.op = pattern == Pattern::kPageWrites ? Op::kWrite : Op::kRead, .mask = ~std::uint64_t{0}};
    request.tag = static_cast<std::uint16_t>(port << 10 | next_[port] % 1024);
    request.line = pattern == Pattern::kRandomReads ? random_.Below(kLines) : PageLine(port);
    ++next_[port];
    ++in_flight_[port];
    sources_[port]->Push(request);
  }
  // Page after page, each at a random place.
  std::uint64_t PageLine(unsigned port) {
    if (next_[port] % kLinesPerPage == 0) page_[port] = random_.Below(kLines / kLinesPerPage);
    return page_[port] * kLinesPerPage + next_[port] % kLinesPerPage;
  }

  Random random_;
  std::vector<std::unique_ptr<tb::StreamSource<SlotRequest>>> sources_;
  std::unique_ptr<tb::StreamSink<SlotResponse>> sink_;
  std::array<std::uint64_t, kNumClasses> next_{}, page_{};
  std::array<std::uint32_t, kNumClasses> in_flight_{};
  std::map<std::uint16_t, std::uint64_t> taken_;
};

std::uint32_t Places(std::uint32_t bulk, std::uint32_t walk, std::uint32_t host) {
  return bulk | walk << 8 | host << 16;
}

constexpr double kClose = 0.03;
constexpr std::uint64_t kCycles = 60'000;

TEST_F(ChannelShares, ClassesThatAllWantMoreShareByTheirWeights) {
  channel_.PowerUp();
  Set(r::head_start::kOffset, 0);
  Set(r::read_most::kOffset, kNoLimit);
  for (const auto& [bulk, walk, host] :
       {std::array{16u, 12u, 36u}, std::array{40u, 12u, 12u}, std::array{8u, 48u, 8u}}) {
    Set(r::read_places::kOffset, Places(bulk, walk, host));
    Run({Pattern::kRandomReads, Pattern::kRandomReads, Pattern::kRandomReads}, 3000);  // until the new shares hold
    Run({Pattern::kRandomReads, Pattern::kRandomReads, Pattern::kRandomReads}, kCycles);
    EXPECT_NEAR(Share(kBulk), bulk / 64.0, kClose);
    EXPECT_NEAR(Share(kWalk), walk / 64.0, kClose);
    EXPECT_NEAR(Share(kHost), host / 64.0, kClose);
  }
}

// The measurement above sees when there are no shares: then who comes by turns has the places.
TEST_F(ChannelShares, WithoutSharesNobodyGetsWhatItsWeightSays) {
  channel_.PowerUp();
  Set(r::head_start::kOffset, 0);
  Set(r::read_most::kOffset, kNoLimit);
  Set(r::read_places::kOffset, kNoLimit);
  Run({Pattern::kRandomReads, Pattern::kRandomReads, Pattern::kRandomReads}, kCycles);
  EXPECT_GT(std::abs(Share(kHost) - 36 / 64.0), 2 * kClose);
}

TEST_F(ChannelShares, WhatOneClassDoesNotUseTheOthersHave) {
  channel_.PowerUp();
  Run({Pattern::kNone, Pattern::kNone, Pattern::kRandomReads}, kCycles);
  const std::uint64_t alone = answered_[kHost];
  Run({Pattern::kPageReads, Pattern::kNone, Pattern::kNone}, kCycles);
  EXPECT_GT(answered_[kBulk], kCycles / 8) << "a line in 6 cycles is all that one page's bank gives";
  Run({Pattern::kNone, Pattern::kNone, Pattern::kRandomReads}, kCycles);
  EXPECT_GT(answered_[kHost] * 100, alone * 99);
}

TEST_F(ChannelShares, AHostIsNotHeldUpByPagesAndPagesAreNotStarved) {
  channel_.PowerUp();
  constexpr std::uint32_t kOutstanding = 8;
  const std::array<std::uint32_t, kNumClasses> few = {512, 512, kOutstanding};
  Run({Pattern::kNone, Pattern::kNone, Pattern::kRandomReads}, kCycles, few);
  const double alone = Mean(kHost);
  for (const Pattern pattern : {Pattern::kPageReads, Pattern::kPageWrites}) {
    Run({pattern, Pattern::kNone, Pattern::kRandomReads}, kCycles, few);
    EXPECT_LT(Mean(kHost), 3 * alone);
    EXPECT_GT(answered_[kHost], kCycles / 100);
    EXPECT_GT(answered_[kBulk], kCycles / 20);
  }
}

}  // namespace
}  // namespace tarn::channel
