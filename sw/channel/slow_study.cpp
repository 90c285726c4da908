#include "sw/channel/slow_study.h"

#include <cstdio>

#include "models/channel/preset_file.h"
#include "models/channel/slow_preset.h"

namespace tarn::channel {

namespace {

bool IsLateForSlots(const Preset& fast, const SlowPreset& slow) {
  constexpr std::uint64_t kLatencyMax = 240;  // clocks, of the register slow_slots
  return slow.read.max_ps > kLatencyMax * fast.tck_ps;
}

}  // namespace

Status CheckSlowStudy(const SlowStudyOptions& options) {
  const Result<SlowPreset> slow = LoadSlowPreset(PresetFile(options.slow_preset));
  if (!slow.ok()) return slow.status();
  const Result<Preset> fast = LoadPreset(PresetFile(options.fast_preset));
  if (!fast.ok()) return Status::Error("wants a preset by its name: " + fast.status().message());
  const ModuleGeometry geometry = fast->Geometry();
  if (!geometry.HasBanksOf({}) || geometry.narrowing != 0) {
    return Status::Error("the channel with slow cells is simulated with modules of DDR4 x8: 4 groups of 4 banks");
  }
  return {};
}

SlowStudy RunSlowStudy(const SlowStudyOptions& options) {
  SlowStudy study{.fast_preset = options.fast_preset,
                  .slow_preset = options.slow_preset,
                  .lines = options.lines,
                  .curves = {},
                  .failure = {}};
  const bool late =
      IsLateForSlots(*LoadPreset(PresetFile(options.fast_preset)), *LoadSlowPreset(PresetFile(options.slow_preset)));
  const std::size_t all = SlowStudy::kPolicies.size() * SlowStudy::kSlowPercents.size();
  std::size_t done = 0;
  for (const SlowPolicy policy : SlowStudy::kPolicies) {
    SlowStudy::Curve curve{.policy = policy, .points = {}};
    for (const unsigned slow_percent : SlowStudy::kSlowPercents) {
      if (policy == SlowPolicy::kFixedSlot && late) break;
      study.interrupted = options.go_on && !options.go_on(done++, all);
      if (study.interrupted || !study.passed()) break;
      const BusShare share = MeasureBusShare({.slow_preset = options.slow_preset,
                                              .fast_preset = options.fast_preset,
                                              .policy = policy,
                                              .slow_percent = slow_percent,
                                              .lines = options.lines,
                                              .registers = options.registers});
      study.violations += share.violations;
      study.failure = share.failure;
      curve.points.push_back({slow_percent, share.percent});
    }
    study.curves.push_back(std::move(curve));
    if (study.interrupted) break;
  }
  return study;
}

void PrintSlowStudy(std::ostream& out, const SlowStudy& study) {
  out << (study.passed() ? "PASSED" : "FAILED") << (study.interrupted ? ", interrupted" : "") << ": " << study.lines
      << " reads a stream, fast cells " << study.fast_preset << ", slow cells " << study.slow_preset
      << "\n  percent of the data bus with data\n  slow reads, percent ";
  for (const unsigned percent : SlowStudy::kSlowPercents) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%7u", percent);
    out << text.data();
  }
  out << "\n";
  for (const SlowStudy::Curve& curve : study.curves) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "  %-19s", Name(curve.policy));
    out << name.data();
    for (const SlowStudy::Point& point : curve.points) {
      std::array<char, 16> text{};
      std::snprintf(text.data(), text.size(), "%7.1f", point.bus_percent);
      out << text.data();
    }
    out << (curve.points.empty() ? "  the cells take longer than a slot can be fixed ahead\n" : "\n");
  }
  if (study.violations != 0) out << "  timing violations   " << study.violations << "\n";
  if (!study.failure.empty()) out << "failure: " << study.failure << "\n";
}

nlohmann::ordered_json SlowStudyToJson(const SlowStudy& study) {
  nlohmann::ordered_json json = {{"fast_preset", study.fast_preset},
                                 {"slow_preset", study.slow_preset},
                                 {"lines", study.lines},
                                 {"passed", study.passed()},
                                 {"interrupted", study.interrupted}};
  json["curves"] = nlohmann::ordered_json::array();
  for (const SlowStudy::Curve& curve : study.curves) {
    nlohmann::ordered_json points = nlohmann::ordered_json::array();
    for (const SlowStudy::Point& point : curve.points) {
      points.push_back({{"slow_pct", point.slow_percent}, {"bus_pct", point.bus_percent}});
    }
    json["curves"].push_back({{"policy", Name(curve.policy)}, {"points", points}});
  }
  json["violations"] = study.violations;
  if (!study.failure.empty()) json["failure"] = study.failure;
  return json;
}

}  // namespace tarn::channel
