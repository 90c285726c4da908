// Which of the bins (first stage, second stage, page size, cause) requests have reached.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tb/iommu/world.h"

namespace tarn::tests {

struct Bin {
  tb::Scheme first = tb::Scheme::kBare, second = tb::Scheme::kBare;
  unsigned shift = 12;      // of the smaller of both stages' leaves; 63: neither stage has one
  std::uint32_t cause = 0;  // 0: translated

  friend auto operator<=>(const Bin&, const Bin&) = default;
};
std::string Name(const Bin& bin);

class Coverage {
 public:
  void Count(const Bin& bin) { ++counts_[bin]; }
  void Add(const Coverage& other) {
    for (const auto& [bin, count] : other.counts_) counts_[bin] += count;
  }
  std::uint64_t count(const Bin& bin) const {
    const auto found = counts_.find(bin);
    return found == counts_.end() ? 0 : found->second;
  }
  // All bins of the features that `capabilities` shows.
  static std::vector<Bin> Bins(std::uint64_t capabilities);
  // Compares with the list of bins that cannot be reached: one line for each bin that was neither reached nor is in the
  // list, and for each one that is in the list and was reached. unreached_file: lines "FIRST SECOND SIZE CAUSE:
  // reason", where * stands for any, and A,B for A or B; # begins a comment.
  std::string Differences(std::uint64_t capabilities, const std::string& unreached_file) const;
  std::size_t reached() const { return counts_.size(); }

 private:
  std::map<Bin, std::uint64_t> counts_;
};

}  // namespace tarn::tests
