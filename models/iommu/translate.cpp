// The process to translate an IOVA: section 3.3.
#include <algorithm>

#include "models/iommu/bit_fields.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

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

std::uint64_t ProcessOf(const DeviceRequest& request) {
  if (!request.process_valid) return 0;
  return 1 | std::uint64_t{request.priv} << 1 | std::uint64_t{request.process_id} << 2;
}

}  // namespace

Translation Iommu::Translate(const DeviceRequest& request) {
  ++counters_.translations;
  if (request.first_of_burst) burst_reported_[IsWrite(request)] = false;
  CachedTranslation* cached = CacheEntry(request);
  if (cached != nullptr && Hits(*cached, request)) {
    Translation result = cached->translation;
    Walk hit{.request = request, .result = result, .memory = memory_};
    CountEvents(hit);
    result.address = HostPhysAddr(result.address.value() + request.addr % kPageBytes);
    return result;
  }
  Translation result;
  Walk walk{.request = request, .result = result, .memory = memory_};
  Process(walk);
  CountEvents(walk);
  if (IsTranslationRequest(request)) CompleteTranslationRequest(walk);
  counters_.table_reads += walk.table_reads;
  if (result.walked) ++counters_.walks;
  if (walk.refused.has_value()) {
    result.status = *walk.refused;
  } else if (walk.cause.has_value()) {
    RecordFault(walk);
  } else if (cached != nullptr && result.walked && !result.mrif.has_value()) {
    Fill(*cached, request, result);
  }
  return result;
}

FaultRecord Iommu::RecordOf(const Walk& walk) {
  const DeviceRequest& request = walk.request;
  FaultRecord record{.cause = *walk.cause, .type = TypeOf(request), .device_id = request.device_id};
  record.process_valid = request.process_valid;
  record.process_id = request.process_valid ? request.process_id : 0;
  record.priv = request.process_valid && request.priv;
  record.iotval = request.addr + request.first_byte;
  record.iotval2 = walk.iotval2;
  return record;
}

bool Iommu::IsSilenced(const Walk& walk) {
  const bool disabled = walk.context_found && (walk.context.tc & kTcDisableTranslationFault) != 0;
  return disabled && !ReportedDespiteDtf(*walk.cause);
}

// Reports one fault a burst at most.
void Iommu::RecordFault(const Walk& walk) {
  Translation& result = walk.result;
  ++counters_.faults;
  result.status = LineStatus::kTranslationFault;
  result.fault = RecordOf(walk);
  bool& reported = burst_reported_[IsWrite(walk.request)];
  if (reported || IsSilenced(walk)) return;
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
  result.rcid = settings_.rcid;
  result.mcid = settings_.mcid;
  const bool untranslated = request.at == AddressType::kUntranslated;
  // 1. "If ddtp.iommu_mode == Off then stop and report 'All inbound transactions disallowed'".
  if (settings_.mode == Mode::kOff) return walk.Stop(Cause::kAllInboundDisallowed);
  // 2. Bare: only untranslated requests; the address is the IOVA.
  if (settings_.mode == Mode::kBare) {
    if (!untranslated) walk.Stop(Cause::kTransactionTypeDisallowed);
    return;
  }
  // 3 to 6.
  if (!LocateDeviceContext(walk)) return;
  const DeviceContext& context = walk.context;
  result.rcid = static_cast<std::uint16_t>(Field(context.ta, 51, 40));
  result.mcid = static_cast<std::uint16_t>(Field(context.ta, 63, 52));
  const bool process_directory = (context.tc & kTcProcessDirectory) != 0;
  const std::uint64_t pdtp_mode = Field(context.fsc, 63, 60);
  // 7. "Transaction type disallowed".
  if ((!untranslated && (context.tc & kTcEnableAts) == 0) ||
      (request.process_valid && (!process_directory || ProcessIsWiderThan(pdtp_mode, request.process_id)))) {
    return walk.Stop(Cause::kTransactionTypeDisallowed);
  }
  const bool translated = request.at == AddressType::kTranslated;
  // 8. "If request is a Translated request and DC.tc.T2GPA is 0 then the translation process is complete."
  if (translated && (context.tc & kTcT2gpa) == 0) return;
  SetSecondStage(walk);
  if (translated) return TranslateBothStages(walk);  // 9. The IOVA is a GPA: the first stage is Bare.
  if (!process_directory) {                          // 10. The first stage is DC.fsc's.
    SetFirstStage(walk, context.fsc, context.ta);
    return TranslateBothStages(walk);
  }
  // 11, 12, 13. Without a process, and with a Bare pdtp, the first stage is Bare.
  const bool has_process = request.process_valid || (context.tc & kTcDefaultProcess) != 0;
  if (!has_process || pdtp_mode == 0) return TranslateBothStages(walk);
  // 14, 15, 16. "For requests without a process_id the privilege mode must be User."
  walk.supervisor = request.process_valid && request.priv;
  if (LocateProcessContext(walk, request.process_valid ? request.process_id : 0)) TranslateBothStages(walk);
}

