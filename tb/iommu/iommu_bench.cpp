#include "tb/iommu/iommu_bench.h"

#include <cstring>
#include <utility>

namespace tarn::tb {

namespace reg = iommu_registers;

FaultFields FaultFields::Unpack(const std::array<std::uint64_t, 4>& words) {
  FaultFields fault;
  fault.cause = words[0] & 0xFFF;
  fault.process_id = words[0] >> 12 & 0xFFFFF;
  fault.process_valid = (words[0] >> 32 & 1) != 0;
  fault.priv = (words[0] >> 33 & 1) != 0;
  fault.type = words[0] >> 34 & 0x3F;
  fault.device_id = static_cast<std::uint32_t>(words[0] >> 40);
  fault.iotval = words[2];
  fault.rest = words[1] | words[3];
  return fault;
}

DeviceRequest MakeRequest(std::uint32_t device_id, std::uint64_t iova, Op op) {
  DeviceRequest request;
  request.op = op;
  request.device_id = device_id;
  request.first_byte = iova % kLineBytes;
  request.first_of_burst = true;
  request.addr = iova / kLineBytes * kLineBytes;
  request.mask = ~std::uint64_t{0};
  if (op != Op::kRead) request.data = SeededLine(iova + 1);
  return request;
}

Simulation<Vtb_iommu>& IommuBench::Prepare(Simulation<Vtb_iommu>& simulation, Plant plant) {
  Vtb_iommu& dut = simulation.dut();
  dut.plant_i = static_cast<std::uint8_t>(plant);
  dut.reg_req_valid_i = 0;
  dut.reg_req_i = 0;
  dut.internal_req_valid_i = 0;
  dut.internal_rsp_ready_i = 0;
  std::memset(&dut.internal_req_i, 0, sizeof dut.internal_req_i);
  return simulation;
}

IommuBench::IommuBench(Plant plant, std::uint64_t seed, bool own_device_memory, const std::string& wave_file)
    : tables([this](std::uint64_t address) { return InMemory(memory.Read64(address)); },
             [this](std::uint64_t address, std::uint64_t value) { memory.Write64(address, InMemory(value)); },
             kFirstTablePage),
      simulation_({.seed = seed, .wave_file = wave_file}),
      walk_agent_(
          "walk",
          {simulation_.dut().walk_req_o, simulation_.dut().walk_req_valid_o, simulation_.dut().walk_req_ready_i},
          {simulation_.dut().walk_rsp_i, simulation_.dut().walk_rsp_valid_i, simulation_.dut().walk_rsp_ready_o},
          memory, seed + 10, simulation_.failures()),
      host_agent_(
          "host",
          {simulation_.dut().host_req_o, simulation_.dut().host_req_valid_o, simulation_.dut().host_req_ready_i},
          {simulation_.dut().host_rsp_i, simulation_.dut().host_rsp_valid_i, simulation_.dut().host_rsp_ready_o},
          own_device_memory ? device_memory : memory, seed + 20, simulation_.failures()),
      outbound_agent_("outbound",
                      {simulation_.dut().outbound_req_o, simulation_.dut().outbound_req_valid_o,
                       simulation_.dut().outbound_req_ready_i},
                      {simulation_.dut().outbound_rsp_i, simulation_.dut().outbound_rsp_valid_i,
                       simulation_.dut().outbound_rsp_ready_o},
                      outside, seed + 30, simulation_.failures()),
      requests_({simulation_.dut().dev_req_i, simulation_.dut().dev_req_valid_i, simulation_.dut().dev_req_ready_o},
                seed + 40),
      answers_("answers",
               {simulation_.dut().dev_rsp_o, simulation_.dut().dev_rsp_valid_o, simulation_.dut().dev_rsp_ready_i},
               seed + 50, 0, simulation_.failures(),
               [this](const LineResponse& response, std::uint64_t cycle) { Answered(response, cycle); }),
      messages_({simulation_.dut().dev_msg_i, simulation_.dut().dev_msg_valid_i, simulation_.dut().dev_msg_ready_o},
                seed + 60),
      message_sink_("messages",
                    {simulation_.dut().dev_msg_o, simulation_.dut().dev_msg_valid_o, simulation_.dut().dev_msg_ready_i},
                    seed + 70, 0, simulation_.failures(),
                    [this](const DeviceMessage& message, std::uint64_t) { message_answers_.push_back(message); }) {
  Prepare(simulation_, plant);
  requests_.set_on_taken([this](const DeviceRequest& request, std::uint64_t cycle) {
    accepted_cycle_[request.tag] = cycle;
    accepted_[request.tag] = true;
    if (on_accepted_) on_accepted_(request, cycle);
  });
  host_agent_.set_on_request([this](const HostRequest& request, std::uint64_t cycle) {
    last_host_request_ = request;
    host_cycle_[request.tag] = cycle;
    if (!in_use_[request.tag]) failures().Add("host request with a tag that no device request has");
    if (on_host_request_) on_host_request_(request, sent_[request.tag], cycle);
  });
  for (Component* component : std::initializer_list<Component*>{&walk_agent_, &host_agent_, &outbound_agent_,
                                                                &requests_, &answers_, &messages_, &message_sink_}) {
    simulation_.Add(*component);
  }
  simulation_.Reset();
  tables.set_extended(
      (Read64(iommu_registers::capabilities::kOffset) & iommu_registers::capabilities::MsiFlat::kMask) != 0);
}

void IommuBench::Answered(const LineResponse& response, std::uint64_t cycle) {
  if (!in_use_[response.tag]) {
    failures().Add("an answer to no request: tag " + std::to_string(response.tag) + " in cycle " +
                   std::to_string(cycle));
    return;
  }
  in_use_[response.tag] = false;
  --unanswered_;
  last_answer_ = response;
  if (on_answer_) on_answer_(response, sent_[response.tag], cycle);
}

// reg_req_t: {write, addr[15:0], wdata[31:0], wstrb[3:0]}; reg_rsp_t: {rdata[31:0], error}.
RegisterResponse IommuBench::Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) {
  Vtb_iommu& dut = simulation_.dut();
  dut.reg_req_i = std::uint64_t{1} << 52 | std::uint64_t{addr} << 36 | std::uint64_t{data} << 4 | strobe;
  dut.reg_req_valid_i = 1;
  RunUntil([&] { return dut.reg_req_ready_o != 0; }, "the register bus to take a write");
  Step();
  dut.reg_req_valid_i = 0;
  RunUntil([&] { return dut.reg_rsp_valid_o != 0; }, "the register bus to answer a write");
  const std::uint64_t response = dut.reg_rsp_o;
  Step();
  return {static_cast<std::uint32_t>(response >> 1), (response & 1) != 0};
}

