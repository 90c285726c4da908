// The IOMMU's test bench: the Verilated unit, memories behind its four memory ports, a driver for its registers and
// queues, and a device that sends requests and sees their answers.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "Vtb_iommu.h"
#include "models/common/line_protocol.h"
#include "models/common/register_bus.h"
#include "models/iommu/iommu_registers.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"
#include "tb/iommu/line_memory.h"
#include "tb/iommu/memory_agent.h"
#include "tb/iommu/tables.h"

namespace tarn::tb {

// A fault record, field by field (section 4.2).
struct FaultFields {
  std::uint32_t cause{}, process_id{}, type{}, device_id{};
  bool process_valid{}, priv{};
  std::uint64_t iotval{}, rest{};  // rest: what must be zero, ored together

  template <typename Visit>
  void VisitFields(Visit&& visit) const {
    visit("cause", cause);
    visit("process_id", process_id);
    visit("process_valid", process_valid);
    visit("priv", priv);
    visit("type", type);
    visit("device_id", device_id);
    visit("iotval", iotval);
    visit("rest", rest);
  }
  static FaultFields Unpack(const std::array<std::uint64_t, 4>& words);
  friend auto operator<=>(const FaultFields&, const FaultFields&) = default;
};

// Which fault the RTL has planted; kNone in all but the tests of the checks themselves.
enum class Plant : std::uint8_t {
  kNone = 0,
  kWrongTranslationBit = 1,
  kStaleEntry = 2,
  kWalkIgnoresInvalidation = 3,
  kHitPassesWaiter = 4,
  kWrongFaultAddress = 5,
  kFenceDoesNotWait = 6,
  kStalePointers = 7,
  kRangeIgnored = 8,
  kPointerKeptUnderNl = 9,
  kRequestKeepsItsIds = 10,
  kTablesReadWithUnitsIds = 11,
  kParityIgnored = 12,
  kOutsideDoesNotWait = 13,
};

class IommuBench : public RegisterBus {
 public:
  static constexpr std::uint64_t kWaitCyclesMax = 100000;
  static constexpr std::uint64_t kCommandQueue = 0x10000, kFaultQueue = 0x2000'0000;  // where EnableQueues puts them
  static constexpr std::uint64_t kDirectory = 0x30000;                                // root page, see SetMode
  static constexpr std::uint64_t kFirstTablePage = 0x40;
  static constexpr int kQueueLog2 = 8;

  // own_device_memory: translated requests see a memory of their own, so that devices cannot write into tables.
  explicit IommuBench(Plant plant = Plant::kNone, std::uint64_t seed = GetTestOptions().seed,
                      bool own_device_memory = false, const std::string& wave_file = GetTestOptions().wave_file);

  Simulation<Vtb_iommu>& simulation() { return simulation_; }
  Failures& failures() { return simulation_.failures(); }

  // Memories: the host's (walks, queues, translated requests see the same), and what lies outside its window.
  LineMemory memory, outside, device_memory;
  Tables tables;
  MemoryAgent& walk_agent() { return walk_agent_; }
  MemoryAgent& host_agent() { return host_agent_; }
  MemoryAgent& outbound_agent() { return outbound_agent_; }

  // Registers. A bus that does not answer is a failure.
  RegisterResponse Read(std::uint32_t addr) override;
  RegisterResponse Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) override;
  using RegisterBus::Write;
  std::uint64_t Read64(std::uint32_t addr) { return Read(addr).rdata | std::uint64_t{Read(addr + 4).rdata} << 32; }
  void Write64(std::uint32_t addr, std::uint64_t value);  // high half first

  // mode: ddtp.iommu_mode with the directory's root. Waits until it is in effect.
  void SetMode(std::uint32_t mode, std::uint64_t root_ppn = kDirectory >> 12);
  void EnableQueues(bool interrupts = false, int fault_log2 = kQueueLog2);
  // The byte order of queues and of `tables`, as fctl.BE says.
  void set_big_endian(bool big_endian) { big_endian_ = big_endian; }
  // A doubleword of such a structure, as it lies in memory.
  std::uint64_t InMemory(std::uint64_t value) const { return big_endian_ ? __builtin_bswap64(value) : value; }

  // Commands: put into the queue's memory, then made known; Done waits for the queue to be empty or stalled.
  void PushCommand(std::uint64_t low, std::uint64_t high = 0);
  void RingCommands();
  std::uint32_t commands_pending() const { return commands_pending_; }  // pushed since then
  bool CommandsDone();
  void RunCommands();  // rings and waits
  void InvalidateAll();
  // IOTINVAL.VMA for one page of one address space, fence.
  void InvalidatePage(std::uint64_t iova, std::uint32_t pscid);

