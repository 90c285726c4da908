// The RTL pool against the golden model at random, on three shapes; and the comparison against faults planted in the
// RTL.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <string>

#include "models/pool/pool_hotness_registers.h"
#include "sw/wave/comparison_report.h"
#include "tb/pool/golden_pool_wave.h"
#include "tb/pool/pool_cosimulation.h"
#include "tests/pool/board_pool.h"
#include "tests/pool/huge_pool.h"
#include "tests/pool/random_run.h"
#include "tests/pool/small_pool.h"
#include "tests/pool/wide_pool.h"
#include "tests/wave/compare_waves.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;
namespace host_reg = pool_host_registers;
namespace hot = pool_hotness_registers;

constexpr std::uint32_t kHotnessOn = hot::control::Enable::kMask | hot::control::FirstMark::kMask;

// A bench and the model beside it; both get what software commands.
template <typename Bench, typename Shape>
class Cosimulation {
 public:
  // Segments that no traffic reaches until the end: software loads and reads their map entries meanwhile.
  static constexpr std::uint32_t kQuietSegments = 4;

  explicit Cosimulation(const typename Bench::Options& options)
      : random_(options.seed * 101 + 3),
        bench_(Alone(options)),
        model_({.hosts = Shape::kHosts,
                .segment_bytes = Shape::kSegmentBytes,
                .slots = Shape::kSlots,
                .slots_beside_floors = Shape::kSlotsBesideFloors},
               Shape::kWindowSegments, bench_.bulk(), bench_.failures()) {
    bench_.probe_hook = [this](const pool::PoolProbe& event, std::uint64_t cycle) { model_.OnProbe(event, cycle); };
    bench_.accept_hook = [this](std::uint32_t host, bool walk, const HostRequest& request, std::uint64_t cycle) {
      model_.OnAccepted(host, walk, request, cycle);
    };
    bench_.response_hook = [this](std::uint32_t host, bool walk, const LineResponse& response, std::uint64_t cycle) {
      model_.OnResponse(host, walk, response, cycle);
    };
    bench_.change_hook = [this](const pool::ChangeNotice& notice, std::uint64_t cycle) {
      model_.OnChange(notice, cycle);
    };
    bench_.content_hook = [this](std::uint32_t host, std::uint64_t address) { return model_.Content(host, address); };
  }

  void Run(const tb::Traffic& traffic, std::uint64_t count, unsigned plant = 0) {
    std::cout << "seed " << tb::GetTestOptions().seed << "\n";
    if (!bench_.Start()) return;
    for (std::uint32_t host = 0; host < Shape::kHosts; ++host) LoadModel(host);
    bench_.management().Write(reg::limits::kOffset, 0xFFFF);  // bulk is asked until it does what it should
    if constexpr (requires { bench_.dut().plant_i; }) bench_.dut().plant_i = static_cast<CData>(plant);
    bench_.management().Write(reg::fast_slots::kOffset, Shape::kSlots / 2);
    model_.OnFastSlots(Shape::kSlots / 2);
    StartHotness();
    SetMarks();
    if (!bench_.RunTraffic(traffic, count, [&] { Command(traffic); })) return;
    for (std::uint32_t host = 0; host < Shape::kHosts; ++host) {
      EndRelease(host);
      if (count != 0) ReadQuietSegments(host);
    }
    const tb::BulkStub::Options bulk = bench_.bulk().options();
    bench_.bulk().options().offline_percent = 0;  // so that the flush can be whole
    if (!bench_.Drain() || !bench_.Quiesce(true)) return;
    ExpectEvents();
    ExpectHotness();
    const bool page_outs_failed = bulk.write_error_percent + bulk.offline_percent != 0;
    model_.Finish([this](std::uint32_t index) { return bench_.Counter(index / 16, index % 16); }, page_outs_failed,
                  bench_.simulation().cycle());
  }

