// Locating and checking the device context: sections 3.1.4 and 3.3.1.
#include <array>
#include <optional>

#include "models/iommu/bit_fields.h"
#include "models/iommu/iommu_registers.h"
#include "models/iommu/walk.h"

namespace tarn::iommu {
namespace {

namespace capabilities = iommu_registers::capabilities;

constexpr std::uint64_t kTcReserved = Bits(63, 32) | Bits(23, 12);  // 31:24 are custom
constexpr std::uint64_t kTaReserved = Bits(39, 32) | Bits(11, 0);
constexpr std::uint64_t kTaQos = Bits(63, 40);  // RCID, MCID: reserved without capabilities.QOSID
constexpr std::uint64_t kFscReserved = Bits(59, 44);
constexpr std::uint64_t kNonLeafReserved = Bits(63, 54) | Bits(9, 1);

// Section 3.3, steps 3 and 4: the bits of device_id that are DDI[0], DDI[1] and DDI[2].
std::uint64_t DirectoryIndex(std::uint32_t device_id, int level, bool extended) {
  constexpr std::array<std::array<int, 2>, 3> kBase = {{{6, 0}, {15, 7}, {23, 16}}};
  constexpr std::array<std::array<int, 2>, 3> kExtended = {{{5, 0}, {14, 6}, {23, 15}}};
  const auto& bits = (extended ? kExtended : kBase)[static_cast<std::size_t>(level)];
  return Field(device_id, bits[0], bits[1]);
}

std::optional<Cause> DirectoryReadFault(LineStatus status) {
  if (status == LineStatus::kOk) return std::nullopt;
  return status == LineStatus::kPoison ? Cause::kDdtDataCorruption : Cause::kDdtEntryLoadAccessFault;
}

}  // namespace

// Section 3.3, step 5.
bool Iommu::DeviceIsWiderThan(Mode mode, std::uint32_t device_id) const {
  const bool extended = Capability(capabilities::MsiFlat::kMask) != 0;
  if (mode == Mode::kOneLevel && DirectoryIndex(device_id, 1, extended) != 0) return true;
  return (mode == Mode::kOneLevel || mode == Mode::kTwoLevel) && DirectoryIndex(device_id, 2, extended) != 0;
}

// Section 3.3, steps 3 to 6, and section 3.3.1. False: the walk stopped.
bool Iommu::LocateDeviceContext(Walk& walk) const {
  const Mode mode = settings_.mode;
  const int levels = mode == Mode::kThreeLevel ? 3 : mode == Mode::kTwoLevel ? 2 : 1;
  const bool extended = Capability(capabilities::MsiFlat::kMask) != 0;
  const bool big_endian = settings_.big_endian;
  const std::uint32_t device_id = walk.request.device_id;
  const auto stop = [&walk](Cause cause) {
    walk.Stop(cause);
    return false;
  };
  if (DeviceIsWiderThan(mode, device_id)) return stop(Cause::kTransactionTypeDisallowed);
  walk.Happened(Event::kDeviceDirectoryWalk);
  // 1. "Let a be ddtp.PPN x 2^12 and let i = LEVELS - 1."
  std::uint64_t a = settings_.directory;
  for (int i = levels - 1; i > 0; --i) {
    // 3. "Let ddte be the value of the eight bytes at address a + DDI[i] x 8."
    std::uint64_t ddte = 0;
    const LineStatus status = ReadTable(walk, a + DirectoryIndex(device_id, i, extended) * 8, &ddte, 8, 8, big_endian);
    if (walk.stopped()) return false;
    // 3, 4. Access fault, data corruption.
    if (const std::optional<Cause> cause = DirectoryReadFault(status)) return stop(*cause);
    // 5. "If ddte.V == 0, stop and report 'DDT entry not valid'".
    if ((ddte & kTcValid) == 0) return stop(Cause::kDdtEntryNotValid);
    // 6. "If any bits or encoding that are reserved … are set within ddte, stop and report 'DDT entry misconfigured'".
    if ((ddte & kNonLeafReserved) != 0) return stop(Cause::kDdtEntryMisconfigured);
    // 7. "Let i = i - 1 and let a = ddte.PPN x 2^12."
    a = Field(ddte, 53, 10) * kPageBytes;
  }
  // 8. "Let DC be the value of DC_SIZE bytes at address a + DDI[0] * DC_SIZE."
  DeviceContext context;
  const std::size_t size_bytes = extended ? 64 : kDeviceContextBytes;
  const LineStatus status =
      ReadTable(walk, a + DirectoryIndex(device_id, 0, extended) * size_bytes, &context, size_bytes, 8, big_endian);
  if (walk.stopped()) return false;
  if (const std::optional<Cause> cause = DirectoryReadFault(status)) return stop(*cause);
  // 9. "If DC.tc.V == 0, stop and report 'DDT entry not valid'".
  if ((context.tc & kTcValid) == 0) return stop(Cause::kDdtEntryNotValid);
  // 10. Section 3.1.4.
  if (DeviceContextIsMisconfigured(context)) return stop(Cause::kDdtEntryMisconfigured);
  walk.context = context;
  walk.context_found = true;
  return true;
}

// Tables 3.1.3.3: what a first stage's MODE may be, by SXL.
bool Iommu::FirstStageIsSupported(std::uint64_t mode, bool short_addresses) const {
  if (mode == 0) return true;
  if (short_addresses) return mode == 8 && Capability(capabilities::Sv32::kMask) != 0;
  return (mode == 8 && Capability(capabilities::Sv39::kMask) != 0) ||
         (mode == 9 && Capability(capabilities::Sv48::kMask) != 0) ||
         (mode == 10 && Capability(capabilities::Sv57::kMask) != 0);
}

// Tables 3.1.3.2: what iohgatp.MODE may be, by fctl.GXL.
bool Iommu::SecondStageIsSupported(std::uint64_t mode) const {
  if (mode == 0) return true;
  if (settings_.gxl) {
    return mode == 8 && Capability(capabilities::Sv32x4::kMask) != 0;
  }
  return (mode == 8 && Capability(capabilities::Sv39x4::kMask) != 0) ||
         (mode == 9 && Capability(capabilities::Sv48x4::kMask) != 0) ||
         (mode == 10 && Capability(capabilities::Sv57x4::kMask) != 0);
}

// Section 3.1.3.6: "bits [51 : MGPAW - 12] are reserved".
std::uint64_t Iommu::ReservedOfMsiPages() const {
  int width = static_cast<int>(Capability(capabilities::Pas::kMask) >> capabilities::Pas::kShift);
  if (Capability(capabilities::Sv57x4::kMask) != 0) {
    width = 59;
  } else if (Capability(capabilities::Sv48x4::kMask) != 0) {
    width = 50;
  } else if (Capability(capabilities::Sv39x4::kMask) != 0) {
    width = 41;
  } else if (Capability(capabilities::Sv32x4::kMask) != 0) {
    width = 34;
  }
  return Bits(63, width - 12);
}

bool Iommu::MsiFieldsAreMisconfigured(const DeviceContext& context) const {
  if (Capability(capabilities::MsiFlat::kMask) == 0) return false;
  const std::uint64_t mode = Field(context.msiptp, 63, 60);
  if (mode > 1 || (context.msiptp & Bits(59, 44)) != 0 || context.reserved != 0) return true;
  if (((context.msi_addr_mask | context.msi_addr_pattern) & ReservedOfMsiPages()) != 0) return true;
  // "When DC.iohgatp.MODE is Bare, DC.msiptp.MODE must be set to Off by software. All other settings are reserved."
  return mode != 0 && Field(context.iohgatp, 63, 60) == 0;
}

// Section 3.1.4, its list in its order.
bool Iommu::DeviceContextIsMisconfigured(const DeviceContext& context) const {
  const std::uint64_t tc = context.tc;
  const auto set = [tc](std::uint64_t bits) { return (tc & bits) != 0; };
  // "If any bits or encodings that are reserved for future standard use are set." With PDTV the PSCID is ignored.
  if (set(kTcReserved) || (context.ta & kTaReserved) != 0 || (context.fsc & kFscReserved) != 0) return true;
  if (Capability(capabilities::Qosid::kMask) == 0 && (context.ta & kTaQos) != 0) return true;
  // ATS, PRI, T2GPA.
  if (Capability(capabilities::Ats::kMask) == 0 && set(kTcEnableAts | kTcEnablePri | kTcPrpr)) return true;
  if (!set(kTcEnableAts) && set(kTcT2gpa | kTcEnablePri)) return true;
  if (!set(kTcEnablePri) && set(kTcPrpr)) return true;
  const std::uint64_t second_stage = Field(context.iohgatp, 63, 60);
  if (set(kTcT2gpa) && (Capability(capabilities::T2gpa::kMask) == 0 || second_stage == 0)) return true;
  // First stage: pdtp.MODE or iosatp.MODE.
  const std::uint64_t first_stage = Field(context.fsc, 63, 60);
  if (set(kTcProcessDirectory)) {
    const std::array<std::uint64_t, 4> supported = {1, Capability(capabilities::Pd8::kMask),
                                                    Capability(capabilities::Pd17::kMask),
                                                    Capability(capabilities::Pd20::kMask)};
    if (first_stage >= supported.size() || supported[first_stage] == 0) return true;
  } else if (!FirstStageIsSupported(first_stage, set(kTcShortAddresses)) || set(kTcDefaultProcess)) {
    return true;
  }
  // Second stage: Bare, or what the capabilities say; a root of 16 KiB.
  if (!SecondStageIsSupported(second_stage) || (second_stage != 0 && (context.iohgatp & 3) != 0)) return true;
  if (MsiFieldsAreMisconfigured(context)) return true;
  // "capabilities.AMO_HWAD is 0 and DC.tc.SADE or DC.tc.GADE is 1."
  if (Capability(capabilities::AmoHwad::kMask) == 0 && set(kTcSade | kTcGade)) return true;
  // SBE: what fctl.BE may be. SXL: 1 where GXL is 1, else what GXL may be.
  if (set(kTcBigEndian) && Capability(capabilities::BothEndian::kMask) == 0) return true;
  if (settings_.gxl) return !set(kTcShortAddresses);
  return set(kTcShortAddresses) && Capability(capabilities::Sv32x4::kMask) == 0;
}

}  // namespace tarn::iommu
