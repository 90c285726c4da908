// Judges what the modules of a channel owe each other and the controller on their one data bus, and the rules of slow
// cells' commands: knows nothing of the controller or the golden modules, only the encoding of the pins and the rules
// in clocks. What each module's fast cells demand is judged by a TimingChecker of its own.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "models/channel/dfi_protocol.h"

namespace tarn::tb {

enum class BusRule {
  kOneDriver,     // of the data bus in a clock
  kSwitchGap,     // idle clocks between data of two modules, or of the two sides where slow cells are concerned
  kUnasked,       // data in a clock in which no command asked for any
  kMissing,       // data that a command asked for
  kTagUnderWay,   // a slow access with a tag that is under way (one that is ready may be dropped so)
  kNotReady,      // a send for what is not ready
  kUnknownReady,  // a ready for what is not under way
  kCredits,       // more slow writes under way than a module takes
  kTagKind,       // tags 0 to 47 are reads', 48 to 63 writes'
  kCount
};
const char* Name(BusRule rule);

struct BusRules {
  std::uint64_t cl = 0, cwl = 0;
  std::uint64_t burst = 4;          // clocks of a line's data
  std::uint64_t switch_gap = 2;     // clocks
  std::uint32_t write_credits = 8;  // slow writes under way in a module
};

class BusChecker {
 public:
  struct Violation {
    BusRule rule;
    std::uint64_t clock;
    std::string text;  // one line
  };
  using OnViolation = std::function<void(const Violation&)>;
  // Whose data it is.
  struct Owner {
    unsigned module = 0;
    bool slow = false;
    bool write = false;
    bool operator==(const Owner&) const = default;
  };

  BusChecker(const BusRules& rules, OnViolation on_violation) : rules_(rules), on_violation_(std::move(on_violation)) {}

  // In the order of time; within a clock, beats before the command and before ready.
  void Command(std::uint64_t clock, const DfiCommand& command);
  void Ready(std::uint64_t clock, unsigned module, const DfiReady& ready);
  // A module drives read data in this clock.
  void ReadBeat(std::uint64_t clock, unsigned module);
  // The controller drives write data: for whom, if anybody.
  std::optional<Owner> WriteBeat(std::uint64_t clock);
  void Finish(std::uint64_t clock);

  std::uint64_t violations() const { return violations_; }
  std::uint64_t sends() const { return sends_; }
  std::uint64_t switches() const { return switches_; }  // of the module whose data is on the bus

 private:
  static constexpr unsigned kModules = 8, kTags = 64, kFirstWriteTag = 48;

  struct Burst {
    std::uint64_t start;
    Owner owner;
    unsigned seen = 0;
  };
  enum class TagState : std::uint8_t { kFree, kUnderWay, kReady };

  void Slow(std::uint64_t clock, const DfiCommand& command);
  void Expect(std::uint64_t start, const Owner& owner);
  std::optional<Owner> Beat(std::uint64_t clock, bool write);
  void DropPast(std::uint64_t clock);
  void Report(BusRule rule, std::uint64_t clock, const std::string& text);

  BusRules rules_;
  OnViolation on_violation_;
  std::deque<Burst> due_;  // in the order of their data
  std::optional<Owner> last_owner_;
  std::uint64_t last_beat_ = 0;
  std::array<TagState, kTags> tags_{};
  std::array<unsigned, kTags> tag_module_{};
  std::array<std::uint32_t, kModules> writes_under_way_{};
  std::uint64_t violations_ = 0, sends_ = 0, switches_ = 0;
};

}  // namespace tarn::tb
