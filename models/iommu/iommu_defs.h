// Encodings of the RISC-V IOMMU Architecture 1.0 that tests, drivers and the model share.
#pragma once

#include <cstdint>

namespace tarn::iommu {

// capabilities.IGS (section 6.3).
enum class Igs : std::uint8_t { kMsi = 0, kWsi = 1, kBoth = 2 };

// ddtp.iommu_mode (section 6.5).
enum class Mode : std::uint8_t { kOff = 0, kBare = 1, kOneLevel = 2, kTwoLevel = 3, kThreeLevel = 4 };

// iosatp.MODE (section 3.1.3).
enum class FirstStage : std::uint8_t { kBare = 0, kSv39 = 8, kSv48 = 9, kSv57 = 10 };

// Fault record CAUSE (table "Fault record CAUSE field encodings", section 4.2).
enum class Cause : std::uint16_t {
  kInstructionAccessFault = 1,
  kReadAddressMisaligned = 4,
  kReadAccessFault = 5,
  kWriteAddressMisaligned = 6,
  kWriteAccessFault = 7,
  kInstructionPageFault = 12,
  kReadPageFault = 13,
  kWritePageFault = 15,
  kInstructionGuestPageFault = 20,
  kReadGuestPageFault = 21,
  kWriteGuestPageFault = 23,
  kAllInboundDisallowed = 256,
  kDdtEntryLoadAccessFault = 257,
  kDdtEntryNotValid = 258,
  kDdtEntryMisconfigured = 259,
  kTransactionTypeDisallowed = 260,
  kMsiPteLoadAccessFault = 261,
  kMsiPteNotValid = 262,
  kMsiPteMisconfigured = 263,
  kMrifAccessFault = 264,
  kPdtEntryLoadAccessFault = 265,
  kPdtEntryNotValid = 266,
  kPdtEntryMisconfigured = 267,
  kDdtDataCorruption = 268,
  kPdtDataCorruption = 269,
  kMsiPtDataCorruption = 270,
  kMrifDataCorruption = 271,
  kInternalDataPathError = 272,
  kMsiWriteAccessFault = 273,
  kPageTableDataCorruption = 274,
};

// Fault record TTYP (same section).
enum class TransactionType : std::uint8_t {
  kNone = 0,
  kUntranslatedExecute = 1,
  kUntranslatedRead = 2,
  kUntranslatedWrite = 3,
  kTranslatedExecute = 5,
  kTranslatedRead = 6,
  kTranslatedWrite = 7,
  kAtsRequest = 8,
  kMessage = 9,
};

// Interrupt sources, numbered as the bits of ipsr and the fields of icvec (sections 6.18 and 6.26).
enum class InterruptSource : std::uint8_t {
  kCommandQueue = 0,
  kFaultQueue = 1,
  kPerformance = 2,
  kPageRequestQueue = 3
};

// Commands (section 4.1): opcode in bits 6:0, func3 in bits 9:7 of the first doubleword.
enum class Opcode : std::uint8_t { kInvalidateTranslations = 1, kFence = 2, kInvalidateDirectory = 3, kAts = 4 };

// DeviceMessage::kind: PCIe's messages of PRI and ATS.
enum class MessageKind : std::uint8_t {
  kPageRequest = 0,
  kInvalidationCompletion = 1,
  kGroupResponse = 2,
  kInvalidationRequest = 3
};

// Response code of a "Page Request Group Response".
enum class PageResponse : std::uint8_t { kSuccess = 0, kInvalidRequest = 1, kFailure = 15 };

// A device context in base format (section 3.1): four doublewords.
inline constexpr std::uint32_t kDeviceContextBytes = 32;

}  // namespace tarn::iommu
