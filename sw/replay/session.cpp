#include "sw/replay/session.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "models/pool/replacement_checker.h"
#include "sw/drivers/channel_driver.h"
#include "sw/drivers/hotness_driver.h"
#include "sw/drivers/optimum_driver.h"
#include "sw/drivers/pool_driver.h"
#include "sw/replay/access_tally.h"
#include "sw/replay/bring_up.h"
#include "sw/replay/gap_check.h"
#include "sw/replay/plan.h"

namespace tarn::replay {

namespace {

// Where the modules say which cells are slow, their ready says when each is done: the preset gives bounds alone.
constexpr const char* kBoardSlowCells = "slow_3us";

std::string AddressingName(const HostPlan& plan) {
  if (!plan.has_iommu) return "CPU";
  const auto& [first, second] = plan.addressing;
  if (!first && !second) return "device, bare";
  return "device, " + (first ? first->mode->name() : "bare") + (second ? " over " + second->mode->name() : "");
}

// One run, from the platform's making to the summary.
class Session {
 public:
  explicit Session(const SessionOptions& options)
      : options_(options), content_(options.seed, options.zero_page_percent, options.zero_line_percent) {}

  Status Prepare();
  void Run();
  RunSummary TakeSummary() { return std::move(summary_); }

 private:
  Result<std::uint32_t> SlotsInService() const;
  Status SetUp();
  Status StartHotness();
  void OnPoolEvent(const pool::PoolProbe& event);
  Status TakeSample(std::uint64_t cycle);
  Status ReadCounters();
  Status CompareHotness();
  Status StartEstimate();
  Status TakeEpoch();
  void CompareGap();
  std::string NotChecked() const;
  void AddCounter(const std::string& name, std::uint64_t value) { summary_.counters.push_back({name, value}); }
  void SumUp();
  void AddChecks();

