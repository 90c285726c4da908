// Watches a channel's pins: when there was a command, when there was data.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "tb/channel/channel_simulation.h"

namespace tarn::channel {

// Called with each command, and the DRAM clock in which it is on the pins.
using OnCommand = std::function<void(std::uint64_t clock, const DfiCommand& command)>;

// From the cycle on in which it is added to the simulation. Times are DRAM clocks.
template <typename Channel>
class BusMonitor : public tb::Component {
 public:
  explicit BusMonitor(Channel& channel, OnCommand on_command = {})
      : dut_(channel.dut()), burst_clocks_(channel.preset().burst_clocks), on_command_(std::move(on_command)) {}

  void Drive(std::uint64_t) override {}
  void Sample(std::uint64_t cycle) override;

  // Both 0 as long as there was none.
  std::uint64_t first_command() const { return first_command_; }
  std::uint64_t last_beat() const { return last_beat_; }
  std::uint64_t data_clocks() const { return data_clocks_; }
  // Until the last beat.
  std::uint64_t refreshes() const { return refreshes_; }
  std::uint64_t activates() const { return activates_; }
  // Lines read, and the sum of the clocks in which the last beat of each was there.
  std::uint64_t lines_read() const { return read_clocks_ / burst_clocks_; }
  std::uint64_t read_ends_sum() const { return read_ends_sum_; }

  // Clocks with data in each stretch of window_clocks(), from the first command on: the longer the run, the longer the
  // stretches, so that they stay few.
  const std::vector<std::uint32_t>& windows() const { return windows_; }
  std::uint64_t window_clocks() const { return window_clocks_; }

 private:
  void SampleClock(std::uint64_t clock, unsigned slot);
  void Command(std::uint64_t clock, unsigned slot);
  void Data(std::uint64_t clock);

  typename Channel::Dut& dut_;
  unsigned burst_clocks_;
  OnCommand on_command_;
  std::uint64_t first_command_ = 0, last_beat_ = 0, data_clocks_ = 0;
  std::uint64_t refreshes_ = 0, refreshes_seen_ = 0, activates_ = 0;
  std::uint64_t read_clocks_ = 0, read_ends_sum_ = 0;
  std::vector<std::uint32_t> windows_;
  std::uint64_t window_clocks_ = 64;
};

extern template class BusMonitor<ChannelSimulation>;
extern template class BusMonitor<NarrowSimulation>;
extern template class BusMonitor<SmallSimulation>;
extern template class BusMonitor<FourSlotSimulation>;

}  // namespace tarn::channel
