// Locating and checking the process context: sections 3.2 and 3.3.2.
#include <array>

#include "models/iommu/bit_fields.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

constexpr std::uint64_t kPcValid = 1 << 0;
constexpr std::uint64_t kPcEnableSupervisor = 1 << 1;  // ENS
constexpr std::uint64_t kPcSum = 1 << 2;
constexpr std::uint64_t kPcTaReserved = Bits(63, 32) | Bits(11, 3);
constexpr std::uint64_t kPcFscReserved = Bits(59, 44);
constexpr std::uint64_t kNonLeafReserved = Bits(63, 54) | Bits(9, 1);

// Section 3.2: PDI[0], PDI[1], PDI[2].
std::uint64_t ProcessIndex(std::uint32_t process_id, int level) {
  constexpr std::array<std::array<int, 2>, 3> kBits = {{{7, 0}, {16, 8}, {19, 17}}};
  const auto& bits = kBits[static_cast<std::size_t>(level)];
  return Field(process_id, bits[0], bits[1]);
}

}  // namespace

// Table of pdtp.MODE: "The bits 19:8 of process_id must be 0", "The bits 19:17 …".
bool Iommu::ProcessIsWiderThan(std::uint64_t pdtp_mode, std::uint32_t process_id) {
  return (pdtp_mode == 1 && process_id >> 8 != 0) || (pdtp_mode == 2 && process_id >> 17 != 0);
}

// Reads 8 or 16 bytes of the directory at a guest's address. False: the walk stopped.
bool Iommu::ReadProcessDirectory(Walk& walk, std::uint64_t address, std::uint64_t* words,
                                 std::size_t size_bytes) const {
  Leaf leaf;
  StageEnd end = TranslateImplicit(walk, address, false, leaf);
  if (end == StageEnd::kLeaf) {
    const LineStatus status =
        ReadTable(walk, leaf.address, words, size_bytes, 8, (walk.context.tc & kTcBigEndian) != 0);
    if (walk.stopped()) return false;
    if (status == LineStatus::kOk) return true;
    end = status == LineStatus::kPoison ? StageEnd::kDataCorruption : StageEnd::kAccessFault;
  }
  // "An access fault in the second stage is reported as 'PDT entry load access fault'", corruption as 269.
  if (end == StageEnd::kAccessFault) walk.Stop(Cause::kPdtEntryLoadAccessFault);
  if (end == StageEnd::kDataCorruption) walk.Stop(Cause::kPdtDataCorruption);
  return false;
}

// Section 3.3.2, and step 15 of section 3.3. False: the walk stopped.
bool Iommu::LocateProcessContext(Walk& walk, std::uint32_t process_id) const {
  walk.Happened(Event::kProcessDirectoryWalk);
  // 1. "Let a be pdtp.PPN x 2^12 and let i = LEVELS - 1."
  std::uint64_t a = Field(walk.context.fsc, 43, 0) * kPageBytes;
  for (int i = static_cast<int>(Field(walk.context.fsc, 63, 60)) - 1; i > 0; --i) {
    std::uint64_t pdte = 0;
    if (!ReadProcessDirectory(walk, a + ProcessIndex(process_id, i) * 8, &pdte, 8)) return false;
    if ((pdte & kPcValid) == 0) walk.Stop(Cause::kPdtEntryNotValid);
    if (!walk.stopped() && (pdte & kNonLeafReserved) != 0) walk.Stop(Cause::kPdtEntryMisconfigured);
    if (walk.stopped()) return false;
    a = Field(pdte, 53, 10) * kPageBytes;
  }
  // 10. "Let PC be the value of the 16-bytes at address a."
  std::array<std::uint64_t, 2> context{};
  if (!ReadProcessDirectory(walk, a + ProcessIndex(process_id, 0) * 16, context.data(), sizeof context)) return false;
  const auto [ta, fsc] = context;
  const bool short_addresses = (walk.context.tc & kTcShortAddresses) != 0;
  if ((ta & kPcValid) == 0) {
    walk.Stop(Cause::kPdtEntryNotValid);
  } else if ((ta & kPcTaReserved) != 0 || (fsc & kPcFscReserved) != 0 ||
             !FirstStageIsSupported(Field(fsc, 63, 60), short_addresses)) {
    walk.Stop(Cause::kPdtEntryMisconfigured);  // section 3.2.4
  } else if (walk.supervisor && (ta & kPcEnableSupervisor) == 0) {
    walk.Stop(Cause::kTransactionTypeDisallowed);
  }
  walk.sum = (ta & kPcSum) != 0;
  if (!walk.stopped()) SetFirstStage(walk, fsc, ta);
  return !walk.stopped();
}

}  // namespace tarn::iommu
