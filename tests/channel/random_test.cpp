// Random traffic on all classes: every byte checked, no timing rule broken, no request waits too long.
#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "tb/common/test_options.h"
#include "tests/channel/fault_injector.h"
#include "tests/channel/random_traffic.h"

namespace tarn::channel {
namespace {

void RunRandom(const std::string& preset, TrafficOptions options, std::uint64_t requests,
               const std::optional<AddressMap>& map = std::nullopt, RefreshOf refresh_of = RefreshOf::kAllBanks) {
  options.seed += tb::GetTestOptions().seed;
  TestedChannel channel(preset, {.seed = options.seed, .wave_file = tb::GetTestOptions().wave_file});
  RandomTraffic traffic(channel, options);
  if (refresh_of == RefreshOf::kBanksAlone) channel.RefreshBanksAlone();
  if (map) channel.SetMap(*map);
  channel.PowerUp();
  traffic.Run(requests);
  channel.FinishChecks();
  EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
  EXPECT_GE(traffic.compared(), requests);
  std::cout << "compared " << traffic.compared() << " in " << channel.simulation().cycle() << " cycles, "
            << channel.checker().commands() << " commands, longest wait " << traffic.latency_cycles_max() << "\n";
}

// Wrong bits in the cells and on the bus, the scrubber between them: data is right all the same, and the log says what
// was wrong.
void RunWithWrongBits(const std::string& preset) {
  namespace r = channel_registers;
  const std::uint64_t seed = tb::GetTestOptions().seed;
  TestedChannel channel(preset, {.seed = seed, .wave_file = tb::GetTestOptions().wave_file});
  RandomTraffic traffic(channel, {.seed = seed, .stall_percent = 10, .partial_percent = 50});
  FaultInjector faults({.seed = seed, .read_percent = 2, .write_percent = 2});
  faults.Attach(channel.module());
  traffic.set_between([&] { faults.CompareLog(channel); }, 100 / TestedChannel::kClocks);
  channel.Override(r::scrub::kOffset, ~0u, 20 / TestedChannel::kClocks | r::scrub::OnError::kMask);
  channel.Override(r::scrub_last::kOffset, ~0u, 4u << 11);
  channel.PowerUp();
  traffic.Run(24000);
  channel.Write(r::scrub::kOffset, 0);
  channel.simulation().Run(2000);
  faults.CompareLog(channel);
  channel.FinishChecks();
  EXPECT_EQ(channel.failures().Text(), "") << tb::ReplayCommand();
  EXPECT_EQ(faults.missing(), 0);
  EXPECT_GE(faults.compared(), 500);
  EXPECT_EQ(channel.Counter(r::ecc_corrected::kOffset), faults.corrected());
  EXPECT_EQ(channel.Read(r::irq_pending::kOffset).rdata & r::irq_pending::EccOverflow::kMask, 0);
  std::cout << "logged " << faults.compared() << " errors in " << channel.simulation().cycle() << " cycles\n";
}

TEST(ChannelRandom, AnswersRightAndLogsEachWrongBit) { RunWithWrongBits("ddr4_2400_17"); }
TEST(ChannelRandom, AnswersRightAndLogsEachWrongBitOf32Pins) { RunWithWrongBits("ddr5_4800_36"); }

// What compares the log sees an entry too many, and one too few.
TEST(ChannelRandom, ALogThatIsWrongIsFound) {
  TestedChannel channel("ddr4_2400_17", {.seed = 1});
  RandomTraffic traffic(channel, {.write_percent = 0, .rows = 1, .columns = 1});
  channel.PowerUp();
  for (std::uint64_t line = 0; line < 4; ++line) channel.module().cells().Flip(line << 7, 1, 2);
  FaultInjector sees_nothing({}), sees_all({});
  sees_all.Attach(channel.module());
  traffic.Run(100);
  EXPECT_GE(sees_all.missing(), 4);
  EXPECT_FALSE(channel.failures().any());
  sees_nothing.CompareLog(channel);
  EXPECT_NE(channel.failures().Text().find("nothing was expected"), std::string::npos);
}

TEST(ChannelRandom, AnswersRightUnderAnyMixAtFullSpeed) { RunRandom("ddr4_2400_17", {}, 20000); }

TEST(ChannelRandom, AnswersRightWithBackPressureOnAllPorts) {
  RunRandom("ddr4_2400_17", {.pause_percent = 40, .stall_percent = 40}, 10000);
}

TEST(ChannelRandom, AnswersRightWhenFewLinesAreFoughtOver) {
  RunRandom("ddr4_2400_17",
            {.write_percent = 60, .partial_percent = 50, .sequential_percent = 0, .rows = 2, .columns = 1}, 10000);
}

TEST(ChannelRandom, AnswersRightWithTheFasterPreset) {
  RunRandom("ddr4_3200_22", {.write_percent = 30, .sequential_percent = 20, .rows = 64, .columns = 128}, 10000);
}

// Banks, rows and buses of every kind: none, some, and all of the time reads, writes and pages fight.
class ChannelRandomPreset : public testing::TestWithParam<const char*> {};

TEST_P(ChannelRandomPreset, AnswersRight) {
  RunRandom(GetParam(), {}, 10000);
  RunRandom(GetParam(),
            {.pause_percent = 30, .stall_percent = 30, .sequential_percent = 10, .rows = 64, .columns = 128}, 5000);
}

INSTANTIATE_TEST_SUITE_P(All, ChannelRandomPreset, testing::Values("ddr3_1600_11", "ddr5_4800_36", "lpddr4_3200_28"),
                         [](const auto& test) { return std::string(test.param); });

TEST(ChannelRandom, AnswersRightWhileBanksAreRefreshedAlone) {
  for (const char* preset : {"ddr5_4800_36", "lpddr4_3200_28"}) {
    RunRandom(preset, {}, 10000, std::nullopt, RefreshOf::kBanksAlone);
    RunRandom(preset, {.pause_percent = 60, .stall_percent = 30, .sequential_percent = 10, .rows = 64, .columns = 128},
              10000, std::nullopt, RefreshOf::kBanksAlone);
  }
}

// Fields anywhere in the lines of the module, any rows hashed into the banks.
TEST(ChannelRandom, AnswersRightWhereverTheMappingPutsALine) {
  Random random(tb::GetTestOptions().seed);
  static constexpr std::array kPresets = {"ddr4_2400_17", "ddr4_2400_17", "ddr5_4800_36", "lpddr4_3200_28",
                                          "ddr3_1600_11"};
  for (const char* preset : kPresets) {
    AddressMap map{.bank_group_low = static_cast<unsigned>(random.Below(26)),
                   .bank_low = static_cast<unsigned>(random.Below(24)),
                   .column_low = static_cast<unsigned>(random.Below(17))};
    for (std::uint32_t& rows : map.hash_rows) rows = static_cast<std::uint32_t>(random.Below(1u << 16));
    SCOPED_TRACE(std::string(preset) + ", bank group " + std::to_string(map.bank_group_low) + ", bank " +
                 std::to_string(map.bank_low) + ", column " + std::to_string(map.column_low));
    RunRandom(preset, {.rows = 64, .columns = 128}, 3000, map);
  }
}

}  // namespace
}  // namespace tarn::channel