  // Past these, segments are paged out.
  void set_slots_used(std::uint32_t slots) { slots_used_ = slots; }
  void Follow(tb::GoldenPoolWave& wave) { wave.Follow(model_); }
  std::string FailureText() { return bench_.failures().Text(); }
  const tb::PoolCosimulation::Counts& counts() const { return model_.counts(); }
  bool floors_counted() const { return floors_counted_; }
  std::uint32_t pages_corrupt() const { return pages_corrupt_; }
  Bench& bench() { return bench_; }

 private:
  static typename Bench::Options Alone(typename Bench::Options options) {
    options.judged = false;
    return options;
  }

  void LoadModel(std::uint32_t host) {
    for (std::uint32_t segment = 0; segment < Shape::kWindowSegments; ++segment) {
      for (std::uint32_t word = 0; word < Bench::kMapWords; ++word) {
        const typename Bench::MapWord pages = bench_.InitialWord(host, segment, word);
        model_.model().SetOnBulk(HostId(host), segment, word, pages.on_bulk, pages.lost);
      }
    }
  }

  // Now and then, in the middle of everything, software wants something.
  void Command(const tb::Traffic& traffic) {
    if (!random_.Percent(5)) return;
    const auto host = static_cast<std::uint32_t>(random_.Below(Shape::kHosts));
    const auto quiet = static_cast<std::uint32_t>(Shape::kWindowSegments - 1 - random_.Below(kQuietSegments));
    switch (random_.Below(16)) {
      case 7:
        bench_.hotness_registers().Write(hot::control::kOffset, kHotnessOn | hot::control::EndEpoch::kMask);
        break;
      case 0:
        EndRelease(host);
        BeginRelease(host, static_cast<std::uint32_t>(random_.Below(traffic.segments)));
        break;
      case 1:
        WriteBoth(reg::map_host::kOffset, host);
        WriteBoth(reg::map_segment::kOffset, quiet);
        ChooseWord();
        LoadAtRandom();
        break;
      case 2:
        ChangeFloor(host, static_cast<std::uint32_t>(random_.Below(3)));
        break;
      case 8:
        ChangeShare(host, static_cast<std::uint32_t>(random_.Below(5)));
        break;
      case 9:
        ChangeTurns(host);
        break;
      case 10:
      case 11:
      case 12:
      case 13:
      case 14:
      case 15:
        MoveOrder(host);
        break;
      case 3:
      case 4:
      case 5:
        Order(host, static_cast<std::uint32_t>(random_.Below(traffic.segments + kQuietSegments)));
        break;
      default:
        WriteBoth(reg::map_host::kOffset, host);
        WriteBoth(reg::map_segment::kOffset, quiet);
        ChooseWord();
        WriteBoth(reg::map_command::kOffset, 2);
        WaitForMap();
        ExpectMapReads();
        break;
    }
  }
  void ChooseWord() {
    if (Bench::kMapWords == 1) return;
    WriteBoth(reg::map_word::kOffset, static_cast<std::uint32_t>(random_.Below(Bench::kMapWords)));
  }
  // One page in four is lost, whatever is said of bulk.
  void LoadAtRandom() {
    const std::uint64_t drawn = random_.Next();
    WriteBoth(reg::map_on_bulk::kOffset, static_cast<std::uint32_t>(drawn));
    WriteBoth(reg::map_lost_pages::kOffset, static_cast<std::uint32_t>(drawn >> 32 & drawn >> 16));
    WriteBoth(reg::map_command::kOffset, 1);
    WaitForMap();
  }
  // Whoever is above another host's share may lose a slot until the register is written.
  void ChangeShare(std::uint32_t host, std::uint32_t slots) {
    constexpr std::uint32_t kSettleCycles = 4;
    for (std::uint32_t h = 0; h < Shape::kHosts; ++h) model_.OnShare(h, 0);
    WriteBoth(reg::shares::kOffset + 4 * host, slots);
    shares_[host] = slots;
    bench_.simulation().Run(kSettleCycles);
    for (std::uint32_t h = 0; h < Shape::kHosts; ++h) model_.OnShare(h, shares_[h]);
  }
  // Matters of time, which change nothing of what is answered.
  void ChangeTurns(std::uint32_t host) {
    constexpr std::uint32_t kWindowMin = 6, kWindows = 4, kCaps = 4, kEngines = 3, kTurns = 5;
    const auto draw = [this](std::uint32_t below) { return static_cast<std::uint32_t>(random_.Below(below)); };
    WriteBoth(reg::eviction_window::kOffset, kWindowMin + draw(kWindows));
    WriteBoth(reg::eviction_caps::kOffset + 4 * host, draw(kCaps));
    WriteBoth(reg::engine_floors::kOffset + 4 * host, draw(kEngines));
    WriteBoth(reg::weights::kOffset + 4 * host, draw(kTurns));
  }
  // What software orders shows on the probe, and there the model follows. A pin is taken back at once: it would leave
  // others no slot.
  void Order(std::uint32_t host, std::uint32_t segment) {
    constexpr std::uint32_t kUnpin = 3, kPin = 4, kPageIn = 7, kOrders = 8;
    model_.OnOrderedIn(host, segment);
    bench_.management().Write(reg::map_host::kOffset, host);
    bench_.management().Write(reg::map_segment::kOffset, segment);
    constexpr unsigned kPageInPercent = Bench::kMapWords == 1 ? 50 : 20;  // one of hundreds of pages takes its time
    const auto order =
        random_.Percent(kPageInPercent) ? kPageIn : kPin + static_cast<std::uint32_t>(random_.Below(kOrders));
    bench_.management().Write(reg::map_command::kOffset, order);
    WaitForMap();
    if (order == kPin) bench_.management().Write(reg::map_command::kOffset, kUnpin);
    WaitForMap();
    const std::uint32_t hint = segment | static_cast<std::uint32_t>(random_.Below(2)) << 24;
    bench_.host_registers(host).Write(host_reg::hint::kOffset, hint);
  }
  // One of the segments that are accessed most goes to the other speed class, if there is room for it.
  void MoveOrder(std::uint32_t host) {
    constexpr std::uint32_t kToFast = 10;
    constexpr int kTries = 10;
    bench_.management().Write(reg::map_host::kOffset, host);
    bench_.management().Write(reg::map_segment::kOffset, static_cast<std::uint32_t>(random_.Below(2)));
    const std::uint32_t order = kToFast + static_cast<std::uint32_t>(random_.Below(2));
    for (int tries = 0; tries < kTries; ++tries) {
      bench_.management().Write(reg::map_command::kOffset, order);
      WaitForMap();
      if ((bench_.management().Read(reg::map_status::kOffset).rdata & reg::map_status::Failed::kMask) == 0) return;
    }
  }
  // Sometimes they are too many together, and then none counts.
  void ChangeFloor(std::uint32_t host, std::uint32_t slots) {
    constexpr std::uint32_t kSettleCycles = 4;
    const std::array<std::uint32_t, Shape::kHosts> before = FloorsThatCount();
    floors_[host] = slots;
    const std::array<std::uint32_t, Shape::kHosts> after = FloorsThatCount();
    // Until the register is written, and the probe has shown what was decided before, either may count: for the host
    // itself, and for others whose shares depend on who is above his own.
    for (std::uint32_t h = 0; h < Shape::kHosts; ++h) {
      model_.OnFloor(h, std::min(before[h], after[h]));
      model_.OnShare(h, 0);
    }
    WriteBoth(reg::floors::kOffset + 4 * host, slots);
    bench_.simulation().Run(kSettleCycles);
    for (std::uint32_t h = 0; h < Shape::kHosts; ++h) {
      model_.OnFloor(h, after[h]);
      model_.OnShare(h, shares_[h]);
    }
    constexpr std::uint32_t kValid = reg::status::FloorsValid::kMask;
    EXPECT_EQ(bench_.management().Read(reg::status::kOffset).rdata & kValid,
              model_.management().Read(reg::status::kOffset).rdata & kValid);
    floors_counted_ = floors_counted_ || *std::ranges::max_element(after) != 0;
  }
  std::array<std::uint32_t, Shape::kHosts> FloorsThatCount() const {
    std::uint32_t sum = Shape::kSlotsBesideFloors;
    for (const std::uint32_t floor : floors_) sum += floor;
    return sum <= Shape::kSlots ? floors_ : std::array<std::uint32_t, Shape::kHosts>{};
  }
  void WriteBoth(std::uint32_t offset, std::uint32_t value) {
    bench_.management().Write(offset, value);
    model_.management().Write(offset, value);
  }
  void WaitForMap() {
    bench_.Wait(
        [&] { return (bench_.management().Read(reg::map_status::kOffset).rdata & reg::map_status::Busy::kMask) == 0; },
        Bench::kMapTries, "a map command");
  }
  void ExpectMapReads() {
    for (const std::uint32_t offset :
         {reg::map_status::kOffset, reg::map_read_valid::kOffset, reg::map_read_dirty::kOffset,
          reg::map_read_on_bulk::kOffset, reg::map_read_lost_pages::kOffset}) {
      EXPECT_EQ(bench_.management().Read(offset).rdata, model_.management().Read(offset).rdata) << offset;
    }
  }
  void BeginRelease(std::uint32_t host, std::uint32_t segment) {
    model_.OnReleaseBegins(host, segment);
    bench_.host_registers(host).Write(host_reg::release_segment::kOffset, segment);
    bench_.host_registers(host).Write(host_reg::release_command::kOffset, 1);
  }
  void EndRelease(std::uint32_t host) {
    bench_.Wait(
        [&] {
          return (bench_.host_registers(host).Read(host_reg::release_status::kOffset).rdata &
                  host_reg::release_status::Busy::kMask) == 0;
        },
        5000, "a release");
    model_.OnReleaseEnds(host);
  }
  // Shows what the loads did. Of large segments some pages, of each of their map entry's words.
  void ReadQuietSegments(std::uint32_t host) {
    constexpr std::uint64_t kStep = Bench::kMapWords == 1 ? 1 : 11;
    for (std::uint32_t i = 1; i <= kQuietSegments; ++i) {
      const std::uint64_t segment = Shape::kWindowSegments - i;
      for (std::uint64_t page = 0; page < Bench::kPages; page += kStep) {
        bench_.Read(host, segment * Shape::kSegmentBytes + page * kPageBytes + page % 64 * 64);
      }
    }
  }
  // Short epochs, two marks, and segments that are soon cold.
  void StartHotness() {
    if constexpr (!Bench::kMonitored) return;
    RegisterBus& hotness = bench_.hotness_registers();
    hotness.Write(hot::epoch_length::kOffset, Shape::kSegmentBytes == kPageBytes ? 300 : 2000);
    hotness.Write(hot::sweep_interval::kOffset, 0);
    hotness.Write(hot::hot_threshold::kOffset, 4);
    hotness.Write(hot::cold_threshold::kOffset, 255);
    hotness.Write(hot::control::kOffset, kHotnessOn);
  }
  void SetMarks() {
    WriteBoth(reg::first_mark::kOffset, Shape::kSlots / 2);
    WriteBoth(reg::low_mark::kOffset, slots_used_ - 2);
    bench_.management().Write(reg::page_out_mark::kOffset, slots_used_);
  }
  // Both lists, and the ages, are the golden model's.
  void ExpectHotness() {
    if constexpr (!Bench::kMonitored) return;
    RegisterBus& hotness = bench_.hotness_registers();
    hotness.Write(hot::epoch_length::kOffset, 0);
    bench_.simulation().Run(Shape::kSlots + 50);
    RegisterBus& model = bench_.hotness().model().registers();
    for (const std::uint32_t offset : {hot::hot_tail::kOffset, hot::cold_tail::kOffset, hot::events::kOffset}) {
      EXPECT_EQ(hotness.Read(offset).rdata, model.Read(offset).rdata) << offset;
    }
    // Nobody moved the heads.
    for (std::uint32_t word = 0; word < 2 * hotness.Read(hot::hot_tail::kOffset).rdata; ++word) {
      EXPECT_EQ(hotness.Read(hot::hot_entry::kOffset + 4 * word).rdata,
                model.Read(hot::hot_entry::kOffset + 4 * word).rdata);
    }
    for (std::uint32_t word = 0; word < 2 * hotness.Read(hot::cold_tail::kOffset).rdata; ++word) {
      EXPECT_EQ(hotness.Read(hot::cold_entry::kOffset + 4 * word).rdata,
                model.Read(hot::cold_entry::kOffset + 4 * word).rdata);
    }
    for (std::uint32_t bin = 0; bin < pool::Hotness::kBins; ++bin) {
      EXPECT_EQ(hotness.Read(hot::age_histogram::kOffset + 4 * bin).rdata,
                model.Read(hot::age_histogram::kOffset + 4 * bin).rdata);
    }
  }
  void ExpectEvents() {
    constexpr std::uint32_t kKnown =
        reg::events::PageInFailed::kMask | reg::events::PageOutFailed::kMask | reg::events::PageInCorrupt::kMask;
    const std::uint32_t events = bench_.management().Read(reg::events::kOffset).rdata & kKnown;
    std::uint64_t errors = 0;
    for (std::uint32_t host = 0; host < Shape::kHosts; ++host) {
      const pool::HostCounters& counters = model_.model().counters(HostId(host));
      errors += counters.bulk_errors;
      const std::uint32_t host_events = bench_.host_registers(host).Read(host_reg::events::kOffset).rdata;
      EXPECT_EQ((host_events & host_reg::events::PageFailed::kMask) != 0, counters.bulk_errors != 0);
      EXPECT_EQ((host_events & host_reg::events::AccessError::kMask) != 0, counters.access_errors != 0);
    }
    pages_corrupt_ = bench_.management().Read(reg::pages_corrupt::kOffset).rdata;
    EXPECT_EQ(pages_corrupt_, model_.management().Read(reg::pages_corrupt::kOffset).rdata);
    EXPECT_EQ(events, (errors != 0 ? reg::events::PageInFailed::kMask : 0u) |
                          (pages_corrupt_ != 0 ? reg::events::PageInCorrupt::kMask : 0u));
  }

