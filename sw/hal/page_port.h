// Page-sized transfers, for platforms that have them beside lines (`model`): a page at once, and its effect is there
// when the call returns. What software without it does line by line (sw/drivers/page_mover.h).
#pragma once

#include <cstdint>
#include <functional>

#include "models/common/line_protocol.h"
#include "models/common/sparse_memory.h"
#include "models/common/units.h"

namespace tarn::hal {

class PagePort {
 public:
  using InvalidateListener = std::function<void(HostId host, std::uint32_t window_page)>;
  virtual ~PagePort() = default;

  // As the accesses to the page's 64 lines would, in order; at the host's port, untranslated. address: a multiple of
  // 4096. Not kOk: some of them may have been done.
  virtual LineStatus MovePage(HostId host, bool write, HostPhysAddr address, Page& page) = 0;
  // The page's content in the memory of the node, for reading; null when it is not there, or cannot be reached so.
  // Valid until the listener names the page.
  virtual const std::uint8_t* DirectPage(HostId host, HostPhysAddr address) = 0;
  // Told before the page's content leaves its place, or may change in other ways than by MovePage. One at most.
  virtual void set_invalidate_listener(InvalidateListener listener) = 0;
};

}  // namespace tarn::hal
