#include "sw/wave/plan.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "sw/wave/found_ports.h"
#include "sw/wave/signal_name.h"

namespace tarn::wave {

namespace {

constexpr std::array kSideNames = {"dut", "golden"};

using ByPath = std::unordered_map<std::string, const Signal*>;

// The signals below the scope that no pattern leaves out, by what follows the scope, in the file's order.
struct Selection {
  std::vector<std::string> paths;
  ByPath signals;
};

// Whether the rules name it in their clock, reset or ports, or let everything in.
bool IsWanted(const Rules& rules, const std::string& path) {
  if (rules.only.empty() || MatchesAny(rules.only, path) || path == rules.clock || path == rules.reset) return true;
  return std::any_of(rules.ports.begin(), rules.ports.end(), [&](const PortRule& port) {
    return path == port.clock || path == port.valid || path == port.ready || path == port.tag ||
           MatchesAny(port.payload, path);
  });
}

Result<Selection> Select(const WaveHeader& header, const std::string& scope, Side side, const Rules& rules) {
  Selection selection;
  const std::string prefix = Below(scope);
  for (const Signal& signal : header.signals) {
    if (!signal.path.starts_with(prefix)) continue;
    const std::string path = signal.path.substr(prefix.size());
    if (MatchesAny(rules.ignore, path) || !IsWanted(rules, path)) continue;
    selection.paths.push_back(path);
    selection.signals[path] = &signal;
  }
  if (selection.paths.empty()) {
    const std::string where = scope.empty() ? "" : " in scope " + scope;
    return Status::Error(std::string(kSideNames[side]) + ": there is no signal" + where + ", but for those left out");
  }
  return selection;
}

// What one side has and the other has not.
Status OnOneSideOnly(const Selection& one, const Selection& other, Side side) {
  std::string first;
  std::size_t count = 0;
  for (const std::string& path : one.paths) {
    if (other.signals.contains(path)) continue;
    if (count++ == 0) first = path;
  }
  if (count == 0) return {};
  const std::string more = count == 1 ? "" : " and " + std::to_string(count - 1) + " more";
  return Status::Error(first + more + ": on the side of " + kSideNames[side] + " only; see --ignore and --" +
                       kSideNames[side] + "-scope");
}

class Planner {
 public:
  Planner(const Rules& rules, const Selection& dut, const Selection& golden) : rules_(rules), sides_{&dut, &golden} {}

  Result<Plan> Make() {
    for (const std::string& path : sides_[kDut]->paths) {
      if (Status status = AddSignal(path); !status.ok()) return status;
    }
    plan_.falling_edge = rules_.falling_edge;
    plan_.reset_active = rules_.reset_active;
    if (Status status = AddClockAndReset(); !status.ok()) return status;
    for (const PortRule& rule : rules_.ports.empty() ? FindPorts(plan_.signals, rules_.tags) : rules_.ports) {
      if (Status status = AddPort(rule); !status.ok()) return status;
    }
    NoteWhatIsOutside();
    return std::move(plan_);
  }

 private:
  Status AddSignal(const std::string& path) {
    const Signal& dut = *sides_[kDut]->signals.at(path);
    const Signal& golden = *sides_[kGolden]->signals.at(path);
    if (dut.bits != golden.bits || dut.real != golden.real) {
      return Status::Error(path + ": has " + std::to_string(dut.bits) + " bits in dut and " +
                           std::to_string(golden.bits) + " in golden");
    }
    PlannedSignal signal = {.path = path, .bits = dut.bits, .handles = {dut.handle, golden.handle}};
    const Field whole = {
        .name = path, .bits = dut.bits, .real = dut.real, .names = dut.names ? dut.names : golden.names};
    const auto rule = std::find_if(rules_.signals.begin(), rules_.signals.end(),
                                   [&](const SignalRule& one) { return MatchesAny({one.pattern}, path); });
    if (rule == rules_.signals.end()) {
      signal.fields.push_back(whole);
    } else {
      std::uint32_t offset = 0;
      AddFields(path, {.bits = dut.bits, .type = rule->type}, offset, signal.fields);
      if (offset != dut.bits) {
        return Status::Error(path + ": has " + std::to_string(dut.bits) + " bits, its type " + rule->type + " has " +
                             std::to_string(offset));
      }
    }
    index_[path] = static_cast<std::uint32_t>(plan_.signals.size());
    plan_.signals.push_back(std::move(signal));
    return {};
  }

