// Register behaviour: chapter 6, over the generated register file.
#include <optional>
#include <utility>

#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace capabilities = iommu_registers::capabilities;
namespace cqb = iommu_registers::cqb;
namespace cqcsr = iommu_registers::cqcsr;
namespace cqh = iommu_registers::cqh;
namespace cqt = iommu_registers::cqt;
namespace ddtp = iommu_registers::ddtp;
namespace fctl = iommu_registers::fctl;
namespace fqb = iommu_registers::fqb;
namespace fqcsr = iommu_registers::fqcsr;
namespace fqh = iommu_registers::fqh;
namespace fqt = iommu_registers::fqt;
namespace icvec = iommu_registers::icvec;
namespace ipsr = iommu_registers::ipsr;
namespace msi_vec_ctl = iommu_registers::msi_vec_ctl;
namespace pqb = iommu_registers::pqb;
namespace pqcsr = iommu_registers::pqcsr;
namespace pqh = iommu_registers::pqh;
namespace pqt = iommu_registers::pqt;

constexpr std::uint32_t kVectors = 4;

std::uint32_t EntryMask(std::uint64_t log2_size_minus_1) {
  return static_cast<std::uint32_t>((std::uint64_t{2} << log2_size_minus_1) - 1);
}

constexpr std::uint32_t kCommandErrors = cqcsr::Cqmf::kMask | cqcsr::CmdTo::kMask | cqcsr::CmdIll::kMask;

// Sections 6.15 to 6.17: the three queues have their enable, interrupt enable and active bits at the same places.
// clearable: the bits that a 1 clears. index: the one that the hardware moves.
void TakeQueueControl(const RegisterWrite& write, std::uint32_t clearable, std::uint32_t& csr, std::uint32_t& index) {
  constexpr std::uint32_t kEnables = cqcsr::Cqen::kMask | cqcsr::Cie::kMask;
  const auto value = static_cast<std::uint32_t>(write.value);
  const bool was_enabled = (csr & cqcsr::Cqen::kMask) != 0;
  const bool enabled = (value & cqcsr::Cqen::kMask) != 0;
  csr &= ~(value & clearable);
  csr = (csr & ~kEnables) | (value & kEnables);
  // "Changing cqen [fqen, pqen] from 0 to 1 sets the cqh [fqt, pqt] register and the … bits … to 0."
  if (enabled && !was_enabled) {
    index = 0;
    csr &= ~clearable;
  }
  csr = enabled ? csr | cqcsr::Cqon::kMask : csr & ~cqcsr::Cqon::kMask;
}

IommuRegisterParameters RegisterParameters(const std::optional<std::uint64_t>& value) {
  IommuRegisterParameters parameters;
  if (!value.has_value()) return parameters;
  const auto has = [&value](std::uint64_t mask) { return std::uint64_t{(*value & mask) != 0}; };
  parameters.has_sv32 = has(capabilities::Sv32::kMask);
  parameters.has_sv39 = has(capabilities::Sv39::kMask);
  parameters.has_sv48 = has(capabilities::Sv48::kMask);
  parameters.has_sv57 = has(capabilities::Sv57::kMask);
  parameters.has_svrsw60t59b = has(capabilities::Svrsw60t59b::kMask);
  parameters.has_svpbmt = has(capabilities::Svpbmt::kMask);
  parameters.has_sv32x4 = has(capabilities::Sv32x4::kMask);
  parameters.has_sv39x4 = has(capabilities::Sv39x4::kMask);
  parameters.has_sv48x4 = has(capabilities::Sv48x4::kMask);
  parameters.has_sv57x4 = has(capabilities::Sv57x4::kMask);
  parameters.has_amo_mrif = has(capabilities::AmoMrif::kMask);
  parameters.has_msi_flat = has(capabilities::MsiFlat::kMask);
  parameters.has_msi_mrif = has(capabilities::MsiMrif::kMask);
  parameters.has_amo_hwad = has(capabilities::AmoHwad::kMask);
  parameters.has_ats = has(capabilities::Ats::kMask);
  parameters.has_t2gpa = has(capabilities::T2gpa::kMask);
  parameters.has_both_endian = has(capabilities::BothEndian::kMask);
  parameters.has_hpm = has(capabilities::Hpm::kMask);
  parameters.has_dbg = has(capabilities::Dbg::kMask);
  parameters.has_pd8 = has(capabilities::Pd8::kMask);
  parameters.has_pd17 = has(capabilities::Pd17::kMask);
  parameters.has_pd20 = has(capabilities::Pd20::kMask);
  parameters.has_qosid = has(capabilities::Qosid::kMask);
  parameters.has_non_leaf_inval = has(capabilities::NonLeafInval::kMask);
  parameters.has_range_inval = has(capabilities::RangeInval::kMask);
  return parameters;
}

}  // namespace

