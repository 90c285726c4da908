// What an object puts off to the end of a round of its event loop. It goes with the object: what is still to be done
// then is not done.
#pragma once

#include <memory>
#include <utility>

#include "sw/net/event_loop.h"

namespace tarn::net {

class Deferrals {
 public:
  explicit Deferrals(EventLoop& loop) : loop_(loop) {}
  Deferrals(const Deferrals&) = delete;
  Deferrals& operator=(const Deferrals&) = delete;

  // Does it once the events of this round were handled; what is put off meanwhile is done in the next round.
  template <typename Action>
  void Defer(Action action) {
    loop_.Defer(WhileAlive(std::move(action)));
  }
  // After all that, still in this round: what gathered is sent.
  template <typename Action>
  void DeferSending(Action action) {
    loop_.DeferSending(WhileAlive(std::move(action)));
  }

 private:
  template <typename Action>
  EventLoop::Action WhileAlive(Action action) const {
    return [alive = std::weak_ptr<const bool>(alive_), action = std::move(action)] {
      if (!alive.expired()) action();
    };
  }

  EventLoop& loop_;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace tarn::net
