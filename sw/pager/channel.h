// What a program and the service share: a ring of commands with a page each, counters, and the messages with which they
// meet. One ring has one program and one service; the service takes commands in order, so that a read finds what was
// written before.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "models/common/sparse_memory.h"
#include "sw/pager/counters.h"
#include "sw/pager/page_store.h"

namespace tarn::pager {

inline constexpr std::uint32_t kChannelVersion = 3;
inline constexpr const char* kSocketVariable = "TARN_FAR_SOCKET";  // tells the preloaded library where the service is

enum class CommandKind : std::uint32_t {
  kWrite,   // the ring's page to page `id` of the store
  kRead,    // back
  kExtent,  // a new extent; its number comes back in `id`
  kFree,    // extent `id` goes back
  kAlone,   // whether no other program has extent `id`: 1 or 0 comes back in `id`
};

// Answers in the ring.
enum class CommandStatus : std::uint32_t { kOk, kFull, kFailed };

struct Command {
  CommandKind kind{};
  StoreId id = 0;
  CommandStatus status{};
};

// The store is dealt out in extents.
inline constexpr std::uint32_t kExtentPages = 256;

struct Ring {
  static constexpr std::uint32_t kEntries = 512;

  Ring() {}  // NOLINT(modernize-use-equals-default): the pages are left alone, for memory costs when it is touched

  alignas(64) std::atomic<std::uint32_t> posted = 0;     // commands that the program has given, in all
  alignas(64) std::atomic<std::uint32_t> completed = 0;  // and the service has done; the program waits for it (futex)
  std::atomic<std::uint32_t> program_waits = 0;
  std::atomic<std::uint32_t> service_sleeps = 1;   // it wants to be told of new commands
  std::atomic<std::int32_t> pager_processor = -1;  // on which the program's pager is kept; -1: on none
  std::array<char, 256> failure{};                 // of the command that failed, zero-terminated
  std::array<Command, kEntries> commands{};
  Counters counters;
  union {
    alignas(kPageBytes) std::array<Page, kEntries> pages;
  };
};

// Where a page of the store can be read directly: an entry of the directory. It is valid if it is the same before and
// after the page was copied.
struct DirectoryEntry {
  std::atomic<std::uint64_t> word = 0;  // frame + 1 (0: nowhere) in the lower half, changes in the upper one

  void Publish(std::uint32_t frame) { Change(frame + 1); }
  void Withdraw() {
    if (static_cast<std::uint32_t>(word.load(std::memory_order_relaxed)) == 0) return;
    Change(0);
    std::atomic_thread_fence(std::memory_order_release);  // before the frame is written
  }

 private:
  void Change(std::uint32_t low) {
    const std::uint64_t changes = (word.load(std::memory_order_relaxed) >> 32) + 1;
    word.store(changes << 32 | low, std::memory_order_release);
  }
};

// The program's first message, and the answer, which carries descriptors: ring, doorbell (an eventfd), then, if
// direct_pages is not 0, the directory and the frames. A copy has the extents of the program that it is a copy of; as
// long as an extent has several programs, none of them writes to it.
struct Hello {
  std::uint32_t version = kChannelVersion;
  std::uint32_t pid = 0;
  // Of the program (Welcome) that is about to copy itself, and makes this connection for its copy; 0: a new program.
  std::uint64_t copy_of = 0;
  std::array<char, 32> name{};
};

struct Welcome {
  std::uint32_t version = kChannelVersion;
  std::uint32_t frames = 0;  // resident pages at most; 0: all stay resident, nothing is paged
  std::uint32_t prefetch_pages = 0;
  std::uint32_t sample_interval = 0;
  std::uint32_t store_pages = 0;   // entries of the directory
  std::uint32_t direct_pages = 0;  // frames
  std::uint64_t identity = 0;      // of the program
  std::array<char, 16> policy{};
};

}  // namespace tarn::pager
