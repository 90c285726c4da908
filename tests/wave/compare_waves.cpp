#include "tests/wave/compare_waves.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "sw/wave/plan.h"
#include "sw/wave/rules.h"
#include "sw/wave/wave_reader.h"
#include "tb/common/test_options.h"

namespace tarn::wave {

WavePair::WavePair(const std::string& block) : kept_(!tb::GetTestOptions().wave_file.empty()) {
  const std::string temporary = testing::TempDir() + block + "_" + std::to_string(::getpid()) + ".fst";
  dut_ = kept_ ? tb::GetTestOptions().wave_file : temporary;
  golden_ = std::filesystem::path(dut_).replace_extension(".golden.fst").string();
}

WavePair::~WavePair() {
  std::error_code ignored;
  for (const std::string& file : {dut_, golden_}) {
    if (!kept_) std::filesystem::remove(file, ignored);
  }
}

Comparison CompareWaves(const std::string& dut, const std::string& golden, const std::string& rules, bool exact) {
  const auto rule = ReadRules(TARN_SOURCE_DIR "/" + rules);
  EXPECT_TRUE(rule.ok()) << rule.status().message();
  const auto dut_wave = WaveReader::Open(dut), golden_wave = WaveReader::Open(golden);
  EXPECT_TRUE(dut_wave.ok()) << dut_wave.status().message();
  EXPECT_TRUE(golden_wave.ok()) << golden_wave.status().message();
  if (!rule.ok() || !dut_wave.ok() || !golden_wave.ok()) return {};
  const auto plan = MakePlan((*dut_wave)->header(), (*golden_wave)->header(), *rule);
  EXPECT_TRUE(plan.ok()) << plan.status().message();
  if (!plan.ok()) return {};
  const CompareOptions options = {.golden_x_is_anything = rule->golden_x_is_anything};
  auto comparison = (exact ? CompareCycles : CompareTransactions)(**dut_wave, **golden_wave, *plan, options);
  EXPECT_TRUE(comparison.ok()) << comparison.status().message();
  if (!comparison.ok()) return {};
  comparison->time_exponents = {(*dut_wave)->header().time_exponent, (*golden_wave)->header().time_exponent};
  return std::move(*comparison);
}

Difference FirstWrongValue(const Comparison& comparison) {
  const auto found = std::find_if(comparison.differences.begin(), comparison.differences.end(),
                                  [](const Difference& one) { return one.kind == DifferenceKind::kValue; });
  if (found != comparison.differences.end()) return *found;
  ADD_FAILURE() << "no value differs";
  return {};
}

}  // namespace tarn::wave