  const SessionOptions& options_;
  Content content_;
  std::unique_ptr<hal::Platform> platform_;
  std::vector<HostPlan> plans_;
  std::unique_ptr<Replayer> replayer_;
  std::vector<std::uint64_t> resident_segments_;  // by host
  std::unique_ptr<pool::ReplacementChecker> slot_checker_;
  std::optional<SlowCellsOptions> slow_cells_options_;
  std::optional<SlowCellsLayout> slow_cells_;
  std::optional<AccessTally> tally_;
  std::string hotness_;
  std::optional<GapCheck> gap_;
  Status policy_status_;
  std::uint64_t start_cycle_ = 0;
  RunSummary summary_;
};

Status Session::Prepare() {
  hal::PlatformOptions platform_options = options_.platform_options;
  if (options_.slow_cells) platform_options.slow_cells = options_.slow_cells->preset;
  platform_options.seed = options_.seed;
  platform_options.initial_content = [this](LogicalPage page, std::span<std::uint8_t, kPageBytes> bytes) {
    content_.FillInitialPage(page, bytes);
  };
  Result<std::unique_ptr<hal::Platform>> platform = hal::MakePlatform(options_.platform, platform_options);
  if (!platform.ok()) return platform.status();
  platform_ = std::move(*platform);
  const hal::NodeParameters& node = platform_->parameters();
  if (options_.hosts_min > node.hosts) {
    return Status::Error("--hosts: the node has " + std::to_string(node.hosts) + " hosts, not " +
                         std::to_string(options_.hosts_min));
  }
  resident_segments_.resize(node.hosts);
  const std::uint64_t lines_max = options_.lines_max == 0 ? ~std::uint64_t{0} : options_.lines_max;
  const auto addressing = options_.addressing ? *options_.addressing : DefaultAddressing(options_.traces, node);
  Result<std::vector<HostPlan>> plans = MakePlans(options_.traces, addressing, lines_max, node);
  if (!plans.ok()) return plans.status();
  plans_ = std::move(*plans);
  const Result<std::uint32_t> slots = SlotsInService();
  if (!slots.ok()) return slots.status();
  if (node.fast_rows != 0 && options_.slow_cells) {
    return Status::Error("--slow-cells: the modules of this node say themselves which of their cells are slow");
  }
  slow_cells_options_ = options_.slow_cells;
  if (node.fast_rows != 0) slow_cells_options_ = SlowCellsOptions{.preset = kBoardSlowCells};
  if (slow_cells_options_) {
    const Result<SlowCellsLayout> layout = LayOutSlowCells(node, *slots, *slow_cells_options_);
    if (!layout.ok()) return layout.status();
    slow_cells_ = *layout;
  }

  summary_.command = options_.command;
  summary_.seed = options_.seed;
  summary_.clock_hz = node.clock_hz;
  summary_.segment_bytes = node.segment_bytes;
  summary_.slots = *slots;
  summary_.footprint_segments = FootprintSegments(plans_);
  return {};
}

Result<std::uint32_t> Session::SlotsInService() const {
  const hal::NodeParameters& node = platform_->parameters();
  const std::uint64_t footprint = FootprintSegments(plans_);
  // A share of a small program is raised to what a node works with; bytes are taken as they were asked for.
  const std::uint64_t wanted = options_.pool.is_percent
                                   ? std::max<std::uint64_t>(footprint * options_.pool.value / 100, hal::kSlotsMin)
                                   : options_.pool.value / node.segment_bytes;
  if (wanted > node.slots && !options_.pool.is_percent) {
    return Status::Error("--pool: the node has " + std::to_string(node.slots) + " slots of " +
                         std::to_string(node.segment_bytes) + " bytes; a pool of " +
                         std::to_string(options_.pool.value) + " bytes does not fit");
  }
  if (wanted > node.slots) {
    return Status::Error("--pool: " + std::to_string(options_.pool.value) + "% of the footprint is " +
                         std::to_string(wanted) + " slots; the node has " + std::to_string(node.slots) +
                         "; ask for a smaller share or replay fewer lines with --lines");
  }
  if (wanted < hal::kSlotsMin) {
    return Status::Error("--pool: " + std::to_string(wanted) + " slots are too few; at least " +
                         std::to_string(hal::kSlotsMin) + " are needed (" +
                         std::to_string(hal::kSlotsMin * node.segment_bytes) + " bytes)");
  }
  return static_cast<std::uint32_t>(wanted);
}

void Session::OnPoolEvent(const pool::PoolProbe& event) {
  if (policy_status_.ok()) policy_status_ = slot_checker_->Observe(event);
  if (tally_) tally_->Observe(event);
  if (gap_) gap_->Observe(event);
  using pool::ProbeEvent;
  if (event.kind == ProbeEvent::kAssign || event.kind == ProbeEvent::kKept) ++resident_segments_[event.host];
  if (event.kind == ProbeEvent::kEvict || event.kind == ProbeEvent::kOrderedOut || event.kind == ProbeEvent::kColdOut ||
      event.kind == ProbeEvent::kReleased) {
    --resident_segments_[event.host];
  }
}

Status Session::TakeSample(std::uint64_t cycle) {
  Sample sample;
  sample.cycle = cycle;
  drivers::PoolDriver pool(*platform_);
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    const HostStatistics& host = replayer_->statistics()[i];
    sample.lines.push_back(host.reads + host.writes);
    sample.resident_segments.push_back(resident_segments_[plans_[i].host.value()]);
    const Result<drivers::PoolCounters> counters = pool.ReadCounters(plans_[i].host);
    if (!counters.ok()) return counters.status();
    sample.page_ins += counters->page_ins;
    sample.pages_out_dirty += counters->pages_out_dirty;
    sample.pages_dropped_clean += counters->pages_dropped_clean;
  }
  const Result<std::uint64_t> busy = drivers::ChannelDriver(*platform_).ReadBusBusyCycles();
  if (!busy.ok()) return busy.status();
  sample.bus_busy_cycles = *busy;
  summary_.samples.push_back(std::move(sample));
  return TakeEpoch();
}

void Session::Run() {
  slot_checker_ = std::make_unique<pool::ReplacementChecker>(static_cast<std::uint32_t>(summary_.slots));
  if (slow_cells_) slot_checker_->SetFastSlots(slow_cells_->fast_slots);
  platform_->set_probe_listener([this](const pool::PoolProbe& event, std::uint64_t) { OnPoolEvent(event); });
  Status status = SetUp();
  Status sampled;
  start_cycle_ = platform_->cycle();
  summary_.setup_cycles = start_cycle_;
  ReplayOptions replay = options_.replay;
  replay.on_sample = [&](std::uint64_t cycle) {
    if (sampled.ok()) sampled = TakeSample(cycle);
  };
  replayer_ = std::make_unique<Replayer>(*platform_, plans_, content_, replay);
  const auto start_time = std::chrono::steady_clock::now();
  if (status.ok()) status = replayer_->Run();
  summary_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_time).count();
  if (status.ok()) status = sampled;
  if (status.ok()) status = ReadCounters();
  for (const hal::PlatformCounter& counter : platform_->counters()) AddCounter(counter.name, counter.value);
  if (!status.ok()) summary_.failure = status.message();
  SumUp();
  const Status hotness = status.ok() ? CompareHotness() : status;
  AddChecks();
  if (summary_.failure.empty() && gap_) CompareGap();
  if (summary_.failure.empty() && tally_) {
    summary_.checks.push_back(
        {"each segment's accesses are counted", hotness.ok(), hotness.ok() ? hotness_ : hotness.message()});
  }
}

