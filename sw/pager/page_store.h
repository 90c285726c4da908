// Where pages are that are not resident: the seam to the node, and to tests.
#pragma once

#include <cstdint>

#include "models/common/result.h"
#include "models/common/sparse_memory.h"

namespace tarn::pager {

using StoreId = std::uint32_t;  // a page of the store
inline constexpr StoreId kNotStored = ~StoreId{0};

class PageStore {
 public:
  virtual ~PageStore() = default;

  // A page of the store that nobody else has.
  virtual Result<StoreId> Allocate() = 0;
  virtual void Free(StoreId id) = 0;
  // A copy of the process has this page as well: it is not to be written to.
  virtual bool IsShared(StoreId id) const = 0;
  // REQUIRES: it is not shared. What Read of this id returns from now on. The content is copied before it returns; an
  // error of the store may come later, with any other call.
  virtual Status Write(StoreId id, const Page& content) = 0;
  // What was written so far is on its way; else it may wait for more.
  virtual void Flush() = 0;
  // REQUIRES: it was written.
  virtual Status Read(StoreId id, Page& content) = 0;
  // Whether Read would return this content. REQUIRES: it was written.
  virtual Result<bool> Holds(StoreId id, const Page& content) = 0;
  // Whether to read a page is nothing beside a fault, so that a page may be compared to find out whether it was
  // written.
  virtual bool reads_cheaply() const = 0;
};

}  // namespace tarn::pager
