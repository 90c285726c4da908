// Commands to devices and byte order of what commands, records and interrupts touch: sections 4.1.4, 6.4, 6.15.
#include <bit>
#include <cstdint>
#include <vector>

#include "tests/iommu/iommu_fixture.h"

namespace tarn::tests {
namespace {

namespace reg = iommu_registers;

constexpr std::uint64_t kAtsInval = 4, kAtsPrgr = 4 | 1 << 7;
constexpr std::uint64_t kCommandPv = std::uint64_t{1} << 32, kCommandDsv = std::uint64_t{1} << 33;
constexpr std::uint8_t kCompletion = 1, kGroupResponse = 2, kInvalRequest = 3;  // DeviceMessage::kind
constexpr std::uint64_t kTimeoutCycles = 20 * 1024;                             // as tb/iommu sets it

constexpr std::uint64_t Requester(std::uint64_t id) { return id << 40; }

class IommuCommand : public IommuScenario {
 protected:
  std::uint64_t Capabilities() { return bench.Read64(reg::capabilities::kOffset); }
  std::uint32_t Csr(std::uint32_t offset) { return bench.Read(offset).rdata; }

  void Complete(std::uint32_t device, std::uint8_t itag, std::uint8_t count = 1) {
    DeviceMessage message;
    message.kind = kCompletion;
    message.device_id = device;
    message.itag = itag;
    message.code = count;
    bench.messages().Push(message);
  }
  void WaitForMessages(std::size_t count) {
    EXPECT_TRUE(bench.RunUntil([&] { return bench.message_answers().size() >= count; }, "messages to devices"));
    ASSERT_EQ(bench.message_answers().size(), count);
  }
};

class IommuAts : public IommuCommand {
 protected:
  void SetUp() override {
    ASSERT_NE(Capabilities() & reg::capabilities::Ats::kMask, 0u);
    bench.EnableQueues(true);
  }
};

TEST_F(IommuAts, AnInvalidationRequestSaysWhatTheCommandSays) {
  const std::uint64_t payload = 0x1234'5678'9ABC'D801;
  bench.PushCommand(kAtsInval | kCommandPv | std::uint64_t{0xABCDE} << 12 | Requester(0x4321), payload);
  bench.PushCommand(kAtsInval | kCommandDsv | std::uint64_t{0xABCDE} << 12 | Requester(0x774321), payload);
  bench.PushCommand(kAtsInval | Requester(0x774321), payload);
  bench.RunCommands();
  WaitForMessages(3);
  const std::vector<DeviceMessage>& sent = bench.message_answers();
  for (const DeviceMessage& message : sent) {
    EXPECT_EQ(message.kind, kInvalRequest);
    EXPECT_EQ(message.payload, payload);
  }
  EXPECT_EQ(sent[0].device_id, 0x4321u);
  EXPECT_TRUE(sent[0].process_valid);
  EXPECT_EQ(sent[0].process_id, 0xABCDEu);
  EXPECT_EQ(sent[1].device_id, 0x774321u) << "DSV: the segment counts";
  EXPECT_FALSE(sent[1].process_valid);
  EXPECT_EQ(sent[1].process_id, 0u) << "PV is 0: PID is ignored";
  EXPECT_EQ(sent[2].device_id, 0x4321u) << "DSV is 0: DSEG is ignored";
  EXPECT_NE(sent[0].itag, sent[1].itag);
  EXPECT_NE(sent[1].itag, sent[2].itag);
}

TEST_F(IommuAts, AGroupResponseSaysWhatTheCommandSays) {
  const std::uint64_t payload = std::uint64_t{0x155} << 32 | std::uint64_t{1} << 44;
  bench.PushCommand(kAtsPrgr | kCommandPv | std::uint64_t{0x12345} << 12 | Requester(0x99), payload);
  bench.PushCommand(kIofence);
  bench.RunCommands();
  EXPECT_EQ(Csr(reg::cqh::kOffset), 2u) << "a response is done once it is sent";
  WaitForMessages(1);
  const DeviceMessage& sent = bench.message_answers()[0];
  EXPECT_EQ(sent.kind, kGroupResponse);
  EXPECT_EQ(sent.device_id, 0x99u);
  EXPECT_TRUE(sent.process_valid);
  EXPECT_EQ(sent.process_id, 0x12345u);
  EXPECT_EQ(sent.payload, payload);
  EXPECT_EQ(sent.code, 1);
}

TEST_F(IommuAts, AFenceWaitsForAllCompletions) {
  for (std::uint64_t i = 0; i < 3; ++i) bench.PushCommand(kAtsInval | Requester(0x10 + i));
  bench.PushCommand(kIofence);
  bench.RingCommands();
  WaitForMessages(3);
  const std::vector<DeviceMessage> sent = bench.message_answers();
  const auto stands_at_fence = [&] {
    bench.simulation().Run(300);
    return Csr(reg::cqh::kOffset) == 3 && (Csr(reg::cqcsr::kOffset) & reg::cqcsr::CmdTo::kMask) == 0;
  };
  EXPECT_TRUE(stands_at_fence()) << "the queue went on to the fence, and waits there";
  Complete(0x10, sent[0].itag);
  Complete(0x12, sent[1].itag);  // not the device that was asked
  EXPECT_TRUE(stands_at_fence());
  Complete(0x11, sent[1].itag, 3);
  Complete(0x11, sent[1].itag, 3);
  Complete(0x12, sent[2].itag, 0);  // the first of eight
  EXPECT_TRUE(stands_at_fence());
  Complete(0x11, sent[1].itag, 3);
  for (int i = 0; i < 6; ++i) Complete(0x12, sent[2].itag, 0);
  EXPECT_TRUE(stands_at_fence());
  Complete(0x12, sent[2].itag, 0);
  bench.RunCommands();
  EXPECT_EQ(Csr(reg::cqh::kOffset), 4u);
  EXPECT_EQ(Csr(reg::cqcsr::kOffset) & reg::cqcsr::CmdTo::kMask, 0u);
}

TEST_F(IommuAts, ATimeoutStopsTheNextFenceOnce) {
  bench.PushCommand(kAtsInval | Requester(1));
  bench.PushCommand(kAtsInval | Requester(2));
  bench.PushCommand(kIofence | kCommandAv | std::uint64_t{77} << 32, 0x70000 >> 2);
  bench.RingCommands();
  WaitForMessages(2);
  Complete(2, bench.message_answers()[1].itag);
  bench.simulation().Run(kTimeoutCycles - 1000);
  EXPECT_EQ(Csr(reg::cqcsr::kOffset) & reg::cqcsr::CmdTo::kMask, 0u) << "not before its time";
  bench.simulation().Run(kTimeoutCycles / 2 + 2000);
  EXPECT_NE(Csr(reg::cqcsr::kOffset) & reg::cqcsr::CmdTo::kMask, 0u);
  EXPECT_NE(Csr(reg::ipsr::kOffset) & reg::ipsr::Cip::kMask, 0u);
  EXPECT_EQ(Csr(reg::cqh::kOffset), 2u) << "cqh references the fence";
  EXPECT_EQ(bench.memory.Read32(0x70000), 0u);
  Complete(1, bench.message_answers()[0].itag);  // too late: nobody waits for it
  bench.Write(reg::cqcsr::kOffset, 3 | reg::cqcsr::CmdTo::kMask);
  ASSERT_TRUE(bench.RunUntil([&] { return bench.CommandsDone(); }, "the fence"));
  EXPECT_EQ(Csr(reg::cqh::kOffset), 3u);
  EXPECT_EQ(bench.memory.Read32(0x70000), 77u);
}

TEST_F(IommuAts, MoreInvalidationsThanTagsWaitForOne) {
  for (std::uint64_t i = 0; i < 40; ++i) bench.PushCommand(kAtsInval | Requester(i));
  bench.PushCommand(kIofence);
  bench.RingCommands();
  bench.simulation().Run(1000);
  WaitForMessages(32);
  for (std::size_t done = 0; done < 40; ++done) {
    ASSERT_TRUE(bench.RunUntil([&] { return bench.message_answers().size() > done; }, "an invalidation request"));
    const DeviceMessage sent = bench.message_answers()[done];
    EXPECT_EQ(sent.device_id, done);
    Complete(sent.device_id, sent.itag);
  }
  bench.RunCommands();
  EXPECT_EQ(Csr(reg::cqh::kOffset), 41u);
}

TEST_F(IommuAts, ReservedBitsAreIllegal) {
  const auto bit = [](int at) { return std::uint64_t{1} << at; };
  for (const std::uint64_t low :
       {kAtsInval | bit(10), kAtsInval | bit(11), kAtsInval | bit(34), kAtsInval | bit(39), kAtsPrgr | bit(10),
        kAtsPrgr | bit(36), std::uint64_t{4 | 2 << 7}, std::uint64_t{4 | 4 << 7}}) {
    SCOPED_TRACE(DescribeValue(low));
    bench.EnableQueues();
    bench.PushCommand(low);
    bench.RunCommands();
    EXPECT_NE(Csr(reg::cqcsr::kOffset) & reg::cqcsr::CmdIll::kMask, 0u);
    EXPECT_EQ(Csr(reg::cqh::kOffset), 0u);
  }
  EXPECT_TRUE(bench.message_answers().empty());
}

TEST_F(IommuCommand, WhatSoftwareReplacesIsReadAnew) {
  bench.EnableQueues();
  bench.PushCommand(kIofence);
  bench.PushCommand(5);  // reserved
  bench.PushCommand(5);
  bench.PushCommand(5);
  bench.RunCommands();
  for (std::uint32_t at = 1; at < 4; ++at) {
    EXPECT_EQ(Csr(reg::cqh::kOffset), at);
    bench.memory.Write64(IommuBench::kCommandQueue + at * 16, kIofence);
    bench.Write(reg::cqcsr::kOffset, 1 | reg::cqcsr::CmdIll::kMask);
    ASSERT_TRUE(bench.RunUntil([&] { return bench.CommandsDone(); }, "the command after"));
  }
  EXPECT_EQ(Csr(reg::cqh::kOffset), 4u);
}

// What waits at the walk port stays as it is (the unit's own assertion sees it), whatever becomes of the queue.
TEST_F(IommuCommand, AReadThatWaitsStaysWhenTheQueueIsTurnedOff) {
  bench.EnableQueues();
  bench.SetMode(kBare);
  bench.host_agent().set_timing({.latency_cycles_min = 3000, .latency_cycles_max = 3000});
  bench.Send(MakeRequest(kDevice, kPage));
  bench.simulation().Run(20);
  for (int i = 0; i < 3; ++i) bench.PushCommand(kIotinvalVma);
  bench.PushCommand(kIofence);  // waits for the request's answer; the next line of commands is read meanwhile
  bench.PushCommand(kIofence);
  bench.walk_agent().set_on_request(
      [&](const HostRequest&, std::uint64_t) { bench.walk_agent().set_timing({.stall_percent = 100}); });
  bench.RingCommands();
  bench.simulation().Run(200);
  EXPECT_EQ(Csr(reg::cqh::kOffset), 3u);
  bench.Write(reg::cqcsr::kOffset, 0);
  bench.simulation().Run(20);
  bench.walk_agent().set_on_request({});
  bench.walk_agent().set_timing({});
  ASSERT_TRUE(bench.RunUntil([&] { return (Csr(reg::cqcsr::kOffset) & reg::cqcsr::Cqon::kMask) == 0; }, "cqon = 0"));
  bench.Drain();
}

TEST_F(IommuCommand, BigEndianQueuesHoldTheirDoublewordsSwapped) {
  ASSERT_NE(Capabilities() & reg::capabilities::BothEndian::kMask, 0u);
  bench.Write(reg::fctl::kOffset, reg::fctl::Be::kMask);
  bench.EnableQueues(true);
  const std::uint64_t low = kIofence | kCommandAv | std::uint64_t{0x1122'3344} << 32;
  bench.PushCommand(__builtin_bswap64(low), __builtin_bswap64(0x70008 >> 2));
  bench.RunCommands();
  EXPECT_EQ(Csr(reg::cqh::kOffset), 1u);
  EXPECT_EQ(bench.memory.Read32(0x70008), 0x4433'2211u) << "what a command writes";
  // A record, and its message.
  bench.Write64(reg::msi_addr::Offset(1), 0x71000);
  bench.Write(reg::msi_data::Offset(1), 0xA1B2C3D4);
  bench.Write(reg::icvec::kOffset, 0x10);
  const DeviceRequest request = MakeRequest(kDevice, kIova + 8);
  EXPECT_EQ(bench.Ask(request).status, LineStatus::kTranslationFault);
  ASSERT_TRUE(bench.RunUntil([&] { return bench.memory.Read32(0x71000) != 0; }, "the message"));
  EXPECT_EQ(bench.memory.Read32(0x71000), 0xD4C3'B2A1u);
  EXPECT_EQ(__builtin_bswap64(bench.memory.Read64(IommuBench::kFaultQueue)),
            std::uint64_t{kDevice} << 40 | std::uint64_t{2} << 34 | 256);
  EXPECT_EQ(__builtin_bswap64(bench.memory.Read64(IommuBench::kFaultQueue + 16)), kIova + 8);
}

}  // namespace
}  // namespace tarn::tests
