// Pages by LPN, as the functional pool uses a bulk device. BulkStore is one; tests put faults in between.
#pragma once

#include <cstdint>

#include "models/bulk/bulk_protocol.h"
#include "models/common/sparse_memory.h"
#include "models/common/units.h"

namespace tarn::bulk {

class PageDevice {
 public:
  virtual ~PageDevice() = default;

  // kOk; kPoison (the whole page is known lost; page is zero); kError or kOffline (page has no meaning).
  // poison: bit i says that line i's content is known lost; a device keeps it with the page.
  virtual BulkStatus Read(LogicalPage lpn, Page& page, std::uint64_t& poison) = 0;
  // kOk, kError or kOffline; content is unchanged but for kOk.
  virtual BulkStatus Write(LogicalPage lpn, const Page& page, std::uint64_t poison) = 0;
  virtual BulkStatus Trim(LogicalPage lpn) = 0;
  virtual BulkStatus Flush() = 0;
  // The content without any effect; returns its poison marks.
  virtual std::uint64_t Peek(LogicalPage lpn, Page& page) const = 0;
};

}  // namespace tarn::bulk
