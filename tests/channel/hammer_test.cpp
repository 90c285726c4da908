// Row hammer: however rows are activated, those beside them are activated themselves before they were disturbed too
// often.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "models/common/random.h"
#include "tb/channel/bus_monitor.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"
#include "tests/channel/random_traffic.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

constexpr std::uint32_t kThreshold = 50;
// Activates from the one that is too many until its neighbours are activated.
constexpr std::uint32_t kSlack = 40;

// How often the rows beside each row were activated since it was itself; refreshes do not count.
class Disturbances {
 public:
  void Command(const DfiCommand& command) {
    if (command.op != DfiOp::kActivate) return;
    const auto bank = std::pair(command.bank_group, command.bank);
    rows_[{bank, command.addr}] = 0;
    for (const std::uint32_t row : {command.addr - 1, command.addr + 1}) {
      worst_ = std::max(worst_, ++rows_[{bank, row}]);
    }
  }
  std::uint32_t worst() const { return worst_; }

 private:
  std::map<std::pair<std::pair<unsigned, unsigned>, std::uint32_t>, std::uint32_t> rows_;
  std::uint32_t worst_ = 0;
};

class Hammer : public testing::Test {
 protected:
  Hammer()
      : channel_("ddr4_2400_17", {.seed = tb::GetTestOptions().seed}),
        monitor_(channel_, [this](std::uint64_t, const DfiCommand& command) { disturbances_.Command(command); }),
        source_(tb::StreamPorts<SlotRequest>(channel_.dut().slot_req_i[2], channel_.dut().slot_req_valid_i[2],
                                             channel_.dut().slot_req_ready_o[2]),
                0),
        sink_("answers",
              tb::StreamPorts<SlotResponse>(channel_.dut().slot_rsp_o, channel_.dut().slot_rsp_valid_o,
                                            channel_.dut().slot_rsp_ready_i),
              0, 0, channel_.failures(), [this](const SlotResponse&, std::uint64_t) { ++answers_; }) {
    channel_.simulation().Add(monitor_);
    channel_.simulation().Add(source_);
    channel_.simulation().Add(sink_);
  }
  void Start(std::uint32_t threshold, std::uint32_t window_cycles = 10'000'000, std::uint32_t radius = 1) {
    channel_.Override(r::hammer::kOffset, ~0u,
                      r::hammer::Radius::Set(r::hammer::Threshold::Set(r::hammer::kReset, threshold), radius));
    channel_.Override(r::hammer_window::kOffset, ~0u, window_cycles);
    channel_.PowerUp();
  }
  // One after the other, so that each activates its row.
  void ReadInTurn(const std::vector<std::uint64_t>& lines, int times) {
    for (int i = 0; i < times; ++i) {
      for (const std::uint64_t line : lines) {
        source_.Push({.op = Op::kRead, .line = line, .mask = ~std::uint64_t{0}});
        ++requests_;
        if (!channel_.simulation().RunUntil([&] { return answers_ == requests_; }, 10'000, "an answer")) return;
      }
    }
  }
  void ExpectNoFailure() {
    channel_.FinishChecks();
    EXPECT_EQ(channel_.failures().Text(), "") << tb::ReplayCommand();
  }

  TestedChannel channel_;
  Disturbances disturbances_;
  BusMonitor<TestedChannel> monitor_;
  tb::StreamSource<SlotRequest> source_;
  std::uint64_t requests_ = 0, answers_ = 0;
  tb::StreamSink<SlotResponse> sink_;
};

// row | bank | bank group | column
std::uint64_t LineOfRow(std::uint64_t row) { return row << 11; }

TEST_F(Hammer, ARowBetweenTwoThatAreHammeredIsActivatedInTime) {
  Start(kThreshold);
  ReadInTurn({LineOfRow(10), LineOfRow(12)}, 600);
  EXPECT_LE(disturbances_.worst(), 2 * kThreshold + kSlack);
  EXPECT_GE(channel_.Counter(r::hammer_refreshes::kOffset), 2 * 2 * 600 / kThreshold);
  EXPECT_FALSE(r::irq_pending::HammerUntracked::Get(channel_.Read(r::irq_pending::kOffset).rdata));
  ExpectNoFailure();
}

TEST_F(Hammer, WithoutAThresholdItIsNot) {
  Start(0);
  ReadInTurn({LineOfRow(10), LineOfRow(12)}, 600);
  EXPECT_GE(disturbances_.worst(), 1'100u);
  EXPECT_EQ(channel_.Counter(r::hammer_refreshes::kOffset), 0u);
}

TEST_F(Hammer, TwoRowsToEachSideWhereThatIsAskedFor) {
  Start(kThreshold, 10'000'000, 2);
  ReadInTurn({LineOfRow(0), LineOfRow(100)}, 300);
  // Below row 0 is none.
  EXPECT_GE(channel_.Counter(r::hammer_refreshes::kOffset), (2 + 4) * (300 / kThreshold - 1));
  ExpectNoFailure();
}

// Wherever the mapping puts a line, and whatever rows are hashed into the banks.
TEST_F(Hammer, TheNeighboursAreFoundThroughAnyMapping) {
  Random random(tb::GetTestOptions().seed);
  AddressMap map{.bank_group_low = static_cast<unsigned>(random.Below(20)),
                 .bank_low = static_cast<unsigned>(random.Below(20)),
                 .column_low = static_cast<unsigned>(random.Below(15))};
  for (std::uint32_t& rows : map.hash_rows) rows = static_cast<std::uint32_t>(random.Below(1u << 16));
  channel_.SetMap(map);
  Start(kThreshold);
  const std::uint64_t first = random.Below(std::uint64_t{1} << 27);
  const Place place = channel_.map().PlaceOf(first);
  std::uint64_t second = first;
  for (Place other = place;
       other.row == place.row || other.bank != place.bank || other.bank_group != place.bank_group;) {
    second = random.Below(std::uint64_t{1} << 27);
    other = channel_.map().PlaceOf(second);
  }
  ReadInTurn({first, second}, 400);
  EXPECT_LE(disturbances_.worst(), 2 * kThreshold + kSlack);
  EXPECT_GE(channel_.Counter(r::hammer_refreshes::kOffset), 2 * 2 * (400 / kThreshold - 1));
  ExpectNoFailure();
}

TEST_F(Hammer, MoreRowsThanTheTableHasAreToldOf) {
  Start(8);
  std::vector<std::uint64_t> lines;
  for (std::uint64_t row = 0; row < 100; row += 3) lines.push_back(LineOfRow(row));
  ReadInTurn(lines, 30);
  EXPECT_TRUE(r::irq_pending::HammerUntracked::Get(channel_.Read(r::irq_pending::kOffset).rdata));
  ExpectNoFailure();
}

// Rows that are activated less often than the threshold in a window are left alone.
TEST_F(Hammer, CountsBeginAnewWithEachWindow) {
  Start(kThreshold, 1'000);
  ReadInTurn({LineOfRow(10), LineOfRow(12)}, 300);
  EXPECT_EQ(channel_.Counter(r::hammer_refreshes::kOffset), 0u);
  ExpectNoFailure();
}

// Among all other traffic, with every byte checked.
TEST(HammerRandom, RowsAreActivatedForOthersBesideAnyTraffic) {
  TestedChannel channel("ddr4_2400_17", {.seed = tb::GetTestOptions().seed});
  Disturbances disturbances;
  BusMonitor monitor(channel, [&](std::uint64_t, const DfiCommand& command) { disturbances.Command(command); });
  RandomTraffic traffic(channel,
                        {.seed = tb::GetTestOptions().seed, .stall_percent = 10, .sequential_percent = 0, .rows = 6});
  channel.simulation().Add(monitor);
  channel.Override(r::hammer::kOffset, ~0u, r::hammer::Threshold::Set(r::hammer::kReset, kThreshold));
  channel.PowerUp();
  traffic.Run(10'000);
  channel.checker().Finish(channel.simulation().cycle());
  EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
  EXPECT_GT(channel.Counter(r::hammer_refreshes::kOffset), 20u);
  EXPECT_LE(disturbances.worst(), 2 * kThreshold + kSlack);
}

}  // namespace
}  // namespace tarn::channel
