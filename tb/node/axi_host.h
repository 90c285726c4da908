// A host at its AXI4 port: one line per burst, an ID of its own for each access in flight.
#pragma once

#include <bit>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "models/common/axi_protocol.h"
#include "models/common/axi_status.h"
#include "sw/hal/platform.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"

namespace tarn::tb {

// The streams of one AXI4 port.
struct AxiHostPorts {
  StreamPorts<AxiAddress> aw;
  StreamPorts<AxiWriteData> w;
  StreamPorts<AxiAddress> ar;
  StreamPorts<AxiWriteResponse> b;
  StreamPorts<AxiReadData> r;
};

class AxiHost {
 public:
  // outstanding_max: accesses in flight, at most 256, one per ID.
  template <typename Dut>
  AxiHost(Simulation<Dut>& simulation, const std::string& name, const AxiHostPorts& ports,
          std::uint32_t outstanding_max)
      : aw_(ports.aw, 0),
        w_(ports.w, 0),
        ar_(ports.ar, 0),
        b_(name + ".b", ports.b, 0, 0, simulation.failures(),
           [this](const AxiWriteResponse& answer, std::uint64_t cycle) { OnWriteAnswer(answer, cycle); }),
        r_(name + ".r", ports.r, 0, 0, simulation.failures(),
           [this](const AxiReadData& answer, std::uint64_t cycle) { OnReadAnswer(answer, cycle); }),
        in_flight_(outstanding_max) {
    for (std::uint32_t id = outstanding_max; id-- > 0;) free_ids_.push_back(static_cast<std::uint8_t>(id));
    ar_.set_on_taken([this](const AxiAddress& taken, std::uint64_t cycle) { Stamp(taken.id, cycle); });
    aw_.set_on_taken([this](const AxiAddress& taken, std::uint64_t cycle) { Stamp(taken.id, cycle); });
    for (Component* component :
         {static_cast<Component*>(&aw_), static_cast<Component*>(&w_), static_cast<Component*>(&ar_),
          static_cast<Component*>(&b_), static_cast<Component*>(&r_)}) {
      simulation.Add(*component);
    }
  }
  AxiHost(const AxiHost&) = delete;
  AxiHost& operator=(const AxiHost&) = delete;

  bool TrySubmit(const hal::Access& access) {
    if (free_ids_.empty()) return false;
    const std::uint8_t id = free_ids_.back();
    free_ids_.pop_back();
    in_flight_[id] = {.id = access.id};
    AxiAddress address;
    address.id = id;
    address.addr = access.addr;
    address.size = kSizeOfLine;
    address.burst = AxiBurst::kIncr;
    address.prot = static_cast<std::uint8_t>((access.privileged ? 1 : 0) | (access.execute ? 4 : 0));
    address.user.device_id = access.device.value();
    if (access.op == Op::kRead) {
      ar_.Push(address);
    } else {
      aw_.Push(address);
      w_.Push({.last = true, .strb = access.mask, .data = access.data});
    }
    return true;
  }

  bool PopCompletion(hal::Completion& completion) {
    if (completions_.empty()) return false;
    completion = completions_.front();
    completions_.pop_front();
    return true;
  }

 private:
  static constexpr std::uint8_t kSizeOfLine = 6;

  void Stamp(std::uint8_t id, std::uint64_t cycle) { in_flight_[id].submitted_cycle = cycle; }

  void Finish(std::uint8_t id, hal::Completion& completion, std::uint64_t cycle) {
    completion.completed_cycle = cycle;
    completions_.push_back(completion);
    free_ids_.push_back(id);
  }

  void OnWriteAnswer(const AxiWriteResponse& answer, std::uint64_t cycle) {
    hal::Completion completion = in_flight_[answer.id];
    completion.status = StatusOf(answer.resp);
    completion.walked = answer.walked;
    completion.paged = answer.paged;
    Finish(answer.id, completion, cycle);
  }

  void OnReadAnswer(const AxiReadData& answer, std::uint64_t cycle) {
    hal::Completion completion = in_flight_[answer.id];
    completion.status = StatusOf(answer.resp);
    completion.walked = answer.walked;
    completion.paged = answer.paged;
    completion.data = answer.data;
    Finish(answer.id, completion, cycle);
  }

  StreamSource<AxiAddress> aw_;
  StreamSource<AxiWriteData> w_;
  StreamSource<AxiAddress> ar_;
  StreamSink<AxiWriteResponse> b_;
  StreamSink<AxiReadData> r_;
  std::vector<hal::Completion> in_flight_;  // by AXI ID
  std::vector<std::uint8_t> free_ids_;
  std::deque<hal::Completion> completions_;
};

}  // namespace tarn::tb
