#include "tests/iommu/figures.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "tb/iommu/guest_tables.h"
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

  std::uint64_t root(std::uint32_t device) const { return roots_[device]; }

  IommuBench bench;

 private:
  std::vector<std::uint64_t> roots_;
};

}  // namespace

LatencyFigures MeasureLatency(unsigned walk_cycles) {
  Rig rig;
  rig.bench.walk_agent().set_timing({.latency_cycles_min = walk_cycles, .latency_cycles_max = walk_cycles});
  LatencyFigures figures;
  rig.Latency(MakeRequest(3, kPages));  // walked by the rig, now in the front level
  figures.front_hit_cycles = rig.Latency(MakeRequest(3, kPages));
  figures.second_level_hit_cycles = rig.Latency(MakeRequest(63, kPages));
  for (int time = 0; time < 2; ++time) rig.Latency(MakeRequest(0, kLarge));
  figures.large_page_front_hit_cycles = rig.Latency(MakeRequest(0, kLarge + 0x10000));
  rig.bench.PushCommand(kIotinvalVma);
  rig.bench.PushCommand(kIofence);
  rig.bench.RunCommands();
  figures.sv39_cold_cycles = rig.Latency(MakeRequest(0, kFar));
  figures.sv39_warm_cycles = rig.Latency(MakeRequest(0, kFar + kPageBytes));
  return figures;
}

namespace {

constexpr std::uint32_t kGuestDevice = 5, kGuestPscid = 7, kGuestGscid = 0x123;
constexpr std::uint64_t kGuestPages = 0x12'3460'0000, kGuestMemory = 0x40'5000'0000;
constexpr std::uint64_t kPagesAtOnce = 32;

// One device in a guest.
class NestedRig {
 public:
  // stride_pages: between guest pages of tables; page_stride_bytes: between the pages of the device, in both stages.
  NestedRig(unsigned walk_cycles, std::uint64_t stride_pages, std::uint64_t page_stride_bytes, int levels)
      : tables_(bench.memory, bench.tables), page_stride_bytes_(page_stride_bytes) {
    tables_.set_guest_stride(stride_pages);
    tables_.UseSecond(kSv39);
    tables_.UseFirst(kSv39);
    for (std::uint64_t page = 0; page <= kPagesAtOnce; ++page) {
      tables_.MapFirst(Iova(page), kGuestMemory + page * page_stride_bytes);
      tables_.MapSecond(kGuestMemory + page * page_stride_bytes, 0x3'0000'0000 + page * kPageBytes);
    }
    bench.tables.SetContext(IommuBench::kDirectory >> 12, levels, kGuestDevice,
                            {1, tables_.Iohgatp(kGuestGscid), std::uint64_t{kGuestPscid} << 12, tables_.Fsc()});
    bench.EnableQueues();
    bench.SetMode(static_cast<std::uint32_t>(levels + 1));
    bench.walk_agent().set_timing({.latency_cycles_min = walk_cycles, .latency_cycles_max = walk_cycles});
  }
  ~NestedRig() {
    if (!bench.failures().any()) return;
    std::cerr << bench.FailureText();
    std::exit(1);
  }
  std::uint64_t Iova(std::uint64_t page) const { return kGuestPages + page * page_stride_bytes_; }
  void Forget() {  // all but the context
    bench.PushCommand(kIotinvalGvma);
    bench.PushCommand(kIofence);
    bench.RunCommands();
  }
  std::uint64_t Latency(std::uint64_t page) {
    const std::uint8_t tag = bench.Send(MakeRequest(kGuestDevice, Iova(page)));
    bench.Drain();
    return bench.host_cycle(tag) - bench.accepted_cycle(tag);
  }

  IommuBench bench;

 private:
  GuestTables tables_;
  std::uint64_t page_stride_bytes_;
};

}  // namespace

NestedFigures MeasureNested(unsigned walk_cycles) {
  NestedRig rig(walk_cycles, std::uint64_t{1} << 18, kPageBytes, 1);
  rig.Latency(0);
  rig.Forget();
  NestedFigures figures;
  figures.cold_cycles = rig.Latency(0);
  figures.warm_cycles = rig.Latency(1);
  return figures;
}

