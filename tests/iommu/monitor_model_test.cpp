// The performance monitor: RISC-V IOMMU 1.0, sections 6.19 to 6.23.
#include <gtest/gtest.h>

#include "tests/iommu/two_stage_fixture.h"

namespace tarn::iommu {
namespace {

namespace iocountinh = iommu_registers::iocountinh;
namespace iocountovf = iommu_registers::iocountovf;
namespace iohpmctr = iommu_registers::iohpmctr;
namespace iohpmcycles = iommu_registers::iohpmcycles;
namespace iohpmevt = iommu_registers::iohpmevt;
namespace ipsr = iommu_registers::ipsr;

constexpr std::uint64_t kDmask = std::uint64_t{1} << 15, kByProcess = std::uint64_t{1} << 60,
                        kByDevice = std::uint64_t{1} << 61, kSoftIds = std::uint64_t{1} << 62,
                        kOverflown = std::uint64_t{1} << 63;
constexpr std::uint64_t OfProcess(std::uint64_t id) { return id << 16; }
constexpr std::uint64_t OfDevice(std::uint64_t id) { return id << 36; }

// A process 7 with PSCID 0x321 in a guest with GSCID 0x1234.
struct Monitored : TwoStageFixture {
  static constexpr std::uint64_t kPdt = 0x42'0000;
  Monitored() {
    context.tc = 1 | kTcPdtv | kTcAts;
    context.iohgatp |= std::uint64_t{0x1234} << 44;
    context.fsc = std::uint64_t{1} << 60 | kPdt / kPageBytes;
    StartGuest();
    memory.Store(kPdt + kGuestBase + 7 * 16, 1 | 0x321 << 12);
    memory.Store(kPdt + kGuestBase + 7 * 16 + 8, kSv39 | kGuestTables / kPageBytes);
    MapFirst(kIova, kGuest);
    MapSecond(kGuest, kHost);
  }
  void Count(std::uint32_t counter, std::uint64_t selector) {
    iommu.WriteRegister64(iohpmevt::Offset(counter), selector);
  }
  std::uint64_t Counted(std::uint32_t counter) { return iommu.ReadRegister64(iohpmctr::Offset(counter)); }
  void TranslateAs(AddressType at, std::uint32_t process = 7) {
    DeviceRequest request = Ask(Op::kRead, kIova, at);
    request.process_valid = true;
    request.process_id = process;
    iommu.Translate(request);
  }
};

TEST(IommuModelMonitor, EachEventHasItsCounter) {
  Monitored f;
  for (std::uint32_t event = 1; event <= 8; ++event) f.Count(event - 1, event);
  f.TranslateAs(AddressType::kUntranslated);
  // Second stage: the process context, three first-stage tables, the page.
  const std::uint64_t one[] = {1, 0, 0, 1, 1, 1, 1, 5};
  for (std::uint32_t counter = 0; counter < 8; ++counter) EXPECT_EQ(f.Counted(counter), one[counter]) << counter;
  f.TranslateAs(AddressType::kTranslated);  // only the device context
  f.TranslateAs(AddressType::kTranslationRequest);
  const std::uint64_t all[] = {1, 1, 1, 2, 3, 2, 2, 10};
  for (std::uint32_t counter = 0; counter < 8; ++counter) EXPECT_EQ(f.Counted(counter), all[counter]) << counter;
}

TEST(IommuModelMonitor, AKeptTranslationIsARequestAndNoMiss) {
  IommuFixture f({.cached_translations = 64, .capabilities = kFewCapabilities});
  f.Start();
  f.Map(kIova, kHost);
  f.iommu.WriteRegister64(iohpmevt::Offset(0), 1);
  f.iommu.WriteRegister64(iohpmevt::Offset(1), 4);
  f.Read(kIova);
  f.Read(kIova);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmctr::Offset(0)), 2u);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmctr::Offset(1)), 1u);
}

// Table "filtering options", one request of device 5, process 7, PSCID 0x321, GSCID 0x1234.
TEST(IommuModelMonitor, FiltersChooseByTheirIds) {
  const std::uint64_t request = 1, walk = 7;
  struct Case {
    std::uint64_t selector;
    bool counts;
  };
  for (const Case& c :
       {Case{request | kByDevice | OfDevice(5), true}, Case{request | kByDevice | OfDevice(4), false},
        Case{request | kByProcess | OfProcess(7), true}, Case{request | kByProcess | OfProcess(6), false},
        Case{request | kByDevice | OfDevice(5) | kByProcess | OfProcess(7), true},
        Case{request | kByDevice | OfDevice(5) | kByProcess | OfProcess(6), false},
        Case{request | kByDevice | OfDevice(4) | kByProcess | OfProcess(7), false}, Case{walk | kSoftIds, true},
        Case{walk | kSoftIds | kByDevice | OfDevice(0x1234), true},
        Case{walk | kSoftIds | kByDevice | OfDevice(5), false},
        Case{walk | kSoftIds | kByProcess | OfProcess(0x321), true},
        Case{walk | kSoftIds | kByProcess | OfProcess(7), false},
        Case{walk | kSoftIds | kByDevice | OfDevice(0x1234) | kByProcess | OfProcess(0x321), true},
        Case{walk | kSoftIds | kByDevice | OfDevice(0x1234) | kByProcess | OfProcess(0x322), false},
        // "When the programmed IDT setting is not supported for an event … the counter does not increment."
        Case{request | kSoftIds, false}, Case{5 | kSoftIds, false}, Case{6 | kSoftIds, false}, Case{4 | kSoftIds, true},
        Case{8 | kSoftIds, true}}) {
    Monitored f;
    f.Count(3, c.selector);
    f.TranslateAs(AddressType::kUntranslated);
    EXPECT_EQ(f.Counted(3) != 0, c.counts) << std::hex << c.selector;
  }
}

