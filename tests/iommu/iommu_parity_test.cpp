// Parity of what the unit keeps: an entry that is not as it was stored is a miss, and counted.
#include <cstdint>

#include "tests/iommu/iommu_fixture.h"

namespace tarn::tests {
namespace {

namespace reg = iommu_registers;

class IommuParity : public IommuScenario {
 protected:
  void StoreBroken(std::uint32_t caches) { bench.Write(reg::ram_parity_inject::kOffset, caches); }
  std::uint32_t Errors() { return bench.Read(reg::ram_parity_errors::kOffset).rdata; }
  std::uint64_t Reads() { return bench.walk_agent().requests(); }
  // Reads that an access takes.
  std::uint64_t ReadsFor(std::uint64_t iova, std::uint64_t address) {
    const std::uint64_t before = Reads();
    ExpectPasses(MakeRequest(kDevice, iova), address);
    return Reads() - before;
  }
};

TEST_F(IommuParity, ABrokenTranslationIsWalkedAgainAndCounted) {
  StartSv39();
  StoreBroken(reg::ram_parity_inject::Translations::kMask);
  EXPECT_GT(ReadsFor(kIova, kPage), 0u);
  EXPECT_EQ(Errors(), 0u) << "nobody has looked yet";
  StoreBroken(0);
  EXPECT_EQ(ReadsFor(kIova, kPage), 1u) << "the leaf once more";
  EXPECT_EQ(Errors(), 1u);
  EXPECT_EQ(ReadsFor(kIova, kPage), 0u) << "kept well now";
  EXPECT_EQ(Errors(), 1u);
}

TEST_F(IommuParity, ABrokenContextIsReadAgainAndCounted) {
  StartSv39();
  Map(kIova + 0x1000, kPage + 0x1000);
  StoreBroken(reg::ram_parity_inject::Contexts::kMask);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  StoreBroken(0);
  EXPECT_EQ(ReadsFor(kIova + 0x1000, kPage + 0x1000), 2u) << "the context, and the leaf";
  EXPECT_EQ(Errors(), 1u);
}

TEST_F(IommuParity, ABrokenPointerIsReadAgainAndCounted) {
  StartSv39();
  Map(kIova + 0x1000, kPage + 0x1000);
  StoreBroken(reg::ram_parity_inject::Walks::kMask);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  StoreBroken(0);
  EXPECT_EQ(ReadsFor(kIova + 0x1000, kPage + 0x1000), 3u) << "every level";
  EXPECT_GE(Errors(), 1u);
  Map(kIova + 0x2000, kPage + 0x2000);
  EXPECT_EQ(ReadsFor(kIova + 0x2000, kPage + 0x2000), 1u) << "kept well now";
}

TEST_F(IommuParity, SoftwareMayClearTheCount) {
  StartSv39();
  StoreBroken(reg::ram_parity_inject::Translations::kMask);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  EXPECT_EQ(Errors(), 2u);
  bench.Write(reg::ram_parity_errors::kOffset, 0);
  EXPECT_EQ(Errors(), 0u);
}

}  // namespace
}  // namespace tarn::tests
