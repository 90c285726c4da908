#include "tests/iommu/figures.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "tb/iommu/iommu_bench.h"

namespace tarn::tests {

using namespace tb;  // NOLINT(google-build-using-namespace): every other word is of the testbench library

namespace {

constexpr std::uint32_t kDevices = 64;
constexpr std::uint64_t kPages = 0x4000'0000;  // where the devices' pages are, as they see them
constexpr std::uint64_t kLarge = 0x8000'0000;  // a 2 MiB page of device 0
constexpr std::uint64_t kFar = 0xC000'0000;    // pages to miss

// 64 devices, each with a table of its own.
class Rig {
 public:
  Rig() {
    for (std::uint32_t device = 0; device < kDevices; ++device) {
      roots_.push_back(bench.tables.TakePage());
      bench.tables.SetContext(IommuBench::kDirectory >> 12, 1, device, Sv39Context(roots_.back(), device + 1));
      bench.tables.Map(roots_.back(), kPages, std::uint64_t{0x1'0000'0000} + device * kPageBytes, 0, kPteUserAll);
    }
    bench.tables.Map(roots_[0], kLarge, 0x2'0000'0000, 1, kPteUserAll);
    for (std::uint64_t page = 0; page < 64; ++page) {
      bench.tables.Map(roots_[0], kFar + page * kPageBytes, 0x3'0000'0000 + page * kPageBytes, 0, kPteUserAll);
    }
    bench.EnableQueues();
    bench.SetMode(2);
    for (std::uint32_t device = 0; device < kDevices; ++device) bench.Ask(MakeRequest(device, kPages));
  }
  ~Rig() {
    if (!bench.failures().any()) return;
    std::cerr << bench.FailureText();
    std::exit(1);
  }

  // One request alone, from acceptance to its way out.
  std::uint64_t Latency(const DeviceRequest& request) {
    const std::uint8_t tag = bench.Send(request);
    bench.Drain();
    return bench.host_cycle(tag) - bench.accepted_cycle(tag);
  }
  void SendMix(std::uint64_t request) {
    bench.Send(
        MakeRequest(request * 37 % kDevices, kPages + request % 64 * 64, request % 3 == 0 ? Op::kWrite : Op::kRead));
  }
  void Misses(unsigned count) {
    for (unsigned i = 0; i < count; ++i) bench.Send(MakeRequest(0, kFar + i * kPageBytes));
    bench.simulation().Run(30);
  }
  // Cycles in which hits of the mix left.
  std::vector<std::uint64_t> HitCycles(std::uint64_t requests) {
    std::vector<std::uint64_t> cycles;
    bench.set_on_host_request([&](const HostRequest&, const DeviceRequest& from, std::uint64_t cycle) {
      if (from.addr < kFar) cycles.push_back(cycle);
    });
    for (std::uint64_t request = 0; request < requests; ++request) SendMix(request);
    bench.RunUntil([&] { return cycles.size() == requests; }, "the hits");
    bench.set_on_host_request(nullptr);
    return cycles;
  }

  IommuBench bench;

 private:
  std::vector<std::uint64_t> roots_;
};

}  // namespace

LatencyFigures MeasureLatency(unsigned walk_cycles) {
  Rig rig;
  rig.bench.walk_agent().set_timing({.latency_cycles_min = walk_cycles, .latency_cycles_max = walk_cycles});
  LatencyFigures figures;
  figures.small_page_hit_cycles = rig.Latency(MakeRequest(3, kPages));
  rig.Latency(MakeRequest(0, kLarge));
  figures.large_page_hit_cycles = rig.Latency(MakeRequest(0, kLarge + 0x10000));
  figures.sv39_cold_cycles = rig.Latency(MakeRequest(0, kFar));
  figures.sv39_warm_cycles = rig.Latency(MakeRequest(0, kFar + kPageBytes));
  return figures;
}

double MeasureHitsPerCycle(unsigned misses, std::uint64_t requests) {
  Rig rig;
  rig.bench.walk_agent().set_timing({.latency_cycles_min = 5'000, .latency_cycles_max = 5'000});
  rig.Misses(misses);
  const std::vector<std::uint64_t> cycles = rig.HitCycles(requests);
  rig.bench.Drain();
  return static_cast<double>(cycles.size() - 1) / static_cast<double>(cycles.back() - cycles.front());
}

std::int64_t MeasureHitUnderMissAddedCycles() {
  Rig rig;
  rig.bench.walk_agent().set_timing({.latency_cycles_min = 100, .latency_cycles_max = 100});
  const std::uint64_t alone = rig.Latency(MakeRequest(3, kPages));
  rig.bench.Send(MakeRequest(0, kFar));
  const std::uint8_t tag = rig.bench.Send(MakeRequest(3, kPages));
  rig.bench.Drain();
  return static_cast<std::int64_t>(rig.bench.host_cycle(tag) - rig.bench.accepted_cycle(tag) - alone);
}

double MeasureSamePageWalks() {
  Rig rig;
  rig.bench.walk_agent().set_timing({.latency_cycles_min = 100, .latency_cycles_max = 100});
  const std::uint64_t before = rig.bench.walk_agent().requests();
  for (unsigned i = 0; i < 16; ++i) rig.bench.Send(MakeRequest(0, kFar + i * 64));
  rig.bench.Drain();
  return static_cast<double>(rig.bench.walk_agent().requests() - before) / 3;
}

std::uint64_t MeasureInvalidateStallCyclesMax() {
  Rig rig;
  // Of an address space that nobody uses, so that the hits stay hits; every set is looked at.
  rig.bench.PushCommand(kIotinvalVma | kCommandPscv | std::uint64_t{0xFFFFF} << 12);
  rig.bench.PushCommand(kIofence);
  rig.bench.RingCommands();
  const std::vector<std::uint64_t> cycles = rig.HitCycles(3000);
  std::uint64_t longest = 0;
  for (std::size_t i = 1; i < cycles.size(); ++i) longest = std::max(longest, cycles[i] - cycles[i - 1] - 1);
  rig.bench.Drain();
  return longest;
}

double MeasureSimulationSpeed(std::uint64_t requests) {
  Rig rig;
  const std::uint64_t first_cycle = rig.bench.simulation().cycle();
  const auto start = std::chrono::steady_clock::now();
  rig.HitCycles(requests);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return static_cast<double>(rig.bench.simulation().cycle() - first_cycle) / seconds.count();
}

}  // namespace tarn::tests