  Random random_;
  Bench bench_;
  tb::PoolCosimulation model_;
  std::array<std::uint32_t, Shape::kHosts> floors_{}, shares_{};  // as written
  std::uint32_t slots_used_ = Shape::kSlots - 1;
  bool floors_counted_ = false;
  std::uint32_t pages_corrupt_ = 0;
};

template <typename Bench, typename Shape>
tb::PoolCosimulation::Counts RunWell(const typename Bench::Options& options, const tb::Traffic& traffic,
                                     std::uint64_t count, std::uint64_t nonzero_percent = 25,
                                     std::uint64_t releases_min = 5) {
  Cosimulation<Bench, Shape> cosimulation(options);
  cosimulation.Run(traffic, count);
  EXPECT_EQ(cosimulation.FailureText(), "") << tb::ReplayCommand();
  const tb::PoolCosimulation::Counts counts = cosimulation.counts();
  std::cout << counts.answers << " answers, " << counts.nonzero_reads << " not zero, " << counts.page_ins
            << " page-ins, " << counts.evictions << " evictions, " << counts.notices << " notices, " << counts.releases
            << " releases, " << counts.atomics << " atomics, " << counts.partial_writes << " partial writes, "
            << counts.exclusives_done << " exclusives done, " << counts.poisons << " poisons, " << counts.pages_on_bulk
            << " pages on bulk, " << counts.zero_pages << " zero pages not stored, " << counts.early
            << " served early, " << counts.ordered_page_ins << " page-ins ordered, " << counts.prefetches
            << " prefetched, " << counts.moves << " moved, " << cosimulation.bench().hotness().counts().cold_outs
            << " paged out as cold, " << cosimulation.bench().hotness().counts().epochs << " epochs of hotness\n";
  if constexpr (Bench::kMonitored) {
    EXPECT_GT(cosimulation.bench().hotness().counts().epochs, 10u);
    EXPECT_GT(cosimulation.bench().hotness().counts().cold_outs, 5u);
  }
  EXPECT_GE(counts.answers, count);
  EXPECT_GT(counts.nonzero_reads * 100, counts.answers * nonzero_percent);
  for (const std::uint64_t reached : {counts.page_ins, counts.evictions, counts.notices, counts.partial_writes}) {
    EXPECT_GT(reached, 50u);
  }
  EXPECT_TRUE(Bench::MayBeAtomic(/*walk=*/true) ? counts.atomics > 50u : counts.atomics == 0u) << counts.atomics;
  EXPECT_GT(counts.releases, releases_min);
  EXPECT_GT(counts.early, 50u);
  EXPECT_GT(counts.ordered_page_ins, 0u);
  EXPECT_GT(counts.moves, Bench::kMonitored ? 2u : 0u);  // without the hotness monitoring: by order alone
  EXPECT_TRUE(cosimulation.floors_counted());
  return counts;
}

