#include "sw/replay/summary.h"

#include <algorithm>

#include "sw/drivers/paging_mode.h"

namespace tarn::replay {

std::string StageSummary::Text() const {
  std::string text;
  for (auto size = pages.rbegin(); size != pages.rend(); ++size) {
    text += (text.empty() ? ": " : ", ") + std::to_string(size->second) + " of " + drivers::PageSizeName(size->first);
  }
  return mode + text;
}

std::string HostSummary::PagesText() const {
  std::string text = first_stage ? first_stage->Text() : "";
  if (second_stage) text += (text.empty() ? "" : "; ") + second_stage->Text();
  return text;
}

bool RunSummary::passed() const {
  return failure.empty() && mismatches.empty() && std::ranges::all_of(checks, &Check::passed);
}

std::uint64_t RunSummary::counter(const std::string& name) const {
  const auto place = std::ranges::find(counters, name, &Counter::name);
  return place == counters.end() ? 0 : place->value;
}

}  // namespace tarn::replay
