#include "sw/replay/summary.h"

#include <algorithm>

namespace tarn::replay {

bool RunSummary::passed() const {
  return failure.empty() && mismatches.empty() && std::ranges::all_of(checks, &Check::passed);
}

std::uint64_t RunSummary::counter(const std::string& name) const {
  const auto place = std::ranges::find(counters, name, &Counter::name);
  return place == counters.end() ? 0 : place->value;
}

}  // namespace tarn::replay
