// The hotness monitoring of the functional pool: its registers, over the golden model. No time passes: an epoch ends
// when software says so, or at the first mark.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "models/common/register_bus.h"
#include "models/pool/hotness.h"
#include "models/pool/pool.h"

namespace tarn::pool {

class PoolHotness {
 public:
  // The pool must live as long.
  explicit PoolHotness(Pool& pool);
  ~PoolHotness();

  RegisterBus& registers();
  bool irq() const { return hotness_.irq(); }
  // The slots in use passed the first mark.
  void OnFirstMark();

 private:
  class Registers;

  void OnControl(std::uint32_t control);
  void Start();
  void EndEpoch();
  void OnProbe(const PoolProbe& event);
  SlotIndex NextCold();

  Pool& pool_;
  Hotness hotness_;
  std::unique_ptr<Registers> registers_;
  std::deque<SlotIndex> cold_;  // found cold, and not accessed since; the oldest first
};

}  // namespace tarn::pool
