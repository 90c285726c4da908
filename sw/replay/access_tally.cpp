#include "sw/replay/access_tally.h"

#include <algorithm>
#include <map>
#include <utility>

namespace tarn::replay {

namespace {

constexpr std::uint64_t kCountMax = 65'535;  // of the monitoring's counters

std::string NameOf(const drivers::ListedSegment& entry) {
  return "host " + std::to_string(entry.host) + ", segment " + std::to_string(entry.segment);
}

}  // namespace

void AccessTally::Observe(const pool::PoolProbe& event) {
  using pool::ProbeEvent;
  switch (event.kind) {
    case ProbeEvent::kHit:
    case ProbeEvent::kEarly:
      slots_[event.slot] = {.host = event.host, .segment = event.segment, .accesses = slots_[event.slot].accesses + 1};
      break;
    case ProbeEvent::kAssign:
    case ProbeEvent::kKept:
    case ProbeEvent::kEvict:
    case ProbeEvent::kOrderedOut:
    case ProbeEvent::kColdOut:
    case ProbeEvent::kReleased:
      slots_[event.slot] = {.host = event.host, .segment = event.segment};
      break;
    case ProbeEvent::kMoved:
      slots_[event.slot] = std::exchange(slots_[event.from], Slot{});
      break;
    default:
      break;
  }
}

Status AccessTally::Compare(const std::vector<drivers::ListedSegment>& hot, bool overflowed) const {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> expected;
  for (const Slot& slot : slots_) {
    if (slot.accesses != 0) expected[{slot.host, slot.segment}] = std::min(slot.accesses, kCountMax);
  }
  const std::size_t segments = expected.size();
  for (const drivers::ListedSegment& entry : hot) {
    const auto found = expected.find({entry.host, entry.segment});
    if (found == expected.end()) return Status::Error(NameOf(entry) + " is listed, but was not accessed, or twice");
    if (found->second != entry.value) {
      return Status::Error(NameOf(entry) + " was accessed " + std::to_string(found->second) + " times, not " +
                           std::to_string(entry.value));
    }
    expected.erase(found);
  }
  if (!expected.empty() && !overflowed) {
    return Status::Error(std::to_string(expected.size()) + " of " + std::to_string(segments) +
                         " segments that were accessed are not listed");
  }
  return {};
}

std::string AccessTally::Describe(const std::vector<drivers::ListedSegment>& hot) {
  if (hot.empty()) return "no segment was accessed";
  const auto hottest = std::ranges::max_element(hot, {}, &drivers::ListedSegment::value);
  return std::to_string(hot.size()) + " segments, the hottest " + NameOf(*hottest) + " with " +
         std::to_string(hottest->value) + (hottest->value == kCountMax ? " or more" : "") + " accesses";
}

}  // namespace tarn::replay
