// A member's storage: one file. Writes, reads and syncs are done in their order by a thread of its own, so that a slow
// disk does not keep the loop from its leases; what came of them is told in the loop. Written past the system's cache
// (block_writer.h), read through it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "models/common/result.h"
#include "sw/dataset/interface.h"
#include "sw/net/deferrals.h"
#include "sw/net/event_loop.h"
#include "sw/net/file_descriptor.h"
#include "sw/store/block_writer.h"

namespace tarn::store {

class StorageFile : public net::EventLoop::Handler {
 public:
  using Done = std::function<void(dataset::Event)>;  // StorageWritten (failed ones only), StorageSynced, StorageRead

  // Opens the file, or makes one of size_bytes. Locked: a second process that opens it fails. An existing one keeps its
  // size, which must be size_bytes.
  static Result<std::unique_ptr<StorageFile>> Open(net::EventLoop& loop, const std::string& path,
                                                   std::uint64_t size_bytes, Done done);
  // What is handed out is still written, but not synced.
  ~StorageFile() override;

  void Write(dataset::WriteStorage write);
  void Sync(std::uint64_t token);
  void Read(const dataset::ReadStorage& read);
  // Bytes that were handed out and are not written yet.
  std::uint64_t waiting_bytes() const { return waiting_bytes_ + gathered_bytes_; }

  void OnReady(std::uint32_t events) override;

 private:
  struct SyncJob {
    std::uint64_t token = 0;
  };
  using Job = std::variant<dataset::WriteStorage, SyncJob, dataset::ReadStorage>;

  StorageFile(net::EventLoop& loop, net::FileDescriptor file, net::FileDescriptor for_writing, std::uint64_t size_bytes,
              net::FileDescriptor wake, Done done);
  void Add(Job job, std::uint64_t bytes);
  void HandOver();
  // The thread's. What they put into came_ is told by GiveBack().
  void Work();
  bool Take(std::vector<Job>& jobs, bool rests);
  void Do(const std::vector<Job>& jobs);
  void WriteNow(const dataset::WriteStorage& write);
  void FlushNow();
  void Failed();
  void SyncNow();
  void ReadNow(const dataset::ReadStorage& read);
  void GiveBack(std::vector<Job>& jobs);

  net::EventLoop& loop_;
  net::Deferrals deferrals_{loop_};
  net::FileDescriptor file_;
  net::FileDescriptor wake_;
  Done done_;
  std::vector<Job> gathered_;  // of this round of the loop; handed over at its end, with one wake-up for all
  std::uint64_t gathered_bytes_ = 0;
  bool gathered_urgent_ = false;
  // The thread's alone.
  BlockWriter writer_;
  std::vector<std::uint64_t> syncs_;  // tokens that one fdatasync answers
  std::vector<dataset::Event> came_;  // of what was done
  // Of both.
  std::mutex mutex_;
  std::condition_variable work_there_;
  std::vector<Job> jobs_;               // under mutex_
  std::vector<Job> spent_;              // under mutex_; freed by the thread that made them, which is cheaper
  std::vector<dataset::Event> events_;  // under mutex_
  std::atomic<std::uint64_t> waiting_bytes_ = 0;
  bool asleep_ = false;  // under mutex_; until it is told that there is work
  bool urgent_ = false;  // under mutex_; somebody waits for what the jobs do
  bool ended_ = false;   // under mutex_
  std::thread thread_;
};

}  // namespace tarn::store
