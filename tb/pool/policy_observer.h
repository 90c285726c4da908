// Lays the golden replacement policy beside the one inside a pool, by the pool's two probes.
#pragma once

#include <cstdint>
#include <memory>

#include "models/pool/pool_messages.h"
#include "tb/pool/policy_checker.h"

namespace tarn::tb {

class PolicyObserver {
 public:
  // shape.slots is taken from the probe.
  PolicyObserver(const PolicyShape& shape, Failures& failures) : shape_(shape), failures_(failures) {}

  // Each cycle: what both probes show in it.
  void Observe(const pool::PoolProbe& event, const pool::PolicyProbe& policy, std::uint64_t cycle) {
    if (policy.slots != shape_.slots) {
      shape_.slots = policy.slots;
      checker_.reset();
    }
    // It begins when its tables are clear.
    if (checker_ == nullptr) {
      if (policy.ready == 0 || shape_.slots < 2) return;
      checker_ = std::make_unique<PolicyChecker>(shape_, failures_);
    }
    checker_->Observe(CycleOf(event, policy), cycle);
  }
  // Null before the first event could come.
  PolicyChecker* checker() { return checker_.get(); }

 private:
  static PolicyCycle CycleOf(const pool::PoolProbe& event, const pool::PolicyProbe& policy) {
    return {.event = EventOf(event, policy),
            .wanted = policy.wanted != 0,
            .ready = policy.ready != 0,
            .victim_valid = policy.victim_valid != 0,
            .victim_slot = policy.victim_slot,
            .all_skipped = policy.all_skipped != 0,
            .step_valid = policy.step_valid != 0,
            .step = {static_cast<pool::PolicyStepKind>(policy.step_kind), policy.step_slot},
            .step_rule = policy.step_rule,
            .sample = policy.sample != 0,
            .sample_dropped = policy.sample_dropped != 0,
            .sampled_valid = policy.sampled_valid != 0,
            .sampled_missed = policy.sampled_missed,
            .choice_valid = policy.choice_valid != 0,
            .choice_rule = policy.choice_rule};
  }
  static PolicyTestEvent EventOf(const pool::PoolProbe& event, const pool::PolicyProbe& policy) {
    using pool::PolicyEventKind;
    using pool::ProbeEvent;
    PolicyTestEvent told{.valid = true, .kind = {}, .slot = event.slot, .host = event.host, .segment = event.segment};
    switch (event.kind) {
      case ProbeEvent::kHit:
      case ProbeEvent::kEarly:
      case ProbeEvent::kMarkHot:
        told.kind = PolicyEventKind::kAccess;
        return told;
      case ProbeEvent::kMarkCold:
        told.kind = PolicyEventKind::kCold;
        return told;
      case ProbeEvent::kAssign:
        told.kind = PolicyEventKind::kAssign;
        return told;
      case ProbeEvent::kKept:
        told.kind = PolicyEventKind::kKept;
        return told;
      case ProbeEvent::kMoved:
        told.kind = PolicyEventKind::kMoved;
        told.from = event.from;
        return told;
      case ProbeEvent::kReleased:
      case ProbeEvent::kOrderedOut:
      case ProbeEvent::kColdOut:
        told.kind = PolicyEventKind::kRelease;
        return told;
      case ProbeEvent::kEvict:
        told.kind = PolicyEventKind::kTaken;
        return told;
      case ProbeEvent::kSkip:
        told.kind = PolicyEventKind::kSkipped;
        return told;
      case ProbeEvent::kNone:
      case ProbeEvent::kMiss:
      case ProbeEvent::kPrefetch:
      case ProbeEvent::kPageIn:
        break;
    }
    if (policy.skip_lost != 0) return {.valid = true, .kind = PolicyEventKind::kSkipped, .slot = policy.victim_slot};
    if (policy.not_now == 0) return {};
    return {.valid = true, .kind = PolicyEventKind::kNotNow, .slot = policy.victim_slot};
  }

  PolicyShape shape_;
  Failures& failures_;
  std::unique_ptr<PolicyChecker> checker_;
};

}  // namespace tarn::tb
