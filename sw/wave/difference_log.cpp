#include "sw/wave/difference_log.h"

#include <algorithm>
#include <optional>

#include "sw/wave/signal_name.h"

namespace tarn::wave {

namespace {

std::uint64_t CycleOf(const Difference& difference) {
  return difference.dut ? difference.dut->cycle : difference.golden->cycle;
}

}  // namespace

void DifferenceLog::Add(DifferenceKind kind, std::uint32_t port, const std::string& signal,
                        const std::optional<Moment>& dut, const std::optional<Moment>& golden,
                        const std::function<void(Difference&)>& describe) {
  const auto [entry, added] = entries_.try_emplace({kind, port, signal});
  if (added) {
    entry->second.name = static_cast<std::uint32_t>(event_names_.size());
    event_names_.push_back(kind == DifferenceKind::kValue ? signal : Below(signal) + KindName(kind));
  }
  if (events_.size() < kEventsMax) {
    events_.push_back(
        {.time = dut ? dut->time : golden->time, .side = dut ? kDut : kGolden, .name = entry->second.name});
  }
  Difference& kept = entry->second.first;
  ++kept.count;
  if (kept.count > 1 && CycleOf(kept) <= (dut ? dut->cycle : golden->cycle)) return;
  Difference difference = {
      .kind = kind, .port = port, .signal = signal, .count = kept.count, .dut = dut, .golden = golden};
  describe(difference);
  kept = std::move(difference);
}

void DifferenceLog::Take(Comparison& comparison) {
  std::vector<Difference>& all = comparison.differences;
  for (auto& [key, entry] : entries_) all.push_back(std::move(entry.first));
  std::stable_sort(all.begin(), all.end(),
                   [](const Difference& a, const Difference& b) { return CycleOf(a) < CycleOf(b); });
  comparison.events = std::move(events_);
  comparison.event_names = std::move(event_names_);
}

}  // namespace tarn::wave
