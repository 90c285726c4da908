// ATS.INVAL, ATS.PRGR and the IOFENCE.C that waits for them: RISC-V IOMMU 1.0, sections 4.1.2 and 4.1.4; PCIe,
// chapter 10.
#include <gtest/gtest.h>

#include <vector>

#include "tests/iommu/model_fixture.h"

namespace tarn::iommu {
namespace {

namespace cqcsr = iommu_registers::cqcsr;
namespace cqh = iommu_registers::cqh;

constexpr std::uint64_t kInval = 4, kGroupResponse = 4 | 1 << 7, kFence = 2;
constexpr std::uint64_t kTimeoutCycles = 1000;

constexpr std::uint64_t Device(std::uint64_t id) { return id << 40; }  // RID, and DSEG above it

// The default capabilities have ATS.
struct Ats : IommuFixture {
  Ats() : IommuFixture(Parameters{.invalidation_timeout_cycles = kTimeoutCycles}) {
    Start();
    iommu.set_message_listener([this](const DeviceMessage& message) { sent.push_back(message); });
  }
  // count: the completions that the device sends for its request.
  void Complete(std::uint8_t itag, std::uint32_t device, std::uint8_t count = 1) {
    DeviceMessage message;
    message.kind = static_cast<std::uint8_t>(MessageKind::kInvalidationCompletion);
    message.device_id = device;
    message.itag = itag;
    message.code = count;
    iommu.Receive(message);
  }
  std::uint32_t Head() { return Register(cqh::kOffset); }

