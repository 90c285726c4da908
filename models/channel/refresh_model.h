// The golden refresh: when rows are closed and all banks refreshed (rtl/channel/README.md, "Refresh"). A clock is one
// call of Clock.
#pragma once

#include <cstdint>

#include "models/channel/scheduler_config.h"

namespace tarn::channel {

class RefreshModel {
 public:
  enum class Action : std::uint8_t { kNone, kPrechargeAll, kRefresh };

  explicit RefreshModel(const SchedulerConfig& config) : config_(config) {}

  // Whether commands for requests may go in this clock. Before Begin none may.
  bool Lets() const { return state_ == State::kRun; }
  // The modules are initialised: from this clock on.
  void Begin();
  // busy: requests wait. may_close: all banks may be precharged, and the command pins are free for it.
  Action Clock(bool busy, bool may_close);

 private:
  enum class State : std::uint8_t { kOff, kRun, kClose, kRefresh };
  static constexpr unsigned kIdleClocks = 255;  // before refreshes ahead of time

  bool MayGoAhead(bool busy) const {
    return owed_ == 0 && ahead_ < config_.refresh_ahead && !busy && idle_ == kIdleClocks;
  }
  Action Act(bool busy, bool may_close);
  void Count(bool refreshed);

  SchedulerConfig config_;
  State state_ = State::kOff;
  std::int64_t wait_ = 0;          // clocks until it goes on
  std::int64_t interval_ = 0;      // until the next one is due
  unsigned owed_ = 0, ahead_ = 0;  // at most one of them is not 0
  unsigned idle_ = 0;
};

}  // namespace tarn::channel