Status Session::SetUp() {
  if (Status status = drivers::ChannelDriver(*platform_).WaitReady(); !status.ok()) return status;
  if (slow_cells_) {
    if (Status status = SetUpSlowCells(*platform_, *slow_cells_, *slow_cells_options_); !status.ok()) return status;
  }
  Status status = BringUp(*platform_, plans_, content_, static_cast<std::uint32_t>(summary_.slots),
                          slow_cells_ ? slow_cells_->fast_slots : 0);
  if (!status.ok()) return status;
  if (Status hotness = StartHotness(); !hotness.ok()) return hotness;
  return StartEstimate();
}

Status Session::StartHotness() {
  drivers::HotnessDriver hotness(*platform_);
  const Result<bool> present = hotness.Present();
  if (!present.ok()) return present.status();
  if (!*present) return {};
  tally_.emplace(platform_->parameters().slots);
  // One epoch, all of the run, which can be compared with what was counted here.
  if (!slow_cells_) return hotness.Start({.epoch_cycles = 0, .hot_threshold = 1});
  // Epochs after which hot and cold segments change places.
  return hotness.Start(
      {.epoch_cycles = 50'000, .sweep_interval_cycles = 4, .hot_threshold = 32, .cold_threshold = 254});
}

// What the node's hotness monitoring counted, against what the probe showed.
Status Session::CompareHotness() {
  if (!tally_) return {};
  drivers::HotnessDriver hotness(*platform_);
  if (slow_cells_) {
    hotness_ = "each step of the monitoring is the golden one's, which chose what moved";
    return platform_->HotnessHealth();
  }
  if (Status status = hotness.EndEpoch(); !status.ok()) return status;
  const Result<std::vector<drivers::ListedSegment>> hot = hotness.TakeHot();
  if (!hot.ok()) return hot.status();
  const Result<bool> overflowed = hotness.Overflowed();
  if (!overflowed.ok()) return overflowed.status();
  hotness_ = AccessTally::Describe(*hot);
  if (Status health = platform_->HotnessHealth(); !health.ok()) return health;
  return tally_->Compare(*hot, *overflowed);
}

Status Session::StartEstimate() {
  std::uint64_t lines = 0;
  for (const HostPlan& plan : plans_) {
    for (const Program& program : plan.programs) lines += program.lines();
  }
  const std::uint32_t log2_epoch = GapCheck::Log2EpochFor(lines);
  const Result<bool> present = drivers::OptimumDriver(*platform_).Present();
  if (!present.ok()) return present.status();
  if (!*present) return {};
  if (Status status = drivers::OptimumDriver(*platform_).Start(log2_epoch); !status.ok()) return status;
  gap_.emplace(log2_epoch);
  return {};
}

Status Session::TakeEpoch() {
  if (!gap_) return {};
  const Result<std::optional<drivers::OptimumEpoch>> epoch = drivers::OptimumDriver(*platform_).ReadLast();
  if (!epoch.ok()) return epoch.status();
  if (*epoch) gap_->AddLive(**epoch);
  return {};
}

// For people: what a small node cannot be asked.
std::string Session::NotChecked() const {
  std::string text;
  if (!tally_) text += "; not checked, since the node has no hotness monitoring: the counts of accesses";
  if (!gap_) text += "; not checked, since the node does not estimate the optimum: the live gap to it";
  return text;
}

// What the node says of its distance to the optimum while it runs, against what is known afterwards.
void Session::CompareGap() {
  GapCheck::Outcome gap = gap_->Compare(static_cast<std::uint32_t>(summary_.slots));
  if (gap.status.ok()) gap.status = platform_->OptimumHealth();
  if (gap.epochs == 0 && gap.status.ok()) return;  // no epoch was whole: there is nothing to tell
  AddCounter("pool.segment_misses", gap.pool_misses);
  AddCounter("pool.segment_misses_of_optimum", gap.offline_misses);
  AddCounter("pool.segment_misses_of_optimum_live", gap.live_misses);
  summary_.checks.push_back({"the live gap to the optimum is the offline one", gap.status.ok(),
                             gap.status.ok() ? gap.text : gap.status.message()});
}

Status Session::ReadCounters() {
  drivers::PoolDriver pool(*platform_);
  drivers::PoolCounters all;
  for (const HostPlan& plan : plans_) {
    const Result<drivers::PoolCounters> host = pool.ReadCounters(plan.host);
    if (!host.ok()) return host.status();
    all.Add(*host);
  }
  const Result<drivers::ChannelCounters> channel = drivers::ChannelDriver(*platform_).ReadCounters();
  if (!channel.ok()) return channel.status();
  AddCounter("pool.hits", all.hits);
  AddCounter("pool.misses", all.misses);
  AddCounter("pool.page_ins", all.page_ins);
  AddCounter("pool.zero_fills", all.zero_fills);
  AddCounter("pool.evictions", all.evictions);
  AddCounter("pool.pages_out_dirty", all.pages_out_dirty);
  AddCounter("pool.pages_dropped_clean", all.pages_dropped_clean);
  AddCounter("pool.access_errors", all.access_errors);
  AddCounter("pool.bulk_errors", all.bulk_errors);
  AddCounter("channel.reads", channel->reads);
  AddCounter("channel.writes", channel->writes);
  AddCounter("channel.row_hits", channel->row_hits);
  AddCounter("channel.row_misses", channel->row_misses);
  AddCounter("channel.row_conflicts", channel->row_conflicts);
  AddCounter("channel.refreshes", channel->refreshes);
  AddCounter("channel.bus_busy_cycles", channel->bus_busy_cycles);
  if (slow_cells_) {
    const Result<drivers::PoolMoves> moves = pool.ReadMoves();
    if (!moves.ok()) return moves.status();
    AddCounter("pool.fast_slots", slow_cells_->fast_slots);
    AddCounter("pool.promotions", moves->promotions);
    AddCounter("pool.demotions", moves->demotions);
    AddCounter("pool.moves_given_up", moves->given_up);
    AddCounter("channel.slow_reads", channel->slow_reads);
    AddCounter("channel.slow_writes", channel->slow_writes);
  }
  return {};
}

void Session::SumUp() {
  summary_.platform = platform_->name();
  summary_.bulk = platform_->bulk_description();
  summary_.cycles = platform_->cycle() - start_cycle_;
  summary_.end_cycle = platform_->cycle();
  summary_.lines = replayer_->lines_done();
  summary_.mismatches = replayer_->mismatches();
  summary_.stopped_cycle = replayer_->stopped_cycle();
  summary_.interrupted = summary_.stopped_cycle.has_value();
  std::uint64_t walked = 0;
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    const HostPlan& plan = plans_[i];
    HostSummary host;
    host.number = plan.host.value();
    host.addressing = AddressingName(plan);
    if (plan.addressing.first) host.first_stage = StageSummary{plan.addressing.first->mode->name(), plan.mapped_first};
    if (plan.addressing.second) {
      host.second_stage = StageSummary{plan.addressing.second->mode->name(), plan.mapped_second};
    }
    host.segments = plan.footprint_segments;
    for (const Program& program : plan.programs) {
      host.programs.push_back(program.name());
      host.pages += program.pages();
      summary_.lines_in_traces += program.lines_in_trace();
    }
    host.statistics = replayer_->statistics()[i];
    walked += host.statistics.walked;
    summary_.hosts.push_back(std::move(host));
  }
  AddCounter("iommu.accesses_that_walked", walked);
}

void Session::AddChecks() {
  std::uint64_t reads = 0;
  std::uint64_t mismatches = 0;
  std::uint64_t bytes = 0;
  for (const HostSummary& host : summary_.hosts) {
    reads += host.statistics.reads;
    mismatches += host.statistics.mismatches;
    bytes += host.statistics.bytes_checked;
  }
  // Checks that had nothing to check are not passed, unless the user did not let it come so far.
  const bool too_early = summary_.interrupted && reads == 0;
  summary_.checks.push_back({"every byte read is right", mismatches == 0 && (reads != 0 || too_early),
                             std::to_string(bytes) + " bytes compared, " + std::to_string(mismatches) +
                                 " accesses differ" +
                                 (reads == 0 ? "; nothing was read, so nothing could be checked" : "")});
  const std::string decisions = std::to_string(slot_checker_->evictions()) + " evictions after " +
                                std::to_string(slot_checker_->hits()) + " hits";
  if (policy_status_.ok()) policy_status_ = platform_->PolicyHealth();
  summary_.checks.push_back({"every replacement is the golden policy's", policy_status_.ok(),
                             policy_status_.ok() ? decisions : policy_status_.message()});
  summary_.checks.push_back(
      {"the node's own checks are silent", summary_.failure.empty(), platform_->check_description() + NotChecked()});
}

}  // namespace

Result<RunSummary> RunSession(const SessionOptions& options) {
  Session session(options);
  if (Status status = session.Prepare(); !status.ok()) return status;
  session.Run();
  return session.TakeSummary();
}

}  // namespace tarn::replay
