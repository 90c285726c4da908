// Both stages, process directories and all page-table depths, by tables made here: sections 3.1 to 3.3 of the RISC-V
// IOMMU Architecture, and "Two-Stage Address Translation" of the privileged specification.
#include <cstring>
#include <string>

#include "tests/iommu/iommu_guest_fixture.h"

namespace tarn::tests {
namespace {

class IommuStages : public IommuGuestScenario {};

TEST_F(IommuStages, TranslatesThroughEveryPairOfSchemes) {
  for (const unsigned second : {kNoScheme, kSv39, kSv48, kSv57}) {
    for (const unsigned first : {kNoScheme, kSv39, kSv48, kSv57}) {
      SCOPED_TRACE(std::to_string(first) + " over " + std::to_string(second));
      bench.SetMode(kOff);
      bench.memory = {};
      UseSecond(second);
      UseFirst(first);
      // The two bits that a second stage has more, as far as a first stage's entry has them (56 bits).
      const unsigned top = second == kNoScheme ? 0 : 9 * LevelsOf(second) + 12;
      const std::uint64_t gpa = second == kNoScheme                     ? 0x77'6655'4000
                                : first != kNoScheme && second == kSv57 ? std::uint64_t{3} << 54 | 0x5432'1000
                                                                        : std::uint64_t{3} << top | 0x5432'1000;
      if (second != kNoScheme) MapSecond(gpa, kPage);
      const std::uint64_t iova =
          first == kNoScheme ? gpa : kIova | std::uint64_t{0x55} << (9 * LevelsOf(first) + 12 - 9);
      std::uint64_t address = second == kNoScheme ? gpa : kPage;
      if (first != kNoScheme) {
        const std::uint64_t sign = std::uint64_t{1} << (9 * LevelsOf(first) + 11);
        const std::uint64_t canonical = (iova & (sign - 1)) | ((iova & sign) != 0 ? ~(sign - 1) : 0);
        MapFirst(canonical, gpa);
        Start();
        bench.InvalidateAll();
        Fence(kIotinvalGvma);
        ExpectPasses(MakeRequest(kDevice, canonical + 0x340), address + 0x340);
        ExpectPasses(MakeRequest(kDevice, canonical + 0x380, Op::kWrite), address + 0x380);
      } else {
        Start();
        bench.InvalidateAll();
        Fence(kIotinvalGvma);
        ExpectPasses(MakeRequest(kDevice, iova + 0x340), address + 0x340);
      }
      const std::uint64_t walks = bench.walk_agent().requests();
      if (first == kNoScheme) {
        ExpectPasses(MakeRequest(kDevice, iova + 0x3C0), address + 0x3C0);
        EXPECT_EQ(bench.walk_agent().requests(), walks) << "kept";
      }
    }
  }
}

TEST_F(IommuStages, TheSmallerPageOfTheTwoStagesCounts) {
  UseSecond(kSv48);
  UseFirst(kSv48);
  MapFirst(0x80'0000'0000, 0x40'0000'0000, 2);            // 1 GiB
  MapSecond(0x40'0000'0000, 0x10'0000'0000, 1);           // 2 MiB
  MapSecond(0x40'0020'0000, 0x20'0000'0000);              // 4 KiB
  MapSecond(0x100'0000'0000, 0x30'0000'0000, 2);          // 1 GiB
  MapFirst(0x90'0000'0000, 0x100'0000'0000 + 0x12'3000);  // 4 KiB in it
  Start();
  ExpectPasses(MakeRequest(kDevice, 0x80'0012'3440), 0x10'0012'3440);
  const std::uint64_t walks = bench.walk_agent().requests();
  ExpectPasses(MakeRequest(kDevice, 0x80'001F'F440), 0x10'001F'F440);
  EXPECT_EQ(bench.walk_agent().requests(), walks) << "2 MiB are one entry";
  ExpectPasses(MakeRequest(kDevice, 0x80'0020'0440), 0x20'0000'0440);
  ExpectGuestFault(MakeRequest(kDevice, 0x80'0020'1444), 21, 0x40'0020'1444);
  ExpectPasses(MakeRequest(kDevice, 0x90'0000'0FC0), 0x30'0012'3FC0);
}

// Section 3.6: "the denied permission … set to 0". Found by the cosimulation: what was kept of a second stage alone
// granted all.
TEST_F(IommuStages, AKeptPageGrantsATranslationRequestNoMoreThanItsSecondStage) {
  UseSecond(kSv39);
  UseFirst(kNoScheme);
  MapSecond(kIova, kPage, 0, kPteUserAll & ~std::uint64_t{kPteW | kPteX});
  Start(kTcV | kTcAts);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  ExpectCompletion(kIova, kPage | kReads, false, true);  // neither written nor executed
}

// Section 3.6: a page fault is a Success without rights, and nothing is recorded. Found by the cosimulation: an entry
// of the first stage with A = 0 did not hide an error behind it.
TEST_F(IommuStages, ATranslationRequestEndsAtAFirstStageThatIsNotAccessed) {
  constexpr std::uint64_t kGuest = 0x1'5000'0000;
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, kGuest, 0, kPteUserAll & ~kPteA);
  MapSecond(kGuest, kPage);
  bench.memory.set_status(SecondEntry(kGuest), LineStatus::kAccessError);
  Start(kTcV | kTcAts);
  DeviceRequest request = MakeRequest(kDevice, kIova);
  request.at = AddressType::kTranslationRequest;
  const LineResponse answer = bench.Ask(request);
  EXPECT_EQ(answer.status, LineStatus::kOk);
  EXPECT_EQ(answer.data, Line{}) << "neither to be read nor written";
  bench.simulation().Run(100);
  EXPECT_TRUE(bench.TakeFaults().empty());
}

// Section 3.6: Global "in all other cases, including MSI address translations … is set to 0". Found by the
// cosimulation: what was kept of such a translation was told as global.
TEST_F(IommuStages, ACompletionForAnInterruptFileIsNeverGlobal) {
  constexpr std::uint64_t kFile = 0x1'5000'0000;
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, kFile, 0, kPteUserAll | kPteG);
  const std::uint64_t processes = TakeGuestPage(), messages = TakePage();
  bench.memory.Write64(HostOf(processes) << 12, std::uint64_t{kPscid} << 12 | 1);
  bench.memory.Write64((HostOf(processes) << 12) + 8, Fsc());
  bench.memory.Write64(messages << 12, 1 | 3 << 1 | kPage >> 12 << 10);  // basic translate mode
  bench.tables.SetContext(kDirectoryPpn, 1, kDevice,
                          {.tc = kTcV | kTcAts | kTcPdtv,
                           .iohgatp = Iohgatp(kGscid),
                           .fsc = std::uint64_t{1} << 60 | processes,
                           .msiptp = std::uint64_t{1} << 60 | messages,
                           .msi_addr_pattern = kFile >> 12});
  bench.EnableQueues();
  bench.SetMode(kLevel1);
  DeviceRequest request = OfProcess(0, kIova, Op::kWrite);
  request.at = AddressType::kTranslationRequest;
  for (const char* from : {"walked", "kept"}) {
    std::uint64_t completion = 0;
    const LineResponse answer = bench.Ask(request);
    std::memcpy(&completion, answer.data.data(), sizeof completion);
    EXPECT_EQ(completion, kPage | 3u) << from;
  }
}

TEST_F(IommuStages, GuestPageFaultsNameTheAccessAndTheGuestAddress) {
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, 0x1'5000'0000);
  MapFirst(kIova + 0x1000, std::uint64_t{1} << 41);  // beyond Sv39x4
  Start();
  DeviceRequest request = MakeRequest(kDevice, kIova + 0x124);
  ExpectGuestFault(request, 21, 0x1'5000'0124);
  request.exec = true;
  ExpectGuestFault(request, 20, 0x1'5000'0124);
  ExpectGuestFault(MakeRequest(kDevice, kIova + 0x124, Op::kWrite), 23, 0x1'5000'0124);
  ExpectGuestFault(MakeRequest(kDevice, kIova + 0x1124), 21, (std::uint64_t{1} << 41) + 0x124);
}