const tb::Traffic kSmallTraffic = {.segments = 5, .lines = 8, .exclusive_percent = 30, .hot_percent = 80};

TEST(PoolCosimulation, ThreeHostsOnEightSlotsAgreeWithTheModel) {
  const auto counts = RunWell<SmallBench, SmallShape>(Rough<SmallBench>(), kSmallTraffic, 6000);
  EXPECT_GT(counts.exclusives_done, 5u);
  EXPECT_GT(counts.ordered_page_ins, 2u);
}

TEST(PoolCosimulation, FourHostsOnWholeSegmentsAgreeWithTheModel) {
  const auto counts = RunWell<WideBench, WideShape>(
      Rough<WideBench>(), {.segments = 9, .lines = 16, .hot_percent = 70, .outstanding = 24}, 4000);
  EXPECT_GT(counts.ordered_page_ins, 50u);
}

TEST(PoolCosimulation, TwoHostsOnSegmentsOfTwoMebibytesAgreeWithTheModel) {
  const auto counts = RunWell<HugeBench, HugeShape>(Rough<HugeBench>(), kHugeTraffic, 2000, 25, 1);
  EXPECT_GT(counts.ordered_page_ins, 500u);
}

TEST(PoolCosimulation, TwoHostsOnTheSmallPoolOfABoardAgreeWithTheModel) {
  RunWell<BoardBench, BoardShape>(Rough<BoardBench>(), kBoardTraffic, 3000);
}

