// The pager alone, on an address space and a store that are maps. A small program touches pages; what it reads is
// compared with what it wrote.
#include "sw/pager/pager.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "models/common/random.h"
#include "sw/pager/slot_policies.h"
#include "tests/pager/pager_fakes.h"

namespace tarn::pager {
namespace {

class PagedProgram {
 public:
  explicit PagedProgram(const PagerSettings& settings) : pager(settings, memory, store, counters) {}

  // False: the page is lost (SIGBUS).
  bool Touch(PageNumber page, bool write) {
    const auto lost = [&] { return !memory.poisoned.empty() && memory.poisoned.back() == page; };
    if (!memory.pages.contains(page)) {
      pager.OnMissing(page, write);
      pager.Maintain();
      if (lost()) return false;
      if (!memory.pages.contains(page)) pager.OnMissing(page, write);  // evicted again at once
    }
    if (!memory.pages.contains(page)) return false;
    if (!write || !memory.pages.at(page).guarded) return true;
    pager.OnGuarded(page);
    pager.Maintain();
    return memory.pages.contains(page) || Touch(page, write);
  }
  bool Write(PageNumber page, std::uint8_t value) {
    if (!Touch(page, true)) return false;
    memory.pages.at(page).content.bytes.fill(value);
    written_[page] = value;
    return true;
  }
  // What the page should hold is what it holds.
  bool ReadsRight(PageNumber page) {
    if (!Touch(page, false)) return false;
    const auto found = written_.find(page);
    const std::uint8_t value = found == written_.end() ? 0 : found->second;
    Page expected;
    expected.bytes.fill(value);
    return memory.pages.at(page).content == expected;
  }
  void Forget(PageNumber page) { written_.erase(page); }

  FakeMemory memory;
  FakeStore store;
  Counters counters;
  Pager pager;

