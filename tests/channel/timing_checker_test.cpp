// Each rule of the timing checker: a legal sequence of commands passes, the same shaved by one clock is caught by that
// rule first (what follows from it may be reported after).
#include "tb/channel/timing_checker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "models/channel/preset_file.h"

namespace tarn::tb {
namespace {

constexpr unsigned kOtherGroup = 1, kOtherBank = 1;

// A channel's pins, driven by hand: commands at chosen clocks, the data where it belongs.
class Pins {
 public:
  // change: of the rules, where a preset's do not tell two of them apart.
  using Change = void (*)(TimingRules& rules);
  explicit Pins(const char* preset = "ddr4_2400_17", Change change = nullptr)
      : rules_(Load(preset, change)),
        checker_(rules_, [this](const auto& violation) { seen_.push_back(violation.rule); }) {}

  const TimingRules& rules() const { return rules_; }
  const std::vector<TimingRule>& seen() const { return seen_; }
  std::uint64_t now() const { return now_; }

  // shave: clocks by which the power-up step of that name is too short.
  void PowerUp(const std::string& shave = "") {
    const auto wait = [&](const char* step, std::uint64_t clocks) { Advance(clocks - (shave == step ? 1 : 0)); };
    checker_.Control(now_, false, false);
    wait("reset", rules_.reset);
    checker_.Control(now_, true, false);
    wait("cke", rules_.cke);
    checker_.Control(now_, true, true);
    wait("xpr", rules_.xs);
    // MR0 last.
    for (auto mode = rules_.modes_needed.rbegin(); mode != rules_.modes_needed.rend(); ++mode) {
      const unsigned number = *mode;
      Send({.op = DfiOp::kModeRegister, .addr = number << 16 | (number == 0 ? 0x100u : 0u)});
      if (number != rules_.modes_needed.front())
        wait(number == rules_.modes_needed.back() ? "mrd" : "other", rules_.mrd);
    }
    wait("mod", rules_.mod);
    Send({.op = DfiOp::kZqLong});
    wait("zq", rules_.zq_init);
  }

  void Advance(std::uint64_t clocks) {
    for (std::uint64_t i = 0; i < clocks; ++i) {
      ++now_;
      for (const std::uint64_t start : reads_) {
        if (now_ >= start && now_ < start + rules_.burst) checker_.ReadBeat(now_);
      }
      for (const std::uint64_t start : writes_) {
        if (now_ >= start && now_ < start + rules_.burst) checker_.WriteBeat(now_);
      }
    }
  }
  void Send(const DfiCommand& command) {
    checker_.Command(now_, command);
    if (command.op == DfiOp::kRead) reads_.push_back(now_ + rules_.cl + read_late);
    if (command.op == DfiOp::kWrite) writes_.push_back(now_ + rules_.cwl + write_late);
  }
  void Activate(unsigned group = 0, unsigned bank = 0) { Send(Make(DfiOp::kActivate, group, bank)); }
  void Read(unsigned group = 0, unsigned bank = 0) { Send(Make(DfiOp::kRead, group, bank)); }
  void Write(unsigned group = 0, unsigned bank = 0) { Send(Make(DfiOp::kWrite, group, bank)); }
  void Precharge(unsigned group = 0, unsigned bank = 0) { Send(Make(DfiOp::kPrecharge, group, bank)); }
  void RefreshBank(unsigned group = 0, unsigned bank = 0) { Send(Make(DfiOp::kRefreshBank, group, bank)); }
  void Op(DfiOp op) { Send(Make(op, 0, 0)); }
  void Cke(bool high) { checker_.Control(now_, true, high); }
  void Finish() {
    Advance(100);
    checker_.Finish(now_);
  }

  std::uint64_t read_late = 0, write_late = 0;  // clocks by which data comes too late

 private:
  static TimingRules Load(const char* preset, Change change) {
    Result<TimingRules> rules = LoadTimingRules(channel::PresetFile(preset));
    EXPECT_TRUE(rules.ok());
    if (change != nullptr) change(*rules);
    return *rules;
  }
  static DfiCommand Make(DfiOp op, unsigned group, unsigned bank) {
    return {.op = op, .bank_group = static_cast<std::uint8_t>(group), .bank = static_cast<std::uint8_t>(bank)};
  }

