#include "tb/channel/channel_simulation.h"

#include <cassert>
#include <cstdlib>
#include <iostream>

namespace tarn::channel {
namespace {

Preset LoadOrDie(const std::string& name) {
  Result<Preset> preset = LoadPreset(PresetFile(name));
  if (!preset.ok()) {
    std::cerr << preset.status().message() << "\n";
    std::exit(2);
  }
  return *preset;
}

tb::TimingRules RulesOrDie(const std::string& name) {
  Result<tb::TimingRules> rules = tb::LoadTimingRules(PresetFile(name));
  if (!rules.ok()) {
    std::cerr << rules.status().message() << "\n";
    std::exit(2);
  }
  return *rules;
}

}  // namespace

ChannelSimulation::ChannelSimulation(const std::string& preset_name, tb::SimulationOptions options)
    : ChannelSimulation(LoadOrDie(preset_name), RulesOrDie(preset_name), std::move(options)) {}

ChannelSimulation::ChannelSimulation(const Preset& preset, const tb::TimingRules& rules, tb::SimulationOptions options)
    : preset_(preset), registers_(TimingRegisters(preset_)), simulation_(std::move(options)) {
  checker_ = std::make_unique<tb::TimingChecker>(rules, [this](const auto& violation) {
    if (checker_->violations() == 1) first_violation_ = violation;
    if (!tolerate_) failures().Add(violation.text);
  });
  port_ = std::make_unique<tb::DramPort<Dut>>(dut(), module_, checker_.get(), failures());
  simulation_.Add(*port_);
  for (int c = 0; c < static_cast<int>(kNumClasses); ++c) dut().slot_req_valid_i[c] = 0;
  dut().reg_req_valid_i = 0;
  dut().slot_rsp_ready_i = 1;
}

void ChannelSimulation::Override(std::uint32_t offset, std::uint32_t mask, std::uint32_t value) {
  assert((value & ~mask) == 0);
  for (RegisterWrite& write : registers_) {
    if (write.offset != offset) continue;
    write.value = (write.value & ~mask) | value;
    return;
  }
  // One that no preset sets: the rest of it as reset leaves it is read when it is written.
  registers_.push_back({offset, value});
}

void ChannelSimulation::SetMap(const AddressMap& map) {
  map_ = map;
  for (const RegisterWrite& write : map.Registers()) Override(write.offset, ~0u, write.value);
}

void ChannelSimulation::PowerUp() {
  dut().dfi_init_complete_i = 0;
  simulation_.Reset();
  for (const RegisterWrite& write : registers_) Write(write.offset, write.value);
  dut().dfi_init_complete_i = 1;
  simulation_.RunUntil([this] { return dut().slot_req_ready_o[0] != 0; }, kPowerUpCyclesMax, "initialisation");
}

RegisterResponse ChannelSimulation::Access(std::uint32_t addr, bool write, std::uint32_t data, std::uint8_t strobe) {
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

}  // namespace tarn::channel
