// The driver looks at what the unit can do, and says what it lacks.
#include "sw/drivers/iommu_driver.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "models/iommu/iommu_registers.h"
#include "tests/replay/fake_platform.h"

namespace tarn::drivers {
namespace {

namespace registers = iommu_registers;

constexpr std::uint32_t kDevice = 1;  // the fake's host with an IOMMU
constexpr std::uint64_t kBase = std::uint64_t{2} << 40;

// A unit that is there only for its registers: queues are on when they are asked to be, ddtp keeps what it is given.
class UnitWith : public replay::FakePlatform {
 public:
  explicit UnitWith(std::uint64_t capabilities)
      : FakePlatform([](LogicalPage, std::span<std::uint8_t, kPageBytes> bytes) { std::ranges::fill(bytes, 0); }) {
    registers_[registers::capabilities::kOffset] = static_cast<std::uint32_t>(capabilities);
    registers_[registers::capabilities::kOffset + 4] = static_cast<std::uint32_t>(capabilities >> 32);
  }
  Result<std::uint32_t> ReadRegister(hal::Aperture, std::uint32_t offset) override { return registers_[offset]; }
  Status WriteRegister(hal::Aperture, std::uint32_t offset, std::uint32_t value) override {
    const bool is_queue = offset == registers::cqcsr::kOffset || offset == registers::fqcsr::kOffset;
    registers_[offset] = is_queue ? value | 1U << 16 : value;
    return {};
  }

 private:
  std::map<std::uint32_t, std::uint32_t> registers_;
};

constexpr std::uint64_t kVersion1 = 0x10;
constexpr std::uint64_t kHasSv39 = std::uint64_t{1} << 9;     // section 6.3
constexpr std::uint64_t kHasSv57x4 = std::uint64_t{1} << 19;  // likewise

class Driver : public testing::Test {
 protected:
  static void ExpectError(const Status& status, const std::string& message) {
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.message(), "iommu of host 1: " + message);
  }

  UnitWith unit_{kVersion1 | kHasSv39 | kHasSv57x4};
  IommuDriver iommu_{unit_, HostId(kDevice), HostPhysAddr(kBase), 16};
};

TEST_F(Driver, NamesTheStageThatTheUnitLacks) {
  ASSERT_TRUE(iommu_.Prepare().ok());
  EXPECT_TRUE(iommu_.AddDevice(DeviceId(1), {kSv39, {{Iova(0), HostPhysAddr(kBase)}}}).ok());
  ExpectError(iommu_.AddDevice(DeviceId(1), {kSv48, {}}), "it has no Sv48");
  ExpectError(iommu_.AddGuest(GuestId(1), {kSv39x4, {}}, GuestPhysAddr(0)), "it has no Sv39x4");
  EXPECT_TRUE(iommu_.AddGuest(GuestId(1), {kSv57x4, {}}, GuestPhysAddr(0)).ok());
  ExpectError(iommu_.AddGuestDevice(DeviceId(1), GuestId(1), {kSv57, {}}), "it has no Sv57");
}

TEST_F(Driver, RefusesAnotherVersion) {
  UnitWith other(0x11);
  IommuDriver iommu(other, HostId(kDevice), HostPhysAddr(kBase), 16);
  ExpectError(iommu.Prepare(), "its version is not 1.0");
}

TEST_F(Driver, RefusesStagesInEachOthersPlace) {
  ASSERT_TRUE(iommu_.Prepare().ok());
  ExpectError(iommu_.AddDevice(DeviceId(1), {kSv57x4, {}}), "Sv57x4 is not a mode of a first stage");
  ExpectError(iommu_.AddGuest(GuestId(1), {kSv39, {}}, GuestPhysAddr(0)), "Sv39 is not a mode of a second stage");
}

TEST_F(Driver, SaysWhenItsMemoryIsFull) {
  ASSERT_TRUE(iommu_.Prepare().ok());
  SingleStage stage{.mode = kSv39, .mappings = {}};
  for (std::uint64_t i = 0; i < 16; ++i) stage.mappings.push_back({Iova(i * kPage1GiB), HostPhysAddr(kBase)});
  ExpectError(iommu_.AddDevice(DeviceId(1), stage), "no memory left for tables");
}

TEST_F(Driver, RefusesDevicesGuestsAndPagesThatAreNotThere) {
  ASSERT_TRUE(iommu_.Prepare().ok());
  ExpectError(iommu_.AddBareDevice(DeviceId(63)), "devices are 0 to 62");
  ExpectError(iommu_.AddGuest(GuestId(65536), {kSv57x4, {}}, GuestPhysAddr(0)), "guests are 0 to 65535");
  ExpectError(iommu_.AddBareGuestDevice(DeviceId(1), GuestId(7)), "there is no guest 7");
  ExpectError(iommu_.Unmap(DeviceId(5), Iova(0)), "device 5 has no first stage");
  ASSERT_TRUE(iommu_.AddDevice(DeviceId(1), {kSv39, {{Iova(0), HostPhysAddr(kBase)}}}).ok());
  ExpectError(iommu_.Unmap(DeviceId(1), Iova(0x1000)), "nothing is mapped at 0x1000");
}

}  // namespace
}  // namespace tarn::drivers
