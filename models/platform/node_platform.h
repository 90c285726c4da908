// What every platform made of the golden models shares: ports with accesses in flight, registers, time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/node/node.h"
#include "models/node/node_timing.h"
#include "models/platform/answer_queue.h"
#include "sw/hal/factory.h"
#include "sw/hal/platform.h"

namespace tarn::platform {

// An access takes effect when it is submitted, and is answered in the cycle that the timing part gives, but not before
// its change notices are taken. While a notice waits no access is taken, and a register write waits for it.
class NodePlatform : public hal::Platform {
 public:
  // slot_memory: the pool's DRAM; null: one of its own.
  NodePlatform(const hal::PlatformOptions& options, const bulk::BulkConfig& bulk, std::string bulk_description,
               std::shared_ptr<SlotMemory> slot_memory = nullptr);

  const hal::NodeParameters& parameters() const override { return parameters_; }
  std::string bulk_description() const override { return bulk_description_; }
  std::string check_description() const override;
  std::vector<hal::PlatformCounter> counters() const override;
  bool TrySubmit(HostId host, const hal::Access& access) override;
  bool PopCompletion(HostId host, hal::Completion& completion) override {
    return queues_[host.value()].Pop(cycle_, completion);
  }
  void Advance() override;
  std::uint64_t cycle() const override { return cycle_; }
  Result<std::uint32_t> ReadRegister(hal::Aperture aperture, std::uint32_t offset) override;
  Status WriteRegister(hal::Aperture aperture, std::uint32_t offset, std::uint32_t value) override;
  std::uint32_t Interrupts(hal::Aperture aperture) const override;
  Status Health() const override { return {}; }
  void set_probe_listener(ProbeListener listener) override;
  void set_change_listener(ChangeListener listener) override;

  node::Node& node() { return node_; }

 protected:
  // Performs the access: the answer, and the cycle in which it comes.
  virtual void Perform(HostId host, const DeviceRequest& request, LineResponse& response, std::uint64_t& answer_cycle);
  virtual RegisterResponse AccessRegister(hal::Aperture aperture, bool write, std::uint32_t offset,
                                          std::uint32_t value);

  node::NodeTiming& timing() { return timing_; }
  // Time passes until then, if it has not yet.
  void PassUntil(std::uint64_t cycle) { cycle_ = std::max(cycle_, cycle); }

 private:
  // An answer that waits for change notices.
  struct Held {
    std::uint32_t host = 0;
    hal::Completion completion;
  };

  bool NoticesTaken() { return notices_.empty() || OfferNotices(); }
  bool OfferNotices();

  node::Node node_;
  node::NodeTiming timing_;
  std::string bulk_description_;
  hal::NodeParameters parameters_;
  std::vector<AnswerQueue> queues_;  // by host
  std::uint64_t cycle_ = 0;
  ChangeListener change_listener_;
  std::deque<pool::ChangeNotice> notices_;  // not taken yet: of one access, or of one register write
  std::optional<Held> held_;
  DeviceRequest request_;  // of the access under way
  LineResponse response_;
};

}  // namespace tarn::platform
