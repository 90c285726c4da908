// The pages of a program's address space as the pager works on them: the seam to the kernel (userfaultfd), and to
// tests.
#pragma once

#include <cstdint>
#include <span>

#include "models/common/sparse_memory.h"

namespace tarn::pager {

using PageNumber = std::uint64_t;  // address / 4096

struct PageRange {
  PageNumber first = 0;
  PageNumber count = 0;
  bool Holds(PageNumber page) const { return page - first < count; }
};

class PageMemory {
 public:
  virtual ~PageMemory() = default;

  // Missing pages first .. first + count - 1 get their contents, in order, and who waits for them goes on. protect: the
  // first write to each is reported. Returns how many were placed: it stops at one that is there already.
  virtual std::uint32_t Place(PageNumber first, std::uint32_t count, const Page* contents, bool protect) = 0;
  // Writes to a page are reported no longer; who waits goes on.
  virtual void AllowWrites(PageNumber page) = 0;
  // Who writes to a page waits, until the page is taken.
  virtual void ForbidWrites(PageNumber page) = 0;
  // The pages are missing from now on. contents[i]: what kept[i], one of them whose writes are not reported, held in
  // the moment when it went; zeros, if it was not the program's any more. Both are in ascending order. False: some
  // pages may still be there.
  virtual bool Take(std::span<const PageNumber> pages, std::span<const PageNumber> kept, Page* contents) = 0;
  // Who waits for these pages tries again.
  virtual void Wake(PageNumber first, std::uint32_t count) = 0;
  // Whoever touches the missing page gets SIGBUS.
  virtual void Poison(PageNumber page) = 0;
};

}  // namespace tarn::pager
