// Whether what clients saw of one block is what a single block would have shown. Exact and online: the set of all
// states that the block may be in is carried along; an operation that no state explains is a violation. A write whose
// answer never came stays open for ever: it may have happened at any time since, or never.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace tarn::dataset::simulation {

// Position in the order of all events of a run; greater is later.
using Moment = std::uint64_t;

class BlockHistory {
 public:
  using Operation = std::uint64_t;
  using Value = std::uint64_t;

  explicit BlockHistory(const std::vector<Value>& initial);

  void BeginWrite(Operation operation, Value value, Moment now);
  // It happened. False: no state allows that. stable: it is on stable storage of all.
  bool EndWrite(Operation operation, Moment now, bool stable);
  // It did not happen, and will not.
  void CancelWrite(Operation operation);
  // A read that began at `begun` ends with a value. False: no state explains it.
  bool EndRead(Value value, Moment begun, Moment now);

  // Forgets how values were before `floor`, the begin of the oldest read under way.
  void Prune(Moment floor);

  // What was completed before `moment` is on stable storage of all.
  // All copies stopped at once: any state since the last stable one may be what is left.
  void LosePower(Moment stable_before, Moment now);

  // Every value that the block may have had at some time since `since`.
  std::vector<Value> ValuesSince(Moment since) const;
  std::size_t states() const { return states_.size(); }

 private:
  struct State {
    Value value = 0;
    Moment changed = 0;                          // when `value` was written, at the latest
    std::vector<std::pair<Value, Moment>> past;  // values, and when each ended at the latest
    std::vector<Operation> used;                 // open writes that have happened in this state
  };
  struct OpenWrite {
    Operation operation = 0;
    Value value = 0;
    Moment begun = 0;
  };
  struct DoneWrite {
    Value value = 0;
    Moment begun = 0;
    Moment ended = 0;
    bool stable = false;
  };

  static void Change(State& state, Value value, Moment now);
  static bool Dominates(const State& a, const State& b);
  void Reduce();
  void NoteBase();
  void PruneDone(Moment stable_before);

  std::vector<State> states_;
  std::vector<OpenWrite> open_;
  std::vector<DoneWrite> done_;  // since the last stable one
  std::vector<Value> base_;      // what it may have been before them
};

}  // namespace tarn::dataset::simulation
