// The node as golden models, wired as the RTL is: hosts, IOMMUs, pool, channel memory, bulk store, registers.
// Functional: no time passes (node_timing.h estimates it).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "models/bulk/bulk_store.h"
#include "models/channel/channel_memory.h"
#include "models/channel/channel_register_file.h"
#include "models/common/line_protocol.h"
#include "models/common/register_bus.h"
#include "models/common/units.h"
#include "models/iommu/iommu.h"
#include "models/node/node_register_file.h"
#include "models/pool/pool.h"
#include "models/pool/pool_control.h"

namespace tarn::node {

struct NodeConfig {
  NodeRegisterParameters parameters;  // hosts, which have an IOMMU, segment size, slots, largest window, clock
  SparseMemory::InitialContent initial_content;  // of bulk, by LPN
  bool bulk_volatile_cache = false;
  std::shared_ptr<bulk::BulkStore> bulk;           // null: one of its own, by the two above
  std::shared_ptr<SlotMemory> slot_memory;         // the pool's DRAM; null: one of its own
  std::uint32_t iommu_cached_translations = 4096;  // iommu::Parameters
};

// What the latest access was, for those who estimate its time.
struct AccessWork {
  bool has_iommu = false;
  bool write = false;
  std::uint32_t table_reads = 0;
  std::uint32_t pages_in = 0;   // from bulk, table pages included
  std::uint32_t pages_out = 0;  // to bulk
  std::uint64_t slot_line = 0;  // where the line is in the channel; without meaning when it was refused
};

class Node {
 public:
  using OutboundListener = std::function<void(HostId host, HostPhysAddr address, std::uint32_t data)>;

  explicit Node(const NodeConfig& config);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // One line access at the host's port, with the IOMMU in front where there is one. Its effect is there when it
  // returns. REQUIRES: !quiesced().
  void Access(HostId host, const DeviceRequest& request, LineResponse& response, AccessWork& work);
  // No access is taken (pool, control.quiesce).
  bool quiesced() const { return control_.quiesced(); }

  // The host's memory without effect on anything: what a read by host physical address would return now.
  LineStatus Peek(HostId host, HostPhysAddr line, Line& data) const { return pool_.Peek(host, line, data); }

  // Where a device's (or CPU's) line is now, without effect on anything. Not kOk: it would be refused.
  LineStatus Look(HostId host, const DeviceRequest& request, HostPhysAddr& address) const;

  // Register apertures (docs/architecture.md).
  RegisterBus& management();
  RegisterBus& host_registers(HostId host);
  // Wired interrupts: management (bit 0 pool, bit 1 channel, bit 2 hotness monitoring); host (bits 0-3 iommu, bit 4
  // pool).
  std::uint32_t management_interrupts() const {
    return (control_.irq() ? 1u : 0u) | (control_.hotness().irq() ? 4u : 0u);
  }
  std::uint32_t host_interrupts(HostId host) const;

  // 4-byte writes that leave through a host's outbound port (MSIs).
  void set_outbound_listener(OutboundListener listener) { on_outbound_ = std::move(listener); }

  std::uint32_t hosts() const { return static_cast<std::uint32_t>(ports_.size()); }
  bool has_iommu(HostId host) const { return ports_[host.value()]->iommu != nullptr; }
  pool::Pool& pool() { return pool_; }
  const pool::Pool& pool() const { return pool_; }
  bulk::BulkStore& bulk() { return *bulk_; }
  channel::ChannelRegisterFile& channel_registers() { return channel_registers_; }
  // REQUIRES: has_iommu(host).
  iommu::Iommu& iommu(HostId host) { return *ports_[host.value()]->iommu; }
  const NodeRegisterParameters& parameters() const { return config_.parameters; }

 private:
  class WalkMemory;
  class OutboundMemory;
  class Apertures;
  struct Port {
    std::unique_ptr<WalkMemory> walks;
    std::unique_ptr<OutboundMemory> outbound;
    std::unique_ptr<iommu::Iommu> iommu;
    std::unique_ptr<Apertures> apertures;
  };

  bool Translate(Port& port, const DeviceRequest& request, HostPhysAddr& address, LineResponse& response);
  void AccessPool(HostId host, LineResponse& response, AccessWork& work);
  void WriteOutside(OutboundMemory& outbound, LineResponse& response);

  NodeConfig config_;
  std::shared_ptr<bulk::BulkStore> bulk_;
  std::shared_ptr<SlotMemory> memory_;
  pool::Pool pool_;
  pool::PoolControl control_;
  NodeRegisterFile node_registers_;
  channel::ChannelRegisterFile channel_registers_;
  std::vector<std::unique_ptr<Port>> ports_;  // by host
  std::unique_ptr<Apertures> management_;
  OutboundListener on_outbound_;
  HostRequest request_;  // of the access under way: its fields without meaning stay 0
};

}  // namespace tarn::node
