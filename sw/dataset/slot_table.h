// Values by numbers that are given out in order and live for any time. Values stand side by side; a new one takes the
// place of the last that went, which is likely to be in the cache, and to find one costs an access to an index that is
// small.
#pragma once

#include <tsl/robin_map.h>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tarn::dataset {

template <typename Value>
class SlotTable {
 public:
  struct Entry {
    std::uint64_t number = 0;
    Value value;
  };

  bool empty() const { return index_.empty(); }
  std::size_t size() const { return index_.size(); }
  bool contains(std::uint64_t number) const { return index_.contains(number); }

  // Null where there is none. What it points to stays there until the next Put.
  Value* Find(std::uint64_t number) {
    const auto found = index_.find(number);
    return found == index_.end() ? nullptr : &slots_[found->second].value;
  }
  const Value* Find(std::uint64_t number) const { return const_cast<SlotTable*>(this)->Find(number); }
  // REQUIRES: it is there.
  Value& At(std::uint64_t number) { return slots_[index_.at(number)].value; }
  const Value& At(std::uint64_t number) const { return slots_[index_.at(number)].value; }

  // In the place of one that is there by this number. number: not 0.
  Value& Put(std::uint64_t number, Value value) {
    const auto [entry, is_new] = index_.try_emplace(number, 0);
    if (is_new) entry.value() = TakeSlot();
    slots_[entry->second] = {.number = number, .value = std::move(value)};
    return slots_[entry->second].value;
  }
  void Erase(std::uint64_t number) {
    const auto found = index_.find(number);
    if (found == index_.end()) return;
    slots_[found->second] = {};
    free_.push_back(found->second);
    index_.erase(found);
  }

  // In no order. each(number, value) must not put or erase.
  template <typename Each>
  void ForEach(Each each) const {
    for (const Entry& entry : slots_) {
      if (entry.number != 0) each(entry.number, entry.value);
    }
  }

 private:
  std::uint32_t TakeSlot() {
    if (free_.empty()) {
      slots_.emplace_back();
      return static_cast<std::uint32_t>(slots_.size() - 1);
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }

  tsl::robin_map<std::uint64_t, std::uint32_t> index_;
  std::vector<Entry> slots_;
  std::vector<std::uint32_t> free_;
};

}  // namespace tarn::dataset