// iosatp.MODE and PC.fsc.MODE, by DC.tc.SXL (section 3.1.3.3); PSCID.
void Iommu::SetFirstStage(Walk& walk, std::uint64_t fsc, std::uint64_t ta) {
  const bool short_addresses = (walk.context.tc & kTcShortAddresses) != 0;
  const auto mode = static_cast<int>(Field(fsc, 63, 60));
  PageTables& tables = walk.first;
  tables.root_ppn = Field(fsc, 43, 0);
  tables.big_endian = (walk.context.tc & kTcBigEndian) != 0;
  tables.updates_ad = (walk.context.tc & kTcSade) != 0;
  if (mode == 0) return;
  walk.pscid = Field(ta, 31, 12);
  tables.entry_bytes = short_addresses ? 4 : 8;
  tables.levels = short_addresses ? 2 : mode - 5;  // Sv39: 8, Sv48: 9, Sv57: 10
  tables.address_bits = 12 + tables.levels * tables.index_bits();
}

// iohgatp.MODE, by fctl.GXL (section 3.1.3.2).
void Iommu::SetSecondStage(Walk& walk) const {
  const bool short_addresses = settings_.gxl;
  const auto mode = static_cast<int>(Field(walk.context.iohgatp, 63, 60));
  PageTables& tables = walk.second;
  tables.second = true;
  tables.root_ppn = Field(walk.context.iohgatp, 43, 0);
  tables.big_endian = settings_.big_endian;
  tables.updates_ad = (walk.context.tc & kTcGade) != 0;
  if (mode == 0) return;
  tables.entry_bytes = short_addresses ? 4 : 8;
  tables.levels = short_addresses ? 2 : mode - 5;
  tables.address_bits = 14 + tables.levels * tables.index_bits();
}

