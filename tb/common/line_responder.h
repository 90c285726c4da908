// Stands behind a design that asks for lines: takes requests in order, answers them after a random time in random
// order. What a request does and how it ends is the user's to say. Tags in flight must differ: checked.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "models/common/line_protocol.h"
#include "tb/common/stream.h"

namespace tarn::tb {

struct LineResponderOptions {
  std::string name = "line";
  std::uint64_t seed = 1;
  unsigned latency_cycles_min = 1;
  unsigned latency_cycles_max = 1;
  unsigned slow_percent = 0;   // of the answers: they take ten times as long
  unsigned stall_percent = 0;  // chance per cycle of not taking a request
};

template <typename Request>
class LineResponder : public Component {
 public:
  // Called in the order in which requests are taken; the tag of the answer is filled in.
  using Handler = std::function<LineResponse(const Request&)>;

  LineResponder(StreamPorts<Request> request, StreamPorts<LineResponse> response, const LineResponderOptions& options,
                Failures& failures, Handler handler)
      : options_(options),
        random_(options.seed + 1),
        failures_(failures),
        handler_(std::move(handler)),
        sink_(options.name, request, options.seed + 2, options.stall_percent, failures,
              [this](const Request& message, std::uint64_t cycle) { Take(message, cycle); }),
        source_(response, options.seed + 3) {
    source_.set_on_taken([this](const LineResponse& taken, std::uint64_t) { tag_in_flight_[taken.tag] = false; });
  }

  // Requests that take longer than the options say, and by how much.
  void set_extra_latency_cycles(std::function<unsigned(const Request&)> extra) {
    extra_latency_cycles_ = std::move(extra);
  }

  std::size_t in_flight() const { return waiting_.size(); }

  void Drive(std::uint64_t cycle) override {
    OfferOne(cycle);
    sink_.Drive(cycle);
    source_.Drive(cycle);
  }
  void Sample(std::uint64_t cycle) override {
    source_.Sample(cycle);
    sink_.Sample(cycle);
  }

 private:
  struct Waiting {
    std::uint64_t due_cycle;
    LineResponse response;
  };

  void Take(const Request& request, std::uint64_t cycle) {
    if (tag_in_flight_[request.tag]) {
      failures_.Add(options_.name + ": tag " + std::to_string(request.tag) + " is in flight already, in cycle " +
                    std::to_string(cycle));
    }
    tag_in_flight_[request.tag] = true;
    LineResponse response = handler_(request);
    response.tag = request.tag;
    const std::uint64_t spread = options_.latency_cycles_max - options_.latency_cycles_min + 1;
    std::uint64_t latency = options_.latency_cycles_min + random_.Below(spread);
    if (options_.slow_percent != 0 && random_.Percent(options_.slow_percent)) latency *= 10;
    if (extra_latency_cycles_) latency += extra_latency_cycles_(request);
    waiting_.push_back({cycle + latency, response});
  }

  // One answer a cycle at most, any of those that are due.
  void OfferOne(std::uint64_t cycle) {
    if (source_.pending() > 1 || waiting_.empty()) return;
    const std::size_t start = random_.Below(waiting_.size());
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      const std::size_t place = (start + i) % waiting_.size();
      if (waiting_[place].due_cycle > cycle) continue;
      source_.Push(waiting_[place].response);
      waiting_[place] = waiting_.back();
      waiting_.pop_back();
      return;
    }
  }

  LineResponderOptions options_;
  Random random_;
  Failures& failures_;
  Handler handler_;
  std::function<unsigned(const Request&)> extra_latency_cycles_;
  std::vector<Waiting> waiting_;
  std::vector<bool> tag_in_flight_ = std::vector<bool>(1 << kTagBits);
  StreamSink<Request> sink_;
  StreamSource<LineResponse> source_;
};

}  // namespace tarn::tb
