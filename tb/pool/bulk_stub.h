// A bulk device that does whatever the bulk port allows: beats of several reads interleave, commands complete in any
// order, a read that fails may have sent some beats, right ones or marked ones. Faults are drawn per command. It may
// also give a page back changed without saying so, for this one read.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "models/bulk/bulk_protocol.h"
#include "models/common/random.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"

namespace tarn::tb {

struct BulkStubPorts {
  StreamPorts<bulk::BulkCommand> command;
  StreamPorts<bulk::BulkBeat> write_data;
  StreamPorts<bulk::BulkBeat> read_data;
  StreamPorts<bulk::BulkCompletion> completion;
  StreamPorts<bulk::BulkNotice> notice;
};

class BulkStub : public Component {
 public:
  struct Options {
    std::uint64_t seed = 1;
    unsigned latency_min_cycles = 20;
    unsigned latency_max_cycles = 200;
    unsigned stall_percent = 0;
    unsigned read_error_percent = 0;
    unsigned write_error_percent = 0;
    unsigned offline_percent = 0;
    unsigned late_percent = 0;  // the completion comes only after late_cycles
    unsigned late_cycles = 0;
    unsigned change_percent = 0;     // of the reads of pages that were written here: given back changed
    unsigned stop_after_beats = 64;  // of a read: no more beats come, nor a completion, until this is raised
  };
  struct StoredPage {
    std::array<Line, kLinesPerPage> lines{};
    std::uint64_t poison = 0;
  };
  // How a page can come back changed.
  enum class Change : std::uint8_t { kNone, kBits, kSwappedLines, kOldVersion, kOtherPage, kMark, kForgottenMark };
  using Initial = std::function<StoredPage(std::uint64_t lpn)>;

  BulkStub(const BulkStubPorts& ports, const Options& options, Initial initial, Failures& failures)
      : options_(options),
        random_(options.seed),
        initial_(std::move(initial)),
        failures_(failures),
        commands_("bulk_cmd", ports.command, options.seed + 1, options.stall_percent, failures,
                  [this](const bulk::BulkCommand& command, std::uint64_t cycle) { Accept(command, cycle); }),
        write_data_("bulk_wdata", ports.write_data, options.seed + 2, options.stall_percent, failures,
                    [this](const bulk::BulkBeat& beat, std::uint64_t cycle) { Accept(beat, cycle); }),
        read_data_(ports.read_data, options.seed + 3),
        completions_(ports.completion, options.seed + 4),
        notices_(ports.notice, options.seed + 5) {}

  void Sample(std::uint64_t cycle) override {
    commands_.Sample(cycle);
    write_data_.Sample(cycle);
    read_data_.Sample(cycle);
    completions_.Sample(cycle);
    notices_.Sample(cycle);
  }
  void Drive(std::uint64_t cycle) override {
    Progress(cycle);
    commands_.Drive(cycle);
    write_data_.Drive(cycle);
    read_data_.Drive(cycle);
    completions_.Drive(cycle);
    notices_.Drive(cycle);
  }

  const StoredPage& Content(std::uint64_t lpn) {
    auto found = pages_.find(lpn);
    if (found == pages_.end()) found = pages_.emplace(lpn, initial_(lpn)).first;
    return found->second;
  }
  // As it was before anybody wrote it.
  StoredPage InitialContent(std::uint64_t lpn) const { return initial_(lpn); }
  // How the newest read of the page ended; nothing when there was none since this was asked last.
  struct ReadResult {
    bulk::BulkStatus status = bulk::BulkStatus::kOk;
    std::uint64_t poison = 0;                   // marks that it delivered; all, when it failed
    std::shared_ptr<const StoredPage> changed;  // what it gave back, if that was changed
  };
  std::optional<ReadResult> TakeRead(std::uint64_t lpn) {
    const auto found = last_read_.find(lpn);
    if (found == last_read_.end()) return std::nullopt;
    ReadResult result = std::move(found->second);
    last_read_.erase(found);
    return result;
  }
  // What the read of the page that is under way, or ended last, gives back, if that is changed.
  std::shared_ptr<const StoredPage> Changed(std::uint64_t lpn) const {
    for (const auto& [tag, entry] : in_flight_) {
      if (entry.command.op == bulk::BulkOp::kRead && entry.command.lpn == lpn && entry.changed) return entry.changed;
    }
    const auto found = last_read_.find(lpn);
    return found == last_read_.end() ? nullptr : found->second.changed;
  }
  // The next read of the page gives it back so.
  void ChangeNextRead(std::uint64_t lpn, Change change) { due_changes_[lpn] = change; }
  // The device takes no commands, or no write data, or does again.
  void HoldCommands(bool hold) { commands_.set_stall_percent(hold ? 100 : options_.stall_percent); }
  void HoldWriteData(bool hold) { write_data_.set_stall_percent(hold ? 100 : options_.stall_percent); }
  void Notify(const bulk::BulkNotice& notice) { notices_.Push(notice); }
  Options& options() { return options_; }

