// Two waves, each signal at each clock edge.
#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sw/wave/batch_stream.h"
#include "sw/wave/comparison.h"
#include "sw/wave/difference_log.h"

namespace tarn::wave {

namespace {

constexpr std::size_t kBatchBytes = 1 << 18;
constexpr std::size_t kHistory = 4;

// What changed from one edge of the clock to the next.
struct CycleBatch {
  struct Cycle {
    Moment moment;
    std::size_t changes_end = 0;  // of this cycle, in `changes`
  };
  struct Change {
    std::uint32_t signal = 0;
    std::size_t at = 0;  // in `values`
  };
  std::vector<Cycle> cycles;
  std::vector<Change> changes;
  std::string values;
};

class CycleCollector : public EdgeSink {
 public:
  explicit CycleCollector(const BatchStream<CycleBatch>::Give& give) : give_(give) {}

  void Edge(std::uint32_t clock, const Moment& moment, Sampler& sampler) override {
    if (clock != 0) return;
    for (const std::uint32_t signal : sampler.TakeChanged()) {
      batch_.changes.push_back({.signal = signal, .at = batch_.values.size()});
      batch_.values += sampler.Value(signal);
    }
    batch_.cycles.push_back({.moment = moment, .changes_end = batch_.changes.size()});
    const std::size_t bytes = batch_.values.size() + batch_.cycles.size() * sizeof(CycleBatch::Cycle) +
                              batch_.changes.size() * sizeof(CycleBatch::Change);
    if (bytes >= kBatchBytes) Finish();
  }
  void Finish() {
    if (!batch_.cycles.empty()) give_(std::exchange(batch_, {}));
  }

 private:
  const BatchStream<CycleBatch>::Give& give_;
  CycleBatch batch_;
};

// One side's values, cycle after cycle.
class CycleStream {
 public:
  CycleStream(WaveReader& reader, const Plan& plan, Side side)
      : values_(plan.signals.size()), stream_([this, &reader, &plan, side](const auto& give) {
          CycleCollector collector(give);
          Sampler sampler(plan, reader.header(), side, /*everything=*/true, collector);
          Status status = reader.ForEachChange(sampler.wanted(), sampler);
          sampler.Finish();
          collector.Finish();
          return status;
        }) {
    for (std::uint32_t i = 0; i < plan.signals.size(); ++i) values_[i].assign(plan.signals[i].bits, 'x');
  }

  // Goes on to the next cycle; false at the end.
  bool Next() {
    while (next_cycle_ == batch_.cycles.size()) {
      std::optional<CycleBatch> batch = stream_.Next();
      if (!batch) return false;
      batch_ = std::move(*batch);
      next_cycle_ = 0;
      next_change_ = 0;
    }
    const CycleBatch::Cycle& cycle = batch_.cycles[next_cycle_++];
    moment_ = cycle.moment;
    ++cycles_;
    changed_.clear();
    for (; next_change_ < cycle.changes_end; ++next_change_) {
      const CycleBatch::Change& change = batch_.changes[next_change_];
      std::string& value = values_[change.signal];
      value.assign(batch_.values, change.at, value.size());
      changed_.push_back(change.signal);
    }
    return true;
  }

  const Moment& moment() const { return moment_; }
  const std::vector<std::uint32_t>& changed() const { return changed_; }
  const std::string& value(std::uint32_t signal) const { return values_[signal]; }
  std::uint64_t cycles() const { return cycles_; }
  // REQUIRES: Next answered false.
  const Status& status() const { return stream_.status(); }

 private:
  std::vector<std::string> values_;  // by signal
  std::vector<std::uint32_t> changed_;
  Moment moment_;
  std::uint64_t cycles_ = 0;
  CycleBatch batch_;
  std::size_t next_cycle_ = 0;
  std::size_t next_change_ = 0;
  BatchStream<CycleBatch> stream_;
};

class CycleComparer {
 public:
  CycleComparer(const Plan& plan, const CompareOptions& options)
      : plan_(plan), options_(options), place_(plan.signals.size(), kNone), history_(plan.signals.size()) {
    result_.exact = true;
  }

  Status Run(CycleStream& dut, CycleStream& golden) {
    while (true) {
      const bool dut_goes_on = dut.Next();
      const bool golden_goes_on = golden.Next();
      if (!dut_goes_on && !dut.status().ok()) return dut.status();
      if (!golden_goes_on && !golden.status().ok()) return golden.status();
      if (!dut_goes_on || !golden_goes_on) return CompareLengths(dut, golden, dut_goes_on, golden_goes_on);
      JudgeChanged(dut, golden);
      if (options_.IsInside(dut.moment().cycle)) Judge(dut, golden);
      NoteChanges(dut);
    }
  }

