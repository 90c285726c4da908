// A random run on any shape of pool: traffic, quiesce, flush, and everything compared.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <iostream>
#include <numeric>

#include "tb/pool/pool_bench.h"

namespace tarn::tests {

// Of a host, walks included: how many requests took how long (rtl/pool/registers.md, `latency`).
template <typename Bench>
std::array<std::uint64_t, 16> ReadLatencies(Bench& bench, std::uint32_t host) {
  namespace reg = pool_registers;
  std::array<std::uint64_t, 16> counts{};
  bench.management().Write(reg::latency_host::kOffset, host);
  for (std::uint32_t bin = 0; bin < counts.size(); ++bin) {
    const std::uint64_t low = bench.management().Read(reg::latency::kOffset + 8 * bin).rdata;
    counts[bin] = low | std::uint64_t{bench.management().Read(reg::latency::kOffset + 8 * bin + 4).rdata} << 32;
  }
  return counts;
}

template <typename Bench>
void ExpectCountersAgree(Bench& bench, std::uint32_t hosts, bool faults) {
  for (std::uint32_t host = 0; host < hosts; ++host) {
    const tb::PoolChecker::Tally& tally = bench.checker().tally(host);
    EXPECT_EQ(bench.Counter(host, 1), tally.hits) << "hits of host " << host;
    EXPECT_EQ(bench.Counter(host, 2), tally.misses) << "misses of host " << host;
    EXPECT_EQ(bench.Counter(host, 3), tally.access_errors) << "access errors of host " << host;
    EXPECT_EQ(bench.Counter(host, 4), tally.page_ins) << "page-ins of host " << host;
    EXPECT_EQ(bench.Counter(host, 5), tally.zero_fills) << "zero fills of host " << host;
    EXPECT_EQ(bench.Counter(host, 6), tally.written_out) << "pages written of host " << host;
    EXPECT_LE(bench.Counter(host, 8), tally.evictions) << "evictions of host " << host;
    // An eviction that was given up shows on the probe, but does not count.
    if (!faults) {
      EXPECT_EQ(bench.Counter(host, 8), tally.evictions) << "evictions of host " << host;
    }
    EXPECT_EQ(bench.Counter(host, 11), tally.notices) << "notices of host " << host;
    if constexpr (Bench::kMonitored) {
      const std::array<std::uint64_t, 16> latencies = ReadLatencies(bench, host);
      EXPECT_EQ(std::accumulate(latencies.begin(), latencies.end(), std::uint64_t{0}), tally.accesses)
          << "requests of host " << host << " whose latency was counted";
    }
    // Counter 0 has fewer: a request that is refused before its map entry was there is neither hit nor miss.
    EXPECT_LE(bench.Counter(host, 0), tally.accesses) << "accesses of host " << host;
    EXPECT_GE(bench.Counter(host, 0) + bench.Counter(host, 10), tally.accesses) << "accesses of host " << host;
  }
}

template <typename Bench>
typename Bench::Options Rough() {
  typename Bench::Options options;
  options.channel.stall_percent = 10;
  options.channel.wait_percent = 10;
  options.bulk.stall_percent = 20;
  options.rsp_stall_percent = 20;
  options.change_stall_percent = 30;
  return options;
}

// faults: bulk fails now and then; then how often things happened is not compared with fixed floors.
template <typename Bench>
void RunRandom(Bench& bench, const tb::Traffic& traffic, std::uint64_t count, std::uint32_t hosts,
               bool faults = false) {
  std::cout << "seed " << tb::GetTestOptions().seed << "\n";
  ASSERT_TRUE(bench.Start()) << bench.failures().Text();
  if (faults) {
    // Every failed page-out is tried again; refusals are answers to be expected.
    bench.management().Write(pool_registers::limits::kOffset, 0xFF02);
    bench.checker().set_refusals_allowed(true);
  }
  ASSERT_TRUE(bench.RunTraffic(traffic, count)) << bench.failures().Text();
  bench.bulk().options().offline_percent = 0;  // so that the flush can be whole
  ASSERT_TRUE(bench.Quiesce(true)) << bench.failures().Text();
  EXPECT_EQ(bench.management().Read(pool_registers::status::kOffset).rdata & pool_registers::status::FlushFailed::kMask,
            0u);
  bench.checker().ExpectAllAnswered(bench.simulation().cycle());
  bench.checker().ExpectBulkHoldsEverything();
  ExpectCountersAgree(bench, hosts, faults);
  EXPECT_FALSE(bench.failures().any()) << bench.failures().Text();
  const tb::PoolChecker::Tally sum = bench.checker().Sum();
  std::cout << bench.simulation().cycle() << " cycles, " << sum.accesses << " accesses, " << sum.hits << " hits, "
            << sum.misses << " misses, " << sum.page_ins << " page-ins, " << sum.zero_fills << " zero fills, "
            << sum.evictions << " evictions, " << sum.written_out << " written out, " << sum.atomics << " atomics, "
            << sum.exclusives_done << " exclusives done, " << sum.early << " served early, latency at most "
            << bench.checker().latency_max_cycles() << " cycles\n";
  EXPECT_GT(sum.evictions, 100u);
  EXPECT_GT(sum.written_out, 50u);
  EXPECT_TRUE(Bench::MayBeAtomic(/*walk=*/true) ? sum.atomics > 50u : sum.atomics == 0u) << sum.atomics;
  EXPECT_GT(sum.early, 50u);
  if (faults) {
    EXPECT_GT(bench.bulk().faults(), 20u);
    EXPECT_GT(sum.poisons, 0u);
  }
  EXPECT_GT(sum.nonzero_reads * 10, sum.compared_reads * 8);
}

}  // namespace tarn::tests
