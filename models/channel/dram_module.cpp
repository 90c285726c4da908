#include "models/channel/dram_module.h"

#include <cassert>

#include "models/channel/mode_registers.h"
#include "models/channel/module_pins.h"

namespace tarn::channel {

DramModule::DramModule(SlotMemory& memory, const ModuleGeometry& geometry)
    : cells_(memory, geometry.check_bits), geometry_(geometry) {
  assert(geometry.banks() <= kBanksMax);
}

DfiReadData DramModule::ReadData(std::uint64_t clock) {
  DfiReadData data;
  if (!DrivesData(clock)) return data;
  const std::uint64_t step = clock - reads_.front().start_clock;
  if (step == 0) {
    // The array is read as the burst begins: writes whose data came before are in it.
    read_line_ = cells_.Read(reads_.front().line);
    if (bus_faults_) bus_faults_(reads_.front().line, false, read_line_);
  }
  data.valid = true;
  PutClockOnPins(geometry_, read_line_, step, data);
  if (step == geometry_.burst_clocks() - 1) reads_.pop_front();
  return data;
}

void DramModule::WriteData(std::uint64_t clock, const DfiWriteData& data) {
  if (writes_.empty() || clock < writes_.front().start_clock) {
    Error(clock, "write data without a write command that it could belong to");
    return;
  }
  const Burst burst = writes_.front();
  const std::uint64_t step = clock - burst.start_clock;
  if (step >= geometry_.burst_clocks()) {
    Error(clock, "write data came late");
    writes_.pop_front();
    return;
  }
  if (step == 0) write_mask_ = write_checks_ = 0;
  write_mask_ |= TakeClockFromPins(geometry_, data, step, write_line_, write_checks_);
  if (step != geometry_.burst_clocks() - 1) return;
  writes_.pop_front();
  if (bus_faults_) bus_faults_(burst.line, true, write_line_);
  cells_.Write(burst.line, write_line_, write_mask_, write_checks_);
}

std::uint64_t DramModule::open_banks() const {
  std::uint64_t open = 0;
  for (unsigned bank = 0; bank < kBanksMax; ++bank) open |= std::uint64_t{banks_[bank].open} << bank;
  return open;
}

void DramModule::Column(std::uint64_t clock, const DfiCommand& command) {
  Bank& bank = banks_[geometry_.BankOf(command.bank_group, command.bank)];
  if (!bank.open) {
    Error(clock, std::string(Name(command.op)) + " of a closed bank");
    return;
  }
  const bool is_read = command.op == DfiOp::kRead;
  const std::uint32_t latency = is_read ? cas_latency_ : cas_write_latency_;
  if (latency == 0) {
    Error(clock, std::string(Name(command.op)) + " before its mode register was set");
    return;
  }
  std::deque<Burst>& bursts = is_read ? reads_ : writes_;
  if (!bursts.empty() && clock + latency < bursts.back().start_clock + geometry_.burst_clocks()) {
    Error(clock, std::string("the data of this ") + Name(command.op) + " would meet the data of the one before");
    return;
  }
  bursts.push_back({.start_clock = clock + latency,
                    .line = geometry_.LineOf(bank.row, command.bank_group, command.bank, command.addr)});
  if (command.auto_precharge) bank.open = false;
}

void DramModule::SetModeRegister(std::uint32_t addr) {
  for (const CodedTiming& coded : TimingsCodedBy(geometry_.standard, ModeWriteOf(addr))) {
    if (coded.timing == "CL") cas_latency_ = coded.clocks;
    if (coded.timing == "CWL") cas_write_latency_ = coded.clocks;
  }
}

void DramModule::Command(std::uint64_t clock, const DfiCommand& command) {
  switch (command.op) {
    case DfiOp::kActivate: {
      Bank& bank = banks_[geometry_.BankOf(command.bank_group, command.bank)];
      if (bank.open) Error(clock, "activate of an open bank");
      bank = {.open = true, .row = command.addr & ((1u << geometry_.row_bits) - 1)};
      break;
    }
    case DfiOp::kRead:
    case DfiOp::kWrite:
      Column(clock, command);
      break;
    case DfiOp::kPrecharge:
      banks_[geometry_.BankOf(command.bank_group, command.bank)].open = false;
      break;
    case DfiOp::kPrechargeAll:
      for (Bank& bank : banks_) bank.open = false;
      break;
    case DfiOp::kModeRegister:
      SetModeRegister(command.addr);
      break;
    case DfiOp::kRefresh:
    case DfiOp::kSelfRefreshEntry:
      for (const Bank& bank : banks_) {
        if (bank.open) {
          Error(clock, std::string(Name(command.op)) + " while a row is open");
          break;
        }
      }
      break;
    case DfiOp::kNop:
    case DfiOp::kZqLong:
    case DfiOp::kZqShort:
    case DfiOp::kSelfRefreshExit:
      break;
    case DfiOp::kRefreshBank:
      RefreshBank(clock, command);
      break;
    case DfiOp::kSend:
    case DfiOp::kSlowRead:
    case DfiOp::kSlowWrite:
      Error(clock, std::string("DRAM has no command '") + Name(command.op) + "'");
      break;
  }
}

// LPDDR4: one bank; DDR5: that bank of every group.
void DramModule::RefreshBank(std::uint64_t clock, const DfiCommand& command) {
  if (geometry_.standard != DramStandard::kDdr5 && geometry_.standard != DramStandard::kLpddr4) {
    return Error(clock, std::string(Name(geometry_.standard)) + " has no refresh of a bank alone");
  }
  const unsigned groups = geometry_.standard == DramStandard::kDdr5 ? 1u << geometry_.bank_group_bits : 1;
  for (unsigned i = 0; i < groups; ++i) {
    const unsigned group = groups == 1 ? command.bank_group : i;
    if (banks_[geometry_.BankOf(group, command.bank)].open) return Error(clock, "refresh of an open bank");
  }
}

void DramModule::Error(std::uint64_t clock, const std::string& what) {
  if (errors_++ == 0) first_error_ = "clock " + std::to_string(clock) + ": " + what;
}

}  // namespace tarn::channel
