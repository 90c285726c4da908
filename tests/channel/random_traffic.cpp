#include "tests/channel/random_traffic.h"

#include <algorithm>
#include <string>

namespace tarn::channel {
namespace {

constexpr unsigned kTagsPerPort = 1024;
constexpr std::uint64_t kWaitCyclesMax = 2'000'000;

}  // namespace

RandomTraffic::RandomTraffic(ChannelSimulation& channel, const TrafficOptions& options)
    : channel_(channel), options_(options), random_(options.seed) {
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

std::uint64_t RandomTraffic::DrawLine(unsigned port) {
  // row | bank | bank group | column
  if (random_.Percent(options_.sequential_percent)) {
    const std::uint64_t i = next_line_[port]++;
    const std::uint64_t column = (i / 4) % options_.columns;
    const std::uint64_t bank = i / 4 / options_.columns;
    return ((bank / 4 % options_.rows) << 4 | (bank % 4) << 2 | i % 4) << 7 | column;
  }
  const std::uint64_t row = random_.Below(options_.rows);
  return (row << 4 | random_.Below(16)) << 7 | random_.Below(options_.columns);
}

void RandomTraffic::Generate(unsigned port) {
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

void RandomTraffic::Taken(unsigned port, const SlotRequest& request, std::uint64_t cycle) {
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

void RandomTraffic::Answered(const SlotResponse& response, std::uint64_t cycle) {
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

void RandomTraffic::Run(std::uint64_t requests) {
  const std::uint64_t goal = compared_ + requests;
  auto& simulation = channel_.simulation();
  simulation.RunUntil(
      [&] {
        if (compared_ + outstanding_.size() < goal) {
          for (unsigned port = 0; port < kNumClasses; ++port) Generate(port);
        }
        return compared_ >= goal && outstanding_.empty() &&
               std::all_of(sources_.begin(), sources_.end(), [](const auto& source) { return source->pending() == 0; });
      },
      kWaitCyclesMax, "answers");
  if (!channel_.failures().any()) CompareContent();
}

void RandomTraffic::CompareContent() {
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
    if (channel_.memory().ReadLine(channel_.map().ModuleLineOf(line), observed) != status ||
        (status == LineStatus::kOk && observed != expected)) {
      channel_.failures().Add("the module's line " + std::to_string(line) + " is wrong\n  expected " + Name(status) +
                              " " + DescribeValue(expected) + "\n  observed " + DescribeValue(observed));
    }
  }
  sink_->set_stall_percent(options_.stall_percent);
}

}  // namespace tarn::channel
