// The node as the pager's store: the windows of its CPU hosts side by side, page by page, over any platform. On `model`
// programs may read pages directly in the node's memory, which is shared, as long as the directory says where they are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/common/flat_slot_memory.h"
#include "models/common/result.h"
#include "sw/drivers/page_mover.h"
#include "sw/hal/factory.h"
#include "sw/pager/channel.h"
#include "sw/pager/page_store.h"
#include "sw/pager/shared_memory.h"

namespace tarn::pager {

struct NodeStoreOptions {
  hal::PlatformKind platform = hal::PlatformKind::kModel;
  std::uint32_t slots = 0;        // of the pool that are in service; 0: all
  std::uint64_t store_bytes = 0;  // of the windows together; 0: all that the node can promise
};

class NodeStore {
 public:
  static Result<std::unique_ptr<NodeStore>> Make(const NodeStoreOptions& options);
  ~NodeStore();

  Status Write(StoreId id, const Page& page);
  Status Read(StoreId id, Page& page);
  // An extent that nobody has; its content has no meaning.
  Result<std::uint32_t> AllocateExtent();
  // The extent is nobody's any more. give_back: the node forgets what it holds, which then takes no memory there.
  Status FreeExtent(std::uint32_t extent, bool give_back);

  std::uint32_t pages() const { return extents_ * kExtentPages; }
  // Shared with programs; frames are 0 where they cannot read directly.
  std::uint32_t direct_pages() const { return direct_pages_; }
  int directory() const { return directory_.descriptor(); }
  int frames() const { return frames_.descriptor(); }
  hal::Platform& platform() { return *platform_; }

 private:
  NodeStore() = default;
  Status MakePlatform(const NodeStoreOptions& options);
  Status ShareFrames();
  Status BringUp(const NodeStoreOptions& options);
  HostId HostOf(StoreId id) const { return hosts_[id / pages_per_host_]; }
  HostPhysAddr AddressOf(StoreId id) const { return HostPhysAddr(std::uint64_t{id % pages_per_host_} * kPageBytes); }
  DirectoryEntry& EntryOf(StoreId id) { return static_cast<DirectoryEntry*>(directory_.data())[id]; }
  Status GiveBack(StoreId first);
  void Publish(StoreId id);
  void Withdraw(HostId host, std::uint32_t window_page);

  SharedMemory frames_;
  SharedMemory directory_;
  std::shared_ptr<FlatSlotMemory> memory_;
  std::unique_ptr<hal::Platform> platform_;
  hal::PagePort* page_port_ = nullptr;
  std::unique_ptr<drivers::PageMover> mover_;
  std::vector<HostId> hosts_;
  std::uint32_t pages_per_host_ = 0;
  std::uint32_t segment_pages_ = 0;
  std::uint32_t direct_pages_ = 0;
  std::uint32_t extents_ = 0;
  std::uint32_t next_extent_ = 0;
  std::vector<std::uint32_t> free_extents_;
};

}  // namespace tarn::pager
