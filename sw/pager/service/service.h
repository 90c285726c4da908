// The far-memory service: owns the node, serves the programs' rings, and tells whoever asks how it goes. One thread; it
// ends with its owner, and programs whose service is gone get SIGBUS at the next page that is missing.
#pragma once

#include <sched.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/pager/channel.h"
#include "sw/pager/service/node_store.h"
#include "sw/pager/shared_memory.h"
#include "sw/pager/snapshot.h"

namespace tarn::pager {

struct ServiceOptions {
  NodeStoreOptions store;
  std::uint32_t frames = 0;  // resident pages of each program; 0: all stay resident
  std::string policy = "hardware";
  std::uint32_t prefetch_pages = 31;
  std::uint32_t sample_interval = 64;
  std::string folder;  // for the sockets; is made, of the user alone
};

class Service {
 public:
  // Errors: a node or a socket that cannot be made.
  static Result<std::unique_ptr<Service>> Make(const ServiceOptions& options);
  ~Service();

  // Serves for at most so long, or until `woken` is readable.
  void Serve(int milliseconds, int woken);
  // Programs that are connected now.
  std::size_t programs() const { return programs_.size(); }
  // Of all programs, those that ended included.
  Snapshot TakeSnapshot() const;

  const std::string& socket_path() const { return socket_path_; }
  const std::string& watch_path() const { return watch_path_; }

 private:
  struct Program;
  using Owners = std::vector<const Program*>;  // several: a program and its copies
  struct Watcher {
    Descriptor socket;
  };

  Service() = default;
  Status Listen();
  void Accept();
  bool Welcome(Program& program);
  void ServeRing(Program& program);
  void StayOff(int processor);
  void Obey(Program& program, Command& command, Page& page);
  Status FreeExtent(Program& program, std::uint32_t extent, bool give_back);
  bool Owns(const Program& program, std::uint32_t extent) const;
  bool IsShared(std::uint32_t extent) const { return owners_[extent].size() > 1; }
  bool ShareExtents(std::uint64_t identity, const Program& copy);
  void Part(std::size_t index);
  void AnswerWatcher(int socket) const;
  bool AnyWork() const;

  ServiceOptions options_;
  std::unique_ptr<NodeStore> store_;
  std::string socket_path_;
  std::string watch_path_;
  Descriptor listener_;
  Descriptor watch_listener_;
  std::vector<std::unique_ptr<Program>> programs_;
  std::vector<Owners> owners_;  // of extents
  std::uint64_t identities_ = 0;
  cpu_set_t allowed_{};  // processors, by who started it
  int avoided_ = -1;     // of these
  std::chrono::steady_clock::time_point moved_;
  std::vector<Watcher> watchers_;
  Snapshot ended_;  // of programs that are gone
};

}  // namespace tarn::pager
