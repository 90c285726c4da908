// State of one translation as it goes through the steps of section 3.3. Private to the model.
#pragma once

#include <optional>

#include "models/iommu/iommu.h"

namespace tarn::iommu {

struct Iommu::Walk {
  const DeviceRequest& request;
  Translation& result;
  HostMemory& memory;
  std::uint64_t table_reads = 0;
  DeviceContext context = {};
  bool context_found = false;
  std::optional<Cause> cause = std::nullopt;  // the fault that stopped it
  // A memory under the tables was not able to answer now: the request ends with this status, without a fault.
  std::optional<LineStatus> refused = std::nullopt;

  bool stopped() const { return cause.has_value() || refused.has_value(); }
  void Stop(Cause why) { cause = why; }
};

struct Iommu::CachedTranslation {
  bool valid = false;
  std::uint32_t device_id = 0;
  std::uint64_t page = 0;
  HostPhysAddr address{};  // of the 4 KiB page
  std::uint8_t page_shift = 12;
  bool readable = false, writable = false, executable = false;
};

inline bool IsWrite(const DeviceRequest& request) { return request.op != Op::kRead; }

// The causes whose number depends on the access: instruction, read, write.
inline Cause PageFault(const DeviceRequest& request) {
  if (IsWrite(request)) return Cause::kWritePageFault;
  return request.exec ? Cause::kInstructionPageFault : Cause::kReadPageFault;
}
inline Cause AccessFault(const DeviceRequest& request) {
  if (IsWrite(request)) return Cause::kWriteAccessFault;
  return request.exec ? Cause::kInstructionAccessFault : Cause::kReadAccessFault;
}

}  // namespace tarn::iommu