TEST_F(IommuStages, AFaultUnderAFirstStageTableIsImplicitAndNamesTheOriginalAccess) {
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, 0x1'5000'0000);
  Start();
  const std::uint64_t table = bench.memory.Read64(FirstEntry(kIova, 1)) >> 10;
  MapSecond(table << 12, HostOf(table) << 12, 0, kPteUserAll & ~kPteR & ~kPteW);  // executable only: not readable
  ExpectGuestFault(MakeRequest(kDevice, kIova + 0x124, Op::kWrite), 23, table << 12 | 1);
  MapSecond(table << 12, HostOf(table) << 12, 0, kPteUserAll & ~kPteA);
  ExpectGuestFault(MakeRequest(kDevice, kIova + 0x124), 21, table << 12 | 1);
  MapSecond(table << 12, HostOf(table) << 12, 0, kPteUserAll & ~kPteU);
  ExpectGuestFault(MakeRequest(kDevice, kIova + 0x124), 21, table << 12 | 1);
  MapSecond(table << 12, HostOf(table) << 12, 0, kPteUserAll & ~kPteD & ~kPteW);  // reading needs no more
  MapSecond(0x1'5000'0000, kPage);
  ExpectPasses(MakeRequest(kDevice, kIova + 0x140), kPage + 0x140);
}

