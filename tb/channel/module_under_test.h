// A module that answers on the channel's pins in the place of its golden module. The golden module runs beside it, gets
// the same commands and judges it: data must be the same, in the same clocks.
#pragma once

#include <cstdint>

#include "models/channel/dfi_protocol.h"

namespace tarn::tb {

class ModuleUnderTest {
 public:
  struct Outputs {
    DfiReadData data;
    DfiReady ready;
  };

  virtual ~ModuleUnderTest() = default;
  // Each clock: what it drives; then what it sees.
  virtual Outputs Drive() = 0;
  virtual void Sample(const DfiCommand& command, const DfiWriteData& data) = 0;
  // Each clock, after Drive: what the golden module drives, and its open banks before this clock's command.
  virtual void Judged(const DfiReadData& /*golden*/, std::uint64_t /*open_banks*/) {}
};

}  // namespace tarn::tb
