// Devices that are told guest addresses: tc.T2GPA, sections 3.1.3.1, 3.3 (steps 8 and 9) and 3.6 of the RISC-V IOMMU
// Architecture.
#include "tests/iommu/iommu_msi_fixture.h"

namespace tarn::tests {
namespace {

constexpr std::uint32_t kTranslatedExecute = 5, kTranslatedRead = 6, kTranslatedWrite = 7;  // TTYP
constexpr std::uint64_t kT2gpa = kTcV | kTcAts | kTcT2gpa;

class IommuT2gpa : public IommuMsiScenario {
 protected:
  // kIova is the guest's kGuestPage, which is the host's kPage.
  void StartT2gpa(std::uint64_t tc = kT2gpa, std::uint64_t second_flags = kPteUserAll) {
    UseSecond(kSv39);
    UseFirst(kSv39);
    MapFirst(kIova, kGuestPage);
    MapSecond(kGuestPage, kPage, 0, second_flags);
    Start(MsiContext(tc));
  }
  static DeviceRequest Translated(std::uint64_t gpa, Op op = Op::kRead) {
    DeviceRequest request = MakeRequest(kDevice, gpa, op);
    request.at = AddressType::kTranslated;
    return request;
  }
  // As ExpectFault, at a guest page that is named by iotval and iotval2.
  void ExpectRefusedAt(const DeviceRequest& request, std::uint32_t cause, std::uint32_t type) {
    EXPECT_EQ(bench.Ask(request).status, LineStatus::kTranslationFault);
    const auto faults = bench.WaitForFaults(1);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_EQ(faults[0].cause, cause);
    EXPECT_EQ(faults[0].type, type);
    EXPECT_EQ(faults[0].iotval, request.addr);
    EXPECT_EQ(faults[0].rest, request.addr);
  }
};

TEST_F(IommuT2gpa, ATranslationRequestIsToldTheGuestsPage) {
  StartT2gpa();
  for (int times = 0; times < 2; ++times) {  // walked, then perhaps kept
    ExpectCompletion(kIova, kGuestPage | kReads | kWrites);
    ExpectPasses(MakeRequest(kDevice, kIova), kPage);  // untranslated ones go all the way
  }
  ExpectCompletion(kIova, kGuestPage | kReads | kWrites | kExecutes, false, true);
}

// "performs the two-stage address translation to determine the permissions and the size".
TEST_F(IommuT2gpa, PermissionsAreThoseOfBothStages) {
  StartT2gpa(kT2gpa, kPteUserAll & ~kPteW);
  ExpectCompletion(kIova, kGuestPage | kReads, false);
  ExpectCompletion(kIova, kGuestPage | kReads | kExecutes, true, true);
  MapFirst(kIova + 0x1000, kGuestPage + 0x1000);  // and nothing behind it
  ExpectCompletion(kIova + 0x1000, 0);
}

TEST_F(IommuT2gpa, TheSmallerPageOfTheTwoStagesIsTold) {
  StartT2gpa();
  MapFirst(0x4000'0000, 0x8000'0000, 1);
  MapSecond(0x8000'0000, 0x2'0000'0000, 1);
  ExpectCompletion(0x4000'5000, 0x8000'0000 | 0xFF << 12 | kLarger | kReads | kWrites);  // 2 MiB of both
  MapFirst(0x4020'0000, 0x8020'0000, 1);
  MapSecond(0x8020'3000, 0x3'0000'0000);
  ExpectCompletion(0x4020'3000, 0x8020'3000 | kReads | kWrites);
  MapFirst(0x4040'3000, 0x8000'7000);
  ExpectCompletion(0x4040'3000, 0x8000'7000 | kReads | kWrites);
}

// Step 9: "the IOVA is a GPA": the first stage is Bare.
TEST_F(IommuT2gpa, ATranslatedRequestGoesThroughTheSecondStageAlone) {
  StartT2gpa();
  ExpectPasses(Translated(kGuestPage + 0x40), kPage + 0x40);
  ExpectPasses(Translated(kGuestPage + 0x80, Op::kWrite), kPage + 0x80);
  ExpectRefusedAt(Translated(kIova), 21, kTranslatedRead);
  ExpectRefusedAt(Translated(kGuestPage + 0x1000, Op::kWrite), 23, kTranslatedWrite);
  ExpectRefusedAt(Translated(std::uint64_t{1} << 41), 21, kTranslatedRead);  // beyond Sv39x4
}

// "enables a hypervisor to contain DMA from a device, even if the device misuses the ATS capability".
TEST_F(IommuT2gpa, ATranslatedRequestHasNoMoreRightsThanTheSecondStageGives) {
  StartT2gpa(kT2gpa, kPteUserAll & ~(kPteW | kPteX));
  ExpectPasses(Translated(kGuestPage), kPage);
  ExpectRefusedAt(Translated(kGuestPage, Op::kWrite), 23, kTranslatedWrite);
  DeviceRequest fetch = Translated(kGuestPage);
  fetch.exec = true;
  ExpectRefusedAt(fetch, 20, kTranslatedExecute);
}

TEST_F(IommuT2gpa, WithoutItTranslatedRequestsPassAsTheyAre) {
  StartT2gpa(kTcV | kTcAts);
  ExpectCompletion(kIova, kPage | kReads | kWrites);
  ExpectPasses(Translated(kGuestPage + 0x40, Op::kWrite), kGuestPage + 0x40);
}

// One number, two meanings: what is kept of either must not serve the other.
TEST_F(IommuT2gpa, AnAddressAndAGuestAddressOfTheSameNumberStayApart) {
  StartT2gpa();
  const std::uint64_t other = kPage + 0x10'0000;
  MapSecond(kIova, other);
  for (int times = 0; times < 3; ++times) {
    ExpectPasses(MakeRequest(kDevice, kIova), kPage);
    ExpectPasses(Translated(kIova), other);
    ExpectPasses(Translated(kIova, Op::kWrite), other);
    ExpectPasses(MakeRequest(kDevice, kIova, Op::kWrite), kPage);
    ExpectCompletion(kIova, kGuestPage | kReads | kWrites);
  }
  // Many at once, over walks that take their time.
  bench.walk_agent().set_timing({.latency_cycles_min = 1, .latency_cycles_max = 60});
  bench.set_on_host_request([&](const HostRequest& request, const DeviceRequest& from, std::uint64_t) {
    EXPECT_EQ(request.addr, from.at == AddressType::kTranslated ? other : kPage);
  });
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 20; ++i) bench.Send(i % 3 == 0 ? Translated(kIova) : MakeRequest(kDevice, kIova));
    bench.Drain();
    ForgetTranslations();
  }
}

// Steps 9 and 11: a translated request of a process needs no process context.
TEST_F(IommuT2gpa, ATranslatedRequestOfAProcessDoesNotLookForItsContext) {
  StartT2gpa();
  const std::uint64_t directory = TakeGuestPage();  // empty
  SetContext(kT2gpa | kTcPdtv, std::uint64_t{1} << 60 | directory);
  ForgetAll();
  ExpectFault(OfProcess(9, kIova), 266, kRead);
  DeviceRequest request = OfProcess(9, kGuestPage);
  request.at = AddressType::kTranslated;
  request.priv = true;  // "treated as not requesting supervisor privilege" by the second stage
  ExpectPasses(request, kPage);
  request.process_id = 0x100;
  ExpectFault(request, 260, kTranslatedRead);  // step 7: wider than PD8
}

TEST_F(IommuT2gpa, AFenceEndsWhatTranslatedRequestsMayReach) {
  StartT2gpa();
  ExpectPasses(Translated(kGuestPage), kPage);
  MapSecond(kGuestPage, kPage + 0x1000);
  Fence(kIotinvalGvma | kCommandGv | CommandGscid(kGscid) | kCommandAv, CommandAddress(kGuestPage));
  ExpectPasses(Translated(kGuestPage), kPage + 0x1000);
  MapSecond(kGuestPage, 0, 0, 0);
  Fence(kIotinvalGvma | kCommandGv | CommandGscid(kGscid));
  ExpectRefusedAt(Translated(kGuestPage), 21, kTranslatedRead);
}

// Step 18: A is the translated request's own address.
TEST_F(IommuT2gpa, ATranslatedMessageFindsItsInterruptFile) {
  StartT2gpa();
  MapFirst(kIova + 0x1000, FileAt(2));
  SetEntry(2, Flat(kPage + 0x2000));
  ExpectCompletion(kIova + 0x1000, FileAt(2) | kReads | kWrites);
  ExpectPasses(Translated(FileAt(2), Op::kPartialWrite), kPage + 0x2000);
  DeviceRequest fetch = Translated(FileAt(2));
  fetch.exec = true;
  ExpectFault(fetch, 1, kTranslatedExecute);
  ExpectFault(Translated(FileAt(3)), 262, kTranslatedRead);
}

TEST_F(IommuT2gpa, TranslatedRequestsMarkTheSecondStage) {
  const std::uint64_t clean = kPteUserAll & ~(kPteA | kPteD);
  StartT2gpa(kT2gpa | kTcGade, clean);
  ExpectPasses(Translated(kGuestPage), kPage);
  EXPECT_EQ(SecondPte(kGuestPage), kPage >> 12 << 10 | clean | kPteA);
  ExpectPasses(Translated(kGuestPage, Op::kWrite), kPage);
  EXPECT_EQ(SecondPte(kGuestPage), kPage >> 12 << 10 | kPteUserAll);
}

}  // namespace
}  // namespace tarn::tests
