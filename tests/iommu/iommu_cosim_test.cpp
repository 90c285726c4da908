// The RTL against the golden model, at random; and the checks against faults planted in the RTL.
#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <map>
#include <string>

#include "sw/wave/comparison_report.h"
#include "tests/iommu/cosimulation.h"
#include "tests/wave/compare_waves.h"

namespace tarn::tests {
namespace {

CosimulationCounts RunWell(std::uint64_t seed, std::uint64_t translations) {
  Cosimulation cosimulation({.seed = seed, .translations = translations});
  cosimulation.Run();
  EXPECT_EQ(cosimulation.FailureText(), "");
  return cosimulation.counts();
}

// Found by the long run: a line of an old burst faulted after 128 newer bursts had come, and their records were left
// out.
TEST(IommuCosimulation, RecordsOfABurstThatWaitedLongAreNotConfusedWithANewerOnes) { RunWell(1'000'040, 10'000); }

// Many worlds, so that each has its own modes, sizes and shares of what is wrong.
constexpr std::uint64_t kWorlds = 20, kTranslationsPerWorld = 3000;
// And some more for what those cannot reach: not every world has addresses of 32 bits, or a process for each.
constexpr std::uint64_t kWorldsMax = 60, kTranslationsOfMore = 300;

// The bins that nothing reaches, with the reasons.
constexpr char kUnreached[] = TARN_SOURCE_DIR "/tests/iommu/coverage_unreached.txt";

TEST(IommuCosimulation, AgreesWithTheModelOnEveryRequest) {
  CosimulationCounts all;
  Coverage coverage;
  std::uint64_t capabilities = 0;
  const auto is_done = [&](std::uint64_t worlds) {
    return worlds >= kWorlds && (worlds == kWorldsMax || coverage.Differences(capabilities, kUnreached).empty());
  };
  for (std::uint64_t seed = 0; !is_done(seed) && !testing::Test::HasFailure(); ++seed) {
    Cosimulation cosimulation({.seed = tb::GetTestOptions().seed * 100 + seed,
                               .translations = seed < kWorlds ? kTranslationsPerWorld : kTranslationsOfMore,
                               .wanted = &coverage});
    cosimulation.Run();
    EXPECT_EQ(cosimulation.FailureText(), "");
    const CosimulationCounts& counts = cosimulation.counts();
    all.compared += counts.compared;
    all.passed += counts.passed;
    all.records += counts.records;
    all.changed_under_way += counts.changed_under_way;
    all.parity_errors += counts.parity_errors;
    all.outside += counts.outside;
    all.cycles += counts.cycles;
    for (const auto& [cause, count] : counts.causes) all.causes[cause] += count;
    coverage.Add(cosimulation.coverage());
    capabilities = cosimulation.capabilities();
  }
  std::cout << all.compared << " translations, " << all.passed << " passed, " << all.records << " fault records, "
            << all.changed_under_way << " changes under way, " << all.parity_errors << " parity errors, " << all.outside
            << " words written outside, " << all.cycles << " cycles\n"
            << coverage.reached() << " of " << Coverage::Bins(capabilities).size() << " bins reached\n";
  for (const auto& [cause, count] : all.causes) std::cout << "  cause " << cause << ": " << count << "\n";
  EXPECT_GE(all.compared, 50000u);
  EXPECT_GE(all.passed, 25000u);
  EXPECT_GE(all.parity_errors, 1000u);
  EXPECT_GE(all.outside, 100u);
  EXPECT_EQ(coverage.Differences(capabilities, kUnreached), "");
}

// A run's wave, and the golden model's.
struct WavesOfARun {
  std::string failures;
  wave::Comparison comparison;
};
WavesOfARun CompareWavesOfARun(tb::Plant plant) {
  const wave::WavePair waves("iommu");
  WavesOfARun run;
  {
    Cosimulation cosimulation({.seed = tb::GetTestOptions().seed,
                               .translations = 2000,
                               .plant = plant,
                               .changes_under_way = false,
                               .wave_file = waves.dut(),
                               .golden_wave_file = waves.golden()});
    cosimulation.Run();
    run.failures = cosimulation.FailureText();
  }
  run.comparison = wave::CompareWaves(waves.dut(), waves.golden(), "rtl/iommu/waves.json");
  return run;
}

TEST(IommuWaves, AreThoseOfTheGoldenModel) {
  const WavesOfARun run = CompareWavesOfARun(tb::Plant::kNone);
  EXPECT_EQ(run.failures, "");
  for (const wave::Difference& one : run.comparison.differences) {
    ADD_FAILURE() << one.signal << ": " << wave::DifferenceText(run.comparison, one);
  }
  EXPECT_EQ(run.comparison.ports.size(), 4u);
  EXPECT_GE(run.comparison.compared, 5000u);  // requests, answers, and host requests of half of them
}

TEST(IommuWaves, ShowAPlantedFaultInItsCycle) {
  const WavesOfARun run = CompareWavesOfARun(tb::Plant::kWrongTranslationBit);
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  EXPECT_EQ(difference.signal, "host_req_o.addr");
  // The wave's cycles begin with those of the reset.
  const std::uint64_t cycle = difference.dut->cycle - tb::Simulation<Vtb_iommu>::kResetCycles;
  EXPECT_NE(run.failures.find("\n  cycle " + std::to_string(cycle) + "\n"), std::string::npos)
      << "cycle " << cycle << "\n"
      << run.failures;
}

// The address of a fault, in the fields of its transaction.
std::uint64_t AddressOf(const std::string& fields) {
  const std::string name = "iotval=";
  const std::size_t at = fields.find(name);
  return at == std::string::npos ? 0 : std::stoull(fields.substr(at + name.size()), nullptr, 16);
}

// Which no port of the unit shows but that to the memory of its queue.
TEST(IommuWaves, ShowAPlantedFaultOfARecordInItsCycle) {
  const WavesOfARun run = CompareWavesOfARun(tb::Plant::kWrongFaultAddress);
  // Records are paired by the address, which is the wrong one: it is there on one side only, and so is the right one.
  ASSERT_EQ(run.comparison.differences.size(), 2u);
  std::map<wave::DifferenceKind, const wave::Difference*> found;
  for (const wave::Difference& one : run.comparison.differences) {
    EXPECT_EQ(one.signal, "device_fault") << wave::DifferenceText(run.comparison, one);
    found[one.kind] = &one;
  }
  const wave::Difference* observed = found[wave::DifferenceKind::kOnlyDut];
  const wave::Difference* expected = found[wave::DifferenceKind::kOnlyGolden];
  ASSERT_TRUE(observed != nullptr && expected != nullptr);
  EXPECT_EQ(AddressOf(observed->dut_fields) ^ AddressOf(expected->golden_fields), 0x1000u)
      << observed->dut_fields << "\n"
      << expected->golden_fields;
}

class IommuPlanted : public testing::TestWithParam<tb::Plant> {};

// Within what the test above goes through.
TEST_P(IommuPlanted, IsCaught) {
  for (std::uint64_t seed = 0; seed < kWorlds; ++seed) {
    Cosimulation cosimulation(
        {.seed = tb::GetTestOptions().seed * 100 + seed, .translations = kTranslationsPerWorld, .plant = GetParam()});
    cosimulation.Run();
    if (!cosimulation.FailureText().empty()) return;
  }
  FAIL() << "after " << kWorlds << " worlds";
}

std::string PlantName(const testing::TestParamInfo<tb::Plant>& plant) {
  static constexpr const char* kNames[] = {"None",
                                           "WrongTranslationBit",
                                           "StaleEntry",
                                           "WalkIgnoresInvalidation",
                                           "HitPassesWaiter",
                                           "WrongFaultAddress",
                                           "FenceDoesNotWait",
                                           "StalePointers",
                                           "RangeIgnored",
                                           "PointerKeptUnderNl",
                                           "RequestKeepsItsIds",
                                           "TablesReadWithUnitsIds",
                                           "ParityIgnored",
                                           "OutsideDoesNotWait"};
  return kNames[static_cast<int>(plant.param)];
}

INSTANTIATE_TEST_SUITE_P(Faults, IommuPlanted,
                         testing::Values(tb::Plant::kWrongTranslationBit, tb::Plant::kStaleEntry,
                                         tb::Plant::kWalkIgnoresInvalidation, tb::Plant::kHitPassesWaiter,
                                         tb::Plant::kWrongFaultAddress, tb::Plant::kFenceDoesNotWait,
                                         tb::Plant::kStalePointers, tb::Plant::kRangeIgnored,
                                         tb::Plant::kPointerKeptUnderNl, tb::Plant::kRequestKeepsItsIds,
                                         tb::Plant::kTablesReadWithUnitsIds, tb::Plant::kParityIgnored,
                                         tb::Plant::kOutsideDoesNotWait),
                         PlantName);

}  // namespace
}  // namespace tarn::tests
