// Connects a Verilated channel's module side (rtl/channel/dfi_protocol.json) to the golden module and to the timing
// checker. Any design with these ports will do: tarn_channel, or the node, which has several channels' in its arrays. A
// clock without a command costs a few tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "models/channel/dfi_protocol.h"
#include "models/channel/dram_module.h"
#include "tb/channel/timing_checker.h"
#include "tb/common/simulation.h"

namespace tarn::tb {

template <typename Dut>
class DramPort : public Component {
 public:
  // All outlive the port. checker may be null. index: which of the design's channels, each with one module and one
  // clock a cycle.
  DramPort(Dut& dut, channel::DramModule& module, TimingChecker* checker, Failures& failures, std::size_t index = 0)
      : dut_(dut), index_(index), module_(module), checker_(checker), failures_(failures) {
    dut_.dfi_init_complete_i |= 1U << index;
    dut_.module_ready_i[index] = 0;
    ClearReadData();
  }

  void Drive(std::uint64_t cycle) override {
    driving_ = module_.DrivesData(cycle);
    if (driving_) {
      std::uint32_t words[DfiReadData::kWords];
      module_.ReadData(cycle).Pack(words);
      std::memcpy(&dut_.dfi_rd_i[index_], words, sizeof words);
    } else if (drove_) {
      ClearReadData();
    }
    drove_ = driving_;
  }

  void Sample(std::uint64_t cycle) override {
    // Data before the command: a command of this clock has no data in it.
    if (driving_ && checker_ != nullptr) checker_->ReadBeat(cycle);
    if ((WriteWords()[kWriteValid / 32] >> kWriteValid % 32 & 1) != 0) {
      module_.WriteData(cycle, DfiWriteData::Unpack(WriteWords()));
      if (checker_ != nullptr) checker_->WriteBeat(cycle);
    }
    const std::uint32_t control = Control();
    if (control != control_) {
      control_ = control;
      const DfiControl levels = DfiControl::Unpack(&control);
      if (checker_ != nullptr) checker_->Control(cycle, levels.reset_n, (levels.cke & 1) != 0);
    }
    if (dut_.dfi_cmd_o[index_] >> (DfiCommand::kBits - 4) != 0) Command(cycle);
    if (module_.errors() != module_errors_) {
      if (module_errors_ == 0) failures_.Add("module: " + module_.first_error());
      module_errors_ = module_.errors();
    }
  }

  std::uint64_t commands() const { return commands_; }

 private:
  static constexpr int kWriteValid = DfiWriteData::kBits - 1;  // valid is the first field, the highest bit

  void ClearReadData() { std::memset(&dut_.dfi_rd_i[index_], 0, sizeof dut_.dfi_rd_i[index_]); }
  const std::uint32_t* WriteWords() const { return reinterpret_cast<const std::uint32_t*>(&dut_.dfi_wr_o[index_]); }
  std::uint32_t Control() const {
    if constexpr (requires { dut_.dfi_ctl_o[index_]; }) {
      return dut_.dfi_ctl_o[index_];
    } else {
      return dut_.dfi_ctl_o;
    }
  }

  void Command(std::uint64_t cycle) {
    ++commands_;
    const std::uint64_t bits = dut_.dfi_cmd_o[index_];
    std::uint32_t words[2];
    std::memcpy(words, &bits, sizeof words);
    const DfiCommand command = DfiCommand::Unpack(words);
    module_.Command(cycle, command);
    if (checker_ != nullptr) checker_->Command(cycle, command);
  }

  Dut& dut_;
  std::size_t index_;
  channel::DramModule& module_;
  TimingChecker* checker_;
  Failures& failures_;
  std::uint32_t control_ = 0;  // reset and clock enable low
  std::uint64_t module_errors_ = 0;
  std::uint64_t commands_ = 0;
  bool driving_ = false, drove_ = false;
};

}  // namespace tarn::tb
