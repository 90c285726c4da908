#include "sw/wave/surroundings.h"

#include <algorithm>

#include "sw/wave/sampler.h"
#include "sw/wave/signal_name.h"

namespace tarn::wave {

namespace {

std::vector<Row> RowsOf(const Plan& plan, const std::vector<std::uint32_t>& signals) {
  std::vector<Row> rows;
  for (const std::uint32_t signal : signals) {
    if (signal == plan.clocks[0]) continue;  // its edges are the columns
    for (const Field& field : plan.signals[signal].fields) {
      rows.push_back({.name = field.name, .signal = signal, .field = field});
    }
  }
  return rows;
}

// Takes the values of every wanted cycle of one side as it passes.
class Collector : public EdgeSink {
 public:
  // clock: in Plan::clocks.
  void Want(const std::vector<Row>& rows, CycleSpan& span, std::uint32_t clock, std::uint64_t last_cycle) {
    wanted_.push_back({.rows = &rows, .span = &span, .clock = clock, .last_cycle = last_cycle});
  }
  bool wants_any() const { return !wanted_.empty(); }

  void Edge(std::uint32_t clock, const Moment& moment, Sampler& sampler) override {
    for (const Wanted& wanted : wanted_) {
      const bool inside = moment.cycle >= wanted.span->first_cycle && moment.cycle <= wanted.last_cycle;
      if (clock != wanted.clock || !inside) continue;
      if (wanted.span->values.empty()) wanted.span->first_cycle = moment.cycle;  // what came before was in reset
      std::vector<std::string>& values = wanted.span->values.emplace_back();
      for (const Row& row : *wanted.rows) {
        values.emplace_back(sampler.Value(row.signal).substr(row.field.offset, row.field.bits));
      }
    }
  }

 private:
  struct Wanted {
    const std::vector<Row>* rows;
    CycleSpan* span;
    std::uint32_t clock;
    std::uint64_t last_cycle;
  };
  std::vector<Wanted> wanted_;
};

}  // namespace

std::vector<std::uint32_t> SignalsToShow(const Plan& plan, const Comparison& comparison, std::uint32_t difference) {
  constexpr std::size_t kSignalsMax = 8;
  std::vector<std::uint32_t> shown = {plan.clocks[0]};
  if (const std::uint32_t port = comparison.differences[difference].port; port != kNone) {
    const PlannedPort& one = plan.ports[port];
    shown.push_back(one.valid);
    if (one.ready != kNone) shown.push_back(one.ready);
    shown.insert(shown.end(), one.payload.begin(), one.payload.end());
    return shown;
  }
  for (std::size_t later = difference; later < comparison.differences.size(); ++later) {
    const std::string& name = comparison.differences[later].signal;
    for (std::uint32_t i = 0; i < plan.signals.size() && shown.size() <= kSignalsMax; ++i) {
      const std::string& path = plan.signals[i].path;
      const bool differs = name == path || name.starts_with(Below(path));
      if (differs && std::find(shown.begin(), shown.end(), i) == shown.end()) shown.push_back(i);
    }
  }
  return shown;
}

Result<std::vector<Surroundings>> FindSurroundings(WaveReader& dut, WaveReader& golden, const Plan& plan,
                                                   const Comparison& comparison, std::size_t differences_max,
                                                   std::uint64_t cycles_around) {
  std::vector<Surroundings> found(std::min(differences_max, comparison.differences.size()));
  std::array<Collector, 2> collectors;
  for (std::uint32_t i = 0; i < found.size(); ++i) {
    const Difference& difference = comparison.differences[i];
    found[i].difference = i;
    found[i].rows = RowsOf(plan, SignalsToShow(plan, comparison, i));
    const std::uint32_t clock = difference.port == kNone ? 0 : plan.ports[difference.port].clock;
    for (const Side side : kSides) {
      const std::optional<Moment>& moment = side == kDut ? difference.dut : difference.golden;
      if (!moment) continue;
      CycleSpan& span = found[i].sides[side].emplace();
      span.centre = *moment;
      span.first_cycle = moment->cycle - std::min(moment->cycle, cycles_around);
      collectors[side].Want(found[i].rows, span, clock, moment->cycle + cycles_around);
    }
  }
  const std::array readers = {&dut, &golden};
  for (const Side side : kSides) {
    if (!collectors[side].wants_any()) continue;
    Sampler sampler(plan, readers[side]->header(), side, /*everything=*/true, collectors[side]);
    if (Status status = readers[side]->ForEachChange(sampler.wanted(), sampler); !status.ok()) return status;
    sampler.Finish();
  }
  return found;
}

}  // namespace tarn::wave