// Few requests at once and a fast bulk, so that engines are free for what nobody asked for yet.
TEST(PoolCosimulation, ScansWithPagesBroughtInAheadAgreeWithTheModel) {
  WideBench::Options options = Rough<WideBench>();
  options.channel = {};
  options.bulk.stall_percent = 0;
  options.bulk.latency_min_cycles = 20;
  options.bulk.latency_max_cycles = 60;
  const auto counts = RunWell<WideBench, WideShape>(
      options,
      {.segments = 9, .lines = 16, .hot_percent = 10, .pause_percent = 99, .follow_percent = 95, .outstanding = 1},
      4500);
  EXPECT_GT(counts.prefetches, 20u);
}

// With slots enough for segments to go to and fro.
const tb::Traffic kMoveTraffic = {.segments = 3, .lines = 8, .write_percent = 50, .hot_percent = 70};

template <typename Bench, typename Shape>
void RunMoves(const tb::Traffic& traffic, std::uint64_t count, std::uint64_t moves_min = 50) {
  typename Bench::Options options = Rough<Bench>();
  options.bulk.read_error_percent = 1;
  Cosimulation<Bench, Shape> cosimulation(options);
  cosimulation.set_slots_used(Shape::kSlots - 3);
  cosimulation.Run(traffic, count);
  EXPECT_EQ(cosimulation.FailureText(), "") << tb::ReplayCommand();
  const std::uint32_t given_up = cosimulation.bench().management().Read(reg::moves_given_up::kOffset).rdata;
  std::cout << cosimulation.counts().moves << " moves, " << given_up << " given up\n";
  EXPECT_GT(cosimulation.counts().moves, moves_min);
  EXPECT_GT(given_up, 0u);
}

