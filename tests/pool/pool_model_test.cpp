// The pool's functional model: content, statuses, atomics, exclusives, windows, paging, notices.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <tuple>

#include "models/pool/atomics.h"
#include "tests/pool/model_fixture.h"

namespace tarn::pool {
namespace {

using bulk::BulkStatus;

std::uint64_t LpnKey(std::uint32_t host, std::uint32_t window_page) {
  return bulk::LpnOf(HostId(host), window_page).value();
}

TEST(PoolModel, AnAccessOutsideTheWindowIsAnAccessErrorAndTouchesNothing) {
  PoolFixture f;
  const std::uint64_t end = PoolFixture::Base(0) + 16 * kTestSegmentBytes;
  EXPECT_EQ(f.Do(0, Op::kRead, PoolFixture::Base(0) - 64).status, LineStatus::kAccessError);
  EXPECT_EQ(f.Do(0, Op::kWrite, end).status, LineStatus::kAccessError);
  EXPECT_EQ(f.Do(0, Op::kRead, 0).status, LineStatus::kAccessError);
  EXPECT_EQ(f.Do(0, Op::kRead, ~std::uint64_t{63}).status, LineStatus::kAccessError);
  EXPECT_EQ(f.Do(0, Op::kRead, PoolFixture::Base(1)).status, LineStatus::kAccessError);  // another host's
  EXPECT_EQ(f.pool.counters(HostId(0)).access_errors, 5u);
  EXPECT_TRUE(f.probes.empty());
  EXPECT_EQ(f.Do(0, Op::kRead, end - 64).status, LineStatus::kOk);
}

TEST(PoolModel, AWindowMustBeAlignedAndOfAHostThatExists) {
  PoolFixture f;
  EXPECT_FALSE(f.pool.SetWindow(HostId(0), {.base = HostPhysAddr(4096), .segments = 1}).ok());
  EXPECT_FALSE(f.pool.SetWindow(HostId(9), {.base = HostPhysAddr(0), .segments = 1}).ok());
}

TEST(PoolModel, AFirstReadBringsThePageFromBulkAndASecondOneHits) {
  PoolFixture f;
  const LineResponse first = f.Read(0, 2, 4096 + 128);
  EXPECT_EQ(first.status, LineStatus::kOk);
  EXPECT_TRUE(first.paged);
  EXPECT_EQ(first.data, LineOf(SeededPage(LpnKey(0, 9)), 2));
  const LineResponse second = f.Read(0, 2, 4096);
  EXPECT_FALSE(second.paged);
  EXPECT_EQ(second.data, LineOf(SeededPage(LpnKey(0, 9)), 0));
  EXPECT_EQ(f.pool.counters(HostId(0)).page_ins, 1u);
  EXPECT_EQ(f.pool.counters(HostId(0)).hits, 1u);
}

TEST(PoolModel, AWindowThatIsNotOnBulkReadsAsZeroWithoutReadingBulk) {
  PoolFixture f;
  f.SetWindow(0, 4, false);
  f.device.read_status = BulkStatus::kError;  // would show
  const LineResponse response = f.Read(0, 0);
  EXPECT_EQ(response.status, LineStatus::kOk);
  EXPECT_FALSE(response.paged);
  EXPECT_EQ(response.data, Line{});
  EXPECT_EQ(f.pool.counters(HostId(0)).zero_fills, 1u);
}

TEST(PoolModel, HostsDoNotSeeEachOthersContentThoughTheyShareTheSlots) {
  PoolFixture f(1);
  f.Write(0, 0, 100);
  f.Write(1, 0, 200);
  EXPECT_EQ(f.Read(0, 0).data, SeededLine(100));
  EXPECT_EQ(f.Read(1, 0).data, SeededLine(200));
}

TEST(PoolModel, APartialWriteChangesOnlyTheBytesOfItsMask) {
  PoolFixture f;
  const Line before = f.Read(0, 0).data;
  const Line data = SeededLine(5);
  const std::uint64_t mask = 0x8000'0000'0000'F003;
  f.Do(0, Op::kPartialWrite, PoolFixture::Address(0, 0), data, mask);
  const Line after = f.Read(0, 0).data;
  for (std::uint32_t byte = 0; byte < kLineBytes; ++byte) {
    EXPECT_EQ(after[byte], (mask >> byte & 1) != 0 ? data[byte] : before[byte]) << byte;
  }
}

TEST(PoolModel, AWrittenPageSurvivesItsPageOut) {
  PoolFixture f(1);
  f.Write(0, 0, 1, 3 * 4096 + 64);
  f.Read(0, 1);
  EXPECT_FALSE(f.pool.SlotOf(HostId(0), 0).has_value());
  EXPECT_EQ(f.Read(0, 0, 3 * 4096 + 64).data, SeededLine(1));
  EXPECT_EQ(f.Read(0, 0, 3 * 4096).data, LineOf(SeededPage(LpnKey(0, 3)), 0));
}

TEST(PoolModel, OnlyDirtyPagesAreWrittenOut) {
  PoolFixture f(1);
  f.Read(0, 0, 0);
  f.Read(0, 0, 4096);
  f.Write(0, 0, 7, 8192);
  f.Read(0, 1);
  EXPECT_EQ(f.device.writes, 1u);
  EXPECT_EQ(f.pool.counters(HostId(0)).page_outs_dirty, 1u);
  EXPECT_EQ(f.pool.counters(HostId(0)).page_outs_clean, 2u);
}

TEST(PoolModel, EveryFirstWriteSinceCleanAndEveryWriteOutIsNoticed) {
  PoolFixture f(1);
  f.Write(0, 0, 1);
  f.Write(0, 0, 2);
  f.Write(0, 0, 3, 4096);
  f.Read(0, 1);
  ASSERT_EQ(f.notices.size(), 4u);
  EXPECT_EQ(f.notices[0].change, Change::kFirstWrite);
  EXPECT_EQ(f.notices[0].page, 0u);
  EXPECT_EQ(f.notices[1].change, Change::kFirstWrite);
  EXPECT_EQ(f.notices[1].page, 1u);
  EXPECT_EQ(f.notices[2].change, Change::kWrittenOut);
  EXPECT_EQ(f.notices[3].change, Change::kWrittenOut);
  EXPECT_EQ(f.notices[3].lpn, LpnKey(0, 1));
  f.Write(0, 0, 4);
  EXPECT_EQ(f.notices.back().change, Change::kFirstWrite);
}

TEST(PoolModel, APoisonedPagePoisonsItsReadsUntilFullWritesHealEachLine) {
  PoolFixture f;
  f.store.Poison(bulk::LpnOf(HostId(0), 0));
  EXPECT_EQ(f.Read(0, 0).status, LineStatus::kPoison);
  f.Do(0, Op::kPartialWrite, PoolFixture::Address(0, 0), SeededLine(1), 0xFF);
  EXPECT_EQ(f.Read(0, 0).status, LineStatus::kPoison);
  f.Write(0, 0, 2);
  EXPECT_EQ(f.Read(0, 0).status, LineStatus::kOk);
  EXPECT_EQ(f.Read(0, 0).data, SeededLine(2));
  EXPECT_EQ(f.Read(0, 0, 64).status, LineStatus::kPoison);
}

TEST(PoolModel, PoisonSurvivesAPageOut) {
  PoolFixture f(1);
  f.store.Poison(bulk::LpnOf(HostId(0), 0));
  f.Write(0, 0, 2);
  f.Read(0, 1);  // evicts segment 0
  EXPECT_EQ(f.Read(0, 0).status, LineStatus::kOk);
  EXPECT_EQ(f.Read(0, 0, 64).status, LineStatus::kPoison);
  Line line;
  f.Read(0, 1);
  EXPECT_EQ(f.pool.Peek(HostId(0), HostPhysAddr(PoolFixture::Address(0, 0, 64)), line), LineStatus::kPoison);
}

TEST(PoolModel, AnAtomicOnAPoisonedLineIsAnnouncedAndChangesNoContent) {
  PoolFixture f;
  f.store.Poison(bulk::LpnOf(HostId(0), 0));
  EXPECT_EQ(f.Do(0, Op::kFetchAdd, PoolFixture::Address(0, 0), SeededLine(1), 0xF).status, LineStatus::kPoison);
  EXPECT_EQ(f.Read(0, 0).status, LineStatus::kPoison);
  ASSERT_EQ(f.notices.size(), 1u);
  EXPECT_EQ(f.notices[0].change, Change::kFirstWrite);
}

TEST(PoolModel, WhileBulkIsOfflineAMissIsARetryAndTheContentStays) {
  PoolFixture f;
  f.device.read_status = BulkStatus::kOffline;
  EXPECT_EQ(f.Read(0, 0).status, LineStatus::kRetry);
  EXPECT_EQ(f.Write(0, 0, 1).status, LineStatus::kRetry);
  f.device.read_status = BulkStatus::kOk;
  EXPECT_EQ(f.Read(0, 0).data, LineOf(SeededPage(LpnKey(0, 0)), 0));
  EXPECT_EQ(f.pool.counters(HostId(0)).bulk_errors, 2u);
}

TEST(PoolModel, AReadErrorOfBulkPoisonsThePageAndNoOther) {
  PoolFixture f;
  f.device.read_status = BulkStatus::kError;
  EXPECT_EQ(f.Read(0, 0).status, LineStatus::kPoison);
  f.device.read_status = BulkStatus::kOk;
  EXPECT_EQ(f.Read(0, 0, 64).status, LineStatus::kPoison);
  EXPECT_EQ(f.Read(0, 0, 4096).status, LineStatus::kOk);
}

// Another content than was written out: poison, and told.
TEST(PoolModel, APageThatBulkChangedIsPoisonIfItWasWrittenOutFromHere) {
  PoolFixture f(1);
  std::vector<std::uint64_t> corrupt;
  f.pool.set_corruption_listener(
      [&](std::uint32_t host, std::uint32_t page) { corrupt.push_back(host * 1000 + page); });
  const LogicalPage lpn = bulk::LpnOf(HostId(1), 0);
  Page other = SeededPage(77);
  f.store.Poke(lpn, other);
  EXPECT_EQ(f.Read(1, 0, 64).data, LineOf(other, 1)) << "it has no checksum yet";
  f.Write(1, 0, 5);
  f.Read(0, 3);
  f.store.Peek(lpn, other);
  other.line(63)[1] ^= 1;
  f.store.Poke(lpn, other);
  EXPECT_EQ(f.Read(1, 0).status, LineStatus::kPoison);
  EXPECT_EQ(f.Read(1, 0, 4096 - 64).status, LineStatus::kPoison);
  EXPECT_EQ(corrupt, std::vector<std::uint64_t>{1000});
  EXPECT_EQ(f.pool.counters(HostId(1)).bulk_errors, 1u);
  f.Write(1, 0, 6, 128);
  f.Read(0, 3);
  EXPECT_EQ(f.Read(1, 0, 128).data, SeededLine(6));
  EXPECT_EQ(f.Read(1, 0).status, LineStatus::kPoison) << "lost lines are lost on bulk too";
  EXPECT_EQ(corrupt.size(), 1u);
}

TEST(PoolModel, WhatSoftwareSaysIsOnBulkAndWhatWasReleasedHasNoChecksum) {
  PoolFixture f(1);
  const LogicalPage lpn = bulk::LpnOf(HostId(0), 0);
  f.Write(0, 0, 5);
  f.Read(0, 3);
  f.store.Poke(lpn, SeededPage(78));
  ASSERT_TRUE(f.pool.SetOnBulk(HostId(0), 0, 0, 1));
  EXPECT_EQ(f.Read(0, 0).data, LineOf(SeededPage(78), 0));
  f.Write(0, 0, 5);
  f.Read(0, 3);
  ASSERT_TRUE(f.pool.Release(HostId(0), 0, 1).ok());
  f.store.Poke(lpn, SeededPage(79));
  ASSERT_TRUE(f.pool.SetOnBulk(HostId(0), 0, 0, 1));
  EXPECT_EQ(f.Read(0, 0).data, LineOf(SeededPage(79), 0));
}

TEST(PoolModel, ASegmentThatCannotBeWrittenOutStaysAndAnotherGoes) {
  PoolFixture f(2);
  f.Write(0, 0, 1);
  f.Read(0, 1);
  f.device.write_status = BulkStatus::kError;
  EXPECT_EQ(f.Read(0, 2).status, LineStatus::kOk);
  EXPECT_TRUE(f.pool.SlotOf(HostId(0), 0).has_value());
  EXPECT_EQ(f.Read(0, 0).data, SeededLine(1));
  f.Write(0, 2, 2);
  EXPECT_EQ(f.Read(0, 3).status, LineStatus::kRetry);  // both are dirty now
  f.device.write_status = BulkStatus::kOk;
  EXPECT_EQ(f.Read(0, 3).status, LineStatus::kOk);
}

TEST(PoolModel, WithEverySlotPinnedAMissIsARetry) {
  PoolFixture f(2);
  ASSERT_EQ(f.pool.Pin(HostId(0), 0, true), LineStatus::kOk);
  ASSERT_EQ(f.pool.Pin(HostId(1), 0, true), LineStatus::kOk);
  EXPECT_EQ(f.Read(0, 1).status, LineStatus::kRetry);
  ASSERT_EQ(f.pool.Pin(HostId(1), 0, false), LineStatus::kOk);
  EXPECT_EQ(f.Read(0, 1).status, LineStatus::kOk);
  EXPECT_TRUE(f.pool.SlotOf(HostId(0), 0).has_value());
}

TEST(PoolModel, APageOfZerosIsNotStored) {
  PoolFixture f;
  f.Write(0, 0, 1);
  ASSERT_EQ(f.pool.Evict(HostId(0), 0), LineStatus::kOk);
  EXPECT_EQ(f.device.writes, 1u);
  EXPECT_EQ(f.pool.StatesOf(HostId(0), 0, 0).on_bulk & 1, 1u);
  for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
    f.Do(0, Op::kWrite, PoolFixture::Address(0, 0, line * kLineBytes));
  }
  ASSERT_EQ(f.pool.Evict(HostId(0), 0), LineStatus::kOk);
  EXPECT_EQ(f.device.writes, 1u);
  EXPECT_EQ(f.pool.StatesOf(HostId(0), 0, 0).on_bulk & 1, 0u);
  EXPECT_EQ(f.pool.counters(HostId(0)).page_outs_dirty, 2u);
  EXPECT_EQ(f.pool.counters(HostId(0)).page_outs_zero, 1u);
  Page page;
  f.store.Peek(bulk::LpnOf(HostId(0), 0), page);
  EXPECT_EQ(page, Page());
  EXPECT_EQ(f.Read(0, 0, 5 * kLineBytes).data, Line{});
}

TEST(PoolModel, AReleasedSegmentReadsAsZeroEvenIfItHadBeenPagedOut) {
  PoolFixture f(1);
  f.Write(0, 0, 1);
  f.Read(0, 1);
  ASSERT_TRUE(f.pool.Release(HostId(0), 0, 2).ok());
  EXPECT_EQ(f.pool.free_slots(), 1u);
  EXPECT_EQ(f.Read(0, 0).data, Line{});
  EXPECT_EQ(f.Read(0, 1).data, Line{});
  EXPECT_EQ(f.Read(0, 2).data, LineOf(SeededPage(LpnKey(0, 8)), 0));
  EXPECT_FALSE(f.pool.Release(HostId(0), 15, 2).ok());
  Page page;
  f.store.Peek(bulk::LpnOf(HostId(0), 0), page);
  EXPECT_EQ(page, Page());
}

TEST(PoolModel, FlushMakesEveryPageCleanAndKeepsItResident) {
  PoolFixture f;
  f.Write(0, 0, 1);
  f.Write(1, 3, 2, 4096);
  ASSERT_EQ(f.pool.Flush(), LineStatus::kOk);
  EXPECT_FALSE(f.pool.PageDirty(HostId(0), 0));
  EXPECT_TRUE(f.pool.SlotOf(HostId(1), 3).has_value());
  Page page;
  f.store.Peek(bulk::LpnOf(HostId(1), 13), page);
  EXPECT_EQ(LineOf(page, 0), SeededLine(2));
}

TEST(PoolModel, AnExclusivePairSucceedsAndAWriteInBetweenMakesItFail) {
  PoolFixture f;
  const std::uint64_t address = PoolFixture::Address(0, 0);
  EXPECT_EQ(f.Exclusive(0, Op::kRead, address, 3).status, LineStatus::kExclusiveOk);
  EXPECT_EQ(f.Exclusive(0, Op::kWrite, address, 3, SeededLine(1)).status, LineStatus::kExclusiveOk);
  EXPECT_EQ(f.Read(0, 0).data, SeededLine(1));
  EXPECT_EQ(f.Exclusive(0, Op::kWrite, address, 3, SeededLine(2)).status, LineStatus::kOk);  // the first used it up
  EXPECT_EQ(f.Read(0, 0).data, SeededLine(1));
  f.Exclusive(0, Op::kRead, address, 3);
  f.Write(0, 0, 9, 64);  // another line: holds
  EXPECT_EQ(f.Exclusive(0, Op::kWrite, address, 3, SeededLine(3)).status, LineStatus::kExclusiveOk);
  f.Exclusive(0, Op::kRead, address, 3);
  f.Write(0, 0, 4);
  EXPECT_EQ(f.Exclusive(0, Op::kWrite, address, 3, SeededLine(5)).status, LineStatus::kOk);
  EXPECT_EQ(f.Read(0, 0).data, SeededLine(4));
}

TEST(PoolModel, ANewerExclusiveReadTakesTheMonitorOver) {
  PoolFixture f;
  const std::uint64_t address = PoolFixture::Address(0, 0);
  f.Exclusive(0, Op::kRead, address, 1);
  f.Exclusive(0, Op::kRead, address, 2);
  EXPECT_EQ(f.Exclusive(0, Op::kWrite, address, 1, SeededLine(1)).status, LineStatus::kOk);
  EXPECT_EQ(f.Exclusive(0, Op::kWrite, address, 2, SeededLine(2)).status, LineStatus::kExclusiveOk);
}

TEST(PoolModel, AnExclusivePairHoldsAcrossAPageOut) {
  PoolFixture f(1);
  const std::uint64_t address = PoolFixture::Address(0, 0);
  f.Exclusive(0, Op::kRead, address, 1);
  f.Read(0, 1);
  EXPECT_EQ(f.Exclusive(0, Op::kWrite, address, 1, SeededLine(1)).status, LineStatus::kExclusiveOk);
}

TEST(PoolModel, AtomicsWorkOnPagedOutLinesAndAnswerTheLineAsItWas) {
  PoolFixture f(1);
  Line old = f.Read(0, 0).data;
  f.Read(0, 1);
  Line operand{};
  operand[8] = 1;
  const LineResponse response = f.Do(0, Op::kFetchAdd, PoolFixture::Address(0, 0), operand, 0xFF00);
  EXPECT_EQ(response.status, LineStatus::kOk);
  EXPECT_TRUE(response.paged);
  EXPECT_EQ(response.data, old);
  std::uint64_t value;
  std::memcpy(&value, old.data() + 8, 8);
  ++value;
  std::memcpy(old.data() + 8, &value, 8);
  EXPECT_EQ(f.Read(0, 0).data, old);
}

TEST(PoolModel, AMalformedAtomicIsAnAccessError) {
  PoolFixture f;
  const std::uint64_t address = PoolFixture::Address(0, 0);
  for (const std::uint64_t mask : {0x0ull, 0x3ull, 0x1Eull, 0xFF0ull, 0xFFFFull, ~0ull}) {
    EXPECT_EQ(f.Do(0, Op::kFetchAdd, address, {}, mask).status, LineStatus::kAccessError) << mask;
  }
  EXPECT_EQ(f.Do(0, Op::kCompareSwap, address, {}, 0xFFFF).status, LineStatus::kOk);
  EXPECT_EQ(f.Do(0, Op::kCompareSwap, address, {}, 0xFFFF00).status, LineStatus::kAccessError);
}

TEST(PoolModel, CompareSwapComparesWithTheValueThirtyTwoBytesOn) {
  Line line = SeededLine(1);
  Line operand{};
  const Line fresh = SeededLine(2);
  const std::uint64_t mask = 0xFFFFull << 48;
  std::memcpy(operand.data() + 48, fresh.data(), 16);
  std::memcpy(operand.data() + 16, line.data() + 48, 16);
  Line expected = line;
  std::memcpy(expected.data() + 48, fresh.data(), 16);
  EXPECT_TRUE(ApplyAtomic(Op::kCompareSwap, mask, operand, line));
  EXPECT_EQ(line, expected);
  EXPECT_FALSE(ApplyAtomic(Op::kCompareSwap, mask, operand, line));
  EXPECT_EQ(line, expected);
}

TEST(PoolModel, FetchOperationsWrapAndStayInsideTheirOperand) {
  struct Case {
    Op op;
    std::uint32_t old, with, now;
  };
  for (const Case& c : {Case{Op::kFetchOr, 0x0F, 0xF0, 0xFF}, Case{Op::kFetchAnd, 0x3C, 0x0F, 0x0C},
                        Case{Op::kFetchAdd, 0xFFFF'FFFF, 2, 1}, Case{Op::kSwap, 5, 6, 6}}) {
    Line line = SeededLine(9);
    Line operand{};
    std::memcpy(line.data() + 4, &c.old, 4);
    std::memcpy(operand.data() + 4, &c.with, 4);
    Line expected = line;
    std::memcpy(expected.data() + 4, &c.now, 4);
    EXPECT_TRUE(ApplyAtomic(c.op, 0xF0, operand, line));
    EXPECT_EQ(line, expected) << Name(c.op);
  }
}

TEST(PoolModel, ADirectPointerIsGivenOnlyForResidentPagesAndNamedWhenItGoesStale) {
  PoolFixture f(1);
  std::vector<std::uint32_t> stale;
  f.pool.set_invalidate_listener([&](HostId, std::uint32_t page) { stale.push_back(page); });
  const HostPhysAddr page(PoolFixture::Address(0, 0, 4096));
  EXPECT_EQ(f.pool.DirectPage(HostId(0), page, false), nullptr);
  f.Read(0, 0, 4096);
  std::uint8_t* read = f.pool.DirectPage(HostId(0), page, false);
  ASSERT_NE(read, nullptr);
  EXPECT_EQ(std::memcmp(read, SeededPage(LpnKey(0, 1)).bytes.data(), kPageBytes), 0);
  EXPECT_EQ(f.pool.DirectPage(HostId(0), page, true), nullptr);  // clean: a first write must be noticed
  f.Write(0, 0, 3, 4096);
  std::uint8_t* write = f.pool.DirectPage(HostId(0), page, true);
  ASSERT_NE(write, nullptr);
  write[64] ^= 0xFF;
  EXPECT_EQ(f.Read(0, 0, 4096 + 64).data[0], SeededPage(LpnKey(0, 1)).bytes[64] ^ 0xFF);
  EXPECT_TRUE(stale.empty());
  f.Read(0, 1);
  EXPECT_NE(std::find(stale.begin(), stale.end(), 1u), stale.end());
}

TEST(PoolModel, PeekAndPokeSeeTheNewestContentWhereverItIsAndChangeNothingElse) {
  PoolFixture f(1);
  f.Write(0, 0, 1);
  f.Read(0, 1);
  const auto counters = f.pool.counters(HostId(0)).hits;
  f.probes.clear();
  Line line;
  EXPECT_EQ(f.pool.Peek(HostId(0), HostPhysAddr(PoolFixture::Address(0, 0)), line), LineStatus::kOk);
  EXPECT_EQ(line, SeededLine(1));
  EXPECT_EQ(f.pool.Poke(HostId(0), HostPhysAddr(PoolFixture::Address(0, 0, 64)), SeededLine(2), ~0ull),
            LineStatus::kOk);
  EXPECT_EQ(f.pool.Poke(HostId(0), HostPhysAddr(PoolFixture::Address(0, 1, 64)), SeededLine(3), ~0ull),
            LineStatus::kOk);
  EXPECT_TRUE(f.probes.empty());
  EXPECT_EQ(f.pool.counters(HostId(0)).hits, counters);
  EXPECT_EQ(f.Read(0, 1, 64).data, SeededLine(3));
  EXPECT_EQ(f.Read(0, 0, 64).data, SeededLine(2));
  EXPECT_EQ(f.Read(0, 0).data, SeededLine(1));
}

// Random traffic of all hosts against a flat byte map: every byte read is right, whatever is paged where.
TEST(PoolModel, AMovedSegmentKeepsItsContentAndIsToldOfPageByPage) {
  PoolFixture f(4);
  f.pool.SetFastSlots(2);
  f.Write(0, 0, 7, kPageBytes);
  f.Read(0, 0, 2 * kPageBytes);
  EXPECT_LT(*f.pool.SlotOf(HostId(0), 0), 2u);
  std::vector<std::uint32_t> moved;
  f.pool.set_notice_listener([&](const ChangeNotice& notice) {
    if (notice.change == Change::kMoved) moved.push_back(notice.page);
  });
  EXPECT_EQ(f.pool.Move(HostId(0), 0, false), LineStatus::kOk);
  EXPECT_GE(*f.pool.SlotOf(HostId(0), 0), 2u);
  EXPECT_EQ(moved, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_TRUE(f.pool.PageDirty(HostId(0), 1));
  EXPECT_FALSE(f.pool.PageDirty(HostId(0), 2));
  EXPECT_EQ(f.Read(0, 0, kPageBytes).data, SeededLine(7));
  EXPECT_EQ(f.pool.free_fast_slots(), 2u);
  EXPECT_EQ(f.pool.Move(HostId(0), 1, false), LineStatus::kRetry) << "not resident";
  f.pool.Pin(HostId(0), 0, true);
  EXPECT_EQ(f.pool.Move(HostId(0), 0, true), LineStatus::kRetry) << "pinned";
}

TEST(PoolModel, RandomTrafficOverFewSlotsReadsWhatWasWritten) {
  PoolFixture f(3, 3);
  f.SetWindow(2, 16, false);
  Random random(1);
  std::map<std::pair<std::uint32_t, std::uint64_t>, Line> flat;
  std::uint64_t compared = 0;
  for (int step = 0; step < 50000; ++step) {
    const auto host = static_cast<std::uint32_t>(random.Below(3));
    const auto segment = static_cast<std::uint32_t>(random.Below(8));
    const auto offset = static_cast<std::uint32_t>(random.Below(kTestSegmentBytes / kLineBytes)) * kLineBytes;
    const std::uint64_t address = PoolFixture::Address(host, segment, offset);
    auto [entry, fresh] = flat.try_emplace({host, address});
    Line& expected = entry->second;
    if (fresh && host != 2) {
      const std::uint32_t page = segment * 4 + offset / kPageBytes;
      expected = LineOf(SeededPage(LpnKey(host, page)), offset % kPageBytes / kLineBytes);
    }
    if (random.Percent(40)) {
      const Line data = SeededLine(1'000'000 + static_cast<std::uint64_t>(step));
      const bool full = random.Percent(50);
      const std::uint64_t mask = full ? ~std::uint64_t{0} : random.Next();
      ASSERT_EQ(f.Do(host, full ? Op::kWrite : Op::kPartialWrite, address, data, mask).status, LineStatus::kOk);
      MergeLine(expected, data, mask);
    } else {
      const LineResponse response = f.Do(host, Op::kRead, address);
      ASSERT_EQ(response.status, LineStatus::kOk);
      ASSERT_EQ(response.data, expected) << "step " << step;
      ++compared;
    }
  }
  EXPECT_GT(compared, 20000u);
  EXPECT_GT(f.pool.counters(HostId(0)).page_outs_dirty, 1000u);
}

}  // namespace
}  // namespace tarn::pool
