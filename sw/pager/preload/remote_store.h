// The store as the program sees it: the service at the other end of a ring, and, where the node's memory is shared,
// pages read in place. Used by one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>

#include "sw/pager/channel.h"
#include "sw/pager/page_store.h"

namespace tarn::pager::preload {

// What the service gave: everything is mapped.
struct Connection {
  int socket = -1;
  int doorbell = -1;
  Ring* ring = nullptr;
  const DirectoryEntry* directory = nullptr;  // null: no page can be read directly
  const Page* frames = nullptr;
  Welcome welcome;
};

class RemoteStore : public PageStore {
 public:
  explicit RemoteStore(const Connection& connection) : connection_(connection), ring_(*connection.ring) {}

  Result<StoreId> Allocate() override;
  // An extent that is free as a whole goes back to the service, but for one.
  void Free(StoreId id) override;
  bool IsShared(StoreId id) const override { return shared_.contains(id / kExtentPages); }
  Status Write(StoreId id, const Page& content) override;
  void Flush() override;
  Status Read(StoreId id, Page& content) override;
  Result<bool> Holds(StoreId id, const Page& content) override;
  bool reads_cheaply() const override { return connection_.directory != nullptr; }

  // The process is about to copy itself: what is stored is the copy's as well.
  void Share();
  // In the copy: this is its own connection. Its ring lies where the other's lay.
  void BeginAsCopy(const Connection& connection);

 private:
  // Pages of an extent that nobody uses.
  class FreePages {
   public:
    bool all() const { return count_ == kExtentPages; }
    bool none() const { return count_ == 0; }
    void Add(std::uint32_t page);
    void AddAll();
    std::uint32_t TakeLowest();

   private:
    static constexpr std::uint32_t kWordBits = 64;
    std::array<std::uint64_t, kExtentPages / kWordBits> bits_{};
    std::uint32_t count_ = 0;
  };

  void Own(std::uint32_t extent, const FreePages& pages);
  void GiveBack(std::uint32_t extent);
  Status AskForExtent();
  Status TakeBackShared();
  const Page* UnderWay(StoreId id) const;
  template <typename Look>
  bool LookDirectly(StoreId id, Look look) const;
  Status Post(CommandKind kind, StoreId id, const Page* content, std::uint32_t& entry);
  Status WaitFor(std::uint32_t completed);
  Status CheckAnswers();
  bool ServiceIsGone() const;

  Connection connection_;
  Ring& ring_;
  std::uint32_t posted_ = 0;
  std::uint32_t checked_ = 0;                  // answers that were looked at
  std::map<std::uint32_t, FreePages> own_;     // by extent: what is free of it
  std::set<std::uint32_t> roomy_;              // of these, those that have free pages
  std::uint32_t whole_extents_ = 0;            // and those that are free as a whole
  std::map<std::uint32_t, FreePages> shared_;  // extents that a copy may have as well: what is free of them is not used
  std::uint32_t asked_ = 0;                    // of these, who was asked for last
  Page compared_;
};

}  // namespace tarn::pager::preload
