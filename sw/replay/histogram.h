// Latencies in buckets of at most 1/16 of their value: constant memory, percentiles within 6.25%.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

namespace tarn::replay {

class Histogram {
 public:
  static constexpr std::uint32_t kSubBuckets = 16;
  static constexpr std::uint32_t kBuckets = kSubBuckets * 40;  // up to 2^43

  void Add(std::uint64_t value) {
    ++counts_[BucketOf(value)];
    ++count_;
    sum_ += value;
    if (value < min_) min_ = value;
    if (value > max_) max_ = value;
  }
  void Merge(const Histogram& other) {
    for (std::uint32_t bucket = 0; bucket < kBuckets; ++bucket) counts_[bucket] += other.counts_[bucket];
    count_ += other.count_;
    sum_ += other.sum_;
    if (other.min_ < min_) min_ = other.min_;
    if (other.max_ > max_) max_ = other.max_;
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t min() const { return count_ == 0 ? 0 : min_; }
  std::uint64_t max() const { return max_; }
  double mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }
  // The least bucket floor that `percent` of the values do not exceed, up to the bucket's width; exact at 100.
  std::uint64_t Percentile(double percent) const {
    if (percent >= 100) return max_;
    const double rank = percent / 100 * static_cast<double>(count_);
    std::uint64_t seen = 0;
    for (std::uint32_t bucket = 0; bucket < kBuckets; ++bucket) {
      seen += counts_[bucket];
      if (seen != 0 && static_cast<double>(seen) >= rank) return FloorOf(bucket);
    }
    return max_;
  }

  std::uint64_t bucket_count(std::uint32_t bucket) const { return counts_[bucket]; }
  // The smallest value of a bucket.
  static constexpr std::uint64_t FloorOf(std::uint32_t bucket) {
    if (bucket < 2 * kSubBuckets) return bucket;
    const std::uint32_t shift = bucket / kSubBuckets - 1;
    return std::uint64_t{kSubBuckets + bucket % kSubBuckets} << shift;
  }
  static constexpr std::uint32_t BucketOf(std::uint64_t value) {
    if (value < 2 * kSubBuckets) return static_cast<std::uint32_t>(value);
    const std::uint32_t shift = static_cast<std::uint32_t>(std::bit_width(value)) - 5;
    const std::uint32_t bucket = (shift + 1) * kSubBuckets + static_cast<std::uint32_t>(value >> shift) % kSubBuckets;
    return bucket < kBuckets ? bucket : kBuckets - 1;
  }

 private:
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t min_ = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t max_ = 0;
};

}  // namespace tarn::replay
