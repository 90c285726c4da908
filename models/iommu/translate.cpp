// The process to translate an IOVA: section 3.3.
#include <array>
#include <utility>

#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace ddtp = iommu_registers::ddtp;

constexpr std::uint64_t kProcessDirectory = 1 << 5;         // tc.PDTV
constexpr std::uint64_t kDisableTranslationFault = 1 << 4;  // tc.DTF
constexpr std::uint64_t kEnableAts = 1 << 1;

// Page table entries (privileged specification, "Sv39", with Svnapot and without Svpbmt and Svrsw60t59b).
constexpr std::uint64_t kV = 1 << 0, kR = 1 << 1, kW = 1 << 2, kX = 1 << 3, kU = 1 << 4, kA = 1 << 6, kD = 1 << 7;
constexpr std::uint64_t kN = std::uint64_t{1} << 63;
constexpr std::uint64_t kPteReserved = std::uint64_t{0x1FF} << 54;  // 60:54 reserved, 62:61 PBMT
constexpr int kSv39Levels = 3;

constexpr std::uint64_t Ppn(std::uint64_t pte) { return pte >> 10 & 0xFFF'FFFF'FFFF; }
constexpr std::uint64_t Vpn(std::uint64_t iova, int level) { return iova >> (12 + 9 * level) & 0x1FF; }

TransactionType TypeOf(const DeviceRequest& request) {
  if (request.at == AddressType::kTranslationRequest) return TransactionType::kAtsRequest;
  const bool translated = request.at == AddressType::kTranslated;
  if (IsWrite(request)) return translated ? TransactionType::kTranslatedWrite : TransactionType::kUntranslatedWrite;
  if (request.exec) return translated ? TransactionType::kTranslatedExecute : TransactionType::kUntranslatedExecute;
  return translated ? TransactionType::kTranslatedRead : TransactionType::kUntranslatedRead;
}

// Section 4.2, column "Reported if DTF is 1?".
bool ReportedDespiteDtf(Cause cause) {
  switch (cause) {
    case Cause::kAllInboundDisallowed:
    case Cause::kDdtEntryLoadAccessFault:
    case Cause::kDdtEntryNotValid:
    case Cause::kDdtEntryMisconfigured:
    case Cause::kDdtDataCorruption:
    case Cause::kInternalDataPathError:
    case Cause::kMsiWriteAccessFault:
      return true;
    default:
      return false;
  }
}

}  // namespace

Translation Iommu::Translate(const DeviceRequest& request) {
  ++counters_.translations;
  Translation result;
  const bool write = IsWrite(request);
  if (request.first_of_burst) burst_reported_[write] = false;
  CachedTranslation* cached = CacheEntry(request);
  if (cached != nullptr && cached->valid && cached->device_id == request.device_id &&
      cached->page == request.addr / kPageBytes) {
    const bool allowed = write ? cached->writable : request.exec ? cached->executable : cached->readable;
    if (allowed) {
      result.address = HostPhysAddr(cached->address.value() + request.addr % kPageBytes);
      result.page_shift = cached->page_shift;
      result.readable = cached->readable;
      result.writable = cached->writable;
      result.executable = cached->executable;
      return result;
    }
  }
  Walk walk{.request = request, .result = result, .memory = memory_};
  Process(walk);
  counters_.table_reads += walk.table_reads;
  if (result.walked) ++counters_.walks;
  if (walk.refused.has_value()) {
    result.status = *walk.refused;
    return result;
  }
  if (walk.cause.has_value()) {
    ++counters_.faults;
    result.status = LineStatus::kTranslationFault;
    FaultRecord record{.cause = *walk.cause, .type = TypeOf(request), .device_id = request.device_id};
    record.process_valid = request.process_valid;
    record.process_id = request.process_valid ? request.process_id : 0;
    record.priv = request.process_valid && request.priv;
    record.iotval = request.addr + request.first_byte;
    result.fault = record;
    const bool disabled = walk.context_found && (walk.context.tc & kDisableTranslationFault) != 0;
    ReportOncePerBurst(request, result, disabled);
    return result;
  }
  // A write's mapping says nothing of D for reads alone: keep only what this very walk showed to be allowed.
  if (cached != nullptr && result.walked) {
    *cached = {.valid = true,
               .device_id = request.device_id,
               .page = request.addr / kPageBytes,
               .address = HostPhysAddr(result.address.value() - request.addr % kPageBytes),
               .page_shift = result.page_shift,
               .readable = result.readable,
               .writable = result.writable,
               .executable = result.executable};
  }
  return result;
}

