// Keeps the calling thread on the processor on which another one runs, and out of its way. The two run in turn, as a
// fault and its answer do; on the same processor a change between them is a switch, on two it is an interrupt to a
// processor that may be asleep, and every page that is unmapped is one more.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "sw/pager/preload/deference.h"

namespace tarn::pager::preload {

class ThreadFollower {
 public:
  // What this thread waited for was taken up. Looks where it runs, now and then.
  void OnRequest(pid_t thread, std::uint64_t nanoseconds);
  // -1: none yet.
  int processor() const { return processor_; }
  // Whether the calling thread gives way to all others, and so runs when the other one waits.
  bool gives_way() const { return gives_way_; }

 private:
  void Follow(pid_t thread);
  void Defer(pid_t thread, std::uint64_t nanoseconds);

  std::uint32_t requests_ = 0;
  std::uint64_t looked_ns_ = 0;
  int processor_ = -1;
  Deference deference_;
  bool gives_way_ = false;
};

}  // namespace tarn::pager::preload