  // Records that appeared since the last call; advances fqh.
  std::vector<FaultFields> TakeFaults();
  // Steps until as many records as `count` could be taken; fewer when the bound is reached (a failure).
  std::vector<FaultFields> WaitForFaults(std::size_t count);

  // Sends the request with a free tag; the answer is kept until it is taken. Waits for a tag if all are in use.
  std::uint8_t Send(DeviceRequest request);
  // The same in two steps: a free tag, then the request under it.
  std::uint8_t Reserve();
  void SendWithTag(std::uint8_t tag, DeviceRequest request);
  bool is_open(std::uint8_t tag) const { return in_use_[tag]; }        // sent, not answered
  bool is_accepted(std::uint8_t tag) const { return accepted_[tag]; }  // the unit has taken it
  const DeviceRequest& SentRequest(std::uint8_t tag) const { return sent_[tag]; }
  std::size_t unanswered() const { return unanswered_; }
  // One request alone: its answer, and where it went to (host_request).
  LineResponse Ask(DeviceRequest request);
  const HostRequest& host_request() const { return last_host_request_; }

  using OnAnswer = std::function<void(const LineResponse&, const DeviceRequest&, std::uint64_t cycle)>;
  using OnHostRequest = std::function<void(const HostRequest&, const DeviceRequest&, std::uint64_t cycle)>;
  using OnAccepted = std::function<void(const DeviceRequest&, std::uint64_t cycle)>;
  void set_on_answer(OnAnswer on_answer) { on_answer_ = std::move(on_answer); }
  void set_on_host_request(OnHostRequest on_host_request) { on_host_request_ = std::move(on_host_request); }
  void set_on_accepted(OnAccepted on_accepted) { on_accepted_ = std::move(on_accepted); }
  StreamSource<DeviceRequest>& requests() { return requests_; }
  StreamSink<LineResponse>& answers() { return answers_; }
  StreamSource<DeviceMessage>& messages() { return messages_; }
  std::vector<DeviceMessage>& message_answers() { return message_answers_; }
  std::uint64_t accepted_cycle(std::uint8_t tag) const { return accepted_cycle_[tag]; }
  std::uint64_t host_cycle(std::uint8_t tag) const { return host_cycle_[tag]; }

  bool Step() { return simulation_.Step(); }
  bool RunUntil(const std::function<bool()>& done, const std::string& what) {
    return simulation_.RunUntil(done, kWaitCyclesMax, what);
  }
  // All requests answered.
  bool Drain() {
    return RunUntil([this] { return unanswered_ == 0; }, "the answers to all requests");
  }
  // What failed, with the command that replays it; empty if nothing did.
  std::string FailureText();

 private:
  // Sets the inputs before the components see the ports.
  static Simulation<Vtb_iommu>& Prepare(Simulation<Vtb_iommu>& simulation, Plant plant);
  void Answered(const LineResponse& response, std::uint64_t cycle);

  Simulation<Vtb_iommu> simulation_;
  MemoryAgent walk_agent_, host_agent_, outbound_agent_;
  StreamSource<DeviceRequest> requests_;
  StreamSink<LineResponse> answers_;
  StreamSource<DeviceMessage> messages_;
  StreamSink<DeviceMessage> message_sink_;
  std::array<DeviceRequest, 256> sent_;
  std::array<std::uint64_t, 256> accepted_cycle_{}, host_cycle_{};
  std::array<bool, 256> in_use_{}, accepted_{};
  std::size_t unanswered_ = 0;
  std::uint8_t next_tag_ = 0;
  LineResponse last_answer_;
  HostRequest last_host_request_;
  OnAnswer on_answer_;
  OnHostRequest on_host_request_;
  OnAccepted on_accepted_;
  std::vector<DeviceMessage> message_answers_;
  bool big_endian_ = false;
  std::uint32_t command_tail_ = 0, commands_pending_ = 0, fault_head_ = 0;
  std::uint32_t fault_mask_ = (1u << kQueueLog2) - 1;
};

// A read, write or fetch of the line that holds `iova`, from that byte on.
DeviceRequest MakeRequest(std::uint32_t device_id, std::uint64_t iova, Op op = Op::kRead);

}  // namespace tarn::tb
