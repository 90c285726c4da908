#include "models/node/node.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <optional>
#include <utility>

#include "models/channel/channel_registers.h"

namespace tarn::node {
namespace {

constexpr std::uint32_t kApertureBytes = 0x1000;
constexpr std::uint32_t kIommuWires = 0xF;
constexpr std::uint32_t kPoolWire = 1u << 4;

pool::PoolConfig PoolConfigOf(const NodeRegisterParameters& parameters) {
  return {.num_hosts = static_cast<std::uint32_t>(parameters.num_hosts),
          .num_slots = static_cast<std::uint32_t>(parameters.num_slots),
          .segment_bytes = static_cast<std::uint32_t>(parameters.segment_bytes),
          .segments_per_host = static_cast<std::uint32_t>(parameters.segments_per_host),
          .slots_beside_floors = 8 + 2};  // tarn_pool's NumEngines and ReserveSlots
}

}  // namespace

// An IOMMU's walk port: the pool, with the host's identity.
class Node::WalkMemory : public iommu::HostMemory {
 public:
  WalkMemory(pool::Pool& pool, const pool::PoolControl& control, HostId host)
      : pool_(pool), control_(control), host_(host) {}

  LineStatus Read(HostPhysAddr address, void* data, std::size_t size_bytes, bool& paged) override {
    if (!control_.enabled()) return LineStatus::kAccessError;
    const std::uint64_t inside = address.value() % kLineBytes;
    assert(inside + size_bytes <= kLineBytes);
    request_.op = Op::kRead;
    request_.addr = address.value() - inside;
    request_.mask = ~std::uint64_t{0};
    pool_.Access(host_, request_, response_, true);
    paged = paged || response_.paged;
    std::memcpy(data, response_.data.data() + inside, size_bytes);
    return response_.status;
  }

  LineStatus Write(HostPhysAddr address, const void* data, std::size_t size_bytes) override {
    if (!control_.enabled()) return LineStatus::kAccessError;
    const std::uint64_t inside = address.value() % kLineBytes;
    assert(inside + size_bytes <= kLineBytes && size_bytes < kLineBytes);
    request_.op = Op::kPartialWrite;
    request_.addr = address.value() - inside;
    request_.mask = ((std::uint64_t{1} << size_bytes) - 1) << inside;
    std::memcpy(request_.data.data() + inside, data, size_bytes);
    pool_.Access(host_, request_, response_, true);
    return response_.status;
  }

 private:
  pool::Pool& pool_;
  const pool::PoolControl& control_;
  HostId host_;
  HostRequest request_;
  LineResponse response_;
};

// Tables as they are, without paging anything in.
class PeekMemory : public iommu::HostMemory {
 public:
  PeekMemory(const pool::Pool& pool, HostId host) : pool_(pool), host_(host) {}

  LineStatus Read(HostPhysAddr address, void* data, std::size_t size_bytes, bool&) override {
    Line line;
    const std::uint64_t inside = address.value() % kLineBytes;
    const LineStatus status = pool_.Peek(host_, HostPhysAddr(address.value() - inside), line);
    std::memcpy(data, line.data() + inside, size_bytes);
    return status;
  }
  LineStatus Write(HostPhysAddr, const void*, std::size_t) override { return LineStatus::kAccessError; }

 private:
  const pool::Pool& pool_;
  HostId host_;
};

// The outbound port: nothing to read, writes go to whoever listens.
class Node::OutboundMemory : public iommu::HostMemory {
 public:
  OutboundMemory(const OutboundListener& listener, HostId host) : listener_(listener), host_(host) {}

  LineStatus Read(HostPhysAddr, void*, std::size_t, bool&) override { return LineStatus::kAccessError; }
  LineStatus Write(HostPhysAddr address, const void* data, std::size_t size_bytes) override {
    std::uint32_t word = 0;
    assert(size_bytes == sizeof word);
    std::memcpy(&word, data, size_bytes);
    if (listener_) listener_(host_, address, word);
    return LineStatus::kOk;
  }

 private:
  const OutboundListener& listener_;
  HostId host_;
};

// A register port: blocks side by side. What no block owns is an error.
class Node::Apertures : public RegisterBus {
 public:
  struct Block {
    RegisterBus* registers;
    std::uint32_t base;
    std::uint32_t size_bytes = kApertureBytes;
  };
  explicit Apertures(std::vector<Block> blocks) : blocks_(std::move(blocks)) {}

  RegisterResponse Read(std::uint32_t addr) override {
    const Block* block = BlockAt(addr);
    return block == nullptr ? RegisterResponse{.error = true} : block->registers->Read(addr - block->base);
  }
  RegisterResponse Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) override {
    const Block* block = BlockAt(addr);
    return block == nullptr ? RegisterResponse{.error = true}
                            : block->registers->Write(addr - block->base, data, strobe);
  }

 private:
  const Block* BlockAt(std::uint32_t addr) const {
    const auto found = std::find_if(blocks_.begin(), blocks_.end(), [addr](const Block& block) {
      return addr >= block.base && addr - block.base < block.size_bytes;
    });
    return found == blocks_.end() ? nullptr : &*found;
  }

  std::vector<Block> blocks_;
};

