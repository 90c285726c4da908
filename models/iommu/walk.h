// State of one translation as it goes through the steps of section 3.3. Private to the model.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "models/iommu/iommu.h"

namespace tarn::iommu {

// A scheme of translation: one stage's page tables (privileged specification, "Sv32" to "Sv57x4").
struct PageTables {
  std::uint64_t root_ppn = 0;
  int levels = 0;        // 0: Bare
  int entry_bytes = 8;   // 4: Sv32, Sv32x4
  int address_bits = 0;  // of the addresses that it translates
  bool second = false;   // second stage: the root is four pages, addresses are zero-extended
  bool big_endian = false;
  bool updates_ad = false;  // SADE, GADE

  int index_bits() const { return entry_bytes == 4 ? 10 : 9; }
};

// What an access asks of a page.
struct AccessNeed {
  bool read = false, write = false, execute = false;
  bool supervisor = false;
  bool sum = false;
  // A translation request: what is missing is told in the completion, it is no fault (section 3.6).
  bool only_asks = false;
};

// Where a stage ended.
enum class StageEnd : std::uint8_t { kLeaf, kPageFault, kAccessFault, kDataCorruption, kStopped };

struct Leaf {
  std::uint64_t address = 0;  // translated
  int page_shift = 63;        // 63: Bare
  bool readable = true, writable = true, executable = true;
  bool global = false;
  std::uint8_t memory_type = 0;  // Svpbmt's
};

// What the performance monitor counts (table "Standard Events list").
enum class Event : std::uint8_t {
  kNone = 0,
  kUntranslatedRequest = 1,
  kTranslatedRequest = 2,
  kAtsTranslationRequest = 3,
  kTlbMiss = 4,
  kDeviceDirectoryWalk = 5,
  kProcessDirectoryWalk = 6,
  kFirstStageWalk = 7,
  kSecondStageWalk = 8,
};

struct Iommu::Walk {
  const DeviceRequest& request;
  Translation& result;
  HostMemory& memory;
  bool looks_only = false;  // writes nothing
  std::uint64_t table_reads = 0;
  DeviceContext context = {};
  bool context_found = false;
  bool supervisor = false;
  bool sum = false;
  std::optional<std::uint64_t> pscid = std::nullopt;  // of a first stage that is not Bare
  std::array<std::uint8_t, 16> events = {};           // how often each happened; event_id is legal up to 8
  PageTables first = {};
  PageTables second = {};
  std::optional<Cause> cause = std::nullopt;  // the fault that stopped it
  std::uint64_t iotval2 = 0;
  // A memory under the tables was not able to answer now: the request ends with this status, without a fault.
  std::optional<LineStatus> refused = std::nullopt;

  bool stopped() const { return cause.has_value() || refused.has_value(); }
  void Stop(Cause why) { cause = why; }
  void Happened(Event event) { ++events[static_cast<std::size_t>(event)]; }
};

struct Iommu::CachedTranslation {
  bool valid = false;
  std::uint32_t device_id = 0;
  std::uint64_t process = 0;  // process_valid, priv, process_id
  std::uint64_t page = 0;
  Translation translation;  // of the 4 KiB page
};

inline bool IsWrite(const DeviceRequest& request) { return request.op != Op::kRead; }
inline bool IsTranslationRequest(const DeviceRequest& request) {
  return request.at == AddressType::kTranslationRequest;
}

// The causes whose number depends on the access: instruction, read, write.
inline Cause ByAccess(const DeviceRequest& request, Cause instruction, Cause read, Cause write) {
  if (IsWrite(request)) return write;
  return request.exec ? instruction : read;
}
inline Cause PageFault(const DeviceRequest& request) {
  return ByAccess(request, Cause::kInstructionPageFault, Cause::kReadPageFault, Cause::kWritePageFault);
}
inline Cause AccessFault(const DeviceRequest& request) {
  return ByAccess(request, Cause::kInstructionAccessFault, Cause::kReadAccessFault, Cause::kWriteAccessFault);
}
inline Cause GuestPageFault(const DeviceRequest& request) {
  return ByAccess(request, Cause::kInstructionGuestPageFault, Cause::kReadGuestPageFault, Cause::kWriteGuestPageFault);
}

}  // namespace tarn::iommu
