// Counts the distinct 4 KiB pages and 64 KiB segments that a trace touches, exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace tarn::trace {

// Holds one bit for each page, in regions of 64 pages (256 KiB): about 50 bytes a region touched, so less than
// 0.02% of a dense footprint, and at most `regions_max` regions.
class Footprint {
 public:
  static constexpr std::size_t kRegionsMax = std::size_t{1} << 24;  // 4 TiB if dense; 0.8 GB of memory

  explicit Footprint(std::size_t regions_max = kRegionsMax) : regions_max_(regions_max) {}

  // Counts the page of a line. False when that needs a region more than the bound.
  bool Touch(std::uint64_t line);

  std::uint64_t pages() const { return pages_; }
  std::uint64_t segments() const { return segments_; }
  std::size_t regions_max() const { return regions_max_; }

 private:
  std::size_t regions_max_;
  std::unordered_map<std::uint64_t, std::uint64_t> regions_;  // region -> its touched pages
  std::uint64_t pages_ = 0;
  std::uint64_t segments_ = 0;
  std::uint64_t last_page_ = ~std::uint64_t{0};
};

}  // namespace tarn::trace
