// The memory module behind the node's channel: golden DRAM module, and the timing checker on its pins.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/channel/dram_module.h"
#include "models/channel/preset.h"
#include "models/common/slot_memory.h"
#include "sw/hal/platform.h"
#include "tb/channel/dram_port.h"
#include "tb/channel/timing_checker.h"
#include "tb/common/simulation.h"

namespace tarn::tb {

template <typename Dut>
class ModulePort {
 public:
  ModulePort(Simulation<Dut>& simulation, const TimingRules& rules, std::string preset_name)
      : preset_name_(std::move(preset_name)),
        module_(memory_),
        checker_(rules,
                 [&failures = simulation.failures()](const TimingChecker::Violation& violation) {
                   failures.Add("memory timing, clock " + std::to_string(violation.clock) + ": " + violation.text);
                 }),
        port_(simulation.dut(), module_, &checker_, simulation.failures()) {
    simulation.Add(port_);
  }

  std::string check_description() const { return "timing of " + preset_name_; }
  void AddCounters(std::vector<hal::PlatformCounter>& counters) const {
    counters.push_back({"timing.commands_checked", checker_.commands()});
    counters.push_back({"timing.violations", checker_.violations()});
  }

 private:
  std::string preset_name_;
  SparseSlotMemory memory_;
  channel::DramModule module_;
  TimingChecker checker_;
  DramPort<Dut> port_;
};

}  // namespace tarn::tb
