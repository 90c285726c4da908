// Figures of the replication's core: simulated operations, recovery of a log, resynchronisation of a member; without
// sockets or disk.
#include <chrono>
#include <iostream>

#include "sw/dataset/simulation/report.h"
#include "tb/common/bench_main.h"
#include "tests/dataset/local_disk.h"

namespace tarn::tb {

namespace {

using Clock = std::chrono::steady_clock;
constexpr double kGigabyte = 1e9;

double Since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

dataset::MemberConfig LargeConfig(std::uint64_t data_bytes) {
  dataset::MemberConfig config = dataset::SmallConfig();
  config.block_bytes = 4096;
  config.update_blocks_max = 256;
  config.segment_bytes = 16 << 20;
  config.device_bytes = dataset::kSegmentsBegin + (4 * data_bytes / config.segment_bytes + 24) * config.segment_bytes;
  config.checkpoint_bytes = std::uint64_t{4} << 30;  // none: all of the log is read
  return config;
}

// A volume full of content, written in pieces of `write_bytes`.
void Fill(dataset::LocalHost& host, std::uint64_t data_bytes, std::uint64_t write_bytes) {
  const auto made = host.Do(1, dataset::ControlRequest{.name = "volume", .size_bytes = data_bytes});
  dataset::Bytes data;
  for (std::uint64_t offset = 0; offset < data_bytes; offset += write_bytes) {
    data.clear();
    for (std::uint64_t at = 0; at < write_bytes; at += 4096) {
      const dataset::Bytes block = dataset::BlockOf(offset + at + 1, 4096);
      data.insert(data.end(), block.begin(), block.end());
    }
    host.Do(1, dataset::IoRequest{.kind = dataset::IoRequest::Kind::kWrite,
                                  .object = made.object,
                                  .offset_bytes = offset,
                                  .data = dataset::Owned(data)});
  }
}

}  // namespace

nlohmann::json MeasureFigures(bool quick) {
  nlohmann::json figures;
  const auto add = [&](const char* name, double value, const char* unit) {
    figures[name] = {{"value", value}, {"unit", unit}};
  };

  Clock::time_point begin = Clock::now();
  const auto report = dataset::simulation::Simulate({.seed = 1, .hours = quick ? 0.1 : 10});
  if (report.violation) std::cerr << *report.violation << "\n";
  add("store.simulated_ops_per_second", static_cast<double>(report.operations) / Since(begin), "op/s");

  const std::uint64_t data_bytes = std::uint64_t{quick ? 8u : 512u} << 20;
  dataset::LocalHost host(LargeConfig(data_bytes));
  host.Boot(1, /*create=*/true);
  host.Serves(1);
  Fill(host, data_bytes, 64 << 10);
  begin = Clock::now();
  host.Boot(1, /*create=*/false);
  const double recovery_seconds = Since(begin);
  host.Serves(1);
  add("store.recovery_seconds_per_gb", recovery_seconds * kGigabyte / static_cast<double>(data_bytes), "s/GB");

  dataset::LocalHost pair(LargeConfig(data_bytes), 2);
  pair.Boot(1, /*create=*/true);
  pair.Serves(1);
  Fill(pair, data_bytes, 64 << 10);
  begin = Clock::now();
  pair.Boot(2, /*create=*/false);
  pair.Serves(2);
  add("store.resync_mb_per_second", static_cast<double>(data_bytes) / 1e6 / Since(begin), "MB/s");
  return figures;
}

}  // namespace tarn::tb
