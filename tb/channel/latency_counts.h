// How often each latency occurred, exactly.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tarn::channel {

class LatencyCounts {
 public:
  // Larger values are counted as this one (the mean and the largest stay exact).
  static constexpr std::uint64_t kValueMax = (1 << 22) - 1;

  void Add(std::uint64_t clocks) {
    const auto place = static_cast<std::size_t>(std::min(clocks, kValueMax));
    if (place >= counts_.size()) counts_.resize(std::max(place + 1, 2 * counts_.size()));
    ++counts_[place];
    ++count_;
    sum_ += clocks;
    max_ = std::max(max_, clocks);
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }
  // The least value that `percent` of all do not exceed; 0 if there is none.
  std::uint64_t Percentile(double percent) const {
    const double rank = percent / 100 * static_cast<double>(count_);
    std::uint64_t seen = 0;
    for (std::size_t value = 0; value < counts_.size(); ++value) {
      seen += counts_[value];
      if (counts_[value] != 0 && static_cast<double>(seen) >= rank) return value;
    }
    return 0;
  }
  // By value; may end in zeros.
  const std::vector<std::uint64_t>& counts() const { return counts_; }

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0, sum_ = 0, max_ = 0;
};

}  // namespace tarn::channel
