// The live estimate of the optimum: the RTL alone against its golden model, at random and on a recorded trace, where it
// counts what Belady's optimum misses.
#include <gtest/gtest.h>

#include <iostream>
#include <vector>

#include "Vpool_optimum.h"
#include "Vpool_optimum_small.h"
#include "models/common/random.h"
#include "models/policy/hardware_cache.h"
#include "models/policy/optimum.h"
#include "sw/policy/segment_trace.h"
#include "tb/pool/optimum_bench.h"

namespace tarn::tb {
namespace {

using pool::PoolProbe;
using pool::ProbeEvent;

constexpr OptimumCheckerShape kSmall{
    .shape = {.slots_max = 12, .history = 32, .sets = 8}, .segments_per_host = 64, .queue_depth = 6};
constexpr OptimumCheckerShape kDefault{.shape = {}, .segments_per_host = 4096, .queue_depth = 16};

PoolProbe Event(ProbeEvent kind, std::uint32_t host, std::uint32_t segment) {
  return {.kind = kind, .host = static_cast<std::uint8_t>(host), .segment = segment};
}

// Events in bursts and with gaps, to few segments or many, the same again, releases, and events that mean nothing here.
class RandomEvents {
 public:
  explicit RandomEvents(std::uint64_t seed) : random_(seed * 977 + 3) {}

  PoolProbe Next() {
    if (random_.Percent(1)) gap_percent_ = static_cast<unsigned>(random_.Below(4) * 30);
    if (random_.Percent(1)) segments_ = static_cast<std::uint32_t>(4 + random_.Below(200));
    if (random_.Percent(gap_percent_)) return {};
    if (!random_.Percent(30)) last_ = static_cast<std::uint32_t>(random_.Below(1 + random_.Below(segments_)));
    const auto dice = random_.Below(100);
    constexpr std::uint32_t kSegmentsPerHost = 64;
    const ProbeEvent kind = dice < 60   ? ProbeEvent::kHit
                            : dice < 70 ? ProbeEvent::kEarly
                            : dice < 88 ? ProbeEvent::kAssign
                            : dice < 92 ? ProbeEvent::kReleased
                            : dice < 96 ? ProbeEvent::kMiss
                                        : ProbeEvent::kMarkHot;
    return Event(kind, last_ / kSegmentsPerHost, last_ % kSegmentsPerHost);
  }
  Random& random() { return random_; }

 private:
  Random random_;
  unsigned gap_percent_ = 50;
  std::uint32_t segments_ = 20;
  std::uint32_t last_ = 0;
};

struct RandomRun {
  explicit RandomRun(unsigned plant = 0)
      : events(GetTestOptions().seed), bench(kSmall, [this] { return events.Next(); }, plant) {}

  bool Run(int rounds) {
    std::cout << "seed " << GetTestOptions().seed << "\n";
    for (int round = 0; round < rounds; ++round) {
      const bool begun = bench.Begin({.slots = 2 + static_cast<std::uint32_t>(events.random().Below(40)),
                                      .log2_sampling = static_cast<std::uint32_t>(events.random().Below(3)),
                                      .log2_epoch = 8});
      if (!begun || !bench.simulation().Run(200 + events.random().Below(8000)) || !bench.Settle()) return false;
      if (const auto& last = bench.checker().last_result(); last) EXPECT_EQ(bench.result(), *last);
      if (events.random().Percent(30) && !bench.Begin({.enable = false})) return false;
    }
    return true;
  }

