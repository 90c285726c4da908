// The AXI port: random bursts of every kind against the specification, its latency and its throughput.
#include <gtest/gtest.h>

#include "Vtb_axi_port.h"
#include "Vtb_axi_port_narrow.h"
#include "tests/common/axi/axi_bench.h"

namespace tarn::tb {
namespace {

using Wide = AxiBench<Vtb_axi_port>;
using Narrow = AxiBench<Vtb_axi_port_narrow>;  // 64 bits, 2-bit IDs, room for 4 line reads, 3 line writes, 2 bursts

// No pauses, and a memory that answers at once.
const AxiBenchOptions kFast = {.outstanding_max = 64,
                               .pause_percent = 0,
                               .stall_percent = 0,
                               .memory = {.latency_cycles_min = 8, .latency_cycles_max = 8}};

AxiAddress WholeLines(std::uint8_t id, std::uint64_t line, unsigned count) {
  return {.id = id,
          .addr = Wide::kBase + line * kLineBytes,
          .len = static_cast<std::uint8_t>(count - 1),
          .size = 6,
          .burst = AxiBurst::kIncr};
}

TEST(AxiPort, CarriesOutBurstsOfEveryKind) {
  Wide bench({});
  EXPECT_TRUE(bench.RunRandom(70'000));
  bench.Finish();
  EXPECT_EQ(bench.failures(), "") << ReplayCommand();
  EXPECT_EQ(bench.coverage().CompareWith(TARN_SOURCE_DIR "/tests/common/axi/axi_coverage_unreached.txt"), "");
  std::cout << bench.coverage().Summary() << ", " << bench.lines_asked() << " lines, " << bench.bytes_checked()
            << " bytes checked, " << bench.simulation().cycle() << " cycles\n";
}

TEST(AxiPort, NarrowPortWithLittleRoomLosesNothing) {
  Narrow bench({.bus_bytes = 8, .memory = {.latency_cycles_min = 1, .latency_cycles_max = 20, .stall_percent = 20}});
  EXPECT_TRUE(bench.RunRandom(10'000));
  bench.Finish();
  EXPECT_EQ(bench.failures(), "") << ReplayCommand();
  EXPECT_GT(bench.bytes_checked(), 50'000u);
}

TEST(AxiPort, FlippedBitInTheMemoryIsFound) {
  Wide bench({.fault = MemoryFault::kFlippedBit});
  bench.RunRandom(5'000);
  bench.Finish();
  EXPECT_NE(bench.failures().find("wrong data at"), std::string::npos);
}

TEST(AxiPort, WriteThatTheMemoryDropsIsFound) {
  Wide bench({.fault = MemoryFault::kDroppedWrite});
  bench.RunRandom(5'000);
  bench.Finish();
  EXPECT_NE(bench.failures(), "");
}

// ---- Figures: what rtl/common/README.md says about latency and throughput.

// Cycles from the first answer to the last.
template <typename Ask>
std::uint64_t CyclesOf(Wide& bench, Ask ask) {
  ask();
  EXPECT_TRUE(bench.simulation().RunUntil([&] { return bench.driver().idle(); }, 20'000, "answers"));
  bench.Finish();
  EXPECT_EQ(bench.failures(), "") << ReplayCommand();
  return bench.last_cycle() - bench.first_cycle() + 1;
}

constexpr unsigned kLines = 1024;

TEST(AxiPort, ReadsOneLinePerCycleInSingleBeats) {
  Wide bench(kFast);
  EXPECT_EQ(CyclesOf(bench,
                     [&] {
                       for (unsigned i = 0; i < kLines; ++i) bench.Read(WholeLines(i % 4, i % 128, 1));
                     }),
            kLines);
}

TEST(AxiPort, ReadsOneLinePerCycleOfOneId) {
  Wide bench(kFast);
  EXPECT_EQ(CyclesOf(bench,
                     [&] {
                       for (unsigned i = 0; i < kLines; ++i) bench.Read(WholeLines(0, i % 128, 1));
                     }),
            kLines);
}

TEST(AxiPort, ReadsOneLinePerCycleInBursts) {
  Wide bench(kFast);
  const std::uint64_t cycles = CyclesOf(bench, [&] {
    for (unsigned i = 0; i < kLines; i += 16) bench.Read(WholeLines(i / 16 % 4, i % 128, 16));
  });
  EXPECT_LE(cycles, kLines);  // counted from the first burst's last beat
  EXPECT_GE(cycles, kLines - 15);
}

TEST(AxiPort, WritesOneLinePerCycleInSingleBeats) {
  Wide bench(kFast);
  EXPECT_EQ(CyclesOf(bench,
                     [&] {
                       for (unsigned i = 0; i < kLines; ++i) bench.WriteLines(WholeLines(i % 4, i % 128, 1));
                     }),
            kLines);
}

TEST(AxiPort, WritesOneLinePerCycleInBursts) {
  Wide bench(kFast);
  const std::uint64_t cycles = CyclesOf(bench, [&] {
    for (unsigned i = 0; i < kLines; i += 16) bench.WriteLines(WholeLines(i / 16 % 4, i % 128, 16));
  });
  EXPECT_LE(cycles, kLines);
  EXPECT_GE(cycles, kLines - 15);
}

// With a memory that answers `kFast.memory.latency_cycles_min` cycles after it took a line.
TEST(AxiPort, AddsTwoCyclesToARead) {
  Wide bench(kFast);
  bench.Read(WholeLines(1, 5, 1));
  ASSERT_TRUE(bench.simulation().RunUntil([&] { return bench.driver().idle(); }, 100, "the answer"));
  EXPECT_EQ(bench.last_cycle() - bench.last_taken_cycle(), kFast.memory.latency_cycles_min + 2);
}

TEST(AxiPort, AddsThreeCyclesToAWrite) {
  Wide bench(kFast);
  bench.WriteLines(WholeLines(1, 5, 1));
  ASSERT_TRUE(bench.simulation().RunUntil([&] { return bench.driver().idle(); }, 100, "the answer"));
  EXPECT_EQ(bench.last_cycle() - bench.last_taken_cycle(), kFast.memory.latency_cycles_min + 3);
}

// One ID waits for a slow line; the others pass it, and it still gets its answers in order.
TEST(AxiPort, IdsDoNotWaitForEachOther) {
  AxiBenchOptions options = kFast;
  options.slow_line_latency_cycles = 2'000;
  Wide bench(options);
  bench.Read(WholeLines(0, Wide::kSlowLine, 1));
  bench.WriteLines(WholeLines(0, Wide::kSlowLine, 1));
  for (unsigned i = 0; i < 500; ++i) {
    bench.Read(WholeLines(static_cast<std::uint8_t>(1 + i % 3), i % 63, 1));
    bench.WriteLines(WholeLines(static_cast<std::uint8_t>(1 + i % 3), i % 63, 1));
  }
  ASSERT_TRUE(bench.simulation().RunUntil([&] { return bench.reads_done() == 500 && bench.writes_done() == 500; },
                                          1'500, "the other IDs"));
  EXPECT_FALSE(bench.driver().idle());
  EXPECT_TRUE(bench.simulation().RunUntil([&] { return bench.driver().idle(); }, 4'000, "the slow ID"));
  bench.Finish();
  EXPECT_EQ(bench.failures(), "") << ReplayCommand();
}

// WLAST on the wrong beat is the manager's mistake: it gets SLVERR, and the next burst is carried out as usual.
TEST(AxiPort, WrongWlastIsAnsweredWithAnError) {
  for (const bool is_early : {true, false}) {
    Wide bench(kFast);
    bench.WriteWithWrongLast(WholeLines(1, 5, 4), is_early);
    bench.WriteLines(WholeLines(1, 9, 4));
    EXPECT_TRUE(bench.simulation().RunUntil([&] { return bench.writes_done() == 2; }, 200, "both answers"));
    bench.Finish();
    EXPECT_EQ(bench.failures(), "") << ReplayCommand();
  }
}

}  // namespace
}  // namespace tarn::tb
