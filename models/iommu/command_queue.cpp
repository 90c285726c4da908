// The command queue: section 4.1.
#include <algorithm>
#include <array>

#include "models/iommu/bit_fields.h"
#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace capabilities = iommu_registers::capabilities;
namespace cqb = iommu_registers::cqb;
namespace cqcsr = iommu_registers::cqcsr;
namespace fctl = iommu_registers::fctl;

constexpr std::uint64_t Bit(int at) { return std::uint64_t{1} << at; }

constexpr std::uint64_t Func3(std::uint64_t low) { return low >> 7 & 7; }

}  // namespace

void Iommu::ProcessCommands() {
  constexpr std::uint32_t kStopped = cqcsr::Cqmf::kMask | cqcsr::CmdTo::kMask | cqcsr::CmdIll::kMask;
  const auto entries = std::uint64_t{2} << registers_.Get<cqb::Log2szMinus1>(cqb::kOffset);
  const auto mask = static_cast<std::uint32_t>(entries - 1);
  while ((cqcsr_ & cqcsr::Cqon::kMask) != 0 && (cqcsr_ & kStopped) == 0 && cqh_ != cqt_) {
    std::array<std::uint64_t, 2> command{};
    bool paged = false;
    const std::uint64_t address = registers_.Get<cqb::Ppn>(cqb::kOffset) * kPageBytes + std::uint64_t{cqh_} * 16;
    if (memory_.Read(HostPhysAddr(address), command.data(), sizeof command, paged) != LineStatus::kOk) {
      cqcsr_ |= cqcsr::Cqmf::kMask;
      break;
    }
    // "When cmd_ill or cqmf is 1 in cqcsr, the cqh references the command in the CQ that caused the error."
    if (settings_.big_endian) SwapWords(command.data(), sizeof command, 8);
    const CommandEnd end = Execute(command[0], command[1]);
    if (end == CommandEnd::kIllegal) cqcsr_ |= cqcsr::CmdIll::kMask;
    if (end != CommandEnd::kDone) break;
    ++counters_.commands;
    cqh_ = (cqh_ + 1) & mask;
  }
  UpdateInterrupts();
}

Iommu::CommandEnd Iommu::Execute(std::uint64_t low, std::uint64_t high) {
  const auto of_legality = [](bool legal) { return legal ? CommandEnd::kDone : CommandEnd::kIllegal; };
  switch (static_cast<Opcode>(low & 0x7F)) {
    case Opcode::kInvalidateTranslations:
      return of_legality(ExecuteInvalidateTranslations(low, high));
    case Opcode::kFence:
      return ExecuteFence(low, high);
    case Opcode::kInvalidateDirectory:
      return of_legality(ExecuteInvalidateDirectory(low, high));
    case Opcode::kAts:
      return ExecuteAts(low, high);
    default:
      return CommandEnd::kIllegal;
  }
}

// IOTINVAL.VMA (func3 0) and .GVMA (1). Caches here are small: every one drops all.
bool Iommu::ExecuteInvalidateTranslations(std::uint64_t low, std::uint64_t high) {
  std::uint64_t low_reserved = Bit(11) | Bits(43, 35) | Bits(63, 60);
  std::uint64_t high_reserved = Bits(8, 0) | Bits(63, 62);
  if (Capability(capabilities::NonLeafInval::kMask) == 0) low_reserved |= Bit(34);
  if (Capability(capabilities::RangeInval::kMask) == 0) high_reserved |= Bit(9);
  if ((low & low_reserved) != 0 || (high & high_reserved) != 0 || Func3(low) > 1) return false;
  // "Setting PSCV to 1 with IOTINVAL.GVMA is illegal."
  if (Func3(low) == 1 && (low & Bit(32)) != 0) return false;
  ++counters_.invalidations;
  DropCaches();
  return true;
}

