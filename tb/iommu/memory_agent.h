// Answers host requests from a LineMemory: a request takes effect when it is taken; its answer comes after a latency
// of cycles, in any order when latencies differ.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "models/common/random.h"
#include "models/pool/atomics.h"
#include "tb/common/stream.h"
#include "tb/iommu/line_memory.h"

namespace tarn::tb {

struct MemoryTiming {
  unsigned latency_cycles_min = 10;  // from the request to its answer, both seen on the ports
  unsigned latency_cycles_max = 10;
  unsigned stall_percent = 0;  // chance per cycle of not being ready
};

class MemoryAgent : public Component {
 public:
  using OnRequest = std::function<void(const HostRequest&, std::uint64_t cycle)>;

  MemoryAgent(std::string name, StreamPorts<HostRequest> requests, StreamPorts<LineResponse> responses,
              LineMemory& memory, std::uint64_t seed, Failures& failures)
      : sink_(std::move(name), requests, seed, 0, failures,
              [this](const HostRequest& request, std::uint64_t cycle) { Take(request, cycle); }),
        responses_(responses),
        memory_(memory),
        random_(seed + 1) {
    *responses_.valid = 0;
  }

  void set_timing(MemoryTiming timing) {
    timing_ = timing;
    sink_.set_stall_percent(timing.stall_percent);
  }
  void set_on_request(OnRequest on_request) { on_request_ = std::move(on_request); }
  std::uint64_t requests() const { return sink_.taken(); }
  std::size_t open() const { return open_.size(); }

  void Sample(std::uint64_t cycle) override {
    sink_.Sample(cycle);
    if (*responses_.valid != 0 && *responses_.ready != 0) offered_ = false;
  }

  void Drive(std::uint64_t cycle) override {
    sink_.Drive(cycle);
    if (offered_) return;
    *responses_.valid = 0;
    const auto due = std::min_element(open_.begin(), open_.end(),
                                      [](const Open& a, const Open& b) { return a.due_cycle < b.due_cycle; });
    if (due == open_.end() || due->due_cycle > cycle) return;
    responses_.message.Write(due->response);
    *responses_.valid = 1;
    offered_ = true;
    open_.erase(due);
  }

 private:
  struct Open {
    std::uint64_t due_cycle;
    LineResponse response;
  };

  void Take(const HostRequest& request, std::uint64_t cycle) {
    if (on_request_) on_request_(request, cycle);
    LineResponse response;
    response.tag = request.tag;
    response.status = memory_.status(request.addr);
    if (response.status == LineStatus::kOk) {
      response.data = memory_.Read(request.addr);
      Perform(request, response.data);
    }
    const unsigned spread = timing_.latency_cycles_max - timing_.latency_cycles_min;
    open_.push_back({cycle + timing_.latency_cycles_min + random_.Below(spread + 1), response});
  }

  // Where devices send what is no atomic in truth (any mask), the bytes are written.
  void Perform(const HostRequest& request, Line line) {
    if (request.op == Op::kRead) return;
    if (pool::IsAtomic(request.op) && pool::AtomicIsLegal(request.op, request.mask)) {
      pool::ApplyAtomic(request.op, request.mask, request.data, line);
      memory_.Write(request.addr, line, ~std::uint64_t{0});
    } else {
      memory_.Write(request.addr, request.data, request.mask);
    }
  }

  StreamSink<HostRequest> sink_;
  StreamPorts<LineResponse> responses_;
  LineMemory& memory_;
  Random random_;
  MemoryTiming timing_;
  OnRequest on_request_;
  std::vector<Open> open_;
  bool offered_ = false;
};

}  // namespace tarn::tb
