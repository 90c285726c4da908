// A and D by hardware: section 3.4 of the RISC-V IOMMU Architecture (tc.SADE, tc.GADE), and "Virtual Address
// Translation Process" of the privileged specification (step 9, and the rules for PTE updates before it).
#include <functional>
#include <utility>
#include <vector>

#include "tests/iommu/iommu_guest_fixture.h"

namespace tarn::tests {
namespace {

constexpr std::uint64_t kClean = kPteUserAll & ~(kPteA | kPteD);
constexpr std::uint64_t kBoth = kTcV | kTcSade | kTcGade;
constexpr std::uint64_t kSoftware = kPteRsw | std::uint64_t{3} << 59;  // bits of an entry that are software's

class IommuHardwareUpdate : public IommuGuestScenario {
 protected:
  enum class Stage : std::uint8_t { kFirst, kSecond };

  // Only one stage translates, and its leaf for kIova is `entry`.
  void StartAlone(Stage stage, std::uint64_t flags, std::uint64_t tc = kBoth) {
    UseSecond(stage == Stage::kSecond ? kSv39 : kNoScheme);
    UseFirst(stage == Stage::kFirst ? kSv39 : kNoScheme);
    stage_ = stage;
    MapAlone(kIova, kPage, flags);
    Start(tc);
  }
  void MapAlone(std::uint64_t iova, std::uint64_t address, std::uint64_t flags, unsigned level = 0) {
    if (stage_ == Stage::kFirst) MapFirst(iova, address, level, flags);
    if (stage_ == Stage::kSecond) MapSecond(iova, address, level, flags);
  }
  std::uint64_t EntryAlone(std::uint64_t iova = kIova, unsigned level = 0) {
    return stage_ == Stage::kFirst ? FirstEntry(iova, level) : SecondEntry(iova, level);
  }
  std::uint64_t PteAlone(std::uint64_t iova = kIova, unsigned level = 0) {
    return stage_ == Stage::kFirst ? FirstPte(iova, level) : SecondPte(iova, level);
  }
  std::uint32_t PageFault(std::uint32_t first_cause) const {  // of that stage
    return stage_ == Stage::kFirst ? first_cause : first_cause + 8;
  }
  void ExpectPageFault(const DeviceRequest& request, std::uint32_t first_cause) {
    ExpectGuestFault(request, PageFault(first_cause), stage_ == Stage::kFirst ? 0 : request.addr + request.first_byte);
  }
  // Both stages, the leaves with these flags.
  void StartNested(std::uint64_t first_flags, std::uint64_t second_flags, std::uint64_t tc = kBoth) {
    UseSecond(kSv39);
    UseFirst(kSv39);
    MapFirst(kIova, kGuestPage, 0, first_flags);
    MapSecond(kGuestPage, kPage, 0, second_flags);
    Start(tc);
  }