TEST_F(IommuStages, TheFirstStagesRightsComeBeforeTheSecondStage) {
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, 0x1'5000'0000, 0, kPteUserAll & ~kPteW);
  MapSecond(0x1'5000'0000, kPage, 0, kPteUserAll & ~kPteW & ~kPteX);
  Start();
  ExpectFault(MakeRequest(kDevice, kIova, Op::kWrite), 15, kWrite);
  DeviceRequest fetch = MakeRequest(kDevice, kIova);
  fetch.exec = true;
  ExpectGuestFault(fetch, 20, 0x1'5000'0000);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  MapFirst(kIova + 0x1000, 0x1'6000'0000, 0, kPteUserAll & ~kPteD);  // and nothing behind it
  ExpectFault(MakeRequest(kDevice, kIova + 0x1000, Op::kWrite), 15, kWrite);
  ExpectGuestFault(MakeRequest(kDevice, kIova + 0x1000), 21, 0x1'6000'0000);
  MapSecond(0x1'7000'0000, kPage, 0, kPteUserAll & ~kPteA);
  MapFirst(kIova + 0x2000, 0x1'7000'0000);
  ExpectGuestFault(MakeRequest(kDevice, kIova + 0x2000), 21, 0x1'7000'0000);
  MapSecond(0x1'8000'0000, kPage, 0, kPteUserAll & ~kPteD);
  MapFirst(kIova + 0x3000, 0x1'8000'0000);
  ExpectPasses(MakeRequest(kDevice, kIova + 0x3000), kPage);
  ExpectGuestFault(MakeRequest(kDevice, kIova + 0x3000, Op::kWrite), 23, 0x1'8000'0000);
}

TEST_F(IommuStages, WaitersOfOneWalkGetTheirOwnFaults) {
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, 0x1'5000'0000, 0, kPteUserAll & ~kPteW);
  MapSecond(0x1'5000'0000, kPage, 0, kPteUserAll & ~kPteX);
  Start();
  const std::uint64_t walks = bench.walk_agent().requests();
  DeviceRequest fetch = MakeRequest(kDevice, kIova);
  fetch.exec = true;
  bench.Send(MakeRequest(kDevice, kIova));
  bench.Send(MakeRequest(kDevice, kIova + 0x40, Op::kWrite));
  bench.Send(fetch);
  bench.Drain();
  const auto faults = bench.WaitForFaults(2);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].cause, 15u);
  EXPECT_EQ(faults[1].cause, 20u);
  EXPECT_EQ(bench.walk_agent().requests() - walks, 1u + 11u + 2u)
      << "a context, one nested walk, whose tables share a table of the second stage, and two records";
}

