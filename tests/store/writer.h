// A client that writes blocks of a volume again and again and remembers what was acknowledged, for tests that kill what
// it writes to.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "sw/nbd/protocol.h"

namespace tarn::store {

class BlockClient;

inline constexpr std::uint32_t kWriterBlock = 4096;

// What a writer's version of a block is.
nbd::Bytes Pattern(std::uint64_t block, std::uint64_t version);

// When a writer has what it wrote made stable: never, with each write (FUA), or by a flush after each 16 writes.
enum class Stable { kNever, kEachWrite, kByFlush };

// Writes the volume "disk" until it is told to end or a write fails.
class Writer {
 public:
  Writer(const std::string& socket, std::uint64_t first_block, std::uint64_t blocks,
         std::chrono::microseconds pause = {}, Stable stable = Stable::kNever);
  ~Writer() { End(); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // The number of writes that were acknowledged.
  std::uint64_t End();
  std::uint64_t acknowledged() const { return acknowledged_; }
  // kNone while all goes well.
  nbd::Error error() const { return error_; }
  // What is read at a member is what was acknowledged last, or what was sent after it. REQUIRES: ended.
  void Check(const std::string& socket) const;
  // The same after all members were lost at once: what is read is what was stable last, or what was sent after it.
  void CheckStable(const std::string& socket) const;

 private:
  struct Versions {
    std::uint64_t sent = 0;
    std::uint64_t acknowledged = 0;
    std::uint64_t stable = 0;
  };
  void Check(const std::string& socket, std::uint64_t Versions::* least) const;
  void Write();
  nbd::Error MakeStable(BlockClient& client);

  std::string socket_;
  std::uint64_t first_;
  std::chrono::microseconds pause_;
  Stable stable_;
  std::vector<Versions> versions_;
  std::atomic<bool> ended_ = false;
  std::atomic<nbd::Error> error_ = nbd::Error::kNone;
  std::atomic<std::uint64_t> acknowledged_ = 0;
  std::thread thread_;
};

}  // namespace tarn::store
