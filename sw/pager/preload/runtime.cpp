#include "sw/pager/preload/runtime.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "sw/pager/futex.h"
#include "sw/pager/preload/descriptors.h"
#include "sw/pager/preload/heap.h"
#include "sw/pager/preload/maps.h"
#include "sw/pager/preload/near_memory.h"
#include "sw/pager/preload/number_at.h"
#include "sw/pager/preload/process_copy.h"
#include "sw/pager/preload/runtime_state.h"
#include "sw/pager/preload/service_link.h"

namespace tarn::pager::preload {

constinit State* state = nullptr;

namespace {

constexpr std::size_t kKeptBytesMin = 1 << 20;
constexpr std::size_t kKeptBytesMax = 64 << 20;
constexpr std::size_t kKeptShare = 8;  // of the resident limit
constexpr std::uint32_t kPatienceMilliseconds = 1000;
constexpr int kLookMilliseconds = 1000;  // while nothing happens
constexpr int kHighDescriptor = 1000;    // where programs do not look for theirs

constinit std::atomic<bool> is_paging = false;

std::uint64_t Nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

// ---- the pager's thread

void Serve(pid_t thread, std::uint64_t now_ns) {
  state->follower.OnRequest(thread, now_ns);
  state->connection.ring->pager_processor.store(state->follower.processor(), std::memory_order_relaxed);
}

// Returns what was asked for.
Request Answer(Question& question) {
  Pager& pager = *state->pager;
  switch (question.request) {
    case Request::kFreeze:
      pager.Freeze(question.first, question.count);
      break;
    case Request::kForget:
      pager.Thaw(question.first, question.count, /*forget=*/true);
      break;
    case Request::kThaw:
      pager.Thaw(question.first, question.count, /*forget=*/false);
      break;
    case Request::kMove:
      pager.Move(question.first, question.to, question.count);
      break;
    case Request::kCopy:
      state->store->Share();
      pager.Share();
      break;
    case Request::kCopied:
      break;
  }
  Serve(question.thread, Nanoseconds());
  const Request request = question.request;
  question.state.store(Question::kAnswered);
  FutexWake(question.state);
  return request;
}

void AnswerAll() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t taken = ::read(state->questions_asked, &count, sizeof count);
  for (Question& question : state->questions) {
    if (question.state.load() != Question::kAsked) continue;
    if (Answer(question) == Request::kCopy) ProcessCopy::Serve();
  }
}

// The pages of the block in which a page is missing.
PageRange ObjectAt(const FaultEvent& event) {
  const AddressRange block = Heap::SmallBlockAt(event.address);
  const PageNumber first = block.begin / kPageBytes;
  const PageNumber last = (block.begin + block.size_bytes - 1) / kPageBytes;
  if (block.size_bytes == 0 || first > event.page || last < event.page) return {event.page, 1};
  return {first, last - first + 1};
}

void TakeFault(const FaultEvent& event) {
  const std::uint64_t begin = Nanoseconds();
  Serve(event.thread, begin);
  if (event.kind == FaultEvent::Kind::kGuarded) return state->pager->OnGuarded(event.page);
  state->pager->OnMissing(event.page, event.write, ObjectAt(event));
  state->connection.ring->counters.latency[replay::Histogram::BucketOf(Nanoseconds() - begin)].Add();
}

// A program of which each thread ended by itself (exit, the system call) has ended, but for the pager's. Its status is
// the first thread's.
void EndWithTheProgram() {
  std::array<char, 1024> line{};
  const int file = ::open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  const ssize_t got = ::read(file, line.data(), line.size() - 1);
  ::close(file);
  const char* const state_at = got > 0 ? std::strrchr(line.data(), ')') : nullptr;
  if (state_at == nullptr || std::strncmp(state_at, ") Z", 3) != 0) return;
  struct stat threads{};
  constexpr nlink_t kLinksOfTwoThreads = 4;
  if (::stat("/proc/self/task", &threads) != 0 || threads.st_nlink != kLinksOfTwoThreads) return;
  ::_exit(static_cast<int>(NumberAt(std::strrchr(line.data(), ' ') + 1) >> 8));
}

// What the pager's thread waits for. A program that faults often does so again before the kernel has put this thread to
// sleep and woken it, so that it stays awake for a while first, if there is a core for it. Where it gives way to the
// program it needs not: it is interrupted by the program that goes on, and when it runs again the next fault is there.
class Watch {
 public:
  bool service_spoke() const { return Spoke(2); }
  bool was_asked() const { return Spoke(1); }
  void IgnoreService() { watched_[2].fd = -1; }

