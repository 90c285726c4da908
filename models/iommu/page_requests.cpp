// Messages of devices: page requests (sections 3.7 and 4.3) and completions of invalidations (section 4.1.4).
#include <algorithm>
#include <array>
#include <optional>

#include "models/iommu/bit_fields.h"
#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace pqb = iommu_registers::pqb;
namespace pqcsr = iommu_registers::pqcsr;

constexpr std::uint64_t kRead = 1, kWrite = 2, kLast = 4;  // in a page request's payload
constexpr std::uint64_t kPageRequestCode = 4;              // PCIe's message code
constexpr unsigned kCountOfZero = 8;                       // PCIe: a completion count of 0 tells eight

// Section 4.3: "If R and W are both 0 and L is 1, the message is 'Stop Marker'."
bool NeedsResponse(const DeviceMessage& message) {
  return (message.payload & kLast) != 0 && (message.payload & (kRead | kWrite)) != 0;
}

}  // namespace

void Iommu::Receive(const DeviceMessage& message) {
  if (Capability(iommu_registers::capabilities::Ats::kMask) == 0) return;  // nothing here knows what messages are
  const auto kind = static_cast<MessageKind>(message.kind);
  if (kind == MessageKind::kPageRequest) ReceivePageRequest(message);
  if (kind == MessageKind::kInvalidationCompletion) CompleteInvalidation(message);
}

void Iommu::ReceivePageRequest(const DeviceMessage& message) {
  DeviceRequest request;
  request.device_id = message.device_id;
  Translation unused;
  Walk walk{.request = request, .result = unused, .memory = memory_};
  LocatePageRequester(walk);
  counters_.table_reads += walk.table_reads;
  // "If a fault condition prevents locating a valid device context then the PRPR value assumed is 0."
  const bool prpr = walk.context_found && (walk.context.tc & kTcPrpr) != 0;
  if (walk.stopped()) {
    ReportMessageFault(message, walk);
    const bool disallowed = walk.cause == Cause::kTransactionTypeDisallowed;
    return Respond(message, disallowed ? PageResponse::kInvalidRequest : PageResponse::kFailure, prpr);
  }
  const std::optional<PageResponse> refusal = QueuePageRequest(message);
  if (refusal.has_value()) Respond(message, *refusal, prpr);
}

// "first locates the device-context … to determine if ATS and PRI are enabled for the requester".
void Iommu::LocatePageRequester(Walk& walk) const {
  if (settings_.mode == Mode::kOff) return walk.Stop(Cause::kAllInboundDisallowed);
  if (settings_.mode == Mode::kBare) return walk.Stop(Cause::kTransactionTypeDisallowed);
  if (!LocateDeviceContext(walk)) return;
  constexpr std::uint64_t kBoth = kTcEnableAts | kTcEnablePri;
  if ((walk.context.tc & kBoth) != kBoth) walk.Stop(Cause::kTransactionTypeDisallowed);
}

void Iommu::ReportMessageFault(const DeviceMessage& message, const Walk& walk) {
  if (!walk.cause.has_value()) return;
  ++counters_.faults;
  // With a context the cause is 260, which DTF silences.
  if (walk.context_found && (walk.context.tc & kTcDisableTranslationFault) != 0) return;
  FaultRecord record{.cause = *walk.cause, .type = TransactionType::kMessage, .device_id = message.device_id};
  record.process_valid = message.process_valid;
  record.process_id = message.process_valid ? message.process_id : 0;
  record.priv = message.process_valid && message.priv;
  record.iotval = kPageRequestCode;  // "the message code of the PCIe message is reported in iotval"
  Report(record);
}

