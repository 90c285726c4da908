// This process's own pages through userfaultfd. Used by one thread, which is not one that waits for pages.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/common/result.h"
#include "sw/pager/page_memory.h"

namespace tarn::pager::preload {

struct FaultEvent {
  enum class Kind : std::uint8_t { kMissing, kGuarded, kCopied };
  Kind kind{};
  PageNumber page = 0;
  std::uintptr_t address = 0;  // in that page, where the kernel tells it; else where it begins
  bool write = false;
  pid_t thread = 0;     // that waits
  int descriptor = -1;  // kCopied: for the pages of the copy of the process
};

class UserFaultMemory : public PageMemory {
 public:
  UserFaultMemory() = default;
  // The pages of another process, which is a copy of this one: to place, not to take.
  explicit UserFaultMemory(int descriptor) : descriptor_(descriptor) {}

  Status Open();
  // In a copy of the process, with the descriptor for its pages.
  void BeginAsCopy(int descriptor);
  bool reports_copies() const { return reports_copies_; }
  Status Register(std::uintptr_t begin, std::size_t size_bytes);
  int descriptor() const { return descriptor_; }
  // All that must stay open; -1: is not.
  std::array<int, 6> descriptors() const { return {descriptor_, process_, pipe_[0], pipe_[1], page_map_, contents_}; }
  // What waits now, up to the vector's capacity; empty: nothing.
  void TakeEvents(std::vector<FaultEvent>& events);

  std::uint32_t Place(PageNumber first, std::uint32_t count, const Page* contents, bool protect) override;
  void AllowWrites(PageNumber page) override;
  void ForbidWrites(PageNumber page) override { Protect(page, true); }
  bool Take(std::span<const PageNumber> pages, std::span<const PageNumber> kept, Page* contents) override;
  void Wake(PageNumber first, std::uint32_t count) override;
  void Poison(PageNumber page) override;
  void WakeAll();

 private:
  void OpenOthers();
  void OpenPipe();
  bool Protect(PageNumber page, bool protect);
  bool TakePart(std::span<const PageNumber> pages, std::span<const PageNumber> kept, Page* contents);
  bool AllThere(std::span<const PageNumber> pages) const;
  bool IsThere(const iovec& run) const;
  bool Hold(std::span<const PageNumber> pages);
  bool Fetch(std::size_t count, Page* contents);
  bool Copy(PageNumber page, Page& content);
  bool Drop(std::span<const PageNumber> pages);
  bool DropRuns(std::span<const iovec> runs);

  int descriptor_ = -1;
  bool reports_copies_ = false;
  std::array<int, 2> pipe_{-1, -1};  // holds pages that were unmapped; -1: cannot be had
  std::size_t pipe_pages_ = 0;
  int process_ = -1;   // this process, for advice about many ranges at once; -1: the kernel has no such thing
  int page_map_ = -1;  // what the kernel says of each page; -1: /proc is not there
  int contents_ = -1;  // of this process's memory, for who may not touch it; -1: the same
};

}  // namespace tarn::pager::preload
