// Latency histograms and stalls: what the pool counts is what is seen at its ports.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "tests/pool/random_run.h"
#include "tests/pool/scenario.h"

namespace tarn::tests {
namespace {

using Latencies = std::array<std::uint64_t, 16>;

class PoolLatency : public PoolScenario {
 protected:
  // Watches the ports: an answer that was there stands on the port a cycle later, as long as it is alone.
  void Watch() {
    bench_->accept_hook = [this](std::uint32_t host, bool walk, const HostRequest& request, std::uint64_t cycle) {
      accepted_[{host, walk, request.tag}] = cycle;
    };
    bench_->response_hook = [this](std::uint32_t host, bool walk, const LineResponse& response, std::uint64_t cycle) {
      const std::uint64_t cycles = cycle - 1 - accepted_.at({host, walk, response.tag});
      const int bin = std::bit_width(cycles) - 3;
      ++seen_[host][static_cast<std::size_t>(std::clamp(bin, 0, 15))];
      longest_ = std::max(longest_, cycles);
    };
  }
  std::map<std::tuple<std::uint32_t, bool, std::uint8_t>, std::uint64_t> accepted_;
  std::array<Latencies, WideShape::kHosts> seen_{};
  std::uint64_t longest_ = 0;
};

TEST_F(PoolLatency, EachRequestIsCountedInItsBin) {
  WideBench::Options options = Rough<WideBench>();
  options.rsp_stall_percent = 0;
  options.bulk.latency_max_cycles = 2000;
  Make(options);
  Watch();
  // All answers come from the channel: two at once for one host would wait for each other.
  tb::Traffic traffic{.segments = 9, .lines = 16, .exclusive_percent = 0, .outside_percent = 0, .outstanding = 8};
  traffic.illegal_atomics = false;
  ASSERT_TRUE(bench_->RunTraffic(traffic, 1500)) << bench_->failures().Text();
  bench_->simulation().Run(5);
  for (std::uint32_t host = 0; host < WideShape::kHosts; ++host) {
    EXPECT_EQ(ReadLatencies(*bench_, host), seen_[host]) << "host " << host;
  }
  EXPECT_GT(longest_, 2000u);
}

TEST_F(PoolLatency, OneCyclesWorthIsNotMistaken) {
  WideBench::Options options;
  options.channel.in_order = true;
  Make(options);
  Watch();
  Read(2, 0);
  WaitForPage(2, 0);
  for (int i = 0; i < 20; ++i) Read(2, 64);
  EXPECT_EQ(ReadLatencies(*bench_, 2), seen_[2]);
  EXPECT_GE(ReadLatencies(*bench_, 2)[0], 20u);
  EXPECT_EQ(ReadLatencies(*bench_, 1), Latencies{});
}

TEST_F(PoolLatency, RequestsThatThePoolAnswersItselfCountToo) {
  Make();
  bench_->Send(0, false, {.op = Op::kRead, .addr = bench_->base(0) - 64, .mask = ~std::uint64_t{0}});
  ASSERT_TRUE(bench_->Drain());
  Latencies expected{};
  expected[0] = 1;
  EXPECT_EQ(ReadLatencies(*bench_, 0), expected);
}

TEST_F(PoolLatency, AHostThatTakesNoAnswersStallsItselfAlone) {
  Make();
  Read(0, 0);
  Read(1, 0);
  EXPECT_EQ(bench_->Counter(0, 14), 0u);
  bench_->HoldAnswers(0, true);
  for (std::uint32_t i = 0; i < WideShape::kHostEntries + 4; ++i) bench_->Read(0, i % 16 * 64);
  bench_->simulation().Run(1000);
  const std::uint64_t stalls = bench_->Counter(0, 14);
  EXPECT_GT(stalls, 900u);
  EXPECT_LE(stalls, 1100u);
  EXPECT_EQ(bench_->Counter(0, 15), 0u) << "no walk waited";
  EXPECT_EQ(bench_->Counter(1, 14), 0u);
  bench_->HoldAnswers(0, false);
  ASSERT_TRUE(bench_->Drain());
}

TEST_F(PoolLatency, AHostThatIsNotThereHasNone) {
  Make();
  EXPECT_EQ(ReadLatencies(*bench_, WideShape::kHosts), Latencies{});
}

}  // namespace
}  // namespace tarn::tests
