#include "sw/pager/service/node_store.h"

#include <algorithm>
#include <utility>

#include "models/node/node_register_file.h"
#include "sw/drivers/channel_driver.h"
#include "sw/drivers/pool_driver.h"
#include "sw/hal/model_platform.h"

namespace tarn::pager {

Result<std::unique_ptr<NodeStore>> NodeStore::Make(const NodeStoreOptions& options) {
  std::unique_ptr<NodeStore> store(new NodeStore);
  if (Status status = store->MakePlatform(options); !status.ok()) return status;
  if (Status status = store->BringUp(options); !status.ok()) return status;
  return store;
}

NodeStore::~NodeStore() {
  if (page_port_ != nullptr) page_port_->set_invalidate_listener({});
}

Status NodeStore::MakePlatform(const NodeStoreOptions& options) {
  if (options.platform != hal::PlatformKind::kModel) {
    Result<std::unique_ptr<hal::Platform>> platform = hal::MakePlatform(options.platform, {});
    if (!platform.ok()) return platform.status();
    platform_ = std::move(*platform);
    return {};
  }
  if (Status status = ShareFrames(); !status.ok()) return status;
  Result<hal::PagedModelPlatform> model = hal::MakePagedModelPlatform({}, memory_);
  if (!model.ok()) return model.status();
  platform_ = std::move(model->platform);
  page_port_ = model->pages;
  return {};
}

Status NodeStore::ShareFrames() {
  const node::NodeRegisterParameters node;  // the defaults, which the model has
  direct_pages_ = static_cast<std::uint32_t>(node.num_slots * node.segment_bytes / kPageBytes);
  Result<SharedMemory> frames = SharedMemory::Make("tarn-frames", std::size_t{direct_pages_} * kPageBytes);
  if (!frames.ok()) return frames.status();
  frames_ = std::move(*frames);
  memory_ = std::make_shared<FlatSlotMemory>(std::span(static_cast<Page*>(frames_.data()), direct_pages_));
  return {};
}

Status NodeStore::BringUp(const NodeStoreOptions& options) {
  const hal::NodeParameters& node = platform_->parameters();
  for (std::uint32_t host = 0; host < node.hosts; ++host) {
    if (!node.host_has_iommu[host]) hosts_.emplace_back(host);
  }
  if (hosts_.empty()) return Status::Error("the node has no CPU's port");
  segment_pages_ = static_cast<std::uint32_t>(node.segment_bytes / kPageBytes);
  std::uint64_t segments = node.segments_per_host;
  if (options.store_bytes != 0) {
    const std::uint64_t each = (options.store_bytes + hosts_.size() - 1) / hosts_.size();
    segments = std::min(segments, (each + node.segment_bytes - 1) / node.segment_bytes);
  }
  drivers::PoolDriver pool(*platform_);
  if (Status status = drivers::ChannelDriver(*platform_).WaitReady(); !status.ok()) return status;
  if (Status status = pool.WaitCleared(); !status.ok()) return status;
  const std::uint32_t slots = options.slots == 0 ? node.slots : options.slots;
  if (Status status = pool.SetSlotsInService(slots); !status.ok()) return status;
  for (const HostId host : hosts_) {
    Status status = pool.SetWindow(host, HostPhysAddr(0), static_cast<std::uint32_t>(segments));
    if (!status.ok()) return status;
  }
  if (Status status = pool.Enable(); !status.ok()) return status;
  pages_per_host_ = static_cast<std::uint32_t>(segments) * segment_pages_;
  extents_ = static_cast<std::uint32_t>(std::uint64_t{pages_per_host_} * hosts_.size() / kExtentPages);
  Result<SharedMemory> directory = SharedMemory::Make("tarn-directory", std::size_t{pages()} * sizeof(DirectoryEntry));
  if (!directory.ok()) return directory.status();
  directory_ = std::move(*directory);
  mover_ = std::make_unique<drivers::PageMover>(*platform_, page_port_);
  if (page_port_ != nullptr) {
    page_port_->set_invalidate_listener([this](HostId host, std::uint32_t page) { Withdraw(host, page); });
  }
  return {};
}

Result<std::uint32_t> NodeStore::AllocateExtent() {
  if (!free_extents_.empty()) {
    const std::uint32_t extent = free_extents_.back();
    free_extents_.pop_back();
    return extent;
  }
  if (next_extent_ == extents_) {
    return Status::Error("the node's memory is full: " + std::to_string(pages() / (1 << 18)) + " GiB are stored");
  }
  return next_extent_++;
}

Status NodeStore::FreeExtent(std::uint32_t extent, bool give_back) {
  free_extents_.push_back(extent);
  return give_back ? GiveBack(extent * kExtentPages) : Status();
}

// Segments that are larger than an extent are not its own.
Status NodeStore::GiveBack(StoreId first) {
  drivers::PoolDriver pool(*platform_);
  for (StoreId id = first; kExtentPages % segment_pages_ == 0 && id < first + kExtentPages; id += segment_pages_) {
    for (StoreId page = id; page < id + segment_pages_; ++page) EntryOf(page).Withdraw();
    if (Status status = pool.Release(HostOf(id), id % pages_per_host_ / segment_pages_); !status.ok()) return status;
  }
  return {};
}

Status NodeStore::Write(StoreId id, const Page& page) {
  EntryOf(id).Withdraw();
  Status status = mover_->Write(HostOf(id), AddressOf(id), page);
  if (status.ok()) Publish(id);
  return status;
}

Status NodeStore::Read(StoreId id, Page& page) {
  Status status = mover_->Read(HostOf(id), AddressOf(id), page);
  if (status.ok()) Publish(id);
  return status;
}

void NodeStore::Publish(StoreId id) {
  if (page_port_ == nullptr) return;
  const std::uint8_t* const direct = page_port_->DirectPage(HostOf(id), AddressOf(id));
  if (direct != nullptr) EntryOf(id).Publish(static_cast<std::uint32_t>(memory_->NumberOf(direct)));
}

void NodeStore::Withdraw(HostId host, std::uint32_t window_page) {
  for (std::uint32_t index = 0; index < hosts_.size(); ++index) {
    if (hosts_[index] == host) EntryOf(index * pages_per_host_ + window_page).Withdraw();
  }
}

}  // namespace tarn::pager
