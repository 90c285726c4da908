#include "sw/replay/placement.h"

#include <algorithm>
#include <utility>

#include "sw/drivers/paging_mode.h"

namespace tarn::replay {

namespace {

constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

class Placer {
 public:
  Placer(const Program& program, PlacementRoom& room)
      : program_(program), room_(room), places_(program.segments(), kNowhere) {}

  void PlaceByPagesOf(std::uint64_t page_bytes);
  void PlaceRest(std::uint64_t page_bytes_max);
  std::vector<std::uint64_t> TakePlaces() { return std::move(places_); }
  std::vector<PlacedPage> TakePages() { return std::move(pages_); }

 private:
  // Touched segments, by index, that one page would cover.
  struct Region {
    std::size_t first = 0;
    std::size_t segments = 0;
    bool chosen = false;
  };

  std::uint64_t SegmentNumber(std::size_t index) const { return program_.segment_numbers()[index]; }
  std::vector<Region> RegionsOf(std::uint64_t segments_per_page) const;
  void Choose(std::vector<Region>& regions, std::uint64_t segments_per_page);
  std::uint64_t Padding(std::uint64_t segments_per_page) const {
    return (segments_per_page - room_.next_segment % segments_per_page) % segments_per_page;
  }

  const Program& program_;
  PlacementRoom& room_;
  std::vector<std::uint64_t> places_;
  std::vector<PlacedPage> pages_;
};

std::vector<Placer::Region> Placer::RegionsOf(std::uint64_t segments_per_page) const {
  std::vector<Region> regions;
  std::uint64_t last = kNowhere;
  for (std::size_t index = 0; index < places_.size(); ++index) {
    if (places_[index] != kNowhere) continue;
    const std::uint64_t number = SegmentNumber(index) / segments_per_page;
    if (number != last) regions.push_back({.first = index});
    ++regions.back().segments;
    last = number;
  }
  return regions;
}

// The most touched first, as long as what they cover beyond that can be spared.
void Placer::Choose(std::vector<Region>& regions, std::uint64_t segments_per_page) {
  std::vector<Region*> order;
  for (Region& region : regions) order.push_back(&region);
  std::ranges::stable_sort(order, std::ranges::greater(), &Region::segments);
  std::uint64_t padding = Padding(segments_per_page);  // once, in front of all of them
  for (Region* region : order) {
    const std::uint64_t untouched = padding + segments_per_page - region->segments;
    if (untouched > room_.spare_segments) continue;
    region->chosen = true;
    room_.spare_segments -= untouched;
    padding = 0;
  }
}

void Placer::PlaceByPagesOf(std::uint64_t page_bytes) {
  const std::uint64_t segment_bytes = program_.segment_bytes();
  const std::uint64_t segments_per_page = page_bytes / segment_bytes;
  std::vector<Region> regions = RegionsOf(segments_per_page);
  Choose(regions, segments_per_page);
  if (std::ranges::none_of(regions, &Region::chosen)) return;
  room_.next_segment += Padding(segments_per_page);
  for (const Region& region : regions) {
    if (!region.chosen) continue;
    const std::uint64_t page_number = SegmentNumber(region.first) / segments_per_page;
    pages_.push_back({page_number * page_bytes, room_.next_segment * segment_bytes, page_bytes});
    for (std::size_t index = region.first; index < region.first + region.segments; ++index) {
      places_[index] = room_.next_segment + SegmentNumber(index) % segments_per_page;
    }
    room_.next_segment += segments_per_page;
  }
}

// Segment by segment, mapped where they are touched by the largest page that a segment holds.
void Placer::PlaceRest(std::uint64_t page_bytes_max) {
  const std::uint64_t segment_bytes = program_.segment_bytes();
  std::uint64_t page_bytes = kPageBytes;
  for (const std::uint64_t size : drivers::kPageSizes) {
    if (size <= page_bytes_max && size <= segment_bytes) page_bytes = size;
  }
  for (std::size_t index = 0; index < places_.size(); ++index) {
    if (places_[index] != kNowhere) continue;
    places_[index] = room_.next_segment++;
    for (std::uint64_t inside = 0; inside < segment_bytes; inside += page_bytes) {
      if (!program_.Touches(index, inside, page_bytes)) continue;
      pages_.push_back(
          {SegmentNumber(index) * segment_bytes + inside, places_[index] * segment_bytes + inside, page_bytes});
    }
  }
}

}  // namespace

std::vector<PlacedPage> PlaceProgram(Program& program, std::uint64_t page_bytes_max, PlacementRoom& room) {
  Placer placer(program, room);
  for (std::size_t i = std::size(drivers::kPageSizes); i-- > 0;) {
    const std::uint64_t page_bytes = drivers::kPageSizes[i];
    if (page_bytes <= page_bytes_max && page_bytes > program.segment_bytes()) placer.PlaceByPagesOf(page_bytes);
  }
  placer.PlaceRest(page_bytes_max);
  program.Place(placer.TakePlaces());
  return placer.TakePages();
}

}  // namespace tarn::replay
