#include "tb/channel/trace_measurement.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <memory>
#include <numeric>
#include <type_traits>

#include "models/channel/channel_registers.h"
#include "tb/channel/scheduler_checker.h"
#include "tb/channel/seeded_memory.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

// Longer than any request may wait (rtl/channel/README.md, bounds on waiting).
constexpr std::uint64_t kWaitCyclesMax = 200'000;

template <typename Channel>
class Replay {
 public:
  Replay(const Preset& preset, const tb::TimingRules& rules, const std::vector<ClassTrace>& traces,
         const MeasurementOptions& options)
      : options_(options),
        memory_(options.seed),
        module_content_(options.content != nullptr ? *options.content : memory_),
        map_(options.map.value_or(AddressMap::Of(preset.Geometry()))),
        content_(options.seed, map_),
        channel_(preset, rules, {.seed = options.seed}, &module_content_),
        bus_(channel_, [this](std::uint64_t clock, const DfiCommand& command) {
          if (options_.on_command) options_.on_command(clock - start_cycle_ * Channel::kClocks, command);
        }) {
    channel_.TolerateViolations();
    channel_.SetMap(map_);
    for (const RegisterWrite& write : options.registers) channel_.Override(write.offset, ~0u, write.value);
    if constexpr (std::is_same_v<Channel, ChannelSimulation>) {
      if (options.golden_scheduler) {
        scheduler_.emplace(channel_);
        channel_.simulation().Add(*scheduler_);
      }
    }
    channel_.PowerUp();
    start_cycle_ = channel_.simulation().cycle();
    channel_.simulation().Add(bus_);
    for (const ClassTrace& trace : traces) {
      feeders_.push_back(
          std::make_unique<TraceFeeder<Channel>>(channel_, content_, trace.port, *trace.trace, trace.pace));
      channel_.simulation().Add(*feeders_.back());
      ports_.push_back(trace.port);
      lines_ += trace.trace->size();
    }
  }

  Measurement Run() {
    const auto start = std::chrono::steady_clock::now();
    Feed();
    if (GoesOn()) Drain();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    result_.seconds = spent.count();
    result_.cycles = channel_.simulation().cycle() - start_cycle_;
    if (GoesOn()) channel_.FinishChecks();
    if (GoesOn()) content_.CompareWithModule(module_content_, failures());
    Collect();
    if (GoesOn()) CompareCounts();
    result_.failure = failures().Text();
    return result_;
  }

 private:
  tb::Failures& failures() { return channel_.failures(); }

  // A replay that was stopped has requests under way, whose end nothing can be said of.
  bool GoesOn() { return !failures().any() && !result_.interrupted; }