  void AddFields(const std::string& name, const FieldRule& rule, std::uint32_t& offset,
                 std::vector<Field>& fields) const {
    if (const auto inner = rules_.structs.find(rule.type); inner != rules_.structs.end()) {
      for (const FieldRule& field : inner->second) AddFields(Below(name) + field.name, field, offset, fields);
      return;
    }
    const auto names = rules_.enums.find(rule.type);
    const std::uint32_t bits = names == rules_.enums.end() ? rule.bits : rules_.enum_bits.at(rule.type);
    fields.push_back(
        {.name = name, .offset = offset, .bits = bits, .names = names == rules_.enums.end() ? nullptr : names->second});
    offset += bits;
  }

  // A signal of one bit that the rules name.
  Result<std::uint32_t> OneBit(const std::string& path, const std::string& what) const {
    const auto found = index_.find(path);
    if (found == index_.end()) return Status::Error(what + ": there is no signal '" + path + "'");
    if (plan_.signals[found->second].bits != 1) return Status::Error(what + ": '" + path + "' has more than one bit");
    return found->second;
  }

  Status AddClockAndReset() {
    std::string name = rules_.clock.empty() ? FindClock() : rules_.clock;
    // Where each port has a clock of its own, no other is needed.
    const bool all_have = std::ranges::none_of(rules_.ports, [](const auto& port) { return port.clock.empty(); });
    if (name.empty() && all_have && !rules_.ports.empty()) name = rules_.ports[0].clock;
    if (name.empty()) return Status::Error("there is no signal clk_i, clk, clock_i or clock; see --clock");
    const Result<std::uint32_t> clock = OneBit(name, "clock");
    if (!clock.ok()) return clock.status();
    plan_.clocks.push_back(*clock);
    if (rules_.reset.empty()) return {};
    const Result<std::uint32_t> reset = OneBit(rules_.reset, "reset");
    if (!reset.ok()) return reset.status();
    plan_.reset = *reset;
    return {};
  }

  // That of the outermost scope.
  std::string FindClock() const {
    static constexpr std::array<std::string_view, 4> kNames = {"clk_i", "clk", "clock_i", "clock"};
    std::string best;
    std::size_t depth = 0;
    for (const PlannedSignal& signal : plan_.signals) {
      const bool named = std::find(kNames.begin(), kNames.end(), BaseName(signal.path)) != kNames.end();
      const std::size_t own = PathWords(signal.path).size();
      if (!named || signal.bits != 1 || (!best.empty() && own >= depth)) continue;
      best = signal.path;
      depth = own;
    }
    return best;
  }

  Status AddPort(const PortRule& rule) {
    PlannedPort port = {.name = rule.name};
    const std::string what = "port " + rule.name;
    if (plan_.FindPort(rule.name) != kNone) return Status::Error(what + ": is there twice");
    const Result<std::uint32_t> valid = OneBit(rule.valid, what);
    if (!valid.ok()) return valid.status();
    port.valid = *valid;
    if (!rule.ready.empty()) {
      const Result<std::uint32_t> ready = OneBit(rule.ready, what);
      if (!ready.ok()) return ready.status();
      port.ready = *ready;
    }
    if (!rule.clock.empty()) {
      const Result<std::uint32_t> clock = OneBit(rule.clock, what);
      if (!clock.ok()) return clock.status();
      port.clock = ClockIndex(*clock);
    }
    if (Status status = AddPayload(rule, port); !status.ok()) return status;
    if (Status status = AddTag(rule, port); !status.ok()) return status;
    plan_.ports.push_back(std::move(port));
    return {};
  }

