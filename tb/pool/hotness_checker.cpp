#include "tb/pool/hotness_checker.h"

#include "models/pool/pool_hotness_registers.h"

namespace tarn::tb {

namespace reg = pool_hotness_registers;
using pool::ProbeEvent;

HotnessChecker::HotnessChecker(const pool::HotnessConfig& config, Failures& failures)
    : model_(config), failures_(failures), cold_until_(config.slots, 0), told_(config.slots, 0) {
  TakeSettings();
}

void HotnessChecker::Observe(const pool::PoolProbe& event, const pool::HotnessProbe& did, std::uint64_t cycle) {
  end_written_ = did.first_mark != 0 && ends_at_first_mark_;
  if (did.write != 0) TakeWrite(did);
  const bool active = model_.active();
  const bool due = active && (end_wanted_ || (epoch_length_ != 0 && epoch_cycles_ + 1 >= epoch_length_));
  ExpectTimes(did, due, cycle);
  ShowEffects(did, cycle);
  ShowEvent(event, cycle);
  ++epoch_cycles_;
  Begin(did, cycle);
  end_wanted_ = active && did.start == 0 && ((end_wanted_ && did.epoch_end == 0) || end_written_);
  start_pending_before_ = model_.start_pending();
}

void HotnessChecker::TakeWrite(const pool::HotnessProbe& did) {
  model_.registers().Write(did.write_offset, did.write_data, static_cast<std::uint8_t>(did.write_strobe));
  TakeSettings();
  if (did.write_offset == reg::control::kOffset && (did.write_strobe & 1) != 0 &&
      (did.write_data & reg::control::EndEpoch::kMask) != 0) {
    end_written_ = true;
  }
}

// A start and an end come when they are due, neither earlier nor later.
void HotnessChecker::ExpectTimes(const pool::HotnessProbe& did, bool due, std::uint64_t cycle) {
  const bool start_due = start_pending_before_ && model_.start_pending() && model_.swept();
  const bool end_due = due && !start_pending_before_ && model_.swept();
  if ((did.start != 0) != start_due) Fail("a start at the wrong time", cycle);
  if ((did.epoch_end != 0) != end_due) Fail("an epoch ends at the wrong time", cycle);
  if (due && !model_.swept() && !late_told_) {
    model_.OnEpochLate();
    late_told_ = true;
  }
}

void HotnessChecker::TakeSettings() {
  epoch_length_ = model_.registers().Read(reg::epoch_length::kOffset).rdata;
  ends_at_first_mark_ = reg::control::FirstMark::Get(model_.registers().Read(reg::control::kOffset).rdata) != 0;
}

// What happened some cycles ago reaches the lists.
void HotnessChecker::ShowEffects(const pool::HotnessProbe& did, std::uint64_t cycle) {
  bool empties = false;
  if (did.judged != 0) {
    const bool untrue = told_[did.slot] + kEffectCycles >= cycle;
    if (model_.FoundCold(did.slot) && !untrue) cold_until_[did.slot] = kNoEnd;
    Check(model_.OnJudged(did.slot), cycle);
    ++counts_.judged;
  }
  while (!effects_.empty() && effects_.front().cycle == cycle) {
    if (effects_.front().empties) {
      empties = true;
    } else {
      model_.ListReached();
    }
    effects_.pop_front();
  }
  if (empties) model_.EmptyLists();
  if (did.swept != 0) Check(model_.OnSwept(), cycle);
}

void HotnessChecker::ShowEvent(const pool::PoolProbe& event, std::uint64_t cycle) {
  const bool access = event.kind == ProbeEvent::kHit || event.kind == ProbeEvent::kEarly;
  if (access) ++counts_.accesses;
  if (access && accessed_before_) ++counts_.full_rate_cycles;
  accessed_before_ = access;
  if (event.kind == ProbeEvent::kNone) return;
  FollowCold(event, cycle);
  if (model_.OnProbe(event)) {
    effects_.push_back({cycle + kEffectCycles, false});
    ++counts_.reached;
  }
}

// Decided before the access was seen: a pass under way is not called back.
void HotnessChecker::FollowCold(const pool::PoolProbe& event, std::uint64_t cycle) {
  constexpr std::uint64_t kUnderWayCycles = 3;
  const std::uint32_t slot = event.kind == ProbeEvent::kMoved ? event.from : event.slot;
  std::uint64_t& cold_until = cold_until_[slot];
  if (event.kind != ProbeEvent::kMiss && event.kind != ProbeEvent::kPrefetch && event.kind != ProbeEvent::kSkip &&
      event.kind != ProbeEvent::kMarkCold)
    told_[slot] = cycle;
  switch (event.kind) {
    case ProbeEvent::kColdOut:
      ++counts_.cold_outs;
      if (cycle > cold_until) {
        Fail(
            "slot " + std::to_string(event.slot) + " is paged out as cold, but was not found so, or was accessed since",
            cycle);
      }
      cold_until = 0;
      break;
    case ProbeEvent::kHit:
    case ProbeEvent::kEarly:
    case ProbeEvent::kPageIn:
    case ProbeEvent::kMarkHot:
      if (cold_until == kNoEnd) cold_until = cycle + kUnderWayCycles;
      break;
    case ProbeEvent::kEvict:
    case ProbeEvent::kOrderedOut:
    case ProbeEvent::kReleased:
    case ProbeEvent::kAssign:
    case ProbeEvent::kKept:
    case ProbeEvent::kMoved:
      cold_until = 0;
      break;
    default:
      break;
  }
}

void HotnessChecker::Begin(const pool::HotnessProbe& did, std::uint64_t cycle) {
  if (did.start != 0) {
    Check(model_.OnStart(), cycle);
    effects_.push_back({cycle + kEffectCycles, true});
    ++counts_.starts;
  }
  if (did.epoch_end != 0) {
    Check(model_.OnEpochEnd(), cycle);
    last_epoch_cycles_ = epoch_cycles_;
    ++counts_.epochs;
    if (late_told_) ++counts_.late_epochs;
  }
  if (did.start == 0 && did.epoch_end == 0) return;
  epoch_cycles_ = 0;
  late_told_ = false;
}

void HotnessChecker::Check(const Status& status, std::uint64_t cycle) {
  if (!status.ok()) Fail(status.message(), cycle);
}

void HotnessChecker::Fail(const std::string& what, std::uint64_t cycle) {
  failures_.Add("hotness, cycle " + std::to_string(cycle) + ": " + what);
}

}  // namespace tarn::tb
