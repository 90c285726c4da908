// Figures of the pool alone, over a channel that answers one cycle after it took a request: exact, so asserted.
#include <gtest/gtest.h>

#include <iostream>

#include "tests/pool/wide_pool.h"

namespace tarn::tests {
namespace {

WideBench::Options Ideal() {
  WideBench::Options options;
  options.channel.in_order = true;
  options.bulk.latency_min_cycles = 1000;
  options.bulk.latency_max_cycles = 1000;
  return options;
}

TEST(PoolFigures, AHitIsAddedThreeCycles) {
  WideBench bench(Ideal());
  ASSERT_TRUE(bench.Start());
  bench.Read(0, 0);
  ASSERT_TRUE(bench.Drain());
  std::uint64_t accepted = 0;
  std::uint64_t answered = 0;
  bench.accept_hook = [&](std::uint32_t, bool, const HostRequest&, std::uint64_t cycle) { accepted = cycle; };
  bench.response_hook = [&](std::uint32_t, bool, const LineResponse&, std::uint64_t cycle) { answered = cycle; };
  bench.Read(0, 64);
  ASSERT_TRUE(bench.Drain());
  const std::uint64_t added = answered - accepted - 1;  // 1: the channel's
  std::cout << "pool.hit_added_cycles " << added << "\n";
  EXPECT_EQ(added, 3u);
}

TEST(PoolFigures, HitsPassAtOneLinePerCycle) {
  WideBench bench(Ideal());
  ASSERT_TRUE(bench.Start());
  for (std::uint32_t host = 0; host < 4; ++host) bench.Read(host, 0);
  ASSERT_TRUE(bench.Drain());
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t count = 0;
  bench.response_hook = [&](std::uint32_t, bool, const LineResponse&, std::uint64_t cycle) {
    if (count++ == 0) first = cycle;
    last = cycle;
  };
  for (std::uint32_t i = 0; i < 200; ++i) {
    for (std::uint32_t host = 0; host < 4; ++host) bench.Read(host, i % 64 * 64);
  }
  ASSERT_TRUE(bench.Drain());
  const double lines_per_cycle = static_cast<double>(count) / static_cast<double>(last - first + 1);
  std::cout << "pool.hit_lines_per_cycle " << lines_per_cycle << "\n";
  EXPECT_EQ(count, 800u);
  EXPECT_GT(lines_per_cycle, 0.99);
}

TEST(PoolFigures, AMissAddsALittleToBulksTime) {
  WideBench bench(Ideal());
  ASSERT_TRUE(bench.Start());
  std::uint64_t page = 0;
  while (!bench.PageIsOnBulk(0, page)) ++page;
  std::uint64_t accepted = 0;
  std::uint64_t answered = 0;
  bench.accept_hook = [&](std::uint32_t, bool, const HostRequest&, std::uint64_t cycle) { accepted = cycle; };
  bench.response_hook = [&](std::uint32_t, bool, const LineResponse&, std::uint64_t cycle) { answered = cycle; };
  bench.Read(0, page * kPageBytes);
  ASSERT_TRUE(bench.Drain());
  const std::uint64_t before = bench.bulk().last_read_accept_cycle() - accepted;
  const std::uint64_t after = answered - bench.bulk().last_read_done_cycle();
  std::cout << "pool.miss_to_bulk_cycles " << before << "\npool.bulk_to_answer_cycles " << after << "\n";
  EXPECT_LE(before, 10u);
  EXPECT_LE(after, 15u);
}

}  // namespace
}  // namespace tarn::tests
