#include "sw/wave/sampler.h"

#include <cassert>
#include <cstring>
#include <numeric>

namespace tarn::wave {

Sampler::Sampler(const Plan& plan, const WaveHeader& header, Side side, bool everything, EdgeSink& sink)
    : plan_(plan),
      side_(side),
      sink_(sink),
      wanted_(header.handles_end),
      handle_offsets_(header.handles_end, kNone),
      handle_bits_(header.handles_end),
      offsets_(plan.signals.size(), kNone),
      signals_of_handle_(header.handles_end),
      is_changed_(header.handles_end),
      everything_(everything) {
  for (const std::uint32_t clock : plan.clocks) {
    Want(clock);
    clocks_.push_back({.handle = plan.signals[clock].handles[side]});
  }
  if (plan.reset != kNone) Want(plan.reset);
  for (const PlannedPort& port : plan.ports) {
    Want(port.valid);
    if (port.ready != kNone) Want(port.ready);
    for (const std::uint32_t signal : port.payload) Want(signal);
  }
  if (!everything) return;
  for (std::uint32_t i = 0; i < plan.signals.size(); ++i) {
    Want(i);
    signals_of_handle_[plan.signals[i].handles[side]].push_back(i);
  }
}

void Sampler::Want(std::uint32_t signal) {
  const Handle handle = plan_.signals[signal].handles[side_];
  if (handle_offsets_[handle] == kNone) {
    wanted_[handle] = true;
    handle_offsets_[handle] = static_cast<std::uint32_t>(values_.size());
    handle_bits_[handle] = plan_.signals[signal].bits;
    values_.append(plan_.signals[signal].bits, 'x');
  }
  offsets_[signal] = handle_offsets_[handle];
}

void Sampler::Change(std::uint64_t time, Handle handle, const char* value) {
  if (!wanted_[handle]) return;
  if (time != time_) {
    Settle();
    time_ = time;
  }
  pending_.push_back({.handle = handle, .at = pending_values_.size()});
  pending_values_.append(value, handle_bits_[handle]);
}

// The last change of the clock at this time counts.
bool Sampler::HasEdge(const Clock& clock) const {
  const char before = values_[handle_offsets_[clock.handle]];
  char after = before;
  for (const Pending& change : pending_) {
    if (change.handle == clock.handle) after = pending_values_[change.at];
  }
  return plan_.falling_edge ? before == '1' && after == '0' : before == '0' && after == '1';
}

void Sampler::Settle() {
  const bool in_reset = plan_.reset != kNone && values_[offsets_[plan_.reset]] == plan_.reset_active;
  for (std::uint32_t i = 0; i < clocks_.size(); ++i) {
    if (!HasEdge(clocks_[i])) continue;
    if (!in_reset) sink_.Edge(i, {.cycle = clocks_[i].edges, .time = time_}, *this);
    ++clocks_[i].edges;
  }
  for (const Pending& change : pending_) {
    std::memcpy(values_.data() + handle_offsets_[change.handle], pending_values_.data() + change.at,
                handle_bits_[change.handle]);
    if (!everything_ || is_changed_[change.handle]) continue;
    is_changed_[change.handle] = true;
    changed_.push_back(change.handle);
  }
  pending_.clear();
  pending_values_.clear();
}

std::vector<std::uint32_t> Sampler::TakeChanged() {
  assert(everything_);
  std::vector<std::uint32_t> signals;
  for (const Handle handle : changed_) {
    is_changed_[handle] = false;
    signals.insert(signals.end(), signals_of_handle_[handle].begin(), signals_of_handle_[handle].end());
  }
  changed_.clear();
  return signals;
}

}  // namespace tarn::wave
