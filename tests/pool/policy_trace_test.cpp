// The RTL of the replacement policy on a recorded trace: as many misses as the study counts with the golden model.
#include <gtest/gtest.h>

#include <iostream>
#include <span>
#include <vector>

#include "Vpolicy_default.h"
#include "models/policy/hardware_cache.h"
#include "sw/policy/segment_trace.h"
#include "tb/pool/policy_bench.h"

namespace tarn::tb {
namespace {

using pool::PolicyEventKind;

constexpr std::uint32_t kFrames = 412;  // a tenth of what sqlite3 touches
constexpr std::uint32_t kReserve = 2;
constexpr std::uint32_t kSegmentsPerHost = 1u << 24;
constexpr PolicyShape kFull{.slots = kFrames, .slots_max = 4096, .segments_per_host = kSegmentsPerHost};

const policy::SegmentTrace& Trace() {
  static const policy::SegmentTrace kTrace = [] {
    auto trace = policy::ReadSegmentTrace(std::string(TARN_TEST_DATA) + "/sqlite3.tarntrace", {}, [] { return true; });
    EXPECT_TRUE(trace.ok());
    return trace.ok() ? std::move(*trace) : policy::SegmentTrace{};
  }();
  return kTrace;
}

// The trace's beginning.
std::span<const policy::PageId> Accesses() { return std::span(Trace().accesses).first(150'000); }

// A pool that replays the trace: assigns a slot on a miss, then has victims chosen until the reserve is free again,
// then accesses. Patient: an access waits until all that the one before has set off is done. Otherwise there is one in
// each cycle, but for the cycles that a page takes to come in.
class TraceReplay {
 public:
  explicit TraceReplay(bool patient, unsigned page_in_cycles = 0)
      : patient_(patient),
        page_in_cycles_(page_in_cycles),
        slot_of_(Trace().segments, pool::kNoSlot),
        page_in_(kFrames, 0),
        bench_(kFull, GetTestOptions().seed, [this](const PolicyCycle& before) { return Next(before); }) {
    for (pool::SlotIndex slot = kFrames; slot-- != 0;) free_.push_back(slot);
  }

  bool Run() {
    return bench_.Start() &&
           bench_.simulation().RunUntil([this] { return next_ == Accesses().size(); }, 20'000'000, "the trace's end") &&
           bench_.simulation().Run(2000);
  }
  std::uint64_t misses() const { return misses_; }
  PolicyBench<Vpolicy_default>& bench() { return bench_; }

 private:
  using Inputs = PolicyBench<Vpolicy_default>::Inputs;
  static constexpr unsigned kRestCycles = 12;  // that a choice takes after the last sample

  Inputs Tell(PolicyEventKind kind, pool::SlotIndex slot, std::uint32_t page) {
    quiet_ = 0;
    return {.event = {.valid = true, .kind = kind, .slot = slot, .host = 0, .segment = page},
            .wanted = free_.size() < kReserve};
  }

  Inputs Answer(const PolicyCycle& before) {
    const pool::SlotIndex slot = before.victim_slot;
    const std::uint32_t page = page_in_[slot];
    if (page == arriving_ && slot == slot_of_[page]) return Tell(PolicyEventKind::kSkipped, slot, page);
    slot_of_[page] = pool::kNoSlot;
    free_.push_back(slot);
    return Tell(PolicyEventKind::kTaken, slot, page);
  }

  Inputs Next(const PolicyCycle& before) {
    quiet_ = bench_.checker().idle() ? quiet_ + 1 : 0;
    if (wait_ != 0) --wait_;
    const bool filling = free_.size() < kReserve;
    if (filling && before.victim_valid && !before.event.valid) return Answer(before);
    const bool rests = wait_ == 0 && (!patient_ || quiet_ > kRestCycles);
    if (filling || next_ == Accesses().size() || !before.ready || !rests) return {.wanted = filling};
    const std::uint32_t page = Accesses()[next_];
    if (slot_of_[page] != pool::kNoSlot) {
      ++next_;
      return Tell(PolicyEventKind::kAccess, slot_of_[page], page);
    }
    ++misses_;
    const pool::SlotIndex slot = free_.back();
    free_.pop_back();
    slot_of_[page] = slot;
    page_in_[slot] = page;
    arriving_ = page;
    wait_ = page_in_cycles_;
    return Tell(PolicyEventKind::kAssign, slot, page);
  }

  bool patient_;
  unsigned page_in_cycles_;
  unsigned wait_ = 0;
  std::vector<pool::SlotIndex> slot_of_;
  std::vector<std::uint32_t> page_in_;
  std::vector<pool::SlotIndex> free_;
  std::uint32_t arriving_ = ~0u;
  std::size_t next_ = 0;
  std::uint64_t misses_ = 0;
  unsigned quiet_ = 0;
  PolicyBench<Vpolicy_default> bench_;
};

std::uint64_t ModelMisses() {
  policy::HardwareCache cache(kFrames, Trace().segments, {.reserve = kReserve, .slots_max = kFull.slots_max});
  std::uint64_t misses = 0;
  for (const policy::PageId page : Accesses()) misses += cache.Access(page) ? 0 : 1;
  return misses;
}

TEST(PolicyTrace, RtlMissesAsOftenAsTheStudyCounts) {
  TraceReplay replay(true);
  ASSERT_TRUE(replay.Run()) << replay.bench().simulation().failures().Text() << ReplayCommand();
  replay.bench().checker().Finish();
  EXPECT_EQ(replay.bench().simulation().failures().Text(), "");
  EXPECT_EQ(replay.misses(), ModelMisses());
  EXPECT_GT(replay.bench().checker().choices(), 3u);
}

// Accesses in every cycle, but while a page comes in: samples that find no room are lost. It does not change much.
TEST(PolicyTrace, LosingSamplesChangesLittle) {
  TraceReplay replay(false, 250);
  ASSERT_TRUE(replay.Run()) << replay.bench().simulation().failures().Text() << ReplayCommand();
  const auto model = static_cast<double>(ModelMisses());
  std::cout << "misses: " << replay.misses() << ", without losses: " << model
            << "; samples: " << replay.bench().checker().samples() << ", lost: " << replay.bench().checker().dropped()
            << "; cycles: " << replay.bench().simulation().cycle() << "\n";
  EXPECT_GT(replay.bench().checker().dropped(), 100u);
  EXPECT_LT(static_cast<double>(replay.misses()), 1.05 * model);
}

}  // namespace
}  // namespace tarn::tb
