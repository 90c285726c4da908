#include "sw/dataset/simulation/linearizability.h"

#include <algorithm>

namespace tarn::dataset::simulation {

namespace {
constexpr std::size_t kDoneMax = 24;

template <typename T>
bool Contains(const std::vector<T>& items, const T& item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}
}  // namespace

BlockHistory::BlockHistory(const std::vector<Value>& initial) : base_(initial) {
  for (const Value value : initial) states_.push_back({.value = value});
}

void BlockHistory::BeginWrite(Operation operation, Value value, Moment now) {
  open_.push_back({.operation = operation, .value = value, .begun = now});
}

void BlockHistory::Change(State& state, Value value, Moment now) {
  state.past.emplace_back(state.value, now);
  state.value = value;
  state.changed = now;
}

// A write that ends has happened: it was needed to explain a read before; or it was overwritten before anyone looked,
// which wants a later change in this state; or it happens now.
bool BlockHistory::EndWrite(Operation operation, Moment now, bool stable) {
  const auto found =
      std::find_if(open_.begin(), open_.end(), [&](const OpenWrite& write) { return write.operation == operation; });
  const OpenWrite write = *found;
  *found = open_.back();
  open_.pop_back();
  if (done_.empty()) NoteBase();
  done_.push_back({.value = write.value, .begun = write.begun, .ended = now, .stable = stable});
  if (done_.size() > kDoneMax) PruneDone(0);
  std::vector<State> next;
  for (State& state : states_) {
    if (const auto used = std::find(state.used.begin(), state.used.end(), operation); used != state.used.end()) {
      state.used.erase(used);
      next.push_back(std::move(state));
      continue;
    }
    if (state.changed > write.begun) {
      State hidden = state;
      hidden.past.emplace_back(write.value, state.changed);
      next.push_back(std::move(hidden));
    }
    Change(state, write.value, now);
    next.push_back(std::move(state));
  }
  states_ = std::move(next);
  Reduce();
  return !states_.empty();
}

void BlockHistory::CancelWrite(Operation operation) {
  std::erase_if(open_, [&](const OpenWrite& write) { return write.operation == operation; });
  std::erase_if(states_, [&](const State& state) { return Contains(state.used, operation); });
}

bool BlockHistory::EndRead(Value value, Moment begun, Moment now) {
  std::vector<State> next;
  for (const State& state : states_) {
    const bool had_it = std::any_of(state.past.begin(), state.past.end(),
                                    [&](const auto& past) { return past.first == value && past.second > begun; });
    if (state.value == value || had_it) next.push_back(state);
    for (const OpenWrite& write : open_) {
      if (write.value != value || Contains(state.used, write.operation)) continue;
      State later = state;
      later.used.push_back(write.operation);
      State hidden = later;
      Change(later, value, now);
      next.push_back(std::move(later));
      // It happened, was read, and was overwritten by the last change.
      if (state.changed > std::max(write.begun, begun)) {
        hidden.past.emplace_back(value, state.changed);
        next.push_back(std::move(hidden));
      }
    }
  }
  states_ = std::move(next);
  Reduce();
  return !states_.empty();
}

void BlockHistory::Prune(Moment floor) {
  for (State& state : states_) {
    std::erase_if(state.past, [&](const auto& past) { return past.second <= floor; });
  }
}

// Whether whatever b explains, a explains too.
bool BlockHistory::Dominates(const State& a, const State& b) {
  return a.value == b.value && a.changed >= b.changed && a.used.size() <= b.used.size() &&
         std::all_of(a.used.begin(), a.used.end(), [&](Operation operation) { return Contains(b.used, operation); }) &&
         std::all_of(b.past.begin(), b.past.end(), [&](const auto& past) {
           return std::any_of(a.past.begin(), a.past.end(), [&](const auto& other) {
             return other.first == past.first && other.second >= past.second;
           });
         });
}

void BlockHistory::Reduce() {
  if (states_.size() < 2) return;
  std::vector<State> kept;
  for (State& state : states_) {
    if (std::any_of(kept.begin(), kept.end(), [&](const State& other) { return Dominates(other, state); })) continue;
    std::erase_if(kept, [&](const State& other) { return Dominates(state, other); });
    kept.push_back(std::move(state));
  }
  states_ = std::move(kept);
}

// What the block may be before any write that ends from now on.
void BlockHistory::NoteBase() {
  base_.clear();
  for (const State& state : states_) {
    if (!Contains(base_, state.value)) base_.push_back(state.value);
  }
}

// A stable write takes with it all that ended before it began.
void BlockHistory::PruneDone(Moment stable_before) {
  Moment newest = 0;
  for (const DoneWrite& write : done_) {
    if (write.stable || write.ended < stable_before) newest = std::max(newest, write.begun);
  }
  if (newest == 0) return;
  base_.clear();
  std::erase_if(done_, [&](const DoneWrite& write) { return write.ended < newest; });
}

void BlockHistory::LosePower(Moment stable_before, Moment now) {
  if (done_.empty()) NoteBase();
  for (DoneWrite& write : done_) write.stable = write.stable || write.ended < stable_before;
  PruneDone(stable_before);
  std::vector<Value> left = base_;
  for (const DoneWrite& write : done_) left.push_back(write.value);
  // An open write that some state has used may be what was there before the stable ones, or after.
  for (const OpenWrite& write : open_) left.push_back(write.value);
  std::sort(left.begin(), left.end());
  left.erase(std::unique(left.begin(), left.end()), left.end());
  // Which of them it is, reads will tell.
  done_.clear();
  states_.clear();
  for (const Value value : left) states_.push_back({.value = value, .changed = now});
}

std::vector<BlockHistory::Value> BlockHistory::ValuesSince(Moment since) const {
  std::vector<Value> values;
  for (const State& state : states_) {
    values.push_back(state.value);
    for (const auto& [value, ended] : state.past) {
      if (ended > since) values.push_back(value);
    }
  }
  for (const OpenWrite& write : open_) values.push_back(write.value);
  for (const DoneWrite& write : done_) {
    if (write.ended > since) values.push_back(write.value);
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

}  // namespace tarn::dataset::simulation
