// When the banks of a DRAM module may do what, as its standard has it: from the times of earlier commands (clocks, in
// ascending order) alone. The golden scheduler's; checkers have rules of their own (tb/channel/timing_checker.h).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/channel/scheduler_config.h"

namespace tarn::channel {

class BankTimes {
 public:
  explicit BankTimes(const SchedulerConfig& config);

  bool open(unsigned bank) const { return banks_[bank].open; }
  bool IsOpen(unsigned bank, std::uint32_t row) const { return banks_[bank].open && banks_[bank].row == row; }
  bool MayActivate(unsigned bank, std::int64_t clock) const;
  bool MayPrecharge(unsigned bank, std::int64_t clock) const;  // also of one that is closed
  bool MayPrechargeAll(std::int64_t clock) const;
  bool MayRead(unsigned bank, std::int64_t clock) const;
  bool MayWrite(unsigned bank, std::int64_t clock) const;

  void Activate(unsigned bank, std::uint32_t row, std::int64_t clock);
  void Precharge(unsigned bank, std::int64_t clock);
  void PrechargeAll(std::int64_t clock);
  void Read(unsigned bank, std::int64_t clock);
  void Write(unsigned bank, std::int64_t clock);

 private:
  static constexpr std::int64_t kNever = -1'000'000;  // long before the first command
  struct Times {                                      // of the latest command of each kind
    std::int64_t activate = kNever, precharge = kNever, precharge_all = kNever, read = kNever, write = kNever;
  };
  struct Bank : Times {
    bool open = false;
    std::uint32_t row = 0;
  };
  const Times& GroupOf(unsigned bank) const { return groups_[bank % groups_.size()]; }
  Times& GroupOf(unsigned bank) { return groups_[bank % groups_.size()]; }
  std::int64_t WriteToData() const { return config_.cwl + config_.burst; }

  SchedulerConfig config_;
  std::vector<Bank> banks_;
  std::vector<Times> groups_;
  Times rank_;
  std::array<std::int64_t, 4> activates_;  // the last four
  unsigned oldest_activate_ = 0;
};

}  // namespace tarn::channel