// IOFENCE.C. All that came before it is done when it comes, but for invalidations of devices: it waits for those.
Iommu::CommandEnd Iommu::ExecuteFence(std::uint64_t low, std::uint64_t high) {
  constexpr std::uint64_t kAv = Bit(10);
  constexpr std::uint64_t kWsi = Bit(11);
  if (Func3(low) != 0 || (low & Bits(31, 14)) != 0 || (high & Bits(63, 62)) != 0) return CommandEnd::kIllegal;
  // WSI "is reserved if … wired-interrupts have not been enabled (i.e., fctl.WSI == 0)".
  const bool wired = registers_.Get<fctl::Wsi>(fctl::kOffset) != 0;
  if ((low & kWsi) != 0 && !wired) return CommandEnd::kIllegal;
  if (invalidations_waiting() != 0) return CommandEnd::kStops;
  // "If the IOFENCE.C times out waiting on completion of previous commands … the cmd_to bit in cqcsr is set".
  if (invalidation_timed_out_) {
    invalidation_timed_out_ = false;
    cqcsr_ |= cqcsr::CmdTo::kMask;
    return CommandEnd::kStops;
  }
  if ((low & kAv) != 0) {
    const auto data = static_cast<std::uint32_t>(low >> 32);
    if (WriteWordByFctl(HostPhysAddr(high << 2), data) != LineStatus::kOk) {
      cqcsr_ |= cqcsr::Cqmf::kMask;
      return CommandEnd::kStops;
    }
  }
  if ((low & kWsi) != 0) cqcsr_ |= cqcsr::FenceWIp::kMask;
  return CommandEnd::kDone;
}

// ATS.INVAL (func3 0) and .PRGR (1): a message to the device. PAYLOAD is the message's, as it stands.
Iommu::CommandEnd Iommu::ExecuteAts(std::uint64_t low, std::uint64_t high) {
  if (Capability(capabilities::Ats::kMask) == 0 || Func3(low) > 1 || (low & (Bits(11, 10) | Bits(39, 34))) != 0) {
    return CommandEnd::kIllegal;
  }
  const bool has_segment = (low & Bit(33)) != 0;  // DSV
  DeviceMessage message;
  message.device_id = static_cast<std::uint32_t>(has_segment ? Field(low, 63, 40) : Field(low, 55, 40));
  message.process_valid = (low & Bit(32)) != 0;
  message.process_id = message.process_valid ? static_cast<std::uint32_t>(Field(low, 31, 12)) : 0;
  message.payload = high;
  if (Func3(low) == 1) {
    message.kind = static_cast<std::uint8_t>(MessageKind::kGroupResponse);
    message.code = static_cast<std::uint8_t>(Field(high, 47, 44));
  } else {
    const auto free = std::find_if(invalidations_.begin(), invalidations_.end(),
                                   [](const Invalidation& invalidation) { return !invalidation.waits; });
    if (free == invalidations_.end()) return CommandEnd::kStops;  // until one completes or its time is over
    *free = {.waits = true, .device_id = message.device_id};
    message.kind = static_cast<std::uint8_t>(MessageKind::kInvalidationRequest);
    message.itag = static_cast<std::uint8_t>(free - invalidations_.begin());
  }
  if (on_message_) on_message_(message);
  return CommandEnd::kDone;
}

int Iommu::ProcessBits() const {
  if (Capability(capabilities::Pd20::kMask) != 0) return 20;
  return Capability(capabilities::Pd17::kMask) != 0 ? 17 : 8;
}

// IODIR.INVAL_DDT (func3 0) and .INVAL_PDT (1).
bool Iommu::ExecuteInvalidateDirectory(std::uint64_t low, std::uint64_t high) {
  constexpr std::uint64_t kPid = Bits(31, 12);
  const bool process_directories =
      Capability(capabilities::Pd8::kMask | capabilities::Pd17::kMask | capabilities::Pd20::kMask) != 0;
  if ((low & (Bits(11, 10) | Bit(32) | Bits(39, 34))) != 0 || high != 0 || Func3(low) > 1) return false;
  // "The PID operand is reserved for the IODIR.INVAL_DDT command."
  if (Func3(low) == 0 && (low & kPid) != 0) return false;
  // "The DV operand must be 1 for IODIR.INVAL_PDT else the command is illegal."
  if (Func3(low) == 1 && ((low & Bit(33)) == 0 || !process_directories)) return false;
  // "When DV operand is 1, the value of the DID operand must not be wider than that supported by the
  // ddtp.iommu_mode."
  if ((low & Bit(33)) != 0 && DeviceIsWiderThan(settings_.mode, static_cast<std::uint32_t>(low >> 40))) return false;
  // "The PID operand … must not be wider than the width supported by the IOMMU."
  if (Func3(low) == 1 && Field(low, 31, 12) >> ProcessBits() != 0) return false;
  ++counters_.invalidations;
  DropCaches();
  return true;
}

}  // namespace tarn::iommu