  std::uint32_t ClockIndex(std::uint32_t signal) {
    const auto found = std::find(plan_.clocks.begin(), plan_.clocks.end(), signal);
    const auto index = static_cast<std::uint32_t>(found - plan_.clocks.begin());
    if (found == plan_.clocks.end()) plan_.clocks.push_back(signal);
    return index;
  }

  Status AddPayload(const PortRule& rule, PlannedPort& port) const {
    for (const std::string& pattern : rule.payload) {
      bool found = false;
      for (std::uint32_t i = 0; i < plan_.signals.size(); ++i) {
        if (!MatchesAny({pattern}, plan_.signals[i].path)) continue;
        found = true;
        if (i != port.valid && i != port.ready) Append(i, port);
      }
      if (!found) return Status::Error("port " + rule.name + ": no signal is like '" + pattern + "'");
    }
    return {};
  }

  void Append(std::uint32_t signal, PlannedPort& port) const {
    if (std::find(port.payload.begin(), port.payload.end(), signal) != port.payload.end()) return;
    port.payload.push_back(signal);
    for (Field field : plan_.signals[signal].fields) {
      field.offset += port.payload_bits;
      port.fields.push_back(std::move(field));
    }
    port.payload_bits += plan_.signals[signal].bits;
  }

  Status AddTag(const PortRule& rule, PlannedPort& port) const {
    if (rule.tag.empty()) return {};
    if (const auto signal = index_.find(rule.tag); signal != index_.end()) Append(signal->second, port);
    std::uint32_t offset = 0;
    for (const std::uint32_t signal : port.payload) {
      const PlannedSignal& one = plan_.signals[signal];
      if (one.path == rule.tag) port.tag = Field{.name = one.path, .offset = offset, .bits = one.bits};
      offset += one.bits;
    }
    for (const Field& field : port.fields) {
      if (field.name == rule.tag) port.tag = field;
    }
    if (!port.tag) return Status::Error("port " + rule.name + ": there is no tag '" + rule.tag + "'");
    return {};
  }

  void NoteWhatIsOutside() {
    std::unordered_set<std::uint32_t> inside(plan_.clocks.begin(), plan_.clocks.end());
    inside.insert(plan_.reset);
    for (const PlannedPort& port : plan_.ports) {
      inside.insert(port.valid);
      inside.insert(port.ready);
      inside.insert(port.payload.begin(), port.payload.end());
    }
    for (std::uint32_t i = 0; i < plan_.signals.size(); ++i) {
      if (!inside.contains(i)) plan_.outside_ports.push_back(i);
    }
  }

  const Rules& rules_;
  std::array<const Selection*, 2> sides_;
  std::unordered_map<std::string, std::uint32_t> index_;
  Plan plan_;
};

}  // namespace

std::uint32_t Plan::FindPort(const std::string& name) const {
  const auto found =
      std::find_if(ports.begin(), ports.end(), [&](const PlannedPort& port) { return port.name == name; });
  return found == ports.end() ? kNone : static_cast<std::uint32_t>(found - ports.begin());
}

Result<Plan> MakePlan(const WaveHeader& dut, const WaveHeader& golden, const Rules& rules) {
  const Result<Selection> dut_side = Select(dut, rules.dut_scope, kDut, rules);
  if (!dut_side.ok()) return dut_side.status();
  const Result<Selection> golden_side = Select(golden, rules.golden_scope, kGolden, rules);
  if (!golden_side.ok()) return golden_side.status();
  if (Status status = OnOneSideOnly(*dut_side, *golden_side, kDut); !status.ok()) return status;
  if (Status status = OnOneSideOnly(*golden_side, *dut_side, kGolden); !status.ok()) return status;
  return Planner(rules, *dut_side, *golden_side).Make();
}

Result<Plan> MakePlan(const WaveHeader& wave, const Rules& rules) {
  const Result<Selection> selection = Select(wave, rules.dut_scope, kDut, rules);
  if (!selection.ok()) return selection.status();
  return Planner(rules, *selection, *selection).Make();
}

}  // namespace tarn::wave