void Iommu::ReportOncePerBurst(const DeviceRequest& request, Translation& result, bool disabled) {
  bool& reported = burst_reported_[IsWrite(request)];
  if (reported || (disabled && !ReportedDespiteDtf(result.fault->cause))) return;
  reported = true;
  result.reported = true;
  Report(*result.fault);
}

// Section 3.3, by its steps.
void Iommu::Process(Walk& walk) const {
  const DeviceRequest& request = walk.request;
  Translation& result = walk.result;
  result.address = HostPhysAddr(request.addr);
  result.page_shift = 63;
  result.readable = result.writable = result.executable = true;
  const auto mode = static_cast<Mode>(registers_.Get<ddtp::IommuMode>(ddtp::kOffset));
  const bool untranslated = request.at == AddressType::kUntranslated;
  // 1. "If ddtp.iommu_mode == Off then stop and report 'All inbound transactions disallowed'".
  if (mode == Mode::kOff) return walk.Stop(Cause::kAllInboundDisallowed);
  // 2. Bare: only untranslated requests; the address is the IOVA.
  if (mode == Mode::kBare) {
    if (!untranslated) walk.Stop(Cause::kTransactionTypeDisallowed);
    return;
  }
  // 3 to 6.
  if (!LocateDeviceContext(walk)) return;
  const DeviceContext& context = walk.context;
  const bool process_directory = (context.tc & kProcessDirectory) != 0;
  // 7. "Transaction type disallowed".
  if (!untranslated && (context.tc & kEnableAts) == 0) return walk.Stop(Cause::kTransactionTypeDisallowed);
  if (request.process_valid && !process_directory) return walk.Stop(Cause::kTransactionTypeDisallowed);
  // 8, 9: translated requests need EN_ATS, which is misconfigured without capabilities.ATS.
  // 10. PDTV is 0: the first stage is DC.fsc's. (11 to 16: without process directories pdtp.MODE is Bare.)
  if (process_directory) return;
  // 17. First stage.
  if (static_cast<FirstStage>(context.fsc >> 60) == FirstStage::kBare) return;
  WalkFirstStage(walk, context.fsc & 0xFFF'FFFF'FFFF);
  // 18, 19: no MSI translation, second stage Bare. 20. Done.
}

