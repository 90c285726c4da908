// Offers a trace on a channel's host port, in order, and measures what came of it.
#pragma once

#include <cstdint>
#include <vector>

#include "tb/channel/channel_simulation.h"
#include "tb/channel/channel_traces.h"

namespace tarn::channel {

// Knows when the first command and the last beat of data were, and how long the answers took.
class TraceFeeder : public tb::Component {
 public:
  // interval_cycles: from one request to the next; 0: a request a cycle. The channel and the trace outlive the feeder.
  TraceFeeder(ChannelSimulation& channel, const std::vector<TraceAccess>& trace, std::uint64_t interval_cycles);

  void Drive(std::uint64_t cycle) override;
  void Sample(std::uint64_t cycle) override;

  bool done() const { return answered_ == trace_.size(); }
  std::uint64_t first_command() const { return first_command_; }
  std::uint64_t last_beat() const { return last_beat_; }
  double latency_mean() const { return static_cast<double>(latency_sum_) / static_cast<double>(answered_); }

 private:
  ChannelSimulation::Dut& dut_;
  const std::vector<TraceAccess>& trace_;
  std::uint64_t interval_cycles_;
  std::vector<std::uint64_t> taken_cycle_;  // by tag
  std::size_t next_ = 0, answered_ = 0;
  std::uint64_t next_cycle_ = 0, first_command_ = 0, last_beat_ = 0, latency_sum_ = 0;
  bool offering_ = false;
};

}  // namespace tarn::channel
