// Connects a Verilated channel that has several modules, or slow cells, to golden modules and to the checkers: of each
// module's timing, and of the bus that they share. A channel with one module of fast cells has DramPort, which costs
// less.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/channel/dfi_protocol.h"
#include "models/channel/dram_module.h"
#include "models/channel/slow_cells.h"
#include "tb/channel/bus_checker.h"
#include "tb/channel/module_under_test.h"
#include "tb/channel/timing_checker.h"
#include "tb/common/simulation.h"

namespace tarn::tb {

// A module's two parts, and who judges the first. under_test, where there is one, has the pins, and the golden parts
// judge it.
struct ModuleParts {
  channel::DramModule* dram;
  TimingChecker* timing;
  channel::SlowCells* slow;
  ModuleUnderTest* under_test = nullptr;
};

// kClocks: DRAM clocks of a cycle. Cycle c has the clocks from c * kClocks on; modules say ready once a cycle.
template <typename Dut, unsigned kClocks = 1>
class ModulesPort : public Component {
 public:
  // All outlive the port. index: which of the design's channels, each with as many modules.
  ModulesPort(Dut& dut, std::vector<ModuleParts> modules, BusChecker& bus, Failures& failures, std::size_t index = 0)
      : dut_(dut), index_(index), modules_(std::move(modules)), bus_(bus), failures_(failures) {
    dut_.dfi_init_complete_i |= 1U << index;
    for (std::size_t m = 0; m < modules_.size(); ++m) ReadyPin(m) = 0;
    for (unsigned slot = 0; slot < kClocks; ++slot) std::memset(&ReadPins(slot), 0, sizeof ReadPins(slot));
  }

  void Drive(std::uint64_t cycle) override {
    for (unsigned slot = 0; slot < kClocks; ++slot) DriveClock(cycle * kClocks + slot, slot);
  }

  void Sample(std::uint64_t cycle) override {
    for (unsigned slot = 0; slot < kClocks; ++slot) SampleClock(cycle * kClocks + slot, slot);
    for (const auto& [module, ready] : readies_) bus_.Ready(cycle * kClocks, static_cast<unsigned>(module), ready);
    readies_.clear();
    for (ModuleParts& parts : modules_) {
      if (parts.under_test != nullptr) ClockUnderTest(*parts.under_test);
    }
    ReportErrors();
  }

  // From the next clock on it answers in the place of the golden parts. Outlives the port.
  void PutInFront(std::size_t module, ModuleUnderTest& under_test)
    requires(kClocks == 1)
  {
    modules_[module].under_test = &under_test;
  }

 private:
  static constexpr int kWriteValid = DfiWriteData::kBits - 1;  // valid is the first field, the highest bit

  struct Driver {
    std::size_t module;
    bool is_slow;
  };
  struct ReadyOf {
    std::size_t module;
    DfiReady ready;
  };

  void DriveClock(std::uint64_t clock, unsigned slot) {
    DfiReadData data;
    std::vector<Driver>& drivers = drivers_[slot];
    drivers.clear();
    for (std::size_t m = 0; m < modules_.size(); ++m) {
      ModuleParts& parts = modules_[m];
      if (parts.dram->DrivesData(clock)) {
        data = parts.dram->ReadData(clock);
        drivers.push_back({m, false});
      }
      if (parts.slow->DrivesData(clock)) {
        data = parts.slow->ReadData(clock);
        drivers.push_back({m, true});
      }
      if (slot == 0) DriveReady(clock, m, data);
    }
    if (drivers.empty() && !drove_[slot]) return;
    std::uint32_t words[DfiReadData::kWords] = {};
    if (!drivers.empty()) data.Pack(words);
    std::memcpy(&ReadPins(slot), words, sizeof words);
    drove_[slot] = !drivers.empty();
  }

  void DriveReady(std::uint64_t clock, std::size_t module, DfiReadData& data) {
    ModuleParts& parts = modules_[module];
    if (ReadyPin(module) != 0) ReadyPin(module) = 0;
    std::optional<DfiReady> ready;
    if (parts.slow->works()) ready = parts.slow->Tick(clock);
    if (parts.under_test != nullptr) ready = DriveUnderTest(clock, module, data);
    SayReady(module, ready);
  }

  void SampleClock(std::uint64_t clock, unsigned slot) {
    for (const auto& [module, is_slow] : drivers_[slot]) {
      bus_.ReadBeat(clock, static_cast<unsigned>(module));
      if (!is_slow) modules_[module].timing->ReadBeat(clock);
    }
    const auto* words = reinterpret_cast<const std::uint32_t*>(&dut_.dfi_wr_o[Place(slot)]);
    if ((words[kWriteValid / 32] >> kWriteValid % 32 & 1) != 0) WriteBeat(clock, DfiWriteData::Unpack(words));
    if (slot == 0) ControlLevels(clock);
    if (dut_.dfi_cmd_o[Place(slot)] >> (DfiCommand::kBits - 4) != 0) Command(clock, slot);
  }