  std::uint64_t reads() const { return reads_; }
  std::uint64_t writes() const { return writes_; }
  std::uint64_t write_beats() const { return write_data_.taken(); }
  std::uint64_t trims() const { return trims_; }
  std::uint64_t flushes() const { return flushes_; }
  std::uint64_t faults() const { return faults_; }
  std::uint64_t changes() const { return changes_; }
  std::uint64_t last_read_accept_cycle() const { return last_read_accept_cycle_; }
  std::uint64_t last_read_first_beat_cycle() const { return last_read_first_beat_cycle_; }
  std::uint64_t last_read_done_cycle() const { return last_read_done_cycle_; }

 private:
  struct Command {
    bulk::BulkCommand command;
    bulk::BulkStatus status = bulk::BulkStatus::kOk;
    std::uint64_t ready_at = 0;
    unsigned beats = 0;
    unsigned beats_wanted = 64;
    StoredPage page;
    std::shared_ptr<const StoredPage> changed;
  };

  void Fail(const std::string& what, std::uint64_t cycle) {
    failures_.Add("bulk port, cycle " + std::to_string(cycle) + ": " + what);
  }
  std::uint64_t Latency() {
    return options_.latency_min_cycles + random_.Below(options_.latency_max_cycles - options_.latency_min_cycles + 1);
  }

  void Accept(const bulk::BulkCommand& command, std::uint64_t cycle) {
    if (in_flight_.contains(command.tag)) return Fail("tag " + std::to_string(command.tag) + " is in use", cycle);
    Command entry;
    entry.command = command;
    entry.ready_at = cycle + Latency();
    switch (command.op) {
      case bulk::BulkOp::kRead:
        ++reads_;
        last_read_accept_cycle_ = cycle;
        if (random_.Percent(options_.read_error_percent)) {
          entry.status = random_.Percent(50) ? bulk::BulkStatus::kError : bulk::BulkStatus::kPoison;
          entry.beats_wanted = static_cast<unsigned>(random_.Below(64));
        }
        break;
      case bulk::BulkOp::kWrite:
        ++writes_;
        if (random_.Percent(options_.write_error_percent)) entry.status = bulk::BulkStatus::kError;
        break;
      case bulk::BulkOp::kTrim:
        ++trims_;
        break;
      case bulk::BulkOp::kFlush:
        ++flushes_;
        break;
      default:
        return Fail("a map operation was sent", cycle);
    }
    if (command.op != bulk::BulkOp::kTrim && command.op != bulk::BulkOp::kFlush &&
        random_.Percent(options_.offline_percent)) {
      entry.status = bulk::BulkStatus::kOffline;
      if (command.op == bulk::BulkOp::kRead) entry.beats_wanted = static_cast<unsigned>(random_.Below(64));
    }
    if (entry.status != bulk::BulkStatus::kOk) ++faults_;
    if (options_.late_percent != 0 && random_.Percent(options_.late_percent)) {
      entry.ready_at += options_.late_cycles;
      ++faults_;
    }
    in_flight_.emplace(command.tag, std::move(entry));
    order_.push_back(command.tag);
  }

  void Accept(const bulk::BulkBeat& beat, std::uint64_t cycle) {
    const auto found = in_flight_.find(beat.tag);
    if (found == in_flight_.end() || found->second.command.op != bulk::BulkOp::kWrite) {
      return Fail("a beat without a write, tag " + std::to_string(beat.tag), cycle);
    }
    Command& entry = found->second;
    const unsigned line = (entry.command.first_line + entry.beats) % kLinesPerPage;
    if (beat.line != line || entry.beats == 64) return Fail("beat out of order", cycle);
    entry.page.lines[line] = beat.data;
    if (beat.poison) entry.page.poison |= std::uint64_t{1} << line;
    if (++entry.beats == 64) entry.ready_at = std::max(entry.ready_at, cycle + Latency());
  }

