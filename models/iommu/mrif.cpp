// MSIs in memory-resident interrupt files: section 3.3.3, and the Advanced Interrupt Architecture, "MSI PTE, MRIF
// mode".
#include <cassert>
#include <cstring>
#include <optional>

#include "models/common/line.h"
#include "models/iommu/bit_fields.h"
#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace capabilities = iommu_registers::capabilities;

constexpr std::uint32_t kIdentities = 2048;
constexpr int kWordAttemptsMax = 64;  // at a word that others keep changing

}  // namespace

// "A naturally aligned 32-bit write is either interpreted as an MSI, resulting in an update of the destination MRIF, or
// is discarded"; a read "should preferably return zero"; any other access "should be aborted as unsupported".
LineStatus Iommu::StoreMessage(const DeviceRequest& request, Translation& translation) {
  assert(translation.mrif.has_value());
  const std::optional<std::size_t> word = WordOf(request.mask);
  const bool writes = request.op == Op::kWrite || request.op == Op::kPartialWrite;
  if (!word.has_value() || (!writes && request.op != Op::kRead)) return LineStatus::kAccessError;
  if (!writes) return LineStatus::kOk;
  std::uint32_t identity = 0;
  std::memcpy(&identity, request.data.data() + *word, sizeof identity);
  const std::uint64_t offset = request.addr % kPageBytes + *word;
  const bool big_endian = (offset & 4) != 0;
  if (big_endian) SwapWords(&identity, sizeof identity, sizeof identity);
  // "If either A[11:3] or D[31:11] is not zero, or if bit 2 of A is one and big-endian MSIs are not supported".
  const bool understood = !big_endian || parameters_.big_endian_messages;
  if (offset >> 3 != 0 || identity >= kIdentities || !understood) return LineStatus::kOk;
  const LineStatus status = SetPending(translation.mrif->address + identity / 64 * 16, identity % 64);
  if (status != LineStatus::kOk) return RecordStoreFault(request, status, translation);
  SendNotice(*translation.mrif);
  return LineStatus::kOk;
}

// "an atomic AMOOR operation, if atomic updates are supported; or a non-atomic read-modify-write sequence". Doublewords
// of the file are little-endian, whatever fctl.BE says.
LineStatus Iommu::SetPending(std::uint64_t address, unsigned bit) {
  const bool atomic = Capability(capabilities::AmoMrif::kMask) != 0;
  for (int attempt = 0; attempt < kWordAttemptsMax; ++attempt) {
    std::uint64_t pending = 0;
    bool paged = false, swapped = true;
    LineStatus status = memory_.Read(HostPhysAddr(address), &pending, sizeof pending, paged);
    if (status != LineStatus::kOk) return status;
    const std::uint64_t wanted = pending | std::uint64_t{1} << bit;
    status = atomic ? memory_.CompareSwap(HostPhysAddr(address), pending, wanted, sizeof wanted, swapped)
                    : memory_.Write(HostPhysAddr(address), &wanted, sizeof wanted);
    if (status != LineStatus::kOk || swapped) return status;
  }
  return LineStatus::kTimeout;
}

// Causes 264 and 271; what the memory cannot do now is no fault.
LineStatus Iommu::RecordStoreFault(const DeviceRequest& request, LineStatus status, Translation& translation) {
  if (status == LineStatus::kTimeout || status == LineStatus::kRetry) return status;
  Walk walk{.request = request, .result = translation, .memory = memory_};
  walk.context_found = true;
  walk.context.tc = translation.mrif->silent ? kTcDisableTranslationFault : 0;
  walk.Stop(status == LineStatus::kPoison ? Cause::kMrifDataCorruption : Cause::kMrifAccessFault);
  RecordFault(walk);
  return LineStatus::kTranslationFault;
}

// "the 11-bit NID value is zero-extended to 32 bits, and this value is written to the address NPPN<<12 … in
// little-endian byte order". A notice that nobody takes is an MSI of the IOMMU that failed (cause 273, section 6.29).
void Iommu::SendNotice(const MemoryResidentFile& file) {
  if (WriteWord(HostPhysAddr(file.notice_address), file.notice_data) == LineStatus::kOk) return;
  ReportMessageWriteFault(file.notice_address);
}

}  // namespace tarn::iommu
