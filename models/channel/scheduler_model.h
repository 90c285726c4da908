// The golden scheduler: which command goes out in each clock, of a channel with one module and without slow cells,
// given what is queued when (rtl/channel/README.md: "Candidates", "Scheduler", "Direction", "Age cap", "Refresh").
// Cycle by cycle: one call of Clock a clock, from reset on.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/channel/bank_times.h"
#include "models/channel/bus_direction.h"
#include "models/channel/candidate_queue.h"
#include "models/channel/dfi_protocol.h"
#include "models/channel/refresh_model.h"
#include "models/channel/scheduler_config.h"

namespace tarn::channel {

// What the scheduler is told in a clock.
struct SchedulerInputs {
  bool initialised = false;     // the modules are
  bool drain = false;           // the write queue is to be emptied
  bool read_room = true;        // there is room for a read's data
  bool write_capped = false;    // a class has as many writes queued as it may, and more to queue
  unsigned idle_precharge = 0;  // the register, which tells the period by when it is written
  std::optional<QueuedRequest> read, write;
  std::optional<QueuedRequest> hurried_read;  // one that is queued, and keeps others waiting
};

class SchedulerModel {
 public:
  // Places of the two queues.
  SchedulerModel(const SchedulerConfig& config, unsigned read_places, unsigned write_places);

  // What is decided in this clock: on the pins in the next.
  DfiCommand Clock(const SchedulerInputs& inputs);

  // As the next call finds them.
  const BankTimes& banks() const { return banks_; }
  unsigned queued_reads() const { return reads_.count(); }
  unsigned queued_writes() const { return writes_.count(); }

 private:
  static constexpr std::int64_t kPinsIdle = 7;  // clocks since the latest command, at most

  enum class Kind : std::uint8_t { kActivate, kColumn, kPrecharge };
  DfiCommand Schedule(const SchedulerInputs& inputs) const;
  bool Can(Kind kind, unsigned bank, const SchedulerInputs& inputs) const;
  // The bank whose request came first, of those that can.
  std::optional<unsigned> First(Kind kind, const SchedulerInputs& inputs) const;
  const CandidateQueue& Serving(unsigned bank) const;
  DfiCommand CommandFor(DfiOp op, unsigned bank, std::uint32_t addr) const;
  void Apply(const DfiCommand& command, unsigned bank);
  void CountUse(unsigned period, const DfiCommand& command, unsigned bank);

  SchedulerConfig config_;
  BankTimes banks_;
  RefreshModel refresh_;
  CandidateQueue reads_, writes_;
  BusDirection direction_;
  std::int64_t now_ = 0;
  std::int64_t last_command_ = -kPinsIdle;
  bool initialised_ = false;
  // Rows that nobody used for one to two periods of idle_precharge.
  std::vector<bool> used_, unused_;
  unsigned idle_count_ = 0;
};

}  // namespace tarn::channel
