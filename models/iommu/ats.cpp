// PCIe ATS translation requests: section 3.6.
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

enum class AtsAnswer : std::uint8_t { kSuccess, kUnsupportedRequest, kCompleterAbort };

// The three lists of section 3.6, and corruption of data, which is a Completer Abort here.
AtsAnswer AnswerTo(Cause cause) {
  switch (cause) {
    case Cause::kInstructionPageFault:
    case Cause::kReadPageFault:
    case Cause::kWritePageFault:
    case Cause::kInstructionGuestPageFault:
    case Cause::kReadGuestPageFault:
    case Cause::kWriteGuestPageFault:
    case Cause::kPdtEntryNotValid:
    case Cause::kMsiPteNotValid:
      return AtsAnswer::kSuccess;
    case Cause::kAllInboundDisallowed:
    case Cause::kDdtEntryLoadAccessFault:
    case Cause::kDdtEntryNotValid:
    case Cause::kDdtEntryMisconfigured:
    case Cause::kTransactionTypeDisallowed:
      return AtsAnswer::kUnsupportedRequest;
    default:
      return AtsAnswer::kCompleterAbort;
  }
}

// A translation completion's entry, as PCIe has it: S = 1 tells a size by the lowest 0 of the page number's bits.
std::uint64_t Address(std::uint64_t address, int page_shift) {
  constexpr std::uint64_t kLarger = 1 << 11;
  const std::uint64_t page = address & ~((std::uint64_t{1} << page_shift) - 1);
  if (page_shift == 12) return page;
  return page | ((std::uint64_t{1} << (page_shift - 1)) - (std::uint64_t{1} << 12)) | kLarger;
}

}  // namespace

// "A Success response with R and W bits set to 0 is generated … No faults are logged": the fault becomes an answer.
void Iommu::CompleteTranslationRequest(Walk& walk) {
  constexpr std::uint64_t kRead = 1, kWrite = 2, kUntranslated = 4, kExecute = 8, kPriv = 16, kGlobal = 32;
  Translation& result = walk.result;
  const DeviceRequest& request = walk.request;
  if (walk.refused.has_value()) return;
  if (walk.cause.has_value()) {
    const AtsAnswer answer = AnswerTo(*walk.cause);
    result.completer_abort = answer == AtsAnswer::kCompleterAbort;
    if (answer != AtsAnswer::kSuccess) return;
    walk.cause.reset();
    result.readable = result.writable = result.executable = false;
    result.msi = false;
    result.mrif.reset();
  }
  // "Execute-only translations are not compatible with PCIe ATS"; X "only if … the execute permission was requested".
  result.writable = result.writable && result.readable;
  result.executable = result.executable && result.readable && request.exec;
  std::uint64_t entry = request.process_valid && request.priv ? kPriv : 0;
  if (result.readable) {
    entry |= kRead | (result.writable ? kWrite : 0) | (result.executable ? kExecute : 0);
    if (result.global && request.process_valid && !result.msi) entry |= kGlobal;
    // MRIF mode: "it must use only Untranslated requests to access the implied 4 KiB memory range".
    entry |= result.mrif.has_value()
                 ? kUntranslated
                 : Address(result.address.value(), result.page_shift == 63 ? 12 : result.page_shift);
  }
  result.completion = entry;
}

}  // namespace tarn::iommu
