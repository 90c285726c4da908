// A set of an object's blocks, kept as runs, so that its size is that of its holes and not of what it covers.
#pragma once

#include <algorithm>
#include <boost/icl/interval_set.hpp>
#include <cstdint>
#include <functional>

#include "sw/dataset/types.h"

namespace tarn::dataset {

class BlockSet {
 public:
  void Add(const BlockRange& range) { runs_.add({range.first, range.end()}); }

  // each(part, is_in): the parts of a range that are in the set and those that are not, in order.
  template <typename Each>
  void Split(const BlockRange& range, Each each) const {
    std::uint64_t at = range.first;
    const auto take_to = [&](std::uint64_t end, bool is_in) {
      if (at < end) each(BlockRange{.first = at, .count = end - at}, is_in);
      at = std::max(at, end);
    };
    for (auto run = runs_.lower_bound({range.first, range.end()}); run != runs_.end() && run->lower() < range.end();
         ++run) {
      take_to(run->lower(), false);
      take_to(std::min(run->upper(), range.end()), true);
    }
    take_to(range.end(), false);
  }

 private:
  boost::icl::interval_set<std::uint64_t, std::less, boost::icl::right_open_interval<std::uint64_t>> runs_;
};

}  // namespace tarn::dataset
