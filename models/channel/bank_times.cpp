#include "models/channel/bank_times.h"

#include <algorithm>

namespace tarn::channel {

BankTimes::BankTimes(const SchedulerConfig& config)
    : config_(config), banks_(config.banks()), groups_(std::size_t{1} << config.bank_group_bits) {
  activates_.fill(kNever);
}

bool BankTimes::MayActivate(unsigned bank, std::int64_t clock) const {
  const Bank& one = banks_[bank];
  return clock >= one.activate + config_.rc && clock >= one.precharge + config_.rp &&
         clock >= one.precharge_all + config_.rp_all && clock >= GroupOf(bank).activate + config_.rrd_l &&
         clock >= rank_.activate + config_.rrd_s && clock >= activates_[oldest_activate_] + config_.faw;
}

bool BankTimes::MayPrecharge(unsigned bank, std::int64_t clock) const {
  const Bank& one = banks_[bank];
  return clock >= one.activate + config_.ras && clock >= one.read + config_.rtp &&
         clock >= one.write + WriteToData() + config_.wr && clock >= rank_.precharge + config_.ppd;
}

bool BankTimes::MayPrechargeAll(std::int64_t clock) const {
  for (unsigned bank = 0; bank < banks_.size(); ++bank) {
    if (!MayPrecharge(bank, clock)) return false;
  }
  return true;
}

bool BankTimes::MayRead(unsigned bank, std::int64_t clock) const {
  const Times& group = GroupOf(bank);
  return clock >= banks_[bank].activate + config_.rcd && clock >= group.read + config_.ccd_l &&
         clock >= rank_.read + config_.ccd_s && clock >= group.write + WriteToData() + config_.wtr_l &&
         clock >= rank_.write + WriteToData() + config_.wtr_s;
}

bool BankTimes::MayWrite(unsigned bank, std::int64_t clock) const {
  const std::int64_t after_read = std::max(config_.ccd_l, config_.cl + config_.burst + config_.rtw_gap - config_.cwl);
  return clock >= banks_[bank].activate + config_.rcd && clock >= GroupOf(bank).write + config_.ccd_l_wr &&
         clock >= rank_.write + config_.ccd_s && clock >= rank_.read + after_read;
}

void BankTimes::Activate(unsigned bank, std::uint32_t row, std::int64_t clock) {
  banks_[bank].open = true;
  banks_[bank].row = row;
  banks_[bank].activate = GroupOf(bank).activate = rank_.activate = activates_[oldest_activate_] = clock;
  oldest_activate_ = (oldest_activate_ + 1) % 4;
}

void BankTimes::Precharge(unsigned bank, std::int64_t clock) {
  banks_[bank].open = false;
  banks_[bank].precharge = rank_.precharge = clock;
}

void BankTimes::PrechargeAll(std::int64_t clock) {
  for (Bank& bank : banks_) {
    bank.open = false;
    bank.precharge_all = clock;
  }
  rank_.precharge = clock;
}

void BankTimes::Read(unsigned bank, std::int64_t clock) { banks_[bank].read = GroupOf(bank).read = rank_.read = clock; }

void BankTimes::Write(unsigned bank, std::int64_t clock) {
  banks_[bank].write = GroupOf(bank).write = rank_.write = clock;
}

}  // namespace tarn::channel
