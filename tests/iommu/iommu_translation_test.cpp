// What the unit translates, and what it refuses: sections 3.1 and 3.3 of the RISC-V IOMMU Architecture, and Sv39.
#include "tests/iommu/iommu_fixture.h"

namespace tarn::tests {
namespace {

constexpr std::uint32_t kExecute = 1, kRead = 2, kWrite = 3;  // TTYP

class IommuTranslation : public IommuScenario {};

TEST_F(IommuTranslation, OffRefusesEverything) {
  bench.EnableQueues();
  ExpectFault(MakeRequest(kDevice, kIova + 12), 256, kRead);
}

TEST_F(IommuTranslation, BarePassesTheAddressThrough) {
  bench.EnableQueues();
  bench.SetMode(kBare);
  ExpectPasses(MakeRequest(kDevice, 0x1234'5678), 0x1234'5678);
  ExpectPasses(MakeRequest(0xFFFFFF, 0x1234'5678, Op::kWrite), 0x1234'5678);
  ExpectFault(MakeRequest(kDevice, std::uint64_t{1} << 56), 5, kRead);  // beyond the physical address size
}

TEST_F(IommuTranslation, TranslatesThroughDirectoriesOfAllDepths) {
  for (const std::uint32_t mode : {kLevel1, kLevel2, kLevel3}) {
    bench.SetMode(kOff);
    StartSv39(mode);
    bench.InvalidateAll();
    ExpectPasses(MakeRequest(kDevice, kIova + 0x240), kPage + 0x240);
    ExpectPasses(MakeRequest(kDevice, kIova + 0xFC0, Op::kWrite), kPage + 0xFC0);
    bench.memory = {};
  }
}

TEST_F(IommuTranslation, TranslatesPagesOfAllSizes) {
  StartSv39();
  Map(0x4000'0000, 0x9'C000'0000, 2);
  ExpectPasses(MakeRequest(kDevice, 0x7ABC'DE40), 0x9'FABC'DE40);
  ExpectPasses(MakeRequest(kDevice, 0x4000'0000), 0x9'C000'0000);
  Map(0x8020'0000, 0x5'0060'0000, 1);
  ExpectPasses(MakeRequest(kDevice, 0x803F'FFC0, Op::kWrite), 0x5'007F'FFC0);
  ExpectPasses(MakeRequest(kDevice, 0x8020'1000), 0x5'0060'1000);
  for (std::uint64_t page = 0; page < 16; ++page) {  // Svnapot: each entry of the 64 KiB says the same
    Map(0xC001'0000 + page * 4096, 0x7'0002'0000 | 0x8000, 0, kPteUserAll | kPteN);
  }
  ExpectPasses(MakeRequest(kDevice, 0xC001'9A80), 0x7'0002'9A80);
  const std::uint64_t walks = bench.walk_agent().requests();
  ExpectPasses(MakeRequest(kDevice, 0xC001'1A80), 0x7'0002'1A80);
  EXPECT_EQ(bench.walk_agent().requests(), walks) << "one entry serves the 64 KiB";
}

}  // namespace
}  // namespace tarn::tests