double MeasureNestedPages(unsigned walk_cycles, NestedStart start) {
  const bool disjoint = start == NestedStart::kDisjoint;
  // Disjoint: 2 MiB apart, a table of last entries for each page in both stages.
  NestedRig rig(walk_cycles, disjoint ? 512 : 1, disjoint ? std::uint64_t{1} << 21 : kPageBytes,
                start == NestedStart::kColdDirectory ? 3 : 1);
  if (start != NestedStart::kColdDirectory) rig.Latency(kPagesAtOnce);  // a page that is not asked for below
  if (start == NestedStart::kCold || disjoint) rig.Forget();
  std::uint64_t last = 0;
  std::vector<std::uint8_t> tags;
  for (std::uint64_t page = 0; page < kPagesAtOnce; ++page) {
    tags.push_back(rig.bench.Send(MakeRequest(kGuestDevice, rig.Iova(page))));
  }
  rig.bench.Drain();
  for (const std::uint8_t tag : tags) last = std::max(last, rig.bench.host_cycle(tag));
  return static_cast<double>(last - rig.bench.accepted_cycle(tags.front())) / static_cast<double>(kPagesAtOnce);
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
  rig.Latency(MakeRequest(3, kPages));
  const std::uint64_t alone = rig.Latency(MakeRequest(3, kPages));
  rig.bench.Send(MakeRequest(0, kFar));
  const std::uint8_t tag = rig.bench.Send(MakeRequest(3, kPages));
  rig.bench.Drain();
  return static_cast<std::int64_t>(rig.bench.host_cycle(tag) - rig.bench.accepted_cycle(tag) - alone);
}

StormFigures MeasureStorm(unsigned walk_cycles) {
  constexpr std::uint64_t kStorm = 0x1'0000'0000, kStormPages = 256,
                          kBetween = 16;  // as many as the TLB keeps beside the others'
  constexpr std::uint32_t kStormy = 1, kOther = 3;
  Rig rig;
  for (std::uint64_t page = 0; page < kStormPages; ++page) {
    rig.bench.tables.Map(rig.root(kStormy), kStorm + page * kPageBytes, kStorm + page * kPageBytes, 0, kPteUserAll);
  }
  for (std::uint64_t page = 0; page < kStormPages / kBetween; ++page) {
    rig.bench.tables.Map(rig.root(kOther), kFar + page * kPageBytes, kFar + page * kPageBytes, 0, kPteUserAll);
  }
  rig.Latency(MakeRequest(kOther, kFar));  // its pointers are kept
  rig.bench.walk_agent().set_timing({.latency_cycles_min = walk_cycles, .latency_cycles_max = walk_cycles});
  StormFigures figures;
  std::array<std::uint64_t, 256> at_port_cycle{};
  std::uint64_t port_free_cycle = 0;
  rig.bench.set_on_accepted([&](const DeviceRequest& request, std::uint64_t cycle) {
    at_port_cycle[request.tag] = port_free_cycle;
    port_free_cycle = cycle + 1;
  });
  rig.bench.set_on_host_request([&](const HostRequest&, const DeviceRequest& from, std::uint64_t cycle) {
    if (from.device_id != kOther) return;
    std::uint64_t& most = from.addr < kFar ? figures.hit_cycles_max : figures.miss_cycles_max;
    most = std::max(most, cycle - at_port_cycle[from.tag]);
  });
  for (std::uint64_t page = 0; page < kStormPages; ++page) {
    rig.bench.Send(MakeRequest(kStormy, kStorm + page * kPageBytes));
    if (page % kBetween == kBetween / 2) rig.bench.Send(MakeRequest(kOther, kPages));
    if (page % kBetween == kBetween - 1) rig.bench.Send(MakeRequest(kOther, kFar + page / kBetween * kPageBytes));
  }
  rig.bench.Drain();
  rig.bench.set_on_accepted(nullptr);
  rig.bench.set_on_host_request(nullptr);
  return figures;
}

double MeasureSamePageWalks() {
  Rig rig;
  rig.bench.walk_agent().set_timing({.latency_cycles_min = 100, .latency_cycles_max = 100});
  rig.Latency(MakeRequest(0, kFar + kPageBytes));  // from now on a walk reads the leaf alone
  const std::uint64_t before = rig.bench.walk_agent().requests();
  for (unsigned i = 0; i < 16; ++i) rig.bench.Send(MakeRequest(0, kFar + i * 64));
  rig.bench.Drain();
  return static_cast<double>(rig.bench.walk_agent().requests() - before);
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
