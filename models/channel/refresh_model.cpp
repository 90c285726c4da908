#include "models/channel/refresh_model.h"

namespace tarn::channel {

void RefreshModel::Begin() {
  state_ = State::kRun;
  interval_ = config_.refi - 1;
}

RefreshModel::Action RefreshModel::Clock(bool busy, bool may_close) {
  const bool wakes = wait_ == 0;
  if (!wakes) --wait_;
  const Action action = wakes && state_ != State::kOff ? Act(busy, may_close) : Action::kNone;
  if (state_ != State::kOff) Count(action == Action::kRefresh);
  idle_ = busy ? 0 : idle_ == kIdleClocks ? idle_ : idle_ + 1;
  return action;
}

RefreshModel::Action RefreshModel::Act(bool busy, bool may_close) {
  switch (state_) {
    case State::kOff:
      break;
    case State::kRun:
      // Postponed while there is work, up to a batch.
      if (owed_ >= config_.refresh_batch || (owed_ != 0 && !busy) || MayGoAhead(busy)) state_ = State::kClose;
      break;
    case State::kClose:
      if (!may_close) break;
      state_ = State::kRefresh;
      wait_ = config_.rp_all - 1;
      return Action::kPrechargeAll;
    case State::kRefresh:
      if (owed_ == 0 && !MayGoAhead(busy)) {
        state_ = State::kRun;
        break;
      }
      wait_ = config_.rfc - 1;
      return Action::kRefresh;
  }
  return Action::kNone;
}

void RefreshModel::Count(bool refreshed) {
  const bool due = interval_ == 0;
  interval_ = due ? config_.refi - 1 : interval_ - 1;
  if (owed_ == 0 && (ahead_ != 0 || refreshed)) {
    ahead_ = ahead_ + (refreshed ? 1 : 0) - (due ? 1 : 0);
  } else {
    owed_ = owed_ + (due ? 1 : 0) - (refreshed ? 1 : 0);
  }
}

}  // namespace tarn::channel
