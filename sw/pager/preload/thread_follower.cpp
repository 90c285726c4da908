#include "sw/pager/preload/thread_follower.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>

#include "sw/pager/preload/number_at.h"

namespace tarn::pager::preload {

namespace {

constexpr std::uint32_t kRequestsBetween = 64;
constexpr std::uint64_t kNanosecondsBetween = 2'000'000;
constexpr int kProcessorField = 39;  // of /proc/PID/task/TID/stat, proc(5)
constexpr int kFirstFieldBehindName = 3;

using Text = std::array<char, 1024>;

// Of /proc/self/task/TID. False: there is none.
bool ReadOf(pid_t thread, const char* file_name, Text& text) {
  std::array<char, 64> path{};
  std::snprintf(path.data(), path.size(), "/proc/self/task/%d/%s", static_cast<int>(thread), file_name);
  const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t got = ::read(file, text.data(), text.size() - 1);
  ::close(file);
  if (got <= 0) return false;
  text[static_cast<std::size_t>(got)] = '\0';
  return true;
}

// -1: not known.
int ProcessorOf(pid_t thread) {
  Text text;
  if (!ReadOf(thread, "stat", text)) return -1;
  const char* at = std::strrchr(text.data(), ')');  // the name may have anything in it
  for (int field = kFirstFieldBehindName - 1; at != nullptr && field < kProcessorField; ++field)
    at = std::strchr(at + 1, ' ');
  return at == nullptr ? -1 : static_cast<int>(NumberAt(at + 1));
}

struct Times {
  std::uint64_t ran_ns = 0;
  std::uint64_t waited_ns = 0;  // for a processor
};

// False: the kernel does not count them.
bool TimesOf(pid_t thread, Times& times) {
  Text text;
  if (!ReadOf(thread, "schedstat", text)) return false;
  const char* const second = std::strchr(text.data(), ' ');
  if (second == nullptr) return false;
  times = {.ran_ns = NumberAt(text.data()), .waited_ns = NumberAt(second + 1)};
  return times.ran_ns != 0;
}

// Without this right a thread may take the lowest priority, but never leave it again.
bool MayRaisePriority() {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> sets{};
  return ::syscall(SYS_capget, &header, sets.data()) == 0 && (sets[0].effective & CAP_TO_MASK(CAP_SYS_NICE)) != 0;
}

bool SetPolicy(int from, int to) {
  const sched_param none{};
  return ::sched_getscheduler(0) == from && MayRaisePriority() && ::sched_setscheduler(0, to, &none) == 0;
}

}  // namespace

void ThreadFollower::OnRequest(pid_t thread, std::uint64_t nanoseconds) {
  if (thread == 0 || (++requests_ < kRequestsBetween && nanoseconds - looked_ns_ < kNanosecondsBetween)) return;
  requests_ = 0;
  looked_ns_ = nanoseconds;
  Follow(thread);
  Defer(thread, nanoseconds);
}

void ThreadFollower::Follow(pid_t thread) {
  const int processor = ProcessorOf(thread);
  if (processor < 0 || processor >= CPU_SETSIZE || processor == processor_) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  if (::sched_setaffinity(0, sizeof set, &set) == 0) processor_ = processor;
}

void ThreadFollower::Defer(pid_t thread, std::uint64_t nanoseconds) {
  Times served;
  Times own;
  if (!TimesOf(thread, served) || !TimesOf(static_cast<pid_t>(::syscall(SYS_gettid)), own)) return;
  const bool low = deference_.Judge(thread, nanoseconds, served.ran_ns, own.waited_ns);
  if (low == gives_way_) return;
  if (low ? SetPolicy(SCHED_OTHER, SCHED_IDLE) : SetPolicy(SCHED_IDLE, SCHED_OTHER)) gives_way_ = low;
}

}  // namespace tarn::pager::preload
