// Keeps the calling thread on the processor on which another one runs. The two run in turn, as a fault and its answer
// do; on the same processor a change between them is a switch, on two it is an interrupt to a processor that may be
// asleep, and every page that is unmapped is one more.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace tarn::pager::preload {

class ThreadFollower {
 public:
  // A fault of this thread was taken up. Looks where it runs, now and then.
  void OnFault(pid_t thread, std::uint64_t nanoseconds);

 private:
  std::uint32_t faults_ = 0;
  std::uint64_t looked_ns_ = 0;
  int processor_ = -1;
};

}  // namespace tarn::pager::preload
