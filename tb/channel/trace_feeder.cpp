#include "tb/channel/trace_feeder.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "models/common/describe.h"

namespace tarn::channel {
namespace {

constexpr std::uint64_t kTagsPerPort = 1024;  // more than there can be requests under way

}  // namespace

template <typename Channel>
TraceFeeder<Channel>::TraceFeeder(Channel& channel, ExpectedContent& content, TrafficClass port,
                                  const std::vector<TraceAccess>& trace, Pace pace)
    : dut_(channel.dut()),
      failures_(channel.failures()),
      content_(content),
      port_(static_cast<unsigned>(port)),
      trace_(trace),
      pace_(pace),
      under_way_(kTagsPerPort) {}

template <typename Channel>
void TraceFeeder<Channel>::Drive(std::uint64_t cycle) {
  dut_.slot_rsp_ready_i = 1;
  if (start_cycle_ == ~std::uint64_t{0}) start_cycle_ = next_cycle_ = cycle;
  if (!offering_ && next_ < trace_.size()) {
    due_cycle_ = pace_.timed ? start_cycle_ + trace_[next_].cycle / Channel::kClocks : next_cycle_;
    if (cycle >= due_cycle_ && content_.MayTouch(trace_[next_].line, port_)) Offer(cycle);
  }
  dut_.slot_req_valid_i[port_] = offering_;
}

template <typename Channel>
void TraceFeeder<Channel>::Offer(std::uint64_t cycle) {
  offering_ = true;
  next_cycle_ = cycle + pace_.interval_cycles;
  const TraceAccess& access = trace_[next_];
  content_.Taken(access.line, port_);
  SlotRequest request;
  request.tag = static_cast<std::uint16_t>(port_ * kTagsPerPort + next_ % kTagsPerPort);
  request.op = access.write ? Op::kWrite : Op::kRead;
  request.line = access.line;
  request.mask = ~std::uint64_t{0};
  if (access.write) request.data = content_.Write(access.line);
  std::uint32_t words[SlotRequest::kWords];
  request.Pack(words);
  std::memcpy(&dut_.slot_req_i[port_], words, sizeof words);
}

template <typename Channel>
void TraceFeeder<Channel>::Sample(std::uint64_t cycle) {
  if (offering_ && dut_.slot_req_ready_o[port_] != 0) Take(cycle);
  if (dut_.slot_rsp_valid_o == 0) return;
  const std::uint32_t* words = reinterpret_cast<const std::uint32_t*>(&dut_.slot_rsp_o);
  if (bits::Get(words, SlotResponse::kBits - 12, 12) / kTagsPerPort == port_) {
    Answer(cycle, SlotResponse::Unpack(words));
  }
}

template <typename Channel>
void TraceFeeder<Channel>::Take(std::uint64_t cycle) {
  const TraceAccess& access = trace_[next_];
  UnderWay& request = under_way_[next_ % kTagsPerPort];
  if (request.waits) failures_.Add("the channel took more requests than it has places for");
  request = {.due_cycle = std::min(due_cycle_, cycle),
             .taken_cycle = cycle,
             .line = access.line,
             .expected = access.write ? Line() : content_.Read(access.line),
             .is_read = !access.write,
             .waits = true};
  offering_ = false;
  ++next_;
}

template <typename Channel>
void TraceFeeder<Channel>::Answer(std::uint64_t cycle, const SlotResponse& response) {
  UnderWay& request = under_way_[response.tag % kTagsPerPort];
  if (!request.waits) {
    failures_.Add("an answer nobody waits for, tag " + std::to_string(response.tag) + ", in cycle " +
                  std::to_string(cycle));
    return;
  }
  request.waits = false;
  ++answered_;
  content_.Answered(request.line);
  const std::uint64_t clocks = (cycle - request.taken_cycle) * Channel::kClocks;
  if (request.is_read) {
    read_latency_.Add(clocks);
    read_latency_since_due_.Add((cycle - request.due_cycle) * Channel::kClocks);
    reads_taken_sum_ += request.taken_cycle;
  } else {
    write_latency_.Add(clocks);
  }
  const bool right = response.status == LineStatus::kOk && (!request.is_read || response.data == request.expected);
  if (right) return;
  ++mismatches_;
  failures_.Add("a wrong answer in cycle " + std::to_string(cycle) + " to the " + (request.is_read ? "read" : "write") +
                " of line " + std::to_string(request.line) + " taken in cycle " + std::to_string(request.taken_cycle) +
                "\n  expected " + Name(LineStatus::kOk) + " " + DescribeValue(request.expected) + "\n  observed " +
                Name(response.status) + " " + DescribeValue(response.data));
}

template class TraceFeeder<ChannelSimulation>;
template class TraceFeeder<NarrowSimulation>;
template class TraceFeeder<SmallSimulation>;
template class TraceFeeder<FourSlotSimulation>;

}  // namespace tarn::channel