// Section 4.3. Nothing: it is in the queue; else what the IOMMU itself answers (section 3.7).
std::optional<PageResponse> Iommu::QueuePageRequest(const DeviceMessage& message) {
  if ((pqcsr_ & pqcsr::Pqon::kMask) == 0 || (pqcsr_ & pqcsr::Pqmf::kMask) != 0) return PageResponse::kFailure;
  if ((pqcsr_ & pqcsr::Pqof::kMask) != 0) return PageResponse::kSuccess;
  const auto entries = std::uint64_t{2} << registers_.Get<pqb::Log2szMinus1>(pqb::kOffset);
  const std::uint32_t next = (pqt_ + 1) & static_cast<std::uint32_t>(entries - 1);
  if (next == pqh_) {
    pqcsr_ |= pqcsr::Pqof::kMask;
    UpdateInterrupts();
    return PageResponse::kSuccess;
  }
  std::array<std::uint64_t, 2> record = {std::uint64_t{message.device_id} << 40, message.payload};
  if (message.process_valid) {
    record[0] |= std::uint64_t{message.process_id} << 12 | std::uint64_t{1} << 32 | std::uint64_t{message.priv} << 33 |
                 std::uint64_t{message.exec} << 34;
  }
  if (settings_.big_endian) SwapWords(record.data(), sizeof record, 8);
  const std::uint64_t address = registers_.Get<pqb::Ppn>(pqb::kOffset) * kPageBytes + std::uint64_t{pqt_} * 16;
  if (memory_.Write(HostPhysAddr(address), record.data(), sizeof record) != LineStatus::kOk) {
    pqcsr_ |= pqcsr::Pqmf::kMask;
    UpdateInterrupts();
    return PageResponse::kFailure;
  }
  pqt_ = next;
  ++counters_.page_requests;
  if ((pqcsr_ & pqcsr::Pie::kMask) != 0) SetInterruptPending(InterruptSource::kPageRequestQueue);
  return std::nullopt;
}

// The IOMMU's own "Page Request Group Response": the group's number and the code.
void Iommu::Respond(const DeviceMessage& request, PageResponse code, bool prpr) {
  if (!NeedsResponse(request) || !on_message_) return;
  DeviceMessage response;
  response.kind = static_cast<std::uint8_t>(MessageKind::kGroupResponse);
  response.device_id = request.device_id;
  // "Response Failure, if the 'Page Request' had a PASID then response is generated with a PASID"; else PRPR says it.
  response.process_valid = request.process_valid && (prpr || code == PageResponse::kFailure);
  response.process_id = response.process_valid ? request.process_id : 0;
  response.code = static_cast<std::uint8_t>(code);
  response.payload = Field(request.payload, 11, 3) << 32 | std::uint64_t{response.code} << 44;
  on_message_(response);
}

// "The ATS.INVAL command completes when an 'Invalidation Completion' … is received": PCIe lets a function send several,
// and each tells how many. One that nobody waits for is dropped.
void Iommu::CompleteInvalidation(const DeviceMessage& message) {
  Invalidation& invalidation = invalidations_[message.itag % invalidations_.size()];
  if (!invalidation.waits || invalidation.device_id != message.device_id) return;
  ++invalidation.completions;
  if (invalidation.completions < (message.code == 0 ? kCountOfZero : message.code)) return;
  invalidation.waits = false;
  ProcessCommands();
}

std::size_t Iommu::invalidations_waiting() const {
  return static_cast<std::size_t>(std::count_if(invalidations_.begin(), invalidations_.end(),
                                                [](const Invalidation& invalidation) { return invalidation.waits; }));
}

// Invalidations that nobody completed in time are over, and an IOFENCE.C will tell.
void Iommu::ExpireInvalidations(std::uint64_t cycles) {
  bool any = false;
  for (Invalidation& invalidation : invalidations_) {
    if (!invalidation.waits) continue;
    invalidation.age_cycles += cycles;
    if (invalidation.age_cycles < parameters_.invalidation_timeout_cycles) continue;
    invalidation.waits = false;
    any = invalidation_timed_out_ = true;
  }
  if (any) ProcessCommands();
}

}  // namespace tarn::iommu
