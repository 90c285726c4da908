#include "tests/pool/hotness_figures.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tests/pool/hotness_shapes.h"

namespace tarn::tests {
namespace {

namespace reg = pool_hotness_registers;

using Segment = std::pair<std::uint32_t, std::uint32_t>;  // host, segment
using CountOf = std::map<Segment, std::uint64_t>;

template <typename Bench, typename Shape>
class Rig {
 public:
  explicit Rig(unsigned plant) {
    if (!bench_.Start()) return;
    if constexpr (requires { bench_.dut().plant_i; }) bench_.dut().plant_i = static_cast<CData>(plant);
    bench_.AssignAll();
    bench_.Write(reg::epoch_length::kOffset, 0);
    bench_.Write(reg::hot_threshold::kOffset, 1);
    // Counted beside the model, so that the figure does not rest on it.
    bench_.event_hook = [this](const pool::PoolProbe& event) {
      if (event.kind != pool::ProbeEvent::kHit && event.kind != pool::ProbeEvent::kEarly) return;
      ++running_[{event.host, event.segment}];
      ++cycles_with_access_;
    };
    bench_.epoch_end_hook = [this] {
      ended_.swap(running_);
      running_.clear();
      left_ = kAccessesMax;
    };
  }
  // Two epochs: in the first, accesses come in each cycle, until its end and on; in the second they come from its first
  // cycle on, but for the cycles that the sweep after the first asks for.
  void Measure(const std::function<std::uint32_t(Random&)>& next_slot, std::uint32_t cycles,
               HotnessCountError& figure) {
    Enable();
    bench_.traffic().yields = false;
    bench_.SetSource([&]() -> std::optional<pool::PoolProbe> {
      if (left_ == 0) return std::nullopt;
      --left_;
      return bench_.MakeAccess(next_slot(bench_.random()), bench_.random().Percent(30));
    });
    bench_.simulation().Run(1);
    const std::uint64_t begin = bench_.simulation().cycle();
    cycles_with_access_ = 0;
    bench_.simulation().Run(cycles);
    EndEpoch();
    bench_.simulation().Run(cycles);
    figure.accesses_per_cycle =
        static_cast<double>(cycles_with_access_) / static_cast<double>(bench_.simulation().cycle() - begin);
    bench_.traffic().yields = true;
    Compare(figure);
    EndEpoch();
    bench_.SetSource(nullptr);
    Compare(figure);
    if ((bench_.Read(reg::events::kOffset) & reg::events::Saturated::kMask) != 0) {
      bench_.failures().Add("a counter was full");
    }
    figure.failures += bench_.failures().Text();
  }

 private:
  static constexpr std::uint64_t kBoundCycles = 1'000'000;
  static constexpr std::uint64_t kAccessesMax = (1u << Shape::kCounterBits) / 10 * 9;  // all to one slot perhaps

  void Enable() {
    bench_.Write(reg::sweep_interval::kOffset, 0);
    bench_.Write(reg::control::kOffset, reg::control::Enable::kMask);
    bench_.simulation().RunUntil([&] { return bench_.model().active() && bench_.model().swept(); }, kBoundCycles,
                                 "the start");
    bench_.Write(reg::sweep_interval::kOffset, 24);  // slower than software reads
  }
  void EndEpoch() {
    const std::uint64_t epochs = bench_.counts().epochs;
    bench_.Write(reg::control::kOffset, reg::control::Enable::kMask | reg::control::EndEpoch::kMask);
    bench_.simulation().RunUntil([&] { return bench_.counts().epochs != epochs; }, kBoundCycles, "the epoch's end");
  }
  std::vector<pool::HotnessEntry> DrainSweep() {
    std::vector<pool::HotnessEntry> all;
    while (true) {
      const bool swept = bench_.model().swept();
      const std::vector<pool::HotnessEntry> some = bench_.Drain(true);
      all.insert(all.end(), some.begin(), some.end());
      if (swept || bench_.failures().any()) return all;
    }
  }
  void Compare(HotnessCountError& figure) {
    CountOf exact = ended_, observed;
    for (const pool::HotnessEntry& entry : DrainSweep()) observed[{entry.host, entry.segment}] += entry.value;
    CountOf all = exact;
    all.insert(observed.begin(), observed.end());
    for (const auto& [segment, ignored] : all) {
      const std::uint64_t wanted = exact[segment], seen = observed[segment];
      figure.error_max = std::max(figure.error_max, wanted > seen ? wanted - seen : seen - wanted);
      figure.accesses += wanted;
      ++figure.segments;
    }
  }

  Bench bench_;
  CountOf running_, ended_;
  std::uint64_t cycles_with_access_ = 0;
  std::uint64_t left_ = kAccessesMax;
};

template <typename Bench, typename Shape>
HotnessCountError Measure(std::uint32_t cycles, unsigned plant) {
  constexpr std::uint32_t kSlots = Shape::kSlots;
  HotnessCountError figure;
  std::uint32_t turn = 0, held = 0;
  const auto any = [](Random& random) { return static_cast<std::uint32_t>(random.Below(kSlots)); };
  const std::array<std::function<std::uint32_t(Random&)>, 4> streams = {
      any, [&turn](Random&) { return kSlots / 2 + ++turn % 2; }, [](Random&) { return kSlots / 3; },
      [&held, any](Random& random) {
        if (!random.Percent(60)) held = any(random);
        return held;
      }};
  double rate_min = 1;
  for (const auto& stream : streams) {
    Rig<Bench, Shape> rig(plant);
    rig.Measure(stream, cycles, figure);
    rate_min = std::min(rate_min, figure.accesses_per_cycle);
  }
  figure.accesses_per_cycle = rate_min;
  return figure;
}

}  // namespace

HotnessCountError MeasureHotnessCountError(std::uint32_t cycles) {
  return Measure<WholeHotnessBench, HotnessShape>(cycles, 0);
}

HotnessCountError MeasurePlantedCountError(std::uint32_t cycles, unsigned plant) {
  return Measure<SmallHotnessBench, SmallHotnessShape>(cycles, plant);
}

}  // namespace tarn::tests
