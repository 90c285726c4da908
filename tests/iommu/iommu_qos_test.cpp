// Which quality-of-service ids a request leaves with: sections 9.1, 3.1.3 (DC.ta) and 6.27 (iommu_qosid).
#include <cstdint>
#include <map>
#include <ostream>
#include <vector>

#include "tb/iommu/guest_tables.h"
#include "tests/iommu/iommu_fixture.h"

namespace tarn::tests {
namespace {

namespace reg = iommu_registers;

struct Ids {
  std::uint16_t rcid = 0, mcid = 0;
  friend bool operator==(const Ids&, const Ids&) = default;
};
std::ostream& operator<<(std::ostream& out, const Ids& ids) { return out << ids.rcid << "/" << ids.mcid; }

Ids IdsOf(const HostRequest& request) { return {request.rcid, request.mcid}; }
constexpr std::uint64_t InTa(Ids ids) { return std::uint64_t{ids.rcid} << 40 | std::uint64_t{ids.mcid} << 52; }

class IommuQos : public IommuScenario, protected GuestTables {
 protected:
  static constexpr Ids kUnits{0x456, 0x123}, kDevices{0xABC, 0xDEF}, kOthers{0x111, 0x222}, kFromOutside{7, 9};
  static constexpr std::uint32_t kOther = kDevice + 1, kGscid = 0x21;
  static constexpr std::uint64_t kGuest = 0x5432'1000;

  IommuQos() : GuestTables(bench.memory, bench.tables) {
    SetUnitsIds(kUnits);
    bench.walk_agent().set_on_request([this](const HostRequest& request, std::uint64_t) {
      walked_[request.addr / kPageBytes].push_back(IdsOf(request));
    });
  }
  void SetUp() override {
    if ((bench.Read64(reg::capabilities::kOffset) & reg::capabilities::Qosid::kMask) == 0) {
      GTEST_SKIP() << "capabilities.QOSID is 0";
    }
  }
  void SetUnitsIds(Ids ids) {
    bench.Write(reg::iommu_qosid::kOffset, std::uint32_t{ids.mcid} << 16 | std::uint32_t{ids.rcid});
  }
  void SetContext(std::uint32_t device, Ids ids, DeviceContextWords words) {
    words.ta |= InTa(ids);
    bench.tables.SetContext(kDirectoryPpn, 3, device, words);
  }
  // Devices in one address space, with ids of their own.
  void StartTwo() {
    Map(kIova, kPage);
    SetContext(kDevice, kDevices, Sv39Context(root_, kPscid));
    SetContext(kOther, kOthers, Sv39Context(root_, kPscid));
    bench.EnableQueues();
    bench.SetMode(kLevel3);
  }
  // With what a request of the device leaves, whatever it brings.
  Ids Leaves(std::uint32_t device, std::uint64_t iova = kIova, AddressType at = AddressType::kUntranslated) {
    DeviceRequest request = MakeRequest(device, iova);
    request.rcid = kFromOutside.rcid;
    request.mcid = kFromOutside.mcid;
    request.at = at;
    EXPECT_EQ(bench.Ask(request).status, LineStatus::kOk);
    return IdsOf(bench.host_request());
  }
  void Fence(std::uint64_t low, std::uint64_t high = 0) {
    bench.PushCommand(low, high);
    bench.PushCommand(kIofence);
    bench.RunCommands();
  }
  // All accesses to the page of this address had these, and there were some.
  void ExpectWalked(std::uint64_t address, Ids ids) {
    const std::vector<Ids>& seen = walked_[address / kPageBytes];
    EXPECT_FALSE(seen.empty());
    for (const Ids& one : seen) EXPECT_EQ(one, ids);
  }

