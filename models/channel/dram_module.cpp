#include "models/channel/dram_module.h"

#include <cassert>
#include <cstring>

#include "models/channel/preset.h"

namespace tarn::channel {

DramModule::DramModule(SlotMemory& memory, Geometry geometry) : memory_(memory), geometry_(geometry) {
  assert((1u << (geometry.bank_group_bits + geometry.bank_bits)) <= kBanksMax);
}

unsigned DramModule::BankOf(const DfiCommand& command) const {
  return static_cast<unsigned>(command.bank) << geometry_.bank_group_bits | command.bank_group;
}

std::uint64_t DramModule::LineOf(const DfiCommand& command) const {
  const unsigned bank = BankOf(command);
  const unsigned all_bank_bits = geometry_.bank_group_bits + geometry_.bank_bits;
  return (std::uint64_t{banks_[bank].row} << all_bank_bits | bank) << geometry_.column_bits | command.addr;
}

DfiReadData DramModule::ReadData(std::uint64_t clock) {
  DfiReadData data;
  if (!DrivesData(clock)) return data;
  const std::uint64_t step = clock - reads_.front().start_clock;
  if (step == 0) {
    // The array is read as the burst begins: writes whose data came before are in it.
    read_poison_ = memory_.ReadLine(reads_.front().line, read_line_) == LineStatus::kPoison;
  }
  data.valid = true;
  std::memcpy(&data.beat0, read_line_.data() + 16 * step, 8);
  std::memcpy(&data.beat1, read_line_.data() + 16 * step + 8, 8);
  data.check0 = data.check1 = read_poison_ ? 1 : 0;
  if (step == kBurstClocks - 1) reads_.pop_front();
  return data;
}

void DramModule::WriteData(std::uint64_t clock, const DfiWriteData& data) {
  if (writes_.empty() || clock < writes_.front().start_clock) {
    Error(clock, "write data without a write command that it could belong to");
    return;
  }
  const Burst burst = writes_.front();
  const std::uint64_t step = clock - burst.start_clock;
  if (step >= kBurstClocks) {
    Error(clock, "write data came late");
    writes_.pop_front();
    return;
  }
  std::memcpy(write_line_.data() + 16 * step, &data.beat0, 8);
  std::memcpy(write_line_.data() + 16 * step + 8, &data.beat1, 8);
  if (step == 0) write_mask_ = 0;
  const std::uint64_t kept = std::uint64_t{data.mask1} << 8 | data.mask0;
  write_mask_ |= (~kept & 0xFFFF) << 16 * step;
  if (step != kBurstClocks - 1) return;
  writes_.pop_front();
  if (data.check_mask) {
    // The poison mark stays as it is.
    Line old;
    const bool poisoned = memory_.ReadLine(burst.line, old) == LineStatus::kPoison;
    MergeLine(old, write_line_, write_mask_);
    memory_.WriteLine(burst.line, old, ~std::uint64_t{0}, poisoned);
  } else if (write_mask_ == ~std::uint64_t{0}) {
    memory_.WriteLine(burst.line, write_line_, write_mask_, (data.check0 & 1) != 0);
  } else {
    Line old;
    (void)memory_.ReadLine(burst.line, old);
    MergeLine(old, write_line_, write_mask_);
    memory_.WriteLine(burst.line, old, ~std::uint64_t{0}, (data.check0 & 1) != 0);
  }
}

void DramModule::Column(std::uint64_t clock, const DfiCommand& command) {
  Bank& bank = banks_[BankOf(command)];
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
  if (!bursts.empty() && clock + latency < bursts.back().start_clock + kBurstClocks) {
    Error(clock, std::string("the data of this ") + Name(command.op) + " would meet the data of the one before");
    return;
  }
  bursts.push_back({.start_clock = clock + latency, .line = LineOf(command)});
  if (command.auto_precharge) bank.open = false;
}

void DramModule::SetModeRegister(unsigned number, std::uint32_t value) {
  if (number == 0) cas_latency_ = CasLatencyOf(value);
  if (number == 2) cas_write_latency_ = CasWriteLatencyOf(value);
}

void DramModule::Command(std::uint64_t clock, const DfiCommand& command) {
  switch (command.op) {
    case DfiOp::kActivate: {
      Bank& bank = banks_[BankOf(command)];
      if (bank.open) Error(clock, "activate of an open bank");
      bank = {.open = true, .row = command.addr & ((1u << geometry_.row_bits) - 1)};
      break;
    }
    case DfiOp::kRead:
    case DfiOp::kWrite:
      Column(clock, command);
      break;
    case DfiOp::kPrecharge:
      banks_[BankOf(command)].open = false;
      break;
    case DfiOp::kPrechargeAll:
      for (Bank& bank : banks_) bank.open = false;
      break;
    case DfiOp::kModeRegister:
      SetModeRegister(static_cast<unsigned>(command.bank_group) << 2 | command.bank, command.addr);
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
    case DfiOp::kSend:
    case DfiOp::kSlowRead:
    case DfiOp::kSlowWrite:
      Error(clock, std::string("DDR4 has no command '") + Name(command.op) + "'");
      break;
  }
}

void DramModule::Error(std::uint64_t clock, const std::string& what) {
  if (errors_++ == 0) first_error_ = "clock " + std::to_string(clock) + ": " + what;
}

}  // namespace tarn::channel
