// Wrong bits in a channel's modules and on their bus, and what the channel's log must say of them: of each line that a
// module sends, what the model makes of it. At most one wrong bit a word, so that data is right all the same.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "models/channel/channel_registers.h"
#include "models/channel/secded.h"
#include "models/common/random.h"
#include "tb/common/scoreboard.h"

namespace tarn::channel {

struct LoggedError {
  std::uint64_t line = 0;
  Decoded::Error error{};
  bool operator==(const LoggedError&) const = default;
};

// The oldest entry of a channel's log; false if there is none. It is dropped.
template <typename Channel>
bool PopLog(Channel& channel, LoggedError& entry) {
  namespace r = channel_registers;
  const std::uint64_t value = channel.Counter(r::ecc_log::kOffset);
  if (r::ecc_log::Valid::Get(value) == 0) return false;
  entry = {.line = r::ecc_log::Line::Get(value),
           .error = {.word = static_cast<unsigned>(r::ecc_log::Word::Get(value)),
                     .uncorrected = r::ecc_log::Uncorrected::Get(value) != 0,
                     .syndrome = static_cast<std::uint8_t>(r::ecc_log::Syndrome::Get(value))}};
  channel.Write(r::ecc_log_next::kOffset, r::ecc_log_next::Drop::kMask);
  return true;
}

class FaultInjector {
 public:
  struct Options {
    std::uint64_t seed = 1;
    unsigned read_percent = 0;   // of the lines that a module sends: a wrong bit on the way
    unsigned write_percent = 0;  // of those that it gets: a wrong bit stays in the cells
  };
  explicit FaultInjector(const Options& options) : options_(options), random_(options.seed) {}

  // part: a DramModule, or the SlowCells beside it; first_line: of the module, as the channel's requests number lines.
  template <typename Part>
  void Attach(Part& part, std::uint64_t first_line = 0) {
    part.set_bus_faults([this, first_line](std::uint64_t line, bool is_write, CodedLine& content) {
      OnBus(first_line + line, is_write, content);
    });
  }
  // Takes what the log has, and compares it.
  template <typename Channel>
  void CompareLog(Channel& channel) {
    LoggedError entry;
    while (PopLog(channel, entry)) Logged(entry, channel.failures());
  }
  // Errors that the channel has not logged yet.
  std::size_t missing() const { return expected_.size(); }
  std::uint64_t compared() const { return compared_; }
  std::uint64_t corrected() const { return corrected_; }
  std::uint64_t uncorrected() const { return uncorrected_; }

 private:
  void OnBus(std::uint64_t line, bool is_write, CodedLine& content) {
    if (random_.Percent(is_write ? options_.write_percent : options_.read_percent)) {
      const auto word = static_cast<unsigned>(random_.Below(kWordsPerLine));
      bool has_error = false;
      for (const Decoded::Error& error : Decode(content).errors) has_error = has_error || error.word == word;
      if (!has_error) content.Flip(word, static_cast<unsigned>(random_.Below(kCodedBits)));
    }
    if (is_write) return;
    for (const Decoded::Error& error : Decode(content).errors) {
      expected_.push_back({line, error});
      ++(error.uncorrected ? uncorrected_ : corrected_);
    }
  }
  void Logged(const LoggedError& entry, tb::Failures& failures) {
    ++compared_;
    if (!expected_.empty() && expected_.front() == entry) {
      expected_.pop_front();
      return;
    }
    failures.Add("the log says line " + std::to_string(entry.line) + ", word " + std::to_string(entry.error.word) +
                 ", syndrome " + std::to_string(entry.error.syndrome) +
                 (entry.error.uncorrected ? ", uncorrected" : ", corrected") +
                 (expected_.empty() ? ": nothing was expected"
                                    : "\n  expected line " + std::to_string(expected_.front().line) + ", word " +
                                          std::to_string(expected_.front().error.word)));
  }

  Options options_;
  Random random_;
  std::deque<LoggedError> expected_;
  std::uint64_t compared_ = 0, corrected_ = 0, uncorrected_ = 0;
};

}  // namespace tarn::channel
