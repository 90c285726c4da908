#include "models/pool/pool_hotness.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "models/pool/pool_hotness_registers.h"

namespace tarn::pool {

namespace reg = pool_hotness_registers;

// What time would do, a write of `control` does.
class PoolHotness::Registers : public RegisterBus {
 public:
  explicit Registers(PoolHotness& owner) : owner_(owner) {}
  RegisterResponse Read(std::uint32_t addr) override { return owner_.hotness_.registers().Read(addr); }
  RegisterResponse Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) override {
    const RegisterResponse response = owner_.hotness_.registers().Write(addr, data, strobe);
    if (addr == reg::control::kOffset && (strobe & 1) != 0) owner_.OnControl(data);
    return response;
  }

 private:
  PoolHotness& owner_;
};

PoolHotness::PoolHotness(Pool& pool)
    : pool_(pool),
      hotness_({.slots = pool.config().num_slots, .segment_pages = pool.config().segment_bytes / kPageBytes}),
      registers_(std::make_unique<Registers>(*this)) {}

PoolHotness::~PoolHotness() = default;

RegisterBus& PoolHotness::registers() { return *registers_; }

void PoolHotness::OnControl(std::uint32_t control) {
  if (hotness_.start_pending()) return Start();
  if (!hotness_.active()) {
    pool_.set_monitor({});
    pool_.set_cold_source({});
  } else if ((control & reg::control::EndEpoch::kMask) != 0) {
    EndEpoch();
  }
}

// While nobody listens, nothing is followed: it is caught up with now.
void PoolHotness::Start() {
  for (SlotIndex slot = 0; slot < pool_.config().num_slots; ++slot) {
    if (const std::optional<PoolProbe> kept = pool_.DescribeSlot(slot)) {
      hotness_.OnProbe(*kept);
    } else {
      hotness_.OnProbe({.kind = ProbeEvent::kReleased, .slot = slot});
    }
  }
  cold_.clear();
  pool_.set_monitor([this](const PoolProbe& event) { OnProbe(event); });
  pool_.set_cold_source([this] { return NextCold(); });
  [[maybe_unused]] const Status started = hotness_.Start();
  assert(started.ok());
}

void PoolHotness::EndEpoch() {
  [[maybe_unused]] const Status ended = hotness_.EndEpoch([this](SlotIndex slot) { cold_.push_back(slot); });
  assert(ended.ok());
}

void PoolHotness::OnFirstMark() {
  const std::uint32_t control = hotness_.registers().Read(reg::control::kOffset).rdata;
  if (hotness_.active() && reg::control::FirstMark::Get(control) != 0) EndEpoch();
}

void PoolHotness::OnProbe(const PoolProbe& event) {
  if (hotness_.OnProbe(event)) hotness_.ListReached();
  if (event.kind != ProbeEvent::kMiss && event.kind != ProbeEvent::kPrefetch && event.kind != ProbeEvent::kMarkCold &&
      !cold_.empty()) {
    std::erase(cold_, event.slot);
  }
}

SlotIndex PoolHotness::NextCold() {
  if (cold_.empty()) return kNoSlot;
  const SlotIndex slot = cold_.front();
  cold_.pop_front();
  return slot;
}

}  // namespace tarn::pool