TEST(IommuModelMonitor, APartialMatchIgnoresTheLowBitsUpToTheFirstZero) {
  struct Case {
    std::uint64_t device;
    bool counts;
  };
  for (const Case& c : {Case{0b0011, true}, Case{0b1011, false}, Case{0b0110, false}, Case{0b0100, true},
                        Case{0b0001, false}, Case{0xFF'FFFF, true}, Case{0x7F'FFFF, true}}) {
    Monitored f;
    f.Count(0, 1 | kDmask | kByDevice | OfDevice(c.device));
    f.TranslateAs(AddressType::kUntranslated);
    EXPECT_EQ(f.Counted(0) != 0, c.counts) << c.device;
  }
}

TEST(IommuModelMonitor, RequestsWithoutTheIdAreNotCounted) {
  IommuFixture f;
  f.Start();
  f.Map(kIova, kHost);
  f.iommu.WriteRegister64(iohpmevt::Offset(0), 1 | kByProcess);             // no process_id
  f.iommu.WriteRegister64(iohpmevt::Offset(1), 7 | kSoftIds | kByDevice);   // second stage Bare: no GSCID
  f.iommu.WriteRegister64(iohpmevt::Offset(2), 7 | kSoftIds | kByProcess);  // PSCID 0
  f.SetContext(6, 1, 0);                                                    // first stage Bare: no PSCID
  f.iommu.WriteRegister64(iohpmevt::Offset(3), 4 | kSoftIds | kByProcess);
  f.Read(kIova);
  f.Read(kIova, 6);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmctr::Offset(0)), 0u);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmctr::Offset(1)), 0u);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmctr::Offset(2)), 1u);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmctr::Offset(3)), 1u);
}

TEST(IommuModelMonitor, InhibitedCountersStandStill) {
  Monitored f;
  f.Count(0, 1);
  f.Count(1, 1);
  f.Write(iocountinh::kOffset, 1 << 1 | 1);
  f.TranslateAs(AddressType::kUntranslated);
  f.iommu.Advance(100);
  EXPECT_EQ(f.Counted(0), 0u);
  EXPECT_EQ(f.Counted(1), 1u);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmcycles::kOffset), 0u);
  f.Write(iocountinh::kOffset, 0);
  f.iommu.Advance(100);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmcycles::kOffset), 100u);
}

TEST(IommuModelMonitor, AnOverflowSetsItsBitsAndInterruptsOnce) {
  Monitored f;
  f.Count(2, 1);
  f.iommu.WriteRegister64(iohpmctr::Offset(2), ~std::uint64_t{0});
  f.TranslateAs(AddressType::kUntranslated);
  EXPECT_EQ(f.Counted(2), 0u);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmevt::Offset(2)), 1 | kOverflown);
  EXPECT_EQ(f.Register(iocountovf::kOffset), 1u << 3);
  EXPECT_EQ(f.Register(ipsr::kOffset), ipsr::Pmip::kMask);
  f.Write(ipsr::kOffset, ipsr::Pmip::kMask);
  EXPECT_EQ(f.Register(ipsr::kOffset), 0u);
  f.iommu.WriteRegister64(iohpmctr::Offset(2), ~std::uint64_t{0});
  f.TranslateAs(AddressType::kUntranslated);
  EXPECT_EQ(f.Counted(2), 0u);
  EXPECT_EQ(f.Register(ipsr::kOffset), 0u);  // OF was 1 already
}

TEST(IommuModelMonitor, TheCyclesCounterHasSixtyThreeBits) {
  Monitored f;
  f.iommu.WriteRegister64(iohpmcycles::kOffset, ~std::uint64_t{0} >> 1);
  f.iommu.Advance(5);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmcycles::kOffset), 4 | kOverflown);
  EXPECT_EQ(f.Register(iocountovf::kOffset), 1u);
  EXPECT_EQ(f.Register(ipsr::kOffset), ipsr::Pmip::kMask);
}

TEST(IommuModelMonitor, EventsThatDoNotExistSelectNothing) {
  Monitored f;
  f.Count(0, 9);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmevt::Offset(0)), 0u);
  f.TranslateAs(AddressType::kUntranslated);
  EXPECT_EQ(f.Counted(0), 0u);
}

TEST(IommuModelMonitor, WithoutTheCapabilityItsRegistersReadZero) {
  TwoStageFixture f(kEveryCapability & ~iommu_registers::capabilities::Hpm::kMask);
  f.iommu.WriteRegister64(iohpmevt::Offset(0), 1);
  f.iommu.Advance(100);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmevt::Offset(0)), 0u);
  EXPECT_EQ(f.iommu.ReadRegister64(iohpmcycles::kOffset), 0u);
}

}  // namespace
}  // namespace tarn::iommu