TEST(PoolCosimulation, SegmentsThatMoveBetweenSpeedClassesAgreeWithTheModel) {
  RunMoves<SmallBench, SmallShape>(kMoveTraffic, 60000);
}

TEST(PoolCosimulation, SoDoSegmentsOfManyPages) {
  RunMoves<WideBench, WideShape>({.segments = 5, .lines = 16, .write_percent = 50, .hot_percent = 80}, 8000);
}

TEST(PoolCosimulation, SoDoSegmentsOfTwoMebibytes) {
  RunMoves<HugeBench, HugeShape>({.segments = 3, .lines = 16, .write_percent = 50, .hot_percent = 80}, 2500, 15);
}

TEST(PoolCosimulation, PagesOfZerosAreNoMoreStoredThanByTheModel) {
  SmallBench::Options options = Rough<SmallBench>();
  options.zero_percent = 50;  // of the pages, at the start
  const tb::Traffic traffic = {
      .segments = 6, .lines = 1, .write_percent = 50, .partial_percent = 2, .hot_percent = 40, .zero_percent = 95};
  EXPECT_GT((RunWell<SmallBench, SmallShape>(options, traffic, 6000, 1).zero_pages), 50u);
}

TEST(PoolCosimulation, PagesThatBulkLosesAreLostInTheModelToo) {
  SmallBench::Options options = Rough<SmallBench>();
  options.bulk.read_error_percent = 5;
  EXPECT_GT((RunWell<SmallBench, SmallShape>(options, kSmallTraffic, 4000).poisons), 50u);
}

