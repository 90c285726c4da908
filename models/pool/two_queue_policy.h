// The pool's replacement policy, step by step as the hardware takes them: docs/architecture.md, "Replacement: two
// queues, exactly". What comes from the pool are events in one order; between two events the policy takes any number of
// steps, one at a time, so that who observes the hardware (tb/pool/policy) can lay the model's steps beside its.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "models/pool/policy_ghost.h"
#include "models/pool/policy_rules.h"
#include "models/pool/replacement.h"

namespace tarn::pool {

// What the pool tells, in the order of its passes.
enum class PolicyEventKind : std::uint8_t {
  kAccess = 0,   // a lookup hit the slot
  kAssign = 1,   // the slot, free until now, was given to the segment
  kKept = 2,     // the slot was chosen, but its page-out was given up: it holds the segment again
  kRelease = 3,  // the slot became free without having been chosen
  kTaken = 4,    // answer to a proposal: it will be evicted, and is free for the policy from now on
  kSkipped = 5,  // answer to a proposal: it may not be evicted now
  kNotNow = 6,   // answer to a proposal: nobody can evict now
  kCold = 7,     // software says that the segment in the slot will not be used
  kMoved = 8,    // the segment went from the slot `from` to this one, which was free
};

struct PolicyEvent {
  PolicyEventKind kind{};
  SlotIndex slot = 0;
  std::uint32_t key = 0;  // {host, segment}
  SlotIndex from = 0;     // kMoved
};

enum class PolicyStepKind : std::uint8_t {
  kPromoted =
      0,        // from the young queue's end to the old queue: it was hit often enough, or the young queue is too long
  kPassed = 1,  // at the old queue's end, had hits, has one less and goes to its beginning
  kProposed = 2,    // is proposed to the pool
  kChallenged = 3,  // as kPassed, for a remembered segment that wants in
  kToYoung = 4,     // assigned or kept: enters the young queue
  kToOld = 5,       // assigned: enters the old queue
  kLeft = 6,        // released or taken
  kTurned = 7,      // skipped: goes to the beginning of its queue
  kStayed = 8,      // not now
  kAllSkipped = 9,  // all were skipped since the last was taken: begins anew
  kMoved = 10,      // took the place of the slot that its segment left
};
const char* Name(PolicyStepKind kind);

struct PolicyStep {
  PolicyStepKind kind{};
  SlotIndex slot = 0;  // 0 for kAllSkipped
  friend bool operator==(const PolicyStep&, const PolicyStep&) = default;
};
std::string ToString(const PolicyStep& step);

struct TwoQueueSettings {
  std::uint32_t slots = 0;      // in service, 2 or more
  std::uint32_t slots_max = 0;  // that the hardware was built for
  std::uint32_t spare = 1;      // slots that may be free without being missed: the pool's reserve less one
};

class TwoQueuePolicy {
 public:
  explicit TwoQueuePolicy(const TwoQueueSettings& settings);

  void set_rule(unsigned rule);
  void Observe(const PolicyEvent& event);
  // The next step; nothing when there is none to take. wanted: a victim is sought.
  std::optional<PolicyStep> Step(bool wanted);

  bool proposing() const { return proposing_; }
  SlotIndex proposed() const { return proposed_; }
  bool idle() const { return pending_.empty(); }
  std::uint32_t young_size() const { return young_.size; }
  std::uint32_t old_size() const { return old_.size; }
  // An error names a slot that is not in exactly one queue although it holds a segment, or in one although it does not.
  std::string CheckQueues(const std::vector<bool>& used) const;

 private:
  enum class Where : std::uint8_t { kNowhere, kYoung, kOld };
  static constexpr std::uint32_t kFresh = kPolicyHitsMax + 1;  // assigned, and not accessed yet: that is its first

  struct Slot {
    Where where = Where::kNowhere;
    SlotIndex next = 0;  // towards the beginning, where slots enter
    SlotIndex previous = 0;
    std::uint32_t hits = 0;
  };
  struct Queue {
    SlotIndex head = 0;  // its end: the oldest
    SlotIndex tail = 0;
    std::uint32_t size = 0;
    std::uint32_t skips = 0;  // since a slot was taken
    bool exhausted() const { return skips >= size; }
  };

  Queue& QueueOf(Where where) { return where == Where::kYoung ? young_ : old_; }
  void Push(Where where, SlotIndex slot);
  void Unlink(SlotIndex slot);
  void Replace(SlotIndex from, SlotIndex to);
  static std::uint32_t HitsOf(const Slot& slot) { return slot.hits == kFresh ? 0 : slot.hits; }
  std::optional<PolicyStep> StepOfEvent();
  PolicyStep StepOfAssign(const PolicyEvent& event);
  std::optional<PolicyStep> StepOfHand();
  PolicyStep StepOfYoung();
  PolicyStep StepOfOld();
  PolicyStep Promote(SlotIndex slot);
  PolicyStep Propose(SlotIndex slot);
  void PassOld();
  bool Hurried() const { return steps_ >= 4 * settings_.slots; }

  TwoQueueSettings settings_;
  PolicyRule rule_;
  std::uint32_t young_max_ = 1;
  std::uint32_t old_max_ = 0;
  std::uint32_t ghost_max_ = 1;
  std::vector<Slot> slots_;
  Queue young_, old_;
  PolicyGhost ghost_;
  std::deque<PolicyEvent> pending_;
  bool proposing_ = false;
  SlotIndex proposed_ = 0;
  std::uint32_t steps_ = 0;       // promotions and passes since the last proposal
  bool challenging_ = false;      // the event at the front is an assignment that found its segment remembered
  std::uint32_t challenges_ = 0;  // steps of it
};

}  // namespace tarn::pool
