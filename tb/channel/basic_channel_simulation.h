// A Verilated channel with golden modules behind it, checkers on its pins, and its registers at hand.
#pragma once

#include <cassert>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/channel/address_map.h"
#include "models/channel/channel_memory.h"
#include "models/channel/channel_registers.h"
#include "models/channel/dram_module.h"
#include "models/channel/preset.h"
#include "models/channel/preset_file.h"
#include "models/channel/slow_cells.h"
#include "models/channel/slow_preset.h"
#include "models/channel/timing_registers.h"
#include "models/common/line_protocol.h"
#include "models/common/register_bus.h"
#include "tb/channel/bus_checker.h"
#include "tb/channel/dram_port.h"
#include "tb/channel/modules_port.h"
#include "tb/channel/timing_checker.h"
#include "tb/common/simulation.h"

namespace tarn::channel {

// Presets of models/channel/presets; end the program, and say why, if they cannot be read.
Preset LoadPresetOrDie(const std::string& name);
tb::TimingRules LoadTimingRulesOrDie(const std::string& name);
SlowPreset LoadSlowPresetOrDie(const std::string& name);

inline constexpr std::uint32_t kNoSlowRow = 0x7fffff;  // a module whose rows are all fast

// Whether a Verilated tarn_channel with one module has slow cells.
template <typename Dut>
inline constexpr bool kOneModuleHasSlowCells = false;
// And whether its requests stay at their port until they are decided (HoldAtPort): ready comes after valid only.
template <typename Dut>
inline constexpr bool kHoldsAtPort = false;

// Dut: a Verilated tarn_channel, with any number of modules. One that has several has slow cells too.
template <typename DutType>
class BasicChannelSimulation : public RegisterBus {
 public:
  using Dut = DutType;
  static constexpr int kPowerUpCyclesMax = 20000;
  // RowBits of the Verilated design: a module has its rows, and these at most.
  static constexpr unsigned kRowBits = 16;
  // DRAM clocks of a cycle.
  static constexpr unsigned kClocks = decltype(tb::ElementsOf(std::declval<Dut&>().dfi_cmd_o))::value;
  static constexpr std::size_t kModules = decltype(tb::ElementsOf(std::declval<Dut&>().module_ready_i))::value;

  // A preset of models/channel/presets; ends the program, and says why, if it cannot be read.
  explicit BasicChannelSimulation(const std::string& preset_name, tb::SimulationOptions options = {})
      : BasicChannelSimulation(LoadPresetOrDie(preset_name), LoadTimingRulesOrDie(preset_name), std::move(options)) {}
  // The same preset twice: as the controller is told it, and as the checker reads it. content: what the one module
  // holds, by its own line numbers; without it zeros at first.
  BasicChannelSimulation(const Preset& preset, const tb::TimingRules& rules, tb::SimulationOptions options = {},
                         SlotMemory* content = nullptr)
      : preset_(preset),
        presets_(kModules, preset),
        registers_(TimingRegisters(presets_)),
        simulation_(std::move(options)) {
    for (std::size_t m = 0; m < kModules; ++m) {
      modules_.push_back(std::make_unique<Module>(content, preset.Geometry(), rules, OnViolation()));
    }
    map_ = AddressMap::Of(preset.Geometry());
    while (std::size_t{1} << map_.module_bits < kModules) ++map_.module_bits;
    for (const RegisterWrite& write : map_.Registers()) Override(write.offset, ~0u, write.value);
    MakePort(rules);
    simulation_.Add(*port_);
    for (int c = 0; c < static_cast<int>(kNumClasses); ++c) dut().slot_req_valid_i[c] = 0;
    dut().reg_req_valid_i = 0;
    dut().slot_rsp_ready_i = 1;
  }

