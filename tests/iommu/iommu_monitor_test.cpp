// The performance monitor and the debug interface: sections 6.19 to 6.26 and chapter 5.
#include <cstdint>

#include "tests/iommu/iommu_fixture.h"

namespace tarn::tests {
namespace {

namespace reg = iommu_registers;
namespace evt = iommu_registers::iohpmevt;

constexpr std::uint64_t kUntranslated = 1, kTranslated = 2, kTranslationRequests = 3, kMisses = 4, kDirectoryWalks = 5,
                        kFirstStageWalks = 7;

class IommuMonitor : public IommuScenario {
 protected:
  static constexpr std::uint32_t kOtherPscid = kPscid + 1;

  IommuMonitor() {
    StartSv39(kLevel2);
    bench.tables.SetContext(kDirectoryPpn, 2, kDevice + 1, Sv39Context(root_, kOtherPscid));
  }
  void Select(std::uint32_t counter, std::uint64_t selector) {
    bench.Write64(evt::Offset(counter), selector);
    bench.Write64(reg::iohpmctr::Offset(counter), 0);
  }
  std::uint64_t Count(std::uint32_t counter) { return bench.Read64(reg::iohpmctr::Offset(counter)); }
  void Ask(std::uint32_t device, std::uint64_t iova) { bench.Ask(MakeRequest(device, iova)); }
};

TEST_F(IommuMonitor, EachCounterCountsItsEvent) {
  const std::uint64_t events[] = {
      kUntranslated, kTranslated, kTranslationRequests, kMisses, kDirectoryWalks, kFirstStageWalks, 6, 8};
  for (std::uint32_t i = 0; i < 8; ++i) Select(i, events[i]);
  for (int i = 0; i < 3; ++i) Ask(kDevice, kIova);        // a miss with directory, two hits
  for (int i = 0; i < 2; ++i) Ask(kDevice, 0x4000'0000);  // faults are not kept: two misses
  DeviceRequest request = MakeRequest(kDevice, kIova);
  request.at = AddressType::kTranslated;
  bench.Ask(request);
  request.at = AddressType::kTranslationRequest;
  bench.Ask(request);
  bench.Ask(request);
  const std::uint64_t expected[] = {5, 1, 2, 3, 1, 3, 0, 0};
  for (std::uint32_t i = 0; i < 8; ++i) EXPECT_EQ(Count(i), expected[i]) << "event " << events[i];
  EXPECT_EQ(bench.TakeFaults().size(), 5u);
}

TEST_F(IommuMonitor, FiltersChooseWhoIsCounted) {
  const auto device = [](std::uint64_t id) { return evt::DidGscid::Of(id) | evt::DvGscv::kMask; };
  const auto process = [](std::uint64_t id) { return evt::PidPscid::Of(id) | evt::PvPscv::kMask; };
  const struct {
    std::uint64_t selector;
    std::uint64_t expected;
  } cases[] = {
      {kUntranslated | device(kDevice), 2},
      {kUntranslated | device(kDevice + 1), 3},
      {kUntranslated | device(kDevice + 2), 0},
      {kUntranslated | device(7 | 0x10000) | evt::Dmask::kMask, 0},
      {kUntranslated | device(3) | evt::Dmask::kMask, 5},  // any function of the first device
      {kUntranslated | process(0x77), 1},                  // a request without a process_id never matches
      {kUntranslated | process(0x78), 0},
      {kUntranslated | process(0x77) | device(kDevice), 0},
      {kUntranslated | process(0x77) | device(kDevice + 1), 1},
      {kUntranslated | evt::Idt::kMask, 0},  // unknown for this event
      {kMisses | evt::Idt::kMask | process(kPscid), 0},
      {kMisses | evt::Idt::kMask | process(kOtherPscid), 0},
      {kFirstStageWalks | evt::Idt::kMask | process(kPscid), 1},
      {kFirstStageWalks | evt::Idt::kMask | process(kOtherPscid), 1},
      {kFirstStageWalks | evt::Idt::kMask | device(0), 0},  // no second stage: no GSCID
      {kDirectoryWalks | evt::Idt::kMask, 0},
      {kDirectoryWalks | device(kDevice), 1},
      {0, 0},
  };
  for (std::size_t first = 0; first < std::size(cases); first += 8) {
    bench.InvalidateAll();
    for (std::uint32_t i = 0; i < 8; ++i) Select(i, first + i < std::size(cases) ? cases[first + i].selector : 0);
    for (int i = 0; i < 2; ++i) Ask(kDevice, kIova);
    for (int i = 0; i < 2; ++i) Ask(kDevice + 1, kIova);
    DeviceRequest request = MakeRequest(kDevice + 1, kIova);
    request.process_valid = true;  // refused: there is no process directory
    request.process_id = 0x77;
    bench.Ask(request);
    for (std::uint32_t i = 0; i < 8 && first + i < std::size(cases); ++i) {
      EXPECT_EQ(Count(i), cases[first + i].expected) << "case " << first + i;
    }
  }
}

// Once its context is cached, a miss has the PSCID of its process; a GSCID only with a second stage.
TEST_F(IommuMonitor, AMissHasTheIdsOfItsContextWhenThatIsKnown) {
  Map(kIova + 0x1000, kPage);
  Select(0, kMisses | evt::Idt::kMask | evt::PidPscid::Of(kPscid) | evt::PvPscv::kMask);
  Select(1, kMisses | evt::Idt::kMask | evt::DidGscid::Of(0) | evt::DvGscv::kMask);
  Ask(kDevice, kIova);
  EXPECT_EQ(Count(0), 0u);
  Ask(kDevice, kIova + 0x1000);
  EXPECT_EQ(Count(0), 1u);
  EXPECT_EQ(Count(1), 0u) << "there is no second stage";
}

TEST_F(IommuMonitor, ACounterIsInhibitedByItsBit) {
  Select(2, kUntranslated);
  bench.Write(reg::iocountinh::kOffset, 1 << 3 | 1);
  const std::uint64_t cycles = bench.Read64(reg::iohpmcycles::kOffset);
  Ask(kDevice, kIova);
  EXPECT_EQ(Count(2), 0u);
  EXPECT_EQ(bench.Read64(reg::iohpmcycles::kOffset), cycles);
  bench.Write(reg::iocountinh::kOffset, 0);
  Ask(kDevice, kIova);
  EXPECT_EQ(Count(2), 1u);
  const std::uint64_t first = bench.Read64(reg::iohpmcycles::kOffset);
  const std::uint64_t start = bench.simulation().cycle();
  bench.simulation().Run(1000);
  const std::uint64_t second = bench.Read64(reg::iohpmcycles::kOffset);
  EXPECT_GE(second - first, 1000u);
  EXPECT_LE(second - first, bench.simulation().cycle() - start + 8) << "one a cycle";
}

TEST_F(IommuMonitor, AnOverflowSetsItsBitAndInterruptsOnce) {
  bench.Write(reg::fctl::kOffset, reg::fctl::Wsi::kMask);
  bench.Write(reg::icvec::kOffset, 3 << 8);
  Select(4, kUntranslated);
  const auto preset = [&] { bench.Write64(reg::iohpmctr::Offset(4), ~std::uint64_t{0}); };
  const auto pending = [&] { return (bench.Read(reg::ipsr::kOffset).rdata & reg::ipsr::Pmip::kMask) != 0; };
  preset();
  EXPECT_FALSE(pending());
  Ask(kDevice, kIova);
  EXPECT_EQ(Count(4), 0u) << "it wraps around";
  EXPECT_EQ(bench.Read64(evt::Offset(4)), kUntranslated | evt::Of::kMask);
  EXPECT_EQ(bench.Read(reg::iocountovf::kOffset).rdata, 1u << 5);
  EXPECT_TRUE(pending());
  EXPECT_EQ(bench.simulation().dut().irq_o, 8);
  bench.Write(reg::ipsr::kOffset, reg::ipsr::Pmip::kMask);
  EXPECT_FALSE(pending());
  preset();
  Ask(kDevice, kIova);
  EXPECT_FALSE(pending()) << "OF is set already: no interrupt";
  bench.Write64(evt::Offset(4), kUntranslated);
  preset();
  Ask(kDevice, kIova);
  EXPECT_TRUE(pending());
  // The cycles counter likewise.
  bench.Write(reg::ipsr::kOffset, reg::ipsr::Pmip::kMask);
  bench.Write(reg::iocountinh::kOffset, 1);
  bench.Write64(reg::iohpmcycles::kOffset, ~std::uint64_t{0} >> 1);
  EXPECT_FALSE(pending());
  bench.Write(reg::iocountinh::kOffset, 0);
  EXPECT_TRUE(pending());
  EXPECT_NE(bench.Read(reg::iocountovf::kOffset).rdata & 1, 0u);
  EXPECT_NE(bench.Read64(reg::iohpmcycles::kOffset) >> 63, 0u);
}

class IommuDebug : public IommuScenario {
 protected:
  static constexpr std::uint64_t kGo = reg::tr_req_ctl::GoBusy::kMask;
  static constexpr std::uint64_t kReadOnly = reg::tr_req_ctl::Nw::kMask;
  static constexpr std::uint64_t kExecute = reg::tr_req_ctl::Exe::kMask | kReadOnly;

  // tr_response of a translation.
  std::uint64_t Translate(std::uint64_t iova, std::uint64_t control = kReadOnly, std::uint32_t device = kDevice) {
    bench.Write64(reg::tr_req_iova::kOffset, iova);
    bench.Write64(reg::tr_req_ctl::kOffset, control | kGo | std::uint64_t{device} << 40);
    EXPECT_TRUE(
        bench.RunUntil([&] { return (bench.Read(reg::tr_req_ctl::kOffset).rdata & kGo) == 0; }, "the response"));
    return bench.Read64(reg::tr_response::kOffset);
  }
  void ExpectRecord(std::uint32_t cause, std::uint32_t type, std::uint64_t iova) {
    const auto faults = bench.WaitForFaults(1);
    ASSERT_EQ(faults.size(), 1u);
    FaultFields want;
    want.cause = cause;
    want.type = type;
    want.device_id = kDevice;
    want.iotval = iova;
    EXPECT_EQ(DescribeDifference(want, faults[0]), DescribeDifference(want, want));
  }
};

TEST_F(IommuDebug, ATranslationIsAnsweredWithItsPage) {
  StartSv39();
  EXPECT_EQ(Translate(kIova), kPage >> 12 << 10);
  EXPECT_EQ(Translate(kIova), kPage >> 12 << 10) << "from the caches";
  EXPECT_EQ(bench.host_agent().requests(), 0u) << "nothing reaches the host";
  Map(0x4000'0000, 0x8000'0000, 1);
  Map(0x8000'0000, 0x4'0000'0000, 2);
  const std::uint64_t larger = reg::tr_response::S::kMask;
  EXPECT_EQ(Translate(0x4000'5000), larger | ((0x8000'0000 >> 12) | 0xFF) << 10);
  EXPECT_EQ(Translate(0x8123'4000), larger | ((0x4'0000'0000 >> 12) | 0x1FFFF) << 10);
  EXPECT_TRUE(bench.TakeFaults().empty());
}

TEST_F(IommuDebug, AFaultIsReportedAsARequests) {
  StartSv39();
  Map(kIova + 0x1000, kPage, 0, kPteUserAll & ~std::uint64_t{kPteW | kPteX});
  EXPECT_EQ(Translate(kIova + 0x2000) & 1, 1u);
  ExpectRecord(13, 2, kIova + 0x2000);
  EXPECT_EQ(Translate(kIova + 0x1000) & 1, 0u);
  EXPECT_EQ(Translate(kIova + 0x1000, 0) & 1, 1u) << "NW is 0: write permission is asked for too";
  ExpectRecord(15, 3, kIova + 0x1000);
  EXPECT_EQ(Translate(kIova + 0x1000, kExecute) & 1, 1u);
  ExpectRecord(12, 1, kIova + 0x1000);
  EXPECT_EQ(Translate(kIova, kExecute) & 1, 0u);
  constexpr std::uint64_t kPriv = reg::tr_req_ctl::Priv::kMask;
  EXPECT_EQ(Translate(kIova, kReadOnly | kPriv) & 1, 0u) << "Priv counts only with PV: a page of users is read";
  EXPECT_EQ(Translate(kIova + 0x2000, kReadOnly | kPriv) & 1, 1u);
  ExpectRecord(13, 2, kIova + 0x2000);
  bench.SetMode(kOff);
  EXPECT_EQ(Translate(kIova) & 1, 1u);
  ExpectRecord(256, 2, kIova);
  bench.SetMode(kBare);
  EXPECT_EQ(Translate(kIova), kIova >> 12 << 10);
}

TEST_F(IommuDebug, ATranslationComesToItsEndUnderLoad) {
  StartSv39();
  bool stop = false;
  bench.set_on_answer([&](const LineResponse&, const DeviceRequest&, std::uint64_t) {
    if (!stop) bench.Send(MakeRequest(kDevice, kIova));
  });
  for (int i = 0; i < 64; ++i) bench.Send(MakeRequest(kDevice, kIova));
  EXPECT_EQ(Translate(kIova), kPage >> 12 << 10);
  EXPECT_EQ(Translate(kIova + 0x2000) & 1, 1u);
  ExpectRecord(13, 2, kIova + 0x2000);
  stop = true;
  bench.Drain();
  bench.set_on_answer(nullptr);
}

}  // namespace
}  // namespace tarn::tests
