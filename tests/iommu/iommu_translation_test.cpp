// What the unit translates, and what it refuses: sections 3.1 and 3.3 of the RISC-V IOMMU Architecture, and Sv39.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "tests/iommu/iommu_fixture.h"

namespace tarn::tests {
namespace {

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
  ExpectNoRecord(MakeRequest(kDevice, std::uint64_t{1} << 56), LineStatus::kAccessError);  // wider than an address
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

TEST_F(IommuTranslation, FaultsNameTheAccess) {
  StartSv39();
  const std::uint64_t hole = kIova + 0x1000;
  DeviceRequest request = MakeRequest(kDevice, hole + 0x123);
  ExpectFault(request, 13, kRead);
  request.exec = true;
  ExpectFault(request, 12, kExecute);
  for (const Op op : {Op::kWrite, Op::kPartialWrite, Op::kFetchAdd, Op::kCompareSwap}) {
    ExpectFault(MakeRequest(kDevice, hole + 0x47, op), 15, kWrite);
  }
}

TEST_F(IommuTranslation, PermissionsAreThoseOfTheLeaf) {
  StartSv39();
  struct Case {
    std::uint64_t flags;
    bool reads, writes, executes;
  };
  const std::uint64_t base = kPteV | kPteU | kPteA | kPteD;
  const Case cases[] = {
      {base | kPteR, true, false, false},
      {base | kPteX, false, false, true},
      {base | kPteR | kPteX, true, false, true},
      {base | kPteR | kPteW, true, true, false},
      {(base | kPteR | kPteW | kPteX) & ~kPteU, false, false, false},  // devices without process_id are users
      {(base | kPteR | kPteW | kPteX) & ~kPteD, true, false, true},    // the hardware does not set D
      {(base | kPteR | kPteW | kPteX) & ~kPteA, false, false, false},  // nor A
      {base | kPteW, false, false, false},                             // reserved
      {base | kPteW | kPteX, false, false, false},
  };
  for (int level = 0; level < 3; ++level) {
    for (const Case& c : cases) {
      SCOPED_TRACE("level " + std::to_string(level) + " flags " + std::to_string(c.flags));
      const std::uint64_t iova = 0x10'0000'0000;
      bench.memory.Write64(bench.tables.EntryAddress(root_, iova, 2), 0);
      Map(iova, std::uint64_t{3} << 30, level, c.flags);
      bench.InvalidateAll();
      DeviceRequest execute = MakeRequest(kDevice, iova);
      execute.exec = true;
      const std::pair<DeviceRequest, bool> asks[] = {{MakeRequest(kDevice, iova), c.reads},
                                                     {MakeRequest(kDevice, iova, Op::kWrite), c.writes},
                                                     {execute, c.executes}};
      for (const auto& [request, passes] : asks) {
        if (passes) {
          ExpectPasses(request, std::uint64_t{3} << 30);
        } else {
          ExpectFault(request,
                      request.op != Op::kRead ? 15
                      : request.exec          ? 12
                                              : 13,
                      request.op != Op::kRead ? kWrite
                      : request.exec          ? kExecute
                                              : kRead);
        }
      }
    }
  }
}

TEST_F(IommuTranslation, AWriteAfterDirtyWasSetNeedsNoInvalidation) {
  StartSv39();
  Map(kIova, kPage, 0, kPteUserAll & ~kPteD);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  ExpectFault(MakeRequest(kDevice, kIova, Op::kWrite), 15, kWrite);
  Map(kIova, kPage);
  ExpectPasses(MakeRequest(kDevice, kIova, Op::kWrite), kPage);
}

TEST_F(IommuTranslation, MalformedEntriesArePageFaults) {
  StartSv39();
  const auto bit = [](int at) { return std::uint64_t{1} << at; };
  const std::uint64_t iova = 0x20'0000'0000;
  const auto expect = [&](int level, std::uint64_t entry, const char* what) {
    SCOPED_TRACE(what + std::string(", level ") + std::to_string(level));
    bench.memory.Write64(bench.tables.EntryAddress(root_, iova, 2), 0);
    bench.memory.Write64(bench.tables.EntryAddress(root_, iova, level), entry);
    bench.InvalidateAll();
    ExpectFault(MakeRequest(kDevice, iova), 13, kRead);
  };
  const std::uint64_t table = bench.tables.TakePage() << 10 | kPteV;
  const auto has = [&](std::uint64_t capability) {
    return (bench.Read64(iommu_registers::capabilities::kOffset) & capability) != 0;
  };
  std::vector<std::uint64_t> reserved_of_leaf, reserved_of_pointer;
  for (int reserved = 54; reserved <= 62; ++reserved) {
    const bool software = (reserved == 59 || reserved == 60) && has(iommu_registers::capabilities::Svrsw60t59b::kMask);
    if (!software) reserved_of_pointer.push_back(bit(reserved));
    const bool type = reserved >= 61 && has(iommu_registers::capabilities::Svpbmt::kMask);
    if (!software && !type) reserved_of_leaf.push_back(bit(reserved));
  }
  reserved_of_leaf.push_back(bit(61) | bit(62));
  for (int level = 0; level < 3; ++level) {
    for (const std::uint64_t reserved : reserved_of_leaf)
      expect(level, kPteUserAll | reserved, "reserved bits of a leaf");
    if (level == 0) {
      expect(level, table, "a pointer at the last level");
      for (std::uint64_t low = 0; low < 16; ++low) {
        if (low != 8) expect(level, kPteUserAll | kPteN | low << 10, "NAPOT of a size that is not 64 KiB");
      }
      continue;
    }
    expect(level, kPteUserAll | kPteN | std::uint64_t{8} << 10, "NAPOT above the last level");
    for (int low = 10; low < 10 + 9 * level; ++low) expect(level, kPteUserAll | bit(low), "misaligned page");
    for (const std::uint64_t flag : {kPteD, kPteA, kPteU, kPteN}) expect(level, table | flag, "flag of a pointer");
    for (const std::uint64_t reserved : reserved_of_pointer)
      expect(level, table | reserved, "reserved bit of a pointer");
  }
}

TEST_F(IommuTranslation, AddressesMustBeSignExtended) {
  StartSv39();
  Map(0x3F'FFFF'F000, kPage);
  ExpectPasses(MakeRequest(kDevice, 0x3F'FFFF'FFC0), kPage + 0xFC0);
  ExpectFault(MakeRequest(kDevice, 0x40'0000'0000 | kIova), 13, kRead);
  ExpectFault(MakeRequest(kDevice, std::uint64_t{1} << 63 | kIova), 13, kRead);
  Map(0xFFFF'FFFF'FFFF'F000, kPage + 0x1000);
  ExpectPasses(MakeRequest(kDevice, 0xFFFF'FFFF'FFFF'FFC0), kPage + 0x1FC0);
  ExpectFault(MakeRequest(kDevice, 0x7FFF'FFFF'FFFF'FFC0), 13, kRead);
}

TEST_F(IommuTranslation, MisconfiguredContextsAreCause259) {
  StartSv39();
  const auto bit = [](int at) { return std::uint64_t{1} << at; };
  const DeviceContextWords good = Sv39Context(root_, kPscid);
  std::vector<DeviceContextWords> bad;
  const auto with_tc = [&](std::uint64_t bits) {
    DeviceContextWords words = good;
    words.tc |= bits;
    bad.push_back(words);
  };
  for (const std::uint64_t bits : {kTcPri, kTcT2gpa, kTcAts | kTcT2gpa, kTcPrpr, kTcAts | kTcPrpr, kTcDpe})
    with_tc(bits);
  const std::uint64_t capabilities = bench.Read64(iommu_registers::capabilities::kOffset);
  if ((capabilities & kCapAts) == 0) with_tc(kTcAts);
  for (const std::uint64_t bits : {kTcGade, kTcSade}) {
    if ((capabilities & kCapHwad) == 0) with_tc(bits);
  }
  if ((capabilities & kCapEnd) == 0) with_tc(kTcSbe);
  if ((capabilities & kCapSv32x4) == 0) with_tc(kTcSxl);
  for (int at = 12; at < 24; ++at) with_tc(bit(at));
  for (int at = 32; at < 64; ++at) with_tc(bit(at));
  for (std::uint64_t mode = 1; mode < 16; ++mode) {
    const bool scheme = mode >= 8 && mode <= 10;  // of 39 to 57 bits
    bad.push_back(
        {good.tc, mode << 60 | (scheme ? 1 : 0), good.ta, good.fsc});  // a second stage's root is 16 KiB aligned
    if (!scheme) bad.push_back({good.tc, 0, good.ta, mode << 60 | root_});
    if (mode > 3) bad.push_back({good.tc | kTcPdtv, 0, good.ta, mode << 60 | root_});
  }
  for (int at = 0; at < 64; ++at) {
    const bool is_reserved = at < 12 || (at >= 32 && at < 40) || (at >= 40 && (capabilities & kCapQosid) == 0);
    if (is_reserved) bad.push_back({good.tc, 0, good.ta | bit(at), good.fsc});
    if (at >= 44 && at < 60) bad.push_back({good.tc, 0, good.ta, good.fsc | bit(at)});
  }
  for (const DeviceContextWords& words : bad) {
    SCOPED_TRACE(DescribeValue(words.tc) + " " + DescribeValue(words.iohgatp) + " " + DescribeValue(words.ta) + " " +
                 DescribeValue(words.fsc));
    bench.tables.SetContext(kDirectoryPpn, 1, kDevice, words);
    bench.PushCommand(kIodirDdt);
    bench.PushCommand(kIofence);
    bench.RunCommands();
    ExpectFault(MakeRequest(kDevice, kIova), 259, kRead);
  }
  bench.tables.SetContext(kDirectoryPpn, 1, kDevice, {good.tc | std::uint64_t{0xFF} << 24, 0, good.ta, good.fsc});
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);  // custom bits are not reserved; faulty contexts are not kept
}

TEST_F(IommuTranslation, DirectoryFaultsHaveTheirCauses) {
  StartSv39(kLevel3);
  const DeviceRequest request = MakeRequest(kDevice, kIova);
  const auto expect = [&](std::uint32_t cause) {
    bench.PushCommand(kIodirDdt);
    bench.PushCommand(kIofence);
    bench.RunCommands();
    ExpectFault(request, cause, kRead);
  };
  const std::uint64_t root = IommuBench::kDirectory;
  const std::uint64_t second = bench.memory.Read64(root) >> 10 << 12;
  const std::uint64_t leaf = bench.tables.ContextAddress(kDirectoryPpn, 3, kDevice);
  for (const std::uint64_t at : {root, second}) {
    const std::uint64_t entry = bench.memory.Read64(at);
    bench.memory.Write64(at, entry & ~std::uint64_t{1});
    expect(258);
    for (const int reserved : {1, 5, 9, 54, 60, 63}) {
      bench.memory.Write64(at, entry | std::uint64_t{1} << reserved);
      expect(259);
    }
    bench.memory.Write64(at, entry);
  }
  for (const std::uint64_t at : {root, second, leaf}) {
    bench.memory.set_status(at, LineStatus::kAccessError);
    expect(257);
    bench.memory.set_status(at, LineStatus::kPoison);
    expect(268);
    bench.memory.ClearStatus(at);
  }
  bench.memory.Write64(leaf, 0);
  expect(258);
}

TEST_F(IommuTranslation, TableReadErrorsHaveTheirCauses) {
  StartSv39();
  DeviceRequest execute = MakeRequest(kDevice, kIova);
  execute.exec = true;
  for (int level = 0; level < 3; ++level) {
    const std::uint64_t at = bench.tables.EntryAddress(root_, kIova, level);
    bench.memory.set_status(at, LineStatus::kAccessError);
    bench.InvalidateAll();
    ExpectFault(MakeRequest(kDevice, kIova), 5, kRead);
    ExpectFault(MakeRequest(kDevice, kIova, Op::kWrite), 7, kWrite);
    ExpectFault(execute, 1, kExecute);
    bench.memory.set_status(at, LineStatus::kPoison);
    ExpectFault(MakeRequest(kDevice, kIova), 274, kRead);
    for (const LineStatus again : {LineStatus::kTimeout, LineStatus::kRetry}) {  // no fault: the device tries again
      bench.memory.set_status(at, again);
      ExpectNoRecord(MakeRequest(kDevice, kIova), again);
    }
    bench.memory.ClearStatus(at);
  }
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
}

TEST_F(IommuTranslation, OverWideDeviceIdsAreDisallowed) {
  StartSv39(kLevel1);
  const unsigned first_bits = bench.tables.is_extended() ? 6 : 7;  // of the lowest level (section 3.3, steps 3 and 4)
  ExpectFault(MakeRequest(kDevice | 1 << first_bits, kIova), 260, kRead);
  ExpectFault(MakeRequest(kDevice | 1 << 23, kIova), 260, kRead);
  ExpectPasses(MakeRequest(kDevice, kIova), kPage);
  bench.SetMode(kOff);
  bench.memory = {};
  StartSv39(kLevel2);
  ExpectFault(MakeRequest(kDevice | 1 << (first_bits + 9), kIova), 260, kRead);
  ExpectFault(MakeRequest(kDevice | 1 << (first_bits + 8), kIova), 258, kRead);  // wide enough, but not there
}

TEST_F(IommuTranslation, WhatAtsWouldAllowIsDisallowedWithoutIt) {
  StartSv39();
  DeviceRequest request = MakeRequest(kDevice, kIova);
  request.at = AddressType::kTranslationRequest;
  ExpectFault(request, 260, 8);
  request.at = AddressType::kTranslated;
  ExpectFault(request, 260, 6);
  request.exec = true;
  ExpectFault(request, 260, 5);
  request = MakeRequest(kDevice, kIova, Op::kWrite);
  request.at = AddressType::kTranslated;
  ExpectFault(request, 260, 7);
  bench.SetMode(kBare);
  ExpectFault(request, 260, 7);
  bench.SetMode(kOff);
  ExpectFault(request, 256, 7);
}

TEST_F(IommuTranslation, ProcessIdsNeedADirectory) {
  StartSv39();
  DeviceRequest request = MakeRequest(kDevice, kIova);
  request.process_valid = true;
  request.process_id = 0xABCDE;
  request.priv = true;
  ExpectFault(request, 260, kRead);
  // A bare process directory makes the first stage bare, with and without a process_id (section 3.3, step 13).
  bench.tables.SetContext(kDirectoryPpn, 1, kDevice, {1 | kTcPdtv | kTcDpe, 0, 0, 0});
  bench.InvalidateAll();
  ExpectPasses(request, kIova);
  ExpectPasses(MakeRequest(kDevice, kIova), kIova);
}

TEST_F(IommuTranslation, BareContextsPassTheAddressThrough) {
  StartSv39();
  bench.tables.SetContext(kDirectoryPpn, 1, 6, {1, 0, 0, 0});
  ExpectPasses(MakeRequest(6, 0x80'1234'5678), 0x80'1234'5678);
  ExpectPasses(MakeRequest(6, 0x80'1234'5678, Op::kWrite), 0x80'1234'5678);
}

TEST_F(IommuTranslation, DtfHidesTranslationFaultsOnly) {
  StartSv39(kLevel1, 1 | kTcDtf);
  ExpectNoRecord(MakeRequest(kDevice, kIova + 0x1000));
  DeviceRequest request = MakeRequest(kDevice, kIova);
  request.at = AddressType::kTranslated;
  ExpectNoRecord(request);
  ExpectNoRecord(MakeRequest(kDevice, std::uint64_t{1} << 50));
  bench.tables.SetContext(kDirectoryPpn, 1, kDevice, Sv39Context(root_, kPscid, 1 | kTcDtf | std::uint64_t{1} << 40));
  bench.InvalidateAll();
  ExpectFault(MakeRequest(kDevice, kIova), 259, kRead);
}

TEST_F(IommuTranslation, ABurstThatFaultsIsRecordedOnceAtItsFirstByte) {
  StartSv39();
  std::vector<std::uint64_t> first_bytes;
  for (int burst = 0; burst < 12; ++burst) {
    const bool write = burst % 3 == 0;
    const std::uint64_t start = 0x1000'0000 + static_cast<std::uint64_t>(burst) * 0x1000 + 0x80;
    first_bytes.push_back(start + 9);
    for (std::uint64_t line = 0; line < 8; ++line) {
      DeviceRequest request =
          MakeRequest(kDevice, start + line * 64 + (line == 0 ? 9 : 0), write ? Op::kWrite : Op::kRead);
      request.first_of_burst = line == 0;
      bench.Send(request);
    }
  }
  bench.Drain();
  const auto faults = bench.WaitForFaults(first_bytes.size());
  bench.simulation().Run(200);
  EXPECT_TRUE(bench.TakeFaults().empty());
  std::vector<std::uint64_t> recorded;
  for (const FaultFields& fault : faults) recorded.push_back(fault.iotval);
  std::sort(recorded.begin(), recorded.end());
  EXPECT_EQ(recorded, first_bytes);
}

}  // namespace
}  // namespace tarn::tests
