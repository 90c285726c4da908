// The program's end of the ring, with a small service at the other end.
#include "sw/pager/preload/remote_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "sw/pager/futex.h"

namespace tarn::pager::preload {
namespace {

// Obeys the commands of a ring as they come.
class RingService {
 public:
  explicit RingService(Ring& ring) : ring_(ring), thread_([this] { Run(); }) {}
  ~RingService() {
    end_ = true;
    thread_.join();
  }
  RingService(const RingService&) = delete;
  RingService& operator=(const RingService&) = delete;

  std::set<std::uint32_t> given;  // extents that the program has; to be looked at when nothing is under way
  std::atomic<std::uint32_t> given_max = 0;
  std::atomic<bool> copies = false;  // have what this program has

 private:
  void Run() {
    while (!end_) {
      const std::uint32_t completed = ring_.completed.load();
      if (ring_.posted.load() == completed) {
        std::this_thread::yield();
        continue;
      }
      Obey(ring_.commands[completed % Ring::kEntries], ring_.pages[completed % Ring::kEntries]);
      ring_.completed.store(completed + 1);
      if (ring_.program_waits.load() != 0) FutexWake(ring_.completed);
    }
  }
  void Obey(Command& command, Page& page) {
    if (command.kind == CommandKind::kExtent) {
      std::uint32_t lowest = 0;
      while (given.contains(lowest)) ++lowest;
      given.insert(lowest);
      given_max = std::max(given_max.load(), static_cast<std::uint32_t>(given.size()));
      command.id = lowest;
    } else if (command.kind == CommandKind::kFree) {
      EXPECT_EQ(given.erase(command.id), 1u);
    } else if (command.kind == CommandKind::kAlone) {
      command.id = copies ? 0 : 1;
    } else if (command.kind == CommandKind::kWrite) {
      EXPECT_TRUE(given.contains(command.id / kExtentPages));
      pages_[command.id] = page;
    } else {
      page = pages_[command.id];
    }
    command.status = CommandStatus::kOk;
  }

  Ring& ring_;
  std::map<StoreId, Page> pages_;
  std::atomic<bool> end_ = false;
  std::thread thread_;
};

struct Ends {
  std::unique_ptr<Ring> ring = std::make_unique<Ring>();
  RingService service{*ring};
  RemoteStore store{Connection{.socket = -1, .doorbell = -1, .ring = ring.get()}};
};

Page Filled(std::uint32_t value) {
  Page page;
  page.bytes.fill(static_cast<std::uint8_t>(value));
  return page;
}

TEST(RemoteStore, WhatIsWrittenIsReadUnderWayAndAfterwards) {
  Ends ends;
  std::vector<StoreId> ids;
  for (std::uint32_t index = 0; index < 1000; ++index) {
    const Result<StoreId> id = ends.store.Allocate();
    ASSERT_TRUE(id.ok());
    ids.push_back(*id);
    ASSERT_TRUE(ends.store.Write(*id, Filled(index)).ok());
    Page page;
    ASSERT_TRUE(ends.store.Read(ids[index / 2], page).ok());
    EXPECT_EQ(page, Filled(index / 2));
    EXPECT_TRUE(*ends.store.Holds(*id, Filled(index)));
    EXPECT_FALSE(*ends.store.Holds(*id, Filled(index + 1)));
  }
  EXPECT_EQ(std::set<StoreId>(ids.begin(), ids.end()).size(), ids.size());
}

// A program that allocates and frees for long does not fill the node.
TEST(RemoteStore, WhatIsFreedGoesBackToTheService) {
  Ends ends;
  for (std::uint32_t round = 0; round < 20; ++round) {
    std::vector<StoreId> ids;
    for (std::uint32_t index = 0; index < 10 * kExtentPages; ++index) {
      const Result<StoreId> id = ends.store.Allocate();
      ASSERT_TRUE(id.ok());
      ids.push_back(*id);
      ASSERT_TRUE(ends.store.Write(*id, Filled(round)).ok());
    }
    for (const StoreId id : ids) ends.store.Free(id);
  }
  ASSERT_TRUE(ends.store.Allocate().ok());
  Page page;
  const Result<StoreId> id = ends.store.Allocate();
  ASSERT_TRUE(ends.store.Write(*id, page).ok());
  while (ends.ring->completed.load() != ends.ring->posted.load()) std::this_thread::yield();
  EXPECT_LE(ends.service.given_max, 11u);
  EXPECT_LE(ends.service.given.size(), 2u);
}

// As long as there is a copy; afterwards it is used again.
TEST(RemoteStore, WhatACopyHasIsNotGivenOut) {
  Ends ends;
  std::vector<StoreId> ids;
  for (std::uint32_t index = 0; index < 10 * kExtentPages; ++index) ids.push_back(*ends.store.Allocate());
  ends.service.copies = true;
  ends.store.Share();
  for (const StoreId id : ids) EXPECT_TRUE(ends.store.IsShared(id));
  for (std::size_t index = 0; index < ids.size(); index += 2) ends.store.Free(ids[index]);
  for (std::uint32_t index = 0; index < kExtentPages; ++index) {
    const StoreId id = *ends.store.Allocate();
    EXPECT_GT(id, ids.back());
    EXPECT_FALSE(ends.store.IsShared(id));
  }
  ends.service.copies = false;
  for (std::uint32_t index = 0; index < 4 * kExtentPages; ++index) {
    const StoreId id = *ends.store.Allocate();
    EXPECT_LE(id, ids.back());
    EXPECT_FALSE(ends.store.IsShared(id));
  }
  for (std::size_t index = 1; index < ids.size(); index += 2) ends.store.Free(ids[index]);
  ASSERT_TRUE(ends.store.Allocate().ok());
  while (ends.ring->completed.load() != ends.ring->posted.load()) std::this_thread::yield();
  EXPECT_EQ(ends.service.given_max, 11u);
}

}  // namespace
}  // namespace tarn::pager::preload
