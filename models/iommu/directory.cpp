// Locating and checking the device context: sections 3.1.4 and 3.3.1.
#include <array>
#include <optional>

#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace capabilities = iommu_registers::capabilities;
namespace ddtp = iommu_registers::ddtp;

constexpr std::uint64_t Bits(int high, int low) {
  return (~std::uint64_t{0} >> (63 - high)) & (~std::uint64_t{0} << low);
}
constexpr std::uint64_t Field(std::uint64_t word, int high, int low) { return (word & Bits(high, low)) >> low; }

// Translation control, section 3.1.3.
constexpr std::uint64_t kValid = 1 << 0;
constexpr std::uint64_t kEnableAts = 1 << 1;
constexpr std::uint64_t kEnablePri = 1 << 2;
constexpr std::uint64_t kT2gpa = 1 << 3;
constexpr std::uint64_t kProcessDirectory = 1 << 5;  // PDTV
constexpr std::uint64_t kPrpr = 1 << 6;
constexpr std::uint64_t kGade = 1 << 7;
constexpr std::uint64_t kSade = 1 << 8;
constexpr std::uint64_t kDefaultProcess = 1 << 9;   // DPE
constexpr std::uint64_t kBigEndian = 1 << 10;       // SBE
constexpr std::uint64_t kShortAddresses = 1 << 11;  // SXL

constexpr std::uint64_t kTcReserved = Bits(63, 32) | Bits(23, 12);  // 31:24 are custom
constexpr std::uint64_t kTaReserved = Bits(39, 32) | Bits(11, 0);
constexpr std::uint64_t kTaQos = Bits(63, 40);  // RCID, MCID: reserved without capabilities.QOSID
constexpr std::uint64_t kFscReserved = Bits(59, 44);
constexpr std::uint64_t kNonLeafReserved = Bits(63, 54) | Bits(9, 1);

// Base format, section 3.1: DDI[0] is device_id[6:0], DDI[1] device_id[15:7], DDI[2] device_id[23:16].
constexpr std::array<std::array<int, 2>, 3> kIndexBits = {{{6, 0}, {15, 7}, {23, 16}}};
std::uint64_t DirectoryIndex(std::uint32_t device_id, int level) {
  return Field(device_id, kIndexBits[static_cast<std::size_t>(level)][0],
               kIndexBits[static_cast<std::size_t>(level)][1]);
}

std::optional<Cause> DirectoryReadFault(LineStatus status) {
  if (status == LineStatus::kOk) return std::nullopt;
  return status == LineStatus::kPoison ? Cause::kDdtDataCorruption : Cause::kDdtEntryLoadAccessFault;
}

}  // namespace

// Section 3.3, steps 3 to 6, and section 3.3.1. False: the walk stopped.
bool Iommu::LocateDeviceContext(Walk& walk) const {
  const auto mode = static_cast<Mode>(registers_.Get<ddtp::IommuMode>(ddtp::kOffset));
  const int levels = mode == Mode::kThreeLevel ? 3 : mode == Mode::kTwoLevel ? 2 : 1;
  const std::uint32_t device_id = walk.request.device_id;
  // "If the device_id is wider than that supported by the IOMMU mode … stop and report 'Transaction type disallowed'".
  for (int level = levels; level < 3; ++level) {
    if (DirectoryIndex(device_id, level) != 0) {
      walk.Stop(Cause::kTransactionTypeDisallowed);
      return false;
    }
  }
  // 1. "Let a be ddtp.PPN x 2^12 and let i = LEVELS - 1."
  std::uint64_t a = registers_.Get<ddtp::Ppn>(ddtp::kOffset) * kPageBytes;
  for (int i = levels - 1; i > 0; --i) {
    // 3. "Let ddte be the value of the eight bytes at address a + DDI[i] x 8."
    std::uint64_t ddte = 0;
    const LineStatus status = ReadTable(walk, a + DirectoryIndex(device_id, i) * 8, &ddte, 8);
    if (walk.stopped()) return false;
    // 3, 4. Access fault, data corruption.
    if (const std::optional<Cause> cause = DirectoryReadFault(status)) {
      walk.Stop(*cause);
      return false;
    }
    // 5. "If ddte.V == 0, stop and report 'DDT entry not valid'".
    if ((ddte & kValid) == 0) {
      walk.Stop(Cause::kDdtEntryNotValid);
      return false;
    }
    // 6. "If any bits or encoding that are reserved … are set within ddte, stop and report 'DDT entry misconfigured'".
    if ((ddte & kNonLeafReserved) != 0) {
      walk.Stop(Cause::kDdtEntryMisconfigured);
      return false;
    }
    // 7. "Let i = i - 1 and let a = ddte.PPN x 2^12."
    a = Field(ddte, 53, 10) * kPageBytes;
  }
  // 8. "Let DC be the value of DC_SIZE bytes at address a + DDI[0] * DC_SIZE."
  std::array<std::uint64_t, 4> words{};
  const LineStatus status =
      ReadTable(walk, a + DirectoryIndex(device_id, 0) * kDeviceContextBytes, words.data(), kDeviceContextBytes);
  if (walk.stopped()) return false;
  if (const std::optional<Cause> cause = DirectoryReadFault(status)) {
    walk.Stop(*cause);
    return false;
  }
  const DeviceContext context{.tc = words[0], .iohgatp = words[1], .ta = words[2], .fsc = words[3]};
  // 9. "If DC.tc.V == 0, stop and report 'DDT entry not valid'".
  if ((context.tc & kValid) == 0) {
    walk.Stop(Cause::kDdtEntryNotValid);
    return false;
  }
  // 10. Section 3.1.4.
  if (DeviceContextIsMisconfigured(context)) {
    walk.Stop(Cause::kDdtEntryMisconfigured);
    return false;
  }
  walk.context = context;
  walk.context_found = true;
  return true;
}