  tb::Simulation<Dut>& simulation() { return simulation_; }
  // The first DRAM clock of the present cycle: what checkers and modules count.
  std::uint64_t clock() const { return simulation_.cycle() * kClocks; }
  Dut& dut() { return simulation_.dut(); }
  // The module's content, unless another was given.
  ChannelMemory& memory(std::size_t module = 0) { return modules_[module]->memory; }
  DramModule& module(std::size_t module = 0) { return modules_[module]->dram; }
  SlowCells& slow_cells(std::size_t module) { return *modules_[module]->slow; }
  tb::TimingChecker& checker(std::size_t module = 0) { return modules_[module]->checker; }
  tb::BusChecker& bus_checker() { return *bus_checker_; }
  tb::Failures& failures() { return simulation_.failures(); }
  const Preset& preset() const { return preset_; }
  // What PowerUp writes.
  const std::vector<RegisterWrite>& registers() const { return registers_; }
  std::uint64_t violations() const {
    std::uint64_t sum = bus_checker_ ? bus_checker_->violations() : 0;
    for (const auto& module : modules_) sum += module->checker.violations();
    return sum;
  }
  const tb::TimingChecker::Violation& first_violation() const { return first_violation_; }
  // Violations of timing rules then do not end the simulation.
  void TolerateViolations() { tolerate_ = true; }

  // Replaces a field of the registers that PowerUp will write.
  void Override(std::uint32_t offset, std::uint32_t mask, std::uint32_t value) {
    assert((value & ~mask) == 0);
    for (RegisterWrite& write : registers_) {
      if (write.offset != offset) continue;
      write.value = (write.value & ~mask) | value;
      return;
    }
    // One that no preset sets: the rest of it as reset leaves it is read when it is written.
    registers_.push_back({offset, value});
  }
  // Module m has another preset than the first: until PowerUp.
  // REQUIRES: ValidateTogether accepts it.
  void SetPreset(std::size_t m, const Preset& preset, const tb::TimingRules& rules) {
    presets_[m] = preset;
    assert(ValidateTogether(presets_).ok());
    modules_[m]->checker = tb::TimingChecker(rules, OnViolation());
    for (const RegisterWrite& write : TimingRegisters(presets_)) Override(write.offset, ~0u, write.value);
  }
  // Banks are refreshed alone from PowerUp on. REQUIRES: the preset has it.
  void RefreshBanksAlone() {
    for (const RegisterWrite& write : TimingRegisters(presets_, RefreshOf::kBanksAlone)) {
      Override(write.offset, ~0u, write.value);
    }
  }
  // Lines are placed in this way from PowerUp on; without it row | bank | bank group | column.
  void SetMap(const AddressMap& map) {
    const unsigned module_bits = map_.module_bits;
    map_ = map;
    map_.module_bits = module_bits;
    map_.geometry = preset_.Geometry();
    for (const RegisterWrite& write : map_.Registers()) Override(write.offset, ~0u, write.value);
  }
  const AddressMap& map() const { return map_; }
  // Module m's rows from from_row[m] on are slow cells of this preset, from PowerUp on.
  void SetSlowCells(const SlowPreset& preset, const std::vector<std::uint32_t>& from_row, std::uint64_t seed = 1) {
    namespace r = channel_registers;
    for (std::uint32_t m = 0; m < kModules; ++m) {
      modules_[m]->slow.emplace(modules_[m]->memory, preset, preset_.tck_ps, seed + m, preset_.Geometry());
      Override(r::slow_from::Offset(m), ~0u, from_row[m]);
    }
    for (const RegisterWrite& write : SlowRegisters(preset, preset_.tck_ps)) Override(write.offset, ~0u, write.value);
  }
  // From here on this answers in the place of golden module m, which then judges it.
  void PutInFront(std::size_t m, tb::ModuleUnderTest& under_test)
    requires(kModules > 1 && kClocks == 1)
  {
    static_cast<tb::ModulesPort<Dut, kClocks>&>(*port_).PutInFront(m, under_test);
  }
  // Resets, writes the registers while the PHY is not ready yet, waits until the channel takes requests.
  void PowerUp() {
    dut().dfi_init_complete_i = 0;
    simulation_.Reset();
    for (const RegisterWrite& write : registers_) Write(write.offset, write.value);
    dut().dfi_init_complete_i = 1;
    simulation_.RunUntil([this] { return TakesRequests(); }, kPowerUpCyclesMax, "initialisation");
  }
  // At the end: what never came.
  void FinishChecks() {
    for (const auto& module : modules_) module->checker.Finish(clock());
    if (bus_checker_) bus_checker_->Finish(simulation_.cycle());
  }