LineStatus HostMemory::CompareSwap(HostPhysAddr address, std::uint64_t expected, std::uint64_t wanted,
                                   std::size_t size_bytes, bool& swapped) {
  std::uint64_t value = 0;
  bool paged = false;
  const LineStatus status = Read(address, &value, size_bytes, paged);
  swapped = status == LineStatus::kOk && value == expected;
  return swapped ? Write(address, &wanted, size_bytes) : status;
}

Iommu::Iommu(const Parameters& parameters, HostMemory& memory, HostMemory& outbound)
    : parameters_(parameters),
      memory_(memory),
      outbound_(outbound),
      registers_(RegisterParameters(parameters.capabilities)) {
  TakeSettings();
  cache_.resize(parameters.cached_translations);
  ConnectRegisters();
}

Iommu::~Iommu() = default;

void Iommu::Reset() {
  registers_.Reset();
  TakeSettings();
  cqh_ = cqt_ = fqh_ = fqt_ = pqh_ = pqt_ = 0;
  cqcsr_ = fqcsr_ = pqcsr_ = ipsr_ = 0;
  invalidations_ = {};
  invalidation_timed_out_ = false;
  monitors_ = false;
  pending_messages_ = 0;
  burst_reported_[0] = burst_reported_[1] = false;
  DropCaches();
  UpdateInterrupts();
}

void Iommu::TakeSettings() {
  namespace qosid = iommu_registers::iommu_qosid;
  settings_.capabilities = registers_.Stored(capabilities::kOffset);
  settings_.directory = registers_.Get<ddtp::Ppn>(ddtp::kOffset) * kPageBytes;
  settings_.mode = static_cast<Mode>(registers_.Get<ddtp::IommuMode>(ddtp::kOffset));
  settings_.big_endian = registers_.Get<fctl::Be>(fctl::kOffset) != 0;
  settings_.gxl = registers_.Get<fctl::Gxl>(fctl::kOffset) != 0;
  settings_.rcid = static_cast<std::uint16_t>(registers_.Get<qosid::Rcid>(qosid::kOffset));
  settings_.mcid = static_cast<std::uint16_t>(registers_.Get<qosid::Mcid>(qosid::kOffset));
}

std::uint64_t Iommu::ReadRegister64(std::uint32_t offset) {
  const std::uint64_t low = registers_.Read(offset).rdata;
  return low | std::uint64_t{registers_.Read(offset + 4).rdata} << 32;
}

void Iommu::WriteRegister64(std::uint32_t offset, std::uint64_t value) {
  registers_.Write(offset + 4, static_cast<std::uint32_t>(value >> 32));
  registers_.Write(offset, static_cast<std::uint32_t>(value));
}

