// Random requests on all class ports of a channel, every answer checked: data, status, order on a line, and that a
// write is visible to every class once it is answered.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include "models/channel/channel_memory.h"
#include "models/common/random.h"
#include "tb/channel/channel_simulation.h"
#include "tb/common/scoreboard.h"
#include "tb/common/stream.h"

namespace tarn::channel {

struct TrafficOptions {
  std::uint64_t seed = 1;
  unsigned pause_percent = 0;  // of each port
  unsigned stall_percent = 0;  // of the response port
  unsigned write_percent = 40;
  unsigned partial_percent = 20;  // of the writes
  unsigned poison_percent = 3;    // of the writes
  unsigned sequential_percent = 50;
  std::uint32_t rows = 4;            // lines are drawn from this many rows of each bank
  std::uint32_t columns = 16;        // and this many columns of each
  std::uint32_t in_flight_max = 64;  // of each class
};

class RandomTraffic {
 public:
  RandomTraffic(ChannelSimulation& channel, const TrafficOptions& options);

  // Sends `requests` on each port and waits for all answers; then drains the channel and compares the module's content.
  void Run(std::uint64_t requests);

  std::uint64_t compared() const { return compared_; }
  std::uint64_t latency_cycles_max() const { return latency_cycles_max_; }

 private:
  struct Expected {
    LineStatus status;
    bool is_read;
    Line data;
    std::uint64_t line;
    std::uint64_t taken_cycle;
    unsigned port;
  };
  struct Owner {
    unsigned port = 0;
    unsigned outstanding = 0;
  };

  void Generate(unsigned port);
  std::uint64_t DrawLine(unsigned port);
  void Taken(unsigned port, const SlotRequest& request, std::uint64_t cycle);
  void Answered(const SlotResponse& response, std::uint64_t cycle);
  void CompareContent();

  ChannelSimulation& channel_;
  TrafficOptions options_;
  Random random_;
  ChannelMemory expected_memory_;  // what the requests taken so far leave
  std::vector<std::unique_ptr<tb::StreamSource<SlotRequest>>> sources_;
  std::unique_ptr<tb::StreamSink<SlotResponse>> sink_;
  std::array<std::vector<std::uint16_t>, kNumClasses> free_tags_;
  std::array<std::uint64_t, kNumClasses> next_line_{};
  std::unordered_map<std::uint16_t, Expected> outstanding_;
  std::unordered_map<std::uint64_t, Owner> owners_;  // who has requests for a line; lines change hands when it has none
  std::unordered_map<std::uint64_t, bool> touched_;
  std::uint64_t compared_ = 0;
  std::uint64_t latency_cycles_max_ = 0;
  std::uint64_t made_ = 0;
};

}  // namespace tarn::channel
