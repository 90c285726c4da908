#include "sw/wave/merged_wave.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <sstream>
#include <unordered_map>
#include <vector>

#include "sw/wave/change_stream.h"
#include "sw/wave/fst_file.h"
#include "sw/wave/surroundings.h"

namespace tarn::wave {

namespace {

constexpr std::array kScopes = {"dut", "golden"};
constexpr std::uint64_t kEnd = ~std::uint64_t{0};

// Times of both waves in the finer of their units.
class MergedTime {
 public:
  explicit MergedTime(const Comparison& comparison)
      : exponent_(std::min(comparison.time_exponents[kDut], comparison.time_exponents[kGolden])) {
    for (const Side side : kSides) {
      for (int i = exponent_; i < comparison.time_exponents[side]; ++i) factors_[side] *= 10;
    }
  }
  int exponent() const { return exponent_; }
  std::uint64_t Of(Side side, std::uint64_t time) const { return time * factors_[side]; }

 private:
  int exponent_;
  std::array<std::uint64_t, 2> factors_ = {1, 1};
};

std::vector<std::uint32_t> BitsOfHandles(const Plan& plan, Side side, Handle handles_end) {
  std::vector<std::uint32_t> bits(handles_end);
  for (const PlannedSignal& signal : plan.signals) bits[signal.handles[side]] = signal.bits;
  return bits;
}

class Merger {
 public:
  Merger(const std::string& path, std::array<WaveReader*, 2> readers, const Plan& plan, const Comparison& comparison)
      : plan_(plan),
        time_(comparison),
        file_(path, time_.exponent()),
        events_(comparison.events),
        streams_{
            ChangeStream(*readers[kDut], BitsOfHandles(plan, kDut, readers[kDut]->header().handles_end)),
            ChangeStream(*readers[kGolden], BitsOfHandles(plan, kGolden, readers[kGolden]->header().handles_end))} {
    for (const Side side : kSides) DeclareSide(side, readers[side]->header().handles_end);
    any_ = file_.Declare("diff.any", 1);
    for (const std::string& name : comparison.event_names) differs_.push_back(file_.Declare("diff." + name, 1));
    std::stable_sort(events_.begin(), events_.end(), [this](const DifferenceEvent& a, const DifferenceEvent& b) {
      return time_.Of(a.side, a.time) < time_.Of(b.side, b.time);
    });
  }

  Status Run() {
    for (const Side side : kSides) Advance(side);
    file_.Time(std::min({TimeOf(kDut), TimeOf(kGolden), TimeOfEvent(), kEnd - 1}));
    file_.Set(any_, "0");
    for (const Handle handle : differs_) file_.Set(handle, "0");
    while (true) {
      const std::uint64_t now = std::min({TimeOf(kDut), TimeOf(kGolden), TimeOfEvent()});
      if (now == kEnd) break;
      file_.Time(now);
      for (const Side side : kSides) WriteChanges(side, now);
      WriteEvents(now);
    }
    for (const ChangeStream& stream : streams_) {
      if (!stream.status().ok()) return stream.status();
    }
    return {};
  }

 private:
  void DeclareSide(Side side, Handle handles_end) {
    handles_[side].resize(handles_end);
    for (const PlannedSignal& signal : plan_.signals) {
      const std::string path = std::string(kScopes[side]) + "." + signal.path;
      Handle& handle = handles_[side][signal.handles[side]];
      if (handle != 0) {
        file_.DeclareAlias(path, handle);
        continue;
      }
      const Field* const whole = signal.fields.size() == 1 ? signal.fields.data() : nullptr;
      handle = whole != nullptr && whole->real
                   ? file_.DeclareReal(path)
                   : file_.Declare(path, signal.bits, whole == nullptr ? nullptr : whole->names.get());
    }
  }

  void Advance(Side side) { next_[side] = streams_[side].Next(); }
  std::uint64_t TimeOf(Side side) const { return next_[side] ? time_.Of(side, next_[side]->time) : kEnd; }
  std::uint64_t TimeOfEvent() const {
    return next_event_ == events_.size() ? kEnd : time_.Of(events_[next_event_].side, events_[next_event_].time);
  }

