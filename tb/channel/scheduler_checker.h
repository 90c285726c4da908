// Lays the golden scheduler beside the channel: each command on the pins must be the model's, in its clock.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "models/channel/scheduler_model.h"
#include "tb/channel/channel_simulation.h"

namespace tarn::channel {

class SchedulerChecker : public tb::Component {
 public:
  // To be made, and added to the simulation, before the channel is powered up. Registers that decide on commands stay
  // as they are from then on, and the modules awake.
  explicit SchedulerChecker(ChannelSimulation& channel)
      : SchedulerChecker(channel, SchedulerConfigOf(channel.registers())) {}
  // config: instead of what the channel is told, to see that the difference is found.
  SchedulerChecker(ChannelSimulation& channel, const SchedulerConfig& config);

  void Drive(std::uint64_t) override {}
  void Sample(std::uint64_t cycle) override;

  // Each cycle's command as the golden scheduler gives it, and the scheduler as it is in that cycle, for waves.
  using OnExpected = std::function<void(const DfiCommand&, const SchedulerModel&, std::uint64_t cycle)>;
  void set_on_expected(OnExpected on_expected) { on_expected_ = std::move(on_expected); }

  // Commands that were equal.
  std::uint64_t compared() const { return compared_; }

 private:
  static constexpr unsigned kReadPlaces = 64, kWritePlaces = 96;  // ReadDepth and WriteDepth of the Verilated design

  SchedulerInputs Inputs() const;
  void Compare(std::uint64_t cycle, const DfiCommand& seen);

  OnExpected on_expected_;
  ChannelSimulation::Dut& dut_;
  tb::Failures& failures_;
  SchedulerConfig config_;
  SchedulerModel model_;
  DfiCommand expected_;  // on the pins in the next cycle
  bool initialised_ = false;
  bool differed_ = false;
  std::uint64_t compared_ = 0;
};

}  // namespace tarn::channel
