// Device contexts of 64 bytes: sections 3.1, 3.1.3.5 to 3.1.3.7 and 3.3 (steps 4 and 5) of the RISC-V IOMMU
// Architecture.
#include <utility>

#include "tests/iommu/iommu_msi_fixture.h"

namespace tarn::tests {
namespace {

class IommuExtendedContext : public IommuMsiScenario {
 protected:
  void SetUp() override { ASSERT_TRUE(bench.tables.is_extended()); }

  void ExpectContextFault(const DeviceContextWords& context, std::uint32_t cause = 259) {
    SetContext(context);
    ExpectFault(MakeRequest(kDevice, FileAt(0)), cause, kRead);
  }
};

// "DDI[0] is device_id[5:0], DDI[1] device_id[14:6], DDI[2] device_id[23:15]".
TEST_F(IommuExtendedContext, DeviceIdsAreCutIntoSixNineAndNineBits) {
  const std::pair<std::uint32_t, std::uint32_t> devices[] = {
      {kLevel1, 0}, {kLevel1, 63}, {kLevel2, 64}, {kLevel2, 32767}, {kLevel3, 1u << 15}, {kLevel3, 0xFFFFFF}};
  for (const auto& [mode, device] : devices) {
    SCOPED_TRACE(device);
    bench.SetMode(kOff);
    bench.memory = {};
    StartSv39(mode);
    bench.InvalidateAll();
    const std::uint64_t root = IommuBench::kDirectory;
    const auto next = [&](std::uint64_t table, std::uint64_t index) {
      const std::uint64_t page = TakePage();
      bench.memory.Write64(table + index * 8, page << 10 | 1);
      return page << 12;
    };
    std::uint64_t table = root;
    if (mode == kLevel3) table = next(table, device >> 15);
    if (mode != kLevel1) table = next(table, device >> 6 & 0x1FF);
    const DeviceContextWords context = Sv39Context(root_, kPscid);
    bench.memory.Write64(table + (device & 63) * 64, context.tc);
    bench.memory.Write64(table + (device & 63) * 64 + 16, context.ta);
    bench.memory.Write64(table + (device & 63) * 64 + 24, context.fsc);
    ExpectPasses(MakeRequest(device, kIova), kPage);
  }
}

// Step 5: 260 for what is wider than the mode; what is as wide, and not there, is 258.
TEST_F(IommuExtendedContext, WiderDeviceIdsThanTheDirectoryAreDisallowed) {
  struct Case {
    std::uint32_t mode, widest;
  };
  for (const Case& c : {Case{kLevel1, 63}, Case{kLevel2, 32767}, Case{kLevel3, 0xFFFFFF}}) {
    bench.SetMode(kOff);
    bench.memory = {};
    StartSv39(c.mode);
    bench.InvalidateAll();
    ExpectFault(MakeRequest(c.widest, kIova), 258, kRead);
    for (std::uint32_t bit = 1; bit < 24; ++bit) {
      if (1u << bit > c.widest) ExpectFault(MakeRequest(1u << bit | kDevice, kIova), 260, kRead);
    }
    ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  }
}

TEST_F(IommuExtendedContext, ReservedBitsAreMisconfigurationsWithAndWithoutMsis) {
  StartMsi();
  SetEntry(0, Flat(kPage));
  for (const bool msi : {true, false}) {
    DeviceContextWords good = MsiContext();
    if (!msi) good.msiptp = good.msi_addr_mask = good.msi_addr_pattern = 0;
    for (unsigned bit = 0; bit < 64; ++bit) {
      SCOPED_TRACE(bit);
      const std::uint64_t one = std::uint64_t{1} << bit;
      DeviceContextWords context = good;
      context.reserved = one;
      ExpectContextFault(context);
      context = good;
      context.msiptp |= one;
      if (bit >= 44 && bit < 60) ExpectContextFault(context);
      context = good;
      context.msi_addr_mask |= one;  // MGPAW is 59: bits 51:47 are reserved too
      if (bit >= 47) ExpectContextFault(context);
      context = good;
      context.msi_addr_pattern |= one;
      if (bit >= 47) ExpectContextFault(context);
    }
  }
  SetContext(MsiContext());
  ExpectPasses(MakeRequest(kDevice, FileAt(0)), kPage);
}

// "capabilities.MSI_FLAT is 1 and DC.msiptp.MODE is not Off and not Flat".
TEST_F(IommuExtendedContext, OtherModesThanOffAndFlatAreMisconfigurations) {
  StartMsi();
  for (std::uint64_t mode = 2; mode < 16; ++mode) {
    DeviceContextWords context = MsiContext();
    context.msiptp = mode << 60 | (context.msiptp & ~(std::uint64_t{0xF} << 60));
    ExpectContextFault(context);
  }
}

// "When DC.iohgatp.MODE is Bare, DC.msiptp.MODE must be set to Off by software … recommended to stop and report 259".
TEST_F(IommuExtendedContext, MsisNeedASecondStage) {
  StartMsi();
  DeviceContextWords context = MsiContext();
  context.iohgatp = 0;
  ExpectContextFault(context);
  context.msiptp = 0;
  SetContext(context);
  ExpectPasses(MakeRequest(kDevice, FileAt(0)), FileAt(0));
}

TEST_F(IommuExtendedContext, WhatIsNotValidIsSoftwaresToUse) {
  StartMsi();
  constexpr std::uint64_t kAll = ~std::uint64_t{0};
  ExpectContextFault({kAll & ~kTcV, kAll, kAll, kAll, kAll, kAll, kAll, kAll}, 258);
}

}  // namespace
}  // namespace tarn::tests
