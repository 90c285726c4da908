#include "sw/replay/access_tally.h"

#include <gtest/gtest.h>

namespace tarn::replay {
namespace {

using pool::ProbeEvent;

// Host 1's segment 5 in slot 2 with 3 accesses, host 0's segment 7 in slot 0 with 1.
AccessTally Tally() {
  AccessTally tally(4);
  tally.Observe({.kind = ProbeEvent::kAssign, .host = 1, .segment = 5, .slot = 2});
  tally.Observe({.kind = ProbeEvent::kMiss, .host = 1, .segment = 5});
  for (int i = 0; i < 2; ++i) tally.Observe({.kind = ProbeEvent::kHit, .host = 1, .segment = 5, .slot = 2});
  tally.Observe({.kind = ProbeEvent::kEarly, .host = 1, .segment = 5, .slot = 2});
  tally.Observe({.kind = ProbeEvent::kHit, .host = 0, .segment = 7, .slot = 0});
  return tally;
}

TEST(AccessTally, AgreesWithAListThatIsRightInAnyOrder) {
  EXPECT_TRUE(Tally().Compare({{0, 7, 1}, {1, 5, 3}}, false).ok());
}

TEST(AccessTally, FindsAWrongCountASegmentMissingAndOneTooMany) {
  EXPECT_FALSE(Tally().Compare({{0, 7, 1}, {1, 5, 2}}, false).ok());
  EXPECT_FALSE(Tally().Compare({{1, 5, 3}}, false).ok());
  EXPECT_FALSE(Tally().Compare({{0, 7, 1}, {1, 5, 3}, {1, 6, 1}}, false).ok());
  EXPECT_FALSE(Tally().Compare({{0, 7, 1}, {1, 5, 3}, {1, 5, 3}}, false).ok());
}

TEST(AccessTally, AListThatWasFullMayLeaveSegmentsOut) { EXPECT_TRUE(Tally().Compare({{1, 5, 3}}, true).ok()); }

TEST(AccessTally, ASegmentThatLostItsSlotIsForgotten) {
  AccessTally tally = Tally();
  tally.Observe({.kind = ProbeEvent::kColdOut, .host = 1, .segment = 5, .slot = 2});
  EXPECT_TRUE(tally.Compare({{0, 7, 1}}, false).ok());
  tally.Observe({.kind = ProbeEvent::kKept, .host = 1, .segment = 5, .slot = 2});
  tally.Observe({.kind = ProbeEvent::kHit, .host = 1, .segment = 5, .slot = 2});
  EXPECT_TRUE(tally.Compare({{0, 7, 1}, {1, 5, 1}}, false).ok());
}

TEST(AccessTally, ASegmentThatMovesTakesItsCountAlong) {
  AccessTally tally = Tally();
  tally.Observe({.kind = ProbeEvent::kMoved, .host = 1, .segment = 5, .slot = 3, .from = 2});
  tally.Observe({.kind = ProbeEvent::kHit, .host = 1, .segment = 5, .slot = 3});
  EXPECT_TRUE(tally.Compare({{0, 7, 1}, {1, 5, 4}}, false).ok());
}

TEST(AccessTally, CountsStopWhereTheCountersDo) {
  AccessTally tally(1);
  for (int i = 0; i < 70'000; ++i) tally.Observe({.kind = ProbeEvent::kHit, .host = 0, .segment = 7, .slot = 0});
  EXPECT_TRUE(tally.Compare({{0, 7, 65'535}}, false).ok());
}

TEST(AccessTally, NamesTheHottest) {
  EXPECT_EQ(AccessTally::Describe({{0, 7, 1}, {1, 5, 3}}), "2 segments, the hottest host 1, segment 5 with 3 accesses");
  EXPECT_EQ(AccessTally::Describe({}), "no segment was accessed");
}

}  // namespace
}  // namespace tarn::replay
