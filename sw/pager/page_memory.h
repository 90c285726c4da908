// The pages of a program's address space as the pager works on them: the seam to the kernel (userfaultfd), and to
// tests.
#pragma once

#include <cstdint>
#include <span>

#include "models/common/sparse_memory.h"

namespace tarn::pager {

using PageNumber = std::uint64_t;  // address / 4096

class PageMemory {
 public:
  virtual ~PageMemory() = default;

  // Missing pages first .. first + count - 1 get their contents, in order, and who waits for them goes on. protect: the
  // first write to each is reported. Returns how many were placed: it stops at one that is there already.
  virtual std::uint32_t Place(PageNumber first, std::uint32_t count, const Page* contents, bool protect) = 0;
  // Writes to pages that are there are reported from now on (and none is under way when it returns), or no longer;
  // then who waits goes on. False: they are not the program's any more.
  virtual bool Protect(PageNumber first, std::uint32_t count, bool protect) = 0;
  // REQUIRES: the page is there.
  virtual void Read(PageNumber page, Page& content) = 0;
  // The pages, in ascending order, are missing from now on. False: some may still be there.
  virtual bool Drop(std::span<const PageNumber> pages) = 0;
  // Who waits for these pages tries again.
  virtual void Wake(PageNumber first, std::uint32_t count) = 0;
  // Whoever touches the missing page gets SIGBUS.
  virtual void Poison(PageNumber page) = 0;
};

}  // namespace tarn::pager