TEST(PoolCosimulation, ABulkThatFailsSlowlyAndIsAwayChangesNoAnswer) {
  SmallBench::Options options = Rough<SmallBench>();
  options.bulk.latency_min_cycles = 100;
  options.bulk.latency_max_cycles = 3000;
  options.bulk.write_error_percent = 20;
  options.bulk.offline_percent = 10;
  RunWell<SmallBench, SmallShape>(options, kSmallTraffic, 2000);
}

TEST(PoolCosimulation, PagesThatBulkGivesBackChangedAreLostInTheModelToo) {
  SmallBench::Options options = Rough<SmallBench>();
  options.bulk.change_percent = 10;
  options.bulk.read_error_percent = 2;
  Cosimulation<SmallBench, SmallShape> cosimulation(options);
  cosimulation.Run(kSmallTraffic, 6000);
  EXPECT_EQ(cosimulation.FailureText(), "") << tb::ReplayCommand();
  std::cout << cosimulation.pages_corrupt() << " pages came back changed, " << cosimulation.counts().poisons
            << " poisons, " << cosimulation.counts().early << " served early\n";
  EXPECT_GT(cosimulation.pages_corrupt(), 50u);
  EXPECT_GT(cosimulation.counts().poisons, 50u);
}

TEST(PoolCosimulation, SoOnWholeSegments) {
  WideBench::Options options = Rough<WideBench>();
  options.bulk.change_percent = 10;
  Cosimulation<WideBench, WideShape> cosimulation(options);
  cosimulation.Run({.segments = 9, .lines = 16, .hot_percent = 70, .outstanding = 24}, 4000);
  EXPECT_EQ(cosimulation.FailureText(), "") << tb::ReplayCommand();
  EXPECT_GT(cosimulation.pages_corrupt(), 20u);
}

TEST(PoolCosimulation, PagesThatSoftwareSaysAreLostAreLostInTheModelToo) {
  SmallBench::Options options = Rough<SmallBench>();
  options.lost_percent = 30;
  const tb::Traffic traffic = {.segments = 12, .lines = 8, .exclusive_percent = 30, .hot_percent = 20};
  EXPECT_GT((RunWell<SmallBench, SmallShape>(options, traffic, 4000, 10).poisons), 100u);
}

TEST(PoolCosimulation, SoAreLostPagesOfWholeSegments) {
  WideBench::Options options = Rough<WideBench>();
  options.lost_percent = 10;
  const auto counts =
      RunWell<WideBench, WideShape>(options, {.segments = 9, .lines = 16, .hot_percent = 70, .outstanding = 24}, 4000);
  EXPECT_GT(counts.poisons, 100u);
}

