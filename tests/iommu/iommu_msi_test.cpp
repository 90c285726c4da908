// MSI page tables in basic translate mode: sections 3.1.3.5, 3.1.3.6, 3.3 (steps 17 to 19), 3.3.3 and 3.6 of the RISC-V
// IOMMU Architecture, and "MSI PTE, basic translate mode" of the Advanced Interrupt Architecture.
#include <algorithm>
#include <array>
#include <string>

#include "tests/iommu/iommu_msi_fixture.h"

namespace tarn::tests {
namespace {

constexpr std::uint64_t kFile = 0x4'7654'3000;  // of the host

class IommuMsi : public IommuMsiScenario {};

TEST_F(IommuMsi, AnAccessToAFileGoesWhereItsEntrySays) {
  StartMsi();
  for (std::uint64_t number = 0; number < kFileCount; ++number) SetEntry(number, Flat(kFile + number * 0x5000));
  for (std::uint64_t number = 0; number < kFileCount; ++number) {
    SCOPED_TRACE(number);
    ExpectPasses(MakeRequest(kDevice, FileAt(number) + 0x340, Op::kPartialWrite), kFile + number * 0x5000 + 0x340);
    ExpectPasses(MakeRequest(kDevice, FileAt(number) + 0xFC0), kFile + number * 0x5000 + 0xFC0);
  }
}

// Section 3.1.3.6: (A >> 12) & ~mask = pattern & ~mask.
TEST_F(IommuMsi, EachAddressBitOutsideTheMaskDecides) {
  StartMsi();
  SetEntry(5, Flat(kFile));
  ExpectPasses(MakeRequest(kDevice, FileAt(5)), kFile);
  for (unsigned bit = 12; bit < 41; ++bit) {
    if ((kMask >> (bit - 12) & 1) != 0) continue;
    const std::uint64_t beside = FileAt(5) ^ std::uint64_t{1} << bit;
    SCOPED_TRACE(bit);
    ExpectGuestFault(MakeRequest(kDevice, beside), 21, beside);
    MapSecond(beside, kPage);
    ExpectPasses(MakeRequest(kDevice, beside + 0x80, Op::kWrite), kPage + 0x80);
  }
}

TEST_F(IommuMsi, PatternBitsUnderTheMaskMeanNothing) {
  UseSecond(kSv39);
  DeviceContextWords context = MsiContext();
  context.msi_addr_pattern |= kMask;
  Start(context);
  SetEntry(2, Flat(kFile));
  ExpectPasses(MakeRequest(kDevice, FileAt(2)), kFile);
}

// "extract discards all bits from x whose matching bits in the mask are zeros, and packs the remaining bits".
TEST_F(IommuMsi, MaskBitsFarApartArePackedInTheirOrder) {
  UseSecond(kSv57);
  DeviceContextWords context = MsiContext();
  const unsigned bits[] = {1, 6, 18, 33, 44, 46};  // up to the widest guest address (MGPAW is 59)
  context.msi_addr_mask = 0;
  for (const unsigned bit : bits) context.msi_addr_mask |= std::uint64_t{1} << bit;
  Start(context);
  for (std::uint64_t number = 0; number < 64; ++number) {
    SetEntry(number, Flat(kFile + number * 0x1000));
    std::uint64_t page = kPattern;
    for (unsigned at = 0; at < 6; ++at) page |= (number >> at & 1) << bits[at];
    ExpectPasses(MakeRequest(kDevice, (page << 12) + 0x40), kFile + number * 0x1000 + 0x40);
  }
}

// "(m | (I x 16))": more than 256 entries take more than a page, aligned to their size.
TEST_F(IommuMsi, ATableOfManyPagesIsFlat) {
  UseSecond(kSv39);
  msi_table_ = 0x6000;  // 1024 entries: 16 KiB, aligned
  DeviceContextWords context = MsiContext();
  context.msi_addr_mask = 0x3FF;
  Start(context);
  for (const std::uint64_t number : {0u, 255u, 256u, 600u, 1023u}) {
    SetEntry(number, Flat(kFile + number * 0x1000));
    ExpectPasses(MakeRequest(kDevice, (kPattern | number) << 12), kFile + number * 0x1000);
  }
}

// Each needs an index, which one unit gathers, four bits of the mask a cycle: they go in turn, whichever walks they
// have.
TEST_F(IommuMsi, NoMissOfAFileWaitsForMoreThanThoseUnderWay) {
  constexpr std::uint64_t kFiles = 1024, kSlots = 64, kWalkCycles = 100;
  constexpr std::uint64_t kTurnCycles = 16;  // of the unit: 12 for the mask, and from one to the next
  UseSecond(kSv39);
  msi_table_ = 0x8000;  // 1024 entries, aligned
  DeviceContextWords context = MsiContext();
  context.msi_addr_mask = kFiles - 1;
  Start(context);
  for (std::uint64_t number = 0; number < kFiles; ++number) SetEntry(number, Flat(kFile + number * 0x1000));
  ExpectPasses(MakeRequest(kDevice, kPattern << 12), kFile);  // the context is kept
  bench.walk_agent().set_timing({.latency_cycles_min = kWalkCycles, .latency_cycles_max = kWalkCycles});
  std::array<std::uint64_t, 256> accepted_cycle{};
  std::uint64_t cycles_max = 0;
  bench.set_on_accepted(
      [&](const DeviceRequest& request, std::uint64_t cycle) { accepted_cycle[request.tag] = cycle; });
  bench.set_on_host_request([&](const HostRequest&, const DeviceRequest& from, std::uint64_t cycle) {
    cycles_max = std::max(cycles_max, cycle - accepted_cycle[from.tag]);
  });
  for (std::uint64_t number = 1; number < kFiles; ++number) bench.Send(MakeRequest(kDevice, (kPattern | number) << 12));
  bench.Drain();
  bench.set_on_accepted(nullptr);
  bench.set_on_host_request(nullptr);
  EXPECT_LE(cycles_max, (kSlots + 1) * kTurnCycles + kWalkCycles);
  RecordProperty("cycles_max", static_cast<int>(cycles_max));
}

TEST_F(IommuMsi, OffRecognisesNoFile) {
  UseSecond(kSv39);
  DeviceContextWords context = MsiContext();
  context.msiptp &= ~(std::uint64_t{0xF} << 60);
  Start(context);
  SetEntry(0, Flat(kFile));
  ExpectGuestFault(MakeRequest(kDevice, FileAt(0) + 0x44), 21, FileAt(0) + 0x44);
  MapSecond(FileAt(0), kPage);
  ExpectPasses(MakeRequest(kDevice, FileAt(0)), kPage);
}

TEST_F(IommuMsi, EntriesThatDoNotTranslateHaveTheirCauses) {
  StartMsi();
  const auto expect = [&](std::uint32_t cause) {
    ExpectFault(MakeRequest(kDevice, FileAt(3) + 0x24), cause, kRead);
    ExpectFault(MakeRequest(kDevice, FileAt(3) + 0x24, Op::kPartialWrite), cause, kWrite);
  };
  expect(262);
  SetEntry(3, ~std::uint64_t{1} & ~(std::uint64_t{1} << 63), ~std::uint64_t{0});  // V = 0: all else is software's
  expect(262);
  for (const std::uint64_t mode : {0u, 2u}) {
    SetEntry(3, kFile >> 12 << 10 | mode << 1 | 1);
    expect(263);
  }
  for (unsigned bit = 3; bit < 63; ++bit) {
    if (bit >= 10 && bit < 54) continue;
    SetEntry(3, Flat(kFile) | std::uint64_t{1} << bit);
    expect(263);
  }
  SetEntry(3, Flat(kFile), ~std::uint64_t{0});  // the second doubleword is ignored
  bench.memory.set_status(MsiEntry(3), LineStatus::kAccessError);
  expect(261);
  bench.memory.set_status(MsiEntry(3), LineStatus::kPoison);
  expect(270);
  bench.memory.ClearStatus(MsiEntry(3));
  ExpectPasses(MakeRequest(kDevice, FileAt(3)), kFile);
}

// Section 4.2, CAUSE: none of these is reported if DTF is 1.
TEST_F(IommuMsi, DtfHidesTheFaultsOfEntries) {
  StartMsi(kNoScheme, kTcV | kTcDtf);
  ExpectNoRecord(MakeRequest(kDevice, FileAt(0)));  // 262
  SetEntry(0, 1);
  ExpectNoRecord(MakeRequest(kDevice, FileAt(0)));  // 263
  bench.memory.set_status(MsiEntry(0), LineStatus::kAccessError);
  ExpectNoRecord(MakeRequest(kDevice, FileAt(0)));  // 261
  bench.memory.set_status(MsiEntry(0), LineStatus::kPoison);
  ExpectNoRecord(MakeRequest(kDevice, FileAt(0)));  // 270
  bench.memory.ClearStatus(MsiEntry(0));
  SetEntry(0, Flat(kFile));
  ExpectNoRecord(Fetch(FileAt(0)));  // 1
}

// "equivalent to that of a regular second-stage PTE with R=W=U=1 and X=0 … Instruction access fault (cause = 1)".
TEST_F(IommuMsi, NobodyExecutesAFile) {
  StartMsi();
  SetEntry(1, Flat(kFile));
  ExpectFault(Fetch(FileAt(1)), 1, kExecute);
  ExpectPasses(MakeRequest(kDevice, FileAt(1)), kFile);
  ExpectFault(Fetch(FileAt(1)), 1, kExecute);  // kept or not
}

// Section 3.3, steps 17 to 19.
TEST_F(IommuMsi, TheFirstStageComesBeforeTheEntryAndTheSecondStageNotAtAll) {
  StartMsi(kSv39);
  MapFirst(kIova, FileAt(6), 0, kPteUserAll & ~kPteW & ~kPteD);
  ExpectFault(MakeRequest(kDevice, kIova), 262, kRead);
  ExpectFault(MakeRequest(kDevice, kIova, Op::kWrite), 15, kWrite);
  SetEntry(6, Flat(kFile));
  ExpectPasses(MakeRequest(kDevice, kIova + 0x80), kFile + 0x80);
  ExpectFault(MakeRequest(kDevice, kIova, Op::kWrite), 15, kWrite);
  MapSecond(FileAt(6), kPage);  // means nothing
  ForgetAll();
  ExpectPasses(MakeRequest(kDevice, kIova + 0x80), kFile + 0x80);
  MapFirst(kIova + 0x1000, FileAt(7), 0, kPteUserAll & ~kPteU);
  ExpectFault(MakeRequest(kDevice, kIova + 0x1000), 13, kRead);
}

// A superpage of either stage around files does not swallow them, whatever was touched first.
TEST_F(IommuMsi, FilesInsideSuperpagesStayFiles) {
  for (const bool file_first : {false, true}) {
    for (const unsigned first : {kNoScheme, kSv39}) {
      SCOPED_TRACE(std::string(file_first ? "file" : "neighbour") + " first, over " + std::to_string(first));
      bench.SetMode(kOff);
      bench.memory = {};
      StartMsi(first);
      ForgetAll();
      const std::uint64_t around = FileAt(0) & ~std::uint64_t{0x3FFF'FFFF}, host = 0x8'4000'0000;
      MapSecond(around, host, 2);                                   // 1 GiB
      if (first != kNoScheme) MapFirst(0x20'0000'0000, around, 2);  // the same in the first stage
      const std::uint64_t base = first != kNoScheme ? 0x20'0000'0000 : around;
      for (std::uint64_t number = 0; number < kFileCount; ++number) SetEntry(number, Flat(kFile + number * 0x1000));
      const auto file = [&](std::uint64_t number) {
        const std::uint64_t offset = FileAt(number) - around;
        ExpectPasses(MakeRequest(kDevice, base + offset + 0x40, Op::kWrite), kFile + number * 0x1000 + 0x40);
      };
      const auto neighbour = [&](std::uint64_t offset) {
        ExpectPasses(MakeRequest(kDevice, base + offset + 0x80), host + offset + 0x80);
      };
      if (file_first) file(0);
      neighbour(kBesideFiles - around);
      neighbour(0);
      for (std::uint64_t number = 0; number < kFileCount; ++number) file(number);
      neighbour(kBesideFiles + 0x1000 - around);
      neighbour(0x3FFF'F000);
    }
  }
}

// Section 3.8: MSI PTEs are kept by GSCID and guest address; such that are not valid are not kept.
TEST_F(IommuMsi, AnEntryIsKeptUntilItsGuestIsInvalidated) {
  StartMsi();
  ExpectFault(MakeRequest(kDevice, FileAt(0)), 262, kRead);
  SetEntry(0, Flat(kFile));
  ExpectPasses(MakeRequest(kDevice, FileAt(0)), kFile);
  SetEntry(0, Flat(kFile + 0x1000));
  Fence(kIotinvalGvma | kCommandGv | CommandGscid(kGscid) | kCommandAv, CommandAddress(FileAt(0)));
  ExpectPasses(MakeRequest(kDevice, FileAt(0)), kFile + 0x1000);
  SetEntry(0, Flat(kFile + 0x2000));
  Fence(kIotinvalGvma | kCommandGv | CommandGscid(kGscid));
  ExpectPasses(MakeRequest(kDevice, FileAt(0)), kFile + 0x2000);
  SetEntry(0, 0);
  Fence(kIotinvalGvma);
  ExpectFault(MakeRequest(kDevice, FileAt(0)), 262, kRead);
}

// A new mask or table is a new context: section 3.8, IODIR.INVAL_DDT and IOTINVAL.GVMA.
TEST_F(IommuMsi, AChangedContextMovesTheFiles) {
  StartMsi();
  SetEntry(0, Flat(kFile));
  MapSecond(FileAt(0), kPage);
  ExpectPasses(MakeRequest(kDevice, FileAt(0)), kFile);
  DeviceContextWords context = MsiContext();
  context.msi_addr_pattern = kPattern << 1;
  SetContext(context);
  ForgetAll();
  ExpectPasses(MakeRequest(kDevice, FileAt(0)), kPage);
  ExpectPasses(MakeRequest(kDevice, kPattern << 13), kFile);
}

// Section 3.6: the host's page, read and written, never executed; 4 KiB whatever both stages have around it.
TEST_F(IommuMsi, ATranslationRequestIsToldTheFilesPage) {
  StartMsi(kSv39, kTcV | kTcAts);
  const std::uint64_t around = FileAt(0) & ~std::uint64_t{0x1F'FFFF};
  MapSecond(around, 0x8'4000'0000, 1);
  MapFirst(0x4000'0000, around, 1);
  SetEntry(0, Flat(kFile));
  const std::uint64_t iova = 0x4000'0000 + FileAt(0) - around;
  for (int times = 0; times < 2; ++times) {  // walked, then perhaps kept
    ExpectCompletion(iova, kFile | kReads | kWrites);
    ExpectCompletion(iova, kFile | kReads | kWrites, false, true);
    ExpectPasses(MakeRequest(kDevice, iova), kFile);
  }
  ExpectCompletion(0x4000'0000 + FileAt(1) - around, 0);  // "MSI PTE not valid (cause = 262)": Success without R and W
  SetEntry(2, 1);
  ExpectRefused(0x4000'0000 + FileAt(2) - around, 263, true);
  bench.memory.set_status(MsiEntry(4), LineStatus::kAccessError);
  ExpectRefused(0x4000'0000 + FileAt(4) - around, 261, true);
}

}  // namespace
}  // namespace tarn::tests