  std::vector<DeviceMessage> sent;
};

TEST(IommuModelAtsCommands, AnInvalidationIsAMessageWithATag) {
  Ats f;
  f.Command(kInval | Bit(32) | 0x12345 << 12 | Device(0x21), 0xABCD'E800);
  ASSERT_EQ(f.sent.size(), 1u);
  EXPECT_EQ(f.sent[0].kind, 3);
  EXPECT_EQ(f.sent[0].device_id, 0x21u);
  EXPECT_TRUE(f.sent[0].process_valid);
  EXPECT_EQ(f.sent[0].process_id, 0x12345u);
  EXPECT_EQ(f.sent[0].payload, 0xABCD'E800u);
  f.Command(kInval | Device(0x22));
  EXPECT_NE(f.sent[1].itag, f.sent[0].itag);
  EXPECT_EQ(f.Head(), 2u);  // "may advance the cqh … while a response is awaited"
}

TEST(IommuModelAtsCommands, OperandsThatAreNotValidAreIgnored) {
  Ats f;
  f.Command(kInval | 0x12345 << 12 | Device(0x770021));
  EXPECT_FALSE(f.sent[0].process_valid);
  EXPECT_EQ(f.sent[0].process_id, 0u);
  EXPECT_EQ(f.sent[0].device_id, 0x21u);  // DSV is 0
  f.Command(kInval | Bit(33) | Device(0x770021));
  EXPECT_EQ(f.sent[1].device_id, 0x770021u);
}

TEST(IommuModelAtsCommands, AGroupResponseIsSentAndNobodyWaitsForIt) {
  Ats f;
  f.Command(kGroupResponse | Bit(32) | 5 << 12 | Device(0x21), std::uint64_t{1} << 44 | std::uint64_t{0x155} << 32);
  f.Command(kFence);
  EXPECT_EQ(f.Head(), 2u);
  ASSERT_EQ(f.sent.size(), 1u);
  EXPECT_EQ(f.sent[0].kind, 2);
  EXPECT_EQ(f.sent[0].code, 1);
  EXPECT_EQ(f.sent[0].process_id, 5u);
  EXPECT_EQ(f.sent[0].payload, std::uint64_t{1} << 44 | std::uint64_t{0x155} << 32);
}

TEST(IommuModelAtsCommands, AFenceWaitsForEachInvalidationBeforeIt) {
  Ats f;
  f.Command(kInval | Device(0x21));
  f.Command(kInval | Device(0x22));
  f.Command(kFence | Bit(10) | Bit(33), 0x60'0000 >> 2);  // AV
  EXPECT_EQ(f.Head(), 2u);
  f.Complete(f.sent[1].itag, 0x22);
  EXPECT_EQ(f.Head(), 2u);
  EXPECT_EQ(f.memory.Load(0x60'0000), 0u);
  f.Complete(f.sent[0].itag, 0x21);
  EXPECT_EQ(f.Head(), 3u);
  EXPECT_EQ(f.memory.Load(0x60'0000), 2u);
}

TEST(IommuModelAtsCommands, SeveralCompletionsOfOneRequestAreCounted) {
  for (const std::uint8_t count : {std::uint8_t{3}, std::uint8_t{0}}) {  // 0 tells 8
    Ats f;
    f.Command(kInval | Device(0x21));
    f.Command(kFence);
    const int needed = count == 0 ? 8 : count;
    for (int completion = 1; completion < needed; ++completion) {
      f.Complete(f.sent[0].itag, 0x21, count);
      EXPECT_EQ(f.Head(), 1u);
    }
    f.Complete(f.sent[0].itag, 0x21, count);
    EXPECT_EQ(f.Head(), 2u);
  }
}

TEST(IommuModelAtsCommands, ACompletionOfAnotherDeviceOrTagIsDropped) {
  Ats f;
  f.Command(kInval | Device(0x21));
  f.Command(kFence);
  f.Complete(f.sent[0].itag, 0x22);
  f.Complete(f.sent[0].itag ^ 1, 0x21);
  EXPECT_EQ(f.Head(), 1u);
  EXPECT_EQ(f.iommu.invalidations_waiting(), 1u);
}

TEST(IommuModelAtsCommands, ATimeoutStopsTheQueueAtTheFence) {
  Ats f;
  f.Command(kInval | Device(0x21));
  f.Command(1);  // other commands go on
  f.Command(kFence);
  f.iommu.Advance(kTimeoutCycles - 1);
  EXPECT_EQ(f.Register(cqcsr::kOffset) & cqcsr::CmdTo::kMask, 0u);
  f.iommu.Advance(1);
  EXPECT_EQ(f.Head(), 2u);
  EXPECT_NE(f.Register(cqcsr::kOffset) & cqcsr::CmdTo::kMask, 0u);
  f.Complete(f.sent[0].itag, 0x21);  // too late
  EXPECT_EQ(f.Head(), 2u);
  f.Write(cqcsr::kOffset, cqcsr::Cqen::kMask | cqcsr::CmdTo::kMask);
  EXPECT_EQ(f.Head(), 3u);  // the same fence, and nothing that it waits for
  EXPECT_EQ(f.Register(cqcsr::kOffset) & cqcsr::CmdTo::kMask, 0u);
}

// "all other commands previous to the IOFENCE.C have completed"
TEST(IommuModelAtsCommands, ATimeoutIsToldWhenTheOtherInvalidationsAreOver) {
  Ats f;
  f.Command(kInval | Device(0x21));
  f.iommu.Advance(kTimeoutCycles / 2);
  f.Command(kInval | Device(0x22));
  f.Command(kFence);
  f.iommu.Advance(kTimeoutCycles / 2);
  EXPECT_EQ(f.Register(cqcsr::kOffset) & cqcsr::CmdTo::kMask, 0u);
  f.Complete(f.sent[1].itag, 0x22);
  EXPECT_NE(f.Register(cqcsr::kOffset) & cqcsr::CmdTo::kMask, 0u);
}

TEST(IommuModelAtsCommands, ATimeoutBeforeTheFenceIsToldByTheFence) {
  Ats f;
  f.Command(kInval | Device(0x21));
  f.iommu.Advance(kTimeoutCycles);
  EXPECT_EQ(f.Register(cqcsr::kOffset) & cqcsr::CmdTo::kMask, 0u);
  f.Command(kFence);
  EXPECT_NE(f.Register(cqcsr::kOffset) & cqcsr::CmdTo::kMask, 0u);
  EXPECT_EQ(f.Head(), 1u);
}

TEST(IommuModelAtsCommands, WithoutAFreeTagAnInvalidationWaits) {
  Ats f;
  for (int command = 0; command < 40; ++command) f.Command(kInval | Device(0x21));
  EXPECT_EQ(f.sent.size(), 32u);
  EXPECT_EQ(f.iommu.invalidations_waiting(), 32u);
  EXPECT_EQ(f.Head(), 32u % 16);
  f.Complete(7, 0x21);
  ASSERT_EQ(f.sent.size(), 33u);
  EXPECT_EQ(f.sent[32].itag, 7);
}

TEST(IommuModelAtsCommands, ReservedBitsAndFunctionsAreIllegal) {
  for (const std::uint64_t low : {kInval | Bit(10), kInval | Bit(11), kInval | Bit(34), kInval | Bit(39),
                                  kInval | std::uint64_t{2} << 7, kInval | std::uint64_t{7} << 7}) {
    Ats f;
    f.Command(low);
    EXPECT_NE(f.Register(cqcsr::kOffset) & cqcsr::CmdIll::kMask, 0u) << low;
    EXPECT_TRUE(f.sent.empty()) << low;
  }
}

TEST(IommuModelAtsCommands, WithoutTheCapabilityTheyAreUnsupported) {
  IommuFixture f(Parameters{.capabilities = iommu_registers::capabilities::Sv39::kMask});
  f.Start();
  f.Command(kGroupResponse);
  EXPECT_NE(f.Register(cqcsr::kOffset) & cqcsr::CmdIll::kMask, 0u);
}

}  // namespace
}  // namespace tarn::iommu
