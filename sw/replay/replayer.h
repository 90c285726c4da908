// Replays programs on a platform, closed loop: each host keeps a number of accesses in flight, without think
// time, and every byte read is compared with the host's own flat memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/hal/platform.h"
#include "sw/replay/content.h"
#include "sw/replay/expected_memory.h"
#include "sw/replay/host_plan.h"
#include "sw/replay/statistics.h"

namespace tarn::replay {

struct ReplayOptions {
  std::uint32_t outstanding = 16;                // accesses in flight per host
  std::uint64_t quiet_cycles_max = 2'000'000;    // no answer at all for so long: something hangs
  std::function<bool()> stop;                    // asked before each access: submit no more, end in order
  std::uint64_t stop_cycle = ~std::uint64_t{0};  // or from this cycle on
  std::function<void(std::uint64_t lines_done, std::uint64_t lines_total, std::uint64_t cycle)>
      on_progress;                                     // now and then
  std::function<void(std::uint64_t cycle)> on_sample;  // every sample_cycles
  std::uint64_t sample_cycles = 20'000;
};

class Replayer {
 public:
  static constexpr std::size_t kMismatchesKept = 5;
  static constexpr std::uint32_t kOutstandingMax = 256;

  // REQUIRES: the platform is set up for the plans, which outlive the replayer.
  Replayer(hal::Platform& platform, std::vector<HostPlan>& plans, const Content& content, ReplayOptions options);
  ~Replayer();

  // Runs to the end of all programs, or until stopped. An error is a failed check inside the platform, a hang, or
  // a trace that cannot be read; differing data is not an error here: see mismatches().
  Status Run();

  const std::vector<HostStatistics>& statistics() const { return statistics_; }  // by index of the plan
  const std::vector<std::string>& mismatches() const { return mismatches_; }     // the first few, as text
  std::uint64_t lines_done() const { return lines_done_; }
  // When it was stopped from outside; nothing if it was not.
  std::optional<std::uint64_t> stopped_cycle() const { return stopped_cycle_; }

 private:
  struct HostState;

  Status Pump(HostState& host);
  Status LoadHead(HostState& host);
  bool Conflicts(const HostState& host) const;
  bool Submit(HostState& host);
  void Complete(HostState& host, const hal::Completion& completion);
  void ReportMismatch(const HostState& host, const hal::Completion& completion, const Line& expected);
  Status Drive();

  hal::Platform& platform_;
  const Content& content_;
  ReplayOptions options_;
  std::vector<std::unique_ptr<HostState>> hosts_;
  std::vector<HostStatistics> statistics_;
  std::vector<std::string> mismatches_;
  std::uint64_t lines_done_ = 0;
  std::uint64_t lines_total_ = 0;
  std::uint64_t last_answer_cycle_ = 0;
  std::optional<std::uint64_t> stopped_cycle_;
};

}  // namespace tarn::replay
