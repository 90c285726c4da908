// What the replacement policy remembers of evicted segments: a table of tags with the time of their eviction, set
// associative, in RAM. Time is counted in evictions remembered, in units of a 32nd of the memory.
#pragma once

#include <cstdint>
#include <vector>

namespace tarn::pool {

class PolicyGhost {
 public:
  static constexpr unsigned kWays = 4;
  static constexpr unsigned kTagBits = 12;
  static constexpr unsigned kStampBits = 7;

  // Of a memory of at most so many slots: two places for each, as a power of two.
  explicit PolicyGhost(std::uint32_t slots_max);

  // Whether the segment is among about the last `evictions_max` that were remembered; it is not any more afterwards.
  bool Take(std::uint32_t fingerprint, std::uint32_t evictions_max);
  void Remember(std::uint32_t fingerprint);

  unsigned set_bits() const { return set_bits_; }

 private:
  // No entry grows older: 1.5 times the memory in units, and one sweep more is less than a stamp wraps.
  static constexpr std::uint32_t kAgeMax = 48;

  struct Way {
    bool valid = false;
    std::uint32_t tag = 0;
    std::uint32_t stamp = 0;
  };
  Way* SetOf(std::uint32_t fingerprint) { return &ways_[(fingerprint & (sets_ - 1)) * kWays]; }
  std::uint32_t TagOf(std::uint32_t fingerprint) const { return fingerprint >> set_bits_ & ((1u << kTagBits) - 1); }
  std::uint32_t AgeOf(const Way& way) const { return (now() - way.stamp) & ((1u << kStampBits) - 1); }
  std::uint32_t now() const { return remembered_ >> unit_shift_ & ((1u << kStampBits) - 1); }
  void Sweep();

  std::uint32_t sets_;
  unsigned set_bits_;
  unsigned unit_shift_;
  std::uint32_t remembered_ = 0;  // evictions
  std::uint32_t sweep_set_ = 0;
  std::vector<Way> ways_;
};

}  // namespace tarn::pool