  // Until there is something to do. Faults, if there are any, are taken. False: there was nothing for
  // kLookMilliseconds.
  bool Wait(std::vector<FaultEvent>& faults) {
    for (pollfd& each : watched_) each.revents = 0;
    faults.clear();
    if (++since_all_ % kFaultsBetween != 0) state->memory.TakeEvents(faults);
    if (faults.empty()) {
      since_all_ = 0;
      if (Poll() == 0) return false;
      // What is asked for may end what these events are about.
      if (Spoke(0) && !was_asked()) state->memory.TakeEvents(faults);
    }
    if (has_core_ && !faults.empty()) awake_until_ = Nanoseconds() + kAwakeNanoseconds;
    return true;
  }

 private:
  static constexpr std::uint32_t kFaultsBetween = 8;  // of looks at all
  static constexpr std::uint64_t kAwakeNanoseconds = 20'000;

  bool Spoke(std::size_t which) const { return watched_[which].revents != 0; }

  int Poll() {
    while (!state->follower.gives_way() && Nanoseconds() < awake_until_) {
      const int ready = ::poll(watched_.data(), watched_.size(), 0);
      if (ready != 0) return ready;
      ::sched_yield();  // the program may be waiting for this core
    }
    return ::poll(watched_.data(), watched_.size(), kLookMilliseconds);
  }

  std::array<pollfd, 3> watched_ = {{{state->memory.descriptor(), POLLIN, 0},
                                     {state->questions_asked, POLLIN, 0},
                                     {state->connection.socket, POLLIN, 0}}};
  std::uint32_t since_all_ = 0;
  bool has_core_ = ::sysconf(_SC_NPROCESSORS_ONLN) > 1;
  std::uint64_t awake_until_ = 0;
};

void* PagerThread(void*) {
  ::prctl(PR_SET_NAME, "tarn-pager");
  state->follower = ThreadFollower();  // of a copy: the thread is another one
  if (state->handover >= 0) ProcessCopy::TakeOver(state->handover);
  Watch watch;
  std::vector<FaultEvent> faults;
  for (;;) {
    if (!watch.Wait(faults)) EndWithTheProgram();
    if (watch.service_spoke()) {
      state->pager->Fail("the far-memory service is gone");
      watch.IgnoreService();
    }
    if (watch.was_asked()) AnswerAll();
    for (const FaultEvent& fault : faults) TakeFault(fault);
    state->pager->Maintain();
  }
}

// The C library ends the process when the last of its threads ends, and the pager's is none of the program's.
void LeaveUncounted() {
  auto* const threads = static_cast<std::atomic<unsigned>*>(::dlsym(RTLD_DEFAULT, "__nptl_nthreads"));
  if (threads != nullptr) --*threads;
}

void ForgetRange(std::uintptr_t begin, std::size_t size_bytes) {
  Runtime::Ask(Request::kFreeze, begin, size_bytes);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a range of the heap
  RawAdvise(reinterpret_cast<void*>(begin), size_bytes, MADV_DONTNEED);
  Runtime::Ask(Request::kForget, begin, size_bytes);
}

void TellOfFailure(const std::string& message) {
  Say(message + "; the program gets SIGBUS at the next page that is missing");
}

void StartPaging() {
  const Welcome& welcome = state->connection.welcome;
  if (Status status = state->memory.Open(); !status.ok()) End(status.message());
  OpenQuestions();
  state->store = std::make_unique<RemoteStore>(state->connection);
  state->pager = std::make_unique<Pager>(PagerSettings{.on_failure = TellOfFailure,
                                                       .frames = welcome.frames,
                                                       .policy = welcome.policy.data(),
                                                       .prefetch_pages = welcome.prefetch_pages,
                                                       .sample_interval = welcome.sample_interval},
                                         state->memory, *state->store, state->connection.ring->counters);
  StartPagerThread(/*handover=*/-1);
  const std::size_t kept =
      std::clamp(std::size_t{welcome.frames} * kPageBytes / kKeptShare, kKeptBytesMin, kKeptBytesMax);
  const AddressRange heap = Heap::BeginFar(kept, ForgetRange);
  if (heap.size_bytes == 0) End("no addresses for far memory; is there a limit on them (ulimit -v)?");
  if (!Runtime::Register(heap.begin, heap.size_bytes)) End("userfaultfd does not take the heap");
  Maps::AddHeap(heap.begin, heap.size_bytes);
  ProcessCopy::Watch();
  is_paging.store(true);
}

}  // namespace

