// What software hears of segments, and the marks at which slots in use are thinned out.
#include <gtest/gtest.h>

#include <tuple>

#include "tests/pool/scenario.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
namespace host_reg = pool_host_registers;

enum Kind : std::uint32_t { kAssigned, kPagedIn, kPagedOut, kReleased };
using Event = std::tuple<Kind, std::uint32_t, std::uint32_t>;  // kind, host, segment

class PoolEvents : public PoolScenario {
 protected:
  void Record(std::uint32_t kinds) { bench_->management().Write(reg::segment_event_mask::kOffset, kinds); }
  std::vector<Event> Events() {
    std::vector<Event> events;
    while (true) {
      const std::uint32_t event = bench_->management().Read(reg::segment_event::kOffset).rdata;
      if ((event & reg::segment_event::Valid::kMask) == 0) return events;
      events.emplace_back(static_cast<Kind>(reg::segment_event::Kind::Get(event)), reg::segment_event::Host::Get(event),
                          reg::segment_event::Segment::Get(event));
      bench_->management().Write(reg::segment_event_pop::kOffset, 1);
    }
  }
  bool Raised(std::uint32_t mask) { return (PoolScenario::Events() & mask) != 0; }
  std::uint32_t SlotsInUse() { return WideShape::kSlots - bench_->management().Read(reg::free_slots::kOffset).rdata; }
  void SetMarks(std::uint32_t first, std::uint32_t page_out, std::uint32_t low) {
    bench_->management().Write(reg::first_mark::kOffset, first);
    bench_->management().Write(reg::low_mark::kOffset, low);
    bench_->management().Write(reg::page_out_mark::kOffset, page_out);
  }
};

TEST_F(PoolEvents, WhatHappensToASegmentIsToldInItsOrder) {
  Make({.all_zero = true});
  Record(0xF);
  bench_->management().Write(reg::event_enable::kOffset, reg::events::SegmentEvent::kMask);
  Read(1, 3 * kSegment);
  EXPECT_EQ(bench_->dut().irq_o, 1);
  bench_->host_registers(1).Write(host_reg::release_segment::kOffset, 3);
  bench_->host_registers(1).Write(host_reg::release_command::kOffset, 1);
  ASSERT_TRUE(bench_->simulation().Run(500));
  EXPECT_EQ(Events(), (std::vector<Event>{{kAssigned, 1, 3}, {kPagedIn, 1, 3}, {kReleased, 1, 3}}));
  bench_->management().Write(reg::events::kOffset, reg::events::SegmentEvent::kMask);
  EXPECT_EQ(bench_->dut().irq_o, 0);
}

TEST_F(PoolEvents, OnlyKindsThatSoftwareWantsAreRecorded) {
  Make({.all_zero = true});
  Record(1u << kPagedOut);
  for (std::uint64_t segment = 0; segment < WideShape::kSlots + 2; ++segment) Read(0, segment * kSegment);
  ASSERT_TRUE(bench_->simulation().Run(500));
  const std::vector<Event> events = Events();
  EXPECT_GE(events.size(), 2u);
  for (const Event& event : events) EXPECT_EQ(std::get<0>(event), kPagedOut);
}

TEST_F(PoolEvents, EventsThatFindNoRoomAreCounted) {
  Make({.all_zero = true});
  Record(1u << kPagedIn);
  for (std::uint64_t page = 0; page < 70; ++page) Read(0, page * kPageBytes);
  ASSERT_TRUE(bench_->simulation().Run(1000));  // until the last has come
  EXPECT_EQ(bench_->management().Read(reg::segment_events_lost::kOffset).rdata, 6u);
  EXPECT_EQ(Events().size(), 64u);
}

TEST_F(PoolEvents, PastTheSecondMarkSegmentsLeaveUntilTheLowMarkIsReached) {
  Make({.all_zero = true});
  SetMarks(6, 8, 4);
  for (std::uint64_t segment = 0; segment < 5; ++segment) Read(0, segment * kSegment);
  EXPECT_FALSE(Raised(reg::events::FirstMark::kMask));
  Read(0, 5 * kSegment);
  EXPECT_TRUE(Raised(reg::events::FirstMark::kMask));
  EXPECT_FALSE(Raised(reg::events::PageOutMark::kMask));
  EXPECT_EQ(SlotsInUse(), 6u);
  for (std::uint64_t segment = 6; segment < 8; ++segment) Read(0, segment * kSegment);
  ASSERT_TRUE(bench_->simulation().Run(2000));
  EXPECT_TRUE(Raised(reg::events::PageOutMark::kMask));
  EXPECT_EQ(SlotsInUse(), 4u);
  Read(0, 9 * kSegment);
  ASSERT_TRUE(bench_->simulation().Run(2000));
  EXPECT_EQ(SlotsInUse(), 5u) << "below the second mark nothing leaves";
}

TEST_F(PoolEvents, WhereNothingCanLeaveTheHandRests) {
  Make({.all_zero = true});
  constexpr std::uint32_t kPin = 4;
  for (std::uint32_t segment = 0; segment < 8; ++segment) {
    Read(0, segment * kSegment);
    bench_->management().Write(reg::map_host::kOffset, 0);
    bench_->management().Write(reg::map_segment::kOffset, segment);
    bench_->management().Write(reg::map_command::kOffset, kPin);
    ASSERT_TRUE(bench_->simulation().Run(100));
  }
  SetMarks(0, 8, 4);
  ASSERT_TRUE(bench_->simulation().Run(2000));
  std::uint64_t steps = 0;
  bench_->probe_hook = [&](const pool::PoolProbe& event, std::uint64_t) {
    if (event.kind == pool::ProbeEvent::kSkip) ++steps;
  };
  ASSERT_TRUE(bench_->simulation().Run(2000));
  EXPECT_EQ(steps, 0u);
  EXPECT_EQ(SlotsInUse(), 8u);
}

}  // namespace
}  // namespace tarn::tests
