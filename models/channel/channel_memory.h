// The channel's functional model: what a request does to the memory, and its answer; no time passes. Written from
// the line protocol's description (rtl/common/line_protocol.json), for the `model` and `tlm` platforms.
#pragma once

#include <cstdint>

#include "models/common/line_protocol.h"
#include "models/common/slot_memory.h"

namespace tarn::channel {

class ChannelMemory : public SparseSlotMemory {
 public:
  // lines: size of the modules; a line beyond answers kAccessError.
  explicit ChannelMemory(std::uint64_t lines = std::uint64_t{1} << 34) : lines_(lines) {}

  // A read fills *data (kOk, or kPoison with what is there); a write leaves it alone.
  // REQUIRES: the op is a read, write or partial write.
  LineStatus Access(const SlotRequest& request, Line* data);

  std::uint64_t lines() const { return lines_; }

 private:
  std::uint64_t lines_;
};

}  // namespace tarn::channel
