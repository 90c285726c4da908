// Check bits of the tables on chip: a wrong bit changes nothing, more are reported, and what is lost never becomes
// somebody else's.
#include <gtest/gtest.h>

#include "tests/pool/random_run.h"
#include "tests/pool/scenario.h"
#include "tests/pool/small_pool.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;

enum Table : std::uint32_t { kOwners, kFreeSlots, kQueues, kHits, kGhosts, kShadows, kOptimum, kTables };

// The next word written to each of the table's memories has so many wrong bits.
void Spoil(RegisterBus& registers, std::uint32_t table, std::uint32_t bits) {
  registers.Write(reg::table_inject::kOffset, table | bits << 4);
}

TEST(PoolTables, AWrongBitInAnyOfThemIsPutRightAndCounted) {
  SmallBench bench(Rough<SmallBench>());
  ASSERT_TRUE(bench.Start()) << bench.failures().Text();
  bench.management().Write(reg::optimum_control::kOffset, reg::optimum_control::Enable::kMask);
  for (int round = 0; round < 40; ++round) {
    for (std::uint32_t table = 0; table < kTables; ++table) Spoil(bench.management(), table, 1);
    ASSERT_TRUE(bench.RunTraffic({.segments = 12, .lines = 8, .hot_percent = 50}, 100)) << bench.failures().Text();
  }
  ASSERT_TRUE(bench.Quiesce(true)) << bench.failures().Text();
  bench.checker().ExpectBulkHoldsEverything();
  EXPECT_FALSE(bench.failures().any()) << bench.failures().Text();
  EXPECT_GT(bench.management().Read(reg::tables_corrected::kOffset).rdata, 200u);
  EXPECT_EQ(bench.management().Read(reg::tables_lost::kOffset).rdata, 0u);
}

class PoolTablesScenario : public PoolScenario {
 protected:
  // Segments enough that each slot is wanted.
  void TouchOthers() {
    for (std::uint64_t segment = 1; segment < WideShape::kWindowSegments; ++segment)
      Write(0, segment * kSegment, segment);
  }
  void ExpectLost(Table table) {
    EXPECT_EQ(bench_->management().Read(reg::tables_lost::kOffset).rdata, 1u << table);
    EXPECT_NE(Events() & reg::events::TableLost::kMask, 0u);
  }
};

TEST_F(PoolTablesScenario, AFreeSlotThatIsLostIsNotHandedOut) {
  Make({.all_zero = true});
  Write(0, 0, 1);
  Spoil(bench_->management(), kFreeSlots, 2);
  Release(0, 0);
  TouchOthers();
  ExpectLost(kFreeSlots);
  for (std::uint64_t segment = 1; segment < WideShape::kWindowSegments; ++segment) {
    EXPECT_EQ(Read(0, segment * kSegment).data, SeededLine(segment));
  }
  ASSERT_TRUE(bench_->Quiesce(true));
  const std::uint32_t used = bench_->management().Read(reg::resident::kOffset).rdata;
  EXPECT_EQ(FreeSlots() + used, WideShape::kSlots - 1);
}

TEST_F(PoolTablesScenario, ASlotWhoseOwnerIsLostStaysWithItAndAFlushSaysThatItMissedIt) {
  Make({.all_zero = true});
  Spoil(bench_->management(), kOwners, 2);
  Write(0, 0, 1);
  TouchOthers();
  ExpectLost(kOwners);
  EXPECT_NE(ReadMap(0, 0) & reg::map_status::Resident::kMask, 0u)
      << "nobody could tell whose it is, so nobody evicts it";
  EXPECT_EQ(Read(0, 0).data, SeededLine(1));
  for (std::uint64_t segment = 1; segment < WideShape::kWindowSegments; ++segment) {
    EXPECT_EQ(Read(0, segment * kSegment).data, SeededLine(segment));
  }
  ASSERT_TRUE(bench_->Quiesce(true));
  EXPECT_NE(Status() & reg::status::FlushFailed::kMask, 0u);
}

}  // namespace
}  // namespace tarn::tests
