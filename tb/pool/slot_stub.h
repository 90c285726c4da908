// A channel that keeps only what the pool may rely on: requests of one class to one line take effect in their order;
// anything else overtakes anything, also other classes on the same line. Takes and answers at random times.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/common/line_protocol.h"
#include "models/common/random.h"
#include "models/common/slot_memory.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"

namespace tarn::tb {

class SlotStub : public Component {
 public:
  struct Options {
    std::uint64_t seed = 1;
    unsigned stall_percent = 0;            // of not taking a request
    unsigned wait_percent = 0;             // of not answering in a cycle
    bool in_order = false;                 // and one cycle after it was taken: for measuring the pool alone
    unsigned timeout_per_million = 0;      // answers StatusTimeout, without effect,
    std::uint64_t timeout_first_line = 0;  // to requests from this line on,
    std::uint64_t timeout_end_line = ~std::uint64_t{0};  // to the one before that
  };

  SlotStub(const std::vector<StreamPorts<SlotRequest>>& requests, const StreamPorts<SlotResponse>& responses,
           const Options& options, Failures& failures)
      : options_(options), random_(options.seed), responses_(responses, options.seed + 1) {
    for (std::size_t port = 0; port < requests.size(); ++port) {
      requests_.emplace_back("slot_req[" + std::to_string(port) + "]", requests[port], options.seed + 2 + port,
                             options.stall_percent, failures,
                             [this, port](const SlotRequest& request, std::uint64_t) { Take(port, request); });
    }
  }

  void Sample(std::uint64_t cycle) override {
    responses_.Sample(cycle);
    for (auto& port : requests_) port.Sample(cycle);
  }
  void Drive(std::uint64_t cycle) override {
    for (auto& port : requests_) port.Drive(cycle);
    if (responses_.pending() == 0 && !pending_.empty() && !random_.Percent(options_.wait_percent)) Answer();
    responses_.Drive(cycle);
  }

  SparseSlotMemory& memory() { return memory_; }
  std::uint64_t requests() const { return taken_; }
  std::uint64_t timeouts() const { return timeouts_; }

 private:
  struct Pending {
    std::size_t port;
    SlotRequest request;
  };

  void Take(std::size_t port, const SlotRequest& request) {
    ++taken_;
    pending_.push_back({port, request});
  }

  void Answer() {
    std::size_t chosen = 0;
    if (!options_.in_order) {
      chosen = random_.Below(pending_.size());
      for (std::size_t i = 0; i < chosen; ++i) {
        if (pending_[i].port == pending_[chosen].port && pending_[i].request.line == pending_[chosen].request.line) {
          chosen = i;
        }
      }
    }
    const SlotRequest request = pending_[chosen].request;
    pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(chosen));
    SlotResponse response;
    response.tag = request.tag;
    response.status = LineStatus::kOk;
    if (options_.timeout_per_million != 0 && request.line >= options_.timeout_first_line &&
        request.line < options_.timeout_end_line && random_.Below(1000000) < options_.timeout_per_million) {
      ++timeouts_;
      response.status = LineStatus::kTimeout;
    } else if (request.op == Op::kRead) {
      response.status = memory_.ReadLine(request.line, response.data);
    } else {
      memory_.WriteLine(request.line, request.data, request.op == Op::kWrite ? ~std::uint64_t{0} : request.mask,
                        request.poison);
      response.data = SeededLine(request.tag);  // an answer to a write has no data
    }
    responses_.Push(response);
  }

  Options options_;
  Random random_;
  SparseSlotMemory memory_;
  std::vector<StreamSink<SlotRequest>> requests_;
  StreamSource<SlotResponse> responses_;
  std::vector<Pending> pending_;
  std::uint64_t taken_ = 0;
  std::uint64_t timeouts_ = 0;
};

}  // namespace tarn::tb