TEST(PoolCosimulation, SoAreLostAndChangedPagesOfSegmentsOfTwoMebibytes) {
  HugeBench::Options options = Rough<HugeBench>();
  options.lost_percent = 10;
  options.bulk.change_percent = 10;
  EXPECT_GT((RunWell<HugeBench, HugeShape>(options, kHugeTraffic, 2000, 25, 1).poisons), 100u);
}

// A run's wave, and the golden model's.
struct WavesOfARun {
  std::string failures;
  wave::Comparison comparison;
};
WavesOfARun CompareWavesOfARun(unsigned plant) {
  const wave::WavePair waves("pool");
  WavesOfARun run;
  {
    SmallBench::Options options = Rough<SmallBench>();
    options.wave_file = waves.dut();
    Cosimulation<SmallBench, SmallShape> cosimulation(options);
    tb::GoldenPoolWave wave(waves.golden(), SmallShape::kHosts, tb::Simulation<Vpool_small>::kResetCycles);
    cosimulation.Follow(wave);
    cosimulation.Run(kSmallTraffic, 3000, plant);
    wave.Finish(cosimulation.bench().simulation().cycle(), SmallShape::kSlots);  // of a page each
    run.failures = cosimulation.FailureText();
  }
  run.comparison = wave::CompareWaves(waves.dut(), waves.golden(), "rtl/pool/waves.json");
  return run;
}

TEST(PoolWaves, AreThoseOfTheGoldenModel) {
  const WavesOfARun run = CompareWavesOfARun(0);
  EXPECT_EQ(run.failures, "");
  for (const wave::Difference& one : run.comparison.differences) {
    ADD_FAILURE() << wave::DifferenceText(run.comparison, one);
  }
  EXPECT_EQ(run.comparison.ports.size(), 4 * SmallShape::kHosts + 1);  // and what becomes of pages
  EXPECT_GE(run.comparison.compared, 6000u);                           // requests, and their answers
}

TEST(PoolWaves, ShowAPlantedFaultInItsCycle) {
  const WavesOfARun run = CompareWavesOfARun(1);
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  // The wave's cycles begin with those of the reset.
  const std::uint64_t cycle = difference.dut->cycle - tb::Simulation<Vpool_small>::kResetCycles;
  EXPECT_NE(run.failures.find("in cycle " + std::to_string(cycle) + "\n"), std::string::npos)
      << "cycle " << cycle << "\n"
      << run.failures;
  EXPECT_NE(difference.signal.find("_rsp_o["), std::string::npos) << difference.signal;
}

class PoolCosimulationPlanted : public testing::TestWithParam<unsigned> {};

TEST_P(PoolCosimulationPlanted, IsCaught) {
  SmallBench::Options options = Rough<SmallBench>();
  options.bulk.change_percent = GetParam() == kPlantChangedPageServed ? 10 : 0;
  options.lost_percent = GetParam() == kPlantLostPageZero ? 10 : 0;
  Cosimulation<SmallBench, SmallShape> cosimulation(options);
  const bool moves = GetParam() == kPlantMoveLosesWrites;
  if (moves) cosimulation.set_slots_used(SmallShape::kSlots - 3);
  cosimulation.Run(moves ? kMoveTraffic : kSmallTraffic, moves ? 60000 : 6000, GetParam());
  EXPECT_NE(cosimulation.FailureText(), "") << "after " << cosimulation.counts().answers << " answers";
  std::cout << cosimulation.FailureText();
}

INSTANTIATE_TEST_SUITE_P(Faults, PoolCosimulationPlanted,
                         testing::Values(1u, 2u, 3u, 4u, 5u, 6u, 7u, 9u, 10u, kPlantMoveLosesWrites,
                                         kPlantChangedPageServed, kPlantChecksumForgotten, kPlantLostPageZero),
                         PlantName);

TEST(PoolCosimulation, ARunThatComparedNothingFails) {
  Cosimulation<SmallBench, SmallShape> cosimulation(Rough<SmallBench>());
  cosimulation.Run(kSmallTraffic, 0);
  EXPECT_NE(cosimulation.FailureText().find("compared nothing"), std::string::npos) << cosimulation.FailureText();
}

}  // namespace
}  // namespace tarn::tests
