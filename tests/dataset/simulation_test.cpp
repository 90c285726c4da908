// The replication in simulated time: faults of every kind, checked clients; and bugs planted in it, each of which must
// be found.
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "sw/dataset/simulation/report.h"

namespace tarn::dataset::simulation {
namespace {

std::string Text(const SimulationReport& report) {
  std::ostringstream text;
  PrintReport(text, report);
  return text.str();
}

#ifdef TARN_LONG_SIMULATION
TEST(LongSimulation, OfASeedOfItsOwnFindsNothing) {
  const auto seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count());
  std::cout << "seed " << seed << "\n";
  const SimulationReport report = Simulate({.seed = seed, .hours = 200});
  EXPECT_EQ(report.violation, std::nullopt) << Text(report);
}
#else
// targets.md: 100 hours, 5 million operations, each kind of fault 100 times, no gap over a second.
TEST(Simulation, OfAHundredHoursFindsNothing) {
  const SimulationReport report = Simulate({.seed = 1, .hours = 100});
  const std::string text = Text(report);
  std::cout << text;
  ASSERT_EQ(report.violation, std::nullopt) << text;
  EXPECT_GE(report.simulated_hours, 100);
  EXPECT_GE(report.operations, 5'000'000u);
  for (std::size_t fault = 0; fault < kFaults; ++fault)
    EXPECT_GE(report.faults[fault], 100u) << Name(static_cast<Fault>(fault));
  EXPECT_LE(report.longest_gap_seconds, 1.0);
  EXPECT_GT(report.nonzero_reads * 2, report.checked_reads);
  EXPECT_GE(report.comparisons, 500u);
  EXPECT_GE(report.verifications, 1000u);
  // Every message meets every fault that lasts.
  EXPECT_TRUE(UnreachedPairs(report).empty()) << text;
}

TEST(Simulation, DoesTheSameAgainForTheSameSeed) {
  const SimulationReport first = Simulate({.seed = 5, .hours = 0.3});
  const SimulationReport again = Simulate({.seed = 5, .hours = 0.3});
  const SimulationReport other = Simulate({.seed = 6, .hours = 0.3});
  EXPECT_EQ(first.trace_hash, again.trace_hash);
  EXPECT_EQ(first.events, again.events);
  EXPECT_NE(first.trace_hash, other.trace_hash);
  EXPECT_EQ(first.violation, std::nullopt);
}

TEST(Simulation, SaysTheSameHoweverManyWorldsRunAtATime) {
  SimulationOptions options = {.seed = 1, .hours = 5};
  for (const PlantedBug bug : {PlantedBug::kNone, PlantedBug::kSkipSettling}) {
    options.planted = bug;
    options.jobs = 1;
    const std::string alone = Text(Simulate(options));
    options.jobs = 3;
    EXPECT_EQ(Text(Simulate(options)), alone);
  }
}

TEST(Simulation, AnOperatorWhoChangesMembersIsServed) {
  const SimulationReport report = Simulate({.seed = 3, .hours = 3, .operates = true});
  EXPECT_EQ(report.violation, std::nullopt) << Text(report);
  EXPECT_GE(report.scrubs, 50u);
  EXPECT_GE(report.member_changes, 50u);
}

// Worlds that found something once. Their course has changed since; what was found has a test of its own beside them
// (resync_test.cpp, log_test.cpp), or was a fault of the simulation.
struct KnownWorld {
  std::uint64_t seed, world;
  bool operates;
};
class KnownWorlds : public testing::TestWithParam<KnownWorld> {};

TEST_P(KnownWorlds, FindNothing) {
  const SimulationReport report =
      Simulate({.seed = GetParam().seed, .world = GetParam().world, .operates = GetParam().operates});
  EXPECT_EQ(report.violation, std::nullopt) << Text(report);
}

constexpr KnownWorld kKnownWorlds[] = {
    {1, 31, true},   // a learner became in sync as the only one that had an update
    {1, 6, true},    // all waited for each other: one had no room to merge the others' states
    {1, 14, false},  // learners had no room for what they were to fetch
    {2, 21, false},  // the simulation deleted an object whose making was not answered yet
    {4, 25, false},  // it filled a disk, trimmed that, and had the trim lost with the power
    {4, 2, true},    // it took a disk for whole that rotted while it was read
};
INSTANTIATE_TEST_SUITE_P(Simulation, KnownWorlds, testing::ValuesIn(kKnownWorlds), [](const auto& known) {
  return "Seed" + std::to_string(known.param.seed) + "World" + std::to_string(known.param.world);
});

TEST(Simulation, OfOneMemberAndOfFiveFindsNothing) {
  for (const std::uint32_t members : {1u, 5u}) {
    const SimulationReport report = Simulate({.seed = 2, .hours = 0.5, .members = members});
    EXPECT_EQ(report.violation, std::nullopt) << members << " members\n" << Text(report);
  }
}

class PlantedBugs : public testing::TestWithParam<std::string> {};

TEST_P(PlantedBugs, AreFound) {
  const auto bug = BugByName(GetParam());
  ASSERT_TRUE(bug);
  SimulationOptions options = {.seed = 1, .hours = 12, .planted = *bug};
  const SimulationReport report = Simulate(options);
  ASSERT_TRUE(report.violation) << "not found in " << report.simulated_hours << " hours";
  std::cout << GetParam() << ": " << *report.violation << " (" << report.simulated_hours << " h)\n";
}

std::string ParameterName(const testing::TestParamInfo<std::string>& info) {
  std::string name;
  for (const char c : info.param) name += c == '-' ? '_' : c;
  return name;
}
INSTANTIATE_TEST_SUITE_P(Simulation, PlantedBugs, testing::ValuesIn(BugNames()), ParameterName);
#endif

}  // namespace
}  // namespace tarn::dataset::simulation
