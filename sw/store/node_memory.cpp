#include "sw/store/node_memory.h"

#include <algorithm>
#include <utility>

#include "sw/drivers/channel_driver.h"
#include "sw/drivers/iommu_driver.h"
#include "sw/drivers/pool_driver.h"

namespace tarn::store {

namespace {
constexpr std::uint64_t kLargePageBytes = std::uint64_t{2} << 20;
// With content mapped by large pages: queues and directory, a root, a table for each GiB, and one for the rest.
std::uint64_t TablePages(std::uint64_t content_bytes) {
  return drivers::IommuDriver::kPagesForQueues + 4 + (content_bytes >> 30);
}
std::uint64_t Rounded(std::uint64_t bytes, std::uint64_t unit) { return (bytes + unit - 1) / unit * unit; }
}  // namespace

Result<std::unique_ptr<NodeMemory>> NodeMemory::Make(Options options) {
  std::unique_ptr<NodeMemory> memory(new NodeMemory(std::move(options)));
  Result<std::unique_ptr<hal::Platform>> platform = hal::MakePlatform(memory->options_.kind, memory->options_.platform);
  if (!platform.ok()) return platform.status();
  memory->platform_ = std::move(*platform);
  if (Status status = memory->BringUp(); !status.ok()) return status;
  return memory;
}

Status NodeMemory::FindHost() {
  const std::vector<bool>& has_iommu = platform_->parameters().host_has_iommu;
  const auto found = std::ranges::find(has_iommu, true);
  if (found == has_iommu.end()) return Status::Error("the node has no port with an IOMMU");
  host_ = HostId(static_cast<std::uint32_t>(found - has_iommu.begin()));
  return {};
}

Status NodeMemory::BringUp() {
  if (Status status = FindHost(); !status.ok()) return status;
  const hal::NodeParameters& node = platform_->parameters();
  const std::uint64_t content = Rounded(options_.bytes, node.segment_bytes);
  const std::uint64_t segments =
      (content + Rounded(TablePages(content) * kPageBytes, node.segment_bytes)) / node.segment_bytes;
  if (segments > node.segments_per_host) {
    return Status::Error("--memory: a host of the node can have " +
                         std::to_string(node.segments_per_host * node.segment_bytes >> 20) + " MiB, tables included");
  }
  pages_ = static_cast<std::uint32_t>(content / kPageBytes);
  drivers::PoolDriver pool(*platform_);
  if (Status status = drivers::ChannelDriver(*platform_).WaitReady(); !status.ok()) return status;
  if (Status status = pool.WaitCleared(); !status.ok()) return status;
  if (Status status = pool.SetSlotsInService(node.slots); !status.ok()) return status;
  Status status = pool.SetWindow(host_, HostPhysAddr(0), static_cast<std::uint32_t>(segments));
  if (!status.ok()) return status;
  if (status = pool.Enable(); !status.ok()) return status;
  if (status = MapContent(); !status.ok()) return status;
  mover_ = std::make_unique<drivers::PageMover>(*platform_, nullptr);
  return {};
}

// Content lies at the window's begin, tables behind it.
Status NodeMemory::MapContent() {
  drivers::IommuDriver iommu(*platform_, host_, HostPhysAddr(content_bytes()), TablePages(content_bytes()),
                             drivers::IommuDriver::Memory::kReadsZero);
  if (Status status = iommu.SetBare(); !status.ok()) return status;
  if (Status status = iommu.Prepare(); !status.ok()) return status;
  const drivers::SingleStage stage = {
      .mode = drivers::kSv39,
      .mappings = {
          {.from = kFirst, .to = HostPhysAddr(0), .size_bytes = content_bytes(), .page_bytes_max = kLargePageBytes}}};
  if (Status status = iommu.AddDevice(kDevice, stage); !status.ok()) return status;
  return iommu.EnableDirectory();
}

bool NodeMemory::Keep(const Status& status) const {
  if (status.ok()) return true;
  if (!std::exchange(failed_, true) && options_.log) options_.log("the node's memory is lost: " + status.message());
  return false;
}

std::optional<dataset::ContentMemory::Handle> NodeMemory::Store(const dataset::SharedSpan& content) {
  const std::size_t count = (content.bytes.size() + kPageBytes - 1) / kPageBytes;
  if (failed_ || free_pages_.size() + (pages_ - next_page_) < count) return std::nullopt;
  std::vector<std::uint32_t> taken;
  for (std::size_t i = 0; i < count; ++i) {
    if (free_pages_.empty()) {
      taken.push_back(next_page_++);
    } else {
      taken.push_back(free_pages_.back());
      free_pages_.pop_back();
    }
    const std::size_t at = i * kPageBytes;
    const auto bytes = content.bytes.subspan(at, std::min<std::size_t>(kPageBytes, content.bytes.size() - at));
    Page page;
    std::copy(bytes.begin(), bytes.end(), page.bytes.begin());
    if (!Keep(mover_->Write(host_, kDevice, AddressOf(taken.back()), page))) return std::nullopt;
  }
  if (free_.empty()) {
    slots_.push_back(std::move(taken));
    return slots_.size() - 1;
  }
  const Handle handle = free_.back();
  free_.pop_back();
  slots_[handle] = std::move(taken);
  return handle;
}

bool NodeMemory::Load(Handle handle, std::uint64_t offset, std::span<std::uint8_t> out) const {
  while (!out.empty()) {
    const std::size_t in_page = offset % kPageBytes;
    const std::size_t count = std::min<std::size_t>(out.size(), kPageBytes - in_page);
    Page page;
    if (failed_ || !Keep(mover_->Read(host_, kDevice, AddressOf(slots_[handle][offset / kPageBytes]), page))) {
      return false;
    }
    std::copy_n(page.bytes.begin() + static_cast<std::ptrdiff_t>(in_page), count, out.begin());
    out = out.subspan(count);
    offset += count;
  }
  return true;
}

void NodeMemory::Release(Handle handle) {
  std::vector<std::uint32_t>& pages = slots_[handle];
  free_pages_.insert(free_pages_.end(), pages.begin(), pages.end());
  pages.clear();
  free_.push_back(handle);
}

}  // namespace tarn::store