// Section 3.1.4, its list in its order (base format; rules on the extended format do not apply).
bool Iommu::DeviceContextIsMisconfigured(const DeviceContext& context) const {
  const std::uint64_t tc = context.tc;
  const auto set = [tc](std::uint64_t bits) { return (tc & bits) != 0; };
  // "If any bits or encodings that are reserved for future standard use are set."
  if (set(kTcReserved) || (context.ta & kTaReserved) != 0 || (context.fsc & kFscReserved) != 0) return true;
  if (Capability(capabilities::Qosid::kMask) == 0 && (context.ta & kTaQos) != 0) return true;
  // ATS, PRI, T2GPA.
  if (Capability(capabilities::Ats::kMask) == 0 && set(kEnableAts | kEnablePri | kPrpr)) return true;
  if (!set(kEnableAts) && set(kT2gpa | kEnablePri)) return true;
  if (!set(kEnablePri) && set(kPrpr)) return true;
  const std::uint64_t second_stage = Field(context.iohgatp, 63, 60);
  if (set(kT2gpa) && (Capability(capabilities::T2gpa::kMask) == 0 || second_stage == 0)) return true;
  // First stage: pdtp.MODE or iosatp.MODE.
  const std::uint64_t first_stage = Field(context.fsc, 63, 60);
  if (set(kProcessDirectory)) {
    const std::array<std::uint64_t, 4> supported = {1, Capability(capabilities::Pd8::kMask),
                                                    Capability(capabilities::Pd17::kMask),
                                                    Capability(capabilities::Pd20::kMask)};
    if (first_stage >= supported.size() || supported[first_stage] == 0) return true;
  } else {
    const bool supported =
        first_stage == static_cast<std::uint64_t>(FirstStage::kBare) ||
        (first_stage == static_cast<std::uint64_t>(FirstStage::kSv39) && Capability(capabilities::Sv39::kMask) != 0) ||
        (first_stage == static_cast<std::uint64_t>(FirstStage::kSv48) && Capability(capabilities::Sv48::kMask) != 0) ||
        (first_stage == static_cast<std::uint64_t>(FirstStage::kSv57) && Capability(capabilities::Sv57::kMask) != 0);
    if (!supported || set(kDefaultProcess)) return true;
  }
  // Second stage: Bare, or what the capabilities say; a root of 16 KiB.
  const bool second_supported = second_stage == 0 ||
                                (second_stage == 8 && Capability(capabilities::Sv39x4::kMask) != 0) ||
                                (second_stage == 9 && Capability(capabilities::Sv48x4::kMask) != 0) ||
                                (second_stage == 10 && Capability(capabilities::Sv57x4::kMask) != 0);
  if (!second_supported || (second_stage != 0 && (context.iohgatp & 3) != 0)) return true;
  // "capabilities.AMO_HWAD is 0 and DC.tc.SADE or DC.tc.GADE is 1."
  if (Capability(capabilities::AmoHwad::kMask) == 0 && set(kSade | kGade)) return true;
  // fctl.BE and fctl.GXL are 0 and not writable: SBE and SXL must be 0.
  return set(kBigEndian | kShortAddresses);
}

}  // namespace tarn::iommu
