// Large pages are taken where there is room for what they cover, and everything touched is mapped exactly once.
#include "sw/replay/placement.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "models/common/random.h"
#include "sw/drivers/paging_mode.h"
#include "tests/replay/test_trace.h"

namespace tarn::replay {
namespace {

constexpr std::uint64_t kSegmentBytes = 65536;
constexpr std::uint64_t kSegmentsPer2MiB = drivers::kPage2MiB / kSegmentBytes;
constexpr std::uint64_t kNoBound = std::uint64_t{1} << 30;

class Placement : public testing::Test {
 protected:
  // A program that touches the first line of each of `segments`.
  static Program Touching(const std::vector<std::uint64_t>& segments) {
    std::vector<trace::Access> accesses;
    for (const std::uint64_t segment : segments) accesses.push_back({.line = segment * kSegmentBytes / 64});
    const std::string path = WriteTrace("touching", accesses);
    Result<Program> program = Program::Scan(path, kNoBound, kSegmentBytes);
    EXPECT_TRUE(program.ok());
    return std::move(*program);
  }

  // Every touched page is under one page of the first stage, which leads to where the program lies.
  static void ExpectAllMappedOnce(const Program& program, const std::vector<PlacedPage>& pages) {
    std::set<std::uint64_t> places(program.places().begin(), program.places().end());
    EXPECT_EQ(places.size(), program.segments());
    for (const PlacedPage& page : pages) {
      EXPECT_EQ(page.program_addr % page.page_bytes, 0U);
      EXPECT_EQ(page.window_offset % page.page_bytes, 0U);
    }
    program.VisitPages([&](std::uint64_t program_addr, std::uint64_t window_offset) {
      int covering = 0;
      for (const PlacedPage& page : pages) {
        if (program_addr < page.program_addr || program_addr >= page.program_addr + page.page_bytes) continue;
        ++covering;
        EXPECT_EQ(window_offset - page.window_offset, program_addr - page.program_addr);
      }
      EXPECT_EQ(covering, 1) << program_addr;
    });
  }

  static std::map<std::uint64_t, int> Count(const std::vector<PlacedPage>& pages) {
    std::map<std::uint64_t, int> counts;
    for (const PlacedPage& page : pages) ++counts[page.page_bytes];
    return counts;
  }
};

TEST_F(Placement, PutsSegmentsSideBySideWithSmallPages) {
  Program program = Touching({5, 7, 900, 70000});
  PlacementRoom room{.next_segment = 3, .spare_segments = 0};
  const auto pages = PlaceProgram(program, drivers::kPage4KiB, room);
  ExpectAllMappedOnce(program, pages);
  EXPECT_EQ(program.places(), (std::vector<std::uint64_t>{3, 4, 5, 6}));
  EXPECT_EQ(Count(pages), (std::map<std::uint64_t, int>{{drivers::kPage4KiB, 4}}));
  EXPECT_EQ(room.next_segment, 7U);
}

TEST_F(Placement, TakesLargePagesWhereThereIsRoom) {
  Program program = Touching({0, 1, 33, 34, 35, 1000});
  PlacementRoom room{.next_segment = 1, .spare_segments = kNoBound};
  const auto pages = PlaceProgram(program, drivers::kPage2MiB, room);
  ExpectAllMappedOnce(program, pages);
  EXPECT_EQ(Count(pages), (std::map<std::uint64_t, int>{{drivers::kPage2MiB, 3}}));
  EXPECT_EQ(room.next_segment, 4 * kSegmentsPer2MiB);  // aligned, so that one page's worth is lost in front
  EXPECT_EQ(room.spare_segments, kNoBound - (4 * kSegmentsPer2MiB - 1 - 6));
}

TEST_F(Placement, GivesUpTheLeastTouchedLargePagesWhenRoomEnds) {
  Program program = Touching({0, 32, 33, 34, 64, 65});
  PlacementRoom room{.next_segment = 0, .spare_segments = kSegmentsPer2MiB - 3 + kSegmentsPer2MiB - 2};
  const auto pages = PlaceProgram(program, drivers::kPage2MiB, room);
  ExpectAllMappedOnce(program, pages);
  EXPECT_EQ(Count(pages), (std::map<std::uint64_t, int>{{drivers::kPage2MiB, 2}, {drivers::kPage64KiB, 1}}));
  EXPECT_EQ(room.spare_segments, 0U);
  EXPECT_EQ(program.places()[0], 2 * kSegmentsPer2MiB);
}

TEST_F(Placement, StaysExactForRandomProgramsAndRooms) {
  Random random(5);
  for (int round = 0; round < 20; ++round) {
    std::set<std::uint64_t> segments;
    while (segments.size() < 60) segments.insert(random.Below(40000) + (random.Percent(50) ? 1 << 20 : 0));
    Program program = Touching({segments.begin(), segments.end()});
    const std::uint64_t spare = random.Below(40000);
    PlacementRoom room{.next_segment = random.Below(100), .spare_segments = spare};
    const std::uint64_t first = room.next_segment;
    const auto pages = PlaceProgram(program, drivers::kPageSizes[random.Below(4)], room);
    ExpectAllMappedOnce(program, pages);
    EXPECT_EQ(room.next_segment - first, program.segments() + spare - room.spare_segments);
  }
}

}  // namespace
}  // namespace tarn::replay
