// What the parts of the runtime share: the library's own, in near memory.
#pragma once

#include <sys/types.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "sw/pager/page_memory.h"
#include "sw/pager/pager.h"
#include "sw/pager/preload/remote_store.h"
#include "sw/pager/preload/runtime.h"
#include "sw/pager/preload/thread_follower.h"
#include "sw/pager/preload/user_fault_memory.h"

namespace tarn::pager::preload {

// What another thread asks for. These stand in near memory: a caller's stack may be far.
struct Question {
  enum State : std::uint32_t { kFree, kTaken, kAsked, kAnswered };
  std::atomic<std::uint32_t> state = kFree;
  pid_t thread = 0;  // that asks
  Request request{};
  PageNumber first = 0;
  PageNumber count = 0;
  PageNumber to = 0;
};

struct State {
  std::string path;  // of the service's socket
  Connection connection;
  UserFaultMemory memory;
  std::unique_ptr<RemoteStore> store;
  std::unique_ptr<Pager> pager;
  ThreadFollower follower;
  int questions_asked = -1;  // eventfd
  int handover = -1;         // of StartPagerThread
  std::array<Question, 64> questions;
};

// Null: the program is none of ours.
extern State* state;

void OpenQuestions();
// handover: of a copy of a process, where who serves it until now is told to stop; else -1.
void StartPagerThread(int handover);

}  // namespace tarn::pager::preload
