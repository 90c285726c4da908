#include "sw/pager/preload/process_copy.h"

#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <vector>

#include "sw/pager/preload/descriptors.h"
#include "sw/pager/preload/heap.h"
#include "sw/pager/preload/maps.h"
#include "sw/pager/preload/near_memory.h"
#include "sw/pager/preload/runtime_state.h"
#include "sw/pager/preload/service_link.h"

namespace tarn::pager::preload {

namespace {

// The copy that is being made; the locks of the heap and of the maps are held as long as this is in use.
struct Copy {
  bool prepared = false;
  pid_t thread = 0;  // that makes it
  sigset_t signals{};
  // Of the original's pager and of the copy: they are closed when the copy serves itself.
  std::array<int, 2> ends{-1, -1};
  Connection connection;  // the copy's
};
Copy copy;
constinit thread_local bool copy_failed = false;
constinit std::atomic<bool> watched = false;

// ---- the pager's thread of the original

// Without books: of what is placed here neither pager knows, and it stays.
void Place(UserFaultMemory& memory, PageNumber page) {
  static Page content;
  if (Status status = state->pager->Look(page, content); !status.ok()) {
    state->pager->Fail(status.message());
    return memory.Poison(page);
  }
  if (memory.Place(page, 1, &content, /*protect=*/false) == 0) memory.Wake(page, 1);
}

// Faults of who makes the copy. Returns the copy's descriptor, once it is made; else -1.
int ServeOriginal(std::vector<FaultEvent>& events) {
  int descriptor = -1;
  state->memory.TakeEvents(events);
  for (const FaultEvent& event : events) {
    if (event.kind == FaultEvent::Kind::kCopied) {
      descriptor = event.descriptor;
    } else if (event.thread == copy.thread && event.kind == FaultEvent::Kind::kGuarded) {
      state->pager->OnGuarded(event.page);
    } else if (event.thread == copy.thread) {
      Place(state->memory, event.page);
    }
  }
  return descriptor;
}

// The copy's books will say that all its pages may have been written.
void ServeCopy(UserFaultMemory& memory, std::vector<FaultEvent>& events) {
  memory.TakeEvents(events);
  for (const FaultEvent& event : events) {
    if (event.kind == FaultEvent::Kind::kGuarded) {
      memory.AllowWrites(event.page);
    } else {
      Place(memory, event.page);
    }
  }
}

// ---- the thread that forks

void InheritFarMemory(bool inherited) { Maps::AdviseAll(inherited ? MADV_DOFORK : MADV_DONTFORK); }

bool Prepare() {
  copy.thread = static_cast<pid_t>(::syscall(SYS_gettid));
  copy.connection = Connection();
  if (!ProcessCopy::possible() || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, copy.ends.data()) != 0) {
    return false;
  }
  for (int& end : copy.ends) end = MoveUp(end);
  Runtime::Ask(Request::kCopy, 0, 0);
  Result<Connection> connection = ConnectToService(state->path.c_str(), state->connection.welcome.identity);
  if (!connection.ok()) {
    Say("fork: " + connection.status().message());
    return false;
  }
  copy.connection = *connection;
  InheritFarMemory(true);
  return true;
}

void Unlock() {
  Heap::UnlockAll();
  Maps::UnlockAll();
}

void BeforeCopy() {
  if (!Runtime::paging()) return;
  sigset_t all;
  ::sigfillset(&all);
  sigset_t signals;
  ::pthread_sigmask(SIG_SETMASK, &all, &signals);
  Maps::LockAll();
  Heap::LockAll();
  copy.signals = signals;
  copy.ends = {-1, -1};
  copy.prepared = Prepare();
}

void AfterInOriginal() {
  if (!Runtime::paging()) return;
  RawClose(copy.ends[1]);
  Close(copy.connection);
  InheritFarMemory(false);
  if (copy.ends[0] >= 0) Runtime::Ask(Request::kCopied, 0, 0);
  copy_failed = !copy.prepared;
  const sigset_t signals = copy.signals;
  Unlock();
  ::pthread_sigmask(SIG_SETMASK, &signals, nullptr);
}

// The ring's place stays the same, so that whoever knows it needs not be told.
void TakeConnection() {
  Connection& connection = state->connection;
  RawClose(connection.socket);
  RawClose(connection.doorbell);
  ::syscall(SYS_mremap, copy.connection.ring, sizeof(Ring), sizeof(Ring), MREMAP_MAYMOVE | MREMAP_FIXED,
            connection.ring);
  connection.socket = copy.connection.socket;
  connection.doorbell = copy.connection.doorbell;
  connection.welcome = copy.connection.welcome;
  state->store->BeginAsCopy(connection);
}

void AfterInCopy() {
  if (!Runtime::paging()) return;
  if (!copy.prepared) End("fork: there is no far memory for the copy");
  RawClose(copy.ends[0]);
  TakeConnection();
  RawClose(state->questions_asked);
  OpenQuestions();
  const int descriptor = ReceiveDescriptor(copy.ends[1]);
  if (descriptor < 0) End("fork: the original is gone");
  state->memory.BeginAsCopy(descriptor);
  state->pager->BeginAsCopy();
  InheritFarMemory(false);
  const sigset_t signals = copy.signals;
  Unlock();
  StartPagerThread(copy.ends[1]);
  // Answered once the original is free: it may have to wake this process, should that stop itself.
  Runtime::Ask(Request::kCopied, 0, 0);
  ::pthread_sigmask(SIG_SETMASK, &signals, nullptr);
}

}  // namespace

void ProcessCopy::Watch() {
  if (!watched.exchange(true)) ::pthread_atfork(BeforeCopy, AfterInOriginal, AfterInCopy);
}

bool ProcessCopy::possible() { return state->memory.reports_copies(); }

bool ProcessCopy::failed() { return copy_failed; }

void ProcessCopy::Serve() {
  std::vector<FaultEvent> events;
  UserFaultMemory of_copy;
  std::array<pollfd, 3> watched_ends = {
      {{state->memory.descriptor(), POLLIN, 0}, {copy.ends[0], POLLIN, 0}, {-1, POLLIN, 0}}};
  while (watched_ends[1].revents == 0) {
    ::poll(watched_ends.data(), watched_ends.size(), -1);
    if (watched_ends[2].revents != 0) ServeCopy(of_copy, events);
    if (watched_ends[0].revents == 0) continue;
    const int descriptor = ServeOriginal(events);
    if (descriptor < 0) continue;
    of_copy = UserFaultMemory(MoveUp(descriptor));
    watched_ends[2].fd = of_copy.descriptor();
    SendDescriptor(copy.ends[0], of_copy.descriptor());
    copy.thread = 0;
  }
  RawClose(of_copy.descriptor());
  RawClose(copy.ends[0]);
  state->memory.WakeAll();
}

void ProcessCopy::TakeOver(int handover) {
  char byte = 0;
  [[maybe_unused]] ssize_t done = ::write(handover, &byte, 1);
  done = ::read(handover, &byte, 1);
  RawClose(handover);
}

}  // namespace tarn::pager::preload
