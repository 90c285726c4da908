// Random requests on all class ports of a channel, every answer checked: data, status, order on a line, and that a
// write is visible to every class once it is answered.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/channel/channel_memory.h"
#include "models/common/random.h"
#include "tb/common/scoreboard.h"
#include "tb/common/stream.h"
#include "tests/channel/tested_channel.h"

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
  unsigned modules = 1;              // lines are drawn from so many
  unsigned slow_percent = 0;         // of the lines: in rows from slow_row on
  std::uint32_t slow_row = 0;
};

// A line of a row of each bank, fast or slow, written more than read, half of it in part.
inline constexpr TrafficOptions kFewLinesFoughtOver = {
    .write_percent = 60, .partial_percent = 50, .sequential_percent = 0, .rows = 1, .columns = 1, .slow_percent = 50};

template <typename Channel>
class BasicRandomTraffic {
 public:
  BasicRandomTraffic(Channel& channel, const TrafficOptions& options);

  // Sends `requests` on each port and waits for all answers; then drains the channel and compares the module's content.
  void Run(std::uint64_t requests);

  // Called every so many cycles while requests are under way.
  void set_between(std::function<void()> between, std::uint64_t cycles) {
    between_ = std::move(between);
    between_cycles_ = cycles;
  }

  std::uint64_t compared() const { return compared_; }
  std::uint64_t latency_cycles_max() const { return latency_cycles_max_; }

 private:
  static constexpr unsigned kTagsPerPort = 1024;
  static constexpr unsigned kRowBits = 16;
  static constexpr std::uint64_t kWaitCyclesMax = 20'000'000;

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
  std::uint64_t DrawLineOfModule(unsigned port);
  void Taken(unsigned port, const SlotRequest& request, std::uint64_t cycle);
  void Answered(const SlotResponse& response, std::uint64_t cycle);
  void CompareContent();

  Channel& channel_;
  TrafficOptions options_;
  ModuleGeometry geometry_;
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
  std::function<void()> between_;
  std::uint64_t between_cycles_ = 0, between_last_cycle_ = 0;
};

template <typename Channel>
BasicRandomTraffic<Channel>::BasicRandomTraffic(Channel& channel, const TrafficOptions& options)
    : channel_(channel), options_(options), geometry_(channel.preset().Geometry()), random_(options.seed) {
  options_.columns = std::min(options_.columns, 1u << geometry_.column_bits);
  auto& dut = channel_.dut();
  for (unsigned port = 0; port < kNumClasses; ++port) {
    sources_.push_back(std::make_unique<tb::StreamSource<SlotRequest>>(
        tb::StreamPorts<SlotRequest>(dut.slot_req_i[port], dut.slot_req_valid_i[port], dut.slot_req_ready_o[port]),
        options.seed * 16 + port, options.pause_percent));
    sources_.back()->set_on_taken(
        [this, port](const SlotRequest& request, std::uint64_t cycle) { Taken(port, request, cycle); });
    channel_.simulation().Add(*sources_.back());
    for (unsigned tag = 0; tag < kTagsPerPort; ++tag) {
      free_tags_[port].push_back(static_cast<std::uint16_t>(port * kTagsPerPort + tag));
    }
  }
  sink_ = std::make_unique<tb::StreamSink<SlotResponse>>(
      "answers", tb::StreamPorts<SlotResponse>(dut.slot_rsp_o, dut.slot_rsp_valid_o, dut.slot_rsp_ready_i),
      options.seed * 16 + 7, options.stall_percent, channel_.failures(),
      [this](const SlotResponse& response, std::uint64_t cycle) { Answered(response, cycle); });
  channel_.simulation().Add(*sink_);
}

template <typename Channel>
std::uint64_t BasicRandomTraffic<Channel>::DrawLine(unsigned port) {
  const std::uint64_t module = options_.modules == 1 ? 0 : random_.Below(options_.modules);
  const std::uint64_t first_row =
      options_.slow_percent != 0 && random_.Percent(options_.slow_percent) ? options_.slow_row : 0;
  return DrawLineOfModule(port) + geometry_.LineOf((module << kRowBits) + first_row, 0, 0, 0);
}

template <typename Channel>
std::uint64_t BasicRandomTraffic<Channel>::DrawLineOfModule(unsigned port) {
  // row | bank | bank group | column
  const std::uint64_t groups = std::uint64_t{1} << geometry_.bank_group_bits;
  const std::uint64_t banks = std::uint64_t{1} << geometry_.bank_bits;
  if (random_.Percent(options_.sequential_percent)) {
    const std::uint64_t i = next_line_[port]++;
    const std::uint64_t column = (i / groups) % options_.columns;
    const std::uint64_t bank = i / groups / options_.columns;
    return geometry_.LineOf(bank / banks % options_.rows, static_cast<unsigned>(i % groups),
                            static_cast<unsigned>(bank % banks), static_cast<unsigned>(column));
  }
  const std::uint64_t row = random_.Below(options_.rows);
  const auto bank = static_cast<unsigned>(random_.Below(geometry_.banks()));
  return geometry_.LineOf(row, bank & static_cast<unsigned>(groups - 1), bank >> geometry_.bank_group_bits,
                          static_cast<unsigned>(random_.Below(options_.columns)));
}