  std::map<std::uint64_t, std::vector<Ids>> walked_;  // by host page
};

// "The IO bridge should associate these QoS IDs with device-initiated requests."
TEST_F(IommuQos, RequestsHaveThoseOfTheirDeviceContext) {
  StartTwo();
  for (int time = 0; time < 4; ++time) {  // walked, kept, and kept in the front level
    EXPECT_EQ(Leaves(kDevice), kDevices);
    EXPECT_EQ(Leaves(kOther), kOthers) << "a translation that another device's request has left";
    EXPECT_EQ(Leaves(kOther), kOthers);
  }
  SetContext(kDevice, kOthers, Sv39Context(root_, kPscid));
  Fence(kIodirDdt | kCommandDv | CommandDid(kDevice));
  EXPECT_EQ(Leaves(kDevice), kOthers) << "the context changed";
}

TEST_F(IommuQos, RequestsWithoutTablesHaveThemToo) {
  SetContext(kDevice, kDevices, {.tc = 1 | kTcAts});
  bench.EnableQueues();
  bench.SetMode(kLevel3);
  EXPECT_EQ(Leaves(kDevice), kDevices) << "no stage";
  EXPECT_EQ(Leaves(kDevice, kPage, AddressType::kTranslated), kDevices);
}

// "When ddtp.iommu_mode == Bare, all device-originated requests are associated with the QoS IDs configured in the
// iommu_qosid register."
TEST_F(IommuQos, WhileBareAllRequestsHaveTheUnits) {
  StartTwo();
  EXPECT_EQ(Leaves(kDevice), kDevices);
  bench.SetMode(kOff);
  bench.SetMode(kBare);
  EXPECT_EQ(Leaves(kDevice, kPage), kUnits);
  SetUnitsIds(kOthers);
  EXPECT_EQ(Leaves(kDevice, kPage), kOthers);
}

// "Process directory table (PDT), second-stage page table, first-stage page table, MSI page table": DC.ta's;
// "Device directory table (DDT)": the unit's.
TEST_F(IommuQos, TablesOfADeviceAreReadWithItsIds) {
  constexpr std::uint64_t kFiles = 0x6000'0000, kFileIova = kIova + 0x1000;
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, kGuest);
  MapFirst(kFileIova, kFiles);
  MapSecond(kGuest, kPage);
  const std::uint64_t processes = TakeGuestPage(), messages = TakePage();
  bench.memory.Write64(HostOf(processes) << 12, 1 | CommandPscid(kPscid));
  bench.memory.Write64((HostOf(processes) << 12) + 8, Fsc());
  bench.memory.Write64(messages << 12, 1 | 3 << 1 | kPage >> 12 << 10);  // basic translate mode
  constexpr std::uint64_t kModeShift = 60;
  SetContext(kDevice, kDevices,
             {.tc = 1 | kTcPdtv | kTcDpe,
              .iohgatp = Iohgatp(kGscid),
              .ta = 0,
              .fsc = std::uint64_t{1} << kModeShift | processes,
              .msiptp = std::uint64_t{1} << kModeShift | messages,
              .msi_addr_pattern = kFiles >> 12});
  bench.EnableQueues();
  bench.SetMode(kLevel3);
  walked_.clear();
  EXPECT_EQ(Leaves(kDevice), kDevices);
  EXPECT_EQ(Leaves(kDevice, kFileIova), kDevices) << "to an interrupt file";
  ExpectWalked(IommuBench::kDirectory, kUnits);
  ExpectWalked(bench.tables.ContextAddress(kDirectoryPpn, 3, kDevice), kUnits);
  ExpectWalked(HostOf(processes) << 12, kDevices);
  for (const unsigned level : {0U, 1U, 2U}) {
    ExpectWalked(FirstEntry(kIova, level), kDevices);
    ExpectWalked(SecondEntry(kGuest, level), kDevices);
  }
  ExpectWalked(messages << 12, kDevices);
}

// A and D are set with the same ids as the entry was read.
TEST_F(IommuQos, UpdatesOfTablesHaveThemToo) {
  Map(kIova, kPage, 0, kPteUserAll & ~(kPteA | kPteD));
  SetContext(kDevice, kDevices, Sv39Context(root_, kPscid, 1 | kTcSade));
  bench.EnableQueues();
  bench.SetMode(kLevel3);
  walked_.clear();
  EXPECT_EQ(Leaves(kDevice), kDevices);
  const std::uint64_t entry = bench.tables.EntryAddress(root_, kIova, 0);
  EXPECT_NE(bench.memory.Read64(entry) & kPteA, 0u);
  EXPECT_EQ(walked_[entry / kPageBytes].size(), 2u) << "a read, and a compare-and-swap";
  ExpectWalked(entry, kDevices);
}

// "Memory-resident interrupt file (MRIF)": DC.ta's. The notice is an MSI of the unit.
TEST_F(IommuQos, InterruptFilesAreChangedWithTheDevicesIds) {
  constexpr std::uint64_t kNotice = 0x7'7000, kFile = 0x7'8200;
  UseSecond(kSv39);
  const std::uint64_t messages = TakePage();
  bench.memory.Write64(messages << 12, 1 | 1 << 1 | kFile >> 9 << 7);
  bench.memory.Write64((messages << 12) + 8, kNotice >> 12 << 10 | 5);
  SetContext(
      kDevice, kDevices,
      {.iohgatp = Iohgatp(kGscid), .msiptp = std::uint64_t{1} << 60 | messages, .msi_addr_pattern = kGuest >> 12});
  bench.EnableQueues();
  bench.SetMode(kLevel3);
  DeviceRequest request = MakeRequest(kDevice, kGuest, Op::kPartialWrite);
  request.mask = 0xF;
  request.data = {};
  request.data[0] = 3;
  EXPECT_EQ(bench.Ask(request).status, LineStatus::kOk);
  EXPECT_EQ(bench.memory.Read64(kFile), 8u);
  ExpectWalked(kFile, kDevices);
  EXPECT_EQ(bench.memory.Read32(kNotice), 5u);
  ExpectWalked(kNotice, kUnits);
}

// "Fault queue (FQ), Command queue (CQ), Page-request queue (PQ), IOMMU-initiated MSI": the unit's; and what a fence
// writes.
TEST_F(IommuQos, QueuesAndMessagesHaveTheUnits) {
  constexpr std::uint64_t kMessage = 0x7'1000, kWord = 0x7'2000, kOutside = 0x2'0000'0000, kPages = 0x7'4000;
  bench.memory.set_size_bytes(std::uint64_t{1} << 32);
  std::vector<Ids> outside;
  bench.outbound_agent().set_on_request(
      [&](const HostRequest& request, std::uint64_t) { outside.push_back(IdsOf(request)); });
  SetContext(kDevice, kDevices, Sv39Context(root_, kPscid, 1 | kTcAts | kTcPri));
  bench.Write64(reg::msi_addr::Offset(1), kMessage);
  bench.Write(reg::msi_data::Offset(1), 99);
  bench.Write(reg::icvec::kOffset, 0x10);
  bench.EnableQueues(true);
  bench.Write64(reg::pqb::kOffset, kPages >> 12 << 10 | 3);
  bench.Write(reg::pqcsr::kOffset, reg::pqcsr::Pqen::kMask);
  bench.SetMode(kLevel3);
  bench.PushCommand(kIofence | kCommandAv, kWord >> 2);
  bench.PushCommand(kIofence | kCommandAv, kOutside >> 2);
  bench.RunCommands();
  EXPECT_EQ(bench.Ask(MakeRequest(kDevice, kIova)).status, LineStatus::kTranslationFault);
  EXPECT_EQ(bench.WaitForFaults(1).size(), 1u);
  DeviceMessage page_request;
  page_request.device_id = kDevice;
  page_request.payload = 1;  // R
  bench.messages().Push(page_request);
  ASSERT_TRUE(bench.RunUntil([&] { return bench.memory.Read32(kMessage) == 99 && !walked_[kPages >> 12].empty(); },
                             "the message and the page request"));
  for (const std::uint64_t address : {IommuBench::kCommandQueue, IommuBench::kFaultQueue, kMessage, kWord, kPages}) {
    SCOPED_TRACE(DescribeValue(address));
    ExpectWalked(address, kUnits);
  }
  EXPECT_EQ(outside, std::vector<Ids>{kUnits});
}

// What is offered does not change, whenever software writes the register.
TEST_F(IommuQos, ARequestThatWaitsKeepsItsIds) {
  StartTwo();
  bench.walk_agent().set_timing({.stall_percent = 90});
  Random random(GetTestOptions().seed);
  for (unsigned i = 0; i < 40; ++i) {
    bench.PushCommand(kIodirDdt);
    bench.PushCommand(kIofence | kCommandAv, 0x7'2000 >> 2);
    bench.RingCommands();
    bench.Send(MakeRequest(kDevice, kIova));
    for (unsigned j = 0; j < 10; ++j) SetUnitsIds({static_cast<std::uint16_t>(random.Below(1 << 12)), 5});
    ASSERT_TRUE(bench.RunUntil([&] { return bench.CommandsDone(); }, "the fence"));
    bench.Drain();
  }
  EXPECT_GT(walked_[IommuBench::kDirectory >> 12].size(), 20u);  // and the assertion RequestHolds
  ExpectWalked(bench.tables.EntryAddress(root_, kIova, 0), kDevices);
}

}  // namespace
}  // namespace tarn::tests
