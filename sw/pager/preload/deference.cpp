#include "sw/pager/preload/deference.h"

#include <algorithm>

namespace tarn::pager::preload {

// While the served thread runs the pager's thread may well wait for the processor: it has been interrupted in its
// books.
bool Deference::Judge(pid_t served, std::uint64_t now_ns, std::uint64_t ran_ns, std::uint64_t waited_ns) {
  const std::uint64_t ran_meanwhile_ns = served == served_ ? ran_ns - ran_ns_ : 0;
  const std::uint64_t waited_meanwhile_ns = waited_ns - waited_ns_;
  served_ = served;
  ran_ns_ = ran_ns;
  waited_ns_ = waited_ns;
  if (!low_) {
    if (now_ns >= again_at_ns_) Begin(now_ns);
    return low_;
  }
  held_up_ns_ += waited_meanwhile_ns - std::min(waited_meanwhile_ns, ran_meanwhile_ns);
  if (held_up_ns_ > kHeldUpNanosecondsMax) {
    GiveUp(now_ns);
  } else if (now_ns - window_began_ns_ > kWindowNanoseconds) {
    pause_ns_ = kPauseNanosecondsMin;
    Begin(now_ns);
  }
  return low_;
}

void Deference::Begin(std::uint64_t now_ns) {
  low_ = true;
  window_began_ns_ = now_ns;
  held_up_ns_ = 0;
}

void Deference::GiveUp(std::uint64_t now_ns) {
  low_ = false;
  again_at_ns_ = now_ns + pause_ns_;
  pause_ns_ = std::min(2 * pause_ns_, kPauseNanosecondsMax);
}

}  // namespace tarn::pager::preload
