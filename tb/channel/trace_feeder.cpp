#include "tb/channel/trace_feeder.h"

#include <cstring>

#include "models/common/line_protocol.h"

namespace tarn::channel {
namespace {

constexpr unsigned kHostPort = 2;
constexpr std::size_t kTags = 4096;  // as many as the field holds, more than there are requests under way

}  // namespace

TraceFeeder::TraceFeeder(ChannelSimulation& channel, const std::vector<TraceAccess>& trace,
                         std::uint64_t interval_cycles)
    : dut_(channel.dut()), trace_(trace), interval_cycles_(interval_cycles), taken_cycle_(kTags) {}

void TraceFeeder::Drive(std::uint64_t cycle) {
  dut_.slot_rsp_ready_i = 1;
  const bool due = next_ < trace_.size() && (offering_ || cycle >= next_cycle_);
  dut_.slot_req_valid_i[kHostPort] = due;
  if (!due || offering_) return;
  offering_ = true;
  next_cycle_ = cycle + interval_cycles_;
  SlotRequest request;
  request.tag = static_cast<std::uint16_t>(next_ % kTags);
  request.op = trace_[next_].write ? Op::kWrite : Op::kRead;
  request.line = trace_[next_].line;
  request.mask = ~std::uint64_t{0};
  request.data[0] = static_cast<std::uint8_t>(next_);
  std::uint32_t words[SlotRequest::kWords];
  request.Pack(words);
  std::memcpy(&dut_.slot_req_i[kHostPort], words, sizeof words);
}

void TraceFeeder::Sample(std::uint64_t cycle) {
  if (offering_ && dut_.slot_req_ready_o[kHostPort] != 0) {
    taken_cycle_[next_ % kTags] = cycle;
    offering_ = false;
    ++next_;
  }
  const std::uint64_t op = dut_.dfi_cmd_o[0] >> (DfiCommand::kBits - 4);
  if (op != 0 && first_command_ == 0) first_command_ = cycle;
  if (dut_.dfi_rd_i[0][DfiReadData::kBits / 32] >> (DfiReadData::kBits - 1) % 32 & 1) last_beat_ = cycle;
  if (dut_.dfi_wr_o[0][DfiWriteData::kBits / 32] >> (DfiWriteData::kBits - 1) % 32 & 1) last_beat_ = cycle;
  if (dut_.slot_rsp_valid_o == 0) return;
  const std::uint32_t* words = reinterpret_cast<const std::uint32_t*>(&dut_.slot_rsp_o);
  const std::uint64_t tag = bits::Get(words, SlotResponse::kBits - 12, 12);
  ++answered_;
  // Accept to last beat, both counted: the last beat of this line was the latest when reads come one by one.
  latency_sum_ += last_beat_ - taken_cycle_[tag] + 1;
}

}  // namespace tarn::channel