  TimingRules rules_;
  std::vector<TimingRule> seen_;
  TimingChecker checker_;
  std::vector<std::uint64_t> reads_, writes_;
  std::uint64_t now_ = 0;
};

// A sequence after power-up; `shave` is 1 to break the rule by one clock.
struct Case {
  const char* name;
  TimingRule rule;
  std::function<void(Pins&, std::uint64_t shave)> run;
  const char* preset = "ddr4_2400_17";
  Pins::Change change = nullptr;
};

std::uint64_t WriteEnd(const Pins& pins) { return pins.rules().cwl + pins.rules().burst; }

const std::vector<Case>& Cases() {
  static const std::vector<Case> kCases = {
      {"Rcd", TimingRule::kRcd,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rcd - shave);
         p.Read();
       }},
      {"Rp", TimingRule::kRp,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rc);  // tRAS and tRC are long over
         p.Precharge();
         p.Advance(p.rules().rp - shave);
         p.Activate();
       }},
      {"Ras", TimingRule::kRas,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().ras - shave);
         p.Precharge();
       }},
      {"CcdS", TimingRule::kCcdS,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rrd_s);
         p.Activate(kOtherGroup);
         p.Advance(p.rules().rcd);
         p.Write();
         p.Advance(p.rules().ccd_s - shave);
         p.Write(kOtherGroup);
       }},
      {"CcdL", TimingRule::kCcdL,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rcd);
         p.Read();
         p.Advance(p.rules().ccd_l - shave);
         p.Read();
       }},
      {"RrdS", TimingRule::kRrdS,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rrd_s - shave);
         p.Activate(kOtherGroup);
       }},
      {"RrdL", TimingRule::kRrdL,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rrd_l - shave);
         p.Activate(0, kOtherBank);
       }},
      {"Faw", TimingRule::kFaw,
       [](Pins& p, std::uint64_t shave) {
         for (unsigned group = 0; group < 4; ++group) {
           p.Activate(group);
           if (group != 3) p.Advance(p.rules().rrd_s);
         }
         p.Advance(p.rules().faw - 3 * p.rules().rrd_s - shave);
         p.Activate(0, kOtherBank);
       }},
      {"WtrS", TimingRule::kWtrS,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rrd_s);
         p.Activate(kOtherGroup);
         p.Advance(p.rules().rcd);
         p.Write();
         p.Advance(WriteEnd(p) + p.rules().wtr_s - shave);
         p.Read(kOtherGroup);
       }},
      {"WtrL", TimingRule::kWtrL,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rcd);
         p.Write();
         p.Advance(WriteEnd(p) + p.rules().wtr_l - shave);
         p.Read();
       }},
      {"Wr", TimingRule::kWr,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rcd);
         p.Write();
         p.Advance(WriteEnd(p) + p.rules().wr - shave);
         p.Precharge();
       }},
      {"Rtp", TimingRule::kRtp,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().ras);
         p.Read();
         p.Advance(p.rules().rtp - shave);
         p.Precharge();
       }},
      {"ReadToWrite", TimingRule::kRtw,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rcd);
         p.Read();
         p.Advance(p.rules().cl + p.rules().burst + p.rules().rtw_gap - p.rules().cwl - shave);
         p.Write();
       }},
      {"Rfc", TimingRule::kRfc,
       [](Pins& p, std::uint64_t shave) {
         p.Op(DfiOp::kRefresh);
         p.Advance(p.rules().rfc - shave);
         p.Activate();
       }},
      {"RefiPostponed", TimingRule::kRefi,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();  // counting starts here
         p.Advance((p.rules().postponed_max + 1) * p.rules().refi - 1 - p.rules().rp + shave);
         p.Precharge();
         p.Advance(p.rules().rp);
         p.Op(DfiOp::kRefresh);
       }},
      {"ZqShort", TimingRule::kZqShort,
       [](Pins& p, std::uint64_t shave) {
         p.Op(DfiOp::kZqShort);
         p.Advance(p.rules().zq_short - shave);
         p.Activate();
       }},
      {"ZqShortNeedsClosedRows", TimingRule::kBankOpen,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rc);
         if (shave == 0) p.Precharge();
         p.Advance(p.rules().rp);
         p.Op(DfiOp::kZqShort);
       }},
      {"ZqShortWhereThereIsNone", TimingRule::kUnknownCommand,
       [](Pins& p, std::uint64_t shave) {
         if (shave != 0) p.Op(DfiOp::kZqShort);
         p.Advance(p.rules().rc);
         p.Activate();
       },
       "lpddr4_3200_28"},
      {"RfcBankToActivate", TimingRule::kRfcBank,
       [](Pins& p, std::uint64_t shave) {
         p.RefreshBank();
         p.Advance(p.rules().rfc_bank - shave);
         p.Activate();
       },
       "lpddr4_3200_28"},
      {"RfcBankToTheNext", TimingRule::kRfcBank,
       [](Pins& p, std::uint64_t shave) {
         p.RefreshBank();
         p.Advance(p.rules().rfc_bank - shave);
         p.RefreshBank(0, 1);
       },
       "ddr5_4800_36"},
      {"RfcBankToPrechargeAll", TimingRule::kRfcBank,
       [](Pins& p, std::uint64_t shave) {
         p.RefreshBank();
         p.Advance(p.rules().rfc_bank - shave);
         p.Op(DfiOp::kPrechargeAll);
       },
       "lpddr4_3200_28"},
      {"BankToActivate", TimingRule::kBankToAct,
       [](Pins& p, std::uint64_t shave) {
         p.RefreshBank();
         p.Advance(p.rules().bank_to_activate - shave);
         p.Activate(0, 1);
       },
       "ddr5_4800_36"},
      {"RefreshOfABankCountsAsAnActivate", TimingRule::kFaw,
       [](Pins& p, std::uint64_t shave) {
         for (unsigned group = 0; group < 3; ++group) {
           p.Activate(group);
           p.Advance(p.rules().rrd_s);
         }
         p.RefreshBank(3);
         p.Advance(p.rules().faw - 3 * p.rules().rrd_s - shave);
         p.Activate(0, 1);
       },
       "lpddr4_3200_28", [](TimingRules& rules) { rules.faw += 10; }},
      {"RefreshOfABankAfterItsActivate", TimingRule::kRc,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().ras);
         p.Precharge();
         p.Advance(p.rules().rc - p.rules().ras - shave);
         p.RefreshBank();
       },
       "lpddr4_3200_28", [](TimingRules& rules) { rules.rc += 10; }},
      {"RefreshOfABankAfterAnActivateOfAnother", TimingRule::kRrdL,
       [](Pins& p, std::uint64_t shave) {
         p.Activate(0, 1);
         p.Advance(p.rules().rrd_l - shave);
         p.RefreshBank();
       },
       "ddr5_4800_36"},
      {"RefreshOfABankNeedsItClosed", TimingRule::kBankOpen,
       [](Pins& p, std::uint64_t shave) {
         p.Activate(2, shave == 0 ? 1 : 0);  // of another group: it goes with it
         p.Advance(p.rules().rc);
         p.RefreshBank();
       },
       "ddr5_4800_36"},
      {"EachBankOnceARound", TimingRule::kRefreshRound,
       [](Pins& p, std::uint64_t shave) {
         for (unsigned bank : {0, 1, 2, shave == 0 ? 3 : 1}) {
           p.RefreshBank(0, bank);
           p.Advance(p.rules().rfc_bank);
         }
         if (shave == 0) p.RefreshBank(0, 1);
       },
       "ddr5_4800_36"},
      {"RefreshesOfBanksPostponed", TimingRule::kRefi,
       [](Pins& p, std::uint64_t shave) {
         p.RefreshBank();  // counting starts here
         p.Advance((p.rules().postponed_max * p.rules().bank_refreshes + 2) * p.rules().refi_bank - 1 + shave);
         p.RefreshBank(1);
       },
       "lpddr4_3200_28"},
      {"RefreshOfABankWhereThereIsNone", TimingRule::kUnknownCommand,
       [](Pins& p, std::uint64_t shave) {
         if (shave != 0) p.RefreshBank();
         p.Advance(p.rules().rc);
         p.Activate();
       }},
      {"RefreshPulledIn", TimingRule::kRefreshPulledIn,
       [](Pins& p, std::uint64_t shave) {
         for (std::uint64_t i = 0; i < p.rules().postponed_max + 1 + shave; ++i) {
           p.Op(DfiOp::kRefresh);
           p.Advance(p.rules().rfc);
         }
         p.Activate();
       }},
      {"ReadDataPlace", TimingRule::kCl,
       [](Pins& p, std::uint64_t shave) {
         p.read_late = shave;
         p.Activate();
         p.Advance(p.rules().rcd);
         p.Read();
       }},
      {"WriteDataPlace", TimingRule::kCwl,
       [](Pins& p, std::uint64_t shave) {
         p.write_late = shave;
         p.Activate();
         p.Advance(p.rules().rcd);
         p.Write();
       }},
      {"BankMustBeOpen", TimingRule::kBankClosed,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rcd);
         p.Read(shave != 0 ? kOtherGroup : 0);
       }},
      {"BankMustBeClosed", TimingRule::kBankOpen,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rc);
         if (shave == 0) p.Precharge();
         p.Advance(p.rules().rp);
         p.Activate();
       }},
      {"RefreshNeedsClosedRows", TimingRule::kBankOpen,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().ras);
         if (shave == 0) p.Op(DfiOp::kPrechargeAll);
         p.Advance(p.rules().rp);
         p.Op(DfiOp::kRefresh);
       }},
      {"PrechargeBeforeRefresh", TimingRule::kRp,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().ras);
         p.Op(DfiOp::kPrechargeAll);
         p.Advance(p.rules().rp - shave);
         p.Op(DfiOp::kRefresh);
       }},
      {"SelfRefreshWake", TimingRule::kXs,
       [](Pins& p, std::uint64_t shave) {
         p.Cke(false);
         p.Op(DfiOp::kSelfRefreshEntry);
         p.Advance(100);
         p.Cke(true);
         p.Advance(1);
         p.Op(DfiOp::kSelfRefreshExit);
         p.Advance(p.rules().xs - shave);
         p.Activate();
       }},
      {"DllLockAfterSelfRefresh", TimingRule::kDllk,
       [](Pins& p, std::uint64_t shave) {
         p.Cke(false);
         p.Op(DfiOp::kSelfRefreshEntry);
         p.Advance(100);
         p.Cke(true);
         p.Advance(1);
         p.Op(DfiOp::kSelfRefreshExit);
         p.Advance(p.rules().xs);
         p.Activate();
         p.Advance(p.rules().dllk - p.rules().xs - shave);
         p.Read();
       }},
      {"NoCommandInSelfRefresh", TimingRule::kSelfRefresh,
       [](Pins& p, std::uint64_t shave) {
         p.Cke(false);
         p.Op(DfiOp::kSelfRefreshEntry);
         p.Advance(100);
         if (shave != 0) p.Op(DfiOp::kZqShort);
         p.Cke(true);
         p.Advance(1);
         p.Op(DfiOp::kSelfRefreshExit);
       }},
      {"UnknownCommand", TimingRule::kUnknownCommand,
       [](Pins& p, std::uint64_t shave) { p.Op(shave != 0 ? DfiOp::kSend : DfiOp::kZqShort); }},
      // What DDR4 does not tell apart.
      {"CcdLOfWrites", TimingRule::kCcdL,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rcd);
         p.Write();
         p.Advance(p.rules().ccd_l_wr - shave);
         p.Write();
       },
       "ddr5_4800_36"},
      {"RpOfAllBanks", TimingRule::kRp,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rc);
         p.Op(DfiOp::kPrechargeAll);
         p.Advance(p.rules().rp_all - shave);
         p.Activate();
       },
       "lpddr4_3200_28"},
      {"RpOfAllBanksBeforeRefresh", TimingRule::kRp,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rc);
         p.Op(DfiOp::kPrechargeAll);
         p.Advance(p.rules().rp_all - shave);
         p.Op(DfiOp::kRefresh);
       },
       "lpddr4_3200_28"},
      {"Ppd", TimingRule::kPpd,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rrd_s);
         p.Activate(kOtherGroup);
         p.Advance(p.rules().ras);
         p.Precharge();
         p.Advance(p.rules().ppd - shave);
         p.Precharge(kOtherGroup);
       },
       "lpddr4_3200_28"},
      {"CommandPinsForAnActivate", TimingRule::kCommandBus,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rc);
         p.Precharge();
         p.Advance(p.rules().activate_clocks - shave);
         p.Activate(kOtherGroup);
       },
       "lpddr4_3200_28"},
      {"CommandPinsForAWrite", TimingRule::kCommandBus,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rcd);
         p.Activate(kOtherGroup);
         p.Advance(p.rules().column_clocks - shave);
         p.Write();
       },
       "ddr5_4800_36"},
      {"CommandPinsForAPrecharge", TimingRule::kCommandBus,
       [](Pins& p, std::uint64_t shave) {
         p.Activate();
         p.Advance(p.rules().rc);
         p.Activate(kOtherGroup);
         p.Advance(p.rules().precharge_clocks - shave);
         p.Precharge();
       },
       "lpddr4_3200_28"},
  };
  return kCases;
}

