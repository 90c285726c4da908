#include "tb/channel/bus_checker.h"

#include <algorithm>

namespace tarn::tb {

const char* Name(BusRule rule) {
  static constexpr std::array<const char*, static_cast<std::size_t>(BusRule::kCount)> kNames = {
      "one driver of the data bus", "gap between modules",     "data that nobody asked for",
      "data that was asked for",    "tag of a slow read",      "send of what is ready",
      "ready of what is under way", "credits for slow writes", "kind of tag"};
  return kNames[static_cast<std::size_t>(rule)];
}

void BusChecker::Report(BusRule rule, std::uint64_t clock, const std::string& text) {
  ++violations_;
  on_violation_(
      {.rule = rule,
       .clock = clock,
       .text = "bus rule '" + std::string(Name(rule)) + "' broken in clock " + std::to_string(clock) + ": " + text});
}

void BusChecker::Expect(std::uint64_t start, const Owner& owner) {
  const auto place = std::upper_bound(due_.begin(), due_.end(), start,
                                      [](std::uint64_t value, const Burst& burst) { return value < burst.start; });
  due_.insert(place, {.start = start, .owner = owner});
}

void BusChecker::Command(std::uint64_t clock, const DfiCommand& command) {
  const unsigned module = command.module_id;
  switch (command.op) {
    case DfiOp::kRead:
      return Expect(clock + rules_.cl, {.module = module, .slow = false, .write = false});
    case DfiOp::kWrite:
      return Expect(clock + rules_.cwl, {.module = module, .slow = false, .write = true});
    case DfiOp::kSlowRead:
    case DfiOp::kSlowWrite:
    case DfiOp::kSend:
      return Slow(clock, command);
    default:
      return;
  }
}

void BusChecker::Slow(std::uint64_t clock, const DfiCommand& command) {
  const unsigned module = command.module_id;
  const unsigned tag = command.tag;
  const std::string which = "tag " + std::to_string(tag) + " of module " + std::to_string(module);
  if ((tag >= kFirstWriteTag) != (command.op == DfiOp::kSlowWrite)) Report(BusRule::kTagKind, clock, which);
  if (command.op == DfiOp::kSend) {
    if (tags_[tag] != TagState::kReady || tag_module_[tag] != module) Report(BusRule::kNotReady, clock, which);
    tags_[tag] = TagState::kFree;
    ++sends_;
    return Expect(clock + rules_.cl, {.module = module, .slow = true, .write = false});
  }
  if (tags_[tag] == TagState::kUnderWay) Report(BusRule::kTagUnderWay, clock, which);
  tags_[tag] = TagState::kUnderWay;
  tag_module_[tag] = module;
  if (command.op == DfiOp::kSlowRead) return;
  Expect(clock + rules_.cwl, {.module = module, .slow = true, .write = true});
  if (++writes_under_way_[module] > rules_.write_credits) {
    Report(BusRule::kCredits, clock,
           std::to_string(writes_under_way_[module]) + " slow writes under way in module " + std::to_string(module) +
               ", at most " + std::to_string(rules_.write_credits));
  }
}

void BusChecker::Ready(std::uint64_t clock, unsigned module, const DfiReady& ready) {
  if (tags_[ready.tag] != TagState::kUnderWay || tag_module_[ready.tag] != module) {
    return Report(BusRule::kUnknownReady, clock,
                  "tag " + std::to_string(ready.tag) + " of module " + std::to_string(module));
  }
  const bool is_write = ready.tag >= kFirstWriteTag;
  if (is_write) --writes_under_way_[module];
  tags_[ready.tag] = is_write || ready.error ? TagState::kFree : TagState::kReady;
}

void BusChecker::DropPast(std::uint64_t clock) {
  while (!due_.empty() && clock >= due_.front().start + rules_.burst) {
    if (due_.front().seen != rules_.burst) {
      Report(BusRule::kMissing, clock,
             "of the data due in clock " + std::to_string(due_.front().start) + " and after, " +
                 std::to_string(due_.front().seen) + " clocks came of " + std::to_string(rules_.burst));
    }
    due_.pop_front();
  }
}

std::optional<BusChecker::Owner> BusChecker::Beat(std::uint64_t clock, bool write) {
  if (last_owner_ && last_beat_ == clock) {
    Report(BusRule::kOneDriver, clock, "two drive it");
    return std::nullopt;
  }
  DropPast(clock);
  if (due_.empty() || clock < due_.front().start || due_.front().owner.write != write) {
    Report(BusRule::kUnasked, clock, write ? "write data" : "read data");
    return std::nullopt;
  }
  const Owner owner = due_.front().owner;
  ++due_.front().seen;
  if (last_owner_ && *last_owner_ != owner) {
    const bool other_module = last_owner_->module != owner.module;
    const bool turned = last_owner_->write != owner.write && (last_owner_->slow || owner.slow);
    if ((other_module || turned) && clock - last_beat_ <= rules_.switch_gap) {
      Report(BusRule::kSwitchGap, clock,
             std::to_string(clock - last_beat_ - 1) + " idle clocks between data of module " +
                 std::to_string(last_owner_->module) + " and of module " + std::to_string(owner.module) +
                 ", at least " + std::to_string(rules_.switch_gap));
    }
    if (other_module) ++switches_;
  }
  last_owner_ = owner;
  last_beat_ = clock;
  return owner;
}

void BusChecker::ReadBeat(std::uint64_t clock, unsigned module) {
  const std::optional<Owner> owner = Beat(clock, false);
  if (owner && owner->module != module) {
    Report(
        BusRule::kOneDriver, clock,
        "module " + std::to_string(module) + " drives data that was asked of module " + std::to_string(owner->module));
  }
}

std::optional<BusChecker::Owner> BusChecker::WriteBeat(std::uint64_t clock) { return Beat(clock, true); }

void BusChecker::Finish(std::uint64_t clock) { DropPast(clock); }

}  // namespace tarn::tb
