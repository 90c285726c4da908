#include "sw/pager/preload/user_fault_memory.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "sw/pager/preload/near_memory.h"
#include "sw/pager/user_fault.h"

#ifndef UFFDIO_POISON
// Debian 12's headers are older than this (Linux 6.6).
struct uffdio_poison {  // NOLINT(readability-identifier-naming): the kernel's
  struct uffdio_range range;
  __u64 mode;
  __s64 updated;
};
#define UFFDIO_POISON _IOWR(UFFDIO, 0x08, struct uffdio_poison)
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif

namespace tarn::pager::preload {

namespace {

constexpr int kHighDescriptor = 1000;
constexpr std::size_t kEventsAtOnce = 16;
constexpr std::size_t kRunsAtOnce = 1024;  // UIO_MAXIOV

std::uintptr_t AddressOf(PageNumber page) { return page * kPageBytes; }
// NOLINTNEXTLINE(performance-no-int-to-ptr): pages are numbers here
void* PointerTo(PageNumber page) { return reinterpret_cast<void*>(AddressOf(page)); }

}  // namespace

Status UserFaultMemory::Open() {
  const Result<int> descriptor = OpenUserFault();
  if (!descriptor.ok()) return descriptor.status();
  descriptor_ = *descriptor;
  if (const int high = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, kHighDescriptor); high >= 0) {
    ::close(std::exchange(descriptor_, high));  // out of the way of what programs open and close by number
  }
  process_ = static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0));
  if (process_ >= 0) ::fcntl(process_, F_SETFD, FD_CLOEXEC);
  return {};
}

Status UserFaultMemory::Register(std::uintptr_t begin, std::size_t size_bytes) {
  uffdio_register request = {.range = {.start = begin, .len = size_bytes},
                             .mode = UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP,
                             .ioctls = 0};
  if (::ioctl(descriptor_, UFFDIO_REGISTER, &request) != 0) {
    return Status::Error(std::string("userfaultfd does not take a range of memory: ") + std::strerror(errno));
  }
  return {};
}

void UserFaultMemory::TakeEvents(std::vector<FaultEvent>& events) {
  events.clear();
  std::array<uffd_msg, kEventsAtOnce> messages;
  const ssize_t got = ::read(descriptor_, messages.data(), sizeof messages);
  for (ssize_t index = 0; index < got / static_cast<ssize_t>(sizeof messages[0]); ++index) {
    const uffd_msg& message = messages[static_cast<std::size_t>(index)];
    if (message.event != UFFD_EVENT_PAGEFAULT) continue;
    const std::uint64_t flags = message.arg.pagefault.flags;
    events.push_back(
        {.kind = (flags & UFFD_PAGEFAULT_FLAG_WP) != 0 ? FaultEvent::Kind::kGuarded : FaultEvent::Kind::kMissing,
         .page = message.arg.pagefault.address / kPageBytes,
         .write = (flags & UFFD_PAGEFAULT_FLAG_WRITE) != 0,
         .thread = static_cast<pid_t>(message.arg.pagefault.feat.ptid)});
  }
}

std::uint32_t UserFaultMemory::Place(PageNumber first, std::uint32_t count, const Page* contents, bool protect) {
  std::uint32_t placed = 0;
  while (placed < count) {
    uffdio_copy request = {.dst = AddressOf(first + placed),
                           .src = reinterpret_cast<std::uintptr_t>(contents + placed),
                           .len = std::uint64_t{count - placed} * kPageBytes,
                           .mode = protect ? UFFDIO_COPY_MODE_WP : 0,
                           .copy = 0};
    const int failed = ::ioctl(descriptor_, UFFDIO_COPY, &request);
    const int error = errno;
    if (failed == 0) return count;
    if (request.copy > 0) placed += static_cast<std::uint32_t>(static_cast<std::uint64_t>(request.copy) / kPageBytes);
    // It stops part-way for no lasting reason (EAGAIN), too.
    if (error != EAGAIN && request.copy <= 0) return placed;
  }
  return placed;
}

bool UserFaultMemory::Protect(PageNumber first, std::uint32_t count, bool protect) {
  uffdio_writeprotect request = {.range = {.start = AddressOf(first), .len = std::uint64_t{count} * kPageBytes},
                                 .mode = protect ? UFFDIO_WRITEPROTECT_MODE_WP : 0};
  int failed = 0;
  do {
    failed = ::ioctl(descriptor_, UFFDIO_WRITEPROTECT, &request);
  } while (failed != 0 && errno == EAGAIN);
  return failed == 0;
}

void UserFaultMemory::Read(PageNumber page, Page& content) {
  std::memcpy(content.bytes.data(), PointerTo(page), kPageBytes);
}

bool UserFaultMemory::Drop(std::span<const PageNumber> pages) {
  std::vector<iovec> runs;
  runs.reserve(std::min(pages.size(), kRunsAtOnce));
  for (std::size_t index = 0; index < pages.size();) {
    std::size_t end = index + 1;
    while (end < pages.size() && pages[end] == pages[end - 1] + 1) ++end;
    runs.push_back({.iov_base = PointerTo(pages[index]), .iov_len = (end - index) * kPageBytes});
    index = end;
    if (runs.size() < kRunsAtOnce && index < pages.size()) continue;
    if (!DropRuns(runs)) return false;
    runs.clear();
  }
  return true;
}

// With one call for all the kernel flushes translations once.
bool UserFaultMemory::DropRuns(std::span<const iovec> runs) {
  if (process_ >= 0 && runs.size() > 1) {
    std::size_t bytes = 0;
    for (const iovec& run : runs) bytes += run.iov_len;
    const long done = ::syscall(SYS_process_madvise, process_, runs.data(), runs.size(), MADV_DONTNEED, 0);
    if (done == static_cast<long>(bytes)) return true;
    if (done < 0) {  // a kernel before 6.13 gives other advice only
      ::close(process_);
      process_ = -1;
    }
  }
  bool dropped = true;
  for (const iovec& run : runs) {
    // ENOMEM: a part of it is not mapped any more, and the rest is dropped.
    dropped = (RawAdvise(run.iov_base, run.iov_len, MADV_DONTNEED) == 0 || errno == ENOMEM) && dropped;
  }
  return dropped;
}

void UserFaultMemory::Wake(PageNumber first, std::uint32_t count) {
  uffdio_range range = {.start = AddressOf(first), .len = std::uint64_t{count} * kPageBytes};
  ::ioctl(descriptor_, UFFDIO_WAKE, &range);
}

void UserFaultMemory::Poison(PageNumber page) {
  uffdio_poison request = {.range = {.start = AddressOf(page), .len = kPageBytes}, .mode = 0, .updated = 0};
  if (::ioctl(descriptor_, UFFDIO_POISON, &request) == 0 || errno == EEXIST) return Wake(page, 1);
  // An older kernel cannot mark a page: the process gets the signal, whichever of its threads waits.
  ::kill(::getpid(), SIGBUS);
}

}  // namespace tarn::pager::preload