 private:
  std::map<PageNumber, std::uint8_t> written_;
};

constexpr std::uint32_t kFrames = 128;
PagerSettings Small(const std::string& policy = "hardware") { return {.frames = kFrames, .policy = policy}; }
PagerSettings WithoutPrefetch() {
  PagerSettings settings = Small();
  settings.prefetch_pages = 0;
  return settings;
}

// Random reads and writes of more pages than fit, runs among them. Returns how many reads were wrong or lost.
std::uint64_t RunRandom(PagedProgram& program, std::uint64_t steps, std::uint64_t seed) {
  Random random(seed);
  std::uint64_t wrong = 0;
  PageNumber run = 0;
  for (std::uint64_t step = 0; step < steps; ++step) {
    const PageNumber page = random.Below(4) == 0 ? random.Below(600) : 1000 + run++ % 500;
    if (random.Below(3) == 0) {
      program.Write(page, static_cast<std::uint8_t>(random.Below(4)));  // zeros among them
    } else {
      wrong += program.ReadsRight(page) ? 0 : 1;
    }
  }
  return wrong;
}

class PagerUnderPolicy : public testing::TestWithParam<std::string_view> {};
INSTANTIATE_TEST_SUITE_P(All, PagerUnderPolicy, testing::ValuesIn(SlotPolicyNames().begin(), SlotPolicyNames().end()),
                         [](const auto& name) { return std::string(name.param); });

TEST_P(PagerUnderPolicy, EveryReadReturnsWhatWasWrittenLast) {
  PagedProgram program(Small(std::string(GetParam())));
  EXPECT_EQ(RunRandom(program, 15'000, 1), 0u);
  EXPECT_GT(program.counters.page_ins.value(), 1000u);
  EXPECT_GT(program.counters.page_outs.value(), 1000u);
  EXPECT_GT(program.counters.sample_hits.value(), 10u);
  EXPECT_LE(program.memory.pages.size(), kFrames);
  EXPECT_EQ(program.counters.clean_bytes_written.value(), 0u);
}

TEST(Pager, AWriteThatTheStoreLosesIsFound) {
  PagedProgram program(Small());
  for (std::uint64_t write = 500; write < 520; ++write) program.store.lost_writes.insert(write);
  EXPECT_NE(RunRandom(program, 15'000, 1), 0u);
}

TEST(Pager, AGuardThatIsLostIsFound) {
  PagedProgram program(Small());
  program.memory.guard_is_lost = true;
  EXPECT_NE(RunRandom(program, 15'000, 1), 0u);
}

TEST(Pager, CleanPagesLeaveWithoutAWrite) {
  PagedProgram program(Small());
  for (PageNumber page = 0; page < 1000; ++page) ASSERT_TRUE(program.Write(page, 7));
  for (PageNumber page = 0; page < 1000; ++page) ASSERT_TRUE(program.ReadsRight(page));
  const std::uint64_t written = program.store.writes;
  for (int round = 0; round < 5; ++round) {
    for (PageNumber page = 0; page < 1000; ++page) ASSERT_TRUE(program.ReadsRight(page));
  }
  EXPECT_EQ(program.store.writes, written);
  EXPECT_GT(program.counters.clean_drops.value(), 4000u);
}

TEST(Pager, WhatCameAlongWithAWrittenPageAndWasNotWrittenIsNotWrittenOut) {
  PagedProgram program(Small());
  for (PageNumber page = 0; page < 1000; ++page) ASSERT_TRUE(program.Write(page, 7));
  for (PageNumber page = 0; page < 1000; ++page) ASSERT_TRUE(program.ReadsRight(page));
  const std::uint64_t outs = program.counters.page_outs.value();
  // A run of faults that are writes; of what comes along only every fourth page is written.
  for (PageNumber page = 0; page < 1000; ++page) {
    if (page % 4 != 0 && program.memory.pages.contains(page)) continue;
    ASSERT_TRUE(program.Write(page, 9));
  }
  for (PageNumber page = 0; page < 1000; ++page) ASSERT_TRUE(program.ReadsRight(page));
  EXPECT_LT(program.counters.page_outs.value() - outs, 500u);
}

TEST(Pager, PagesOfZerosAreNotStored) {
  PagedProgram program(Small());
  for (PageNumber page = 0; page < 1000; ++page) ASSERT_TRUE(program.Write(page, 0));
  EXPECT_EQ(program.store.writes, 0u);
  EXPECT_GT(program.counters.zero_page_outs.value(), 500u);
  for (PageNumber page = 0; page < 1000; ++page) ASSERT_TRUE(program.ReadsRight(page));
}

TEST(Pager, FramesAreFreedAheadOfNeed) {
  PagedProgram program(WithoutPrefetch());
  for (PageNumber page = 0; page < 4000; ++page) {
    ASSERT_TRUE(program.Write(page * 3, 1));
    ASSERT_GT(program.pager.free_frames(), 0u);
  }
  EXPECT_EQ(program.counters.forced_evictions.value(), 0u);
}

TEST(Pager, ALargeLimitIsReachedStepByStep) {
  PagerSettings settings = WithoutPrefetch();
  settings.frames_at_first = 8;
  PagedProgram program(settings);
  for (PageNumber page = 0; page < kFrames / 2; ++page) ASSERT_TRUE(program.Write(page * 3, 5));
  EXPECT_EQ(program.counters.evictions.value(), 0u);
  EXPECT_EQ(program.pager.free_frames(), kFrames - program.counters.resident_pages.value());
  EXPECT_EQ(RunRandom(program, 5'000, 2), 0u);
  EXPECT_GT(program.counters.resident_pages_max.value(), kFrames * 3 / 4);
}

TEST(Pager, ARunOfFaultsBringsPagesAlongAndRandomOnesDoNot) {
  PagedProgram program(Small());
  for (PageNumber page = 0; page < 2000; ++page) ASSERT_TRUE(program.Write(page, 5));
  const std::uint64_t before = program.counters.faults.value();
  for (PageNumber page = 0; page < 2000; ++page) ASSERT_TRUE(program.ReadsRight(page));
  EXPECT_LT(program.counters.faults.value() - before, 2000u / 8);
  const std::uint64_t along = program.counters.prefetched.value();
  Random random(3);
  for (int step = 0; step < 3000; ++step) ASSERT_TRUE(program.ReadsRight(random.Below(120) * 16));
  EXPECT_LT(program.counters.prefetched.value() - along, 300u) << program.counters.prefetched.value() - along;
}

TEST(Pager, AStoreThatIsGoneMeansSigbusNeverWrongData) {
  PagedProgram program(Small());
  for (PageNumber page = 0; page < 1000; ++page) ASSERT_TRUE(program.Write(page, 7));
  program.store.gone = true;
  std::uint64_t right = 0;
  std::uint64_t lost = 0;
  for (PageNumber page = 0; page < 1000; ++page) {
    if (program.Touch(page, false)) {
      EXPECT_TRUE(program.ReadsRight(page));
      ++right;
    } else {
      ++lost;
    }
  }
  EXPECT_GT(right, 0u) << "what is resident goes on";
  EXPECT_GT(lost, 800u);
  ASSERT_TRUE(program.pager.failure().has_value());
  EXPECT_EQ(*program.pager.failure(), "the store is gone");
}

TEST(Pager, AStoreThatIsFullKeepsWhatIsThere) {
  PagedProgram program(Small());
  program.store.pages_max = 300;
  PageNumber page = 0;
  while (page < 1000 && program.Write(page, 7)) ++page;
  EXPECT_LT(page, 500u);
  ASSERT_TRUE(program.pager.failure().has_value());
  EXPECT_EQ(*program.pager.failure(), "the store is full");
}

TEST(Pager, AKernelThatDoesNotUnmapIsAFailureAndNothingIsLost) {
  PagedProgram program(Small());
  program.memory.drop_fails = true;
  PageNumber page = 0;
  while (page < 1000 && program.Write(page, 7)) ++page;
  ASSERT_TRUE(program.pager.failure().has_value());
  for (PageNumber each = 0; each < page; ++each) EXPECT_TRUE(program.ReadsRight(each));
}

TEST(Pager, APageThatTheProgramUnmappedBehindItsBackIsZero) {
  PagedProgram program(WithoutPrefetch());
  ASSERT_TRUE(program.Write(50, 9));
  program.memory.pages.erase(50);
  program.Forget(50);
  for (PageNumber page = 100; page < 500; ++page) ASSERT_TRUE(program.Write(page, static_cast<std::uint8_t>(page)));
  EXPECT_TRUE(program.ReadsRight(50));
}

TEST(Pager, APageThatTheProgramGaveBackWithoutTellingIsZeroAndItGoesOn) {
  PagedProgram program(WithoutPrefetch());
  ASSERT_TRUE(program.Write(50, 9));
  program.memory.pages.erase(50);
  program.pager.OnMissing(50, false);
  EXPECT_EQ(program.memory.pages.at(50).content, Page());
  program.Forget(50);
  for (PageNumber page = 100; page < 500; ++page) ASSERT_TRUE(program.Write(page, static_cast<std::uint8_t>(page)));
  EXPECT_TRUE(program.ReadsRight(50));
}

TEST(Pager, WhereReadingTheStoreIsDearWritesAreReported) {
  PagedProgram program(Small());
  program.store.cheap = false;
  EXPECT_EQ(RunRandom(program, 15'000, 1), 0u);
  EXPECT_GT(program.counters.write_faults.value(), 1000u);
}

// A program that writes to what it has read, as most do: after the first reports its pages come unguarded.
TEST(Pager, WhereReadPagesAreWrittenTheyComeUnguardedAndAreCompared) {
  PagedProgram program(WithoutPrefetch());
  for (PageNumber page = 0; page < 500; ++page) ASSERT_TRUE(program.Write(page, 7));
  const std::uint64_t outs = program.counters.page_outs.value();
  for (int round = 0; round < 3; ++round) {
    for (PageNumber page = 0; page < 500; ++page) {
      ASSERT_TRUE(program.ReadsRight(page));
      ASSERT_TRUE(program.Write(page, 7));  // the same again
    }
  }
  EXPECT_LT(program.counters.write_faults.value(), 100u);
  EXPECT_GT(program.counters.write_faults.value(), 0u);
  EXPECT_LT(program.counters.page_outs.value() - outs, 200u) << "what was dirty at first, and no more";
}

TEST(Pager, WhatIsFrozenStaysAndItsFaultsWaitForTheThaw) {
  PagedProgram program(WithoutPrefetch());
  for (PageNumber page = 0; page < 20; ++page) ASSERT_TRUE(program.Write(page, 3));
  program.pager.Freeze(0, 40);
  for (PageNumber page = 100; page < 1000; ++page) ASSERT_TRUE(program.Write(page, 4));
  for (PageNumber page = 0; page < 20; ++page) EXPECT_TRUE(program.memory.pages.contains(page));
  program.pager.OnMissing(30, true);
  EXPECT_FALSE(program.memory.pages.contains(30));
  const std::uint64_t wakes = program.memory.wakes;
  program.pager.Thaw(0, 40, /*forget=*/false);
  EXPECT_GT(program.memory.wakes, wakes);
  EXPECT_TRUE(program.Write(30, 1));
}

TEST(Pager, ForgottenPagesReadAsZeroAndTheirPlacesAreUsedAgain) {
  PagedProgram program(WithoutPrefetch());
  for (PageNumber page = 0; page < 600; ++page) ASSERT_TRUE(program.Write(page, 3));
  const std::size_t stored = program.store.pages.size();
  program.pager.Freeze(0, 600);
  for (PageNumber page = 0; page < 600; ++page) {  // what the program does in between
    program.memory.pages.erase(page);
    program.Forget(page);
  }
  program.pager.Thaw(0, 600, /*forget=*/true);
  EXPECT_GT(stored, 400u);
  EXPECT_EQ(program.store.pages.size(), 0u);
  EXPECT_EQ(program.counters.resident_pages.value(), 0u);
  for (PageNumber page = 0; page < 600; ++page) ASSERT_TRUE(program.ReadsRight(page));
}

TEST(Pager, MovedPagesAreFoundAtTheirNewPlace) {
  PagedProgram program(Small());
  for (PageNumber page = 0; page < 300; ++page) ASSERT_TRUE(program.Write(page, static_cast<std::uint8_t>(page)));
  program.pager.Freeze(0, 300);
  for (PageNumber page = 0; page < 300; ++page) {  // mremap
    const auto found = program.memory.pages.extract(page);
    if (found.empty()) continue;
    program.memory.pages[5000 + page] = {.content = found.mapped().content, .guarded = false};
  }
  program.pager.Move(0, 5000, 300);
  program.pager.Thaw(0, 300, /*forget=*/true);
  for (PageNumber page = 0; page < 300; ++page) {
    ASSERT_TRUE(program.Touch(5000 + page, false));
    EXPECT_EQ(program.memory.pages.at(5000 + page).content.bytes[100], static_cast<std::uint8_t>(page));
  }
}

TEST(Pager, AnInterruptedThreadsSecondReportOnlyWakes) {
  PagedProgram program(Small());
  ASSERT_TRUE(program.Write(5, 1));
  const std::uint64_t wakes = program.memory.wakes;
  program.pager.OnMissing(5, true);
  EXPECT_EQ(program.memory.wakes, wakes + 1);
  EXPECT_TRUE(program.ReadsRight(5));
}

TEST(Pager, APageThatIsThereWithoutBeingKnownIsLeftAlone) {
  PagedProgram program(Small());
  program.memory.pages[50].content.bytes.fill(9);  // from before the pager
  for (PageNumber page = 40; page < 60; ++page) {
    if (page == 50) continue;
    ASSERT_TRUE(program.Write(page, 1));
  }
  for (PageNumber page = 100; page < 1000; ++page) ASSERT_TRUE(program.Write(page, 2));
  EXPECT_EQ(program.memory.pages.at(50).content.bytes[0], 9);
}

TEST(Pager, WhatACopyHasAsWellIsWrittenToAPlaceOfItsOwnAndHeldFastFirst) {
  PagedProgram program(WithoutPrefetch());
  for (PageNumber page = 0; page < 300; ++page) ASSERT_TRUE(program.Write(page, static_cast<std::uint8_t>(page)));
  program.store.shared_below = program.store.pages.rbegin()->first + 1;
  program.pager.Share();
  for (PageNumber page = 0; page < 300; ++page) ASSERT_TRUE(program.Write(page, static_cast<std::uint8_t>(page + 7)));
  for (PageNumber page = 0; page < 300; ++page) ASSERT_TRUE(program.ReadsRight(page));
  // Those that were resident, and not those that came since.
  EXPECT_GT(program.memory.forbidden.size(), kFrames / 2);
  EXPECT_LE(program.memory.forbidden.size(), kFrames);
}

TEST(Pager, TheCopysPagesMayAllHaveBeenWritten) {
  PagedProgram program(Small());
  for (PageNumber page = 0; page < 300; ++page) ASSERT_TRUE(program.Write(page, 1));
  for (PageNumber page = 0; page < 60; ++page) ASSERT_TRUE(program.ReadsRight(page));
  program.pager.BeginAsCopy();
  for (auto& [page, mapped] : program.memory.pages) mapped.guarded = false;
  for (PageNumber page = 0; page < 60; ++page) {
    ASSERT_TRUE(program.Write(page, 2));
  }
  for (PageNumber page = 0; page < 300; ++page) EXPECT_TRUE(program.ReadsRight(page));
}

TEST(Pager, APageIsLookedAtWithoutAnyChange) {
  PagedProgram program(WithoutPrefetch());
  for (PageNumber page = 0; page < 300; ++page) ASSERT_TRUE(program.Write(page, 3));
  const std::uint64_t faults = program.counters.faults.value();
  Page content;
  ASSERT_TRUE(program.pager.Look(0, content).ok());
  EXPECT_EQ(content.bytes[9], 3);
  ASSERT_TRUE(program.pager.Look(4000, content).ok());
  EXPECT_EQ(content, Page());
  EXPECT_EQ(program.counters.faults.value(), faults);
  program.store.gone = true;
  EXPECT_FALSE(program.pager.Look(0, content).ok());
}

TEST(SlotPolicies, LruEvictsTheLeastRecentAndFifoTheOldest) {
  class AllEvictable : public pool::SlotUses {
   public:
    pool::SlotUse UseOf(pool::SlotIndex) const override { return pool::SlotUse::kEvictable; }
  } uses;
  for (const auto& [name, victim] : {std::pair{"lru", 1u}, std::pair{"fifo", 0u}, std::pair{"clock", 1u}}) {
    const auto policy = MakeSlotPolicy(name, 4);
    for (pool::SlotIndex slot = 0; slot < 4; ++slot) policy->OnAssign(slot, {.host = 0, .segment = slot});
    policy->OnAccess(0);
    EXPECT_EQ(policy->ChooseVictim(uses), victim) << name;
  }
  EXPECT_EQ(MakeSlotPolicy("random", 4), nullptr);
}

TEST(Prefetcher, TurnsItselfOffWhereRunsDoNotGoOn) {
  Prefetcher prefetcher(31);
  std::uint64_t advised = 0;
  for (PageNumber pair = 0; pair < 10'000; ++pair) {  // two neighbours, and never a third
    for (PageNumber page = pair * 1000; page < pair * 1000 + 2; ++page) {
      const PrefetchAdvice advice = prefetcher.OnMissing(page);
      advised += advice.pages;
    }
  }
  EXPECT_LT(advised, 1000u);
  EXPECT_GT(advised, 0u) << "it tries now and then";
}

TEST(Prefetcher, FollowsARunThatSwapsNeighboursAndLeavesPagesOut) {
  Prefetcher prefetcher(31);
  std::set<PageNumber> there;
  std::uint64_t faults = 0;
  for (PageNumber object = 0; object < 500; ++object) {  // two pages of every three, the second one first
    for (const PageNumber page : {object * 3 + 1, object * 3}) {
      if (!there.insert(page).second) continue;
      ++faults;
      const PrefetchAdvice advice = prefetcher.OnMissing(page);
      for (std::uint32_t along = 1; along <= advice.pages; ++along) {
        there.insert(advice.direction > 0 ? page + along : page - along);
      }
    }
  }
  EXPECT_LT(faults, 200u);
}

TEST(Prefetcher, FollowsARunDownwardsAndGrows) {
  Prefetcher prefetcher(31);
  PageNumber page = 100'000;
  std::uint32_t most = 0;
  for (int step = 0; step < 20; ++step) {
    const PrefetchAdvice advice = prefetcher.OnMissing(page);
    EXPECT_TRUE(advice.pages == 0 || advice.direction == -1);
    most = std::max(most, advice.pages);
    page -= advice.pages + 1;
  }
  EXPECT_EQ(most, 31u);
}

}  // namespace
}  // namespace tarn::pager