void Iommu::ConnectRegisters() {
  registers_.OnRead(ddtp::kOffset, [](std::uint32_t) { return 0; });  // busy: done at once
  // A mode written anew: nothing that was cached may outlive it here (the text lets it).
  registers_.OnWrite(ddtp::kOffset, [this](const RegisterWrite&) {
    TakeSettings();
    DropCaches();
  });
  registers_.OnWrite(iommu_registers::iommu_qosid::kOffset, [this](const RegisterWrite&) { TakeSettings(); });
  registers_.OnWrite(fctl::kOffset, [this](const RegisterWrite&) {
    TakeSettings();
    DropCaches();  // BE and GXL say how tables are read
    UpdateInterrupts();
  });
  ConnectQueues();
  ConnectMonitor();
  ConnectDebugInterface();
  registers_.OnWrite(ipsr::kOffset, [this](const RegisterWrite& write) { WriteIpsr(write); });
  registers_.OnWrite(icvec::kOffset, [this](const RegisterWrite&) { UpdateInterrupts(); });
  // "Pending messages for that vector are later generated if the corresponding mask bit is cleared to 0."
  registers_.OnWrite(msi_vec_ctl::kOffset, [this](const RegisterWrite& write) {
    const bool masked = (write.value & msi_vec_ctl::M::kMask) != 0;
    if (write.index < kVectors && !masked && (pending_messages_ >> write.index & 1) != 0) SendMessage(write.index);
  });
}

void Iommu::ConnectQueues() {
  for (const auto& [offset, value] : {std::pair{cqh::kOffset, &cqh_},
                                      {cqt::kOffset, &cqt_},
                                      {fqh::kOffset, &fqh_},
                                      {fqt::kOffset, &fqt_},
                                      {pqh::kOffset, &pqh_},
                                      {pqt::kOffset, &pqt_},
                                      {cqcsr::kOffset, &cqcsr_},
                                      {fqcsr::kOffset, &fqcsr_},
                                      {pqcsr::kOffset, &pqcsr_},
                                      {ipsr::kOffset, &ipsr_}}) {
    registers_.OnRead(offset, [value = value](std::uint32_t) { return *value; });
  }
  // "Only LOG2SZ-1:0 bits are writable"; after a write to the base the bits above are 0.
  const auto command_mask = [this] { return EntryMask(registers_.Get<cqb::Log2szMinus1>(cqb::kOffset)); };
  const auto fault_mask = [this] { return EntryMask(registers_.Get<fqb::Log2szMinus1>(fqb::kOffset)); };
  const auto page_mask = [this] { return EntryMask(registers_.Get<pqb::Log2szMinus1>(pqb::kOffset)); };
  registers_.OnWrite(cqb::kOffset, [=, this](const RegisterWrite&) { cqt_ &= command_mask(); });
  registers_.OnWrite(fqb::kOffset, [=, this](const RegisterWrite&) { fqh_ &= fault_mask(); });
  registers_.OnWrite(pqb::kOffset, [=, this](const RegisterWrite&) { pqh_ &= page_mask(); });
  registers_.OnWrite(cqt::kOffset, [=, this](const RegisterWrite& write) {
    cqt_ = static_cast<std::uint32_t>(write.value) & command_mask();
    ProcessCommands();
  });
  registers_.OnWrite(fqh::kOffset, [=, this](const RegisterWrite& write) {
    fqh_ = static_cast<std::uint32_t>(write.value) & fault_mask();
  });
  registers_.OnWrite(pqh::kOffset, [=, this](const RegisterWrite& write) {
    pqh_ = static_cast<std::uint32_t>(write.value) & page_mask();
  });
  registers_.OnWrite(cqcsr::kOffset, [this](const RegisterWrite& write) {
    TakeQueueControl(write, kCommandErrors | cqcsr::FenceWIp::kMask, cqcsr_, cqh_);
    ProcessCommands();
  });
  registers_.OnWrite(fqcsr::kOffset, [this](const RegisterWrite& write) {
    TakeQueueControl(write, fqcsr::Fqmf::kMask | fqcsr::Fqof::kMask, fqcsr_, fqt_);
    UpdateInterrupts();
  });
  registers_.OnWrite(pqcsr::kOffset, [this](const RegisterWrite& write) {
    TakeQueueControl(write, pqcsr::Pqmf::kMask | pqcsr::Pqof::kMask, pqcsr_, pqt_);
    UpdateInterrupts();
  });
}

void Iommu::WriteIpsr(const RegisterWrite& write) {
  ipsr_ &= ~static_cast<std::uint32_t>(write.value);
  // "If the conditions to set that bit are still present … then that bit transitions again from 0->1."
  UpdateInterrupts();
}

}  // namespace tarn::iommu
