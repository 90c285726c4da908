// A memory of so many frames under one replacement policy, as a study sees it: pages come, and hit or miss.
#pragma once

#include <cstdint>

namespace tarn::policy {

// Pages are numbered from 0 without holes, in the order of their first access.
using PageId = std::uint32_t;

class PageCache {
 public:
  virtual ~PageCache() = default;
  // One access to page; it is resident afterwards. Returns whether it was before.
  virtual bool Access(PageId page) = 0;
};

}  // namespace tarn::policy
