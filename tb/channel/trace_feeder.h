// Offers a trace on a class port of a channel, in its order, and checks every byte that is answered.
#pragma once

#include <cstdint>
#include <vector>

#include "tb/channel/channel_simulation.h"
#include "tb/channel/channel_traces.h"
#include "tb/channel/expected_content.h"
#include "tb/channel/latency_counts.h"

namespace tarn::channel {

// When the next access of a trace is offered.
struct Pace {
  bool timed = false;                 // in its own clock, or as soon after it as the channel takes it
  std::uint64_t interval_cycles = 0;  // else: from one to the next, at least; 0: one a cycle, as fast as they are taken
};

template <typename Channel>
class TraceFeeder : public tb::Component {
 public:
  // All outlive the feeder. One feeder a port.
  TraceFeeder(Channel& channel, ExpectedContent& content, TrafficClass port, const std::vector<TraceAccess>& trace,
              Pace pace);

  void Drive(std::uint64_t cycle) override;
  void Sample(std::uint64_t cycle) override;

  bool done() const { return answered_ == trace_.size(); }
  std::uint64_t answered() const { return answered_; }
  bool waits() const { return offering_ || answered_ != next_; }  // for the channel, not for the time
  std::uint64_t mismatches() const { return mismatches_; }

  // DRAM clocks from the request's acceptance to its answer.
  const LatencyCounts& read_latency() const { return read_latency_; }
  const LatencyCounts& write_latency() const { return write_latency_; }
  // The same from the cycle in which a read was due to its answer.
  const LatencyCounts& read_latency_since_due() const { return read_latency_since_due_; }
  // The sum of the cycles in which the answered reads were accepted.
  std::uint64_t reads_taken_sum() const { return reads_taken_sum_; }

 private:
  struct UnderWay {
    std::uint64_t due_cycle, taken_cycle, line;
    Line expected;  // of a read
    bool is_read;
    bool waits = false;  // for its answer
  };

  void Offer(std::uint64_t cycle);
  void Take(std::uint64_t cycle);
  void Answer(std::uint64_t cycle, const SlotResponse& response);

  typename Channel::Dut& dut_;
  tb::Failures& failures_;
  ExpectedContent& content_;
  unsigned port_;
  const std::vector<TraceAccess>& trace_;
  Pace pace_;
  std::vector<UnderWay> under_way_;  // by tag
  std::size_t next_ = 0, answered_ = 0;
  std::uint64_t start_cycle_ = ~std::uint64_t{0}, next_cycle_ = 0, due_cycle_ = 0;
  std::uint64_t reads_taken_sum_ = 0, mismatches_ = 0;
  bool offering_ = false;
  LatencyCounts read_latency_, write_latency_, read_latency_since_due_;
};

extern template class TraceFeeder<ChannelSimulation>;
extern template class TraceFeeder<NarrowSimulation>;
extern template class TraceFeeder<SmallSimulation>;
extern template class TraceFeeder<FourSlotSimulation>;

}  // namespace tarn::channel
