// One thread's events: descriptors that become ready (epoll, level triggered), timers, and work put off to the end of a
// round. Nothing here blocks but Run(); handlers must not.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/common/result.h"
#include "sw/net/file_descriptor.h"

namespace tarn::net {

class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Action = std::function<void()>;

  class Handler {
   public:
    virtual ~Handler() = default;
    // events: EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR, those that hold.
    virtual void OnReady(std::uint32_t events) = 0;
  };

  static Result<std::unique_ptr<EventLoop>> Create();

  // Calls the handler whenever one of the events holds (errors and hang-ups always), until Forget(). The handler may be
  // destroyed after Forget(), also from within a handler.
  Status Watch(int descriptor, std::uint32_t events, Handler* handler);
  // REQUIRES: the descriptor is watched.
  void Change(int descriptor, std::uint32_t events);
  void Forget(int descriptor);

  struct Timer {
    Clock::time_point at{};
    std::uint64_t number = 0;  // 0: no timer
  };
  Timer After(Clock::duration delay, Action action);
  // A timer that has fired, or none, does no harm.
  void Cancel(Timer timer);

  // Waits for the next events, at most as long as given, and handles them, the timers that are due and what was put
  // off (deferrals.h).
  void RunOnce(Clock::duration wait_max);
  // Until Stop(), or until the question, asked every 100 ms at least, is answered with true.
  void Run(const std::function<bool()>& ended);
  void Stop() { stopped_ = true; }

 private:
  friend class Deferrals;
  struct Watched {
    Handler* handler = nullptr;
    std::uint32_t generation = 0;  // tells events of a closed descriptor from those of the next one with its number
    std::uint32_t events = 0;
  };

  explicit EventLoop(FileDescriptor epoll) : epoll_(std::move(epoll)) {}
  void Defer(Action action) { deferred_.push_back(std::move(action)); }
  void DeferSending(Action action) { sending_.push_back(std::move(action)); }
  int WaitMilliseconds(Clock::duration wait_max) const;
  int WaitForEvents(Clock::duration wait_max);
  void HandleEvents(int count);
  void RunDueTimers();
  void RunDeferred();
  void RunAll(std::vector<Action>& actions);

  FileDescriptor epoll_;
  std::unordered_map<int, Watched> watched_;
  std::uint32_t generation_ = 0;
  std::map<std::pair<Clock::time_point, std::uint64_t>, Action> timers_;
  std::uint64_t timer_number_ = 0;
  std::vector<Action> deferred_;
  std::vector<Action> sending_;
  std::vector<Action> now_;  // what is being done, kept for its room
  std::array<epoll_event, 64> events_{};
  bool had_events_ = false;  // in the last round
  bool stopped_ = false;
};

}  // namespace tarn::net