  Stage stage_ = Stage::kFirst;
};

constexpr std::uint64_t Pte(std::uint64_t address, std::uint64_t flags) { return address >> 12 << 10 | flags; }

class IommuHardwareUpdateOf : public IommuHardwareUpdate, public testing::WithParamInterface<bool> {
 protected:
  Stage stage() const { return GetParam() ? Stage::kSecond : Stage::kFirst; }
};
INSTANTIATE_TEST_SUITE_P(Stage, IommuHardwareUpdateOf, testing::Bool(),
                         [](const auto& stage) { return stage.param ? "Second" : "First"; });

TEST_P(IommuHardwareUpdateOf, AReadSetsAAndNeverD) {
  StartAlone(stage(), kClean | kSoftware);
  ExpectPasses(MakeRequest(kDevice, kIova + 0x40), kPage + 0x40);
  EXPECT_EQ(PteAlone(), Pte(kPage, kClean | kSoftware | kPteA));
  const std::uint64_t reads = bench.walk_agent().requests();
  ExpectPasses(MakeRequest(kDevice, kIova + 0x80), kPage + 0x80);
  EXPECT_EQ(bench.walk_agent().requests(), reads) << "kept";
  ExpectPasses(Fetch(kIova), kPage);
  EXPECT_EQ(PteAlone(), Pte(kPage, kClean | kSoftware | kPteA));
}

TEST_P(IommuHardwareUpdateOf, AnExecuteSetsAAndNeverD) {
  StartAlone(stage(), kClean);
  ExpectPasses(Fetch(kIova), kPage);
  EXPECT_EQ(PteAlone(), Pte(kPage, kClean | kPteA));
}

TEST_P(IommuHardwareUpdateOf, WritesAndAtomicsSetBoth) {
  StartAlone(stage(), kClean);
  for (const Op op : {Op::kWrite, Op::kPartialWrite, Op::kFetchAdd, Op::kCompareSwap}) {
    MapAlone(kIova, kPage, kClean);
    ForgetAll();
    DeviceRequest request = MakeRequest(kDevice, kIova, op);
    if (op != Op::kWrite) request.mask = 0xFF;
    EXPECT_EQ(bench.Ask(request).status, LineStatus::kOk);
    EXPECT_EQ(PteAlone(), Pte(kPage, kPteUserAll)) << Name(op);
  }
}

TEST_P(IommuHardwareUpdateOf, AWriteAfterAReadSetsD) {
  StartAlone(stage(), kClean);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  ExpectPasses(MakeRequest(kDevice, kIova, Op::kWrite), kPage);
  EXPECT_EQ(PteAlone(), Pte(kPage, kPteUserAll));
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  EXPECT_EQ(PteAlone(), Pte(kPage, kPteUserAll));
}

// "The hart must not perform the memory access that caused the PTE update before the PTE update is globally visible."
TEST_P(IommuHardwareUpdateOf, TheUpdateIsVisibleBeforeTheAccess) {
  constexpr unsigned kLatency = 300;
  StartAlone(stage(), kClean);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  std::uint64_t update_cycle = 0;
  bench.walk_agent().set_on_request([&](const HostRequest& request, std::uint64_t cycle) {
    if (request.op == Op::kCompareSwap) update_cycle = cycle;
  });
  bench.walk_agent().set_timing({.latency_cycles_min = kLatency, .latency_cycles_max = kLatency});
  const std::uint8_t tag = bench.Send(MakeRequest(kDevice, kIova, Op::kWrite));
  bench.Drain();
  ASSERT_NE(update_cycle, 0u);
  EXPECT_GE(bench.host_cycle(tag), update_cycle + kLatency);
}

TEST_P(IommuHardwareUpdateOf, WithoutItTheEntryStaysAndTheAccessFaults) {
  const std::uint64_t tc = kTcV | (stage() == Stage::kFirst ? kTcGade : kTcSade);  // of the other stage only
  StartAlone(stage(), kClean, tc);
  ExpectPageFault(MakeRequest(kDevice, kIova), 13);
  ExpectPageFault(MakeRequest(kDevice, kIova, Op::kWrite), 15);
  ExpectPageFault(Fetch(kIova), 12);
  EXPECT_EQ(PteAlone(), Pte(kPage, kClean));
  MapAlone(kIova, kPage, kClean | kPteA);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  ExpectPageFault(MakeRequest(kDevice, kIova, Op::kWrite), 15);
  EXPECT_EQ(PteAlone(), Pte(kPage, kClean | kPteA));
}

// Steps 3 to 8 stop before step 9.
TEST_P(IommuHardwareUpdateOf, WhatFaultsFirstLeavesTheEntryAlone) {
  StartAlone(stage(), kClean);
  const auto expect = [&](std::uint64_t pte, const DeviceRequest& request, std::uint32_t first_cause) {
    SCOPED_TRACE(DescribeValue(pte));
    bench.memory.Write64(EntryAlone(), pte);
    ForgetAll();
    ExpectPageFault(request, first_cause);
    EXPECT_EQ(PteAlone(), pte);
  };
  const DeviceRequest read = MakeRequest(kDevice, kIova), write = MakeRequest(kDevice, kIova, Op::kWrite);
  expect(Pte(kPage, kClean & ~kPteV), read, 13);
  expect(Pte(kPage, kClean & ~kPteW), write, 15);
  expect(Pte(kPage, kClean & ~kPteX), Fetch(kIova), 12);
  expect(Pte(kPage, kClean & ~(kPteR | kPteW)), read, 13);
  expect(Pte(kPage, kClean & ~kPteR), write, 15);  // W without R is reserved
  expect(Pte(kPage, kClean & ~kPteU), write, 15);
  expect(Pte(kPage, kClean | std::uint64_t{1} << 54), read, 13);
  expect(Pte(kPage, kClean | std::uint64_t{3} << kPtePbmtShift), read, 13);
  expect(Pte(kPage, kClean | kPteN), read, 13);  // no such size
}

TEST_P(IommuHardwareUpdateOf, SuperpagesAreMarkedInTheirOwnEntry) {
  StartAlone(stage(), kClean);
  const std::uint64_t iova = 0x5'4000'0000;
  MapAlone(iova, 0x8'4000'0000, kClean, 2);
  ExpectPasses(MakeRequest(kDevice, iova + 0x1234'5040), 0x8'4000'0000 + 0x1234'5040);
  EXPECT_EQ(PteAlone(iova, 2), Pte(0x8'4000'0000, kClean | kPteA));
  MapAlone(iova + 0x4000'0000, 0x9'0020'0000, kClean, 1);
  ExpectPasses(MakeRequest(kDevice, iova + 0x4000'0000 + 0x12'3040, Op::kWrite), 0x9'0020'0000 + 0x12'3040);
  EXPECT_EQ(PteAlone(iova + 0x4000'0000, 1), Pte(0x9'0020'0000, kPteUserAll));
  MapAlone(iova + 0x8000'0000, 0x9'0020'1000, kClean, 1);  // misaligned
  ExpectPageFault(MakeRequest(kDevice, iova + 0x8000'0000), 13);
  EXPECT_EQ(PteAlone(iova + 0x8000'0000, 1), Pte(0x9'0020'1000, kClean));
}

// "The operating system must query all NAPOT aliases of a page to determine whether that page has been accessed."
TEST_P(IommuHardwareUpdateOf, OneOfTheEntriesOfANapotPageIsMarked) {
  StartAlone(stage(), kClean);
  const std::uint64_t iova = 0x5'4000'0000, address = 0x9'0030'0000, pte = Pte(address | 0x8000, kClean | kPteN);
  for (std::uint64_t at = 0; at < 16; ++at) MapAlone(iova + (at << 12), address | 0x8000, kClean | kPteN);
  const auto marked = [&](std::uint64_t mark) {
    unsigned count = 0;
    for (std::uint64_t at = 0; at < 16; ++at) {
      const std::uint64_t now = PteAlone(iova + (at << 12));
      EXPECT_EQ(now & ~(kPteA | kPteD), pte) << "nothing else of it changes";
      count += (now & mark) != 0 ? 1 : 0;
    }
    return count;
  };
  ExpectPasses(MakeRequest(kDevice, iova + 0x5040), address + 0x5040);
  EXPECT_GE(marked(kPteA), 1u);
  EXPECT_EQ(marked(kPteD), 0u);
  ExpectPasses(MakeRequest(kDevice, iova + 0xC080, Op::kWrite), address + 0xC080);
  EXPECT_GE(marked(kPteD), 1u);
}

// "If a store to the PTE … would violate a PMA or PMP check, raise an access-fault exception."
TEST_P(IommuHardwareUpdateOf, AnUpdateThatMemoryRefusesIsAnAccessFault) {
  StartAlone(stage(), kClean);
  const std::uint64_t entry = EntryAlone();
  bench.walk_agent().set_on_request([&](const HostRequest& request, std::uint64_t) {
    if (request.op == Op::kCompareSwap) bench.memory.set_status(entry, LineStatus::kAccessError);
  });
  const auto expect = [&](const DeviceRequest& request, std::uint32_t cause, std::uint32_t type) {
    ExpectFault(request, cause, type);
    bench.memory.ClearStatus(entry);
  };
  expect(MakeRequest(kDevice, kIova), 5, kRead);
  expect(MakeRequest(kDevice, kIova, Op::kWrite), 7, kWrite);
  expect(Fetch(kIova), 1, kExecute);
  EXPECT_EQ(PteAlone(), Pte(kPage, kClean));
}

// Section 3.6 with 3.4: a completion that permits writing is a promise that D is set; one that was asked not to
// write (NW) sets no D.
TEST_P(IommuHardwareUpdateOf, ACompletionPermitsWhatIsMarked) {
  StartAlone(stage(), kClean, kBoth | kTcAts);
  const LineResponse reading = Translate(kIova);
  EXPECT_EQ(Completion(reading) & (kReads | kWrites), kReads);
  EXPECT_EQ(PteAlone(), Pte(kPage, kClean | kPteA));
  const LineResponse writing = Translate(kIova, false);
  EXPECT_EQ(Completion(writing) & (kReads | kWrites), kReads | kWrites);
  EXPECT_EQ(PteAlone(), Pte(kPage, kPteUserAll));
  ExpectCompletion(kIova, (Completion(writing) & ~std::uint64_t{0xFFF}) | kReads | kWrites);
}

// The host changes the entry between the unit's read and its update: "If the comparison fails, return to step 2."
TEST_P(IommuHardwareUpdateOf, AnEntryThatChangedMeanwhileIsReadAgain) {
  StartAlone(stage(), kClean);
  const std::uint64_t entry = EntryAlone();
  std::function<void()> host_acts;
  bench.walk_agent().set_on_request([&](const HostRequest& request, std::uint64_t) {
    if (request.op == Op::kCompareSwap && host_acts) std::exchange(host_acts, nullptr)();
  });
  const auto race = [&](std::uint64_t becomes) {
    bench.memory.Write64(entry, Pte(kPage, kClean));
    ForgetAll();
    host_acts = [this, entry, becomes] { bench.memory.Write64(entry, becomes); };
  };
  const DeviceRequest write = MakeRequest(kDevice, kIova, Op::kWrite);
  race(Pte(kPage, kClean | kSoftware));
  ExpectPasses(write, kPage);
  EXPECT_EQ(PteAlone(), Pte(kPage, kPteUserAll | kSoftware));
  race(Pte(kPage + 0x5000, kClean));
  ExpectPasses(write, kPage + 0x5000);
  EXPECT_EQ(PteAlone(), Pte(kPage + 0x5000, kPteUserAll));
  race(Pte(kPage, kPteUserAll));
  ExpectPasses(write, kPage);
  EXPECT_EQ(PteAlone(), Pte(kPage, kPteUserAll));
  race(Pte(kPage, kClean & ~kPteW));
  ExpectPageFault(write, 15);
  EXPECT_EQ(PteAlone(), Pte(kPage, kClean & ~kPteW)) << "all checks are part of the update";
  race(Pte(kPage, kClean & ~kPteV));
  ExpectPageFault(write, 15);
  EXPECT_EQ(PteAlone(), Pte(kPage, kClean & ~kPteV));
  race(0);
  ExpectPageFault(MakeRequest(kDevice, kIova), 13);
  EXPECT_EQ(PteAlone(), 0u) << "an entry that was given away";
}

TEST_F(IommuHardwareUpdate, BothStagesAreMarked) {
  StartNested(kClean, kClean);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  EXPECT_EQ(FirstPte(kIova), Pte(kGuestPage, kClean | kPteA));
  EXPECT_EQ(SecondPte(kGuestPage), Pte(kPage, kClean | kPteA));
  ExpectPasses(MakeRequest(kDevice, kIova, Op::kWrite), kPage);
  EXPECT_EQ(FirstPte(kIova), Pte(kGuestPage, kPteUserAll));
  EXPECT_EQ(SecondPte(kGuestPage), Pte(kPage, kPteUserAll));
}

TEST_F(IommuHardwareUpdate, EachStageHasItsOwnSwitch) {
  StartNested(kClean, kClean, kTcV | kTcSade);
  ExpectGuestFault(MakeRequest(kDevice, kIova), 21, kGuestPage);
  EXPECT_EQ(SecondPte(kGuestPage), Pte(kPage, kClean));
  MapFirst(kIova, kGuestPage, 0, kClean);
  SetContext(Context(kTcV | kTcGade));
  ForgetAll();
  ExpectFault(MakeRequest(kDevice, kIova), 13, kRead);
  EXPECT_EQ(FirstPte(kIova), Pte(kGuestPage, kClean));
  EXPECT_EQ(SecondPte(kGuestPage), Pte(kPage, kClean)) << "the first stage's fault comes first";
}

// Section 3.6: "the denied permission … set to 0 and the other permission bits set to the value determined from the
// page tables". Found by the cosimulation: D of the first stage kept the second from being marked, and all was denied.
TEST_F(IommuHardwareUpdate, ATranslationRequestThatDKeepsFromWritingMayRead) {
  StartNested(kPteUserAll & ~std::uint64_t{kPteD}, kClean, kTcV | kTcAts | kTcGade);
  ExpectCompletion(kIova, kPage | kReads, false);
  EXPECT_EQ(SecondPte(kGuestPage), Pte(kPage, kClean | kPteA));
}

// Found by the cosimulation after 770,000 translations. A that may not be set is the first stage's page fault
// (section 3.3, step 17), and nothing after it is looked at: a success without permissions, not a Completer Abort.
TEST_F(IommuHardwareUpdate, ATranslationRequestWithoutAIsDeniedWhateverLiesBehind) {
  StartNested(kClean, kPteUserAll, kTcV | kTcAts | kTcGade);
  bench.memory.set_status(SecondEntry(kGuestPage), LineStatus::kAccessError);
  ExpectCompletion(kIova, 0);
}

// "the G-stage virtual pages may be accessed or written by implicit accesses to VS-level memory management data
// structures".
TEST_F(IommuHardwareUpdate, AGuestsTablesAreMarkedAsTheyAreReadAndUpdated) {
  StartNested(kClean, kClean);
  const std::uint64_t tables[] = {FirstTable(kIova, 2) << 12, FirstTable(kIova, 1) << 12, FirstTable(kIova) << 12};
  for (const std::uint64_t table : tables) MapSecond(table, HostOf(table >> 12) << 12, 0, kClean);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  for (const std::uint64_t table : tables) EXPECT_NE(SecondPte(table) & kPteA, 0u) << table;
  EXPECT_NE(SecondPte(tables[2]) & kPteD, 0u) << "the leaf in it was updated";
}

TEST_F(IommuHardwareUpdate, AGuestsTableThatMayNotBeWrittenStopsAnUpdateAndNothingElse) {
  StartNested(kClean, kPteUserAll);
  const std::uint64_t table = FirstTable(kIova) << 12, host = HostOf(table >> 12) << 12;
  MapSecond(table, host, 0, kPteUserAll & ~kPteW & ~kPteD);
  ExpectGuestFault(MakeRequest(kDevice, kIova), 21, table | 3);  // implicit, and a write
  ExpectGuestFault(MakeRequest(kDevice, kIova, Op::kWrite), 23, table | 3);
  ExpectGuestFault(Fetch(kIova), 20, table | 3);
  EXPECT_EQ(FirstPte(kIova), Pte(kGuestPage, kClean));
  EXPECT_EQ(SecondPte(table) & kPteD, 0u) << "D only where the entry permits writing";
  MapFirst(kIova, kGuestPage, 0, kClean | kPteA);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);  // nothing to update
  ExpectGuestFault(MakeRequest(kDevice, kIova, Op::kWrite), 23, table | 3);
  EXPECT_EQ(FirstPte(kIova), Pte(kGuestPage, kClean | kPteA));
}

// Section 3.1.3.1, GADE is 0: "a guest-page-fault … if the memory access is a store and the D bit is 0".
TEST_F(IommuHardwareUpdate, WithoutGadeAnUpdateNeedsADirtyPageUnderIt) {
  StartNested(kClean, kPteUserAll, kTcV | kTcSade);
  const std::uint64_t table = FirstTable(kIova) << 12, host = HostOf(table >> 12) << 12;
  MapSecond(table, host, 0, kPteUserAll & ~kPteD);
  ExpectGuestFault(MakeRequest(kDevice, kIova), 21, table | 3);
  EXPECT_EQ(FirstPte(kIova), Pte(kGuestPage, kClean));
  EXPECT_EQ(SecondPte(table), Pte(host, kPteUserAll & ~kPteD));
  MapSecond(table, host);
  Fence(kIotinvalGvma);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  EXPECT_EQ(FirstPte(kIova), Pte(kGuestPage, kClean | kPteA));
}

// A process directory is read through the second stage (section 3.3.2), and marked as read.
TEST_F(IommuHardwareUpdate, AProcessDirectoryIsMarkedAsRead) {
  StartNested(kClean, kClean);
  const std::uint64_t directory = TakeGuestPage(), host = HostOf(directory) << 12;
  bench.memory.Write64(host + 3 * 16, std::uint64_t{kPscid} << 12 | 1);
  bench.memory.Write64(host + 3 * 16 + 8, Fsc());
  MapSecond(directory << 12, host, 0, kClean);
  SetContext(kBoth | kTcPdtv, std::uint64_t{1} << 60 | directory);
  ForgetAll();
  ExpectPasses(OfProcess(3, kIova), kPage);
  EXPECT_EQ(SecondPte(directory << 12) & (kPteA | kPteD), kPteA);
}

// Devices read and write pages while a host changes their entries by compare-and-swap, as "atomic with respect to other
// accesses to the PTE" allows it to.
class IommuUpdateRace : public IommuHardwareUpdate, public testing::WithParamInterface<int> {
 protected:
  static constexpr std::uint64_t kPages = 6;
  static constexpr bool kFirstStage = true;

  // An entry, and what the host wrote there last, without A and D.
  struct Entry {
    std::uint64_t address, written;
    bool first;
    std::uint64_t marks = 0;  // seen by the host
  };

  static std::uint64_t Iova(std::uint64_t page) { return kIova + (page << 12); }
  static std::uint64_t Guest(std::uint64_t page) { return kGuestPage + (page << 12); }
  static std::uint64_t HostPage(std::uint64_t page, std::uint64_t version) {
    return kPage + (page << 20) + (version << 12);
  }
  bool has_first() const { return GetParam() != 2; }
  bool has_second() const { return GetParam() != 1; }

  void StartRace() {
    UseSecond(has_second() ? kSv39 : kNoScheme);
    UseFirst(has_first() ? kSv39 : kNoScheme);
    for (std::uint64_t page = 0; page < kPages; ++page) {
      if (has_first()) {
        MapFirst(Iova(page), has_second() ? Guest(page) : HostPage(page, 0), 0, kClean);
        entries_.push_back({FirstEntry(Iova(page)), FirstPte(Iova(page)), kFirstStage});
      }
      if (has_second()) {
        const std::uint64_t guest = has_first() ? Guest(page) : Iova(page);
        MapSecond(guest, HostPage(page, 0), 0, kClean);
        entries_.push_back({SecondEntry(guest), SecondPte(guest), !kFirstStage});
      }
    }
    Start(kBoth);
    bench.walk_agent().set_timing({.latency_cycles_min = 1, .latency_cycles_max = 60, .stall_percent = 20});
    bench.host_agent().set_timing({.latency_cycles_min = 1, .latency_cycles_max = 30});
    bench.set_on_host_request([this](const HostRequest& request, const DeviceRequest& from, std::uint64_t) {
      ExpectMarked((from.addr - kIova) >> 12, request.op);
    });
  }
  std::size_t EntriesOfAPage() const { return entries_.size() / kPages; }

  // Before the access, the marks are in memory; the host never clears them.
  void ExpectMarked(std::uint64_t page, Op op) {
    const std::uint64_t want = op == Op::kRead ? kPteA : kPteA | kPteD;
    for (std::size_t at = page * EntriesOfAPage(); at < (page + 1) * EntriesOfAPage(); ++at) {
      EXPECT_EQ(bench.memory.Read64(entries_[at].address) & want, want) << "page " << page;
    }
  }
  // What the unit did since the host looked last: only marks, only where they may be.
  void Look(Entry& entry) {
    const std::uint64_t now = bench.memory.Read64(entry.address);
    EXPECT_EQ(now & ~(kPteA | kPteD), entry.written) << "the host's own bits";
    EXPECT_EQ(entry.marks & ~now, 0u) << "marks are never cleared";
    const std::uint64_t fresh = now & ~entry.marks & (kPteA | kPteD);
    EXPECT_TRUE(fresh == 0 || (entry.written & kPteV) != 0) << "an entry that is not valid was marked";
    EXPECT_TRUE((fresh & kPteD) == 0 || (entry.written & kPteW) != 0) << "dirty, and may not be written";
    entry.marks = now & (kPteA | kPteD);
  }
  // Software's bits, permissions, validity, or another page.
  void HostActs() {
    const std::size_t at = random_.Below(entries_.size());
    Entry& entry = entries_[at];
    Look(entry);
    if (HasFailure()) return;
    switch (random_.Below(4)) {
      case 0:
        entry.written ^= random_.Next() & kSoftware;
        break;
      case 1:
        entry.written ^= kPteW;
        break;
      case 2:
        entry.written ^= kPteV;
        break;
      default:
        if (!entry.first || !has_second()) {
          entry.written = Pte(HostPage(at / EntriesOfAPage(), random_.Below(16)), entry.written & (kSoftware | kClean));
        }
    }
    bench.memory.Write64(entry.address, entry.written | entry.marks);
  }
  void Race() {
    for (int i = 0; i < 150; ++i) {
      bench.Send(MakeRequest(kDevice, Iova(random_.Below(kPages)), random_.Percent(50) ? Op::kWrite : Op::kRead));
      for (std::uint64_t wait = random_.Below(30); wait > 0; --wait) {
        if (random_.Percent(20)) HostActs();
        bench.Step();
      }
    }
    bench.Drain();
    for (Entry& entry : entries_) Look(entry);
    bench.TakeFaults();
  }
  // After the fence the entries as they are now decide.
  void ExpectNothingStale() {
    ForgetAll();
    for (std::uint64_t page = 0; page < kPages; ++page) {
      std::uint64_t rights = kPteV | kPteW;
      for (std::size_t at = page * EntriesOfAPage(); at < (page + 1) * EntriesOfAPage(); ++at) {
        rights &= entries_[at].written;
      }
      const std::uint64_t leaf = entries_[(page + 1) * EntriesOfAPage() - 1].written;
      for (const Op op : {Op::kRead, Op::kWrite}) {
        const bool permitted = (rights & kPteV) != 0 && (op == Op::kRead || (rights & kPteW) != 0);
        const LineStatus status = bench.Ask(MakeRequest(kDevice, Iova(page), op)).status;
        EXPECT_EQ(status, permitted ? LineStatus::kOk : LineStatus::kTranslationFault) << "page " << page;
        if (permitted) {
          EXPECT_EQ(bench.host_request().addr, (leaf & ~kSoftware) >> 10 << 12) << "page " << page;
        }
      }
    }
    bench.simulation().Run(200);
    bench.TakeFaults();
  }
  // With everything quiet: all entries clean again.
  void Clean() {
    for (Entry& entry : entries_) {
      Look(entry);
      entry.marks = 0;
      entry.written |= kPteV | kPteW;
      bench.memory.Write64(entry.address, entry.written);
    }
    ForgetAll();
  }

  Random random_{GetTestOptions().seed};
  std::vector<Entry> entries_;
};
INSTANTIATE_TEST_SUITE_P(Stages, IommuUpdateRace, testing::Values(1, 2, 3), [](const auto& stages) {
  return stages.param == 1 ? "First" : stages.param == 2 ? "Second" : "Both";
});

// Devices write all the while: once the fence is done, a page whose W was taken away is written no more.
TEST_P(IommuUpdateRace, AFenceEndsTheWritesToAPageThatMayNoLongerBeWritten) {
  StartRace();
  bool goes_on = true, revoked = false;
  unsigned writes = 0;
  bench.set_on_host_request([&](const HostRequest&, const DeviceRequest&, std::uint64_t) {
    ++writes;
    EXPECT_FALSE(revoked);
  });
  bench.set_on_answer([&](const LineResponse&, const DeviceRequest& request, std::uint64_t) {
    if (goes_on) bench.Send(request);
  });
  for (int round = 0; round < 60 && !HasFailure(); ++round) {
    goes_on = true;
    writes = 0;
    for (int i = 0; i < 8; ++i) bench.Send(MakeRequest(kDevice, Iova(0), Op::kWrite));
    bench.RunUntil([&] { return writes > 0; }, "the first write");
    bench.simulation().Run(random_.Below(100));
    Entry& entry = entries_[random_.Below(EntriesOfAPage())];  // of page 0
    Look(entry);
    entry.written &= ~kPteW;
    bench.memory.Write64(entry.address, entry.written | entry.marks);
    ForgetTranslations();
    revoked = true;
    bench.simulation().Run(300);
    goes_on = false;
    bench.Drain();
    bench.TakeFaults();
    Clean();
    revoked = false;
  }
}

TEST_P(IommuUpdateRace, NoUpdateIsLostAndNoRightOutlivesAFence) {
  StartRace();
  for (int round = 0; round < 20 && !HasFailure(); ++round) {
    Race();
    ExpectNothingStale();
    Clean();
  }
}

}  // namespace
}  // namespace tarn::tests
