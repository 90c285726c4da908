// Keeps the first difference of each kind and signal, counts the others, and notes when they were.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "sw/wave/comparison.h"

namespace tarn::wave {

class DifferenceLog {
 public:
  static constexpr std::size_t kEventsMax = 1 << 20;  // later ones are counted only

  // `describe` fills in the values of the difference: it is called only if this is the first, or earlier than what is
  // there. REQUIRES: one of the moments is given.
  void Add(DifferenceKind kind, std::uint32_t port, const std::string& signal, const std::optional<Moment>& dut,
           const std::optional<Moment>& golden, const std::function<void(Difference&)>& describe);
  // Hands over all that was found, the earliest first.
  void Take(Comparison& comparison);

 private:
  struct Entry {
    Difference first;
    std::uint32_t name = 0;  // in event_names_
  };
  std::map<std::tuple<DifferenceKind, std::uint32_t, std::string>, Entry> entries_;
  std::vector<DifferenceEvent> events_;
  std::vector<std::string> event_names_;
};

}  // namespace tarn::wave
