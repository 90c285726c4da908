// Answers of one host's port that wait for their cycle.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sw/hal/platform.h"

namespace tarn::platform {

// Holds at most `capacity` answers; hands them out by their cycle, equal ones in the order in which they came.
class AnswerQueue {
 public:
  explicit AnswerQueue(std::uint32_t capacity) : answers_(capacity) {
    for (std::uint32_t index = capacity; index-- > 0;) free_.push_back(index);
    order_.reserve(capacity);
  }

  bool full() const { return free_.empty(); }
  bool empty() const { return order_.empty(); }
  // REQUIRES: !empty().
  std::uint64_t next_cycle() const { return order_.back().cycle; }

  // A place for an answer that comes in `cycle`, to be filled in. REQUIRES: !full().
  hal::Completion& Push(std::uint64_t cycle) {
    const std::uint32_t index = free_.back();
    free_.pop_back();
    // Latest first: the next is at the end. Most new answers come last, so most of the queue moves: it is short.
    const auto at = std::find_if(order_.begin(), order_.end(), [cycle](const Entry& e) { return e.cycle <= cycle; });
    order_.insert(at, {.cycle = cycle, .index = index});
    return answers_[index];
  }

  // The next answer whose cycle has come; false when there is none.
  bool Pop(std::uint64_t now, hal::Completion& completion) {
    if (order_.empty() || order_.back().cycle > now) return false;
    const std::uint32_t index = order_.back().index;
    completion = answers_[index];
    order_.pop_back();
    free_.push_back(index);
    return true;
  }

 private:
  struct Entry {
    std::uint64_t cycle;
    std::uint32_t index;
  };

  std::vector<hal::Completion> answers_;
  std::vector<std::uint32_t> free_;
  std::vector<Entry> order_;
};

}  // namespace tarn::platform