Node::Node(const NodeConfig& config)
    : config_(config),
      bulk_(config.bulk ? config.bulk
                        : std::make_shared<bulk::BulkStore>(config.initial_content, config.bulk_volatile_cache)),
      memory_(config.slot_memory ? config.slot_memory : std::make_shared<channel::ChannelMemory>()),
      pool_(PoolConfigOf(config.parameters), *memory_, *bulk_),
      control_(pool_),
      node_registers_(config.parameters) {
  namespace status = channel_registers::status;
  channel_registers_.OnRead(status::kOffset,
                            [](std::uint32_t) { return status::InitDone::kMask | status::Idle::kMask; });
  management_ = std::make_unique<Apertures>(
      std::vector<Apertures::Block>{{&node_registers_, 0},
                                    {&control_.management(), kApertureBytes},
                                    {&channel_registers_, 2 * kApertureBytes},
                                    {&control_.hotness().registers(), 4 * kApertureBytes, 2 * kApertureBytes}});
  for (std::uint32_t index = 0; index < config.parameters.num_hosts; ++index) {
    const HostId host(index);
    auto port = std::make_unique<Port>();
    if ((config.parameters.has_iommu >> index & 1) != 0) {
      port->walks = std::make_unique<WalkMemory>(pool_, control_, host);
      port->outbound = std::make_unique<OutboundMemory>(on_outbound_, host);
      port->iommu = std::make_unique<iommu::Iommu>(
          iommu::Parameters{.cached_translations = config.iommu_cached_translations}, *port->walks, *port->outbound);
      port->iommu->Reset();
    }
    std::vector<Apertures::Block> blocks = {{&control_.host(host), kApertureBytes}};
    if (port->iommu != nullptr) blocks.push_back({&port->iommu->registers(), 0});
    port->apertures = std::make_unique<Apertures>(std::move(blocks));
    ports_.push_back(std::move(port));
  }
}

Node::~Node() = default;

RegisterBus& Node::management() { return *management_; }

RegisterBus& Node::host_registers(HostId host) { return *ports_[host.value()]->apertures; }

std::uint32_t Node::host_interrupts(HostId host) const {
  const Port& port = *ports_[host.value()];
  const std::uint32_t wires = port.iommu == nullptr ? 0 : port.iommu->wires() & kIommuWires;
  return wires | (control_.host_irq(host) ? kPoolWire : 0);
}

// False: the response is complete, no memory is accessed.
bool Node::Translate(Port& port, const DeviceRequest& request, HostPhysAddr& address, LineResponse& response) {
  const iommu::Translation translation = port.iommu->Translate(request);
  address = translation.address;
  response.walked = translation.walked;
  response.paged = translation.paged;
  response.status = translation.status;
  if (request.at == AddressType::kTranslationRequest) {
    // The completion's entry, or which of its errors PCIe is told: bit 0 is Completer Abort.
    const std::uint64_t entry = translation.completion.value_or(translation.completer_abort ? 1 : 0);
    response.data = {};
    std::memcpy(response.data.data(), &entry, sizeof entry);
    return false;
  }
  return translation.status == LineStatus::kOk;
}

LineStatus Node::Look(HostId host, const DeviceRequest& request, HostPhysAddr& address) const {
  const Port& port = *ports_[host.value()];
  address = HostPhysAddr(request.addr);
  if (!control_.enabled()) return LineStatus::kAccessError;
  if (port.iommu == nullptr) return LineStatus::kOk;
  PeekMemory memory(pool_, host);
  const iommu::Translation translation = port.iommu->Look(request, memory);
  address = translation.address;
  return translation.status;
}

void Node::AccessPool(HostId host, LineResponse& response, AccessWork& work) {
  if (!control_.enabled()) {
    response.status = LineStatus::kAccessError;
    return;
  }
  const bool walked = response.walked;
  const bool paged = response.paged;
  pool_.Access(host, request_, response);
  response.walked = walked;
  response.paged = response.paged || paged;
  if (response.status != LineStatus::kOk && response.status != LineStatus::kExclusiveOk) {
    control_.OnAnswer(host, response.status, response.paged);
  }
  work.slot_line = pool_.last_slot_line();
}

// What a device writes where its host's window has nothing: words (MSIs) leave through the outbound port.
void Node::WriteOutside(OutboundMemory& outbound, LineResponse& response) {
  const std::optional<std::size_t> word = WordOf(request_.mask);
  if (request_.op != Op::kPartialWrite || !word || request_.exclusive) return;
  response.status = outbound.Write(HostPhysAddr(request_.addr + *word), request_.data.data() + *word, 4);
}

void Node::Access(HostId host, const DeviceRequest& request, LineResponse& response, AccessWork& work) {
  assert(!quiesced());
  Port& port = *ports_[host.value()];
  const pool::PoolActivity before = pool_.activity();
  work = {.has_iommu = port.iommu != nullptr, .write = request.op != Op::kRead};
  response.tag = request.tag;
  response.walked = response.paged = false;
  HostPhysAddr address(request.addr);
  bool go = true;
  if (port.iommu != nullptr) {
    const std::uint64_t reads_before = port.iommu->counters().table_reads;
    go = Translate(port, request, address, response);
    work.table_reads = static_cast<std::uint32_t>(port.iommu->counters().table_reads - reads_before);
  }
  if (go) {
    request_.tag = request.tag;
    request_.op = request.op;
    request_.exclusive = request.exclusive;
    request_.exclusive_id = request.exclusive_id;
    request_.addr = address.value();
    request_.mask = request.mask;
    if (request.op != Op::kRead) request_.data = request.data;
    AccessPool(host, response, work);
    if (response.status == LineStatus::kAccessError && port.outbound) WriteOutside(*port.outbound, response);
  }
  const pool::PoolActivity& after = pool_.activity();
  work.pages_in = static_cast<std::uint32_t>(after.pages_in - before.pages_in);
  work.pages_out = static_cast<std::uint32_t>(after.pages_out - before.pages_out);
}

}  // namespace tarn::node
