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

#include "sw/pager/preload/descriptors.h"
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

constexpr std::size_t kEventsAtOnce = 16;
constexpr std::size_t kRunsAtOnce = 1024;  // UIO_MAXIOV
constexpr std::size_t kPipePages = 256;    // what everybody may have

std::uintptr_t AddressOf(PageNumber page) { return page * kPageBytes; }
// NOLINTNEXTLINE(performance-no-int-to-ptr): pages are numbers here
void* PointerTo(PageNumber page) { return reinterpret_cast<void*>(AddressOf(page)); }

// -1: it cannot be had.
int OpenHigh(const char* path) {
  const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC);
  return descriptor < 0 ? -1 : MoveUp(descriptor);
}

// Pages, in ascending order, as ranges of memory: calls visit(ranges) with some at a time, until it says no.
template <typename Visit>
bool VisitRuns(std::span<const PageNumber> pages, Visit visit) {
  std::vector<iovec> runs;
  runs.reserve(std::min(pages.size(), kRunsAtOnce));
  for (std::size_t index = 0; index < pages.size();) {
    std::size_t end = index + 1;
    while (end < pages.size() && pages[end] == pages[end - 1] + 1) ++end;
    runs.push_back({.iov_base = PointerTo(pages[index]), .iov_len = (end - index) * kPageBytes});
    index = end;
    if (runs.size() < kRunsAtOnce && index < pages.size()) continue;
    if (!visit(std::span<iovec>(runs))) return false;
    runs.clear();
  }
  return true;
}

}  // namespace

Status UserFaultMemory::Open() {
  const Result<UserFaultDescriptor> opened = OpenUserFault();
  if (!opened.ok()) return opened.status();
  descriptor_ = MoveUp(opened->descriptor);
  reports_copies_ = opened->reports_copies;
  OpenOthers();
  return {};
}

void UserFaultMemory::BeginAsCopy(int descriptor) {
  for (const int each : descriptors()) RawClose(each);
  descriptor_ = MoveUp(descriptor);
  OpenOthers();
}

void UserFaultMemory::OpenOthers() {
  process_ = static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0));  // closed on exec
  if (process_ >= 0) process_ = MoveUp(process_);
  page_map_ = OpenHigh("/proc/self/pagemap");
  contents_ = OpenHigh("/proc/self/mem");
  OpenPipe();
}