RegisterResponse IommuBench::Read(std::uint32_t addr) {
  Vtb_iommu& dut = simulation_.dut();
  dut.reg_req_i = std::uint64_t{addr} << 36;
  dut.reg_req_valid_i = 1;
  RunUntil([&] { return dut.reg_req_ready_o != 0; }, "the register bus to take a read");
  Step();
  dut.reg_req_valid_i = 0;
  RunUntil([&] { return dut.reg_rsp_valid_o != 0; }, "the register bus to answer a read");
  const std::uint64_t response = dut.reg_rsp_o;
  Step();
  return {static_cast<std::uint32_t>(response >> 1), (response & 1) != 0};
}

void IommuBench::Write64(std::uint32_t addr, std::uint64_t value) {
  Write(addr + 4, static_cast<std::uint32_t>(value >> 32));
  Write(addr, static_cast<std::uint32_t>(value));
}

void IommuBench::SetMode(std::uint32_t mode, std::uint64_t root_ppn) {
  Write64(reg::ddtp::kOffset, root_ppn << 10 | mode);
  RunUntil([&] { return (Read(reg::ddtp::kOffset).rdata & reg::ddtp::Busy::kMask) == 0; }, "ddtp.busy to clear");
}

void IommuBench::EnableQueues(bool interrupts, int fault_log2) {
  const std::uint32_t control = interrupts ? 3 : 1;
  for (const std::uint32_t csr : {reg::cqcsr::kOffset, reg::fqcsr::kOffset}) {
    Write(csr, 0);
    RunUntil([&] { return (Read(csr).rdata & reg::cqcsr::Busy::kMask) == 0; }, "a queue to turn off");
  }
  Write64(reg::cqb::kOffset, (kCommandQueue >> 12) << 10 | (kQueueLog2 - 1));
  Write64(reg::fqb::kOffset, (kFaultQueue >> 12) << 10 | static_cast<unsigned>(fault_log2 - 1));
  Write(reg::cqt::kOffset, 0);
  Write(reg::fqh::kOffset, 0);
  Write(reg::cqcsr::kOffset, control);
  Write(reg::fqcsr::kOffset, control);
  command_tail_ = 0;
  fault_head_ = 0;
  fault_mask_ = (1u << fault_log2) - 1;
}

