// Addresses of 32 bits: fctl.GXL and tc.SXL, sections 3.1.3.1, 3.1.3.2, 3.1.4 and 6.4 of the RISC-V IOMMU Architecture;
// Sv32 and Sv32x4 of the privileged specification.
#include "tests/iommu/iommu_guest_fixture.h"

namespace tarn::tests {
namespace {

namespace reg = iommu_registers;

constexpr std::uint64_t kAddress = 0x8040'3000;  // VPN[1] 0x201, VPN[0] 3
constexpr std::uint64_t kGuest = 0x3'4040'5000;  // 34 bits: VPN[1] 0xD01, VPN[0] 5
constexpr std::uint64_t kHost = 0x3'2345'6000;   // 34 bits
constexpr std::uint64_t kFourMib = std::uint64_t{1} << 22;

class IommuSv32 : public IommuGuestScenario {
 protected:
  void SetUp() override {
    const std::uint64_t capabilities = bench.Read64(reg::capabilities::kOffset);
    ASSERT_NE(capabilities & kCapSv32, 0u);
    ASSERT_NE(capabilities & kCapSv32x4, 0u);
  }
  void StartShort(unsigned first = kSv32, unsigned second = kSv32, std::uint64_t tc = kTcV | kTcSxl) {
    UseFormat(false, false, second == kSv32);
    UseSecond(second);
    UseFirst(first);
    Start(tc);
  }
  void Map(std::uint64_t flags = kPteUserAll) {
    MapFirst(kAddress, kGuest, 0, flags);
    MapSecond(kGuest, kHost, 0, flags);
  }
  // 259, whatever the address.
  void ExpectMisconfigured(const DeviceContextWords& context) {
    SetContext(context);
    ExpectFault(MakeRequest(kDevice, kAddress), 259, kRead);
  }
  static DeviceContextWords WithMode(DeviceContextWords context, std::uint64_t DeviceContextWords::* word,
                                     std::uint64_t mode) {
    context.*word = mode << 60 | (context.*word & ~(std::uint64_t{0xF} << 60));
    return context;
  }
};

TEST_F(IommuSv32, BothStagesHaveTwoLevelsOfFourByteEntries) {
  StartShort();
  for (std::uint64_t page = 0; page < 4; ++page) {  // entries at even and odd words
    MapFirst(kAddress + (page << 12), kGuest + (page << 12));
    MapSecond(kGuest + (page << 12), kHost + (page << 14));
  }
  for (std::uint64_t page = 0; page < 4; ++page) {
    ExpectPasses(MakeRequest(kDevice, kAddress + (page << 12) + 0x40), kHost + (page << 14) + 0x40);
    ExpectPasses(MakeRequest(kDevice, kAddress + (page << 12) + 0x80, Op::kWrite), kHost + (page << 14) + 0x80);
  }
}

TEST_F(IommuSv32, EitherStageTranslatesAlone) {
  StartShort(kNoScheme, kSv32);
  MapSecond(kGuest, kHost);
  ExpectPasses(MakeRequest(kDevice, kGuest + 0x40), kHost + 0x40);
  bench.SetMode(kOff);
  bench.memory = {};
  StartShort(kSv32, kNoScheme);
  ForgetAll();
  MapFirst(kAddress, kHost);
  ExpectPasses(MakeRequest(kDevice, kAddress + 0x40), kHost + 0x40);
}

// SXL without GXL: Sv32 in a guest whose host has Sv39x4.
TEST_F(IommuSv32, AFirstStageOfThirtyTwoBitsGoesWithALongSecondStage) {
  for (const unsigned second : {kSv39, kSv48, kSv57}) {
    bench.SetMode(kOff);
    bench.memory = {};
    StartShort(kSv32, second);
    ForgetAll();
    MapFirst(kAddress, kGuest);
    MapSecond(kGuest, 0x87'6543'2000);
    ExpectPasses(MakeRequest(kDevice, kAddress + 0x40), 0x87'6543'2040);
  }
}

TEST_F(IommuSv32, SuperpagesHaveFourMebibytes) {
  StartShort();
  const std::uint64_t guest = kGuest & ~(kFourMib - 1), host = kHost & ~(kFourMib - 1);
  MapFirst(0xC000'0000, guest, 1);
  MapSecond(guest, host, 1);
  ExpectPasses(MakeRequest(kDevice, 0xC000'0040), host + 0x40);
  const std::uint64_t walks = bench.walk_agent().requests();
  ExpectPasses(MakeRequest(kDevice, 0xC000'0000 + kFourMib - 0x40, Op::kWrite), host + kFourMib - 0x40);
  EXPECT_EQ(bench.walk_agent().requests(), walks) << "one entry";
  ExpectFault(MakeRequest(kDevice, 0xC000'0000 + kFourMib), 13, kRead);
  MapFirst(0xD000'0000, guest + 0x1000, 1);
  ExpectFault(MakeRequest(kDevice, 0xD000'0000), 13, kRead);  // misaligned
  MapFirst(0xD040'0000, guest + kFourMib, 1);
  MapSecond(guest + kFourMib, host + 0x1000, 1);
  ExpectGuestFault(MakeRequest(kDevice, 0xD040'3000), 21, guest + kFourMib + 0x3000);  // misaligned
}

TEST_F(IommuSv32, TheSmallerPageOfTheTwoStagesCounts) {
  StartShort();
  const std::uint64_t guest = 0x2'0000'0000;
  MapFirst(0xC000'0000, guest, 1);
  MapSecond(guest + 0x1000, kHost);
  MapSecond(guest + 0x2000, kHost + 0x7000);
  ExpectPasses(MakeRequest(kDevice, 0xC000'1040), kHost + 0x40);
  ExpectPasses(MakeRequest(kDevice, 0xC000'2040), kHost + 0x7040);
  ExpectGuestFault(MakeRequest(kDevice, 0xC000'3040), 21, guest + 0x3040);
  MapFirst(0xD000'0000, 0x3'0000'5000);
  MapSecond(0x3'0000'0000, 0x1'0000'0000, 1);
  ExpectPasses(MakeRequest(kDevice, 0xD000'0080), 0x1'0000'5080);
  ExpectFault(MakeRequest(kDevice, 0xD000'1080), 13, kRead);
}

TEST_F(IommuSv32, AnInvalidatedAddressDropsTheSuperpageItLiesIn) {
  StartShort(kSv32, kNoScheme);
  MapFirst(0xC000'0000, 0x1'0000'0000, 1);
  ExpectPasses(MakeRequest(kDevice, 0xC000'0040), 0x1'0000'0040);
  MapFirst(0xC000'0000, 0x2'0000'0000, 1);
  bench.InvalidatePage(0xC000'0000 + kFourMib, kPscid);  // its neighbour
  bench.InvalidatePage(0xC03F'F000, kPscid);
  ExpectPasses(MakeRequest(kDevice, 0xC000'0040), 0x2'0000'0040);
}

// "a page fault … occurs if the IOVA has bits beyond bit 31 set to 1": no sign extension.
TEST_F(IommuSv32, AddressesBeyondThirtyTwoBitsFault) {
  StartShort();
  Map();
  for (unsigned bit = 32; bit < 64; ++bit) {
    ExpectFault(MakeRequest(kDevice, kAddress | std::uint64_t{1} << bit), 13, kRead);
  }
  ExpectFault(MakeRequest(kDevice, kAddress | ~std::uint64_t{0} << 32, Op::kWrite), 15, kWrite);
  ExpectPasses(MakeRequest(kDevice, kAddress), kHost);
}

// "a guest page fault … occurs if the incoming GPA has bits beyond bit 33 set to 1": under SXL, whatever the second
// stage.
TEST_F(IommuSv32, GuestAddressesBeyondThirtyFourBitsFault) {
  for (const unsigned second : {kSv32, kSv39}) {
    bench.SetMode(kOff);
    bench.memory = {};
    StartShort(kNoScheme, second);
    ForgetAll();
    MapSecond(kGuest, kHost);
    ExpectPasses(MakeRequest(kDevice, kGuest), kHost);
    for (unsigned bit = 34; bit < 64; ++bit) {
      const std::uint64_t beyond = kGuest | std::uint64_t{1} << bit;
      if (second == kSv39 && bit < 41) MapSecond(beyond, kHost);  // there, and out of reach
      ExpectGuestFault(MakeRequest(kDevice, beyond), 21, beyond);
    }
  }
}

TEST_F(IommuSv32, GxlNeedsSxlAndSv32x4) {
  StartShort(kSv32, kSv32);
  Map();
  ExpectPasses(MakeRequest(kDevice, kAddress), kHost);
  ForgetAll();
  ExpectMisconfigured(Context(kTcV));  // "If fctl.GXL is 1 then the SXL field must be 1"
  for (std::uint64_t mode = 1; mode < 16; ++mode) {
    if (mode != 8) ExpectMisconfigured(WithMode(Context(kTcV | kTcSxl), &DeviceContextWords::iohgatp, mode));
    if (mode != 8) ExpectMisconfigured(WithMode(Context(kTcV | kTcSxl), &DeviceContextWords::fsc, mode));
  }
}

TEST_F(IommuSv32, SxlAloneChoosesTheFirstStagesModesOnly) {
  StartShort(kSv32, kSv39);
  for (std::uint64_t mode = 9; mode < 16; ++mode) {
    ExpectMisconfigured(WithMode(Context(kTcV | kTcSxl), &DeviceContextWords::fsc, mode));
  }
  SetContext(WithMode(Context(kTcV | kTcSxl), &DeviceContextWords::iohgatp, 10));  // Sv57x4, of an empty table
  const std::uint64_t root = Fsc() & 0xFFFFFFFFFFF;
  ExpectGuestFault(MakeRequest(kDevice, kAddress), 21, root << 12 | 1);
}

// Section 3.1.4: "DC.tc.SXL is 1 and PC.fsc.MODE is not one of the supported modes".
TEST_F(IommuSv32, SxlRulesTheProcessesToo) {
  StartShort();
  Map();
  const std::uint64_t directory = TakeGuestPage();
  SetContext(kTcV | kTcSxl | kTcPdtv, std::uint64_t{1} << 60 | directory);
  ForgetAll();
  const std::uint64_t context = (HostOf(directory) << 12) + 3 * 16;
  bench.memory.Write64(context, std::uint64_t{kPscid} << 12 | 1);
  for (const std::uint64_t mode : {9u, 10u}) {
    bench.memory.Write64(context + 8, mode << 60 | (Fsc() & 0xFFFFFFFFFFF));
    ExpectFault(OfProcess(3, kAddress), 267, kRead);
  }
  bench.memory.Write64(context + 8, Fsc());
  ExpectPasses(OfProcess(3, kAddress), kHost);
}

// PTEs have neither N nor PBMT: bits 31:10 are the page number, all of it.
TEST_F(IommuSv32, TheHighestBitsOfAnEntryBelongToThePageNumber) {
  StartShort(kSv32, kNoScheme);
  for (unsigned bit = 12; bit < 34; ++bit) {
    MapFirst(kAddress, std::uint64_t{1} << bit | std::uint64_t{1} << 33);
    bench.InvalidatePage(kAddress, kPscid);
    ExpectPasses(MakeRequest(kDevice, kAddress), std::uint64_t{1} << bit | std::uint64_t{1} << 33);
  }
}

// Four bytes are compared and swapped: the neighbour in the same doubleword is not touched, whoever changes it.
TEST_F(IommuSv32, AnEntryIsMarkedWithoutItsNeighbours) {
  constexpr std::uint64_t kClean = kPteUserAll & ~(kPteA | kPteD);
  StartShort(kSv32, kSv32, kTcV | kTcSxl | kTcSade | kTcGade);
  for (const std::uint64_t page : {0u, 1u}) {
    const std::uint64_t address = kAddress + (page << 12), guest = kGuest + (page << 12);
    MapFirst(address, guest, 0, kClean);
    MapSecond(guest, kHost, 0, kClean);
    const std::uint64_t leaves[] = {FirstEntry(address), SecondEntry(guest)};
    std::uint32_t neighbour = 0x5555'5500;
    bench.walk_agent().set_on_request([&](const HostRequest& request, std::uint64_t) {
      if (request.op != Op::kCompareSwap) return;
      ++neighbour;
      for (const std::uint64_t leaf : leaves) bench.memory.Write32(leaf ^ 4, neighbour);
    });
    ExpectPasses(MakeRequest(kDevice, address, Op::kWrite), kHost);
    EXPECT_EQ(FirstPte(address), guest >> 12 << 10 | kPteUserAll);
    EXPECT_EQ(SecondPte(guest), kHost >> 12 << 10 | kPteUserAll);
    EXPECT_GT(neighbour, 0x5555'5501u);
    for (const std::uint64_t leaf : leaves) EXPECT_EQ(bench.memory.Read32(leaf ^ 4), neighbour);
  }
}

TEST_F(IommuSv32, ATranslationRequestIsToldFourMebibytes) {
  StartShort(kSv32, kNoScheme, kTcV | kTcSxl | kTcAts);
  MapFirst(0xC000'0000, 0x1'0000'0000, 1);
  ExpectCompletion(0xC012'3000, 0x1'0000'0000 | 0x1FF << 12 | kLarger | kReads | kWrites);
  ExpectCompletion(0x1'C012'3000, 0);  // beyond its bits: a page fault, so a success without permissions
}

}  // namespace
}  // namespace tarn::tests
