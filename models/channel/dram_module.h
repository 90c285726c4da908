// The golden DRAM module: what stands behind the channel's DFI pins. It decodes commands, keeps which row of each
// bank is open, takes its latencies from the mode registers that it is given, and stores lines in a SlotMemory (sparse:
// a simulated terabyte costs what is touched). Written from the standards and the pins' description
// (rtl/channel/dfi_protocol.json). It does not judge timing: tb/channel/timing_checker.h does. What cannot work at all
// (a column command to a closed bank, write data that is missing) is kept as an error.
//
// A DRAM module always answers in time: it never uses ready/send. It stores what it is told, wrong bits included; the
// check bits are the controller's to make and to judge.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "models/channel/dfi_protocol.h"
#include "models/channel/module_geometry.h"
#include "models/channel/secded.h"
#include "models/common/slot_memory.h"

namespace tarn::channel {

class DramModule {
 public:
  // memory: where the content is, numbered as ModuleGeometry::LineOf says. Outlives the module.
  explicit DramModule(SlotMemory& memory, const ModuleGeometry& geometry = {});

  // Each clock: ReadData is what the module drives in it; then what it sees in it. Commands and data of a clock
  // without any need not be told.
  bool DrivesData(std::uint64_t clock) const { return !reads_.empty() && reads_.front().start_clock <= clock; }
  DfiReadData ReadData(std::uint64_t clock);
  void Command(std::uint64_t clock, const DfiCommand& command);
  void WriteData(std::uint64_t clock, const DfiWriteData& data);

  // The banks whose row is open, one bit each (ModuleGeometry::BankOf).
  std::uint64_t open_banks() const;

  // Its cells, for faults in them; and faults of its bus, for tests.
  CodedMemory& cells() { return cells_; }
  void set_bus_faults(BusFaults faults) { bus_faults_ = std::move(faults); }

  // Errors so far, the first as text; empty if there was none.
  std::uint64_t errors() const { return errors_; }
  const std::string& first_error() const { return first_error_; }
  std::uint32_t cas_latency() const { return cas_latency_; }
  std::uint32_t cas_write_latency() const { return cas_write_latency_; }

 private:
  static constexpr unsigned kBanksMax = 64;

  struct Bank {
    bool open = false;
    std::uint32_t row = 0;
  };
  struct Burst {
    std::uint64_t start_clock;
    std::uint64_t line;
  };

  void Column(std::uint64_t clock, const DfiCommand& command);
  void SetModeRegister(std::uint32_t addr);
  void RefreshBank(std::uint64_t clock, const DfiCommand& command);
  void Error(std::uint64_t clock, const std::string& what);

  CodedMemory cells_;
  BusFaults bus_faults_;
  ModuleGeometry geometry_;
  std::array<Bank, kBanksMax> banks_{};
  std::deque<Burst> reads_, writes_;  // in the order of their data
  CodedLine read_line_{}, write_line_{};
  std::uint64_t write_mask_ = 0;
  std::uint8_t write_checks_ = 0;
  std::uint32_t cas_latency_ = 0;  // 0: mode register not set yet
  std::uint32_t cas_write_latency_ = 0;
  std::uint64_t errors_ = 0;
  std::string first_error_;
};

}  // namespace tarn::channel
