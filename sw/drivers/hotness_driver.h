// The pool's hotness monitoring as software sees it (rtl/pool/hotness.md, programmer's guide).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/hal/platform.h"

namespace tarn::drivers {

struct HotnessSettings {
  bool always_on = false;                  // else hot segments are told at the end of each epoch
  unsigned down_sampling = 0;              // one access of 2^this is counted: 0..15
  std::uint32_t epoch_cycles = 1'000'000;  // 0: epochs end by EndEpoch alone
  std::uint32_t sweep_interval_cycles = 16;
  std::uint32_t hot_threshold = 32;  // accesses
  std::uint32_t cold_threshold = 0;  // usage; 0: none is cold
};

// An entry of the hot list (value: accesses, at most 65,535) or of the cold list (value: usage).
struct ListedSegment {
  std::uint32_t host = 0;
  std::uint32_t segment = 0;
  std::uint32_t value = 0;
};

class HotnessDriver {
 public:
  static constexpr std::size_t kAgeBins = 16;  // ages 0, 1, 2 to 3, 4 to 7, …, in epochs

  explicit HotnessDriver(hal::Platform& platform) : platform_(platform) {}

  // Whether the node has a hotness monitoring: without one nothing below does anything.
  Result<bool> Present();
  // Starts afresh; returns when it counts.
  Status Start(const HotnessSettings& settings);
  // Ends the running epoch; returns when its segments stand in the lists.
  Status EndEpoch();
  // Takes what the lists hold, oldest first. Some were left out if Overflowed.
  Result<std::vector<ListedSegment>> TakeHot();
  Result<std::vector<ListedSegment>> TakeCold();
  // Whether a list was full since the last call.
  Result<bool> Overflowed();
  // Segments by age, at the end of the last epoch.
  Result<std::array<std::uint32_t, kAgeBins>> ReadAges();

 private:
  Status Write(std::uint32_t offset, std::uint32_t value);
  Result<std::uint32_t> Read(std::uint32_t offset);
  Status WaitFor(std::uint32_t offset, std::uint32_t mask, std::uint32_t value, const std::string& what);
  Result<std::vector<ListedSegment>> Take(std::uint32_t head, std::uint32_t tail, std::uint32_t entries);

  hal::Platform& platform_;
};

}  // namespace tarn::drivers
