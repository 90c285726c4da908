#include "models/policy/optimum.h"

#include <queue>
#include <utility>
#include <vector>

namespace tarn::policy {

namespace {

// When each access's page is accessed next; accesses.size() if never.
std::vector<std::uint32_t> NextUses(std::span<const PageId> accesses, PageId pages) {
  const auto never = static_cast<std::uint32_t>(accesses.size());
  std::vector<std::uint32_t> next(accesses.size());
  std::vector<std::uint32_t> later(pages, never);
  for (std::size_t index = accesses.size(); index-- > 0;) {
    next[index] = later[accesses[index]];
    later[accesses[index]] = static_cast<std::uint32_t>(index);
  }
  return next;
}

// Calls on_miss with the index of each access that misses.
template <typename OnMiss>
void WalkOptimum(std::span<const PageId> accesses, std::uint32_t frames, PageId pages, OnMiss on_miss) {
  const std::vector<std::uint32_t> next = NextUses(accesses, pages);
  // When a resident page is needed next; 0: not resident.
  std::vector<std::uint32_t> needed(pages, 0);
  // Last needed first. An entry is out of date when its page has been accessed since.
  std::priority_queue<std::pair<std::uint32_t, PageId>> queue;
  std::uint32_t used = 0;
  for (std::size_t index = 0; index < accesses.size(); ++index) {
    const PageId page = accesses[index];
    if (needed[page] == 0) {
      on_miss(index);
      if (used < frames) {
        ++used;
      } else {
        while (needed[queue.top().second] != queue.top().first) queue.pop();
        needed[queue.top().second] = 0;
        queue.pop();
      }
    }
    needed[page] = next[index];
    queue.emplace(next[index], page);
  }
}

}  // namespace

std::uint64_t OptimumMisses(std::span<const PageId> accesses, std::uint32_t frames, PageId pages) {
  std::uint64_t misses = 0;
  WalkOptimum(accesses, frames, pages, [&](std::size_t) { ++misses; });
  return misses;
}

std::vector<bool> OptimumMissed(std::span<const PageId> accesses, std::uint32_t frames, PageId pages) {
  std::vector<bool> missed(accesses.size());
  WalkOptimum(accesses, frames, pages, [&](std::size_t index) { missed[index] = true; });
  return missed;
}

}  // namespace tarn::policy