void IommuBench::PushCommand(std::uint64_t low, std::uint64_t high) {
  const std::uint64_t address = kCommandQueue + command_tail_ * 16;
  memory.Write64(address, InMemory(low));
  memory.Write64(address + 8, InMemory(high));
  command_tail_ = (command_tail_ + 1) & ((1u << kQueueLog2) - 1);
  ++commands_pending_;
}

void IommuBench::RingCommands() {
  commands_pending_ = 0;
  Write(reg::cqt::kOffset, command_tail_);
}

bool IommuBench::CommandsDone() {
  constexpr std::uint32_t kStalled = reg::cqcsr::Cqmf::kMask | reg::cqcsr::CmdTo::kMask | reg::cqcsr::CmdIll::kMask;
  return Read(reg::cqh::kOffset).rdata == command_tail_ || (Read(reg::cqcsr::kOffset).rdata & kStalled) != 0;
}

void IommuBench::RunCommands() {
  RingCommands();
  const std::uint64_t start = simulation_.cycle();
  while (!CommandsDone() && !failures().any()) {
    if (simulation_.cycle() - start > kWaitCyclesMax) failures().Add("commands do not end");
  }
}

void IommuBench::InvalidateAll() {
  PushCommand(kIodirDdt);
  PushCommand(kIotinvalVma);
  PushCommand(kIofence);
  RunCommands();
}

void IommuBench::InvalidatePage(std::uint64_t iova, std::uint32_t pscid) {
  PushCommand(kIotinvalVma | kCommandAv | kCommandPscv | std::uint64_t{pscid} << 12, CommandAddress(iova));
  PushCommand(kIofence);
  RunCommands();
}

std::vector<FaultFields> IommuBench::TakeFaults() {
  std::vector<FaultFields> faults;
  const std::uint32_t tail = Read(reg::fqt::kOffset).rdata;
  for (; fault_head_ != tail; fault_head_ = (fault_head_ + 1) & fault_mask_) {
    std::array<std::uint64_t, 4> words;
    for (std::uint32_t i = 0; i < 4; ++i) words[i] = InMemory(memory.Read64(kFaultQueue + fault_head_ * 32 + i * 8));
    faults.push_back(FaultFields::Unpack(words));
  }
  Write(reg::fqh::kOffset, fault_head_);
  return faults;
}

std::vector<FaultFields> IommuBench::WaitForFaults(std::size_t count) {
  std::vector<FaultFields> faults = TakeFaults();
  for (int tries = 0; faults.size() < count && tries < 1000 && !failures().any(); ++tries) {
    const std::vector<FaultFields> more = TakeFaults();
    faults.insert(faults.end(), more.begin(), more.end());
  }
  if (faults.size() < count) {
    failures().Add("waited for " + std::to_string(count) + " fault records, " + std::to_string(faults.size()) +
                   " came");
  }
  return faults;
}

std::uint8_t IommuBench::Send(DeviceRequest request) {
  const std::uint8_t tag = Reserve();
  SendWithTag(tag, std::move(request));
  return tag;
}

std::uint8_t IommuBench::Reserve() {
  RunUntil([&] { return unanswered_ < in_use_.size(); }, "a free tag");
  while (in_use_[next_tag_] && !failures().any()) ++next_tag_;
  return next_tag_++;
}

void IommuBench::SendWithTag(std::uint8_t tag, DeviceRequest request) {
  request.tag = tag;
  sent_[tag] = request;
  in_use_[tag] = true;
  accepted_[tag] = false;
  ++unanswered_;
  requests_.Push(std::move(request));
}

LineResponse IommuBench::Ask(DeviceRequest request) {
  const std::uint8_t tag = Send(request);
  RunUntil([&] { return !in_use_[tag]; }, "the answer to a request");
  return last_answer_;
}

std::string IommuBench::FailureText() {
  return failures().any() ? failures().Text() + "replay: " + ReplayCommand() + "\n" : "";
}

}  // namespace tarn::tb
