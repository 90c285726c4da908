// A channel with one module for tests that go case by case: requests pushed one by one, answers waited for.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "tb/common/stream.h"
#include "tb/common/test_options.h"
#include "tests/channel/tested_channel.h"

namespace tarn::channel {

inline constexpr unsigned kBulk = 0, kWalk = 1, kHost = 2;

class Channel : public testing::Test {
 protected:
  Channel()
      : channel_("ddr4_2400_17", {.seed = tb::GetTestOptions().seed, .wave_file = tb::GetTestOptions().wave_file}) {
    auto& dut = channel_.dut();
    for (unsigned port = 0; port < kNumClasses; ++port) {
      sources_.push_back(std::make_unique<tb::StreamSource<SlotRequest>>(
          tb::StreamPorts<SlotRequest>(dut.slot_req_i[port], dut.slot_req_valid_i[port], dut.slot_req_ready_o[port]),
          port));
      channel_.simulation().Add(*sources_.back());
    }
    sink_ = std::make_unique<tb::StreamSink<SlotResponse>>(
        "answers", tb::StreamPorts<SlotResponse>(dut.slot_rsp_o, dut.slot_rsp_valid_o, dut.slot_rsp_ready_i), 9, 0,
        channel_.failures(), [this](const SlotResponse& response, std::uint64_t cycle) {
          answers_[response.tag] = response;
          answer_cycle_[response.tag] = cycle;
        });
    channel_.simulation().Add(*sink_);
  }
  void SetUp() override { channel_.PowerUp(); }
  void TearDown() override {
    channel_.FinishChecks();
    EXPECT_EQ(channel_.failures().Text(), "") << tb::ReplayCommand();
  }

  std::uint16_t Send(unsigned port, SlotRequest request) {
    request.tag = next_tag_++;
    sources_[port]->Push(request);
    return request.tag;
  }
  std::uint16_t SendRead(unsigned port, std::uint64_t line) {
    return Send(port, {.op = Op::kRead, .line = line, .mask = ~std::uint64_t{0}});
  }
  std::uint16_t SendWrite(unsigned port, std::uint64_t line, std::uint64_t key, std::uint64_t mask = ~std::uint64_t{0},
                          bool poison = false) {
    return Send(port, {.op = mask == ~std::uint64_t{0} ? Op::kWrite : Op::kPartialWrite,
                       .poison = poison,
                       .line = line,
                       .mask = mask,
                       .data = SeededLine(key)});
  }
  SlotResponse Wait(std::uint16_t tag, std::uint64_t cycles_max = 20000) {
    channel_.simulation().RunUntil([&] { return answers_.contains(tag); }, cycles_max, "an answer");
    return answers_[tag];
  }
  // Writes wait in the queue for more; this makes them go out.
  void Drain() {
    channel_.Write(channel_registers::control::kOffset, channel_registers::control::Quiesce::kMask);
    channel_.simulation().RunUntil([this] { return Idle(); }, 20000, "idleness");
    channel_.Write(channel_registers::control::kOffset, 0);
  }
  bool Idle() { return channel_registers::status::Idle::Get(Status()) != 0; }
  std::uint32_t Status() { return channel_.Read(channel_registers::status::kOffset).rdata; }

  TestedChannel channel_;
  std::vector<std::unique_ptr<tb::StreamSource<SlotRequest>>> sources_;
  std::unique_ptr<tb::StreamSink<SlotResponse>> sink_;
  std::map<std::uint16_t, SlotResponse> answers_;
  std::map<std::uint16_t, std::uint64_t> answer_cycle_;
  std::uint16_t next_tag_ = 0;
};

}  // namespace tarn::channel
