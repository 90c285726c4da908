// The port for single lines: random reads and writes of whole lines, each ID once at a time in each direction, against
// the same bench as the port for every burst.
#include <gtest/gtest.h>

#include "Vtb_axi_line_port.h"
#include "tests/common/axi/axi_bench.h"

namespace tarn::tb {
namespace {

using Lines = AxiBench<Vtb_axi_line_port>;

constexpr unsigned kIds = 16;
constexpr unsigned kPages = Lines::kPartPage + 1;  // lines that are right, and that fail in each way

AxiAddress RandomLine(Lines& bench, unsigned id) {
  Random& random = bench.random();
  AxiAddress address{.id = static_cast<std::uint8_t>(id), .size = 6, .burst = AxiBurst::kIncr};
  address.addr = Lines::kBase + random.Below(kPages * kPageBytes / kLineBytes) * kLineBytes;
  address.cache = static_cast<std::uint8_t>(random.Below(16));
  address.prot = static_cast<std::uint8_t>(random.Below(8));
  address.qos = static_cast<std::uint8_t>(random.Below(16));
  address.user.device_id = static_cast<std::uint32_t>(random.Below(1 << 24));
  address.user.process_id = static_cast<std::uint32_t>(random.Below(1 << 20));
  address.user.process_valid = random.Percent(50);
  address.user.rcid = static_cast<std::uint16_t>(random.Below(1 << 12));
  address.user.mcid = static_cast<std::uint16_t>(random.Below(1 << 12));
  return address;
}

// Every ID reads, or writes, or both, or neither; then all is waited for, and they begin anew.
void RunRounds(Lines& bench, unsigned rounds) {
  for (unsigned round = 0; round < rounds; ++round) {
    for (unsigned id = 0; id < kIds; ++id) {
      if (bench.random().Percent(60)) bench.Read(RandomLine(bench, id));
      if (!bench.random().Percent(60)) continue;
      const AxiAddress address = RandomLine(bench, id);
      bench.Write(address, bench.RandomBeats(address));
    }
    if (!bench.simulation().RunUntil([&] { return bench.driver().idle(); }, 20'000, "a round's answers")) return;
  }
}

TEST(AxiLinePort, CarriesOutReadsAndWritesOfLines) {
  Lines bench({});
  RunRounds(bench, 1'000);
  bench.Finish();
  EXPECT_EQ(bench.failures(), "") << ReplayCommand();
  EXPECT_GT(bench.reads_done(), 8'000u);
  EXPECT_GT(bench.writes_done(), 8'000u);
  EXPECT_GT(bench.bytes_checked(), 100'000u);
}

TEST(AxiLinePort, NobodyInAHurryAndAMemoryThatAnswersAtOnce) {
  Lines bench({.pause_percent = 0, .stall_percent = 80, .memory = {.latency_cycles_min = 1, .latency_cycles_max = 1}});
  RunRounds(bench, 300);
  bench.Finish();
  EXPECT_EQ(bench.failures(), "") << ReplayCommand();
}

TEST(AxiLinePort, FlippedBitInTheMemoryIsFound) {
  Lines bench({.fault = MemoryFault::kFlippedBit});
  RunRounds(bench, 100);
  bench.Finish();
  EXPECT_NE(bench.failures().find("wrong data at"), std::string::npos);
}

// An ID that is used twice at a time is the manager's mistake, and said so.
TEST(AxiLinePort, IdUsedTwiceIsFound) {
  Lines bench({});
  bench.Read(RandomLine(bench, 3));
  bench.Read(RandomLine(bench, 3));
  bench.simulation().RunUntil([&] { return bench.driver().idle(); }, 1'000, "two answers");
  EXPECT_NE(bench.failures().find("an assertion of the design failed"), std::string::npos) << bench.failures();
}

}  // namespace
}  // namespace tarn::tb