  std::size_t Place(unsigned slot) const { return index_ * kClocks + slot; }
  auto& ReadPins(unsigned slot) { return dut_.dfi_rd_i[Place(slot)]; }
  auto& ReadyPin(std::size_t module) { return dut_.module_ready_i[index_ * modules_.size() + module]; }
  void SayReady(std::size_t module, const std::optional<DfiReady>& ready) {
    if (!ready) return;
    std::uint32_t words[DfiReady::kWords] = {};
    ready->Pack(words);
    ReadyPin(module) = static_cast<std::uint8_t>(words[0]);
    readies_.push_back({module, *ready});
  }

  // What it drives must be what the golden parts drive in this clock; when it says ready is its own affair.
  std::optional<DfiReady> DriveUnderTest(std::uint64_t cycle, std::size_t module, DfiReadData& data) {
    const ModuleUnderTest::Outputs outputs = modules_[module].under_test->Drive();
    const bool golden_drives = !drivers_[0].empty() && drivers_[0].back().module == module;
    const DfiReadData golden = golden_drives ? data : DfiReadData{};
    modules_[module].under_test->Judged(golden, modules_[module].dram->open_banks());
    if (!(outputs.data == golden)) {
      failures_.Add("module " + std::to_string(module) + " in clock " + std::to_string(cycle) + ":\n  golden " +
                    DescribeValue(golden) + "\n  under test " + DescribeValue(outputs.data));
    }
    if (golden_drives) data = outputs.data;
    return outputs.ready.valid ? std::optional(outputs.ready) : std::nullopt;
  }

  void ClockUnderTest(ModuleUnderTest& under_test) {
    const std::uint64_t bits = dut_.dfi_cmd_o[index_];
    std::uint32_t command[2];
    std::memcpy(command, &bits, sizeof command);
    const auto* write = reinterpret_cast<const std::uint32_t*>(&dut_.dfi_wr_o[index_]);
    under_test.Sample(DfiCommand::Unpack(command), DfiWriteData::Unpack(write));
  }

  void WriteBeat(std::uint64_t cycle, const DfiWriteData& write) {
    const std::optional<BusChecker::Owner> owner = bus_.WriteBeat(cycle);
    if (!owner) return;
    ModuleParts& parts = modules_[owner->module];
    if (owner->slow) {
      parts.slow->WriteData(cycle, write);
    } else {
      parts.dram->WriteData(cycle, write);
      parts.timing->WriteBeat(cycle);
    }
  }

  void ControlLevels(std::uint64_t cycle) {
    std::uint32_t control = 0;
    if constexpr (requires { dut_.dfi_ctl_o[index_]; }) {
      control = dut_.dfi_ctl_o[index_];
    } else {
      control = dut_.dfi_ctl_o;
    }
    if (control == control_) return;
    control_ = control;
    const DfiControl levels = DfiControl::Unpack(&control);
    for (std::size_t m = 0; m < modules_.size(); ++m) {
      modules_[m].timing->Control(cycle, levels.reset_n, (levels.cke >> m & 1) != 0);
    }
  }

  void Command(std::uint64_t cycle, unsigned slot) {
    const std::uint64_t bits = dut_.dfi_cmd_o[Place(slot)];
    std::uint32_t words[2];
    std::memcpy(words, &bits, sizeof words);
    const DfiCommand command = DfiCommand::Unpack(words);
    bus_.Command(cycle, command);
    switch (command.op) {
      case DfiOp::kSlowRead:
      case DfiOp::kSlowWrite:
      case DfiOp::kSend:
        modules_[command.module_id].slow->Command(cycle, command);
        return;
      case DfiOp::kActivate:
      case DfiOp::kRead:
      case DfiOp::kWrite:
      case DfiOp::kPrecharge:
      case DfiOp::kPrechargeAll:
      case DfiOp::kRefresh:
      case DfiOp::kRefreshBank:
      case DfiOp::kZqShort:
        return ToFastCells(cycle, modules_[command.module_id], command);
      default:  // all hear it
        for (ModuleParts& parts : modules_) {
          ToFastCells(cycle, parts, command);
          parts.slow->Command(cycle, command);
        }
    }
  }

  void ToFastCells(std::uint64_t cycle, ModuleParts& parts, const DfiCommand& command) {
    parts.dram->Command(cycle, command);
    parts.timing->Command(cycle, command);
  }

  void ReportErrors() {
    if (reported_) return;
    for (std::size_t m = 0; m < modules_.size(); ++m) {
      if (modules_[m].dram->errors() + modules_[m].slow->errors() == 0) continue;
      for (const std::string& text : {modules_[m].dram->first_error(), modules_[m].slow->first_error()}) {
        if (text.empty()) continue;
        failures_.Add("module " + std::to_string(m) + ": " + text);
        reported_ = true;
      }
    }
  }

  Dut& dut_;
  std::size_t index_;
  std::vector<ModuleParts> modules_;
  BusChecker& bus_;
  Failures& failures_;
  std::array<std::vector<Driver>, kClocks> drivers_;  // of each clock
  std::vector<ReadyOf> readies_;
  std::uint32_t control_ = 0;
  bool reported_ = false;
  std::array<bool, kClocks> drove_{};
};

}  // namespace tarn::tb
