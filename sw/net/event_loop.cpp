#include "sw/net/event_loop.h"

#include <sched.h>

#include <algorithm>
#include <cassert>

namespace tarn::net {

namespace {
constexpr std::chrono::microseconds kAwakeFor{50};

std::uint64_t Key(int descriptor, std::uint32_t generation) {
  return std::uint64_t{generation} << 32 | static_cast<std::uint32_t>(descriptor);
}
}  // namespace

Result<std::unique_ptr<EventLoop>> EventLoop::Create() {
  FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return Status::Error(SystemError("epoll"));
  return std::unique_ptr<EventLoop>(new EventLoop(std::move(epoll)));
}

Status EventLoop::Watch(int descriptor, std::uint32_t events, Handler* handler) {
  const std::uint32_t generation = ++generation_;
  epoll_event event = {.events = events, .data = {.u64 = Key(descriptor, generation)}};
  if (::epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, descriptor, &event) != 0) return Status::Error(SystemError("epoll"));
  watched_[descriptor] = {.handler = handler, .generation = generation, .events = events};
  return {};
}

void EventLoop::Change(int descriptor, std::uint32_t events) {
  const auto found = watched_.find(descriptor);
  assert(found != watched_.end());
  if (found->second.events == events) return;
  found->second.events = events;
  epoll_event event = {.events = events, .data = {.u64 = Key(descriptor, found->second.generation)}};
  ::epoll_ctl(epoll_.number(), EPOLL_CTL_MOD, descriptor, &event);
}

void EventLoop::Forget(int descriptor) {
  if (watched_.erase(descriptor) == 0) return;
  ::epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, descriptor, nullptr);
}

EventLoop::Timer EventLoop::After(Clock::duration delay, Action action) {
  const Timer timer = {.at = Clock::now() + delay, .number = ++timer_number_};
  timers_.emplace(std::pair(timer.at, timer.number), std::move(action));
  return timer;
}

void EventLoop::Cancel(Timer timer) { timers_.erase({timer.at, timer.number}); }

int EventLoop::WaitMilliseconds(Clock::duration wait_max) const {
  if (!deferred_.empty() || !sending_.empty()) return 0;
  Clock::duration wait = wait_max;
  if (!timers_.empty()) wait = std::min(wait, timers_.begin()->first.first - Clock::now());
  // Rounded up: a timer that is not yet due when we wake would make us spin until it is.
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  return static_cast<int>(std::clamp<std::int64_t>(milliseconds, 0, 60'000));
}

void EventLoop::HandleEvents(int count) {
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events_[static_cast<std::size_t>(i)];
    const auto descriptor = static_cast<int>(event.data.u64 & 0xffffffff);
    const auto found = watched_.find(descriptor);
    if (found == watched_.end() || found->second.generation != event.data.u64 >> 32) continue;
    found->second.handler->OnReady(event.events);
  }
}

void EventLoop::RunDueTimers() {
  // A timer that sets the next one for at once does not keep us here.
  const Clock::time_point now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    const Action action = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    action();
  }
}

void EventLoop::RunDeferred() {
  RunAll(deferred_);
  RunAll(sending_);
}

void EventLoop::RunAll(std::vector<Action>& actions) {
  std::swap(now_, actions);
  for (const Action& action : now_) action();
  now_.clear();
}

// After a round that had events, the next ones are likely to be near, and to be woken takes longer than to ask for
// them: so that is done for a while, whoever else could run going first.
int EventLoop::WaitForEvents(Clock::duration wait_max) {
  const auto ask = [this](int milliseconds) {
    return ::epoll_wait(epoll_.number(), events_.data(), static_cast<int>(events_.size()), milliseconds);
  };
  const int milliseconds = WaitMilliseconds(wait_max);
  if (had_events_ && milliseconds != 0) {
    const Clock::time_point end = Clock::now() + kAwakeFor;
    do {
      if (const int count = ask(0); count != 0) return count;
      ::sched_yield();
    } while (Clock::now() < end);
  }
  return ask(WaitMilliseconds(wait_max));
}

void EventLoop::RunOnce(Clock::duration wait_max) {
  const int count = WaitForEvents(wait_max);
  had_events_ = count > 0;
  HandleEvents(count);
  RunDueTimers();
  RunDeferred();
}

void EventLoop::Run(const std::function<bool()>& ended) {
  stopped_ = false;
  while (!stopped_ && !ended()) RunOnce(std::chrono::milliseconds(100));
}

}  // namespace tarn::net
