// Lays the golden model of the pool's replacement policy beside the RTL, cycle by cycle: each step, each sampled access
// and each choice of a rule must be the model's next one, at its place among the events.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "models/pool/policy_shadows.h"
#include "models/pool/two_queue_policy.h"
#include "tb/common/scoreboard.h"

namespace tarn::tb {

struct PolicyTestEvent {
  bool valid = false;
  pool::PolicyEventKind kind{};
  std::uint32_t slot = 0;
  std::uint32_t host = 0;
  std::uint32_t segment = 0;
  std::uint32_t from = 0;  // kMoved
};

// What stands at the ports in one cycle.
struct PolicyCycle {
  PolicyTestEvent event;
  bool wanted = false;
  bool ready = false;
  bool victim_valid = false;
  std::uint32_t victim_slot = 0;
  bool all_skipped = false;
  bool step_valid = false;
  pool::PolicyStep step;
  unsigned step_rule = 0;
  bool sample = false;  // of the event one cycle before
  bool sample_dropped = false;
  bool sampled_valid = false;
  std::uint32_t sampled_missed = 0;
  bool choice_valid = false;
  unsigned choice_rule = 0;
};

struct PolicyShape {
  std::uint32_t slots = 0;  // in service
  std::uint32_t slots_max = 0;
  std::uint32_t segments_per_host = 0;
  std::uint32_t spare = 1;
  std::uint32_t shadow_frames = 512;  // 0: no shadows
  std::uint32_t epoch_misses = 512;
};

class PolicyChecker {
 public:
  PolicyChecker(const PolicyShape& shape, Failures& failures);

  void Observe(const PolicyCycle& cycle, std::uint64_t number);
  // Everything that the model expects was seen.
  void Finish();

  std::uint64_t steps(pool::PolicyStepKind kind) const { return steps_.contains(kind) ? steps_.at(kind) : 0; }
  std::uint64_t samples() const { return samples_; }
  std::uint64_t dropped() const { return dropped_; }
  std::uint64_t choices() const { return choices_; }
  std::uint64_t longest_search_cycles() const { return longest_search_; }
  bool idle() const { return queues_.idle() && expected_samples_.empty() && expected_choices_.empty(); }

 private:
  void Fail(std::uint64_t number, const std::string& text);
  void ObserveStep(const PolicyCycle& cycle, std::uint64_t number);
  void ObserveSamples(const PolicyCycle& cycle, std::uint64_t number);
  void ObserveProposal(const PolicyCycle& cycle, std::uint64_t number);
  void ObserveSearch(const PolicyCycle& cycle, std::uint64_t number);

  PolicyShape shape_;
  Failures& failures_;
  pool::TwoQueuePolicy queues_;
  pool::PolicyShadows shadows_;
  std::deque<pool::PolicyShadows::Outcome> expected_samples_;
  std::deque<unsigned> expected_choices_;
  PolicyTestEvent last_;  // the event one cycle before
  std::vector<bool> used_;
  unsigned rule_ = 0;            // that the RTL chose last
  unsigned rule_before_ = 0;     // before that
  std::uint64_t chosen_at_ = 0;  // cycle
  bool answered_ = false;        // the proposal that stands in the model
  std::uint64_t search_ = 0;     // cycles that a victim is wanted, without one proposed and without orders between
  std::uint64_t longest_search_ = 0;
  std::uint32_t search_steps_ = 0;
  std::map<pool::PolicyStepKind, std::uint64_t> steps_;
  std::uint64_t samples_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t choices_ = 0;
  std::deque<std::string> history_;
};

}  // namespace tarn::tb