template <typename Channel>
void BasicRandomTraffic<Channel>::Generate(unsigned port) {
  if (free_tags_[port].empty() || sources_[port]->pending() != 0) return;
  if (kTagsPerPort - free_tags_[port].size() >= options_.in_flight_max) return;
  const std::uint64_t line = DrawLine(port);
  Owner& owner = owners_[line];
  if (owner.outstanding != 0 && owner.port != port) return;  // tried again with another line
  owner.port = port;
  ++owner.outstanding;
  SlotRequest request;
  const std::size_t pick = random_.Below(free_tags_[port].size());
  std::swap(free_tags_[port][pick], free_tags_[port].back());
  request.tag = free_tags_[port].back();
  free_tags_[port].pop_back();
  request.line = line;
  request.op = Op::kRead;
  request.qos = static_cast<std::uint8_t>(random_.Below(16));
  request.mask = ~std::uint64_t{0};
  if (random_.Percent(options_.write_percent)) {
    request.op = Op::kWrite;
    request.poison = random_.Percent(options_.poison_percent);
    request.data = SeededLine(options_.seed << 40 | ++made_);
    if (random_.Percent(options_.partial_percent)) {
      request.op = Op::kPartialWrite;
      request.mask = random_.Next();
    }
  }
  sources_[port]->Push(request);
}

template <typename Channel>
void BasicRandomTraffic<Channel>::Taken(unsigned port, const SlotRequest& request, std::uint64_t cycle) {
  Expected expected{.status = LineStatus::kOk,
                    .is_read = request.op == Op::kRead,
                    .data = {},
                    .line = request.line,
                    .taken_cycle = cycle,
                    .port = port};
  expected.status = expected_memory_.Access(request, &expected.data);
  touched_[request.line] = true;
  outstanding_[request.tag] = expected;
}

template <typename Channel>
void BasicRandomTraffic<Channel>::Answered(const SlotResponse& response, std::uint64_t cycle) {
  const auto found = outstanding_.find(response.tag);
  if (found == outstanding_.end()) {
    channel_.failures().Add("an answer nobody waits for, tag " + std::to_string(response.tag) + ", in cycle " +
                            std::to_string(cycle));
    return;
  }
  const Expected& expected = found->second;
  ++compared_;
  latency_cycles_max_ = std::max(latency_cycles_max_, cycle - expected.taken_cycle);
  // The data of a poisoned line has no meaning.
  const bool data_differs = expected.is_read && expected.status == LineStatus::kOk && response.data != expected.data;
  if (response.status != expected.status || data_differs) {
    channel_.failures().Add(std::string("a wrong answer in cycle ") + std::to_string(cycle) + " to the " +
                            (expected.is_read ? "read" : "write") + " of line " + std::to_string(expected.line) +
                            " taken in cycle " + std::to_string(expected.taken_cycle) + "\n  expected " +
                            Name(expected.status) + " " + DescribeValue(expected.data) + "\n  observed " +
                            Name(response.status) + " " + DescribeValue(response.data));
  }
  free_tags_[expected.port].push_back(response.tag);
  --owners_[expected.line].outstanding;
  outstanding_.erase(found);
}

template <typename Channel>
void BasicRandomTraffic<Channel>::Run(std::uint64_t requests) {
  const std::uint64_t goal = compared_ + requests;
  auto& simulation = channel_.simulation();
  simulation.RunUntil(
      [&] {
        if (compared_ + outstanding_.size() < goal) {
          for (unsigned port = 0; port < kNumClasses; ++port) Generate(port);
        }
        if (between_ && simulation.cycle() >= between_last_cycle_ + between_cycles_) {
          between_last_cycle_ = simulation.cycle();
          between_();
        }
        return compared_ >= goal && outstanding_.empty() &&
               std::all_of(sources_.begin(), sources_.end(), [](const auto& source) { return source->pending() == 0; });
      },
      kWaitCyclesMax, "answers");
  if (!channel_.failures().any()) CompareContent();
}

template <typename Channel>
void BasicRandomTraffic<Channel>::CompareContent() {
  namespace r = channel_registers;
  sink_->set_stall_percent(0);
  channel_.Write(r::control::kOffset, r::control::Quiesce::kMask);
  for (int i = 0; i < 2000 && !r::status::Idle::Get(channel_.Read(r::status::kOffset).rdata); ++i) {
  }
  if (!r::status::Idle::Get(channel_.Read(r::status::kOffset).rdata)) channel_.failures().Add("it does not get idle");
  channel_.Write(r::control::kOffset, 0);
  for (const auto& [line, unused] : touched_) {
    Line expected, observed;
    const LineStatus status = expected_memory_.ReadLine(line, expected);
    if (channel_.memory(channel_.map().PlaceOf(line).module).ReadLine(channel_.map().ModuleLineOf(line), observed) !=
            status ||
        (status == LineStatus::kOk && observed != expected)) {
      channel_.failures().Add("the module's line " + std::to_string(line) + " is wrong\n  expected " + Name(status) +
                              " " + DescribeValue(expected) + "\n  observed " + DescribeValue(observed));
    }
  }
  sink_->set_stall_percent(options_.stall_percent);
}

extern template class BasicRandomTraffic<ChannelSimulation>;
extern template class BasicRandomTraffic<TwoSlotSimulation>;
extern template class BasicRandomTraffic<FourSlotSimulation>;
extern template class BasicRandomTraffic<NarrowSimulation>;
extern template class BasicRandomTraffic<SmallSimulation>;
extern template class BasicRandomTraffic<BoardSimulation>;
using RandomTraffic = BasicRandomTraffic<TestedChannel>;

}  // namespace tarn::channel
