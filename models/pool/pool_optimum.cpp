#include "models/pool/pool_optimum.h"

#include "models/pool/pool_registers.h"

namespace tarn::pool {

namespace reg = pool_registers;

PoolOptimum::PoolOptimum(Pool& pool, PoolRegisterFile& registers)
    : pool_(pool),
      registers_(registers),
      slots_(pool.config().num_slots),
      control_(registers.Stored(reg::optimum_control::kOffset)) {
  registers_.OnWrite(reg::optimum_control::kOffset, [this](const RegisterWrite& write) {
    if (write.value == control_) return;
    control_ = write.value;
    Begin();
  });
  registers_.OnRead(reg::optimum_status::kOffset, [this](std::uint32_t) {
    return reg::optimum_status::Epochs::Of(epochs_) |
           reg::optimum_status::Listening::Of(std::uint32_t{monitor_.has_value()}) |
           reg::optimum_status::Log2Sampling::Of(monitor_ ? monitor_->log2_sampling() : 0);
  });
  registers_.OnRead(reg::optimum_accesses::kOffset, [this](std::uint32_t) { return result_.accesses; });
  registers_.OnRead(reg::optimum_pool_misses::kOffset, [this](std::uint32_t) { return result_.pool_misses; });
  registers_.OnRead(reg::optimum_misses::kOffset, [this](std::uint32_t) { return result_.misses; });
  registers_.OnRead(reg::optimum_dropped::kOffset, [this](std::uint32_t) { return result_.dropped; });
}

void PoolOptimum::SetSlots(std::uint32_t slots) {
  if (slots == slots_) return;
  slots_ = slots;
  Begin();
}

void PoolOptimum::Begin() {
  const auto control = static_cast<std::uint32_t>(control_);
  monitor_.reset();
  result_ = {};
  epochs_ = 0;
  if (reg::optimum_control::Enable::Get(control) == 0) {
    pool_.set_optimum_listener({});
    return;
  }
  monitor_.emplace(OptimumMonitor::Config{
      .shape = {},
      .settings = {.slots = slots_, .log2_sampling = reg::optimum_control::Log2Sampling::Get(control)},
      .segments_per_host = pool_.config().segments_per_host,
      .log2_epoch = reg::optimum_control::Log2Epoch::Get(control)});
  pool_.set_optimum_listener([this](const PoolProbe& event) { OnProbe(event); });
}

void PoolOptimum::OnProbe(const PoolProbe& event) {
  const OptimumMonitor::Heard heard = monitor_->Observe(event);
  if (!heard.result) return;
  result_ = *heard.result;
  ++epochs_;
}

}  // namespace tarn::pool
