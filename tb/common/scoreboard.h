// Compares what a design answered with what the model expects, in order per key. Unexpected, different and
// missing answers are each reported with cycle, both values field by field, and the last transactions.
// A scoreboard that compared nothing fails.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "models/common/describe.h"

namespace tarn::tb {

// Where a checker's failures go; the first few are kept as text.
class Failures {
 public:
  static constexpr std::size_t kKept = 5;

  void Add(const std::string& text) {
    if (count_++ < kKept) text_ += text + "\n";
  }
  bool any() const { return count_ != 0; }
  std::uint64_t count() const { return count_; }
  // The first few failures, ready to be printed.
  std::string Text() const {
    return count_ <= kKept ? text_ : text_ + "… and " + std::to_string(count_ - kKept) + " more\n";
  }

 private:
  std::string text_;
  std::uint64_t count_ = 0;
};

template <typename Key, typename Message>
class Scoreboard {
 public:
  static constexpr std::size_t kHistory = 8;

  Scoreboard(std::string name, Failures& failures) : name_(std::move(name)), failures_(failures) {}

  // The model's word: the next answer under `key` is `message`.
  void Expect(const Key& key, Message message) {
    expected_[key].push_back(std::move(message));
    ++outstanding_;
  }

  // What the design answered in `cycle`.
  void Observe(const Key& key, const Message& message, std::uint64_t cycle) {
    ++compared_;
    const auto queue = expected_.find(key);
    if (queue == expected_.end() || queue->second.empty()) {
      Report("unexpected answer", key, cycle, "     observed " + DescribeValue(message) + "\n");
    } else {
      if (!(queue->second.front() == message)) {
        Report("different answer", key, cycle, DescribeDifference(queue->second.front(), message));
      }
      queue->second.pop_front();
      --outstanding_;
      if (queue->second.empty()) expected_.erase(queue);
    }
    history_.push_back("cycle " + std::to_string(cycle) + " key " + DescribeValue(key) + " " + DescribeValue(message));
    if (history_.size() > kHistory) history_.pop_front();
  }

  // Call at the end: what is still expected is missing, and a scoreboard that compared nothing has failed.
  void Finish(std::uint64_t cycle) {
    for (const auto& [key, queue] : expected_) {
      for (const Message& message : queue) {
        Report("missing answer", key, cycle, "     expected " + DescribeValue(message) + "\n");
      }
    }
    if (compared_ == 0) failures_.Add(name_ + ": compared nothing");
  }

  std::uint64_t compared() const { return compared_; }
  std::uint64_t outstanding() const { return outstanding_; }

 private:
  void Report(const std::string& what, const Key& key, std::uint64_t cycle, const std::string& detail) {
    std::string text = name_ + ": " + what + " for key " + DescribeValue(key) + " in cycle " + std::to_string(cycle) +
                       "\n" + detail + "   the last transactions:\n";
    for (const std::string& line : history_) text += "     " + line + "\n";
    failures_.Add(text);
  }

  std::string name_;
  Failures& failures_;
  std::map<Key, std::deque<Message>> expected_;
  std::deque<std::string> history_;
  std::uint64_t compared_ = 0;
  std::uint64_t outstanding_ = 0;
};

}  // namespace tarn::tb
