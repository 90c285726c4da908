// The memory modules behind one of the node's channels: golden modules, and checkers of their timing and of the bus on
// their pins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/channel/dram_module.h"
#include "models/channel/slow_cells.h"
#include "models/common/slot_memory.h"
#include "tb/channel/bus_checker.h"
#include "tb/channel/dram_port.h"
#include "tb/channel/modules_port.h"
#include "tb/channel/timing_checker.h"
#include "tb/channel/timing_rules.h"
#include "tb/common/simulation.h"

namespace tarn::tb {

// What stands on a channel: the timing of the fast cells, and what the slow ones are, if a run has any.
struct ModuleKinds {
  TimingRules rules;
  std::string timing_preset;
  channel::SlowPreset slow;
  std::uint64_t tck_ps;
  std::uint64_t seed;
};

// kModules: of the channel.
template <typename Dut, std::size_t kModules>
class ModulePort {
 public:
  ModulePort(Simulation<Dut>& simulation, const ModuleKinds& kinds, std::size_t channel) {
    const auto report = [&failures = simulation.failures(), channel](const auto& violation) {
      failures.Add("memory timing, channel " + std::to_string(channel) + ", clock " + std::to_string(violation.clock) +
                   ": " + violation.text);
    };
    for (std::size_t m = 0; m < kModules; ++m) {
      modules_.push_back(std::make_unique<Module>(kinds, channel * kModules + m, report));
    }
    if constexpr (kModules == 1) {
      port_ = std::make_unique<DramPort<Dut>>(simulation.dut(), modules_[0]->dram, &modules_[0]->checker,
                                              simulation.failures(), channel);
    } else {
      const TimingRules& rules = kinds.rules;
      bus_checker_ = std::make_unique<BusChecker>(
          BusRules{.cl = rules.cl, .cwl = rules.cwl, .burst = rules.burst, .write_credits = kinds.slow.write_buffers},
          report);
      std::vector<ModuleParts> parts;
      for (const auto& module : modules_) parts.push_back({&module->dram, &module->checker, &module->slow});
      port_ = std::make_unique<ModulesPort<Dut>>(simulation.dut(), std::move(parts), *bus_checker_,
                                                 simulation.failures(), channel);
    }
    simulation.Add(*port_);
  }

  std::uint64_t commands() const {
    std::uint64_t sum = slow_accesses();
    for (const auto& module : modules_) sum += module->checker.commands();
    return sum;
  }
  std::uint64_t violations() const {
    std::uint64_t sum = bus_checker_ ? bus_checker_->violations() : 0;
    for (const auto& module : modules_) sum += module->checker.violations();
    return sum;
  }
  std::uint64_t slow_accesses() const {
    std::uint64_t sum = 0;
    for (const auto& module : modules_) sum += module->slow.reads() + module->slow.writes();
    return sum;
  }

 private:
  struct Module {
    Module(const ModuleKinds& kinds, std::size_t number, TimingChecker::OnViolation on_violation)
        : checker(kinds.rules, std::move(on_violation)), slow(memory, kinds.slow, kinds.tck_ps, kinds.seed + number) {}
    SparseSlotMemory memory;
    channel::DramModule dram{memory};
    TimingChecker checker;
    channel::SlowCells slow;
  };

  std::vector<std::unique_ptr<Module>> modules_;
  std::unique_ptr<BusChecker> bus_checker_;
  std::unique_ptr<Component> port_;
};

}  // namespace tarn::tb
