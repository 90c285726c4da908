// The node's models wired together, and the bounds of their time.
#include <gtest/gtest.h>

#include <cstring>

#include "models/bulk/bulk_device.h"
#include "models/node/node.h"
#include "models/node/node_timing.h"
#include "models/pool/pool_registers.h"

namespace tarn::node {
namespace {

class NodeModel : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::uint32_t pool = 0x1000;
    for (std::uint32_t host = 0; host < 4; ++host) {
      node_.management().Write(pool + pool_registers::window_base::Offset(host), 0x10'0000);
      node_.management().Write(pool + pool_registers::window_segments::Offset(host), 64);
    }
    node_.management().Write(pool + pool_registers::control::kOffset, 1);
  }
  LineResponse Access(std::uint32_t host, Op op, std::uint64_t addr, const Line& data = {}) {
    DeviceRequest request;
    request.op = op;
    request.addr = addr;
    request.mask = ~std::uint64_t{0};
    request.data = data;
    LineResponse response;
    node_.Access(HostId(host), request, response, work_);
    return response;
  }

  Node node_{NodeConfig{}};
  AccessWork work_;
};

TEST_F(NodeModel, AHostWithoutAnIommuReachesItsWindowAndOneWithAnIommuThatIsOffDoesNot) {
  EXPECT_EQ(Access(0, Op::kRead, 0x10'0000).status, LineStatus::kOk);
  EXPECT_EQ(Access(2, Op::kRead, 0x10'0000).status, LineStatus::kTranslationFault);
  node_.host_registers(HostId(2)).Write(0x10, 1);  // ddtp: bare
  EXPECT_EQ(Access(2, Op::kRead, 0x10'0000).status, LineStatus::kOk);
}

TEST_F(NodeModel, APoolThatIsNotEnabledAnswersAccessErrors) {
  node_.management().Write(0x1000, 0);
  EXPECT_EQ(Access(0, Op::kRead, 0x10'0000).status, LineStatus::kAccessError);
}

TEST_F(NodeModel, MessagesOutsideTheWindowLeaveThroughTheOutboundPort) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> sent;
  node_.set_outbound_listener([&](HostId host, HostPhysAddr address, std::uint32_t data) {
    EXPECT_EQ(host, HostId(3));
    sent.emplace_back(address.value(), data);
  });
  RegisterBus& registers = node_.host_registers(HostId(3));
  registers.Write(0x300, 0x8000'0000);  // msi_addr of vector 0
  registers.Write(0x308, 42);
  registers.Write(0x18, 0x10'0000 >> 12 << 10);  // cqb: two commands
  registers.Write(0x48, 3);                      // cqen, cie
  registers.Write(0x24, 1);                      // cqt: the command is all zero, which is illegal
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0], (std::pair<std::uint64_t, std::uint32_t>{0x8000'0000, 42}));
}

TEST_F(NodeModel, WordsThatADeviceWritesOutsideTheWindowLeaveThroughTheOutboundPort) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> sent;
  node_.set_outbound_listener(
      [&](HostId, HostPhysAddr address, std::uint32_t data) { sent.emplace_back(address.value(), data); });
  node_.host_registers(HostId(2)).Write(0x10, 1);  // ddtp: bare
  DeviceRequest request;
  request.op = Op::kPartialWrite;
  request.addr = 0x8000'0000;
  request.mask = 0xF0;
  request.data[4] = 42;
  LineResponse response;
  node_.Access(HostId(2), request, response, work_);
  EXPECT_EQ(response.status, LineStatus::kOk);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0], (std::pair<std::uint64_t, std::uint32_t>{0x8000'0004, 42}));
  request.mask = 0xFF;
  node_.Access(HostId(2), request, response, work_);
  EXPECT_EQ(response.status, LineStatus::kAccessError) << "two words";
  request.mask = 0;
  node_.Access(HostId(2), request, response, work_);
  EXPECT_EQ(response.status, LineStatus::kAccessError) << "nothing";
  request.mask = 0xF0;
  node_.Access(HostId(0), request, response, work_);
  EXPECT_EQ(response.status, LineStatus::kAccessError) << "a CPU's";
  EXPECT_EQ(sent.size(), 1u);
}

// A directory of one level in the host's window, its device 0 with ATS and no tables.
TEST_F(NodeModel, ATranslationRequestIsAnsweredWithItsCompletionAndReachesNoMemory) {
  node_.host_registers(HostId(2)).Write(0x10, 1);  // ddtp: bare
  DeviceRequest request;
  request.op = Op::kWrite;
  request.addr = 0x10'0000;
  request.mask = ~std::uint64_t{0};
  request.data[0] = 1 | 2;  // V, EN_ATS
  LineResponse response;
  node_.Access(HostId(2), request, response, work_);
  node_.host_registers(HostId(2)).Write(0x10, 0x10'0000 >> 12 << 10 | 2);  // one level
  request.at = AddressType::kTranslationRequest;
  request.addr = 0x10'3000;
  const auto completion = [&] {
    node_.Access(HostId(2), request, response, work_);
    std::uint64_t entry = 0;
    std::memcpy(&entry, response.data.data(), sizeof entry);
    return entry;
  };
  EXPECT_EQ(completion(), 0x10'3000u | 3);  // R, W
  EXPECT_EQ(response.status, LineStatus::kOk);
  EXPECT_EQ(work_.pages_in + work_.pages_out, 0u);
  request.device_id = 1;  // no context: unsupported, not aborted
  EXPECT_EQ(completion(), 0u);
  EXPECT_EQ(response.status, LineStatus::kTranslationFault);
}

TEST_F(NodeModel, AQuiescedNodeFlushesOnCommand) {
  Access(0, Op::kWrite, 0x10'0000, SeededLine(1));
  node_.management().Write(0x1000, 3);
  EXPECT_TRUE(node_.quiesced());
  node_.management().Write(0x1000, 7);
  const std::uint32_t status = node_.management().Read(0x1000 + pool_registers::status::kOffset).rdata;
  EXPECT_NE(status & pool_registers::status::Flushed::kMask, 0u);
  EXPECT_EQ(node_.pool().activity().pages_out, 1u);
}

TEST_F(NodeModel, TimesKeepToTheirBounds) {
  const bulk::BulkConfig bulk = *bulk::PresetByName("low-latency");
  NodeTiming timing(node_.channel_registers(), bulk);
  std::uint64_t now = 0;
  for (int step = 0; step < 1000; ++step) {
    const bool paged = step % 10 == 0;
    AccessWork work{.slot_line = static_cast<std::uint64_t>(step) * 977};
    work.pages_in = paged ? 1 : 0;
    const std::uint64_t cycles = timing.AnswerCycle(now, work) - now;
    ASSERT_GE(cycles, paged ? timing.PageInCyclesMin() : timing.ResidentCyclesMin(false));
    now += 1000;
  }
  EXPECT_EQ(timing.channel().reads, 1000u);
}

TEST_F(NodeModel, TheMemoryBusBoundsThroughput) {
  NodeTiming timing(node_.channel_registers(), *bulk::PresetByName("low-latency"));
  std::uint64_t last = 0;
  for (std::uint64_t line = 0; line < 10000; ++line) last = timing.AnswerCycle(0, {.slot_line = line});
  EXPECT_GE(last, 4 * 10000u);
  EXPECT_LE(last, 4 * 10000u + 100);
}

}  // namespace
}  // namespace tarn::node