// Privileged specification, "Virtual Address Translation Process", LEVELS = 3, PTESIZE = 8.
void Iommu::WalkFirstStage(Walk& walk, std::uint64_t root_ppn) const {
  const DeviceRequest& request = walk.request;
  const std::uint64_t iova = request.addr;
  const Cause page_fault = PageFault(request);
  // "bits 63-39 must all be equal to bit 38, or else a page-fault exception will occur".
  const std::uint64_t upper = iova >> 38;
  if (upper != 0 && upper != (~std::uint64_t{0} >> 38)) return walk.Stop(page_fault);
  std::uint64_t a = root_ppn * kPageBytes;
  std::uint64_t pte = 0;
  int i = kSv39Levels - 1;
  for (;; --i) {
    // 2. "Let pte be the value of the PTE at address a + va.vpn[i] x PTESIZE."
    const LineStatus status = ReadTable(walk, a + Vpn(iova, i) * 8, &pte, 8);
    if (walk.stopped()) return;
    if (status == LineStatus::kPoison) return walk.Stop(Cause::kPageTableDataCorruption);
    if (status != LineStatus::kOk) return walk.Stop(AccessFault(request));
    // 3. "If pte.v = 0, or if pte.r = 0 and pte.w = 1, or if any bits or encodings that are reserved … are set".
    if ((pte & kV) == 0 || (pte & (kR | kW)) == kW || (pte & kPteReserved) != 0) return walk.Stop(page_fault);
    // 4. A leaf has pte.r = 1 or pte.x = 1.
    if ((pte & (kR | kX)) != 0) break;
    // "For non-leaf PTEs, the D, A, and U bits are reserved", and so is N.
    if ((pte & (kD | kA | kU | kN)) != 0 || i == 0) return walk.Stop(page_fault);
    a = Ppn(pte) * kPageBytes;
  }
  std::uint64_t ppn = Ppn(pte);
  std::uint64_t shift = 12 + 9 * static_cast<std::uint64_t>(i);
  // "If i > 0 and pte.ppn[i-1:0] != 0, this is a misaligned superpage".
  if ((ppn & ((std::uint64_t{1} << (shift - 12)) - 1)) != 0) return walk.Stop(page_fault);
  // Svnapot: only 64 KiB, at level 0, ppn[3:0] = 1000; all else is reserved.
  if ((pte & kN) != 0) {
    if (i != 0 || (ppn & 0xF) != 0x8) return walk.Stop(page_fault);
    shift = 16;
    ppn &= ~std::uint64_t{0xF};
  }
  // Permissions: without a process_id the privilege is User (section 2.3), so U must be set.
  const bool user = (pte & kU) != 0;
  const bool accessed = (pte & kA) != 0;
  walk.result.readable = user && accessed && (pte & kR) != 0;
  walk.result.writable = user && accessed && (pte & kW) != 0 && (pte & kD) != 0;
  walk.result.executable = user && accessed && (pte & kX) != 0;
  const bool allowed = IsWrite(request) ? walk.result.writable
                       : request.exec   ? walk.result.executable
                                        : walk.result.readable;
  if (!allowed) return walk.Stop(page_fault);
  const std::uint64_t offset_mask = (std::uint64_t{1} << shift) - 1;
  walk.result.page_shift = static_cast<std::uint8_t>(shift);
  walk.result.address = HostPhysAddr(((ppn << 12) & ~offset_mask) | (iova & offset_mask));
}

LineStatus Iommu::ReadTable(Walk& walk, std::uint64_t address, void* data, std::size_t size_bytes) {
  ++walk.table_reads;
  walk.result.walked = true;
  const LineStatus status = walk.memory.Read(HostPhysAddr(address), data, size_bytes, walk.result.paged);
  if (status == LineStatus::kTimeout || status == LineStatus::kRetry) walk.refused = status;
  return status;
}

Translation Iommu::Look(const DeviceRequest& request, HostMemory& memory) const {
  Translation result;
  Walk walk{.request = request, .result = result, .memory = memory};
  Process(walk);
  if (walk.refused.has_value()) result.status = *walk.refused;
  if (walk.cause.has_value()) result.status = LineStatus::kTranslationFault;
  return result;
}

Iommu::CachedTranslation* Iommu::CacheEntry(const DeviceRequest& request) {
  if (cache_.empty() || request.at != AddressType::kUntranslated || request.process_valid) return nullptr;
  const std::uint64_t page = request.addr / kPageBytes;
  const std::uint64_t hash = (page ^ (std::uint64_t{request.device_id} << 5)) * 0x9E3779B97F4A7C15ull;
  return &cache_[(hash >> 32) & (cache_.size() - 1)];
}

void Iommu::DropCaches() {
  for (CachedTranslation& entry : cache_) entry.valid = false;
}

}  // namespace tarn::iommu
