#include "sw/pager/preload/thread_follower.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tarn::pager::preload {

namespace {

constexpr std::uint32_t kFaultsBetween = 64;
constexpr std::uint64_t kNanosecondsBetween = 2'000'000;
constexpr int kProcessorField = 39;  // of /proc/PID/task/TID/stat, proc(5)
constexpr int kFirstFieldBehindName = 3;

// -1: not known.
int ProcessorOf(pid_t thread) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%d/stat", static_cast<int>(thread));
  const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return -1;
  std::array<char, 1024> text{};
  const ssize_t got = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  if (got <= 0) return -1;
  const char* at = std::strrchr(text.data(), ')');  // the name may have anything in it
  for (int field = kFirstFieldBehindName - 1; at != nullptr && field < kProcessorField; ++field)
    at = std::strchr(at + 1, ' ');
  return at == nullptr ? -1 : std::atoi(at);  // NOLINT(cert-err34-c): a number of the kernel's
}

}  // namespace

void ThreadFollower::OnFault(pid_t thread, std::uint64_t nanoseconds) {
  if (thread == 0 || (++faults_ < kFaultsBetween && nanoseconds - looked_ns_ < kNanosecondsBetween)) return;
  faults_ = 0;
  looked_ns_ = nanoseconds;
  const int processor = ProcessorOf(thread);
  if (processor < 0 || processor >= CPU_SETSIZE || processor == processor_) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  if (::sched_setaffinity(0, sizeof set, &set) == 0) processor_ = processor;
}

}  // namespace tarn::pager::preload
