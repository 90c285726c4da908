// The memory module behind one of the node's channels: golden DRAM module, and the timing checker on its pins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "models/channel/dram_module.h"
#include "models/channel/preset.h"
#include "models/common/slot_memory.h"
#include "tb/channel/dram_port.h"
#include "tb/channel/timing_checker.h"
#include "tb/common/simulation.h"

namespace tarn::tb {

template <typename Dut>
class ModulePort {
 public:
  ModulePort(Simulation<Dut>& simulation, const TimingRules& rules, std::size_t channel)
      : module_(memory_),
        checker_(rules,
                 [&failures = simulation.failures(), channel](const TimingChecker::Violation& violation) {
                   failures.Add("memory timing, channel " + std::to_string(channel) + ", clock " +
                                std::to_string(violation.clock) + ": " + violation.text);
                 }),
        port_(simulation.dut(), module_, &checker_, simulation.failures(), channel) {
    simulation.Add(port_);
  }

  std::uint64_t commands() const { return checker_.commands(); }
  std::uint64_t violations() const { return checker_.violations(); }

 private:
  SparseSlotMemory memory_;
  channel::DramModule module_;
  TimingChecker checker_;
  DramPort<Dut> port_;
};

}  // namespace tarn::tb