class TimingCheckerRule : public testing::TestWithParam<Case> {};

TEST_P(TimingCheckerRule, HoldsExactlyAtItsBound) {
  Pins pins(GetParam().preset, GetParam().change);
  pins.PowerUp();
  GetParam().run(pins, 0);
  pins.Finish();
  for (const TimingRule rule : pins.seen()) ADD_FAILURE() << Name(rule);
}

TEST_P(TimingCheckerRule, IsFoundBrokenByOneClock) {
  Pins pins(GetParam().preset, GetParam().change);
  pins.PowerUp();
  GetParam().run(pins, 1);
  pins.Finish();
  ASSERT_FALSE(pins.seen().empty());
  EXPECT_EQ(pins.seen().front(), GetParam().rule) << Name(pins.seen().front());
}

INSTANTIATE_TEST_SUITE_P(All, TimingCheckerRule, testing::ValuesIn(Cases()),
                         [](const auto& test) { return std::string(test.param.name); });

// tRC binds only where tRAS + tRP is shorter; the preset has them equal, so rules of our own are needed.
TEST(TimingChecker, FindsRcBroken) {
  TimingRules rules = *LoadTimingRules(channel::PresetFile("ddr4_2400_17"));
  rules.rc += 1;
  std::vector<TimingRule> seen;
  TimingChecker checker(rules, [&](const auto& violation) { seen.push_back(violation.rule); });
  std::uint64_t clock = 1;
  checker.Control(clock, false, false);
  checker.Control(clock += rules.reset, true, false);
  checker.Control(clock += rules.cke, true, true);
  clock += rules.xs;
  for (const unsigned number : {3u, 6u, 5u, 4u, 2u, 1u, 0u}) {
    checker.Command(clock, {.op = DfiOp::kModeRegister, .addr = number << 16});
    clock += rules.mod;
  }
  checker.Command(clock, {.op = DfiOp::kZqLong});
  checker.Command(clock += rules.zq_init, {.op = DfiOp::kActivate});
  checker.Command(clock += rules.ras, {.op = DfiOp::kPrecharge});
  checker.Command(clock += rules.rp, {.op = DfiOp::kActivate});
  EXPECT_EQ(seen, std::vector<TimingRule>{TimingRule::kRc});
}

