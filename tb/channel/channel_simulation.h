// A Verilated channel with a golden module behind it, the timing checker on its pins, and its registers at hand.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "Vrtl_channel.h"
#include "models/channel/address_map.h"
#include "models/channel/channel_memory.h"
#include "models/channel/channel_registers.h"
#include "models/channel/dram_module.h"
#include "models/channel/preset.h"
#include "models/channel/preset_file.h"
#include "models/channel/timing_registers.h"
#include "models/common/line_protocol.h"
#include "models/common/register_bus.h"
#include "tb/channel/dram_port.h"
#include "tb/channel/timing_checker.h"
#include "tb/common/simulation.h"

namespace tarn::channel {

class ChannelSimulation : public RegisterBus {
 public:
  using Dut = Vrtl_channel;
  static constexpr int kPowerUpCyclesMax = 20000;

  // A preset of models/channel/presets; ends the program, and says why, if it cannot be read.
  explicit ChannelSimulation(const std::string& preset_name, tb::SimulationOptions options = {});
  // The same preset twice: as the controller is told it, and as the checker reads it.
  ChannelSimulation(const Preset& preset, const tb::TimingRules& rules, tb::SimulationOptions options = {});

  tb::Simulation<Dut>& simulation() { return simulation_; }
  Dut& dut() { return simulation_.dut(); }
  ChannelMemory& memory() { return memory_; }  // the module's content
  DramModule& module() { return module_; }
  tb::TimingChecker& checker() { return *checker_; }
  tb::Failures& failures() { return simulation_.failures(); }
  const Preset& preset() const { return preset_; }
  std::uint64_t violations() const { return checker_->violations(); }
  const tb::TimingChecker::Violation& first_violation() const { return first_violation_; }
  // Violations of timing rules then do not end the simulation.
  void TolerateViolations() { tolerate_ = true; }

  // Replaces a field of the registers that PowerUp will write.
  void Override(std::uint32_t offset, std::uint32_t mask, std::uint32_t value);
  // Lines are placed in this way from PowerUp on; without it as after reset.
  void SetMap(const AddressMap& map);
  const AddressMap& map() const { return map_; }
  // Resets, writes the registers while the PHY is not ready yet, waits until the channel takes requests.
  void PowerUp();

  RegisterResponse Read(std::uint32_t addr) override { return Access(addr, false, 0, 0); }
  RegisterResponse Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) override {
    return Access(addr, true, data, strobe);
  }
  using RegisterBus::Write;
  std::uint64_t Counter(std::uint32_t offset) {
    return Read(offset).rdata | std::uint64_t{Read(offset + 4).rdata} << 32;
  }

 private:
  RegisterResponse Access(std::uint32_t addr, bool write, std::uint32_t data, std::uint8_t strobe);

  Preset preset_;
  std::vector<RegisterWrite> registers_;
  AddressMap map_;
  ChannelMemory memory_;
  DramModule module_{memory_};
  bool tolerate_ = false;
  tb::TimingChecker::Violation first_violation_{};
  std::unique_ptr<tb::TimingChecker> checker_;
  tb::Simulation<Dut> simulation_;
  std::unique_ptr<tb::DramPort<Dut>> port_;
};

}  // namespace tarn::channel