// Steps 17 to 20.
void Iommu::TranslateBothStages(Walk& walk) const {
  const DeviceRequest& request = walk.request;
  Translation& result = walk.result;
  const bool asks = IsTranslationRequest(request);
  AccessNeed need{.write = IsWrite(request), .supervisor = walk.supervisor, .sum = walk.sum, .only_asks = asks};
  need.execute = request.exec && (asks || !need.write);
  need.read = !need.write && !need.execute;
  walk.Happened(Event::kTlbMiss);
  // 17. First stage.
  Leaf first;
  StageEnd end = WalkStage(walk, walk.first, request.addr, need, first);
  if (end != StageEnd::kLeaf) return StopAt(walk, end, PageFault(request));
  // 18. MSIs. 19. Second stage.
  need.write = need.write && first.writable;
  Leaf second;
  if (HasMsiPage(walk.context, first.address, 12)) {
    TranslateMsi(walk, first.address, second);
    if (walk.stopped()) return;
  } else {
    end = WalkSecondStage(walk, first.address, need, second);
    if (end == StageEnd::kPageFault) walk.iotval2 = (first.address + request.first_byte) & ~std::uint64_t{3};
    if (end != StageEnd::kLeaf) return StopAt(walk, end, GuestPageFault(request));
  }
  int page_shift = std::min(first.page_shift, second.page_shift);
  // A page that holds a virtual interrupt file's is none larger than that.
  if (page_shift != 63 && HasMsiPage(walk.context, first.address, page_shift)) page_shift = 12;
  // 20. A translation request under T2GPA is told the guest's address (section 3.1.3.1).
  const bool tells_guest_address = asks && (walk.context.tc & kTcT2gpa) != 0;
  result.address = HostPhysAddr(tells_guest_address ? first.address : second.address);
  result.page_shift = static_cast<std::uint8_t>(page_shift);
  result.readable = first.readable && second.readable;
  result.writable = first.writable && second.writable;
  result.executable = first.executable && second.executable;
  result.global = first.global;
  // Svpbmt: the first stage's type overrides the second's, unless it is PMA.
  result.memory_type = first.memory_type != 0 ? first.memory_type : second.memory_type;
}

// "If the second-stage is not Bare, then a guest page fault … occurs if the incoming GPA has bits beyond bit 33" (SXL).
StageEnd Iommu::WalkSecondStage(Walk& walk, std::uint64_t address, const AccessNeed& need, Leaf& leaf) const {
  const bool short_addresses = (walk.context.tc & kTcShortAddresses) != 0;
  if (short_addresses && walk.second.levels != 0 && address >> 34 != 0) return StageEnd::kPageFault;
  return WalkStage(walk, walk.second, address, need, leaf);
}

void Iommu::StopAt(Walk& walk, StageEnd end, Cause page_fault) {
  if (end == StageEnd::kPageFault) walk.Stop(page_fault);
  if (end == StageEnd::kAccessFault) walk.Stop(AccessFault(walk.request));
  if (end == StageEnd::kDataCorruption) walk.Stop(Cause::kPageTableDataCorruption);
}

Translation Iommu::Look(const DeviceRequest& request, HostMemory& memory) const {
  Translation result;
  Walk walk{.request = request, .result = result, .memory = memory, .looks_only = true};
  Process(walk);
  if (walk.refused.has_value()) result.status = *walk.refused;
  if (walk.cause.has_value()) result.status = LineStatus::kTranslationFault;
  return result;
}

Iommu::CachedTranslation* Iommu::CacheEntry(const DeviceRequest& request) {
  if (cache_.empty() || request.at != AddressType::kUntranslated) return nullptr;
  const std::uint64_t page = request.addr / kPageBytes;
  const std::uint64_t hash =
      (page ^ (std::uint64_t{request.device_id} << 5) ^ ProcessOf(request) << 9) * 0x9E3779B97F4A7C15ull;
  return &cache_[(hash >> 32) & (cache_.size() - 1)];
}

// Only what the very walk that filled it showed to be allowed; what is not is walked again.
bool Iommu::Hits(const CachedTranslation& cached, const DeviceRequest& request) {
  if (!cached.valid || cached.device_id != request.device_id || cached.page != request.addr / kPageBytes ||
      cached.process != ProcessOf(request)) {
    return false;
  }
  if (IsWrite(request)) return cached.translation.writable;
  return request.exec ? cached.translation.executable : cached.translation.readable;
}

void Iommu::Fill(CachedTranslation& cached, const DeviceRequest& request, const Translation& result) {
  cached.valid = true;
  cached.device_id = request.device_id;
  cached.process = ProcessOf(request);
  cached.page = request.addr / kPageBytes;
  cached.translation = result;
  cached.translation.address = HostPhysAddr(result.address.value() - request.addr % kPageBytes);
  cached.translation.walked = cached.translation.paged = false;
}

void Iommu::DropCaches() {
  for (CachedTranslation& entry : cache_) entry.valid = false;
}

}  // namespace tarn::iommu
