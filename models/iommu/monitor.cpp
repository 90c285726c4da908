// The performance monitor: sections 6.19 to 6.23. Events are counted at their architectural meaning:
//   1, 2, 3 (untranslated, translated, ATS translation requests): each line request; exact.
//   4 (TLB miss): each translation that reached the page tables (step 17) and was not kept from before.
//   5 to 8 (walks): each walk of a directory or of one stage's page tables, those for implicit accesses included.
// Hardware keeps other things than the model: its 4 to 8 are smaller, and which requests they stem from depends on
// time. The cycles counter has the time that Advance tells.
#include "models/iommu/bit_fields.h"
#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace capabilities = iommu_registers::capabilities;
namespace iocountinh = iommu_registers::iocountinh;
namespace iohpmctr = iommu_registers::iohpmctr;
namespace iohpmcycles = iommu_registers::iohpmcycles;
namespace iohpmevt = iommu_registers::iohpmevt;

constexpr std::uint32_t kCounters = iohpmctr::kCount;

Event EventOf(const DeviceRequest& request) {
  if (request.at == AddressType::kTranslated) return Event::kTranslatedRequest;
  return IsTranslationRequest(request) ? Event::kAtsTranslationRequest : Event::kUntranslatedRequest;
}

// Table "Standard Events list", column "IDT settings supported".
bool KnowsSoftContexts(Event event) {
  return event == Event::kTlbMiss || event == Event::kFirstStageWalk || event == Event::kSecondStageWalk;
}

// "The lower bits of the DID_GSCID all the way to the first low order 0 bit (including the 0 bit position itself)".
bool MatchesId(std::uint64_t selector, std::uint64_t id) {
  const std::uint64_t wanted = Field(selector, 59, 36);
  const std::uint64_t ignored = (selector & iohpmevt::Dmask::kMask) != 0 ? wanted ^ (wanted + 1) : 0;
  return ((wanted ^ id) & ~ignored & Bits(23, 0)) == 0;
}

}  // namespace

bool Iommu::IsCounted(std::uint64_t selector, Event event, const Walk& walk) {
  const bool by_process = (selector & iohpmevt::PvPscv::kMask) != 0;
  const bool by_device = (selector & iohpmevt::DvGscv::kMask) != 0;
  const std::uint64_t process = Field(selector, 35, 16);
  if ((selector & iohpmevt::Idt::kMask) == 0) {
    const DeviceRequest& request = walk.request;
    if (by_process && !(request.process_valid && request.process_id == process)) return false;
    return !by_device || MatchesId(selector, request.device_id);
  }
  // "When the programmed IDT setting is not supported for an event then the associated counter does not increment."
  if (!KnowsSoftContexts(event)) return false;
  if (by_process && walk.pscid != process) return false;
  const bool has_guest = walk.second.levels != 0;
  return !by_device || (has_guest && MatchesId(selector, Field(walk.context.iohgatp, 59, 44)));
}

void Iommu::CountEvents(Walk& walk) {
  if (!monitors_) return;
  walk.Happened(EventOf(walk.request));
  const std::uint64_t inhibited = registers_.Stored(iocountinh::kOffset);
  for (std::uint32_t counter = 0; counter < kCounters; ++counter) {
    const std::uint64_t selector = registers_.Stored(iohpmevt::Offset(counter));
    const auto event = static_cast<Event>(selector & iohpmevt::EventId::kMask);
    const std::uint32_t times = walk.events[static_cast<std::size_t>(event)];
    if (times == 0 || (inhibited >> (counter + 1) & 1) != 0 || !IsCounted(selector, event, walk)) continue;
    const std::uint64_t value = registers_.Stored(iohpmctr::Offset(counter));
    registers_.SetStored(iohpmctr::Offset(counter), ~std::uint64_t{0}, value + times);
    if (value + times < value) Overflow(iohpmevt::Offset(counter));
  }
}

void Iommu::CountCycles(std::uint64_t cycles) {
  if (Capability(capabilities::Hpm::kMask) == 0) return;
  if ((registers_.Stored(iocountinh::kOffset) & iocountinh::Cy::kMask) != 0) return;
  const std::uint64_t value = registers_.Get<iohpmcycles::Counter>(iohpmcycles::kOffset);
  const std::uint64_t sum = value + cycles;
  registers_.SetStored(iohpmcycles::kOffset, iohpmcycles::Counter::kMask, sum);
  if (sum >> 63 != 0) Overflow(iohpmcycles::kOffset);
}

// selector: the register whose bit 63 is OF. "If the OF bit is already one, then no interrupt request is generated."
void Iommu::Overflow(std::uint32_t selector) {
  if ((registers_.Stored(selector) & iohpmevt::Of::kMask) != 0) return;
  registers_.SetStored(selector, iohpmevt::Of::kMask, iohpmevt::Of::kMask);
  SetInterruptPending(InterruptSource::kPerformance);
}

std::uint64_t Iommu::CountersOverflown() const {
  std::uint64_t bits = registers_.Stored(iohpmcycles::kOffset) >> 63;
  for (std::uint32_t counter = 0; counter < kCounters; ++counter) {
    bits |= registers_.Stored(iohpmevt::Offset(counter)) >> 63 << (counter + 1);
  }
  return bits;
}

void Iommu::ConnectMonitor() {
  registers_.OnRead(iommu_registers::iocountovf::kOffset, [this](std::uint32_t) { return CountersOverflown(); });
  registers_.OnWrite(iohpmevt::kOffset, [this](const RegisterWrite&) {
    monitors_ = false;
    for (std::uint32_t counter = 0; counter < kCounters; ++counter) {
      monitors_ |= registers_.Get<iohpmevt::EventId>(iohpmevt::Offset(counter)) != 0;
    }
  });
}

void Iommu::Advance(std::uint64_t cycles) {
  CountCycles(cycles);
  ExpireInvalidations(cycles);
}

}  // namespace tarn::iommu
