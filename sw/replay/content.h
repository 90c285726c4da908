// What memory holds before anyone writes, and what writes carry. Traces record no data: values are seeded, so that
// a wrong, stale or lost byte shows.
#pragma once

#include <cstdint>
#include <span>

#include "models/common/line.h"
#include "models/common/random.h"
#include "models/common/units.h"

namespace tarn::replay {

// Content as a function of place and seed. Zero shares are percent of pages (at start) and of lines (written).
class Content {
 public:
  Content(std::uint64_t seed, unsigned zero_page_percent, unsigned zero_line_percent)
      : seed_(Random::Mix(seed + 1)), zero_page_percent_(zero_page_percent), zero_line_percent_(zero_line_percent) {}

  // A page that starts as zero is not on bulk at all.
  bool StartsZero(LogicalPage page) const {
    return Random(seed_ ^ Random::Mix(page.value() * 2)).Percent(zero_page_percent_);
  }

  // The page as it is on bulk before anyone writes.
  void FillInitialPage(LogicalPage page, std::span<std::uint8_t, kPageBytes> bytes) const {
    Random random(seed_ ^ Random::Mix(page.value() * 2 + 1));
    const bool zero = StartsZero(page);
    for (std::uint32_t word = 0; word < kPageBytes; word += 8) {
      const std::uint64_t value = zero ? 0 : random.Next() | 1;
      for (std::uint32_t byte = 0; byte < 8; ++byte) bytes[word + byte] = static_cast<std::uint8_t>(value >> 8 * byte);
    }
  }

  // What the host's `sequence`-th access writes: unique per write, but for a share of zero lines.
  Line WrittenLine(HostId host, std::uint64_t sequence) const {
    const std::uint64_t key = seed_ ^ Random::Mix((std::uint64_t{host.value()} + 1) << 48 ^ sequence);
    if (Random(key).Percent(zero_line_percent_)) return Line{};
    return SeededLine(key);
  }

 private:
  std::uint64_t seed_;
  unsigned zero_page_percent_;
  unsigned zero_line_percent_;
};

}  // namespace tarn::replay
