// Decides whether the pager's thread runs at the lowest priority (SCHED_IDLE). There it is ready when a page is
// missing, since the thread that waits for the page has left its processor; and the kernel leaves that thread where it
// is when the page is there, since a processor with nothing but threads of the lowest priority counts as free. (At any
// other priority the kernel looks for a free processor each time, and has to wake it.) But who else wants the processor
// goes first, and the program would wait: then the thread has the usual priority for a while.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace tarn::pager::preload {

class Deference {
 public:
  static constexpr std::uint64_t kWindowNanoseconds = 50'000'000;
  static constexpr std::uint64_t kHeldUpNanosecondsMax = 2'000'000;  // in a window, by others than who is served
  static constexpr std::uint64_t kPauseNanosecondsMin = 100'000'000;
  static constexpr std::uint64_t kPauseNanosecondsMax = 6'400'000'000;

  // Now and then, of the thread that is being served: what it has run, and what the pager's thread has waited for a
  // processor, both in all. Returns whether the priority is to be the lowest from now on.
  bool Judge(pid_t served, std::uint64_t now_ns, std::uint64_t ran_ns, std::uint64_t waited_ns);

 private:
  void Begin(std::uint64_t now_ns);
  void GiveUp(std::uint64_t now_ns);

  bool low_ = false;
  pid_t served_ = 0;
  std::uint64_t ran_ns_ = 0;
  std::uint64_t waited_ns_ = 0;
  std::uint64_t window_began_ns_ = 0;
  std::uint64_t held_up_ns_ = 0;  // in the window
  std::uint64_t pause_ns_ = kPauseNanosecondsMin;
  std::uint64_t again_at_ns_ = 0;
};

}  // namespace tarn::pager::preload