void UserFaultMemory::OpenPipe() {
  if (::pipe2(pipe_.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    pipe_ = {-1, -1};
    return;
  }
  for (int& end : pipe_) end = MoveUp(end);
  const int bytes = ::fcntl(pipe_[1], F_SETPIPE_SZ, kPipePages * kPageBytes);
  pipe_pages_ = static_cast<std::size_t>(bytes > 0 ? bytes : ::fcntl(pipe_[1], F_GETPIPE_SZ)) / kPageBytes;
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
    if (message.event == UFFD_EVENT_FORK) {
      events.push_back({.kind = FaultEvent::Kind::kCopied, .descriptor = static_cast<int>(message.arg.fork.ufd)});
    }
    if (message.event != UFFD_EVENT_PAGEFAULT) continue;
    const std::uint64_t flags = message.arg.pagefault.flags;
    events.push_back(
        {.kind = (flags & UFFD_PAGEFAULT_FLAG_WP) != 0 ? FaultEvent::Kind::kGuarded : FaultEvent::Kind::kMissing,
         .page = message.arg.pagefault.address / kPageBytes,
         .address = message.arg.pagefault.address,
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

void UserFaultMemory::AllowWrites(PageNumber page) { Protect(page, false); }

// False: the page is not the program's any more.
bool UserFaultMemory::Protect(PageNumber page, bool protect) {
  uffdio_writeprotect request = {.range = {.start = AddressOf(page), .len = kPageBytes},
                                 .mode = protect ? UFFDIO_WRITEPROTECT_MODE_WP : 0};
  int failed = 0;
  do {
    failed = ::ioctl(descriptor_, UFFDIO_WRITEPROTECT, &request);
  } while (failed != 0 && errno == EAGAIN);
  return failed == 0;
}

// As many at once as the pipe holds.
bool UserFaultMemory::Take(std::span<const PageNumber> pages, std::span<const PageNumber> kept, Page* contents) {
  const std::size_t kept_at_once = std::max<std::size_t>(pipe_pages_, 1);
  while (kept.size() > kept_at_once) {
    const auto end = std::ranges::lower_bound(pages, kept[kept_at_once]);
    const auto count = static_cast<std::size_t>(end - pages.begin());
    if (!TakePart(pages.first(count), kept.first(kept_at_once), contents)) return false;
    pages = pages.subspan(count);
    kept = kept.subspan(kept_at_once);
    contents += kept_at_once;
  }
  return TakePart(pages, kept, contents);
}

// A pipe holds the pages themselves while they are unmapped, and gives their contents afterwards, when nobody can write
// to them any more: that needs no protection, which costs a flush for each page.
bool UserFaultMemory::TakePart(std::span<const PageNumber> pages, std::span<const PageNumber> kept, Page* contents) {
  const bool held = AllThere(kept) && Hold(kept);
  for (std::size_t index = 0; !held && index < kept.size(); ++index) {
    if (!Copy(kept[index], contents[index])) return false;
  }
  const bool dropped = Drop(pages);
  return (!held || Fetch(kept.size(), contents)) && dropped;
}

// What this thread touches although it is missing it waits for, for ever: what the program gave back by a call that
// nobody told of. (In the moment between this and the touch it must not do so.)
bool UserFaultMemory::AllThere(std::span<const PageNumber> pages) const {
  return VisitRuns(pages, [this](std::span<const iovec> runs) {
    return std::ranges::all_of(runs, [this](const iovec& run) { return IsThere(run); });
  });
}

bool UserFaultMemory::IsThere(const iovec& run) const {
  constexpr std::uint64_t kHasContent = std::uint64_t{3} << 62;  // present, or swapped out
  std::array<std::uint64_t, kPipePages> entries;
  const PageNumber first = reinterpret_cast<std::uintptr_t>(run.iov_base) / kPageBytes;
  const std::size_t count = run.iov_len / kPageBytes;
  if (count > entries.size()) return false;  // more than a pipe holds: each is looked at by itself
  const auto bytes = static_cast<ssize_t>(count * sizeof entries[0]);
  const auto offset = static_cast<off_t>(first * sizeof entries[0]);
  if (::pread(page_map_, entries.data(), static_cast<std::size_t>(bytes), offset) != bytes) return true;
  return std::ranges::all_of(std::span(entries.data(), count),
                             [](std::uint64_t entry) { return (entry & kHasContent) != 0; });
}

// Whatever the program may do with the page: it may have taken its own rights away (PROT_NONE). The page stays as it
// is until it is dropped.
bool UserFaultMemory::Copy(PageNumber page, Page& content) {
  content.bytes.fill(0);
  if (!Protect(page, true) || !AllThere({&page, 1})) return true;  // it is zero, or not the program's any more
  return ::pread(contents_, content.bytes.data(), kPageBytes, static_cast<off_t>(AddressOf(page))) ==
         static_cast<ssize_t>(kPageBytes);
}

// True: the pipe has the pages. False: it is empty.
bool UserFaultMemory::Hold(std::span<const PageNumber> pages) {
  if (pages.size() > pipe_pages_) return false;
  std::size_t held_bytes = 0;
  const bool all = VisitRuns(pages, [&](std::span<iovec> runs) {
    while (!runs.empty()) {
      const ssize_t done = ::vmsplice(pipe_[1], runs.data(), runs.size(), SPLICE_F_NONBLOCK);
      if (done <= 0) return false;
      held_bytes += static_cast<std::size_t>(done);
      auto left = static_cast<std::size_t>(done);
      while (!runs.empty() && left >= runs.front().iov_len) {
        left -= runs.front().iov_len;
        runs = runs.subspan(1);
      }
      if (left == 0) continue;
      runs.front().iov_base = static_cast<std::uint8_t*>(runs.front().iov_base) + left;
      runs.front().iov_len -= left;
    }
    return true;
  });
  Page nobody_wants_it;
  for (; !all && held_bytes != 0; held_bytes -= kPageBytes) Fetch(1, &nobody_wants_it);
  return all;
}

bool UserFaultMemory::Fetch(std::size_t count, Page* contents) {
  auto* const bytes = reinterpret_cast<std::uint8_t*>(contents);
  for (std::size_t at = 0; at < count * kPageBytes;) {
    const ssize_t got = ::read(pipe_[0], bytes + at, count * kPageBytes - at);
    if (got <= 0) return false;
    at += static_cast<std::size_t>(got);
  }
  return true;
}

bool UserFaultMemory::Drop(std::span<const PageNumber> pages) {
  return VisitRuns(pages, [this](std::span<const iovec> runs) { return DropRuns(runs); });
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

void UserFaultMemory::WakeAll() {
  constexpr std::uint64_t kLowest = 1 << 20;
  constexpr std::uint64_t kHighest = (std::uint64_t{1} << 47) - kPageBytes;  // of a process's addresses
  uffdio_range range = {.start = kLowest, .len = kHighest - kLowest};
  ::ioctl(descriptor_, UFFDIO_WAKE, &range);
}

void UserFaultMemory::Poison(PageNumber page) {
  uffdio_poison request = {.range = {.start = AddressOf(page), .len = kPageBytes}, .mode = 0, .updated = 0};
  if (::ioctl(descriptor_, UFFDIO_POISON, &request) == 0 || errno == EEXIST) return Wake(page, 1);
  // An older kernel cannot mark a page: the process gets the signal, whichever of its threads waits.
  ::kill(::getpid(), SIGBUS);
}

}  // namespace tarn::pager::preload
