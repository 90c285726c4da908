// Ctrl-C as a question that a long command asks now and then, so that it can end in order.
#pragma once

namespace tarn::tool {

// While one of these lives, SIGINT, SIGTERM and SIGHUP no longer end the process. A second SIGINT does.
class InterruptGuard {
 public:
  InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;
  ~InterruptGuard();

  // Whether such a signal has arrived since.
  bool Interrupted() const;
};

// What a shell reports for a command that Ctrl-C ended; for a command that was interrupted and ended in order.
inline constexpr int kExitInterrupted = 130;

}  // namespace tarn::tool
