// Interrupts: sections 6.18 (ipsr), 6.26 (icvec) and 6.27 (message table).
#include "models/iommu/bit_fields.h"
#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace cqcsr = iommu_registers::cqcsr;
namespace fctl = iommu_registers::fctl;
namespace fqcsr = iommu_registers::fqcsr;
namespace icvec = iommu_registers::icvec;
namespace msi_addr = iommu_registers::msi_addr;
namespace msi_data = iommu_registers::msi_data;
namespace msi_vec_ctl = iommu_registers::msi_vec_ctl;
namespace pqcsr = iommu_registers::pqcsr;

constexpr int kSources = 4;
constexpr std::uint32_t kVectors = 4;

}  // namespace

void Iommu::SetInterruptPending(InterruptSource source) {
  const std::uint32_t bit = 1u << static_cast<unsigned>(source);
  const bool rises = (ipsr_ & bit) == 0;
  ipsr_ |= bit;
  // "an interrupt message is generated when an interrupt-pending bit transitions from 0 to 1"
  const bool wired = registers_.Get<fctl::Wsi>(fctl::kOffset) != 0;
  if (rises && !wired) {
    const std::uint64_t vectors = registers_.Stored(icvec::kOffset);
    SendMessage(static_cast<std::uint32_t>(vectors >> (4 * static_cast<unsigned>(source)) & 0xF));
  }
  UpdateInterrupts();
}

// Conditions that hold set their pending bit, and the wires follow the bits.
void Iommu::UpdateInterrupts() {
  constexpr std::uint32_t kCqConditions =
      cqcsr::FenceWIp::kMask | cqcsr::CmdIll::kMask | cqcsr::CmdTo::kMask | cqcsr::Cqmf::kMask;
  constexpr std::uint32_t kFqConditions = fqcsr::Fqof::kMask | fqcsr::Fqmf::kMask;
  if ((ipsr_ & 1) == 0 && (cqcsr_ & cqcsr::Cie::kMask) != 0 && (cqcsr_ & kCqConditions) != 0) {
    SetInterruptPending(InterruptSource::kCommandQueue);
  }
  if ((ipsr_ & 2) == 0 && (fqcsr_ & fqcsr::Fie::kMask) != 0 && (fqcsr_ & kFqConditions) != 0) {
    SetInterruptPending(InterruptSource::kFaultQueue);
  }
  constexpr std::uint32_t kPqConditions = pqcsr::Pqof::kMask | pqcsr::Pqmf::kMask;
  if ((ipsr_ & 8) == 0 && (pqcsr_ & pqcsr::Pie::kMask) != 0 && (pqcsr_ & kPqConditions) != 0) {
    SetInterruptPending(InterruptSource::kPageRequestQueue);
  }
  std::uint32_t wires = 0;
  if (registers_.Get<fctl::Wsi>(fctl::kOffset) != 0) {
    const std::uint64_t vectors = registers_.Stored(icvec::kOffset);
    for (int source = 0; source < kSources; ++source) {
      if ((ipsr_ >> source & 1) != 0) wires |= 1u << (vectors >> (4 * source) & 0xF);
    }
  }
  if (wires == wires_) return;
  wires_ = wires;
  if (on_interrupt_) on_interrupt_(wires_);
}

void Iommu::SendMessage(std::uint32_t vector) {
  if (vector >= kVectors) return;
  if ((registers_.Stored(msi_vec_ctl::Offset(vector)) & msi_vec_ctl::M::kMask) != 0) {
    pending_messages_ |= 1u << vector;
    return;
  }
  pending_messages_ &= ~(1u << vector);
  const std::uint64_t address = registers_.Stored(msi_addr::Offset(vector)) & msi_addr::Addr::kMask;
  const auto data = static_cast<std::uint32_t>(registers_.Stored(msi_data::Offset(vector)));
  if (WriteWordByFctl(HostPhysAddr(address), data) != LineStatus::kOk) ReportMessageWriteFault(address);
}

void Iommu::ReportMessageWriteFault(std::uint64_t address) {
  // "reports a 'IOMMU MSI write access fault' (cause 273) fault, with TTYP set to 0 and iotval set to … msi_addr_x"
  FaultRecord record{.cause = Cause::kMsiWriteAccessFault, .type = TransactionType::kNone};
  record.iotval = address;
  Report(record);
}

// Section 6.4, fctl.BE: it rules "accesses made by the IOMMU during command processing or for MSI generation" too.
LineStatus Iommu::WriteWordByFctl(HostPhysAddr address, std::uint32_t data) {
  if (settings_.big_endian) SwapWords(&data, sizeof data, sizeof data);
  return WriteWord(address, data);
}

LineStatus Iommu::WriteWord(HostPhysAddr address, std::uint32_t data) {
  const LineStatus status = memory_.Write(address, &data, sizeof data);
  return status == LineStatus::kAccessError ? outbound_.Write(address, &data, sizeof data) : status;
}

}  // namespace tarn::iommu
