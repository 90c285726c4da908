// A program that knows nothing of far memory, and does with memory what programs do: `far_probe CASE`. Prints what it
// found, the same whatever its memory is; exit status 1 when something was wrong. Cases that measure print JSON.
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr std::size_t kPage = 4096;

std::uint64_t Next(std::uint64_t& state) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return state >> 33;
}

[[noreturn]] void Wrong(const char* what) {
  std::printf("wrong: %s\n", what);
  std::fflush(stdout);
  std::_Exit(1);
}

// A block with a pattern of its own.
struct Block {
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  std::uint8_t seed = 0;

  void Fill() const {
    for (std::size_t at = 0; at < size; at += 64) bytes[at] = static_cast<std::uint8_t>(seed + at / 64);
    if (size != 0) bytes[size - 1] = seed;
  }
  void Check(std::size_t upto) const {
    for (std::size_t at = 0; at + 1 < upto; at += 64) {
      if (bytes[at] != static_cast<std::uint8_t>(seed + at / 64)) Wrong("a block's content");
    }
  }
};

std::size_t RandomSize(std::uint64_t& state) {
  switch (Next(state) % 16) {
    case 0:
      return Next(state) % (1 << 20);
    case 1:
    case 2:
      return Next(state) % 100'000;
    default:
      return Next(state) % 2000;
  }
}

void Renew(Block& block, std::uint64_t& state) {
  std::free(block.bytes);
  block.size = RandomSize(state);
  block.seed = static_cast<std::uint8_t>(Next(state));
  switch (Next(state) % 4) {
    case 0: {
      block.bytes = static_cast<std::uint8_t*>(std::calloc(1, block.size));
      for (std::size_t at = 0; at < block.size; at += 17) {
        if (block.bytes[at] != 0) Wrong("calloc's content");
      }
      break;
    }
    case 1: {
      const std::size_t alignment = std::size_t{16} << (Next(state) % 14);
      void* made = nullptr;
      if (::posix_memalign(&made, alignment, block.size) != 0) Wrong("posix_memalign");
      if (reinterpret_cast<std::uintptr_t>(made) % alignment != 0) Wrong("an alignment");
      block.bytes = static_cast<std::uint8_t*>(made);
      break;
    }
    default:
      block.bytes = static_cast<std::uint8_t*>(std::malloc(block.size));
  }
  block.Fill();
}

void Resize(Block& block, std::uint64_t& state) {
  const std::size_t before = block.size;
  block.size = RandomSize(state) + 1;
  auto* const resized = static_cast<std::uint8_t*>(std::realloc(block.bytes, block.size));
  if (resized == nullptr) Wrong("realloc");
  block.bytes = resized;
  block.Check(std::min(before, block.size) - (before == 0 ? 0 : 1));
  block.Fill();
}

void StressHeap(std::uint64_t seed, int steps) {
  std::vector<Block> blocks(400);
  std::uint64_t state = seed;
  for (int step = 0; step < steps; ++step) {
    Block& block = blocks[Next(state) % blocks.size()];
    if (block.bytes != nullptr) block.Check(block.size);
    if (block.bytes != nullptr && Next(state) % 3 == 0) {
      Resize(block, state);
    } else {
      Renew(block, state);
    }
  }
  for (const Block& block : blocks) std::free(block.bytes);
}

