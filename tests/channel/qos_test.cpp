// Requests of one class with different qos.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "models/common/random.h"
#include "tests/channel/channel_fixture.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

class ChannelQos : public Channel {
 protected:
  struct Waits {
    double low, high;  // mean cycles from acceptance to the answer
    std::uint64_t low_max;
  };
  // Random reads of one port, one in eight of the highest qos, as many as the queue takes.
  Waits Measure() {
    constexpr std::uint64_t kReads = 4000;
    std::map<std::uint16_t, std::uint64_t> taken;
    sources_[kHost]->set_on_taken([&](const SlotRequest& request, std::uint64_t cycle) { taken[request.tag] = cycle; });
    Random random(7);
    std::vector<std::uint16_t> low, high;
    for (std::uint64_t i = 0; i < kReads; ++i) {
      const bool urgent = i % 8 == 7;
      SlotRequest request{.op = Op::kRead, .line = random.Below(1u << 26), .mask = ~std::uint64_t{0}};
      request.qos = urgent ? 15 : 0;
      (urgent ? high : low).push_back(Send(kHost, request));
    }
    channel_.simulation().RunUntil([&] { return answers_.size() == kReads; }, 1000 * kReads, "answers");
    const auto mean = [&](const std::vector<std::uint16_t>& tags) {
      double sum = 0;
      for (const std::uint16_t tag : tags) sum += static_cast<double>(answer_cycle_[tag] - taken[tag]);
      return sum / static_cast<double>(tags.size());
    };
    Waits waits{.low = mean(low), .high = mean(high), .low_max = 0};
    for (const std::uint16_t tag : low) waits.low_max = std::max(waits.low_max, answer_cycle_[tag] - taken[tag]);
    return waits;
  }
};

TEST_F(ChannelQos, TheHigherOneIsServedSooner) {
  const Waits waits = Measure();
  EXPECT_LT(waits.high, 0.6 * waits.low);
  // Who has none waits for it no longer than for the head start that it gives, and its own time.
  EXPECT_LT(waits.low_max, 15 * 32 + 2000u);
}

TEST_F(ChannelQos, WithoutAHeadStartAllAreEqual) {
  channel_.Write(r::head_start::kOffset, r::head_start::Qos::Set(r::head_start::kReset, 0));
  const Waits waits = Measure();
  EXPECT_NEAR(waits.high / waits.low, 1.0, 0.1);
}

}  // namespace
}  // namespace tarn::channel