TEST_F(IommuStages, FindsProcessesInDirectoriesOfAllDepths) {
  for (const unsigned second : {kNoScheme, kSv39}) {
    for (const unsigned levels : {1u, 2u, 3u}) {
      SCOPED_TRACE(std::to_string(levels) + " over " + std::to_string(second));
      bench.SetMode(kOff);
      bench.memory = {};
      UseSecond(second);
      UseFirst(kSv39);
      MapFirst(kIova, second == kNoScheme ? kPage : 0x1'5000'0000);
      if (second != kNoScheme) MapSecond(0x1'5000'0000, kPage);
      const std::uint32_t process_id = levels == 1 ? 0xAB : levels == 2 ? 0x1'23AB : 0xD'23AB;
      const std::uint64_t root = TakeGuestPage();
      std::uint64_t table = root;
      for (unsigned level = levels - 1; level > 0; --level) {
        const std::uint64_t next = TakeGuestPage();
        const std::uint64_t index = level == 2 ? process_id >> 17 : process_id >> 8 & 0x1FF;
        bench.memory.Write64((HostOf(table) << 12) + index * 8, next << 10 | 1);
        table = next;
      }
      const std::uint64_t context = (HostOf(table) << 12) + (process_id & 0xFF) * 16;
      bench.memory.Write64(context, std::uint64_t{99} << 12 | 1);
      bench.memory.Write64(context + 8, Fsc());
      SetContext(1 | kTcPdtv, std::uint64_t{levels} << 60 | root);
      bench.EnableQueues();
      bench.SetMode(kLevel1);
      bench.InvalidateAll();
      Fence(kIotinvalGvma);
      ExpectPasses(OfProcess(process_id, kIova + 0x80), kPage + 0x80);
      const std::uint64_t walks = bench.walk_agent().requests();
      ExpectPasses(OfProcess(process_id, kIova + 0xC0, Op::kWrite), kPage + 0xC0);
      EXPECT_EQ(bench.walk_agent().requests(), walks) << "contexts and page are kept";
      // Another has no context (266); a wider one is not allowed (260).
      bench.memory.Write64(context, 0);
      ExpectPasses(OfProcess(process_id, kIova + 0x100), kPage + 0x100);
      Fence(kIodirPdt | kCommandDv | std::uint64_t{process_id} << 12 | std::uint64_t{kDevice} << 40);
      ExpectFault(OfProcess(process_id, kIova), 266, kRead);
      bench.memory.Write64(context, std::uint64_t{1} << 40 | 1);
      ExpectFault(OfProcess(process_id, kIova, Op::kWrite), 267, kWrite);
      if (levels < 3) ExpectFault(OfProcess(0x8'0000, kIova), 260, kRead);
    }
  }
}

// A lookup that read the device's context just before this was invalidated may be answered by it, but no process that
// it leads to is kept, whichever cycle the command falls into.
TEST_F(IommuStages, ADirectoryThatWasTakenLeavesNoProcessBehind) {
  constexpr unsigned kWaitMax = 80;  // until after the command, which is read from memory
  UseFirst(kSv39);
  MapFirst(kIova, kPage);
  const std::uint64_t old_root = TakePage(), new_root = TakePage();
  for (const std::uint64_t process_id : {5, 6}) {
    bench.memory.Write64((old_root << 12) + process_id * 16, std::uint64_t{99} << 12 | 1);
    bench.memory.Write64((old_root << 12) + process_id * 16 + 8, Fsc());
  }
  bench.EnableQueues();
  bench.SetMode(kLevel1);
  bench.walk_agent().set_timing({.latency_cycles_min = 20, .latency_cycles_max = 20});
  for (unsigned wait = 0; wait <= kWaitMax && !HasFailure(); ++wait) {
    SCOPED_TRACE("request " + std::to_string(wait) + " cycles after the command");
    SetContext(1 | kTcPdtv, std::uint64_t{1} << 60 | old_root);
    bench.InvalidateAll();
    ExpectPasses(OfProcess(6, kIova), kPage);  // now the device's context is cached
    SetContext(1 | kTcPdtv, std::uint64_t{1} << 60 | new_root);
    bench.PushCommand(kIodirDdt | kCommandDv | std::uint64_t{kDevice} << 40);
    bench.PushCommand(kIofence);
    bench.RingCommands();
    bench.simulation().Run(wait);
    bench.Send(OfProcess(5, kIova));
    ASSERT_TRUE(bench.RunUntil([&] { return bench.CommandsDone() && bench.unanswered() == 0; }, "the fence"));
    bench.simulation().Run(200);
    bench.TakeFaults();  // before the command it passes, behind it there is no such process
    for (const std::uint32_t process_id : {5u, 6u}) ExpectFault(OfProcess(process_id, kIova), 266, kRead);
  }
}

TEST_F(IommuStages, SupervisorRequestsNeedTheProcessesLeave) {
  UseFirst(kSv39);
  MapFirst(kIova, kPage);  // a user's page
  MapFirst(kIova + 0x1000, kPage + 0x1000, 0, kPteUserAll & ~kPteU);
  const std::uint64_t root = TakePage();
  const auto set = [&](std::uint64_t process_id, std::uint64_t flags) {
    bench.memory.Write64((root << 12) + process_id * 16, std::uint64_t{process_id} << 12 | flags | 1);
    bench.memory.Write64((root << 12) + process_id * 16 + 8, Fsc());
  };
  set(1, 0);
  set(2, 2);      // ENS
  set(3, 2 | 4);  // ENS, SUM
  SetContext(1 | kTcPdtv, std::uint64_t{1} << 60 | root);
  bench.EnableQueues();
  bench.SetMode(kLevel1);
  const auto supervisor = [&](std::uint32_t process_id, std::uint64_t iova) {
    DeviceRequest request = OfProcess(process_id, iova);
    request.priv = true;
    return request;
  };
  ExpectPasses(OfProcess(1, kIova), kPage);
  ExpectFault(supervisor(1, kIova), 260, kRead);
  ExpectFault(OfProcess(2, kIova + 0x1000), 13, kRead);
  ExpectPasses(supervisor(2, kIova + 0x1000), kPage + 0x1000);
  ExpectFault(supervisor(2, kIova), 13, kRead);
  ExpectPasses(supervisor(3, kIova), kPage);
  DeviceRequest fetch = supervisor(3, kIova);
  fetch.exec = true;
  ExpectFault(fetch, 12, kExecute);
  ExpectFault(OfProcess(4, kIova), 266, kRead);
  // So does the debug interface, with PV.
  namespace reg = iommu_registers;
  namespace control = reg::tr_req_ctl;
  const auto is_refused = [&](std::uint64_t process_id, std::uint64_t priv) {
    bench.Write64(reg::tr_req_iova::kOffset, kIova);
    bench.Write64(control::kOffset, control::GoBusy::kMask | control::Nw::kMask | control::Pv::kMask |
                                        control::Pid::Of(process_id) | priv | control::Did::Of(kDevice));
    EXPECT_TRUE(bench.RunUntil([&] { return (bench.Read(control::kOffset).rdata & control::GoBusy::kMask) == 0; },
                               "the response"));
    return (bench.Read64(reg::tr_response::kOffset) & 1) != 0;
  };
  EXPECT_FALSE(is_refused(2, 0));
  EXPECT_TRUE(is_refused(2, control::Priv::kMask));
  EXPECT_FALSE(is_refused(3, control::Priv::kMask));
  EXPECT_EQ(bench.WaitForFaults(1).size(), 1u);
}

TEST_F(IommuStages, RequestsWithoutAProcessAreOfProcess0OrBare) {
  UseFirst(kSv39);
  MapFirst(kIova, kPage);
  const std::uint64_t root = TakePage();
  bench.memory.Write64(root << 12, 1);
  bench.memory.Write64((root << 12) + 8, Fsc());
  SetContext(1 | kTcPdtv, std::uint64_t{1} << 60 | root);
  bench.EnableQueues();
  bench.SetMode(kLevel1);
  ExpectPasses(MakeRequest(kDevice, kIova), kIova);
  SetContext(1 | kTcPdtv | kTcDpe, std::uint64_t{1} << 60 | root);
  Fence(kIodirDdt);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
}

TEST_F(IommuStages, AccessFaultsOfTablesNameTheirKind) {
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, 0x1'5000'0000);
  MapSecond(0x1'5000'0000, kPage);
  Start();
  for (const std::uint64_t address : {SecondEntry(0x1'5000'0000), FirstEntry(kIova), SecondEntry(first_root() << 12)}) {
    bench.memory.set_status(address, LineStatus::kAccessError);
    Fence(kIotinvalGvma);
    ExpectFault(MakeRequest(kDevice, kIova), 5, kRead);
    ExpectFault(MakeRequest(kDevice, kIova, Op::kWrite), 7, kWrite);
    bench.memory.set_status(address, LineStatus::kPoison);
    ExpectFault(MakeRequest(kDevice, kIova), 274, kRead);
    bench.memory.ClearStatus(address);
  }
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
}

TEST_F(IommuStages, InvalidationsReachWhatTheyName) {
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(0x20'0000, 0x4000'0000, 1);  // 2 MiB of the guest, in 4 KiB pieces of the host
  for (unsigned page = 0; page < 8; ++page) MapSecond(0x4000'0000 + page * 0x1000, kPage + page * 0x1000);
  for (unsigned page = 0; page < 8; ++page) MapSecond(0x6000'0000 + page * 0x1000, kPage + (page + 8) * 0x1000);
  Start();
  const auto comes_from = [&](std::uint64_t offset) {
    for (unsigned page = 0; page < 8; ++page) {
      ExpectPasses(MakeRequest(kDevice, 0x20'0000 + page * 0x1000), kPage + offset + page * 0x1000);
    }
  };
  comes_from(0);
  MapFirst(0x20'0000, 0x6000'0000, 1);
  comes_from(0);  // still kept
  const std::uint64_t of_guest = kCommandGv | std::uint64_t{kGscid} << 44;
  Fence(kIotinvalVma | kCommandPscv | std::uint64_t{kPscid} << 12);                 // the host's own spaces
  Fence(kIotinvalVma | of_guest | kCommandPscv | std::uint64_t{kPscid + 1} << 12);  // another process
  Fence(kIotinvalGvma | kCommandGv | std::uint64_t{kGscid + 1} << 44);              // another guest
  comes_from(0);
  Fence(kIotinvalVma | of_guest | kCommandPscv | std::uint64_t{kPscid} << 12 | kCommandAv, CommandAddress(0x20'5000));
  comes_from(0x8000);  // an address names the whole page of the first stage
  for (unsigned page = 0; page < 8; ++page) MapSecond(0x6000'0000 + page * 0x1000, kPage + page * 0x1000);
  comes_from(0x8000);
  Fence(kIotinvalGvma | of_guest);
  comes_from(0);
}

TEST_F(IommuStages, ReservedBitsOfEntriesFault) {
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, 0x1'5000'0000);
  MapSecond(0x1'5000'0000, kPage);
  Start();
  for (const unsigned bit : {54u, 58u}) {
    MapFirst(kIova, 0x1'5000'0000, 0, kPteUserAll | std::uint64_t{1} << bit);
    ExpectFault(MakeRequest(kDevice, kIova), 13, kRead);
  }
  MapFirst(kIova, 0x1'5000'0000, 0, kPteUserAll | std::uint64_t{3} << 61);  // Svpbmt: reserved
  ExpectFault(MakeRequest(kDevice, kIova), 13, kRead);
  MapFirst(kIova, 0x1'5000'0000, 0, kPteUserAll | std::uint64_t{1} << 61 | std::uint64_t{3} << 59);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  MapSecond(0x1'5000'0000, kPage, 0, kPteUserAll | std::uint64_t{1} << 54);
  Fence(kIotinvalGvma);
  ExpectGuestFault(MakeRequest(kDevice, kIova), 21, 0x1'5000'0000);
}

// With every table in a gigabyte of its own, nothing that one step reads helps another.
TEST_F(IommuStages, ANestedWalkReadsItsFifteenEntriesOneAfterTheOther) {
  constexpr unsigned kLatency = 100;
  set_guest_stride(1 << 18);
  UseSecond(kSv39);
  UseFirst(kSv39);
  MapFirst(kIova, 0x40'5000'0000);
  MapSecond(0x40'5000'0000, kPage);
  Start();
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  Fence(kIotinvalGvma);  // the context stays
  bench.walk_agent().set_timing({.latency_cycles_min = kLatency, .latency_cycles_max = kLatency});
  const std::uint64_t reads = bench.walk_agent().requests();
  const std::uint8_t tag = bench.Send(MakeRequest(kDevice, kIova));
  bench.Drain();
  EXPECT_EQ(bench.walk_agent().requests() - reads, 15u);
  EXPECT_LE(bench.host_cycle(tag) - bench.accepted_cycle(tag), 15 * kLatency + 18);
}

}  // namespace
}  // namespace tarn::tests
