#include "tb/pool/policy_checker.h"

#include <algorithm>

namespace tarn::tb {

using pool::PolicyEventKind;
using pool::PolicyStepKind;

namespace {
constexpr std::size_t kHistory = 12;
constexpr std::uint64_t kRuleLag = 64;  // cycles until the queues follow the shadows' choice: one order

bool IsAnswer(PolicyEventKind kind) {
  return kind == PolicyEventKind::kTaken || kind == PolicyEventKind::kSkipped || kind == PolicyEventKind::kNotNow;
}
}  // namespace

PolicyChecker::PolicyChecker(const PolicyShape& shape, Failures& failures)
    : shape_(shape),
      failures_(failures),
      queues_({.slots = shape.slots, .slots_max = shape.slots_max, .spare = shape.spare}),
      shadows_({.slots = shape.slots,
                .slots_max = shape.slots_max,
                .shadow_frames = shape.shadow_frames,
                .epoch_misses = shape.epoch_misses}),
      used_(shape.slots, false),
      rule_(shadows_.chosen()) {}

void PolicyChecker::Fail(std::uint64_t number, const std::string& text) {
  std::string all = "policy, cycle " + std::to_string(number) + ": " + text + "; before:";
  for (const std::string& line : history_) all += " " + line + ",";
  failures_.Add(all);
}

void PolicyChecker::ObserveStep(const PolicyCycle& cycle, std::uint64_t number) {
  const bool known = cycle.step_rule == rule_ || (cycle.step_rule == rule_before_ && number - chosen_at_ < kRuleLag);
  if (!known)
    Fail(number, "a step under rule " + std::to_string(cycle.step_rule) + ", chosen is " + std::to_string(rule_));
  queues_.set_rule(cycle.step_rule);
  const auto expected = queues_.Step(true);
  const std::string seen = ToString(cycle.step);
  if (!expected) {
    Fail(number, seen + ", the model takes no step");
  } else if (*expected != cycle.step) {
    Fail(number, seen + ", the model: " + ToString(*expected));
  }
  if ((cycle.step.kind == PolicyStepKind::kAllSkipped) != cycle.all_skipped) Fail(number, "all_skipped_o is not so");
  if (cycle.step.kind == PolicyStepKind::kProposed) answered_ = false;
  ++steps_[cycle.step.kind];
  history_.push_back(seen);
  if (history_.size() > kHistory) history_.pop_front();
}

void PolicyChecker::ObserveSamples(const PolicyCycle& cycle, std::uint64_t number) {
  bool wanted = false;
  if (last_.valid && last_.kind == PolicyEventKind::kAccess) {
    const std::uint64_t hash = pool::PolicyHash(last_.host * shape_.segments_per_host + last_.segment);
    wanted = shadows_.Wants(hash);
    if (wanted && cycle.sample_dropped) ++dropped_;
    if (wanted && !cycle.sample_dropped) {
      expected_samples_.push_back(shadows_.Sample(hash));
      if (expected_samples_.back().rule) expected_choices_.push_back(*expected_samples_.back().rule);
    }
  }
  if (wanted != cycle.sample)
    Fail(number, wanted ? "an access was not sampled" : "an access was sampled that should not be");
  if (cycle.sampled_valid) {
    ++samples_;
    if (expected_samples_.empty()) {
      Fail(number, "a sampled access that nobody made");
    } else {
      if (expected_samples_.front().missed != cycle.sampled_missed) {
        Fail(number, "a sampled access missed in " + std::to_string(cycle.sampled_missed) +
                         ", the model: " + std::to_string(expected_samples_.front().missed));
      }
      expected_samples_.pop_front();
    }
  }
  if (!cycle.choice_valid) return;
  ++choices_;
  if (expected_choices_.empty() || expected_choices_.front() != cycle.choice_rule) {
    Fail(number, "rule " + std::to_string(cycle.choice_rule) + " was chosen, the model: " +
                     (expected_choices_.empty() ? "none" : std::to_string(expected_choices_.front())));
  }
  if (!expected_choices_.empty()) expected_choices_.pop_front();
  rule_before_ = rule_;
  rule_ = cycle.choice_rule;
  chosen_at_ = number;
}

void PolicyChecker::ObserveProposal(const PolicyCycle& cycle, std::uint64_t number) {
  const bool stands = queues_.proposing() && !answered_;
  if (cycle.victim_valid && !stands) Fail(number, "a proposal that the model has not made");
  // What was proposed in this cycle stands at the port in the next one.
  const bool new_one = cycle.step_valid && cycle.step.kind == PolicyStepKind::kProposed;
  if (stands && !new_one && !cycle.victim_valid) Fail(number, "a proposal was taken back");
  if (cycle.victim_valid && stands && cycle.victim_slot != queues_.proposed()) Fail(number, "another slot is proposed");
}

// While a victim is wanted, the hand never rests: it takes a step every other cycle, three with a new rule between.
void PolicyChecker::ObserveSearch(const PolicyCycle& cycle, std::uint64_t number) {
  const bool order = cycle.event.valid && cycle.event.kind != PolicyEventKind::kAccess;
  const bool searches = cycle.wanted && !queues_.proposing() && queues_.idle() && !order &&
                        queues_.young_size() + queues_.old_size() != 0;
  search_ = searches ? search_ + 1 : 0;
  longest_search_ = std::max(longest_search_, search_);
  const std::uint64_t bound = 2 * (4 * std::uint64_t{shape_.slots} + 2) + 4;
  if (search_ == bound) Fail(number, "no proposal in " + std::to_string(bound) + " cycles");
}

void PolicyChecker::Observe(const PolicyCycle& cycle, std::uint64_t number) {
  ObserveSamples(cycle, number);
  if (cycle.step_valid) ObserveStep(cycle, number);
  ObserveProposal(cycle, number);
  ObserveSearch(cycle, number);
  if (cycle.event.valid) {
    const std::uint32_t key = cycle.event.host * shape_.segments_per_host + cycle.event.segment;
    queues_.Observe({.kind = cycle.event.kind, .slot = cycle.event.slot, .key = key, .from = cycle.event.from});
    if (IsAnswer(cycle.event.kind)) answered_ = true;
    const bool enters = cycle.event.kind == PolicyEventKind::kAssign || cycle.event.kind == PolicyEventKind::kKept;
    if (enters) used_[cycle.event.slot] = true;
    if (cycle.event.kind == PolicyEventKind::kMoved) {
      used_[cycle.event.slot] = true;
      used_[cycle.event.from] = false;
    }
    const bool leaves = cycle.event.kind == PolicyEventKind::kRelease || cycle.event.kind == PolicyEventKind::kTaken;
    if (leaves) used_[cycle.event.slot] = false;
  }
  last_ = cycle.event;
  if (number % 64 == 0 && queues_.idle()) {
    const std::string wrong = queues_.CheckQueues(used_);
    if (!wrong.empty()) Fail(number, wrong);
  }
}

void PolicyChecker::Finish() {
  if (!queues_.idle()) failures_.Add("policy: an order was never carried out");
  if (!expected_samples_.empty()) failures_.Add("policy: sampled accesses were never looked at");
  if (!expected_choices_.empty()) failures_.Add("policy: a rule was never chosen");
  const bool samples = shape_.shadow_frames != 0;
  if (steps_.empty() || (samples && samples_ == 0)) failures_.Add("policy: nothing was compared");
}

}  // namespace tarn::tb
