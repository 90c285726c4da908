// Command queue, fault queue, interrupts, messages, registers: chapters 4 and 6.
#include <string>
#include <vector>

#include "models/iommu/iommu_register_file.h"
#include "tests/common/register_test.h"
#include "tests/iommu/iommu_fixture.h"

namespace tarn::tests {
namespace {

namespace reg = iommu_registers;

class IommuQueue : public IommuScenario {
 protected:
  static constexpr std::uint64_t kHole = kIova + 0x10'0000;

  std::uint32_t Csr(std::uint32_t offset) { return bench.Read(offset).rdata; }
};

TEST_F(IommuQueue, RegistersPassTheGenericTest) {
  RegisterTestOptions options;
  options.seed = GetTestOptions().seed;
  // Writes to these start something, or are checked by the hardware; scenarios of their own look at them.
  options.only_read = {"ddtp", "cqt", "fqh", "pqh", "cqcsr", "fqcsr", "pqcsr", "ipsr", "iocountinh", "tr_req_ctl"};
  // The cycles counter stands still meanwhile.
  bench.Write(reg::iocountinh::kOffset, 1);
  options.unknown_reset = {"iocountinh", "iohpmcycles"};
  std::string text;
  for (const std::string& line : CheckRegisters(bench, iommu::IommuRegisterFile::Table(), options)) text += line + "\n";
  EXPECT_EQ(text, "");
}

TEST_F(IommuQueue, IndicesAreAsWideAsTheirQueues) {
  for (const unsigned log2 : {1u, 4u, 9u, 16u}) {
    bench.Write64(reg::cqb::kOffset, log2 - 1);
    bench.Write64(reg::fqb::kOffset, log2 - 1);
    bench.Write(reg::cqt::kOffset, 0xFFFFFFFF);
    bench.Write(reg::fqh::kOffset, 0xFFFFFFFF);
    EXPECT_EQ(Csr(reg::cqt::kOffset), (1u << log2) - 1);
    EXPECT_EQ(Csr(reg::fqh::kOffset), (1u << log2) - 1);
  }
  bench.Write64(reg::cqb::kOffset, 2);
  EXPECT_EQ(Csr(reg::cqt::kOffset), 7u) << "bits above the new size are 0";
}

TEST_F(IommuQueue, RecordsWrapAroundInOrder) {
  StartSv39();
  bench.EnableQueues(false, 3);
  for (unsigned i = 0; i < 30; ++i) {
    DeviceRequest request = MakeRequest(kDevice, kHole + i * 0x1000 + i);
    ExpectFault(request, 13, kRead);
  }
}

TEST_F(IommuQueue, AFullQueueOverflowsAndDiscards) {
  StartSv39();
  bench.EnableQueues(true, 2);
  for (unsigned i = 0; i < 3; ++i) bench.Ask(MakeRequest(kDevice, kHole + i * 0x1000));
  bench.simulation().Run(200);
  bench.Write(reg::ipsr::kOffset, reg::ipsr::Fip::kMask);
  EXPECT_EQ(Csr(reg::ipsr::kOffset) & reg::ipsr::Fip::kMask, 0u);
  for (unsigned i = 3; i < 5; ++i) bench.Ask(MakeRequest(kDevice, kHole + i * 0x1000));
  bench.simulation().Run(200);
  EXPECT_EQ(Csr(reg::fqt::kOffset), 3u);
  EXPECT_NE(Csr(reg::fqcsr::kOffset) & reg::fqcsr::Fqof::kMask, 0u);
  EXPECT_NE(Csr(reg::ipsr::kOffset) & reg::ipsr::Fip::kMask, 0u) << "an overflow interrupts";
  EXPECT_EQ(bench.TakeFaults().size(), 3u);
  bench.Ask(MakeRequest(kDevice, kHole));
  bench.simulation().Run(200);
  EXPECT_TRUE(bench.TakeFaults().empty()) << "discarded until software clears fqof";
  bench.Write(reg::fqcsr::kOffset, 3 | reg::fqcsr::Fqof::kMask);
  ExpectFault(MakeRequest(kDevice, kHole), 13, kRead);
}

TEST_F(IommuQueue, AQueueWithoutMemorySaysSo) {
  StartSv39();
  for (const LineStatus status : {LineStatus::kAccessError, LineStatus::kPoison}) {
    bench.memory.set_status(IommuBench::kFaultQueue, status);
    bench.EnableQueues(true);
    bench.Write(reg::ipsr::kOffset, reg::ipsr::Fip::kMask);
    EXPECT_EQ(Csr(reg::ipsr::kOffset) & reg::ipsr::Fip::kMask, 0u);
    bench.Ask(MakeRequest(kDevice, kHole));
    bench.simulation().Run(200);
    EXPECT_NE(Csr(reg::fqcsr::kOffset) & reg::fqcsr::Fqmf::kMask, 0u);
    EXPECT_NE(Csr(reg::ipsr::kOffset) & reg::ipsr::Fip::kMask, 0u);
    EXPECT_EQ(Csr(reg::fqt::kOffset), 0u);
    bench.memory.ClearStatus(IommuBench::kFaultQueue);
    bench.Write(reg::fqcsr::kOffset, 1 | reg::fqcsr::Fqmf::kMask);
    ExpectFault(MakeRequest(kDevice, kHole), 13, kRead);

    bench.memory.set_status(IommuBench::kCommandQueue, status);
    bench.EnableQueues(true);
    bench.Write(reg::ipsr::kOffset, reg::ipsr::Cip::kMask);
    EXPECT_EQ(Csr(reg::ipsr::kOffset) & reg::ipsr::Cip::kMask, 0u);
    bench.InvalidateAll();
    EXPECT_NE(Csr(reg::cqcsr::kOffset) & reg::cqcsr::Cqmf::kMask, 0u);
    EXPECT_NE(Csr(reg::ipsr::kOffset) & reg::ipsr::Cip::kMask, 0u);
    EXPECT_EQ(Csr(reg::cqh::kOffset), 0u);
    bench.memory.ClearStatus(IommuBench::kCommandQueue);
    bench.Write(reg::cqcsr::kOffset, 1 | reg::cqcsr::Cqmf::kMask);
    ASSERT_TRUE(bench.RunUntil([&] { return bench.CommandsDone(); }, "commands after a memory fault"));
    EXPECT_EQ(Csr(reg::cqh::kOffset), 3u);
  }
}

TEST_F(IommuQueue, AQueueThatIsOffRecordsNothing) {
  StartSv39();
  bench.Write(reg::fqcsr::kOffset, 0);
  EXPECT_EQ(Csr(reg::fqcsr::kOffset), 0u);
  bench.Ask(MakeRequest(kDevice, kHole));
  bench.simulation().Run(200);
  EXPECT_EQ(Csr(reg::fqt::kOffset), 0u);
  bench.PushCommand(kIofence);
  bench.Write(reg::cqcsr::kOffset, 0);
  bench.RingCommands();
  bench.simulation().Run(200);
  EXPECT_EQ(Csr(reg::cqh::kOffset), 0u);
  EXPECT_EQ(Csr(reg::cqcsr::kOffset), 0u);
}

TEST_F(IommuQueue, IllegalCommandsStopTheQueueAtThemselves) {
  StartSv39(kLevel1);
  const auto bit = [](int at) { return std::uint64_t{1} << at; };
  const std::uint64_t capabilities = bench.Read64(reg::capabilities::kOffset);
  const auto has = [&](std::uint64_t mask) { return (capabilities & mask) != 0; };
  std::vector<std::pair<std::uint64_t, std::uint64_t>> illegal = {
      {0, 0},
      {5, 0},
      {63, 0},
      {64, 0},
      {127, 0},  // opcodes
      {kIotinvalVma | 2 << 7, 0},
      {kIofence | 1 << 7, 0},
      {kIodirDdt | 2 << 7, 0},
      {kIotinvalGvma | kCommandPscv, 0},
      {kIofence | kCommandWsi, 0},            // fctl.WSI is 0
      {kIodirPdt, 0},                         // DV must be 1
      {kIodirDdt | bit(12), 0},               // PID is reserved
      {kIodirDdt | kCommandDv | bit(47), 0},  // wider than a one-level directory
  };
  if (!has(reg::capabilities::Ats::kMask)) illegal.insert(illegal.end(), {{4, 0}, {4 | 1 << 7, 0}});
  if (!has(reg::capabilities::Pd8::kMask | reg::capabilities::Pd17::kMask | reg::capabilities::Pd20::kMask)) {
    illegal.push_back({kIodirPdt | kCommandDv, 0});
  }
  if (!has(reg::capabilities::NonLeafInval::kMask)) illegal.push_back({kIotinvalVma | bit(34), 0});
  if (!has(reg::capabilities::RangeInval::kMask)) illegal.push_back({kIotinvalVma, bit(9)});
  for (const int at : {11, 35, 43, 60, 63}) illegal.push_back({kIotinvalVma | bit(at), 0});
  for (const int at : {0, 8, 62, 63}) illegal.push_back({kIotinvalVma, bit(at)});
  for (const int at : {14, 20, 31}) illegal.push_back({kIofence | bit(at), 0});
  for (const int at : {62, 63}) illegal.push_back({kIofence, bit(at)});
  for (const int at : {10, 11, 32, 34, 39}) illegal.push_back({kIodirDdt | bit(at), 0});
  for (const int at : {0, 33, 63}) illegal.push_back({kIodirDdt, bit(at)});
  bench.EnableQueues(true);
  std::uint32_t head = 0;
  for (const auto& [low, high] : illegal) {
    SCOPED_TRACE(DescribeValue(low) + " " + DescribeValue(high));
    bench.PushCommand(kIotinvalVma);
    bench.PushCommand(low, high);
    bench.PushCommand(kIofence);
    bench.RunCommands();
    EXPECT_EQ(Csr(reg::cqh::kOffset), (head + 1) & 0xFF);
    EXPECT_NE(Csr(reg::cqcsr::kOffset) & reg::cqcsr::CmdIll::kMask, 0u);
    EXPECT_NE(Csr(reg::ipsr::kOffset) & reg::ipsr::Cip::kMask, 0u);
    // Software replaces the command and goes on.
    bench.memory.Write64(IommuBench::kCommandQueue + ((head + 1) & 0xFF) * 16, kIofence);
    bench.memory.Write64(IommuBench::kCommandQueue + ((head + 1) & 0xFF) * 16 + 8, 0);
    bench.Write(reg::cqcsr::kOffset, 3 | reg::cqcsr::CmdIll::kMask);
    bench.Write(reg::ipsr::kOffset, reg::ipsr::Cip::kMask);
    ASSERT_TRUE(bench.RunUntil([&] { return bench.CommandsDone(); }, "the command after"));
    head = (head + 3) & 0xFF;
  }
}

TEST_F(IommuQueue, AFenceWritesItsWordInsideOrOutsideTheWindow) {
  StartSv39();
  bench.memory.set_size_bytes(std::uint64_t{1} << 32);
  bench.PushCommand(kIofence | kCommandAv | std::uint64_t{0xCAFE'F00D} << 32, 0x70014 >> 2);
  bench.PushCommand(kIofence | kCommandAv | std::uint64_t{0x1234'5678} << 32, 0x2'0000'0038 >> 2);
  bench.RunCommands();
  EXPECT_EQ(bench.memory.Read64(0x70010), 0xCAFE'F00D'0000'0000u);
  EXPECT_EQ(bench.outside.Read64(0x2'0000'0038), 0x1234'5678u);
  EXPECT_EQ(bench.outbound_agent().requests(), 1u);
  bench.outside.set_status(0x2'0000'0000, LineStatus::kAccessError);
  for (const std::uint64_t address : {std::uint64_t{0x2'0000'0000}, std::uint64_t{1} << 60}) {
    bench.PushCommand(kIofence | kCommandAv, address >> 2);
    bench.RunCommands();
    EXPECT_NE(Csr(reg::cqcsr::kOffset) & reg::cqcsr::Cqmf::kMask, 0u);
    EXPECT_EQ(Csr(reg::cqh::kOffset), 2u);
    bench.EnableQueues();
    bench.PushCommand(kIofence);
    bench.PushCommand(kIofence);
    bench.RunCommands();
  }
}

TEST_F(IommuQueue, WiresFollowTheirPendingBits) {
  StartSv39();
  bench.EnableQueues(true);
  bench.Write(reg::fctl::kOffset, reg::fctl::Wsi::kMask);
  bench.Write(reg::icvec::kOffset, 0x32);  // command queue: wire 2, fault queue: wire 3
  bench.PushCommand(kIofence | kCommandWsi);
  bench.RunCommands();
  EXPECT_NE(Csr(reg::cqcsr::kOffset) & reg::cqcsr::FenceWIp::kMask, 0u);
  EXPECT_EQ(bench.simulation().dut().irq_o, 4);
  bench.Write(reg::ipsr::kOffset, reg::ipsr::Cip::kMask);
  bench.Step();
  EXPECT_EQ(bench.simulation().dut().irq_o, 4) << "the cause persists";
  bench.Write(reg::cqcsr::kOffset, 3 | reg::cqcsr::FenceWIp::kMask);
  bench.Write(reg::ipsr::kOffset, reg::ipsr::Cip::kMask);
  EXPECT_EQ(bench.simulation().dut().irq_o, 0);
  ExpectFault(MakeRequest(kDevice, kHole), 13, kRead);
  EXPECT_EQ(bench.simulation().dut().irq_o, 8);
  bench.Write(reg::ipsr::kOffset, reg::ipsr::Fip::kMask);
  EXPECT_EQ(bench.simulation().dut().irq_o, 0);
  EXPECT_EQ(bench.outbound_agent().requests(), 0u);
}

TEST_F(IommuQueue, MessagesGoOutOncePerRise) {
  StartSv39();
  bench.EnableQueues(true);
  bench.memory.set_size_bytes(std::uint64_t{1} << 32);
  const std::uint64_t address = 0x28'0000'0004;
  bench.Write64(reg::msi_addr::Offset(1), address);
  bench.Write(reg::msi_data::Offset(1), 77);
  bench.Write(reg::icvec::kOffset, 0x10);
  ExpectFault(MakeRequest(kDevice, kHole), 13, kRead);
  ASSERT_TRUE(bench.RunUntil([&] { return bench.outbound_agent().requests() == 1; }, "the message"));
  EXPECT_EQ(bench.outside.Read32(address), 77u);
  ExpectFault(MakeRequest(kDevice, kHole), 13, kRead);
  bench.simulation().Run(200);
  EXPECT_EQ(bench.outbound_agent().requests(), 1u) << "the bit was pending already";
  EXPECT_EQ(bench.simulation().dut().irq_o, 0);
  // Masked: kept until unmasked.
  bench.Write(reg::msi_vec_ctl::Offset(1), 1);
  bench.Write(reg::ipsr::kOffset, reg::ipsr::Fip::kMask);
  ExpectFault(MakeRequest(kDevice, kHole), 13, kRead);
  bench.simulation().Run(200);
  EXPECT_EQ(bench.outbound_agent().requests(), 1u);
  bench.Write(reg::msi_vec_ctl::Offset(1), 0);
  ASSERT_TRUE(bench.RunUntil([&] { return bench.outbound_agent().requests() == 2; }, "the masked message"));
  // Nothing there: a fault of the unit itself.
  bench.outside.set_status(address, LineStatus::kAccessError);
  bench.Write(reg::ipsr::kOffset, reg::ipsr::Fip::kMask);
  bench.Ask(MakeRequest(kDevice, kHole));
  const auto faults = bench.WaitForFaults(2);
  ASSERT_EQ(faults.size(), 2u);
  FaultFields want;
  want.cause = 273;
  want.iotval = address;
  EXPECT_EQ(faults[1], want);
}

TEST_F(IommuQueue, PageRequestsAreAnsweredAsWithoutPri) {
  StartSv39(kLevel2);
  struct Case {
    std::uint32_t device;
    std::uint64_t payload;
    std::uint32_t cause;
    int code;  // -1: no answer
  };
  const std::uint64_t last_read = 0x4000'0000 | 0x155 << 3 | 4 | 1;
  const Case cases[] = {
      {kDevice, last_read, 260, 1},                       // EN_PRI is 0: Invalid Request
      {kDevice, last_read & ~std::uint64_t{4}, 260, -1},  // not the last of its group
      {kDevice, 0x155 << 3 | 4, 260, -1},                 // a stop marker
      {kDevice + 1, last_read, 258, 15},                  // no context: Response Failure
      {1 << 20, last_read, 260, 1},                       // wider than the directory
  };
  for (const Case& c : cases) {
    bench.message_answers().clear();
    DeviceMessage message;
    message.device_id = c.device;
    message.process_valid = true;
    message.process_id = 0x54321;
    message.payload = c.payload;
    bench.messages().Push(message);
    const auto faults = bench.WaitForFaults(1);
    ASSERT_EQ(faults.size(), 1u);
    FaultFields want;
    want.cause = c.cause;
    want.type = 9;
    want.device_id = c.device;
    want.process_valid = true;
    want.process_id = 0x54321;
    want.iotval = 4;
    EXPECT_EQ(DescribeDifference(want, faults[0]), DescribeDifference(want, want));
    bench.simulation().Run(100);
    ASSERT_EQ(bench.message_answers().size(), c.code < 0 ? 0u : 1u);
    if (c.code < 0) continue;
    const DeviceMessage& answer = bench.message_answers()[0];
    EXPECT_EQ(answer.kind, 2);
    EXPECT_EQ(answer.device_id, c.device);
    EXPECT_EQ(answer.code, c.code);
    EXPECT_EQ(answer.process_valid, c.code == 15);
    EXPECT_EQ(answer.process_id, c.code == 15 ? 0x54321u : 0u);
    EXPECT_EQ(answer.payload, std::uint64_t{0x155} << 32 | static_cast<std::uint64_t>(c.code) << 44);
  }
  DeviceMessage completion;  // of an invalidation that nobody asked for
  completion.kind = 1;
  bench.messages().Push(completion);
  bench.message_answers().clear();
  bench.simulation().Run(200);
  EXPECT_EQ(bench.messages().pending(), 0u);
  EXPECT_TRUE(bench.message_answers().empty());
}

}  // namespace
}  // namespace tarn::tests
