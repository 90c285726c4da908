// The debug translation interface: chapter 5 ("Debug support") and sections 6.24 to 6.26.
#include "models/iommu/bit_fields.h"
#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace tr_req_ctl = iommu_registers::tr_req_ctl;
namespace tr_req_iova = iommu_registers::tr_req_iova;
namespace tr_response = iommu_registers::tr_response;

// "If scanning from bit position 0 … the first bit with a value of 0 at position X, then the superpage size is
// 2^(X+1) * 4 KiB."
std::uint64_t PpnWithSize(std::uint64_t address, int page_shift) {
  const std::uint64_t ppn = address >> 12;
  if (page_shift == 12) return ppn;
  const std::uint64_t inside = Bits(page_shift - 13, 0);
  return (ppn & ~inside) | inside >> 1;
}

}  // namespace

void Iommu::ConnectDebugInterface() {
  registers_.OnWrite(tr_req_ctl::kOffset, [this](const RegisterWrite& write) {
    if ((write.value & tr_req_ctl::GoBusy::kMask) == 0) return;
    registers_.SetStored(tr_response::kOffset, ~std::uint64_t{0}, TranslateForDebug(DebugRequest(write.value)));
    registers_.Set<tr_req_ctl::GoBusy>(tr_req_ctl::kOffset, 0);
  });
}

// "… the process to translate an IOVA as an Untranslated Request."
DeviceRequest Iommu::DebugRequest(std::uint64_t control) const {
  DeviceRequest request;
  // NW: "If set to 1, read permission is requested. If set to 0, both": who may write may read.
  request.op = (control & tr_req_ctl::Nw::kMask) != 0 ? Op::kRead : Op::kWrite;
  request.exec = (control & tr_req_ctl::Exe::kMask) != 0;
  request.device_id = static_cast<std::uint32_t>(Field(control, 63, 40));
  request.process_valid = (control & tr_req_ctl::Pv::kMask) != 0;
  request.process_id = static_cast<std::uint32_t>(Field(control, 31, 12));
  request.priv = (control & tr_req_ctl::Priv::kMask) != 0;
  request.addr = registers_.Stored(tr_req_iova::kOffset) & tr_req_iova::Vpn::kMask;
  return request;
}

std::uint64_t Iommu::TranslateForDebug(const DeviceRequest& request) {
  Translation result;
  Walk walk{.request = request, .result = result, .memory = memory_};
  Process(walk);
  counters_.table_reads += walk.table_reads;
  // "the corresponding MSI PTE is in MRIF mode, then the process stops and reports a 'Transaction type disallowed'".
  if (!walk.stopped() && result.mrif.has_value()) walk.Stop(Cause::kTransactionTypeDisallowed);
  CountEvents(walk);
  if (walk.cause.has_value()) {
    ++counters_.faults;
    if (!IsSilenced(walk)) Report(RecordOf(walk));
  }
  if (walk.stopped()) return tr_response::Fault::kMask;
  // A Bare translation has any size: "An implementation is allowed to report a 4 KiB translation".
  const int page_shift = result.page_shift == 63 ? 12 : result.page_shift;
  return (PpnWithSize(result.address.value(), page_shift) << tr_response::Ppn::kShift & tr_response::Ppn::kMask) |
         (page_shift > 12 ? tr_response::S::kMask : std::uint64_t{0}) |
         std::uint64_t{result.memory_type} << tr_response::Pbmt::kShift;
}

}  // namespace tarn::iommu
