// The worlds of a simulation, as many at a time as are asked for; what comes of them is summed up in their order, as if
// they had run one after the other.
#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "sw/dataset/simulation/report.h"
#include "sw/dataset/simulation/world.h"

namespace tarn::dataset::simulation {

namespace {

constexpr TimeNs kWorldNs = TimeNs{2} * 3600 * kSecondNs;

constexpr std::array kSums = {
    &SimulationReport::worlds,        &SimulationReport::events,         &SimulationReport::operations,
    &SimulationReport::reads,         &SimulationReport::writes,         &SimulationReport::trims,
    &SimulationReport::flushes,       &SimulationReport::changes,        &SimulationReport::answered,
    &SimulationReport::indeterminate, &SimulationReport::refused,        &SimulationReport::checked_reads,
    &SimulationReport::nonzero_reads, &SimulationReport::comparisons,    &SimulationReport::epochs,
    &SimulationReport::resyncs,       &SimulationReport::verifications,  &SimulationReport::scrubs,
    &SimulationReport::leaves,        &SimulationReport::member_changes, &SimulationReport::takeovers,
};

// world: the next one.
void Add(SimulationReport& sum, const SimulationReport& world) {
  for (const auto field : kSums) sum.*field += world.*field;
  sum.simulated_hours += world.simulated_hours;
  sum.world = world.world;
  sum.states_max = std::max(sum.states_max, world.states_max);
  sum.longest_gap_seconds = std::max(sum.longest_gap_seconds, world.longest_gap_seconds);
  sum.longest_recovery_seconds = std::max(sum.longest_recovery_seconds, world.longest_recovery_seconds);
  for (std::size_t fault = 0; fault < kFaults; ++fault) sum.faults[fault] += world.faults[fault];
  for (std::size_t kind = 0; kind < sum.met.size(); ++kind) {
    for (std::size_t fault = 0; fault < kLastingFaults; ++fault) sum.met[kind][fault] += world.met[kind][fault];
  }
  sum.trace_hash = Random::Mix(sum.trace_hash ^ world.trace_hash);
  if (!sum.violation) sum.violation = world.violation;
}

class Worlds {
 public:
  explicit Worlds(const SimulationOptions& options) : options_(options) {
    sum_.seed = options.seed;
    const auto total_ns = static_cast<TimeNs>(options.hours * 3600 * static_cast<double>(kSecondNs));
    total_ns_ = options.world == 0 ? total_ns : kWorldNs;
    end_ = static_cast<std::uint64_t>((total_ns_ + kWorldNs - 1) / kWorldNs);
  }

  SimulationReport Run() {
    std::vector<std::thread> others;
    for (std::uint64_t job = 1; job < std::min<std::uint64_t>(Jobs(), end_); ++job)
      others.emplace_back([&] { Work(); });
    Work();
    for (std::thread& other : others) other.join();
    return sum_;
  }

 private:
  // What happens is told in order only where one world runs at a time.
  std::uint64_t Jobs() const {
    if (options_.log) return 1;
    return options_.jobs != 0 ? options_.jobs : std::max(1U, std::thread::hardware_concurrency());
  }

  void Work() {
    for (auto at = Next(); at; at = Next()) Ended(*at, RunWorld(*at));
  }

  std::optional<std::uint64_t> Next() {
    const std::lock_guard lock(mutex_);
    return next_ < end_ ? std::optional(next_++) : std::nullopt;
  }

  SimulationReport RunWorld(std::uint64_t at) {
    SimulationReport report;
    const std::uint64_t number = at + (options_.world == 0 ? 1 : options_.world);
    report.world = number;
    {
      World world(Random::Mix(options_.seed * 0x9E3779B97F4A7C15u + number), options_, report);
      world.Run(std::min(total_ns_ - static_cast<TimeNs>(at) * kWorldNs, kWorldNs), [&] { return GoesOn(at); });
    }
    return report;
  }

  // Not beyond a world in which something was found.
  bool GoesOn(std::uint64_t at) {
    const std::lock_guard lock(mutex_);
    if (options_.progress && !stopped_) stopped_ = !options_.progress(hours_done_);
    if (stopped_) end_ = std::min(end_, next_);
    return !stopped_ && at < end_;
  }

  void Ended(std::uint64_t at, SimulationReport report) {
    const std::lock_guard lock(mutex_);
    hours_done_ += report.simulated_hours;
    if (report.violation) end_ = std::min(end_, at + 1);
    ended_.emplace(at, std::move(report));
    for (auto next = ended_.begin(); next != ended_.end() && next->first == summed_; next = ended_.begin()) {
      if (summed_++ < end_) Add(sum_, next->second);
      ended_.erase(next);
    }
  }

  const SimulationOptions& options_;
  TimeNs total_ns_ = 0;
  std::mutex mutex_;  // of all that follows
  std::uint64_t next_ = 0, end_ = 0;
  std::map<std::uint64_t, SimulationReport> ended_;  // before one that has not
  std::uint64_t summed_ = 0;
  SimulationReport sum_;
  double hours_done_ = 0;
  bool stopped_ = false;
};

}  // namespace

SimulationReport Simulate(const SimulationOptions& options) { return Worlds(options).Run(); }

}  // namespace tarn::dataset::simulation
