// MSIs to virtual interrupt files: section 3.3.3, entries as the Advanced Interrupt Architecture has them.
#include <array>

#include "models/iommu/bit_fields.h"
#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace capabilities = iommu_registers::capabilities;

constexpr std::uint64_t kValid = 1, kCustom = std::uint64_t{1} << 63;
constexpr std::uint64_t kMrifMode = 1, kBasicMode = 3;  // M

// "discards all bits from x whose matching bits in … y are zeros, and packs the remaining bits".
std::uint64_t Extract(std::uint64_t x, std::uint64_t y) {
  std::uint64_t result = 0;
  for (int bit = 0, to = 0; bit < 64; ++bit) {
    if ((y >> bit & 1) == 0) continue;
    result |= (x >> bit & 1) << to;
    ++to;
  }
  return result;
}

}  // namespace

// Does the page of 2^page_shift bytes that holds `address` have a page of a virtual interrupt file (3.1.3.6)?
bool Iommu::HasMsiPage(const DeviceContext& context, std::uint64_t address, int page_shift) {
  if (Field(context.msiptp, 63, 60) == 0) return false;
  const std::uint64_t any = context.msi_addr_mask | (page_shift > 12 ? Bits(page_shift - 13, 0) : 0);
  return ((address >> 12 ^ context.msi_addr_pattern) & Bits(51, 0) & ~any) == 0;
}

// Steps 5 to 16 of section 3.3.3, for an address of a virtual interrupt file.
void Iommu::TranslateMsi(Walk& walk, std::uint64_t address, Leaf& leaf) const {
  const DeviceContext& context = walk.context;
  const std::uint64_t file = Extract(address >> 12 & Bits(51, 0), context.msi_addr_mask);
  const std::uint64_t entry = Field(context.msiptp, 43, 0) * kPageBytes | file * 16;
  std::array<std::uint64_t, 2> msipte{};
  const LineStatus status = ReadTable(walk, entry, msipte.data(), sizeof msipte, 8, settings_.big_endian);
  if (walk.stopped()) return;
  if (status == LineStatus::kPoison) return walk.Stop(Cause::kMsiPtDataCorruption);
  if (status != LineStatus::kOk) return walk.Stop(Cause::kMsiPteLoadAccessFault);
  if ((msipte[0] & kValid) == 0) return walk.Stop(Cause::kMsiPteNotValid);
  // C is custom use: there is none here.
  const std::uint64_t mode = Field(msipte[0], 2, 1);
  const bool mrif = mode == kMrifMode;
  if ((msipte[0] & kCustom) != 0 || (!mrif && mode != kBasicMode)) return walk.Stop(Cause::kMsiPteMisconfigured);
  if (mrif && Capability(capabilities::MsiMrif::kMask) == 0) return walk.Stop(Cause::kMsiPteMisconfigured);
  // Basic mode: the second doubleword is software's.
  const std::uint64_t reserved =
      mrif ? (msipte[0] & (Bits(62, 54) | Bits(6, 3))) | (msipte[1] & (Bits(63, 61) | Bits(59, 54)))
           : msipte[0] & (Bits(62, 54) | Bits(9, 3));
  if (reserved != 0) return walk.Stop(Cause::kMsiPteMisconfigured);
  // "equivalent to that of a regular RISC-V second-stage PTE with R=W=U=1 and X=0".
  if (walk.request.op == Op::kRead && walk.request.exec && !IsTranslationRequest(walk.request))
    return walk.Stop(Cause::kInstructionAccessFault);
  leaf = Leaf{.address = Field(msipte[0], 53, 10) << 12 | address % kPageBytes, .page_shift = 12, .executable = false};
  walk.result.msi = true;
  if (!mrif) return;
  MemoryResidentFile file_of_msi;
  file_of_msi.address = Field(msipte[0], 53, 7) * 512;
  file_of_msi.notice_address = Field(msipte[1], 53, 10) << 12;
  file_of_msi.notice_data = static_cast<std::uint32_t>(Field(msipte[1], 60, 60) << 10 | Field(msipte[1], 9, 0));
  file_of_msi.silent = (context.tc & kTcDisableTranslationFault) != 0;
  walk.result.mrif = file_of_msi;
  leaf.address = file_of_msi.address;
}

}  // namespace tarn::iommu
