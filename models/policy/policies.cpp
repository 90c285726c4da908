#include "models/policy/policies.h"

#include <array>
#include <cassert>

#include "models/policy/arc_cache.h"
#include "models/policy/hardware_cache.h"
#include "models/policy/lirs_cache.h"
#include "models/policy/queue_caches.h"
#include "models/policy/simple_caches.h"

namespace tarn::policy {

namespace {

constexpr std::array<std::string_view, 10> kNames = {"fifo", "lru", "clock", "sieve", "s3-fifo",
                                                     "2q",   "arc", "lirs",  "slru",  "hardware"};

template <typename Cache>
std::unique_ptr<PageCache> Make(std::uint32_t frames, PageId pages) {
  return std::make_unique<Cache>(frames, pages);
}

// In the order of kNames.
constexpr std::array kMakers = {&Make<FifoCache>,         &Make<LruCache>,      &Make<ClockCache>, &Make<SieveCache>,
                                &Make<S3FifoCache>,       &Make<TwoQueueCache>, &Make<ArcCache>,   &Make<LirsCache>,
                                &Make<SegmentedLruCache>, &Make<HardwareCache>};
static_assert(kMakers.size() == kNames.size());

}  // namespace

std::span<const std::string_view> PolicyNames() { return kNames; }

bool IsPeer(std::string_view name) { return name != "fifo" && name != "hardware"; }

std::uint64_t PolicyMisses(std::string_view name, std::span<const PageId> accesses, std::uint32_t frames,
                           PageId pages) {
  std::size_t index = 0;
  while (index < kNames.size() && kNames[index] != name) ++index;
  assert(index < kNames.size());
  const std::unique_ptr<PageCache> cache = kMakers[index](frames, pages);
  std::uint64_t misses = 0;
  for (const PageId page : accesses) misses += cache->Access(page) ? 0 : 1;
  return misses;
}

}  // namespace tarn::policy
