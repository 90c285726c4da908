// Pages by LPN, as the functional pool uses a bulk device. BulkStore is one; tests put faults in between.
#pragma once

#include "models/bulk/bulk_protocol.h"
#include "models/common/sparse_memory.h"
#include "models/common/units.h"

namespace tarn::bulk {

class PageDevice {
 public:
  virtual ~PageDevice() = default;

  // kOk; kPoison (content known lost, page is zero); kError or kOffline (page has no meaning).
  virtual BulkStatus Read(LogicalPage lpn, Page& page) = 0;
  // kOk, kError or kOffline; content is unchanged but for kOk.
  virtual BulkStatus Write(LogicalPage lpn, const Page& page) = 0;
  virtual BulkStatus Trim(LogicalPage lpn) = 0;
  virtual BulkStatus Flush() = 0;
  // The content without any effect, poison ignored.
  virtual void Peek(LogicalPage lpn, Page& page) const = 0;
};

}  // namespace tarn::bulk
