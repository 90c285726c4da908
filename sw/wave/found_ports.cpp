#include "sw/wave/found_ports.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "sw/wave/signal_name.h"

namespace tarn::wave {

namespace {

constexpr std::array<std::string_view, 3> kSuffixes = {"_i", "_o", ""};

// A signal that looks like a port's valid.
struct Candidate {
  std::string valid;
  std::string scope;   // what paths in it begin with (Below)
  std::string stem;    // what stands before "valid", with its '_'; may be empty
  std::string suffix;  // one of kSuffixes
  std::string index;   // "[2]" of an element of an array of ports; may be empty

  std::string name() const {
    if (stem.empty()) return (scope.empty() ? "port" : ScopeOf(valid)) + index;
    return scope + stem.substr(0, stem.size() - 1) + index;
  }
};

// "valid_o[2]": "valid_o" and "[2]".
std::pair<std::string, std::string> SplitIndex(const std::string& name) {
  const std::size_t at = name.ends_with(']') ? name.find('[') : std::string::npos;
  return at == std::string::npos ? std::pair(name, std::string()) : std::pair(name.substr(0, at), name.substr(at));
}

bool IsCandidate(const PlannedSignal& signal, Candidate& candidate) {
  if (signal.bits != 1) return false;
  const auto [base, index] = SplitIndex(BaseName(signal.path));
  for (const std::string_view suffix : kSuffixes) {
    const std::string ending = "valid" + std::string(suffix);
    if (!base.ends_with(ending)) continue;
    const std::string stem = base.substr(0, base.size() - ending.size());
    if (!stem.empty() && !stem.ends_with('_')) return false;
    candidate = {.valid = signal.path,
                 .scope = Below(ScopeOf(signal.path)),
                 .stem = stem,
                 .suffix = std::string(suffix),
                 .index = index};
    return true;
  }
  return false;
}

// Whether the signal carries what is valid with the candidate.
bool IsPayload(const Candidate& candidate, const std::string& path) {
  if (!path.starts_with(candidate.scope)) return false;
  const std::string name = path.substr(candidate.scope.size());
  // The signal, or the structure it is in.
  const auto [first, index] = SplitIndex(PathWords(name).front());
  if (index != candidate.index) return false;
  for (const std::string_view suffix : kSuffixes) {
    if (first == candidate.stem + "valid" + std::string(suffix)) return false;
    if (first == candidate.stem + "ready" + std::string(suffix)) return false;
  }
  if (candidate.stem.empty()) return first.ends_with(candidate.suffix);
  if (first == candidate.stem.substr(0, candidate.stem.size() - 1) + candidate.suffix) return true;
  return first.starts_with(candidate.stem) && first.ends_with(candidate.suffix);
}

// Whether the signal lies in the structure that the candidate's port carries: `request_i.process_valid` is no port.
bool IsFieldOfMessage(const Candidate& candidate, const std::string& path) {
  if (candidate.stem.empty()) return false;
  const std::string message =
      candidate.scope + candidate.stem.substr(0, candidate.stem.size() - 1) + candidate.suffix + candidate.index;
  return path.starts_with(Below(message));
}

class Finder {
 public:
  Finder(const std::vector<PlannedSignal>& signals, const std::vector<std::string>& tags)
      : signals_(signals), tags_(tags) {
    for (const PlannedSignal& signal : signals) paths_[signal.path] = &signal;
    Candidate candidate;
    for (const PlannedSignal& signal : signals) {
      if (IsCandidate(signal, candidate)) candidates_.push_back(candidate);
    }
    const std::vector<Candidate> all = candidates_;
    std::erase_if(candidates_, [&](const Candidate& one) {
      return std::any_of(all.begin(), all.end(), [&](const Candidate& other) {
        // Without a suffix it may be an instance of that name; what has a ready there is a port.
        return IsFieldOfMessage(other, one.valid) && (!other.suffix.empty() || ReadyOf(one).empty());
      });
    });
  }

  std::vector<PortRule> Find() {
    for (const Candidate& candidate : candidates_) AddPort(candidate);
    for (const PlannedSignal& signal : signals_) AddToPort(signal.path);
    return std::move(ports_);
  }

 private:
  void AddPort(const Candidate& candidate) {
    PortRule port = {.name = candidate.name(), .valid = candidate.valid};
    const auto taken = [&] {
      return std::any_of(ports_.begin(), ports_.end(), [&](const PortRule& one) { return one.name == port.name; });
    };
    if (taken()) port.name += candidate.suffix;
    if (taken()) port.name = candidate.valid;  // as `x_valid` beside `x_valid_i`
    port.ready = ReadyOf(candidate);
    ports_.push_back(std::move(port));
  }

  // Empty: there is none.
  std::string ReadyOf(const Candidate& candidate) const {
    for (const std::string_view suffix : kSuffixes) {
      std::string ready = candidate.scope + candidate.stem + "ready" + std::string(suffix) + candidate.index;
      const auto found = paths_.find(ready);
      if (found != paths_.end() && found->second->bits == 1) return ready;
    }
    return "";
  }

  // Of several ports that could have it, that with the longest name has it.
  void AddToPort(const std::string& path) {
    std::size_t best = kNone;
    std::size_t length = 0;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      const std::size_t own = candidates_[i].scope.size() + candidates_[i].stem.size();
      if (!IsPayload(candidates_[i], path) || (best != kNone && own <= length)) continue;
      best = i;
      length = own;
    }
    if (best == kNone) return;
    PortRule& port = ports_[best];
    port.payload.push_back(path);
    const std::string base = BaseName(path);
    const Candidate& candidate = candidates_[best];
    for (const std::string& tag : tags_) {
      const bool plain = base == tag || base == candidate.stem + tag + candidate.suffix;
      if (plain && port.tag.empty()) port.tag = path;
    }
  }

  const std::vector<PlannedSignal>& signals_;
  const std::vector<std::string>& tags_;
  std::unordered_map<std::string, const PlannedSignal*> paths_;
  std::vector<Candidate> candidates_;
  std::vector<PortRule> ports_;  // in the order of candidates_
};

}  // namespace

std::vector<PortRule> FindPorts(const std::vector<PlannedSignal>& signals, const std::vector<std::string>& tags) {
  return Finder(signals, tags).Find();
}

}  // namespace tarn::wave
