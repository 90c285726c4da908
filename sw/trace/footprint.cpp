#include "sw/trace/footprint.h"

namespace tarn::trace {

bool Footprint::Touch(std::uint64_t line) {
  const std::uint64_t page = line / 64;
  if (page == last_page_) return true;
  const std::uint64_t region = page / 64;
  auto found = regions_.find(region);
  if (found == regions_.end()) {
    if (regions_.size() == regions_max_) return false;
    found = regions_.emplace(region, 0).first;
  }
  const std::uint64_t bit = std::uint64_t{1} << (page % 64);
  const std::uint64_t segment_bits = std::uint64_t{0xffff} << (page % 64 / 16 * 16);
  if ((found->second & segment_bits) == 0) ++segments_;
  if ((found->second & bit) == 0) ++pages_;
  found->second |= bit;
  last_page_ = page;
  return true;
}

}  // namespace tarn::trace