  RegisterResponse Read(std::uint32_t addr) override { return Access(addr, false, 0, 0); }
  RegisterResponse Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) override {
    return Access(addr, true, data, strobe);
  }
  using RegisterBus::Write;
  std::uint64_t Counter(std::uint32_t offset) {
    return Read(offset).rdata | std::uint64_t{Read(offset + 4).rdata} << 32;
  }

 private:
  bool TakesRequests() {
    if constexpr (kHoldsAtPort<Dut>) {
      return channel_registers::status::InitDone::Get(Read(channel_registers::status::kOffset).rdata) != 0;
    } else {
      return dut().slot_req_ready_o[0] != 0;
    }
  }

  struct Module {
    Module(SlotMemory* content, const ModuleGeometry& geometry, const tb::TimingRules& rules,
           tb::TimingChecker::OnViolation on_violation)
        : dram(content != nullptr ? *content : memory, geometry), checker(rules, std::move(on_violation)) {}
    ChannelMemory memory;
    DramModule dram;
    tb::TimingChecker checker;
    std::optional<SlowCells> slow;  // where the channel has slow cells
  };

  tb::TimingChecker::OnViolation OnViolation() {
    return [this](const auto& violation) {
      if (violations() == 1) first_violation_ = violation;
      if (!tolerate_) failures().Add(violation.text);
    };
  }

  void MakePort(const tb::TimingRules& rules) {
    if constexpr (kModules == 1 && !kOneModuleHasSlowCells<Dut>) {
      port_ = std::make_unique<tb::DramPort<Dut, kClocks>>(dut(), module(), &checker(), failures());
    } else {
      bus_checker_ = std::make_unique<tb::BusChecker>(
          tb::BusRules{.cl = rules.cl, .cwl = rules.cwl, .burst = rules.burst}, [this](const auto& violation) {
            if (!tolerate_) failures().Add(violation.text);
          });
      std::vector<tb::ModuleParts> parts;
      for (const auto& module : modules_) {
        module->slow.emplace(module->memory, LoadSlowPresetOrDie("slow_pcm"), preset_.tck_ps, 1, preset_.Geometry());
        parts.push_back({&module->dram, &module->checker, &*module->slow});
      }
      port_ = std::make_unique<tb::ModulesPort<Dut, kClocks>>(dut(), std::move(parts), *bus_checker_, failures());
    }
  }

  RegisterResponse Access(std::uint32_t addr, bool write, std::uint32_t data, std::uint8_t strobe) {
    dut().reg_req_i = (std::uint64_t{write} << 16 | addr) << 36 | std::uint64_t{data} << 4 | strobe;
    dut().reg_req_valid_i = 1;
    bool taken = false, answered = false;
    for (int i = 0; i < 20 && !answered; ++i) {
      dut().eval();
      taken = taken || dut().reg_req_ready_o != 0;
      answered = dut().reg_rsp_valid_o != 0;
      if (answered) break;
      simulation_.Step();
      if (taken) dut().reg_req_valid_i = 0;
    }
    if (!answered) failures().Add("no answer from register " + std::to_string(addr));
    const std::uint64_t response = dut().reg_rsp_o;
    simulation_.Step();
    return {.rdata = static_cast<std::uint32_t>(response >> 1), .error = (response & 1) != 0};
  }

  Preset preset_;
  std::vector<Preset> presets_;  // of each module
  std::vector<RegisterWrite> registers_;
  AddressMap map_;
  std::vector<std::unique_ptr<Module>> modules_;
  std::unique_ptr<tb::BusChecker> bus_checker_;
  bool tolerate_ = false;
  tb::TimingChecker::Violation first_violation_{};
  tb::Simulation<Dut> simulation_;
  std::unique_ptr<tb::Component> port_;
};

}  // namespace tarn::channel
