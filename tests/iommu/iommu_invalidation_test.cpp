// What is kept, what an invalidation drops, in which order requests leave, and what a fence waits for: sections 3.8 and
// 4.1 (of IOTINVAL with 9.2 and 9.3), and contracts of docs/architecture.md.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "tb/iommu/guest_tables.h"
#include "tests/iommu/iommu_fixture.h"

namespace tarn::tests {
namespace {

class IommuInvalidation : public IommuScenario {
 protected:
  static constexpr std::uint64_t kOther = 0x4'4444'0000;  // host physical

  // The answer to a read of iova comes from the page at `address`.
  bool ComesFrom(std::uint64_t iova, std::uint64_t address, std::uint32_t device = kDevice) {
    return bench.Ask(MakeRequest(device, iova)).status == LineStatus::kOk && bench.host_request().addr == address;
  }
  void Fence(std::uint64_t low, std::uint64_t high = 0) {
    bench.PushCommand(low, high);
    bench.PushCommand(kIofence);
    bench.RunCommands();
  }
};

TEST_F(IommuInvalidation, ATranslationIsKeptUntilItIsInvalidated) {
  StartSv39();
  ASSERT_TRUE(ComesFrom(kIova, kPage));
  Map(kIova, kOther);
  EXPECT_TRUE(ComesFrom(kIova, kPage));
  bench.InvalidatePage(kIova, kPscid);
  EXPECT_TRUE(ComesFrom(kIova, kOther));
}

TEST_F(IommuInvalidation, OperandsChooseWhatIsDropped) {
  StartSv39();
  const std::uint64_t other_root = bench.tables.TakePage();
  bench.tables.SetContext(kDirectoryPpn, 1, 6, Sv39Context(other_root, kPscid + 1));
  const std::uint64_t iovas[] = {kIova, kIova + 0x1000, 0x4000'0000, 0x8000'0000};  // two 4 KiB, 2 MiB, 1 GiB
  const int levels[] = {0, 0, 1, 2};
  // generation 0, 1, …: where the pages are
  const auto map = [&](std::uint64_t generation) {
    for (std::uint32_t device : {kDevice, kDevice + 1}) {
      for (int i = 0; i < 4; ++i) {
        bench.tables.Map(device == kDevice ? root_ : other_root, iovas[i],
                         (generation * 16 + static_cast<unsigned>(i) + 8 * (device - kDevice)) << 30, levels[i],
                         kPteUserAll);
      }
    }
  };
  // A bit a page: which were dropped, first those of kDevice.
  const auto renewed = [&](std::uint64_t generation) {
    unsigned bits = 0;
    for (unsigned i = 0; i < 8; ++i) {
      EXPECT_EQ(bench.Ask(MakeRequest(kDevice + i / 4, iovas[i % 4] + 0x80)).status, LineStatus::kOk);
      if (bench.host_request().addr >> 34 == generation) bits |= 1u << i;
    }
    return bits;
  };
  struct Case {
    std::uint64_t low, high;
    unsigned must, may_not;
  };
  const std::uint64_t vma = kIotinvalVma, pscid = kCommandPscv | std::uint64_t{kPscid} << 12;
  const Case cases[] = {
      {vma, 0, 0xFF, 0},
      {vma | pscid, 0, 0x0F, 0xF0},
      {vma | kCommandAv, CommandAddress(kIova), 0x11, 0x22},
      {vma | kCommandAv, CommandAddress(0x401F'F000), 0x44, 0x33},
      {vma | kCommandAv, CommandAddress(0xBFFF'F000), 0x88, 0x33},
      {vma | kCommandAv | pscid, CommandAddress(kIova + 0x1000), 0x02, 0xF1},
      {vma | kCommandAv | pscid, CommandAddress(0x4000'1000), 0x04, 0xF3},
      // Ranges (section 9.3): of 8 KiB that hold one of two neighbours, of 64 KiB with both, inside a larger page, of
      // several of those, of everything; S without AV is ignored.
      {vma | kCommandAv, CommandRange(kIova >> 12, 1), 0x11, 0xEE},
      {vma | kCommandAv, CommandRange(kIova >> 12, 4), 0x33, 0xCC},
      {vma | kCommandAv | pscid, CommandRange(kIova >> 12, 4), 0x03, 0xFC},
      {vma | kCommandAv, CommandRange(0x401F'F000 >> 12, 3), 0x44, 0xBB},
      {vma | kCommandAv, CommandRange(0x8000'0000 >> 12, 20), 0xCC, 0x33},
      {vma | kCommandAv | pscid, CommandRange(0, 52), 0x0F, 0xF0},
      {vma | pscid, CommandRange(kIova >> 12, 1), 0x0F, 0xF0},
      // NL (section 9.2) names the translations that the address names; without AV it is ignored.
      {vma | kCommandAv | kCommandNl | pscid, CommandAddress(kIova), 0x01, 0xFE},
      {vma | kCommandAv | kCommandNl, CommandRange(kIova >> 12, 4), 0x33, 0xCC},
      {vma | kCommandNl | pscid, CommandAddress(kIova), 0x0F, 0xF0},
      {vma | std::uint64_t{1} << 33, 0, 0, 0xFF},  // a guest's translations: none is here
      {kIotinvalGvma, 0, 0, 0xFF},
      {kIodirDdt, 0, 0, 0},  // contexts only; translations may stay
      {kIofence, 0, 0, 0xFF},
  };
  std::uint64_t generation = 0;
  map(generation);
  bench.InvalidateAll();
  EXPECT_EQ(renewed(0), 0xFFu);
  for (const Case& c : cases) {
    SCOPED_TRACE(DescribeValue(c.low) + " " + DescribeValue(c.high));
    map(++generation);
    bench.PushCommand(c.low, c.high);
    bench.PushCommand(kIofence);
    bench.RunCommands();
    const unsigned bits = renewed(generation);
    EXPECT_EQ(bits & c.must, c.must);
    EXPECT_EQ(bits & c.may_not, 0u);
    bench.InvalidateAll();
    EXPECT_EQ(renewed(generation), 0xFFu);
  }
}

// Section 9.2: "information cached from all levels of first-stage page table entries corresponding to the IOVA".
TEST_F(IommuInvalidation, WithNlThePointersOfAnAddressGoToo) {
  StartSv39();
  const std::uint64_t page = kCommandAv | kCommandPscv | CommandPscid(kPscid);
  for (const int level : {1, 2}) {
    SCOPED_TRACE("the pointer of level " + std::to_string(level));
    bench.InvalidateAll();
    ASSERT_TRUE(ComesFrom(kIova, kPage));
    const std::uint64_t pointer = bench.tables.EntryAddress(root_, kIova, level), old = bench.memory.Read64(pointer);
    bench.memory.Write64(pointer, 0);
    Map(kIova, kOther);  // in new tables
    Fence(kIotinvalVma | page, CommandAddress(kIova));
    EXPECT_TRUE(ComesFrom(kIova, kPage)) << "an address without NL names the leaf alone";
    Fence(kIotinvalVma | page | kCommandNl, CommandAddress(kIova));
    EXPECT_TRUE(ComesFrom(kIova, kOther));
    bench.memory.Write64(pointer, old);
    Fence(kIotinvalVma | page | kCommandNl, CommandRange(kIova >> 12, 9 * static_cast<unsigned>(level)));
    EXPECT_TRUE(ComesFrom(kIova, kPage)) << "NL applies to a range";
  }
}

// Section 9.3, for walks: what began before the command may not outlive the fence.
TEST_F(IommuInvalidation, AWalkOfAPageInARangeBeginsAnew) {
  StartSv39();
  bench.walk_agent().set_timing({.latency_cycles_min = 60, .latency_cycles_max = 60});
  constexpr std::uint64_t kHigh = 0xFFFF'FFD2'3456'7000;
  Map(kHigh, kPage);
  const std::uint64_t entry = bench.tables.EntryAddress(root_, kHigh, 0);
  std::uint64_t page = kPage, other = kOther;
  for (unsigned wait = 0; wait < 300; wait += 11) {
    SCOPED_TRACE("change after " + std::to_string(wait) + " cycles");
    bench.Send(MakeRequest(kDevice, kHigh));
    bench.simulation().Run(wait);
    std::swap(page, other);
    bench.memory.Write64(entry, page >> 12 << 10 | kPteUserAll);
    Fence(kIotinvalVma | kCommandAv, CommandRange(0, 52));  // of the entire address space
    EXPECT_TRUE(ComesFrom(kHigh, page));
  }
}

class IommuGuestInvalidation : public IommuInvalidation, protected GuestTables {
 protected:
  static constexpr std::uint32_t kGscid = 0x1234;
  static constexpr std::uint64_t kGuest = 0x5432'1000, kGv = kCommandGv | CommandGscid(kGscid);

  IommuGuestInvalidation() : GuestTables(bench.memory, bench.tables) {
    UseSecond(kSv39);
    UseFirst(kSv39);
    MapFirst(kIova, kGuest);
    MapSecond(kGuest, kPage);
    bench.tables.SetContext(kDirectoryPpn, 1, kDevice, {1, Iohgatp(kGscid), CommandPscid(kPscid), Fsc()});
    bench.EnableQueues();
    bench.SetMode(kLevel1);
  }
};

// Section 9.2: GV, AV and NL drop all levels of the second stage that lead to the guest address.
TEST_F(IommuGuestInvalidation, WithNlThePointersOfAGuestAddressGoToo) {
  ASSERT_TRUE(ComesFrom(kIova, kPage));
  for (const unsigned level : {1U, 2U}) {
    SCOPED_TRACE("the pointer of level " + std::to_string(level));
    const std::uint64_t pointer = SecondEntry(kGuest, level), old = bench.memory.Read64(pointer);
    bench.memory.Write64(pointer, 0);
    MapSecond(kGuest, kOther);
    Fence(kIotinvalGvma | kGv | kCommandAv | kCommandNl, CommandAddress(kGuest));
    EXPECT_TRUE(ComesFrom(kIova, kOther));
    bench.memory.Write64(pointer, old);
    Fence(kIotinvalGvma | kGv | kCommandAv | kCommandNl, CommandRange(kGuest >> 12, 9 * level));
    EXPECT_TRUE(ComesFrom(kIova, kPage));
  }
}

// Section 9.3.
TEST_F(IommuGuestInvalidation, ARangeOfGuestAddressesGoes) {
  for (const std::uint64_t operand : {CommandRange(kGuest >> 12, 1), CommandRange(kGuest >> 12, 20)}) {
    MapSecond(kGuest, kPage);
    Fence(kIotinvalGvma);
    ASSERT_TRUE(ComesFrom(kIova, kPage));
    MapSecond(kGuest, kOther);
    Fence(kIotinvalGvma | kCommandGv | CommandGscid(kGscid + 1) | kCommandAv, operand);
    EXPECT_TRUE(ComesFrom(kIova, kPage)) << "another guest's";
    Fence(kIotinvalGvma | kGv | kCommandAv, operand);
    EXPECT_TRUE(ComesFrom(kIova, kOther));
  }
}

// And of a guest's first stage: its pointers lie in guest pages, kept with the host pages that they lead to.
TEST_F(IommuGuestInvalidation, WithNlTheFirstStagesPointersGoToo) {
  constexpr std::uint64_t kOtherGuest = kGuest + 0x1000;
  MapSecond(kOtherGuest, kOther);
  ASSERT_TRUE(ComesFrom(kIova, kPage));
  bench.memory.Write64(FirstEntry(kIova, 1), 0);
  MapFirst(kIova, kOtherGuest);
  const std::uint64_t page = kIotinvalVma | kGv | kCommandAv | kCommandPscv | CommandPscid(kPscid);
  Fence(page, CommandAddress(kIova));
  EXPECT_TRUE(ComesFrom(kIova, kPage)) << "an address without NL names the leaf alone";
  Fence(kIotinvalVma | kCommandAv | kCommandNl, CommandAddress(kIova));
  EXPECT_TRUE(ComesFrom(kIova, kPage)) << "GV = 0: the host's own address spaces";
  Fence(page | kCommandNl, CommandAddress(kIova));
  EXPECT_TRUE(ComesFrom(kIova, kOther));
}

TEST_F(IommuInvalidation, AContextIsKeptUntilItIsInvalidated) {
  StartSv39();
  ASSERT_TRUE(ComesFrom(kIova, kPage));
  bench.tables.SetContext(kDirectoryPpn, 1, kDevice, {1, 0, 0, 0});
  EXPECT_TRUE(ComesFrom(kIova, kPage));
  bench.PushCommand(kIodirDdt | kCommandDv | std::uint64_t{kDevice + 1} << 40);
  bench.PushCommand(kIofence);
  bench.RunCommands();
  EXPECT_TRUE(ComesFrom(kIova, kPage)) << "another device's context was invalidated";
  bench.PushCommand(kIodirDdt | kCommandDv | std::uint64_t{kDevice} << 40);
  bench.PushCommand(kIofence);
  bench.RunCommands();
  EXPECT_TRUE(ComesFrom(kIova, kIova)) << "the context is bare now";
}

// Each read of a walk in turn is the last one before the change; whatever it read may not outlive the fence.
TEST_F(IommuInvalidation, AWalkUnderWayKeepsNothingOld) {
  StartSv39();
  bench.walk_agent().set_timing({.latency_cycles_min = 60, .latency_cycles_max = 60});
  const std::uint64_t entry = bench.tables.EntryAddress(root_, kIova, 0);
  std::uint64_t old_page = kPage, new_page = kOther;
  for (unsigned wait = 0; wait < 400; wait += 7) {
    SCOPED_TRACE("change after " + std::to_string(wait) + " cycles");
    const bool context = wait % 2 == 0;
    if (context) bench.PushCommand(kIodirDdt);
    bench.PushCommand(kIotinvalVma | kCommandAv | kCommandPscv | std::uint64_t{kPscid} << 12, CommandAddress(kIova));
    bench.PushCommand(kIofence);
    bench.Send(MakeRequest(kDevice, kIova));
    bench.simulation().Run(wait);
    bench.memory.Write64(entry, new_page >> 12 << 10 | kPteUserAll);
    bench.RunCommands();
    EXPECT_EQ(bench.unanswered(), 0u) << "the fence waits for the answer";
    EXPECT_TRUE(ComesFrom(kIova, new_page));
    bench.Drain();
    std::swap(old_page, new_page);
    if (HasFailure()) break;
  }
}

TEST_F(IommuInvalidation, AFenceWaitsForTheAnswersToOlderRequests) {
  StartSv39();
  ASSERT_TRUE(ComesFrom(kIova, kPage));
  bench.host_agent().set_timing({.latency_cycles_min = 3000, .latency_cycles_max = 3000});
  bench.Send(MakeRequest(kDevice, kIova, Op::kWrite));
  bench.simulation().Run(20);
  bench.PushCommand(kIofence | kCommandAv | std::uint64_t{0x1234} << 32, 0x70000 >> 2);
  bench.RingCommands();
  bench.simulation().Run(1000);
  EXPECT_EQ(bench.memory.Read32(0x70000), 0u);
  bench.host_agent().set_timing({});
  bench.Send(MakeRequest(kDevice, kIova));  // younger: nobody waits for it
  ASSERT_TRUE(bench.RunUntil([&] { return bench.memory.Read32(0x70000) == 0x1234; }, "the fence's word"));
  EXPECT_EQ(bench.unanswered(), 0u);
}

// While sets are searched, requests that come after the fence still find what is about to be dropped.
TEST_F(IommuInvalidation, AFenceWaitsForWhatWasFoundDuringTheSearch) {
  StartSv39();
  constexpr std::uint64_t kPages = 64;
  for (std::uint64_t at = 0; at < kPages * 0x1000; at += 0x1000) {
    Map(kIova + at, kPage + at);
    ASSERT_TRUE(ComesFrom(kIova + at, kPage + at));
    Map(kIova + at, kOther + at);
  }
  std::set<std::uint8_t> at_old_pages;  // tags
  unsigned found_old = 0;
  bench.set_on_host_request([&](const HostRequest& request, const DeviceRequest&, std::uint64_t) {
    if (request.addr >= kOther) return;
    at_old_pages.insert(request.tag);
    ++found_old;
  });
  bench.set_on_answer(
      [&](const LineResponse& response, const DeviceRequest&, std::uint64_t) { at_old_pages.erase(response.tag); });
  bench.host_agent().set_timing({.latency_cycles_min = 3000, .latency_cycles_max = 3000});
  bench.PushCommand(kIotinvalVma | kCommandPscv | CommandPscid(kPscid));
  bench.PushCommand(kIofence | kCommandAv | std::uint64_t{0x1234} << 32, 0x70000 >> 2);
  bench.RingCommands();
  for (std::uint64_t i = 0; i < 150; ++i) {
    bench.Send(MakeRequest(kDevice, kIova + i % kPages * 0x1000));
    bench.simulation().Run(2);
  }
  ASSERT_TRUE(bench.RunUntil([&] { return bench.memory.Read32(0x70000) == 0x1234; }, "the fence's word"));
  EXPECT_GT(found_old, 0u);
  EXPECT_TRUE(at_old_pages.empty());
}

TEST_F(IommuInvalidation, RequestsOfADeviceToALineKeepTheirOrder) {
  StartSv39();
  for (std::uint64_t page = 0; page < 64; ++page) Map(0x1000'0000 + page * 0x1000, kOther + page * 0x1000);
  bench.walk_agent().set_timing({.latency_cycles_min = 1, .latency_cycles_max = 90, .stall_percent = 20});
  bench.host_agent().set_timing({.latency_cycles_min = 1, .latency_cycles_max = 50, .stall_percent = 30});
  std::map<std::uint64_t, std::vector<std::uint8_t>> accepted, left;  // by page: the requests' numbers, in attr
  std::map<std::uint8_t, std::uint8_t> number_of;
  bench.set_on_accepted(
      [&](const DeviceRequest& request, std::uint64_t) { accepted[request.addr >> 12].push_back(request.tag); });
  bench.set_on_host_request([&](const HostRequest& request, const DeviceRequest& from, std::uint64_t) {
    left[from.addr >> 12].push_back(request.tag);
  });
  Random random(GetTestOptions().seed);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 250; ++i) {
      const std::uint64_t page = random.Percent(50) ? random.Below(64) : random.Below(3);
      bench.Send(MakeRequest(kDevice, 0x1000'0000 + page * 0x1000 + random.Below(4) * 64,
                             random.Percent(50) ? Op::kWrite : Op::kRead));
    }
    bench.Drain();
    bench.InvalidateAll();
  }
  EXPECT_EQ(accepted.size(), 64u);
  EXPECT_TRUE(accepted == left);
}

TEST_F(IommuInvalidation, MissesToOnePageShareAWalk) {
  StartSv39();
  ASSERT_TRUE(ComesFrom(kIova, kPage));
  bench.InvalidatePage(kIova, kPscid);
  bench.walk_agent().set_timing({.latency_cycles_min = 100, .latency_cycles_max = 100});
  const std::uint64_t before = bench.walk_agent().requests();
  for (unsigned i = 0; i < 16; ++i)
    bench.Send(MakeRequest(kDevice, kIova + i * 0x100, i % 2 != 0 ? Op::kWrite : Op::kRead));
  bench.Drain();
  EXPECT_EQ(bench.walk_agent().requests() - before, 1u) << "an address names the leaf: the pointers above it are kept";
}

TEST_F(IommuInvalidation, EveryWaiterHearsOfTheFault) {
  StartSv39();
  bench.walk_agent().set_timing({.latency_cycles_min = 100, .latency_cycles_max = 100});
  int refused = 0;
  bench.set_on_answer([&](const LineResponse& answer, const DeviceRequest&, std::uint64_t) {
    if (answer.status == LineStatus::kTranslationFault && answer.walked) ++refused;
  });
  for (unsigned i = 0; i < 16; ++i) bench.Send(MakeRequest(kDevice, 0x7000'0000 + i * 0x100));
  bench.Drain();
  EXPECT_EQ(refused, 16);
  EXPECT_EQ(bench.WaitForFaults(16).size(), 16u) << "each is a burst of its own";
}

TEST_F(IommuInvalidation, HitsPassMoreMissesThanThereAreWalks) {
  StartSv39();
  ASSERT_TRUE(ComesFrom(kIova, kPage));
  bench.walk_agent().set_timing({.latency_cycles_min = 2000, .latency_cycles_max = 2000});
  for (std::uint64_t i = 0; i < 40; ++i) Map(0x1000'0000 + i * 0x1000, kOther + i * 0x1000);
  for (std::uint64_t i = 0; i < 40; ++i) bench.Send(MakeRequest(kDevice, 0x1000'0000 + i * 0x1000));
  for (unsigned i = 0; i < 200; ++i) {
    const std::uint64_t start = bench.simulation().cycle();
    ASSERT_TRUE(ComesFrom(kIova, kPage));
    if (i > 2) {
      EXPECT_LE(bench.simulation().cycle() - start, 16u);  // 3 and the host's 10
    }
  }
  EXPECT_EQ(bench.unanswered(), 40u);
  bench.walk_agent().set_timing({});
  bench.Drain();
}

TEST_F(IommuInvalidation, AModeChangeWaitsForOlderRequests) {
  StartSv39();
  ASSERT_TRUE(ComesFrom(kIova, kPage));
  bench.host_agent().set_timing({.latency_cycles_min = 500, .latency_cycles_max = 500});
  bench.Send(MakeRequest(kDevice, kIova));
  bench.simulation().Run(20);
  bench.SetMode(kOff);
  EXPECT_EQ(bench.unanswered(), 0u);
  ExpectFault(MakeRequest(kDevice, kIova), 256, 2);
}

}  // namespace
}  // namespace tarn::tests