void OpenQuestions() {
  state->questions_asked = MoveUp(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  for (Question& question : state->questions) question.state.store(Question::kFree);
}

void StartPagerThread(int handover) {
  state->handover = handover;
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread{};
  const int error = ::pthread_create(&thread, nullptr, PagerThread, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) End(std::string("no thread: ") + std::strerror(error));
  ::pthread_detach(thread);
  LeaveUncounted();
}

void Runtime::Start() {
  const char* const path = std::getenv(kSocketVariable);
  if (path == nullptr) return;
  state = new State;
  state->path = path;
  Result<Connection> connection = ConnectToService(path, /*copy_of=*/0);
  if (!connection.ok()) End(connection.status().message());
  state->connection = *connection;
  if (state->connection.welcome.frames != 0) StartPaging();
}

bool Runtime::paging() { return is_paging.load(std::memory_order_relaxed); }

bool Runtime::NextOwnDescriptor(unsigned first, unsigned last, unsigned& found) {
  if (!paging()) return false;
  bool any = false;
  const auto look_at = [&](int each) {
    const auto number = static_cast<unsigned>(each);
    if (each < 0 || number < first || number > last || (any && number > found)) return;
    found = number;
    any = true;
  };
  for (const int each : {state->connection.socket, state->connection.doorbell, state->questions_asked}) look_at(each);
  for (const int each : state->memory.descriptors()) look_at(each);
  return any;
}

bool Runtime::IsOwnDescriptor(int descriptor) {
  unsigned found = 0;
  return descriptor >= 0 &&
         NextOwnDescriptor(static_cast<unsigned>(descriptor), static_cast<unsigned>(descriptor), found);
}

bool Runtime::Register(std::uintptr_t begin, std::size_t size_bytes) {
  if (!state->memory.Register(begin, size_bytes).ok()) return false;
  // Pages are this process's alone: the kernel shall not merge equal ones.
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a range of memory
  RawAdvise(reinterpret_cast<void*>(begin), size_bytes, MADV_UNMERGEABLE);
  // A child that is made behind our back has no pager: without this it would see zeros where pages are missing.
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a range of memory
  return RawAdvise(reinterpret_cast<void*>(begin), size_bytes, MADV_DONTFORK) == 0;
}

void Runtime::Ask(Request request, std::uintptr_t begin, std::size_t size_bytes, std::uintptr_t to) {
  Question* question = nullptr;
  while (question == nullptr) {
    for (Question& each : state->questions) {
      std::uint32_t expected = Question::kFree;
      if (!each.state.compare_exchange_strong(expected, Question::kTaken)) continue;
      question = &each;
      break;
    }
    if (question == nullptr) ::sched_yield();
  }
  question->thread = static_cast<pid_t>(::syscall(SYS_gettid));
  question->request = request;
  question->first = begin / kPageBytes;
  question->count = size_bytes / kPageBytes;
  question->to = to / kPageBytes;
  question->state.store(Question::kAsked);
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t told = ::write(state->questions_asked, &one, sizeof one);
  while (question->state.load() != Question::kAnswered) {
    FutexWait(question->state, Question::kAsked, kPatienceMilliseconds);
  }
  question->state.store(Question::kFree);
}

}  // namespace tarn::pager::preload
