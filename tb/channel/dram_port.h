// Connects a Verilated channel's module side (rtl/channel/dfi_protocol.json) to the golden module and to the timing
// checker, clock by clock. Any design with these ports will do: tarn_channel, or the node, which has several channels'
// in its arrays. A clock without a command costs a few tests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "models/channel/dfi_protocol.h"
#include "models/channel/dram_module.h"
#include "tb/channel/timing_checker.h"
#include "tb/common/simulation.h"

namespace tarn::tb {

// kClocks: DRAM clocks of a cycle. Cycle c has the clocks from c * kClocks on.
template <typename Dut, unsigned kClocks = 1>
class DramPort : public Component {
 public:
  // All outlive the port. checker may be null. index: which of the design's channels, each with one module.
  DramPort(Dut& dut, channel::DramModule& module, TimingChecker* checker, Failures& failures, std::size_t index = 0)
      : dut_(dut), index_(index), module_(module), checker_(checker), failures_(failures) {
    dut_.dfi_init_complete_i |= 1U << index;
    dut_.module_ready_i[index] = 0;
    for (unsigned slot = 0; slot < kClocks; ++slot) ClearReadData(slot);
  }

  void Drive(std::uint64_t cycle) override {
    for (unsigned slot = 0; slot < kClocks; ++slot) DriveClock(cycle * kClocks + slot, slot);
  }

  void Sample(std::uint64_t cycle) override {
    for (unsigned slot = 0; slot < kClocks; ++slot) SampleClock(cycle * kClocks + slot, slot);
    if (module_.errors() != module_errors_) {
      if (module_errors_ == 0) failures_.Add("module: " + module_.first_error());
      module_errors_ = module_.errors();
    }
  }

  std::uint64_t commands() const { return commands_; }

 private:
  static constexpr int kWriteValid = DfiWriteData::kBits - 1;  // valid is the first field, the highest bit

  void DriveClock(std::uint64_t clock, unsigned slot) {
    driving_[slot] = module_.DrivesData(clock);
    if (driving_[slot]) {
      std::uint32_t words[DfiReadData::kWords];
      module_.ReadData(clock).Pack(words);
      std::memcpy(&dut_.dfi_rd_i[Place(slot)], words, sizeof words);
    } else if (drove_[slot]) {
      ClearReadData(slot);
    }
    drove_[slot] = driving_[slot];
  }

  void SampleClock(std::uint64_t clock, unsigned slot) {
    // Data before the command: a command of this clock has no data in it.
    if (driving_[slot] && checker_ != nullptr) checker_->ReadBeat(clock);
    const std::uint32_t* write = WriteWords(slot);
    if ((write[kWriteValid / 32] >> kWriteValid % 32 & 1) != 0) {
      module_.WriteData(clock, DfiWriteData::Unpack(write));
      if (checker_ != nullptr) checker_->WriteBeat(clock);
    }
    if (slot == 0) SampleControl(clock);
    if (dut_.dfi_cmd_o[Place(slot)] >> (DfiCommand::kBits - 4) != 0) Command(clock, slot);
  }

  void SampleControl(std::uint64_t clock) {
    const std::uint32_t control = Control();
    if (control != control_) {
      control_ = control;
      const DfiControl levels = DfiControl::Unpack(&control);
      if (checker_ != nullptr) checker_->Control(clock, levels.reset_n, (levels.cke & 1) != 0);
    }
  }

  std::size_t Place(unsigned slot) const { return index_ * kClocks + slot; }
  void ClearReadData(unsigned slot) { std::memset(&dut_.dfi_rd_i[Place(slot)], 0, sizeof dut_.dfi_rd_i[0]); }
  const std::uint32_t* WriteWords(unsigned slot) const {
    return reinterpret_cast<const std::uint32_t*>(&dut_.dfi_wr_o[Place(slot)]);
  }
  std::uint32_t Control() const {
    if constexpr (requires { dut_.dfi_ctl_o[index_]; }) {
      return dut_.dfi_ctl_o[index_];
    } else {
      return dut_.dfi_ctl_o;
    }
  }

  void Command(std::uint64_t clock, unsigned slot) {
    ++commands_;
    const std::uint64_t bits = dut_.dfi_cmd_o[Place(slot)];
    std::uint32_t words[2];
    std::memcpy(words, &bits, sizeof words);
    const DfiCommand command = DfiCommand::Unpack(words);
    module_.Command(clock, command);
    if (checker_ != nullptr) checker_->Command(clock, command);
  }

  Dut& dut_;
  std::size_t index_;
  channel::DramModule& module_;
  TimingChecker* checker_;
  Failures& failures_;
  std::uint32_t control_ = 0;  // reset and clock enable low
  std::uint64_t module_errors_ = 0;
  std::uint64_t commands_ = 0;
  std::array<bool, kClocks> driving_{}, drove_{};
};

}  // namespace tarn::tb