void Heap() {
  StressHeap(1, 6'000);
  std::puts("heap in order");
}

// Neighbouring blocks of whole units come and go in several threads: runs of them are cut and merged all the time.
void StressUnits(std::uint64_t seed) {
  std::vector<Block> blocks(8);
  std::uint64_t state = seed;
  for (int step = 0; step < 20'000; ++step) {
    Block& block = blocks[Next(state) % blocks.size()];
    if (block.bytes != nullptr && block.bytes[0] != block.seed) Wrong("a large block's content");
    std::free(block.bytes);
    block.seed = static_cast<std::uint8_t>(Next(state));
    block.size = 40'000 + Next(state) % 200'000;
    block.bytes = static_cast<std::uint8_t*>(std::malloc(block.size));
    block.bytes[0] = block.seed;
  }
  for (const Block& block : blocks) std::free(block.bytes);
}

void Threads() {
  std::vector<std::thread> threads;
  for (std::uint64_t number = 0; number < 3; ++number) threads.emplace_back(StressUnits, number + 70);
  for (std::uint64_t number = 0; number < 4; ++number) threads.emplace_back(StressHeap, number + 7, 1'500);
  for (std::thread& thread : threads) thread.join();
  // Blocks that one thread makes and another frees.
  std::array<std::atomic<char*>, 64> handed{};
  std::atomic<bool> enough = false;
  std::thread maker([&] {
    for (std::uint64_t step = 0; !enough; ++step) {
      char* const old = handed[step % 64].exchange(::strdup(std::to_string(step).c_str()));
      std::free(old);
    }
  });
  for (std::uint64_t step = 0, seen = 0; seen < 5'000; ++step) {
    char* const got = handed[step % 64].exchange(nullptr);
    if (got == nullptr) continue;
    if (std::strtoull(got, nullptr, 10) % 64 != step % 64) Wrong("what another thread wrote");
    ++seen;
    std::free(got);
  }
  enough = true;
  maker.join();
  for (auto& each : handed) std::free(each.load());
  std::puts("threads in order");
}

void CheckPages(const std::uint8_t* map, std::size_t pages, std::uint8_t seed) {
  for (std::size_t page = 0; page < pages; ++page) {
    if (map[page * kPage + 5] != static_cast<std::uint8_t>(seed + page)) Wrong("a map's content");
  }
}
void FillPages(std::uint8_t* map, std::size_t pages, std::uint8_t seed) {
  for (std::size_t page = 0; page < pages; ++page) map[page * kPage + 5] = static_cast<std::uint8_t>(seed + page);
}
std::uint8_t* NewMap(std::size_t pages) {
  void* const map = ::mmap(nullptr, pages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) Wrong("mmap");
  return static_cast<std::uint8_t*>(map);
}

void Maps() {
  constexpr std::size_t kPages = 4096;
  std::uint8_t* map = NewMap(kPages);
  FillPages(map, kPages, 3);
  // Growing moves what is resident and what is not.
  map = static_cast<std::uint8_t*>(::mremap(map, kPages * kPage, 2 * kPages * kPage, MREMAP_MAYMOVE));
  if (map == MAP_FAILED) Wrong("mremap");
  CheckPages(map, kPages, 3);
  for (std::size_t page = kPages; page < 2 * kPages; ++page) {
    if (map[page * kPage] != 0) Wrong("what mremap added");
  }
  FillPages(map, 2 * kPages, 9);
  if (::mremap(map, 2 * kPages * kPage, kPages * kPage, 0) != map) Wrong("mremap to less");
  CheckPages(map, kPages, 9);
  // A part given back reads as zero, the rest as before.
  if (::madvise(map + 100 * kPage, 1000 * kPage, MADV_DONTNEED) != 0) Wrong("madvise");
  for (std::size_t page = 100; page < 1100; ++page) {
    if (map[page * kPage + 5] != 0) Wrong("what was given back");
  }
  CheckPages(map, 100, 9);
  CheckPages(map + 1100 * kPage, kPages - 1100, static_cast<std::uint8_t>(9 + 1100));
  // A hole, and a new map in it.
  if (::munmap(map + 2000 * kPage, 500 * kPage) != 0) Wrong("munmap");
  void* const fixed =
      ::mmap(map + 2000 * kPage, 500 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (fixed != map + 2000 * kPage || map[2100 * kPage + 5] != 0) Wrong("a map in the hole");
  CheckPages(map + 2500 * kPage, kPages - 2500, static_cast<std::uint8_t>(9 + 2500));
  // Read only, unreadable, and back.
  if (::mprotect(map + 2500 * kPage, 100 * kPage, PROT_NONE) != 0) Wrong("mprotect");
  std::uint8_t* const other = NewMap(kPages);
  FillPages(other, kPages, 1);
  if (::mprotect(map + 2500 * kPage, 100 * kPage, PROT_READ) != 0) Wrong("mprotect");
  CheckPages(map + 2500 * kPage, 100, static_cast<std::uint8_t>(9 + 2500));
  CheckPages(other, kPages, 1);
  ::munmap(other, kPages * kPage);
  ::munmap(map, kPages * kPage);
  std::puts("maps in order");
}

// What programs do with maps they do with blocks of the heap as well: guard pages, advice, locks.
void Advice() {
  constexpr std::size_t kPages = 1500;
  void* block = nullptr;
  if (::posix_memalign(&block, kPage, kPages * kPage) != 0) Wrong("posix_memalign");
  auto* const pages = static_cast<std::uint8_t*>(block);
  const auto turn_over = [] { StressHeap(11, 600); };
  FillPages(pages, kPages, 1);
  if (::mprotect(pages + 100 * kPage, 100 * kPage, PROT_NONE) != 0) Wrong("mprotect");
  turn_over();
  if (::mprotect(pages + 100 * kPage, 100 * kPage, PROT_READ | PROT_WRITE) != 0) Wrong("mprotect back");
  CheckPages(pages, kPages, 1);
  ::mlock(pages, kPages * kPage);  // may be refused
  ::mlock2(pages, kPages * kPage, MLOCK_ONFAULT);
  turn_over();
  ::munlock(pages, kPages * kPage);
  constexpr int kDontNeedLocked = 24;
  for (const int advice : {MADV_DONTNEED, kDontNeedLocked}) {
    if (::madvise(pages + 300 * kPage, 100 * kPage, advice) != 0) Wrong("madvise");
    for (std::size_t page = 300; page < 400; ++page) {
      if (pages[page * kPage + 5] != 0) Wrong("what was given back");
    }
    FillPages(pages + 300 * kPage, 100, static_cast<std::uint8_t>(1 + 300));
  }
  // Calls that no library sees.
  ::syscall(SYS_madvise, pages + 500 * kPage, 100 * kPage, MADV_DONTNEED);
  FillPages(pages + 500 * kPage, 100, static_cast<std::uint8_t>(1 + 500));
  FillPages(pages + 600 * kPage, 100, 77);
  ::syscall(SYS_madvise, pages + 600 * kPage, 100 * kPage, MADV_DONTNEED);
  ::syscall(SYS_mprotect, pages + 700 * kPage, 100 * kPage, PROT_NONE);
  turn_over();
  ::syscall(SYS_mprotect, pages + 700 * kPage, 100 * kPage, PROT_READ | PROT_WRITE);
  FillPages(pages + 600 * kPage, 100, static_cast<std::uint8_t>(1 + 600));
  CheckPages(pages, kPages, 1);
  std::puts("advice in order");
}

// The process ends with the last of its threads.
void LastThread() {
  std::thread([] {
    StressHeap(12, 600);
    std::puts("the last thread");
  }).detach();
  ::pthread_exit(nullptr);
}
void LastThreadByCall() {
  std::puts("a call");
  std::fflush(stdout);
  ::syscall(SYS_exit, 7);
}

// System calls read and write memory that may be missing.
void Calls() {
  constexpr std::size_t kBytes = 12 << 20;
  std::uint8_t* const out = NewMap(kBytes / kPage);
  std::uint8_t* const in = NewMap(kBytes / kPage);
  FillPages(out, kBytes / kPage, 77);
  std::FILE* const file = std::tmpfile();
  if (file == nullptr || ::write(::fileno(file), out, kBytes) != static_cast<ssize_t>(kBytes)) Wrong("write");
  if (::pread(::fileno(file), in, kBytes, 0) != static_cast<ssize_t>(kBytes)) Wrong("pread");
  CheckPages(in, kBytes / kPage, 77);
  int ends[2];
  if (::pipe(ends) != 0) Wrong("pipe");
  for (std::size_t page = 0; page < kBytes / kPage; ++page) {
    if (::write(ends[1], out + page * kPage, kPage) != static_cast<ssize_t>(kPage)) Wrong("write to a pipe");
    if (::read(ends[0], in + page * kPage, kPage) != static_cast<ssize_t>(kPage)) Wrong("read from a pipe");
  }
  CheckPages(in, kBytes / kPage, 77);
  // Past the kernel's cache, where the folder's file system can do that.
  const int direct = ::open("far_probe.direct", O_RDWR | O_CREAT | O_TRUNC | O_DIRECT, 0600);
  if (direct >= 0 && ::write(direct, out, kBytes) == static_cast<ssize_t>(kBytes)) {
    std::memset(in, 0, kBytes);
    if (::pread(direct, in, kBytes, 0) != static_cast<ssize_t>(kBytes)) Wrong("pread past the cache");
    CheckPages(in, kBytes / kPage, 77);
  }
  ::unlink("far_probe.direct");
  std::puts("system calls in order");
}

std::atomic<std::uint64_t> ticks = 0;
std::uint8_t* ticked = nullptr;

// A timer's signals arrive while pages are waited for, and their handler touches such pages itself.
void Signals() {
  constexpr std::size_t kPages = 3000;
  ticked = NewMap(kPages);
  FillPages(ticked, kPages, 0);
  struct sigaction action{};
  action.sa_handler = [](int) {
    const std::uint64_t tick = ++ticks;
    const std::size_t page = tick * 7919 % kPages;
    if (ticked[page * kPage + 5] != static_cast<std::uint8_t>(page)) Wrong("what a handler read");
    ticked[page * kPage + 6] = 1;
  };
  ::sigaction(SIGALRM, &action, nullptr);
  const itimerval often = {.it_interval = {0, 500}, .it_value = {0, 500}};
  ::setitimer(ITIMER_REAL, &often, nullptr);
  StressHeap(3, 2'000);
  for (int round = 0; round < 3; ++round) CheckPages(ticked, kPages, 0);
  ::signal(SIGALRM, SIG_IGN);
  if (ticks == 0) Wrong("no signal came");
  std::puts("signals in order");
}

// How a child that runs `work` ended, as waitpid says.
template <typename Work>
int ForkAndWait(Work work) {
  const pid_t child = ::fork();
  if (child < 0) Wrong("fork");
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child) Wrong("waitpid");
  return status;
}

// What shall not be the copy's is not; or the wish is refused, and the program knows.
void CheckWipeOnFork() {
  constexpr std::size_t kPages = 1500;
  std::uint8_t* const map = NewMap(kPages);
  FillPages(map, kPages, 6);
  const bool wiped = ::madvise(map, kPages * kPage, MADV_WIPEONFORK) == 0;
  const int status = ForkAndWait([map, wiped] {
    for (std::size_t page = 0; page < kPages; ++page) {
      if (wiped && map[page * kPage + 5] != 0) Wrong("what was to be wiped");
    }
  });
  if (status != 0) Wrong("a copy whose memory is wiped");
  CheckPages(map, kPages, 6);
}

// Copies of the process, and copies of these, have what it had, and from then on each its own; other threads go on
// meanwhile.
void Fork() {
  constexpr std::size_t kPages = 2000;
  std::uint8_t* const map = NewMap(kPages);
  FillPages(map, kPages, 4);
  std::atomic<bool> enough = false;
  std::vector<std::thread> threads;
  for (std::uint64_t number = 0; number < 2; ++number) {
    threads.emplace_back([&enough, number] {
      while (!enough) StressHeap(number + 30, 300);
    });
  }
  for (std::uint8_t round = 0; round < 8; ++round) {
    const auto in_copy = [map, round] {
      CheckPages(map, kPages, static_cast<std::uint8_t>(4 + round));
      FillPages(map, kPages / 2, 100);
      StressHeap(5, 300);
      const int status = ForkAndWait([map, round] {
        CheckPages(map, kPages / 2, 100);
        CheckPages(map + kPages / 2 * kPage, kPages / 2, static_cast<std::uint8_t>(4 + round + kPages / 2));
        ::munmap(map, kPages * kPage);
        StressHeap(6, 300);
      });
      if (status != 0) Wrong("a copy of a copy");
      CheckPages(map, kPages / 2, 100);
      if (round == 3) ::raise(SIGKILL);
    };
    std::thread writer([map, round] {
      FillPages(map + kPages / 2 * kPage, kPages / 2, static_cast<std::uint8_t>(4 + round + kPages / 2));
    });
    std::printf("round %d: %d\n", round, ForkAndWait(in_copy));
    std::fflush(stdout);
    writer.join();
    CheckPages(map, kPages, static_cast<std::uint8_t>(4 + round));
    FillPages(map, kPages, static_cast<std::uint8_t>(5 + round));
  }
  CheckWipeOnFork();
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    if (child == 0) {  // as tracers do
      ::raise(SIGSTOP);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, WUNTRACED);
    CheckPages(map, kPages, 12);
    ::kill(child, SIGCONT);
    ::waitpid(child, &status, 0);
  }
  enough = true;
  for (std::thread& thread : threads) thread.join();
  CheckPages(map, kPages, 12);
  std::puts("copies in order");
}

// Until somebody ends it: touches all of its memory again and again.
void Endless() {
  constexpr std::size_t kPages = 8000;
  std::uint8_t* const map = NewMap(kPages);
  FillPages(map, kPages, 2);
  std::puts("begun");
  std::fflush(stdout);
  // A loop without any effect may be taken for one that ends.
  for (std::atomic<std::uint64_t> rounds = 0;; ++rounds) CheckPages(map, kPages, 2);
}

void Static() { std::puts("nothing"); }

double Microseconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

// Times of single faults, as the program sees them: pages in an order without neighbours, that were written and left.
void MeasureFaults() {
  constexpr std::size_t kPages = 1 << 15;
  std::uint8_t* const map = NewMap(kPages);
  for (std::size_t page = 0; page < kPages; ++page) map[page * kPage] = 1;
  std::vector<double> times;
  std::uint64_t sum = 0;
  for (std::size_t step = 0; step < kPages / 2; ++step) {
    const std::size_t page = step * 12'289 % kPages;
    const auto begin = std::chrono::steady_clock::now();
    sum += map[page * kPage];
    times.push_back(Microseconds(std::chrono::steady_clock::now() - begin));
  }
  if (sum != kPages / 2) Wrong("what was measured");
  std::ranges::sort(times);
  std::printf("{\"p50_us\": %.3f, \"p99_us\": %.3f}\n", times[times.size() / 2], times[times.size() * 99 / 100]);
}

void MeasureSequence() {
  constexpr std::size_t kPages = 1 << 16;
  std::uint8_t* const map = NewMap(kPages);
  for (std::size_t page = 0; page < kPages; ++page) map[page * kPage] = 1;
  std::uint64_t sum = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (std::size_t page = 0; page < kPages; ++page) sum += map[page * kPage];
  const double time = Microseconds(std::chrono::steady_clock::now() - begin);
  if (sum != kPages) Wrong("what was measured");
  std::printf("{\"pages_per_second\": %.0f}\n", static_cast<double>(kPages) * 1e6 / time);
}

// What a page that comes from nowhere costs on this machine, without any pager: the floor of every fault.
void MeasureFloor() {
  constexpr std::size_t kPages = 1 << 14;
  std::uint8_t* const map = NewMap(kPages);
  ::madvise(map, kPages * kPage, MADV_NOHUGEPAGE);
  std::vector<double> times;
  for (std::size_t page = 0; page < kPages; ++page) {
    const auto begin = std::chrono::steady_clock::now();
    map[page * kPage] = 1;
    times.push_back(Microseconds(std::chrono::steady_clock::now() - begin));
  }
  std::ranges::sort(times);
  std::printf("{\"p50_us\": %.3f}\n", times[times.size() / 2]);
}

// The same for a page that a thread of the program places by userfaultfd, on the same processor, with nothing else to
// do: the floor of every pager that is a thread. And for one that was placed before it is touched: what pages cost that
// come along with another.
void MeasureHandling() {
  constexpr std::size_t kPages = 1 << 13;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(::sched_getcpu(), &one);
  ::sched_setaffinity(0, sizeof one, &one);
  std::uint8_t* const map = NewMap(2 * kPages);
  const auto descriptor = static_cast<int>(::syscall(SYS_userfaultfd, O_CLOEXEC));
  uffdio_api api = {.api = UFFD_API, .features = 0, .ioctls = 0};
  uffdio_register range = {.range = {.start = reinterpret_cast<std::uintptr_t>(map), .len = 2 * kPages * kPage},
                           .mode = UFFDIO_REGISTER_MODE_MISSING,
                           .ioctls = 0};
  if (::ioctl(descriptor, UFFDIO_API, &api) != 0 || ::ioctl(descriptor, UFFDIO_REGISTER, &range) != 0) {
    Wrong("no userfaultfd");
  }
  static std::array<std::uint8_t, kPage> content;
  const auto place = [descriptor](std::uintptr_t address) {
    uffdio_copy request = {.dst = address & ~(kPage - 1),
                           .src = reinterpret_cast<std::uintptr_t>(content.data()),
                           .len = kPage,
                           .mode = 0,
                           .copy = 0};
    ::ioctl(descriptor, UFFDIO_COPY, &request);
  };
  std::thread([descriptor, place] {
    uffd_msg message;
    while (::read(descriptor, &message, sizeof message) == sizeof message) place(message.arg.pagefault.address);
  }).detach();
  const auto touch = [map](std::size_t page) {
    const auto begin = std::chrono::steady_clock::now();
    map[page * kPage] = 1;
    return Microseconds(std::chrono::steady_clock::now() - begin);
  };
  std::vector<double> handled;
  std::vector<double> placed;
  for (std::size_t page = 0; page < kPages; ++page) {
    handled.push_back(touch(page));
    place(reinterpret_cast<std::uintptr_t>(map) + (kPages + page) * kPage);
    placed.push_back(touch(kPages + page));
  }
  std::ranges::sort(handled);
  std::ranges::sort(placed);
  std::printf("{\"handling_p50_us\": %.3f, \"touch_p50_us\": %.3f}\n", handled[kPages / 2], placed[kPages / 2]);
}

struct Case {
  std::string_view name;
  void (*run)();
};
constexpr std::array kCases = {
    Case{"heap", Heap},
    Case{"threads", Threads},
    Case{"maps", Maps},
    Case{"advice", Advice},
    Case{"last-thread", LastThread},
    Case{"last-thread-by-call", LastThreadByCall},
    Case{"calls", Calls},
    Case{"signals", Signals},
    Case{"fork", Fork},
    Case{"endless", Endless},
    Case{"nothing", Static},
    Case{"measure-faults", MeasureFaults},
    Case{"measure-sequence", MeasureSequence},
    Case{"measure-floor", MeasureFloor},
    Case{"measure-handling", MeasureHandling},
};

}  // namespace

int main(int argc, char** argv) {
  for (const Case& each : kCases) {
    if (argc != 2 || argv[1] != each.name) continue;
    each.run();
    return 0;
  }
  std::fputs("far_probe: no such case\n", stderr);
  return 2;
}
