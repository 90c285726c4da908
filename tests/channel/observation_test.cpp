// What the channel's registers tell of latencies, and of what keeps requests and the data bus waiting.
#include <gtest/gtest.h>

#include <array>

#include "models/common/random.h"
#include "tests/channel/channel_fixture.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

class ChannelObservation : public Channel {
 protected:
  using Bins = std::array<std::uint64_t, r::latency::kCount>;

  static std::size_t BinOf(std::uint64_t cycles) {
    std::size_t bin = 0;
    while (bin < 15 && cycles >> (bin + 3) != 0) ++bin;
    return bin;
  }
  Bins Latencies(unsigned port, bool writes) {
    channel_.Write(r::latency_of::kOffset, r::latency_of::Port::Set(r::latency_of::Writes::Set(0, writes), port));
    Bins bins;
    for (std::uint32_t i = 0; i < bins.size(); ++i) bins[i] = channel_.Counter(r::latency::Offset(i));
    return bins;
  }
  void AwaitAll(std::size_t answers) {
    channel_.simulation().RunUntil([&] { return answers_.size() == answers; }, 200'000, "answers");
  }
  std::uint64_t StallsBy(std::uint32_t cause) { return channel_.Counter(r::stalls_by::Offset(cause)); }
  void RecordTaken(unsigned port) {
    sources_[port]->set_on_taken(
        [this](const SlotRequest& request, std::uint64_t cycle) { taken_[request.tag] = cycle; });
  }
  std::map<std::uint16_t, std::uint64_t> taken_;
};

// Every read in its bin: what the port shows, less the cycle from the response's register to the port.
TEST_F(ChannelObservation, EachReadIsInItsBin) {
  constexpr std::uint64_t kReads = 3000, kRegisters = 1;
  RecordTaken(kHost);
  Random random(3);
  for (std::uint64_t i = 0; i < kReads; ++i) SendRead(kHost, random.Below(1u << 26));
  channel_.simulation().RunUntil([&] { return answers_.size() == kReads; }, 100 * kReads, "answers");
  Bins expected{};
  for (const auto& [tag, cycle] : answer_cycle_) ++expected[BinOf(cycle - taken_[tag] - kRegisters)];
  EXPECT_EQ(Latencies(kHost, false), expected);
  EXPECT_EQ(Latencies(kHost, true), Bins{});
  EXPECT_EQ(Latencies(kBulk, false), Bins{});
}

TEST_F(ChannelObservation, WritesAndForwardedReadsAreCountedOnceEach) {
  for (std::uint64_t i = 0; i < 40; ++i) {
    SendWrite(kWalk, i, i);
    SendRead(kWalk, i);
  }
  channel_.simulation().RunUntil([&] { return answers_.size() == 80; }, 20000, "answers");
  channel_.simulation().Run(10);
  const auto sum = [](const Bins& bins) {
    std::uint64_t total = 0;
    for (const std::uint64_t count : bins) total += count;
    return total;
  };
  EXPECT_EQ(sum(Latencies(kWalk, false)), 40u);
  EXPECT_EQ(sum(Latencies(kWalk, true)), 40u);
  EXPECT_EQ(channel_.Counter(r::forwarded::kOffset), 40u);
}

TEST_F(ChannelObservation, StallsHaveTheirCauses) {
  for (std::uint64_t i = 0; i < 300; ++i) SendWrite(kHost, i << 11, i);  // all in one bank
  channel_.simulation().Run(4000);
  EXPECT_GT(StallsBy(1), 1000u) << "places for writes";
  EXPECT_EQ(StallsBy(0), 0u);
  EXPECT_EQ(StallsBy(4), 0u);
  AwaitAll(300);
  for (std::uint64_t i = 0; i < 20; ++i) {
    SendWrite(kHost, i << 11, i, 0xFF);
    SendRead(kHost, i << 11);  // waits for the rest of the line
  }
  AwaitAll(340);
  EXPECT_GT(StallsBy(2), 100u) << "the order on a line";
  for (std::uint64_t i = 0; i < 200; ++i) SendRead(kHost, (i + 1) << 11);
  AwaitAll(540);
  EXPECT_GT(StallsBy(0), 1000u) << "places for reads";
  const std::uint64_t order = StallsBy(2);
  for (std::uint64_t i = 40; i < 60; ++i) {
    SendRead(kHost, i << 11);
    SendWrite(kHost, i << 11, i);
  }
  AwaitAll(580);
  EXPECT_GT(StallsBy(2), order + 100) << "a write waits until its line's old content was read";
  std::uint64_t sum = 0;
  for (std::uint32_t cause = 0; cause < 8; ++cause) sum += StallsBy(cause);
  EXPECT_EQ(sum, channel_.Counter(r::stalls::kOffset));
}

TEST_F(ChannelObservation, TheBusWaitsForWhatItWaitsFor) {
  // Row hits of four groups: nothing to wait for but refreshes.
  std::uint64_t sent = 0;
  const auto run = [&](std::uint64_t cycles, auto line_of) {
    for (std::uint64_t i = 0; i < cycles; ++i) {
      if (sources_[kHost]->pending() == 0) SendRead(kHost, line_of(sent++));
      channel_.simulation().Step();
    }
  };
  run(90000, [](std::uint64_t i) { return (i & 3) << 7 | (i >> 2 & 127) | i >> 9 << 9; });
  const std::uint64_t upkeep = StallsBy(8);
  EXPECT_GT(upkeep, 8 * 433u);  // two batches of four
  EXPECT_LT(upkeep, 8 * 433u + 400);
  EXPECT_LT(StallsBy(11) + StallsBy(13), 600u);
  // A row each: it waits for rows that are opened, and were a moment ago.
  Random random(5);
  run(20000, [&](std::uint64_t) { return random.Below(1u << 26); });
  EXPECT_GT(StallsBy(11) + StallsBy(13), 4000u);
  EXPECT_EQ(StallsBy(9), 0u);
}

}  // namespace
}  // namespace tarn::channel