  RandomEvents events;
  OptimumBench<Vpool_optimum_small> bench;
};

TEST(PoolOptimum, AgreesWithTheGoldenEstimateReferenceByReference) {
  RandomRun run;
  ASSERT_TRUE(run.Run(60)) << run.bench.failures();
  const OptimumChecker::Counts& seen = run.bench.checker().counts();
  std::cout << seen.judged << " judged, " << seen.missed << " missed, " << seen.dropped << " dropped, " << seen.epochs
            << " epochs\n";
  EXPECT_GT(seen.begun, 50u);
  EXPECT_GT(seen.judged, 20'000u);
  EXPECT_GT(seen.missed, 5'000u);
  EXPECT_GT(seen.judged - seen.missed, 5'000u);
  EXPECT_GT(seen.dropped, 5'000u);
  EXPECT_GT(seen.epochs, 200u);
}

TEST(PoolOptimum, AWrongBitInItsTablesChangesNothing) {
  RandomRun run;
  Random random(GetTestOptions().seed + 9);
  run.bench.inject = [&] { return random.Percent(10) ? 1u : 0u; };
  ASSERT_TRUE(run.Run(20)) << run.bench.failures();
  EXPECT_GT(run.bench.corrected(), 1'000u);
  EXPECT_EQ(run.bench.lost(), 0u);
}

TEST(PoolOptimum, MoreWrongBitsAreReported) {
  RandomRun run;
  bool injected = false;
  run.bench.inject = [&] { return injected || run.bench.checker().counts().judged < 500 ? 0u : (injected = true, 2u); };
  run.Run(10);  // what it judges from then on is not the model's
  EXPECT_GT(run.bench.lost(), 0u);
  EXPECT_EQ(run.bench.corrected(), 0u);
}

// 1: what was full once is held against later segments too; 2: dropped assignments are not counted; 3: an assignment
// after an access is not heard.
class PoolOptimumFault : public testing::TestWithParam<unsigned> {};
TEST_P(PoolOptimumFault, IsFound) {
  RandomRun run(GetParam());
  EXPECT_FALSE(run.Run(20));
  EXPECT_NE(run.bench.failures().find("optimum, cycle"), std::string::npos) << run.bench.failures();
}
INSTANTIATE_TEST_SUITE_P(Planted, PoolOptimumFault, testing::Values(1u, 2u, 3u));

// A pool that replays a trace: each miss assigns, then the access comes, when all before is judged.
class TraceReplay {
 public:
  static constexpr std::uint32_t kFrames = 412;  // a tenth of what sqlite3 touches
  static constexpr std::size_t kAccesses = 100'000;

  explicit TraceReplay(const policy::SegmentTrace& trace)
      : accesses_(std::span(trace.accesses).first(kAccesses)),
        cache_(kFrames, trace.segments),
        bench_(kDefault, [this] { return Next(); }) {}

  bool Run(std::uint32_t log2_epoch) {
    return bench_.Begin({.slots = kFrames, .log2_epoch = log2_epoch}) &&
           bench_.simulation().RunUntil([this] { return next_ == accesses_.size(); }, 5'000'000, "the trace's end") &&
           bench_.Settle();
  }
  OptimumBench<Vpool_optimum>& bench() { return bench_; }
  std::uint64_t misses() const { return misses_; }

 private:
  PoolProbe Next() {
    if (next_ == accesses_.size() || ++rest_ < 3 || !bench_.checker().idle()) return {};
    rest_ = 0;
    const policy::PageId page = accesses_[next_];
    if (!access_follows_ && !cache_.Access(page)) {
      access_follows_ = true;
      ++misses_;
      return Event(ProbeEvent::kAssign, page >> 12, page & 4095);
    }
    access_follows_ = false;
    ++next_;
    return Event(ProbeEvent::kHit, page >> 12, page & 4095);
  }

  std::span<const policy::PageId> accesses_;
  policy::HardwareCache cache_;
  std::size_t next_ = 0;
  bool access_follows_ = false;
  unsigned rest_ = 0;
  std::uint64_t misses_ = 0;
  OptimumBench<Vpool_optimum> bench_;
};

// All segments are followed, and the history holds: the optimum's misses in each epoch are those of the offline study.
TEST(PoolOptimum, CountsInEachEpochWhatBeladysOptimumMissesOnATrace) {
  constexpr std::uint32_t kLog2Epoch = 14;
  const auto trace =
      policy::ReadSegmentTrace(std::string(TARN_TEST_DATA) + "/sqlite3.tarntrace", {}, [] { return true; });
  ASSERT_TRUE(trace.ok());
  const std::vector<bool> missed = policy::OptimumMissed(std::span(trace->accesses).first(TraceReplay::kAccesses),
                                                         TraceReplay::kFrames, trace->segments);
  TraceReplay replay(*trace);
  std::vector<pool::OptimumResult> epochs;
  replay.bench().result_hook = [&](const pool::OptimumResult& result) { epochs.push_back(result); };
  ASSERT_TRUE(replay.Run(kLog2Epoch)) << replay.bench().failures();
  ASSERT_EQ(epochs.size(), TraceReplay::kAccesses >> kLog2Epoch);
  for (std::size_t epoch = 0; epoch < epochs.size(); ++epoch) {
    std::uint32_t optimum = 0;
    for (std::size_t i = epoch << kLog2Epoch; i < (epoch + 1) << kLog2Epoch; ++i) optimum += missed[i] ? 1 : 0;
    EXPECT_EQ(epochs[epoch].misses, optimum) << "epoch " << epoch;
    EXPECT_EQ(epochs[epoch].accesses, 1u << kLog2Epoch);
    EXPECT_GE(epochs[epoch].pool_misses, optimum);
    EXPECT_EQ(epochs[epoch].dropped, 0u);
  }
  EXPECT_EQ(replay.bench().epochs(), epochs.size());
}

// An access to another segment in each cycle is more than it has time for; of one segment in sixteen it hears all but
// few.
TEST(PoolOptimum, TellsWhatItDropsAndDropsLittleOnceItFollowsFewerSegments) {
  Random random(GetTestOptions().seed);
  OptimumBench<Vpool_optimum> bench(
      kDefault, [&] { return Event(ProbeEvent::kHit, 0, static_cast<std::uint32_t>(random.Below(2000))); });
  ASSERT_TRUE(bench.Begin({.slots = 1000, .log2_epoch = 12}) && bench.simulation().Run(10'000)) << bench.failures();
  EXPECT_EQ(bench.result().accesses, 4096u);
  EXPECT_GT(bench.result().dropped, 2000u);
  ASSERT_TRUE(bench.Begin({.slots = 1000, .log2_sampling = 4, .log2_epoch = 12}) && bench.simulation().Run(10'000))
      << bench.failures();
  EXPECT_GT(bench.result().accesses, 100u);
  EXPECT_LT(bench.result().dropped, bench.result().accesses / 20);
}

// 2^k accesses to one segment: one miss, and nothing that would fill the queue.
TEST(PoolOptimum, HearsOneSegmentInEveryCycleWithoutLoss) {
  OptimumBench<Vpool_optimum> bench(kDefault, [] { return Event(ProbeEvent::kHit, 2, 77); });
  ASSERT_TRUE(bench.Begin({.slots = 16, .log2_epoch = 10}) && bench.simulation().Run(1100)) << bench.failures();
  EXPECT_EQ(bench.result(), (pool::OptimumResult{.accesses = 1024, .pool_misses = 0, .misses = 1, .dropped = 0}));
}

}  // namespace
}  // namespace tarn::tb
