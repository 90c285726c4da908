// What a host must read: a flat byte map of its window, fed by the host's own traffic alone.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/common/line.h"
#include "sw/replay/content.h"

namespace tarn::replay {

class ExpectedMemory {
 public:
  // pages: of the window; lpn_base: the logical page of the window's first.
  ExpectedMemory(const Content& content, std::uint64_t pages, LogicalPage lpn_base)
      : content_(content), lpn_base_(lpn_base), pages_(pages) {}

  // window_offset: bytes, inside the window; the line that holds it.
  Line& At(std::uint64_t window_offset) {
    std::unique_ptr<Page>& page = pages_[window_offset / kPageBytes];
    if (page == nullptr) page = Fill(window_offset / kPageBytes);
    return page->lines[window_offset % kPageBytes / kLineBytes];
  }

 private:
  struct Page {
    Line lines[kLinesPerPage];
  };

  std::unique_ptr<Page> Fill(std::uint64_t page_number) const {
    auto page = std::make_unique<Page>();
    static_assert(sizeof(Page) == kPageBytes);
    content_.FillInitialPage(LogicalPage(lpn_base_.value() + page_number),
                             std::span<std::uint8_t, kPageBytes>(page->lines[0].data(), kPageBytes));
    return page;
  }

  const Content& content_;
  LogicalPage lpn_base_;
  std::vector<std::unique_ptr<Page>> pages_;
};

}  // namespace tarn::replay
