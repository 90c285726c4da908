// Judges every command and every clock of data on a channel's pins by the module's standard, from a preset's values
// alone. It shares no code with the controller or the golden module: only the encoding of the pins. It works when
// something happens, so that it can stay in every run.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "models/channel/dfi_protocol.h"
#include "tb/channel/timing_rules.h"

namespace tarn::tb {

// The rules, by the names that reports use.
enum class TimingRule {
  kRcd,
  kRp,
  kRas,
  kRc,
  kCcdS,
  kCcdL,
  kRrdS,
  kRrdL,
  kFaw,
  kWtrS,
  kWtrL,
  kWr,
  kRtp,
  kRtw,
  kRfc,
  kRefi,
  kRefreshPulledIn,
  kRfcBank,
  kBankToAct,
  kRefreshRound,
  kCl,
  kCwl,
  kDataBus,
  kBankClosed,
  kBankOpen,
  kReset,
  kCke,
  kXs,
  kDllk,
  kMrd,
  kMod,
  kZqInit,
  kZqShort,
  kPpd,
  kCommandBus,
  kPowerUpOrder,
  kSelfRefresh,
  kUnknownCommand,
  kCount
};
const char* Name(TimingRule rule);

class TimingChecker {
 public:
  struct Violation {
    TimingRule rule;
    std::uint64_t clock;
    std::string text;  // one line
  };
  using OnViolation = std::function<void(const Violation&)>;

  TimingChecker(const TimingRules& rules, OnViolation on_violation);

  // In the order of time; within a clock, data and levels before the command.
  void Control(std::uint64_t clock, bool reset_n, bool cke);
  void Command(std::uint64_t clock, const DfiCommand& command);
  void WriteBeat(std::uint64_t clock);  // the controller drives write data in this clock
  void ReadBeat(std::uint64_t clock);   // the module drives read data in it
  // At the end: refreshes that never came, data that never came.
  void Finish(std::uint64_t clock);

  std::uint64_t violations() const { return violations_; }
  std::uint64_t commands() const { return commands_; }
  std::uint64_t Count(DfiOp op) const { return counts_[static_cast<std::size_t>(op)]; }

 private:
  static constexpr std::int64_t kNever = -(std::int64_t{1} << 40);

  struct Bank {
    bool open = false;
    std::int64_t activated = kNever, precharged = kNever, read = kNever, written = kNever, refreshed = kNever;
    bool in_round = false;  // refreshed in the present one
  };
  struct Group {
    std::int64_t activated = kNever, read = kNever, written = kNever;
  };
  struct Burst {
    std::uint64_t start;
    unsigned seen = 0;
  };

  void Activate(std::int64_t now, Bank& bank, Group& group);
  void Column(std::int64_t now, bool write, Bank& bank, Group& group, bool auto_precharge);
  void Precharge(std::int64_t now, Bank& bank);
  void RefreshCommand(std::int64_t now);
  void RefreshBankCommand(std::int64_t now, const DfiCommand& command);
  void RefreshBank(std::int64_t now, Bank& bank);
  void CountActivate(std::int64_t now);
  void ModeRegister(std::int64_t now, const DfiCommand& command);
  void CheckCommandBus(std::int64_t now, DfiOp op);
  void CheckReadyForCommand(std::int64_t now, DfiOp op);
  void CheckAllClosed(std::int64_t now, const char* what);
  void CheckRefreshesOwed(std::int64_t now);
  void Beat(std::uint64_t clock, std::deque<Burst>& bursts, TimingRule rule);
  void DropPast(std::uint64_t clock, std::deque<Burst>& bursts, TimingRule rule);
  // now must be at least `clocks` after `since`.
  void AtLeast(TimingRule rule, std::int64_t now, std::int64_t since, std::uint64_t clocks, const char* between);
  void Report(TimingRule rule, std::int64_t now, const std::string& text);

  TimingRules rules_;
  OnViolation on_violation_;
  std::array<Bank, 64> banks_{};
  std::array<Group, 8> groups_{};
  Group rank_;
  std::array<std::int64_t, 4> last_activates_;  // the oldest at next_activate_
  unsigned next_activate_ = 0;
  std::deque<Burst> reads_, writes_;  // data that is due
  std::int64_t last_data_ = kNever;   // the latest clock in which somebody drove the bus
  std::int64_t last_precharge_ = kNever, last_precharge_all_ = kNever, refreshed_ = kNever;
  std::int64_t last_precharge_command_ = kNever, last_command_ = kNever;
  std::int64_t reset_low_ = 0, reset_high_ = kNever, cke_high_ = kNever;
  std::int64_t mode_set_ = kNever, dll_reset_ = kNever, calibrated_ = kNever, woken_ = kNever;
  std::int64_t calibrated_short_ = kNever;
  std::int64_t refresh_epoch_ = kNever;  // from when refreshes are counted
  std::uint64_t refreshes_ = 0;          // of all banks, or once banks are refreshed alone, those
  bool alone_ = false;
  std::uint64_t round_ = 0;               // refreshes of the present one
  std::int64_t bank_refreshed_ = kNever;  // some bank
  std::bitset<256> modes_set_;
  bool reset_n_ = false, cke_ = false, powered_up_ = false, asleep_ = false;
  bool served_ = false;  // powered up, and something but refreshes was seen
  std::uint64_t violations_ = 0, commands_ = 0;
  std::array<std::uint64_t, 16> counts_{};
};

}  // namespace tarn::tb
