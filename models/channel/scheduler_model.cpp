#include "models/channel/scheduler_model.h"

#include <algorithm>

namespace tarn::channel {

SchedulerModel::SchedulerModel(const SchedulerConfig& config, unsigned read_places, unsigned write_places)
    : config_(config),
      banks_(config),
      refresh_(config),
      reads_(read_places, config.read_age_cap, config),
      writes_(write_places, config.write_age_cap, config),
      direction_(config),
      used_(config.banks()),
      unused_(config.banks()) {}

DfiCommand SchedulerModel::Clock(const SchedulerInputs& inputs) {
  if (inputs.initialised && !initialised_) refresh_.Begin();
  initialised_ = inputs.initialised;

  DfiCommand command = refresh_.Lets() ? Schedule(inputs) : DfiCommand{};
  const bool busy = reads_.count() != 0 || writes_.count() != 0;
  const bool may_close = banks_.MayPrechargeAll(now_) && now_ - last_command_ >= config_.precharge_clocks;
  switch (refresh_.Clock(busy, may_close)) {
    case RefreshModel::Action::kNone:
      break;
    case RefreshModel::Action::kPrechargeAll:
      command.op = DfiOp::kPrechargeAll;
      break;
    case RefreshModel::Action::kRefresh:
      command.op = DfiOp::kRefresh;
      break;
  }
  const unsigned bank = std::uint32_t{command.bank} << config_.bank_group_bits | command.bank_group;
  direction_.Clock(inputs.drain, inputs.write_capped, reads_, writes_);
  const CommandedBanks commanded{.banks = banks_, .command = command, .bank = bank};
  reads_.Clock(now_, commanded, command.op == DfiOp::kRead, inputs.read, inputs.hurried_read);
  writes_.Clock(now_, commanded, command.op == DfiOp::kWrite, inputs.write, std::nullopt);
  Apply(command, bank);
  CountUse(inputs.idle_precharge, command, bank);
  ++now_;
  return command;
}

// Where writes are served, banks without one serve reads.
const CandidateQueue& SchedulerModel::Serving(unsigned bank) const {
  return direction_.rows_write() && writes_.candidate(bank).valid ? writes_ : reads_;
}

bool SchedulerModel::Can(Kind kind, unsigned bank, const SchedulerInputs& inputs) const {
  const CandidateQueue& on_bus = direction_.bus_write() ? writes_ : reads_;
  const CandidateQueue::Candidate& served = Serving(bank).candidate(bank);
  const std::int64_t pins_idle = now_ - last_command_;
  switch (kind) {
    case Kind::kActivate:
      return pins_idle >= config_.activate_clocks && served.valid && !banks_.open(bank) &&
             banks_.MayActivate(bank, now_);
    case Kind::kColumn:
      return pins_idle >= config_.column_clocks && on_bus.candidate(bank).hit &&
             (direction_.bus_write() ? banks_.MayWrite(bank, now_) : inputs.read_room && banks_.MayRead(bank, now_));
    case Kind::kPrecharge: {
      // A row with work in the present direction of the bus stays open.
      const bool idle = unused_[bank] && !reads_.candidate(bank).valid && !writes_.candidate(bank).valid;
      return pins_idle >= config_.precharge_clocks && banks_.open(bank) && banks_.MayPrecharge(bank, now_) &&
             !on_bus.candidate(bank).hit && ((served.valid && !served.hit) || idle);
    }
  }
  return false;
}

std::optional<unsigned> SchedulerModel::First(Kind kind, const SchedulerInputs& inputs) const {
  std::optional<unsigned> first;
  std::int64_t first_stamp = 0;
  for (unsigned bank = 0; bank < config_.banks(); ++bank) {
    if (!Can(kind, bank, inputs)) continue;
    const CandidateQueue& queue = kind == Kind::kColumn ? (direction_.bus_write() ? writes_ : reads_) : Serving(bank);
    const std::int64_t stamp = queue.candidate(bank).stamp;
    if (first && stamp >= first_stamp) continue;
    first = bank;
    first_stamp = stamp;
  }
  return first;
}

// Activates first, precharges last.
DfiCommand SchedulerModel::Schedule(const SchedulerInputs& inputs) const {
  if (const auto bank = First(Kind::kActivate, inputs)) {
    return CommandFor(DfiOp::kActivate, *bank, Serving(*bank).candidate(*bank).request.row);
  }
  if (const auto bank = First(Kind::kColumn, inputs)) {
    const CandidateQueue& queue = direction_.bus_write() ? writes_ : reads_;
    return CommandFor(direction_.bus_write() ? DfiOp::kWrite : DfiOp::kRead, *bank,
                      queue.candidate(*bank).request.column);
  }
  if (const auto bank = First(Kind::kPrecharge, inputs)) return CommandFor(DfiOp::kPrecharge, *bank, 0);
  return {};
}

DfiCommand SchedulerModel::CommandFor(DfiOp op, unsigned bank, std::uint32_t addr) const {
  return {.op = op,
          .bank_group = static_cast<std::uint8_t>(bank & ((1u << config_.bank_group_bits) - 1)),
          .bank = static_cast<std::uint8_t>(bank >> config_.bank_group_bits),
          .addr = addr};
}

void SchedulerModel::Apply(const DfiCommand& command, unsigned bank) {
  if (command.op != DfiOp::kNop) last_command_ = now_;
  switch (command.op) {
    case DfiOp::kActivate:
      return banks_.Activate(bank, command.addr, now_);
    case DfiOp::kPrecharge:
      return banks_.Precharge(bank, now_);
    case DfiOp::kPrechargeAll:
      return banks_.PrechargeAll(now_);
    case DfiOp::kRead:
      return banks_.Read(bank, now_);
    case DfiOp::kWrite:
      return banks_.Write(bank, now_);
    default:
      return;
  }
}

void SchedulerModel::CountUse(unsigned period, const DfiCommand& command, unsigned bank) {
  if (idle_count_ == 0) {
    idle_count_ = period;
    for (unsigned b = 0; b < config_.banks(); ++b) unused_[b] = period != 0 && !used_[b];
    std::fill(used_.begin(), used_.end(), false);
  } else {
    --idle_count_;
  }
  if (command.op == DfiOp::kActivate || command.op == DfiOp::kRead || command.op == DfiOp::kWrite) {
    used_[bank] = true;
    unused_[bank] = false;
  }
}

}  // namespace tarn::channel