  void Progress(std::uint64_t cycle) {
    if (order_.empty()) return;
    const std::size_t first = random_.Below(order_.size());
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const std::size_t at = (first + i) % order_.size();
      Command& entry = in_flight_.at(order_[at]);
      if (Step(entry, cycle)) {
        in_flight_.erase(order_[at]);
        order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(at));
        return;
      }
    }
  }

  // One command one step on; true when it completed.
  bool Step(Command& entry, std::uint64_t cycle) {
    if (cycle < entry.ready_at) return false;
    const bulk::BulkCommand& command = entry.command;
    if (command.op == bulk::BulkOp::kRead && entry.beats < entry.beats_wanted) {
      if (read_data_.pending() != 0 || entry.beats == options_.stop_after_beats) return false;
      if (entry.beats == 0) {
        entry.page = Content(command.lpn);
        if (entry.status == bulk::BulkStatus::kOk) MaybeChange(entry);
        last_read_first_beat_cycle_ = cycle;
      }
      SendBeat(entry);
      return false;
    }
    if (command.op == bulk::BulkOp::kWrite && entry.beats != 64) return false;
    if (command.op == bulk::BulkOp::kRead && read_data_.pending() != 0) return false;
    if (completions_.pending() != 0) return false;
    if (command.op == bulk::BulkOp::kRead && entry.status != bulk::BulkStatus::kOffline) {
      const bool ok = entry.status == bulk::BulkStatus::kOk;
      last_read_[command.lpn] = {
          .status = entry.status, .poison = ok ? entry.page.poison : ~std::uint64_t{0}, .changed = entry.changed};
      last_read_done_cycle_ = cycle;
    }
    if (command.op == bulk::BulkOp::kWrite && entry.status == bulk::BulkStatus::kOk) {
      older_.insert_or_assign(command.lpn, Content(command.lpn));
      pages_[command.lpn] = entry.page;
      written_.insert(command.lpn);
    }
    if (command.op == bulk::BulkOp::kTrim) {
      pages_[command.lpn] = StoredPage();
      written_.erase(command.lpn);
    }
    completions_.Push({.tag = command.tag, .status = entry.status, .durable = false});
    return true;
  }

  static bool Differ(const StoredPage& one, const StoredPage& other) {
    if (one.poison != other.poison) return true;
    for (std::size_t line = 0; line < kLinesPerPage; ++line) {
      if ((one.poison >> line & 1) == 0 && one.lines[line] != other.lines[line]) return true;
    }
    return false;
  }

  void MaybeChange(Command& entry) {
    const std::uint64_t lpn = entry.command.lpn;
    Change change = Change::kNone;
    if (const auto due = due_changes_.extract(lpn)) {
      change = due.mapped();
    } else if (options_.change_percent != 0 && written_.contains(lpn) && random_.Percent(options_.change_percent)) {
      change = static_cast<Change>(1 + random_.Below(6));
    }
    if (change == Change::kNone) return;
    const StoredPage before = entry.page;
    Apply(change, lpn, entry.page);
    if (!Differ(before, entry.page)) Apply(Change::kMark, lpn, entry.page);
    entry.changed = std::make_shared<const StoredPage>(entry.page);
    ++changes_;
  }

  void Apply(Change change, std::uint64_t lpn, StoredPage& page) {
    const std::uint64_t line = random_.Below(kLinesPerPage);
    switch (change) {
      case Change::kBits:
        for (std::uint64_t bits = 1 + random_.Below(3); bits != 0; --bits) {
          const std::uint64_t bit = random_.Below(8ull * kLineBytes);
          page.lines[(line + bits * 7) % kLinesPerPage][bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
        }
        break;
      case Change::kSwappedLines:
        std::swap(page.lines[line], page.lines[(line + 1 + random_.Below(kLinesPerPage - 1)) % kLinesPerPage]);
        break;
      case Change::kOldVersion:
        page = older_.contains(lpn) ? older_.at(lpn) : initial_(lpn);
        break;
      case Change::kOtherPage:
        page = Content(lpn ^ 1);
        break;
      case Change::kForgottenMark:
        page.poison &= page.poison - 1;
        break;
      default:
        page.poison ^= std::uint64_t{1} << line;
        break;
    }
  }

  void SendBeat(Command& entry) {
    const unsigned line = (entry.command.first_line + entry.beats) % kLinesPerPage;
    bulk::BulkBeat beat;
    beat.tag = entry.command.tag;
    beat.line = static_cast<std::uint8_t>(line);
    const bool lost = entry.status != bulk::BulkStatus::kOk && random_.Percent(5);
    beat.poison = lost || (entry.page.poison >> line & 1) != 0;
    beat.data = lost ? SeededLine(random_.Next()) : entry.page.lines[line];
    read_data_.Push(beat);
    ++entry.beats;
  }

  Options options_;
  Random random_;
  Initial initial_;
  Failures& failures_;
  StreamSink<bulk::BulkCommand> commands_;
  StreamSink<bulk::BulkBeat> write_data_;
  StreamSource<bulk::BulkBeat> read_data_;
  StreamSource<bulk::BulkCompletion> completions_;
  StreamSource<bulk::BulkNotice> notices_;
  std::unordered_map<std::uint8_t, Command> in_flight_;
  std::vector<std::uint8_t> order_;
  std::unordered_map<std::uint64_t, StoredPage> pages_;
  std::unordered_map<std::uint64_t, ReadResult> last_read_;
  std::unordered_map<std::uint64_t, StoredPage> older_;  // what a page held before its last write
  std::unordered_map<std::uint64_t, Change> due_changes_;
  std::unordered_set<std::uint64_t> written_;  // pages whose content was written here
  std::uint64_t reads_ = 0;
  std::uint64_t writes_ = 0;
  std::uint64_t trims_ = 0;
  std::uint64_t flushes_ = 0;
  std::uint64_t faults_ = 0;
  std::uint64_t changes_ = 0;
  std::uint64_t last_read_accept_cycle_ = 0;
  std::uint64_t last_read_first_beat_cycle_ = 0;
  std::uint64_t last_read_done_cycle_ = 0;
};

}  // namespace tarn::tb