  std::uint64_t Answered() const {
    return std::accumulate(feeders_.begin(), feeders_.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& feeder) { return sum + feeder->answered(); });
  }
  bool Done() const {
    return std::all_of(feeders_.begin(), feeders_.end(), [](const auto& feeder) { return feeder->done(); });
  }
  bool Waits() const {
    return std::any_of(feeders_.begin(), feeders_.end(), [](const auto& feeder) { return feeder->waits(); });
  }

  void Feed() {
    constexpr std::uint64_t kCyclesPerQuestion = 4096;
    std::uint64_t answered = 0, waited = 0;
    while (!Done()) {
      if (!channel_.simulation().Step()) return;
      if (channel_.simulation().cycle() % kCyclesPerQuestion != 0) continue;
      const std::uint64_t now_answered = Answered();
      waited = now_answered == answered && Waits() ? waited + kCyclesPerQuestion : 0;
      answered = now_answered;
      if (waited > kWaitCyclesMax) {
        failures().Add("no answer for " + std::to_string(waited) + " cycles, while requests wait");
        return;
      }
      const std::uint64_t cycle = channel_.simulation().cycle() - start_cycle_;
      if (options_.go_on && !options_.go_on(answered, lines_, cycle)) {
        result_.interrupted = true;
        return;
      }
    }
  }

  // Writes are answered when they are queued: waits until all have gone out.
  void Drain() {
    for (std::uint64_t i = 0; i < kWaitCyclesMax / 64; ++i) {
      if (!channel_.simulation().Run(64)) return;
      if (r::status::Idle::Get(channel_.Read(r::status::kOffset).rdata)) return;
    }
    failures().Add("the channel does not get idle when nothing is asked of it any more");
  }

  void Collect() {
    for (std::size_t i = 0; i < feeders_.size(); ++i) {
      const TraceFeeder<Channel>& feeder = *feeders_[i];
      result_.classes.push_back({.port = ports_[i],
                                 .reads = feeder.read_latency().count(),
                                 .writes = feeder.write_latency().count(),
                                 .read_latency = feeder.read_latency(),
                                 .write_latency = feeder.write_latency(),
                                 .read_latency_since_due = feeder.read_latency_since_due()});
      result_.mismatches += feeder.mismatches();
    }
    result_.lines = Answered();
    result_.burst_clocks = channel_.preset().burst_clocks;
    if (bus_.last_beat() != 0) result_.clocks = bus_.last_beat() - bus_.first_command() + 1;
    result_.data_clocks = bus_.data_clocks();
    result_.refreshes = bus_.refreshes();
    result_.activates = bus_.activates();
    result_.data_windows = bus_.windows();
    result_.window_clocks = bus_.window_clocks();
    if (scheduler_) result_.golden_commands = scheduler_->compared();
    result_.violations = channel_.violations();
    if (result_.violations != 0) result_.first_violation = channel_.first_violation().text;
    result_.module_reads = channel_.Counter(r::reads::kOffset);
    result_.module_writes = channel_.Counter(r::writes::kOffset);
    result_.row_hits = channel_.Counter(r::row_hits::kOffset);
    result_.row_misses = channel_.Counter(r::row_misses::kOffset);
    result_.row_conflicts = channel_.Counter(r::row_conflicts::kOffset);
    result_.forwarded = channel_.Counter(r::forwarded::kOffset);
    result_.merged = channel_.Counter(r::merged::kOffset);
    result_.turnarounds = channel_.Counter(r::turnarounds::kOffset);
    result_.stalls = channel_.Counter(r::stalls::kOffset);
    MeasureReads();
  }

  // Whose data came when is not seen on the pins, but the mean does not ask for it.
  void MeasureReads() {
    std::uint64_t reads = 0, taken_sum = 0;
    for (const auto& feeder : feeders_) {
      reads += feeder->read_latency().count();
      taken_sum += feeder->reads_taken_sum();
    }
    if (reads == 0 || bus_.lines_read() != reads) return;
    result_.read_to_last_beat =
        static_cast<double>(bus_.read_ends_sum() - taken_sum * Channel::kClocks) / static_cast<double>(reads) + 1;
  }

  void ExpectEqual(const char* what, std::uint64_t counted, std::uint64_t seen) {
    if (counted == seen) return;
    failures().Add(std::string(what) + ": the channel's counters say " + std::to_string(counted) + ", " +
                   std::to_string(seen) + " were seen");
  }

  // The channel's counters against what its ports and pins showed.
  void CompareCounts() {
    std::uint64_t reads = 0, writes = 0;
    for (const ClassMeasurement& one : result_.classes) {
      reads += one.reads;
      writes += one.writes;
    }
    ExpectEqual("reads", result_.module_reads + result_.forwarded, reads);
    ExpectEqual("writes", result_.module_writes + result_.merged, writes);
    ExpectEqual("clocks with data", channel_.Counter(r::bus_busy::kOffset), result_.data_clocks);
    ExpectEqual("row hits, misses and conflicts", result_.row_hits + result_.row_misses + result_.row_conflicts,
                result_.module_reads + result_.module_writes);
  }

  const MeasurementOptions& options_;
  SeededMemory memory_;
  SlotMemory& module_content_;
  AddressMap map_;
  ExpectedContent content_;
  Channel channel_;
  BusMonitor<Channel> bus_;
  std::optional<SchedulerChecker> scheduler_;
  std::vector<std::unique_ptr<TraceFeeder<Channel>>> feeders_;
  std::vector<TrafficClass> ports_;
  std::uint64_t lines_ = 0, start_cycle_ = 0;
  Measurement result_;
};

}  // namespace

std::vector<RegisterWrite> FourSlotRegisters() {
  std::uint32_t scheduler = r::scheduler::WriteHigh::Set(r::scheduler::kReset, 76);
  scheduler = r::scheduler::WriteLow::Set(scheduler, 26);
  return {{r::scheduler::kOffset, r::scheduler::RefreshBatch::Set(scheduler, 8)}};
}

Measurement MeasureTraces(const Preset& preset, const tb::TimingRules& rules, const std::vector<ClassTrace>& traces,
                          const MeasurementOptions& options) {
  assert(!traces.empty());
  assert(options.clocks_per_cycle == 1 || (options.clocks_per_cycle == 4 && !options.golden_scheduler));
  if (options.clocks_per_cycle == 4) return Replay<FourSlotSimulation>(preset, rules, traces, options).Run();
  if (options.small) return Replay<SmallSimulation>(preset, rules, traces, options).Run();
  if (!preset.check_bits) {
    assert(!options.golden_scheduler);
    return Replay<NarrowSimulation>(preset, rules, traces, options).Run();
  }
  return Replay<ChannelSimulation>(preset, rules, traces, options).Run();
}

}  // namespace tarn::channel
