#include "models/platform/node_platform.h"

#include <algorithm>
#include <cstdio>
#include <span>
#include <utility>

#include "models/channel/channel_registers.h"

namespace tarn::platform {
namespace {

constexpr std::uint32_t kOutstandingMax = 64;  // accesses in flight per host port, as the Verilated node's hosts have
constexpr std::uint64_t kRegisterCycles = 8;   // of one register access
constexpr std::uint64_t kNoticeCyclesMax = 1'000'000;  // that a register write waits for change notices

node::NodeConfig ConfigOf(const hal::PlatformOptions& options, const bulk::BulkConfig& bulk,
                          std::shared_ptr<SlotMemory> slot_memory) {
  node::NodeConfig config;
  config.slot_memory = std::move(slot_memory);
  config.bulk_volatile_cache = bulk.volatile_cache;
  config.bulk = options.bulk_store;
  if (options.initial_content) {
    config.initial_content = [content = options.initial_content](std::uint64_t number, Page& page) {
      content(LogicalPage(number), std::span<std::uint8_t, kPageBytes>(page.bytes));
    };
  }
  return config;
}

// As AXI tells statuses apart (hal::Platform::PopCompletion).
LineStatus AtTheEdge(LineStatus status) {
  switch (status) {
    case LineStatus::kOk:
    case LineStatus::kExclusiveOk:
    case LineStatus::kAccessError:
      return status;
    default:
      return LineStatus::kPoison;
  }
}

std::string Where(hal::Aperture aperture, std::uint32_t offset) {
  char text[64];
  std::snprintf(text, sizeof text, " at 0x%x", offset);
  return (aperture.is_host ? "register of host " + std::to_string(aperture.host.value()) : "management register") +
         text;
}

}  // namespace

NodePlatform::NodePlatform(const hal::PlatformOptions& options, const bulk::BulkConfig& bulk,
                           std::string bulk_description, std::shared_ptr<SlotMemory> slot_memory)
    : node_(ConfigOf(options, bulk, std::move(slot_memory))),
      timing_(node_.channel_registers(), bulk),
      bulk_description_(std::move(bulk_description)),
      queues_(node_.hosts(), AnswerQueue(kOutstandingMax)) {
  const node::NodeRegisterParameters& built = node_.parameters();
  parameters_.hosts = static_cast<std::uint32_t>(built.num_hosts);
  for (std::uint32_t host = 0; host < parameters_.hosts; ++host) {
    parameters_.host_has_iommu.push_back(node_.has_iommu(HostId(host)));
  }
  parameters_.segment_bytes = built.segment_bytes;
  parameters_.slots = static_cast<std::uint32_t>(built.num_slots);
  parameters_.segments_per_host = static_cast<std::uint32_t>(built.segments_per_host);
  parameters_.clock_hz = built.clock_kilohertz * 1000;
  parameters_.outstanding_max = kOutstandingMax;
  parameters_.has_slow_cells = true;  // they differ in time alone, which no row of the estimate knows
  const std::pair<std::uint32_t, const std::uint64_t*> counters[] = {
      {channel_registers::reads::kOffset, &timing_.channel().reads},
      {channel_registers::writes::kOffset, &timing_.channel().writes},
      {channel_registers::row_hits::kOffset, &timing_.channel().row_hits},
      {channel_registers::row_misses::kOffset, &timing_.channel().row_misses},
      {channel_registers::row_conflicts::kOffset, &timing_.channel().row_conflicts},
      {channel_registers::bus_busy::kOffset, &timing_.channel().bus_busy_cycles},
      {channel_registers::cycles::kOffset, &cycle_}};
  for (const auto& [offset, value] : counters) {
    node_.channel_registers().OnRead(offset, [value = value](std::uint32_t) { return *value; });
  }
  // The average that the standard demands; when each comes is the RTL's.
  namespace refresh = channel_registers::timing_refresh;
  const std::uint64_t interval = node_.channel_registers().Get<refresh::Refi>(refresh::kOffset);
  node_.channel_registers().OnRead(channel_registers::refreshes::kOffset,
                                   [this, interval](std::uint32_t) { return cycle_ / interval; });
}

std::string NodePlatform::check_description() const {
  return "none (the golden models are what others are compared with)";
}

std::vector<hal::PlatformCounter> NodePlatform::counters() const {
  const pool::PoolActivity& activity = node_.pool().activity();
  return {{"bulk.reads", activity.pages_in}, {"bulk.writes", activity.pages_out}};
}

bool NodePlatform::TrySubmit(HostId host, const hal::Access& access) {
  AnswerQueue& queue = queues_[host.value()];
  if (queue.full() || node_.quiesced() || !NoticesTaken()) return false;
  request_.op = access.op;
  request_.device_id = access.device.value();
  request_.priv = access.privileged;
  request_.exec = access.execute;
  request_.first_of_burst = true;
  request_.addr = access.addr;
  request_.mask = access.mask;
  if (access.op != Op::kRead) request_.data = access.data;
  std::uint64_t answer_cycle = cycle_;
  Perform(host, request_, response_, answer_cycle);
  const bool held = !NoticesTaken();
  if (held) held_ = Held{.host = host.value()};
  hal::Completion& completion = held ? held_->completion : queue.Push(answer_cycle);
  completion.id = access.id;
  completion.status = AtTheEdge(response_.status);
  completion.walked = response_.walked;
  completion.paged = response_.paged;
  if (access.op == Op::kRead) completion.data = response_.data;
  completion.submitted_cycle = cycle_;
  completion.completed_cycle = answer_cycle;
  return true;
}

void NodePlatform::Perform(HostId host, const DeviceRequest& request, LineResponse& response,
                           std::uint64_t& answer_cycle) {
  node::AccessWork work;
  node_.Access(host, request, response, work);
  answer_cycle = timing_.AnswerCycle(cycle_, work);
}

// False: one was refused.
bool NodePlatform::OfferNotices() {
  while (!notices_.empty()) {
    if (change_listener_ && !change_listener_(notices_.front())) return false;
    notices_.pop_front();
  }
  if (held_) {
    hal::Completion& completion = held_->completion;
    completion.completed_cycle = std::max(completion.completed_cycle, cycle_);
    queues_[held_->host].Push(completion.completed_cycle) = completion;
    held_.reset();
  }
  return true;
}

void NodePlatform::Advance() {
  if (!NoticesTaken()) {
    ++cycle_;
    return;
  }
  std::uint64_t next = ~std::uint64_t{0};
  for (const AnswerQueue& queue : queues_) {
    if (!queue.empty()) next = std::min(next, queue.next_cycle());
  }
  cycle_ = next == ~std::uint64_t{0} ? cycle_ + 1 : std::max(next, cycle_ + 1);
}

RegisterResponse NodePlatform::AccessRegister(hal::Aperture aperture, bool write, std::uint32_t offset,
                                              std::uint32_t value) {
  RegisterBus& bus = aperture.is_host ? node_.host_registers(aperture.host) : node_.management();
  return write ? bus.Write(offset, value) : bus.Read(offset);
}

Result<std::uint32_t> NodePlatform::ReadRegister(hal::Aperture aperture, std::uint32_t offset) {
  cycle_ += kRegisterCycles;
  const RegisterResponse response = AccessRegister(aperture, false, offset, 0);
  if (response.error) return Status::Error(Where(aperture, offset) + " cannot be read");
  return response.rdata;
}

Status NodePlatform::WriteRegister(hal::Aperture aperture, std::uint32_t offset, std::uint32_t value) {
  cycle_ += kRegisterCycles;
  for (const std::uint64_t start = cycle_; !NoticesTaken(); Advance()) {
    if (cycle_ - start > kNoticeCyclesMax)
      return Status::Error(Where(aperture, offset) + ": a change notice is not taken");
  }
  const RegisterResponse response = AccessRegister(aperture, true, offset, value);
  NoticesTaken();
  return response.error ? Status::Error(Where(aperture, offset) + " cannot be written") : Status();
}

std::uint32_t NodePlatform::Interrupts(hal::Aperture aperture) const {
  return aperture.is_host ? node_.host_interrupts(aperture.host) : node_.management_interrupts();
}

void NodePlatform::set_probe_listener(ProbeListener listener) {
  if (!listener) return node_.pool().set_probe_listener({});
  node_.pool().set_probe_listener(
      [this, listener = std::move(listener)](const pool::PoolProbe& event) { listener(event, cycle_); });
}

// A notice rises in the middle of an access: it is offered when the access is through.
void NodePlatform::set_change_listener(ChangeListener listener) {
  change_listener_ = std::move(listener);
  if (!change_listener_) return node_.pool().set_notice_listener({});
  node_.pool().set_notice_listener([this](const pool::ChangeNotice& notice) { notices_.push_back(notice); });
}

}  // namespace tarn::platform
