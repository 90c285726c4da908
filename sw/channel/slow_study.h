// How the share of slow reads tells on the data bus, with each policy of giving their data its place there: made
// streams on a channel with a module of fast cells and one of slow ones.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "tb/channel/mixed_measurement.h"

namespace tarn::channel {

struct SlowStudyOptions {
  std::string fast_preset = "ddr4_2400_17";  // of models/channel/presets, and the next
  std::string slow_preset = "slow_pcm_dimm";
  std::uint64_t lines = 20'000;  // of each stream
  std::vector<RegisterWrite> registers;
  // Asked before each stream; the study ends when it says no.
  std::function<bool(std::size_t done, std::size_t all)> go_on;
};

struct SlowStudy {
  static constexpr std::array kPolicies = {SlowPolicy::kReadySend, SlowPolicy::kFixedSlot, SlowPolicy::kInOrder};
  static constexpr std::array<unsigned, 7> kSlowPercents = {0, 2, 5, 10, 20, 35, 50};

  struct Point {
    unsigned slow_percent;
    double bus_percent;
  };
  struct Curve {
    SlowPolicy policy;
    std::vector<Point> points;
  };

  std::string fast_preset, slow_preset;
  std::uint64_t lines = 0;
  std::vector<Curve> curves;
  std::uint64_t violations = 0;
  std::string failure;  // empty if there was none
  bool interrupted = false;

  bool passed() const { return failure.empty() && violations == 0; }
};

// Errors: there is no such preset, or modules of that kind are not what the mixed channel was built for.
Status CheckSlowStudy(const SlowStudyOptions& options);
// REQUIRES: CheckSlowStudy() was ok.
SlowStudy RunSlowStudy(const SlowStudyOptions& options);

void PrintSlowStudy(std::ostream& out, const SlowStudy& study);
nlohmann::ordered_json SlowStudyToJson(const SlowStudy& study);

}  // namespace tarn::channel