  void WriteChanges(Side side, std::uint64_t now) {
    const Handle clock = plan_.signals[plan_.clocks[0]].handles[side];
    for (; TimeOf(side) == now; Advance(side)) {
      file_.Set(handles_[side][next_[side]->handle], next_[side]->value);
      if (next_[side]->handle == clock) EndPulses(side);
    }
  }

  void EndPulses(Side side) {
    for (const Handle handle : raised_[side]) file_.Set(handle, "0");
    raised_[side].clear();
    if (raised_[kDut].empty() && raised_[kGolden].empty()) file_.Set(any_, "0");
  }

  void WriteEvents(std::uint64_t now) {
    for (; TimeOfEvent() == now; ++next_event_) {
      const DifferenceEvent& event = events_[next_event_];
      file_.Set(any_, "1");
      file_.Set(differs_[event.name], "1");
      raised_[event.side].push_back(differs_[event.name]);
    }
  }

  const Plan& plan_;
  MergedTime time_;
  FstFile file_;
  std::vector<DifferenceEvent> events_;
  std::array<ChangeStream, 2> streams_;
  std::array<std::optional<ChangeStream::Change>, 2> next_;
  std::size_t next_event_ = 0;
  std::array<std::vector<Handle>, 2> handles_;  // in the merged file, by handle of the side
  std::array<std::vector<Handle>, 2> raised_;
  std::vector<Handle> differs_;  // by event name
  Handle any_ = 0;
};

void ShowInGtkwave(std::ostream& out, std::string path, std::uint32_t bits, bool real = false) {
  constexpr const char* kBit = "@28\n";
  constexpr const char* kHexadecimal = "@22\n";
  std::erase(path, ' ');  // GTKWave joins the words by '.' alone
  out << (bits == 1 ? kBit : kHexadecimal) << path;
  if (bits > 1 && !real) out << "[" << bits - 1 << ":0]";
  out << "\n";
}

}  // namespace

Status WriteMergedWave(const std::string& path, WaveReader& dut, WaveReader& golden, const Plan& plan,
                       const Comparison& comparison) {
  return Merger(path, {&dut, &golden}, plan, comparison).Run();
}

std::string GtkwaveSaveFile(const std::string& wave_path, const Plan& plan, const Comparison& comparison) {
  const MergedTime time(comparison);
  std::ostringstream out;
  out << "[*] made by tarn wave compare\n[dumpfile] \"" << wave_path << "\"\n[timestart] ";
  std::uint64_t marker = 0, period = 1;
  if (!comparison.same()) {
    const Difference& first = comparison.differences[0];
    const Moment& moment = first.dut ? *first.dut : *first.golden;
    marker = time.Of(first.dut ? kDut : kGolden, moment.time);
    period = std::max<std::uint64_t>(1, marker / (moment.cycle + 1));  // in the mean
  }
  // The marker stands in the picture, some cycles from its left.
  constexpr std::uint64_t kCyclesBefore = 8, kCyclesShown = 4;  // in the 200 pixels that GTKWave's zoom counts by
  constexpr int kNamedMarkers = 26;
  out << marker - std::min(marker, kCyclesBefore * period) << "\n*"
      << -std::log2(static_cast<double>(kCyclesShown * period)) << " ";
  if (comparison.same()) {
    out << "-1";
  } else {
    out << marker;
  }
  for (int i = 0; i < kNamedMarkers; ++i) out << " -1";
  out << "\n[treeopen] dut.\n[treeopen] golden.\n[treeopen] diff.\n";
  const std::vector<std::uint32_t> shown = comparison.same() ? plan.clocks : SignalsToShow(plan, comparison, 0);
  for (const char* scope : kScopes) {
    out << "@200\n-" << scope << "\n";
    for (const std::uint32_t signal : shown) {
      const PlannedSignal& shown_one = plan.signals[signal];
      ShowInGtkwave(out, std::string(scope) + "." + shown_one.path, shown_one.bits, shown_one.fields[0].real);
    }
  }
  out << "@200\n-diff\n";
  ShowInGtkwave(out, "diff.any", 1);
  for (const std::string& name : comparison.event_names) ShowInGtkwave(out, "diff." + name, 1);
  return out.str();
}

}  // namespace tarn::wave
