// Plans put everything somewhere of its own, choose modes that reach, and refuse what cannot be done.
#include "sw/replay/plan.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/replay/fake_platform.h"
#include "tests/replay/test_trace.h"

namespace tarn::replay {
namespace {

using drivers::kPage2MiB;
using drivers::kPage4KiB;

constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr std::uint32_t kDevice = 1;  // the host with an IOMMU

// Host 0 is a CPU, the others have IOMMUs.
hal::NodeParameters Node(std::uint32_t hosts = 2, std::uint32_t segments_per_host = 4096) {
  hal::NodeParameters node = FakePlatform({}).parameters();
  node.hosts = hosts;
  node.host_has_iommu.assign(hosts, true);
  node.host_has_iommu[0] = false;
  node.segments_per_host = segments_per_host;
  return node;
}

std::string TraceAt(const std::string& name, const std::vector<std::uint64_t>& addresses) {
  std::vector<trace::Access> accesses;
  for (const std::uint64_t address : addresses) accesses.push_back({.line = address / kLineBytes});
  return WriteTrace(name, accesses);
}

Addressing FirstStage(std::optional<drivers::PagingMode> mode, std::uint64_t page_bytes_max = kPage4KiB) {
  return {.first = StageChoice{.mode = mode, .page_bytes_max = page_bytes_max}, .second = {}};
}

TEST(Plan, RefusesAHostThatIsNotThere) {
  const auto plans = MakePlans({{5, WriteRandomTrace("plan", 1)}}, {}, 10, Node());
  ASSERT_FALSE(plans.ok());
  EXPECT_NE(plans.status().message().find("hosts 0 to 1"), std::string::npos);
}

TEST(Plan, RefusesTranslationWithoutAnIommu) {
  const auto plans = MakePlans({{0, WriteRandomTrace("plan", 1)}}, {{0, FirstStage({})}}, 10, Node());
  ASSERT_FALSE(plans.ok());
  EXPECT_NE(plans.status().message().find("no IOMMU"), std::string::npos);
}

TEST(Plan, GivesProgramsOfOneHostPlacesOfTheirOwn) {
  const auto plans =
      MakePlans({{0, WriteRandomTrace("first", 1)}, {0, WriteRandomTrace("second", 2)}}, {}, kAll, Node());
  ASSERT_TRUE(plans.ok());
  ASSERT_EQ(plans->size(), 1U);
  const HostPlan& plan = (*plans)[0];
  EXPECT_EQ(plan.programs[1].places().front(), plan.programs[0].places().back() + 1);
  EXPECT_EQ(plan.window_segments, plan.programs[0].segments() + plan.programs[1].segments());
}

TEST(Plan, ChoosesTheNarrowestModeThatReachesTheAddresses) {
  const std::pair<std::uint64_t, drivers::PagingMode> ends[] = {{std::uint64_t{1} << 38, drivers::kSv39},
                                                                {(std::uint64_t{1} << 38) + 1, drivers::kSv48},
                                                                {std::uint64_t{1} << 47, drivers::kSv48},
                                                                {(std::uint64_t{1} << 47) + 1, drivers::kSv57}};
  for (const auto& [end, mode] : ends) {
    const auto plans =
        MakePlans({{kDevice, TraceAt("end", {0x1000, end - 1})}}, {{kDevice, FirstStage({})}}, kAll, Node());
    ASSERT_TRUE(plans.ok()) << plans.status().message();
    EXPECT_EQ((*plans)[0].addressing.first->mode, mode) << end;
  }
}

TEST(Plan, RefusesAModeThatDoesNotReachAndNamesOneThatDoes) {
  const auto plans = MakePlans({{kDevice, TraceAt("high", {std::uint64_t{1} << 46})}},
                               {{kDevice, FirstStage(drivers::kSv39)}}, kAll, Node());
  ASSERT_FALSE(plans.ok());
  EXPECT_NE(plans.status().message().find("beyond 2^38, which Sv39 cannot map; Sv48 can"), std::string::npos)
      << plans.status().message();
}

TEST(Plan, RefusesAddressesThatNoModeReaches) {
  const auto plans =
      MakePlans({{kDevice, TraceAt("far", {std::uint64_t{1} << 57})}}, {{kDevice, FirstStage({})}}, kAll, Node());
  ASSERT_FALSE(plans.ok());
  EXPECT_NE(plans.status().message().find("no first stage can map"), std::string::npos);
}

// The first two regions hold two segments each, the last one.
TEST(Plan, TakesLargePagesOnlyAsFarAsTheWindowHasRoom) {
  const std::string trace = TraceAt("sparse", {0, 0x10000, kPage2MiB, kPage2MiB + 0x10000, 100 * kPage2MiB});
  const auto mapped = [&](std::uint32_t segments_per_host) {
    const auto plans =
        MakePlans({{kDevice, trace}}, {{kDevice, FirstStage({}, kPage2MiB)}}, kAll, Node(2, segments_per_host));
    EXPECT_TRUE(plans.ok());
    EXPECT_LE((*plans)[0].window_segments, segments_per_host);
    EXPECT_EQ((*plans)[0].footprint_segments, 5U + 1U);
    return (*plans)[0].mapped_first;
  };
  using Pages = std::map<std::uint64_t, std::uint64_t>;
  EXPECT_EQ(mapped(97), (Pages{{kPage2MiB, 3}}));
  EXPECT_EQ(mapped(96), (Pages{{kPage2MiB, 2}, {drivers::kPage64KiB, 1}}));
  EXPECT_EQ(mapped(65), (Pages{{kPage2MiB, 1}, {drivers::kPage64KiB, 3}}));
  EXPECT_EQ(mapped(6), (Pages{{drivers::kPage64KiB, 5}}));
}

TEST(Plan, RefusesWhatDoesNotFitTheWindowEvenWithSmallPages) {
  const auto plans = MakePlans({{kDevice, TraceAt("many", {0, 0x10000, 0x20000})}},
                               {{kDevice, FirstStage({}, kPage2MiB)}}, kAll, Node(2, 3));
  ASSERT_FALSE(plans.ok());
  EXPECT_NE(plans.status().message().find("take 4 segments; a window has at most 3"), std::string::npos)
      << plans.status().message();
}

TEST(Plan, LaysAGuestsMemoryOutOtherwiseThanTheHosts) {
  const Addressing both{.first = StageChoice{}, .second = StageChoice{.mode = drivers::kSv39x4}};
  const auto plans = MakePlans({{kDevice, WriteRandomTrace("guest", 1)}}, {{kDevice, both}}, kAll, Node());
  ASSERT_TRUE(plans.ok());
  const HostPlan& plan = (*plans)[0];
  const std::uint64_t last = plan.program_bytes() - kPageBytes;
  EXPECT_EQ(plan.GuestAddress(last), GuestPhysAddr(HostPlan::kGuestMemory));
  EXPECT_EQ(plan.GuestAddress(8), GuestPhysAddr(HostPlan::kGuestMemory + last + 8));
  // Every page of the guest's programs, and the tables of the first stage behind them.
  EXPECT_GT(plan.mapped_second.at(kPage4KiB), plan.program_bytes() / kPageBytes);
}

TEST(Plan, TakesTwoStagesForTheLastDeviceHostAndLargePagesForTheOneBefore) {
  const auto chosen = DefaultAddressing({{0, "a"}, {1, "b"}, {2, "c"}, {3, "d"}}, Node(5));
  ASSERT_EQ(chosen.size(), 2U);
  EXPECT_TRUE(chosen.at(3).first && chosen.at(3).second);
  EXPECT_TRUE(chosen.at(2).first && !chosen.at(2).second);
  EXPECT_EQ(chosen.at(2).first->page_bytes_max, kPage2MiB);
  EXPECT_TRUE(DefaultAddressing({{0, "a"}}, Node(5)).empty());
}

}  // namespace
}  // namespace tarn::replay
