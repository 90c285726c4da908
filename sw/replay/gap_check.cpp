#include "sw/replay/gap_check.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <unordered_map>

#include "models/policy/optimum.h"

namespace tarn::replay {

namespace {
std::string Rounded(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", value);
  return text;
}
double Gap(std::uint64_t pool_misses, std::uint64_t optimum_misses) {
  return static_cast<double>(pool_misses) / static_cast<double>(std::max<std::uint64_t>(optimum_misses, 1));
}
}  // namespace

std::uint32_t GapCheck::Log2EpochFor(std::uint64_t accesses) {
  const auto log2 = static_cast<std::uint32_t>(std::bit_width(accesses / 8));
  return std::clamp(log2 == 0 ? 0 : log2 - 1, drivers::OptimumDriver::kLog2EpochMin,
                    drivers::OptimumDriver::kLog2EpochMax);
}

void GapCheck::Observe(const pool::PoolProbe& event) {
  using pool::ProbeEvent;
  const bool assigns = event.kind == ProbeEvent::kAssign;
  if (!assigns && event.kind != ProbeEvent::kHit && event.kind != ProbeEvent::kEarly) return;
  references_.push_back(std::uint64_t{event.host} << 32 | event.segment);
  assigns_.push_back(assigns);
}

void GapCheck::AddLive(const drivers::OptimumEpoch& epoch) {
  if (live_.empty() || live_.back().number != epoch.number) live_.push_back(epoch);
}

std::vector<GapCheck::Epoch> GapCheck::Offline(std::uint32_t slots) const {
  std::unordered_map<std::uint64_t, policy::PageId> numbers;
  std::vector<policy::PageId> pages;
  pages.reserve(references_.size());
  for (const std::uint64_t reference : references_) {
    pages.push_back(numbers.emplace(reference, static_cast<policy::PageId>(numbers.size())).first->second);
  }
  const std::vector<bool> missed =
      policy::OptimumMissed(pages, slots, static_cast<policy::PageId>(std::max<std::size_t>(numbers.size(), 1)));
  std::vector<Epoch> epochs(1);
  std::uint64_t accesses = 0;
  for (std::size_t index = 0; index < pages.size(); ++index) {
    epochs.back().pool_misses += assigns_[index] ? 1 : 0;
    epochs.back().misses += missed[index] ? 1 : 0;
    if (!assigns_[index] && ++accesses % (std::uint64_t{1} << log2_epoch_) == 0) epochs.emplace_back();
  }
  epochs.pop_back();
  return epochs;
}

GapCheck::Outcome GapCheck::Compare(std::uint32_t slots) const {
  const std::vector<Epoch> offline = Offline(slots);
  Outcome outcome;
  for (const drivers::OptimumEpoch& live : live_) {
    const std::string name = "epoch " + std::to_string(live.number) + " of the estimate of the optimum";
    if (live.number >= offline.size()) {
      outcome.status = Status::Error(name + " is over before its time");
      return outcome;
    }
    const Epoch& epoch = offline[live.number];
    ++outcome.epochs;
    outcome.pool_misses += epoch.pool_misses;
    outcome.live_misses += live.optimum_misses;
    outcome.offline_misses += epoch.misses;
    outcome.dropped += live.dropped;
    // Where neither misses there is no gap.
    if (epoch.misses == 0 && live.optimum_misses == 0) continue;
    const double gap = Gap(epoch.pool_misses, epoch.misses);
    const double live_gap = Gap(live.pool_misses, live.optimum_misses);
    const double difference = gap == 0 ? (live_gap == 0 ? 0 : 1) : std::abs(live_gap / gap - 1);
    outcome.worst = std::max(outcome.worst, difference);
    if (outcome.status.ok() && difference > kDifferenceMax) {
      outcome.status =
          Status::Error(name + ": live gap " + Rounded(live_gap) + " (" + std::to_string(live.pool_misses) +
                        " misses over " + std::to_string(live.optimum_misses) + "), offline " + Rounded(gap) + " (" +
                        std::to_string(epoch.pool_misses) + " over " + std::to_string(epoch.misses) + ")");
    }
  }
  outcome.text = "live " + Rounded(Gap(outcome.pool_misses, outcome.live_misses)) +
                 " times the optimum's segment misses, offline " +
                 Rounded(Gap(outcome.pool_misses, outcome.offline_misses)) + ", in " + std::to_string(outcome.epochs) +
                 " epochs at most " + Rounded(outcome.worst * 100) + "% apart; " + std::to_string(outcome.dropped) +
                 " references not heard";
  return outcome;
}

}  // namespace tarn::replay
