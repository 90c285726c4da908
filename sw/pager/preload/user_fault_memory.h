// This process's own pages through userfaultfd. Used by one thread, which is not one that waits for pages.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <span>
#include <vector>

#include "models/common/result.h"
#include "sw/pager/page_memory.h"

namespace tarn::pager::preload {

struct FaultEvent {
  enum class Kind : std::uint8_t { kMissing, kGuarded };
  Kind kind{};
  PageNumber page = 0;
  bool write = false;
  pid_t thread = 0;  // that waits
};

class UserFaultMemory : public PageMemory {
 public:
  Status Open();
  Status Register(std::uintptr_t begin, std::size_t size_bytes);
  int descriptor() const { return descriptor_; }
  // What waits now, up to the vector's capacity; empty: nothing.
  void TakeEvents(std::vector<FaultEvent>& events);

  std::uint32_t Place(PageNumber first, std::uint32_t count, const Page* contents, bool protect) override;
  bool Protect(PageNumber first, std::uint32_t count, bool protect) override;
  void Read(PageNumber page, Page& content) override;
  bool Drop(std::span<const PageNumber> pages) override;
  void Wake(PageNumber first, std::uint32_t count) override;
  void Poison(PageNumber page) override;

 private:
  bool DropRuns(std::span<const iovec> runs);

  int descriptor_ = -1;
  int process_ = -1;  // this process, for advice about many ranges at once; -1: the kernel has no such thing
};

}  // namespace tarn::pager::preload