// Read and write data in the same clock.
TEST(TimingChecker, FindsTwoDriversOfTheDataBus) {
  Pins pins;
  pins.PowerUp();
  pins.Activate();
  pins.Advance(pins.rules().rcd);
  pins.Read();
  pins.Advance(pins.rules().cl - pins.rules().cwl);
  pins.Write();
  pins.Finish();
  EXPECT_NE(std::find(pins.seen().begin(), pins.seen().end(), TimingRule::kDataBus), pins.seen().end());
}

struct PowerUpCase {
  const char* step;
  TimingRule rule;
};

class TimingCheckerPowerUp : public testing::TestWithParam<PowerUpCase> {};

TEST_P(TimingCheckerPowerUp, IsFoundShortByOneClock) {
  Pins pins;
  pins.PowerUp(GetParam().step);
  pins.Activate();
  EXPECT_EQ(pins.seen(), std::vector<TimingRule>{GetParam().rule});
}

INSTANTIATE_TEST_SUITE_P(All, TimingCheckerPowerUp,
                         testing::Values(PowerUpCase{"reset", TimingRule::kReset}, PowerUpCase{"cke", TimingRule::kCke},
                                         PowerUpCase{"xpr", TimingRule::kXs}, PowerUpCase{"mrd", TimingRule::kMrd},
                                         PowerUpCase{"mod", TimingRule::kMod}, PowerUpCase{"zq", TimingRule::kZqInit}),
                         [](const auto& test) { return std::string(test.param.step); });

TEST(TimingChecker, FindsACommandBeforePowerUp) {
  Pins pins;
  pins.Activate();
  EXPECT_NE(std::find(pins.seen().begin(), pins.seen().end(), TimingRule::kPowerUpOrder), pins.seen().end());
}

TEST(TimingChecker, FailsWhenItSawNothing) {
  Pins pins;
  pins.Finish();
  EXPECT_FALSE(pins.seen().empty());
}

}  // namespace
}  // namespace tarn::tb
