// The pool's registers, management and per host, over its functional model (rtl/pool/registers.md).
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "models/common/register_bus.h"
#include "models/pool/pool.h"
#include "models/pool/pool_host_register_file.h"
#include "models/pool/pool_hotness.h"
#include "models/pool/pool_optimum.h"
#include "models/pool/pool_register_file.h"

namespace tarn::pool {

// Commands are done when the write that starts them returns; nothing is ever busy.
class PoolControl {
 public:
  // The pool must live as long.
  explicit PoolControl(Pool& pool);

  RegisterBus& management() { return management_; }
  RegisterBus& host(HostId host) { return *hosts_[host.value()].registers; }
  PoolHotness& hotness() { return hotness_; }
  const PoolHotness& hotness() const { return hotness_; }

  // Requests are served; else each is answered with an access error.
  bool enabled() const { return enabled_; }
  // No new request is taken.
  bool quiesced() const { return quiesced_; }
  // Tells events about an access that was answered with this status.
  void OnAnswer(HostId host, LineStatus status, bool paged);

  bool irq() const;
  bool host_irq(HostId host) const;

 private:
  struct Host {
    std::unique_ptr<PoolHostRegisterFile> registers;
    bool release_failed = false;
    std::uint16_t hints = 0;
  };

  void ConnectManagement();
  void ConnectMap();
  void ConnectEvents();
  void OnSegment(Pool::SegmentEvent event, std::uint32_t host, std::uint32_t segment);
  void ConnectHost(std::uint32_t host);
  void WriteControl(std::uint32_t control);
  void RunMapCommand(std::uint32_t command);
  void LoadMap();
  void ReadMap();
  bool CarryOut(std::uint32_t command, HostId host, std::uint32_t segment);
  bool BringIn(HostId host, std::uint32_t segment);
  bool Move(HostId host, std::uint32_t segment, bool to_fast);
  void TakeHint(std::uint32_t host, std::uint32_t hint);
  bool EngineFloorsFit() const;
  std::uint64_t Counter(std::uint32_t index) const;
  void Raise(std::uint64_t event_mask);
  void RaiseHost(std::uint32_t host, std::uint64_t event_mask);

  Pool& pool_;
  PoolRegisterFile management_;
  PoolHotness hotness_;
  PoolOptimum optimum_;
  std::vector<Host> hosts_;
  bool enabled_ = false;
  bool quiesced_ = false;
  bool flushed_ = false;
  bool flush_failed_ = false;
  bool map_failed_ = false;
  bool map_resident_ = false;
  bool map_pinned_ = false;
  SlotIndex map_slot_ = 0;
  Pool::PageStates map_states_;
  std::deque<std::uint32_t> segment_events_;  // as segment_event shows them
  std::uint32_t segment_events_lost_ = 0;
  std::uint32_t pages_corrupt_ = 0;
  std::uint64_t promotions_ = 0;
  std::uint64_t demotions_ = 0;
  std::uint64_t corrupt_page_ = 0;  // as the register shows it
};

}  // namespace tarn::pool
