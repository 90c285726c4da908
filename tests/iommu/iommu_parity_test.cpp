// Parity of what the unit keeps: an entry of a cache that is not as it was stored is a miss, a request is refused with
// an internal data path error (section 4.2, cause 272, and section "Reliability, Availability, and Serviceability");
// each is counted.
#include <cstdint>
#include <map>

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

constexpr std::uint32_t kInternalDataPathError = 272, kNoTransaction = 0;

class IommuRequestParity : public IommuParity {
 protected:
  // The answers to requests for `pages` pages from kIova on, sent at once.
  std::map<std::uint64_t, LineStatus> StatusOfPages(std::uint64_t pages) {
    std::map<std::uint64_t, LineStatus> status;
    bench.set_on_answer([&](const LineResponse& answer, const DeviceRequest& from, std::uint64_t) {
      status[(from.addr - kIova) / kPageBytes] = answer.status;
    });
    for (std::uint64_t page = 0; page < pages; ++page) bench.Send(MakeRequest(kDevice, kIova + page * kPageBytes));
    bench.Drain();
    bench.set_on_answer(nullptr);
    return status;
  }
};

TEST_F(IommuRequestParity, AWriteWhoseDataIsBrokenIsRefusedAndReachesNoMemory) {
  StartSv39();
  StoreBroken(reg::ram_parity_inject::WriteData::kMask);
  const std::uint64_t before = bench.host_agent().requests();
  ExpectFault(MakeRequest(kDevice, kIova + 0x40, Op::kWrite), kInternalDataPathError, kWrite);
  EXPECT_EQ(bench.host_agent().requests(), before);
  EXPECT_EQ(Errors(), 1u);
  StoreBroken(0);
  ExpectPasses(MakeRequest(kDevice, kIova + 0x40, Op::kWrite), kPage + 0x40);
}

TEST_F(IommuRequestParity, NobodyLooksAtTheDataOfARead) {
  StartSv39();
  StoreBroken(reg::ram_parity_inject::WriteData::kMask);
  EXPECT_EQ(bench.Ask(MakeRequest(kDevice, kIova)).status, LineStatus::kOk);
  EXPECT_EQ(Errors(), 0u);
}

TEST_F(IommuRequestParity, ABrokenRequestIsAnsweredAndItsRecordNamesNobody) {
  StartSv39();
  StoreBroken(reg::ram_parity_inject::Requests::kMask);
  for (int time = 1; time <= 3; ++time) {
    EXPECT_EQ(bench.Ask(MakeRequest(kDevice, kIova)).status, LineStatus::kTranslationFault);
    const auto faults = bench.WaitForFaults(1);
    ASSERT_EQ(faults.size(), 1u);
    const FaultFields want{.cause = kInternalDataPathError, .type = kNoTransaction};
    EXPECT_EQ(DescribeDifference(want, faults[0]), DescribeDifference(want, want));
    EXPECT_EQ(Errors(), static_cast<std::uint32_t>(time));
  }
}

TEST_F(IommuRequestParity, ItIsRecordedWhateverDtfSays) {
  constexpr std::uint64_t kValid = 1, kDtf = 1 << 4;
  StartSv39(kLevel1, kValid | kDtf);
  ExpectNoRecord(MakeRequest(kDevice, kIova + 0x1000));
  StoreBroken(reg::ram_parity_inject::WriteData::kMask);
  ExpectFault(MakeRequest(kDevice, kIova, Op::kWrite), kInternalDataPathError, kWrite);
}

TEST_F(IommuRequestParity, ABrokenTranslationRequestIsACompleterAbort) {
  constexpr std::uint64_t kValid = 1, kEnAts = 1 << 1;
  StartSv39(kLevel1, kValid | kEnAts);
  StoreBroken(reg::ram_parity_inject::WriteData::kMask);
  EXPECT_EQ(Translate(kIova, false).status, LineStatus::kOk) << "its data mean nothing";
  StoreBroken(reg::ram_parity_inject::Requests::kMask);
  const LineResponse response = Translate(kIova);
  EXPECT_EQ(response.status, LineStatus::kTranslationFault);
  EXPECT_EQ(Completion(response), 1u);
  const auto faults = bench.WaitForFaults(1);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].cause, kInternalDataPathError);
}

// Nobody knows whose page it asks for: no device is answered.
TEST_F(IommuRequestParity, ABrokenPageRequestIsDroppedAndRecorded) {
  constexpr std::uint64_t kValid = 1, kEnAts = 1 << 1, kEnPri = 1 << 2;
  StartSv39(kLevel1, kValid | kEnAts | kEnPri);
  StoreBroken(reg::ram_parity_inject::Requests::kMask);
  DeviceMessage request;
  request.device_id = kDevice;
  request.payload = kIova | 7;  // read, write, last of its group
  bench.messages().Push(request);
  const auto faults = bench.WaitForFaults(1);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].cause, kInternalDataPathError);
  bench.simulation().Run(100);
  EXPECT_TRUE(bench.message_answers().empty());
  // The next ones have the room that it left.
  StoreBroken(0);
  for (int count = 0; count < 20; ++count) bench.messages().Push(request);
  bench.RunUntil([&] { return bench.message_answers().size() == 20; }, "answers: the queue is off");
}

TEST_F(IommuRequestParity, AParkedRequestThatIsBrokenIsRefusedAndNoOther) {
  constexpr std::uint64_t kPages = 40, kWalks = 16;
  StartSv39();
  for (std::uint64_t page = 1; page < kPages; ++page) Map(kIova + page * kPageBytes, kPage + page * kPageBytes);
  ExpectPasses(MakeRequest(kDevice, kIova + (kPages - 1) * kPageBytes), kPage + (kPages - 1) * kPageBytes);
  bench.walk_agent().set_timing({.latency_cycles_min = 300, .latency_cycles_max = 300});
  StoreBroken(reg::ram_parity_inject::Parked::kMask);
  std::uint64_t passed = 0;
  for (const auto& [page, status] : StatusOfPages(kPages - 1)) {
    EXPECT_EQ(status, page < kWalks ? LineStatus::kOk : LineStatus::kTranslationFault) << page;
    passed += status == LineStatus::kOk ? 1 : 0;
  }
  EXPECT_EQ(passed, kWalks);
  const std::uint64_t broken = kPages - 1 - kWalks;
  EXPECT_EQ(Errors(), broken);
  const auto faults = bench.WaitForFaults(broken);
  ASSERT_EQ(faults.size(), broken);
  for (const FaultFields& fault : faults) {
    EXPECT_EQ(fault.cause, kInternalDataPathError);
    EXPECT_EQ(fault.device_id, kDevice) << "its slot is well";
  }
  StoreBroken(0);
  for (const auto& [page, status] : StatusOfPages(kPages)) EXPECT_EQ(status, LineStatus::kOk) << page;
}

}  // namespace
}  // namespace tarn::tests