  Comparison TakeResult() {
    log_.Take(result_);
    for (std::uint32_t i = 0; i < plan_.signals.size(); ++i) {
      result_.signals.push_back({.name = plan_.signals[i].path, .compared = result_.compared});
    }
    return std::move(result_);
  }

 private:
  // The last values of a signal of the DUT that were equal to the golden ones, as text.
  using History = std::vector<std::pair<std::uint64_t, std::string>>;

  void JudgeChanged(const CycleStream& dut, const CycleStream& golden) {
    for (const CycleStream* side : {&dut, &golden}) {
      for (const std::uint32_t signal : side->changed()) {
        SetDifferent(signal, !options_.Same(dut.value(signal), golden.value(signal)));
      }
    }
  }

  void SetDifferent(std::uint32_t signal, bool different) {
    if (different == (place_[signal] != kNone)) return;
    if (different) {
      place_[signal] = static_cast<std::uint32_t>(different_.size());
      different_.push_back(signal);
      return;
    }
    place_[different_.back()] = place_[signal];
    different_[place_[signal]] = different_.back();
    different_.pop_back();
    place_[signal] = kNone;
  }

  void Judge(const CycleStream& dut, const CycleStream& golden) {
    ++result_.compared;
    for (const std::uint32_t signal : different_) {
      for (const Field& field : plan_.signals[signal].fields) {
        const auto part = [&](const CycleStream& side) {
          return std::string_view(side.value(signal)).substr(field.offset, field.bits);
        };
        if (options_.Same(part(dut), part(golden))) continue;
        log_.Add(DifferenceKind::kValue, kNone, field.name, dut.moment(), golden.moment(), [&](Difference& difference) {
          difference.dut_value = ValueText(field, part(dut));
          difference.golden_value = ValueText(field, part(golden));
          for (const auto& [cycle, value] : history_[signal]) {
            difference.before.push_back("cycle " + std::to_string(cycle) + "  " +
                                        FieldsText(plan_.signals[signal].fields, value));
          }
        });
      }
    }
  }

  // For as long as it was equal.
  void NoteChanges(const CycleStream& dut) {
    for (const std::uint32_t signal : dut.changed()) {
      History& history = history_[signal];
      if (place_[signal] != kNone) continue;
      if (history.size() == kHistory) history.erase(history.begin());
      history.emplace_back(dut.moment().cycle, dut.value(signal));
    }
  }

  // REQUIRES: one of them has ended.
  Status CompareLengths(CycleStream& dut, CycleStream& golden, bool dut_goes_on, bool golden_goes_on) {
    if (dut_goes_on || golden_goes_on) {
      CycleStream& longer = dut_goes_on ? dut : golden;
      const Moment first = longer.moment();
      while (longer.Next()) {
      }
      if (!longer.status().ok()) return longer.status();
      if (options_.windows.empty()) {
        const std::optional<Moment> moment = first;
        log_.Add(DifferenceKind::kCycles, kNone, "cycles", dut_goes_on ? moment : std::nullopt,
                 dut_goes_on ? std::nullopt : moment, [&](Difference& difference) {
                   difference.dut_value = std::to_string(dut.cycles());
                   difference.golden_value = std::to_string(golden.cycles());
                 });
      }
    }
    result_.cycles = {dut.cycles(), golden.cycles()};
    return {};
  }

  const Plan& plan_;
  const CompareOptions& options_;
  std::vector<std::uint32_t> different_;  // signals that differ now
  std::vector<std::uint32_t> place_;      // in different_, by signal
  std::vector<History> history_;          // by signal
  DifferenceLog log_;
  Comparison result_;
};

}  // namespace

Result<Comparison> CompareCycles(WaveReader& dut, WaveReader& golden, const Plan& plan, const CompareOptions& options) {
  CycleComparer comparer(plan, options);
  {
    CycleStream dut_stream(dut, plan, kDut);
    CycleStream golden_stream(golden, plan, kGolden);
    if (Status status = comparer.Run(dut_stream, golden_stream); !status.ok()) return status;
  }
  Comparison result = comparer.TakeResult();
  if (result.compared == 0 && result.same()) return Status::Error("nothing was compared: no edge of the clock");
  return result;
}

}  // namespace tarn::wave
