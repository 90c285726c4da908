#include "tb/channel/timing_checker.h"

#include <algorithm>

namespace tarn::tb {

const char* Name(TimingRule rule) {
  static constexpr std::array<const char*, static_cast<std::size_t>(TimingRule::kCount)> kNames = {
      "tRCD",
      "tRP",
      "tRAS",
      "tRC",
      "tCCD_S",
      "tCCD_L",
      "tRRD_S",
      "tRRD_L",
      "tFAW",
      "tWTR_S",
      "tWTR_L",
      "tWR",
      "tRTP",
      "read to write",
      "tRFC",
      "tREFI (postponed too far)",
      "tREFI (pulled in too far)",
      "tRFC of a bank",
      "refresh of a bank to an activate",
      "each bank once a round",
      "CL",
      "CWL",
      "one driver of the data bus",
      "bank must be open",
      "bank must be closed",
      "reset time",
      "clock enable time",
      "tXS/tXPR",
      "tDLLK",
      "tMRD",
      "tMOD",
      "tZQinit",
      "tZQCS",
      "tPPD",
      "command pins",
      "power-up order",
      "self-refresh",
      "command of the standard"};
  return kNames[static_cast<std::size_t>(rule)];
}

TimingChecker::TimingChecker(const TimingRules& rules, OnViolation on_violation)
    : rules_(rules), on_violation_(std::move(on_violation)) {
  last_activates_.fill(kNever);
}

void TimingChecker::Report(TimingRule rule, std::int64_t now, const std::string& text) {
  ++violations_;
  on_violation_(
      {.rule = rule,
       .clock = static_cast<std::uint64_t>(now),
       .text = "timing rule " + std::string(Name(rule)) + " broken in clock " + std::to_string(now) + ": " + text});
}

void TimingChecker::AtLeast(TimingRule rule, std::int64_t now, std::int64_t since, std::uint64_t clocks,
                            const char* between) {
  if (now - since >= static_cast<std::int64_t>(clocks)) return;
  Report(rule, now,
         std::string(between) + ", " + std::to_string(now - since) + " clocks, at least " + std::to_string(clocks));
}

void TimingChecker::Control(std::uint64_t clock, bool reset_n, bool cke) {
  const auto now = static_cast<std::int64_t>(clock);
  if (reset_n && !reset_n_) {
    AtLeast(TimingRule::kReset, now, reset_low_, rules_.reset, "reset held low");
    reset_high_ = now;
  }
  if (!reset_n && reset_n_) {
    // Everything begins anew.
    reset_low_ = now;
    powered_up_ = asleep_ = served_ = false;
    modes_set_.reset();
    calibrated_ = dll_reset_ = refresh_epoch_ = kNever;
    alone_ = false;
    for (Bank& bank : banks_) bank.open = false;
  }
  if (cke && !cke_) {
    if (!reset_n) Report(TimingRule::kPowerUpOrder, now, "clock enable rose during reset");
    if (!asleep_) AtLeast(TimingRule::kCke, now, reset_high_, rules_.cke, "from the end of reset to clock enable");
    cke_high_ = now;
  }
  reset_n_ = reset_n;
  cke_ = cke;
}

// A command of several clocks ends in the clock in which it is told; the pins must be free for all of them.
void TimingChecker::CheckCommandBus(std::int64_t now, DfiOp op) {
  std::uint64_t clocks = rules_.other_clocks;
  if (op == DfiOp::kActivate) clocks = rules_.activate_clocks;
  if (op == DfiOp::kRead || op == DfiOp::kWrite) clocks = rules_.column_clocks;
  if (op == DfiOp::kPrecharge || op == DfiOp::kPrechargeAll) clocks = rules_.precharge_clocks;
  AtLeast(TimingRule::kCommandBus, now, last_command_, clocks, "end of a command to the end of the next");
  last_command_ = now;
}

void TimingChecker::CheckReadyForCommand(std::int64_t now, DfiOp op) {
  AtLeast(TimingRule::kRfc, now, refreshed_, rules_.rfc, "refresh to the next command");
  if (asleep_) {
    if (op != DfiOp::kSelfRefreshExit) Report(TimingRule::kSelfRefresh, now, "a command during self-refresh");
    if (!cke_ || cke_high_ >= now) Report(TimingRule::kSelfRefresh, now, "exit without clock enable before it");
    return;
  }
  if (op == DfiOp::kSelfRefreshEntry) {
    if (cke_) Report(TimingRule::kSelfRefresh, now, "entry with clock enable high");
  } else if (!cke_) {
    Report(TimingRule::kPowerUpOrder, now, "a command without clock enable");
  }
  if (woken_ != kNever) AtLeast(TimingRule::kXs, now, woken_, rules_.xs, "self-refresh exit to a command");
  if (modes_set_.none()) AtLeast(TimingRule::kXs, now, cke_high_, rules_.xs, "clock enable to the first command");
  if (op != DfiOp::kModeRegister)
    AtLeast(TimingRule::kMod, now, mode_set_, rules_.mod, "mode register to another command");
  AtLeast(TimingRule::kZqInit, now, calibrated_, rules_.zq_init, "long calibration to the next command");
  AtLeast(TimingRule::kZqShort, now, calibrated_short_, rules_.zq_short, "short calibration to the next command");
  const bool initialises = op == DfiOp::kModeRegister || op == DfiOp::kZqLong ||
                           (op == DfiOp::kPrechargeAll && rules_.precharge_first && modes_set_.none());
  if (op == DfiOp::kModeRegister && rules_.precharge_first && last_precharge_all_ < cke_high_) {
    Report(TimingRule::kPowerUpOrder, now, "a mode register before all banks were precharged");
  }
  if (op != DfiOp::kRefresh && powered_up_ && !served_) {
    if (refreshes_ < rules_.refreshes_first) {
      Report(TimingRule::kPowerUpOrder, now,
             "after " + std::to_string(refreshes_) + " refreshes, at least " + std::to_string(rules_.refreshes_first));
    }
    served_ = true;
  }
  if (!initialises && !powered_up_) {
    const bool all_set = std::all_of(rules_.modes_needed.begin(), rules_.modes_needed.end(),
                                     [this](unsigned number) { return modes_set_[number]; });
    if (!all_set || (calibrated_ == kNever && rules_.zq_init != 0)) {
      Report(TimingRule::kPowerUpOrder, now, "before all mode registers were set and the module calibrated");
    }
    powered_up_ = true;
    refresh_epoch_ = now;
    refreshes_ = 0;
  }
}

void TimingChecker::Command(std::uint64_t clock, const DfiCommand& command) {
  const auto now = static_cast<std::int64_t>(clock);
  ++commands_;
  ++counts_[static_cast<std::size_t>(command.op)];
  DropPast(clock, reads_, TimingRule::kCl);
  DropPast(clock, writes_, TimingRule::kCwl);
  CheckCommandBus(now, command.op);
  CheckReadyForCommand(now, command.op);
  CheckRefreshesOwed(now);
  Group& group = groups_[command.bank_group];
  Bank& bank = banks_[static_cast<std::size_t>(command.bank_group) * groups_.size() + command.bank];
  switch (command.op) {
    case DfiOp::kActivate:
      Activate(now, bank, group);
      break;
    case DfiOp::kRead:
    case DfiOp::kWrite:
      Column(now, command.op == DfiOp::kWrite, bank, group, command.auto_precharge);
      break;
    case DfiOp::kPrecharge:
      AtLeast(TimingRule::kPpd, now, last_precharge_command_, rules_.ppd, "precharge to precharge");
      Precharge(now, bank);
      last_precharge_command_ = now;
      break;
    case DfiOp::kPrechargeAll:
      AtLeast(TimingRule::kPpd, now, last_precharge_command_, rules_.ppd, "precharge to precharge of all banks");
      AtLeast(TimingRule::kRfcBank, now, bank_refreshed_, rules_.rfc_bank, "refresh of a bank to precharge of all");
      for (Bank& each : banks_) {
        if (each.open) Precharge(now, each);
      }
      last_precharge_ = last_precharge_all_ = last_precharge_command_ = now;
      break;
    case DfiOp::kRefresh:
      RefreshCommand(now);
      break;
    case DfiOp::kModeRegister:
      ModeRegister(now, command);
      break;
    case DfiOp::kZqLong:
      calibrated_ = now;
      break;
    case DfiOp::kSelfRefreshEntry:
      CheckAllClosed(now, "self-refresh entry");
      asleep_ = true;
      break;
    case DfiOp::kSelfRefreshExit:
      if (!asleep_) Report(TimingRule::kSelfRefresh, now, "exit without entry");
      asleep_ = false;
      woken_ = dll_reset_ = refresh_epoch_ = now;  // the DLL locks anew; the module refreshed itself
      refreshes_ = 0;
      break;
    case DfiOp::kZqShort:
      if (rules_.zq_short == 0) Report(TimingRule::kUnknownCommand, now, "the standard has no short calibration");
      CheckAllClosed(now, "calibration");
      calibrated_short_ = now;
      break;
    case DfiOp::kNop:
      break;
    case DfiOp::kRefreshBank:
      RefreshBankCommand(now, command);
      break;
    case DfiOp::kSend:
    case DfiOp::kSlowRead:
    case DfiOp::kSlowWrite:
      Report(TimingRule::kUnknownCommand, now, std::string("DRAM has no '") + tarn::Name(command.op) + "'");
      break;
  }
}

void TimingChecker::Activate(std::int64_t now, Bank& bank, Group& group) {
  if (bank.open) Report(TimingRule::kBankOpen, now, "activate of a bank with an open row");
  AtLeast(TimingRule::kRp, now, bank.precharged, rules_.rp, "precharge to activate");
  AtLeast(TimingRule::kRp, now, last_precharge_all_, rules_.rp_all, "precharge of all banks to activate");
  AtLeast(TimingRule::kRc, now, bank.activated, rules_.rc, "activate to activate of the bank");
  AtLeast(TimingRule::kRrdL, now, group.activated, rules_.rrd_l, "activate to activate in the bank group");
  AtLeast(TimingRule::kRrdS, now, rank_.activated, rules_.rrd_s, "activate to activate");
  AtLeast(TimingRule::kRfcBank, now, bank.refreshed, rules_.rfc_bank, "refresh of the bank to activate");
  AtLeast(TimingRule::kBankToAct, now, bank_refreshed_, rules_.bank_to_activate, "refresh of a bank to activate");
  CountActivate(now);
  bank.open = true;
  bank.activated = group.activated = rank_.activated = now;
}

void TimingChecker::CountActivate(std::int64_t now) {
  AtLeast(TimingRule::kFaw, now, last_activates_[next_activate_], rules_.faw, "five activates");
  last_activates_[next_activate_] = now;
  next_activate_ = (next_activate_ + 1) % 4;
}

void TimingChecker::Column(std::int64_t now, bool write, Bank& bank, Group& group, bool auto_precharge) {
  if (!bank.open) Report(TimingRule::kBankClosed, now, write ? "write to a closed bank" : "read of a closed bank");
  AtLeast(TimingRule::kRcd, now, bank.activated, rules_.rcd, "activate to column command");
  if (dll_reset_ != kNever && !write) AtLeast(TimingRule::kDllk, now, dll_reset_, rules_.dllk, "DLL reset to read");
  const std::uint64_t write_end = rules_.cwl + rules_.burst;
  if (write) {
    AtLeast(TimingRule::kCcdL, now, group.written, rules_.ccd_l_wr, "write to write in the bank group");
    AtLeast(TimingRule::kCcdS, now, rank_.written, rules_.ccd_s, "write to write");
    AtLeast(TimingRule::kRtw, now, rank_.read, rules_.cl + rules_.burst + rules_.rtw_gap - rules_.cwl, "read to write");
    bank.written = group.written = rank_.written = now;
    writes_.push_back({.start = static_cast<std::uint64_t>(now) + rules_.cwl});
  } else {
    AtLeast(TimingRule::kCcdL, now, group.read, rules_.ccd_l, "read to read in the bank group");
    AtLeast(TimingRule::kCcdS, now, rank_.read, rules_.ccd_s, "read to read");
    AtLeast(TimingRule::kWtrL, now, group.written, write_end + rules_.wtr_l, "write to read in the bank group");
    AtLeast(TimingRule::kWtrS, now, rank_.written, write_end + rules_.wtr_s, "write to read");
    bank.read = group.read = rank_.read = now;
    reads_.push_back({.start = static_cast<std::uint64_t>(now) + rules_.cl});
  }
  if (!auto_precharge) return;
  // The bank closes by itself as soon as the rules allow.
  const std::int64_t after =
      write ? static_cast<std::int64_t>(write_end + rules_.wr) : static_cast<std::int64_t>(rules_.rtp);
  bank.precharged = std::max(now + after, bank.activated + static_cast<std::int64_t>(rules_.ras));
  last_precharge_ = std::max(last_precharge_, bank.precharged);
  bank.open = false;
}

void TimingChecker::Precharge(std::int64_t now, Bank& bank) {
  AtLeast(TimingRule::kRas, now, bank.activated, rules_.ras, "activate to precharge");
  AtLeast(TimingRule::kRtp, now, bank.read, rules_.rtp, "read to precharge");
  AtLeast(TimingRule::kWr, now, bank.written, rules_.cwl + rules_.burst + rules_.wr, "write to precharge");
  bank.open = false;
  bank.precharged = last_precharge_ = now;
}

void TimingChecker::CheckAllClosed(std::int64_t now, const char* what) {
  if (std::any_of(banks_.begin(), banks_.end(), [](const Bank& bank) { return bank.open; })) {
    Report(TimingRule::kBankOpen, now, std::string(what) + " with an open row");
  }
  AtLeast(TimingRule::kRp, now, last_precharge_, rules_.rp, "precharge to refresh");
  AtLeast(TimingRule::kRp, now, last_precharge_all_, rules_.rp_all, "precharge of all banks to refresh");
}

void TimingChecker::RefreshCommand(std::int64_t now) {
  CheckAllClosed(now, "refresh");
  AtLeast(TimingRule::kRfcBank, now, bank_refreshed_, rules_.rfc_bank, "refresh of a bank to one of all");
  refreshed_ = now;
  refreshes_ += alone_ ? rules_.bank_refreshes : 1;
  for (Bank& bank : banks_) bank.in_round = false;
  round_ = 0;
}

void TimingChecker::RefreshBankCommand(std::int64_t now, const DfiCommand& command) {
  if (rules_.banks_refreshed == 0) {
    return Report(TimingRule::kUnknownCommand, now, "the standard has no refresh of a bank alone");
  }
  if (!alone_) {  // from here on these are counted
    alone_ = true;
    refreshes_ *= rules_.bank_refreshes;
  }
  AtLeast(TimingRule::kRfcBank, now, bank_refreshed_, rules_.rfc_bank, "refresh of a bank to that of another");
  AtLeast(TimingRule::kRrdL, now, rank_.activated, rules_.rrd_l, "activate to refresh of a bank");
  CountActivate(now);
  for (std::uint64_t i = 0; i < rules_.banks_refreshed; ++i) {
    const std::uint64_t group = rules_.banks_refreshed == 1 ? command.bank_group : i;
    RefreshBank(now, banks_[group * groups_.size() + command.bank]);
  }
  bank_refreshed_ = now;
  ++refreshes_;
  if (++round_ < rules_.bank_refreshes) return;
  for (Bank& bank : banks_) bank.in_round = false;
  round_ = 0;
}

void TimingChecker::RefreshBank(std::int64_t now, Bank& bank) {
  if (bank.open) Report(TimingRule::kBankOpen, now, "refresh of a bank with an open row");
  AtLeast(TimingRule::kRp, now, bank.precharged, rules_.rp, "precharge to refresh of the bank");
  AtLeast(TimingRule::kRp, now, last_precharge_all_, rules_.rp_all, "precharge of all banks to refresh of a bank");
  AtLeast(TimingRule::kRc, now, bank.activated, rules_.rc, "activate to refresh of the bank");
  if (bank.in_round) Report(TimingRule::kRefreshRound, now, "refresh of a bank before all others had theirs");
  bank.in_round = true;
  bank.refreshed = now;
}

// By the end of interval n at least n - postponed_max refreshes have come, and at most n + postponed_max.
void TimingChecker::CheckRefreshesOwed(std::int64_t now) {
  if (refresh_epoch_ == kNever || asleep_) return;
  const std::uint64_t interval = alone_ ? rules_.refi_bank : rules_.refi;
  const std::uint64_t postponed_max = rules_.postponed_max * (alone_ ? rules_.bank_refreshes : 1);
  const std::uint64_t due = static_cast<std::uint64_t>(now - refresh_epoch_) / interval;
  if (due > refreshes_ + postponed_max) {
    Report(TimingRule::kRefi, now,
           std::to_string(due - refreshes_) + " refreshes owed, at most " + std::to_string(postponed_max));
    refreshes_ = due;  // reported once
  } else if (refreshes_ > due + postponed_max + 1) {
    Report(TimingRule::kRefreshPulledIn, now, std::to_string(refreshes_ - due) + " refreshes ahead");
    refreshes_ = due;
  }
}

void TimingChecker::ModeRegister(std::int64_t now, const DfiCommand& command) {
  const unsigned number = command.addr >> 16;  // the pins' description: {number, value}
  AtLeast(TimingRule::kMrd, now, mode_set_, rules_.mrd, "mode register to mode register");
  if (number > rules_.mode_max)
    Report(TimingRule::kPowerUpOrder, now, "there is no mode register " + std::to_string(number));
  if (powered_up_) CheckAllClosed(now, "mode register");
  mode_set_ = now;
  modes_set_.set(number % modes_set_.size());
  if (rules_.dll_reset_in_mr0 && number == 0 && (command.addr >> 8 & 1) != 0) dll_reset_ = now;
}

void TimingChecker::Beat(std::uint64_t clock, std::deque<Burst>& bursts, TimingRule rule) {
  const auto now = static_cast<std::int64_t>(clock);
  if (last_data_ == now) Report(TimingRule::kDataBus, now, "read and write data in one clock");
  last_data_ = now;
  DropPast(clock, bursts, rule);
  if (bursts.empty() || clock < bursts.front().start) {
    Report(rule, now, "data that no command asked for in this clock");
  } else {
    ++bursts.front().seen;
  }
}

void TimingChecker::DropPast(std::uint64_t clock, std::deque<Burst>& bursts, TimingRule rule) {
  while (!bursts.empty() && clock >= bursts.front().start + rules_.burst) {
    if (bursts.front().seen != rules_.burst) {
      Report(rule, static_cast<std::int64_t>(clock),
             "of the data due in clock " + std::to_string(bursts.front().start) + " and after, " +
                 std::to_string(bursts.front().seen) + " clocks came of " + std::to_string(rules_.burst));
    }
    bursts.pop_front();
  }
}

void TimingChecker::WriteBeat(std::uint64_t clock) { Beat(clock, writes_, TimingRule::kCwl); }
void TimingChecker::ReadBeat(std::uint64_t clock) { Beat(clock, reads_, TimingRule::kCl); }

void TimingChecker::Finish(std::uint64_t clock) {
  CheckRefreshesOwed(static_cast<std::int64_t>(clock));
  DropPast(clock, reads_, TimingRule::kCl);
  DropPast(clock, writes_, TimingRule::kCwl);
  if (commands_ == 0) Report(TimingRule::kPowerUpOrder, static_cast<std::int64_t>(clock), "no command was ever seen");
}

}  // namespace tarn::tb
