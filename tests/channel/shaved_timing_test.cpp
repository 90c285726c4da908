// The controller told a timing that is one clock too short: the checker on its pins must say which rule is broken.
// (Its initialisation takes up to three cycles longer than tXPR and tZQinit demand, so those are shaved by four.)
#include <gtest/gtest.h>

#include "tb/common/test_options.h"
#include "tests/channel/random_traffic.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;
using tb::TimingRule;

struct Shaved {
  const char* name;
  std::uint32_t offset;
  std::uint32_t mask;  // of the field
  TimingRule rule;
  std::uint32_t clocks;
  const char* preset;
  RefreshOf refresh_of = RefreshOf::kAllBanks;
};

template <typename Field>
Shaved Of(const char* name, std::uint32_t offset, TimingRule rule, std::uint32_t clocks = 1,
          const char* preset = "ddr4_2400_17") {
  return {name, offset, Field::kMask, rule, clocks, preset};
}

class ChannelShaved : public testing::TestWithParam<Shaved> {};

TEST_P(ChannelShaved, IsCaughtByTheTimingChecker) {
  const Shaved& shaved = GetParam();
  TestedChannel channel(shaved.preset, {.seed = tb::GetTestOptions().seed});
  RandomTraffic traffic(channel, {.seed = tb::GetTestOptions().seed, .sequential_percent = 30, .columns = 4});
  if (shaved.refresh_of == RefreshOf::kBanksAlone) channel.RefreshBanksAlone();
  for (const RegisterWrite& write : TimingRegisters(channel.preset(), shaved.refresh_of)) {
    if (write.offset != shaved.offset) continue;
    const std::uint32_t lowest = shaved.mask & (~shaved.mask + 1);
    channel.Override(shaved.offset, shaved.mask, (write.value & shaved.mask) - shaved.clocks * lowest);
  }
  channel.PowerUp();
  traffic.Run(20000);
  ASSERT_TRUE(channel.failures().any());
  ASSERT_GT(channel.violations(), 0) << channel.failures().Text();
  EXPECT_EQ(channel.first_violation().rule, shaved.rule) << channel.first_violation().text;
}

// tRC is not among them: tRAS + tRP are as long in every preset here, so the counter for it never decides.
INSTANTIATE_TEST_SUITE_P(
    All, ChannelShaved,
    testing::Values(Of<r::timing_latency::Cwl>("Cwl", r::timing_latency::kOffset, TimingRule::kCwl),
                    Of<r::timing_bank::Rcd>("Rcd", r::timing_bank::kOffset, TimingRule::kRcd),
                    Of<r::timing_bank::Rp>("Rp", r::timing_bank::kOffset, TimingRule::kRp),
                    Of<r::timing_row::Ras>("Ras", r::timing_row::kOffset, TimingRule::kRas),
                    Of<r::timing_row::Faw>("Faw", r::timing_row::kOffset, TimingRule::kFaw),
                    Of<r::timing_row::Rtp>("Rtp", r::timing_row::kOffset, TimingRule::kRtp),
                    Of<r::timing_bank_group::CcdS>("CcdS", r::timing_bank_group::kOffset, TimingRule::kCcdS),
                    Of<r::timing_bank_group::CcdL>("CcdL", r::timing_bank_group::kOffset, TimingRule::kCcdL),
                    Of<r::timing_bank_group::RrdS>("RrdS", r::timing_bank_group::kOffset, TimingRule::kRrdS),
                    Of<r::timing_bank_group::RrdL>("RrdL", r::timing_bank_group::kOffset, TimingRule::kRrdL),
                    Of<r::timing_write::Wr>("Wr", r::timing_write::kOffset, TimingRule::kWr),
                    Of<r::timing_write::WtrS>("WtrS", r::timing_write::kOffset, TimingRule::kWtrS),
                    Of<r::timing_write::WtrL>("WtrL", r::timing_write::kOffset, TimingRule::kWtrL),
                    Of<r::timing_write::RtwGap>("RtwGap", r::timing_write::kOffset, TimingRule::kRtw),
                    Of<r::timing_refresh::Rfc>("Rfc", r::timing_refresh::kOffset, TimingRule::kRfc),
                    Of<r::timing_wake::Xs>("Xs", r::timing_wake::kOffset, TimingRule::kXs, 4 * TestedChannel::kClocks),
                    Of<r::timing_mode::Mrd>("Mrd", r::timing_mode::kOffset, TimingRule::kMrd),
                    Of<r::timing_mode::Mod>("Mod", r::timing_mode::kOffset, TimingRule::kMod),
                    Of<r::timing_mode::ZqInit>("ZqInit", r::timing_mode::kOffset, TimingRule::kZqInit,
                                               4 * TestedChannel::kClocks)),
    [](const auto& test) { return std::string(test.param.name); });

// What DDR4 does not tell apart.
INSTANTIATE_TEST_SUITE_P(
    OtherStandards, ChannelShaved,
    testing::Values(Of<r::timing_bank::CcdLWr>("CcdLWr", r::timing_bank::kOffset, TimingRule::kCcdL, 1, "ddr5_4800_36"),
                    Of<r::timing_bank::RpAll>("RpAll", r::timing_bank::kOffset, TimingRule::kRp, 1, "lpddr4_3200_28"),
                    Of<r::timing_command::Ppd>("Ppd", r::timing_command::kOffset, TimingRule::kPpd, 1,
                                               "lpddr4_3200_28"),
                    Of<r::timing_command::Activate>("ActivateClocks", r::timing_command::kOffset,
                                                    TimingRule::kCommandBus, 1, "lpddr4_3200_28"),
                    Of<r::timing_command::Column>("ColumnClocks", r::timing_command::kOffset, TimingRule::kCommandBus,
                                                  1, "ddr5_4800_36"),
                    Of<r::timing_command::Precharge>("PrechargeClocks", r::timing_command::kOffset,
                                                     TimingRule::kCommandBus, 1, "lpddr4_3200_28")),
    [](const auto& test) { return std::string(test.param.name); });

INSTANTIATE_TEST_SUITE_P(BanksRefreshedAlone, ChannelShaved,
                         testing::Values(Shaved{"RfcBank", r::timing_bank_refresh::kOffset, 0xFFFF,
                                                TimingRule::kRfcBank, 1, "lpddr4_3200_28", RefreshOf::kBanksAlone},
                                         Shaved{"BankToActivate", r::timing_bank_refresh::kOffset + 4, 0xFF,
                                                TimingRule::kBankToAct, 1, "ddr5_4800_36", RefreshOf::kBanksAlone}),
                         [](const auto& test) { return std::string(test.param.name); });

// Postponed by the longest interval that the register holds, seven times too long.
TEST(ChannelShavedRefresh, IsCaughtByTheTimingChecker) {
  TestedChannel channel("ddr4_2400_17", {.seed = tb::GetTestOptions().seed});
  RandomTraffic traffic(channel, {.seed = tb::GetTestOptions().seed});
  channel.Override(r::timing_refresh::kOffset, r::timing_refresh::Refi::kMask, r::timing_refresh::Refi::kMask);
  channel.PowerUp();
  traffic.Run(100000);
  ASSERT_GT(channel.violations(), 0);
  EXPECT_EQ(channel.first_violation().rule, TimingRule::kRefi) << channel.first_violation().text;
}

}  // namespace
}  // namespace tarn::channel
