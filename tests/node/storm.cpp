#include "tests/node/storm.h"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include "models/common/random.h"
#include "models/pool/pool_registers.h"
#include "sw/drivers/channel_driver.h"
#include "sw/drivers/iommu_driver.h"
#include "sw/drivers/pool_driver.h"
#include "sw/hal/rtl_platform.h"
#include "sw/hal/wait.h"

namespace tarn::tests {
namespace {

namespace reg = pool_registers;

constexpr std::uint32_t kPoolBase = 0x1000;
constexpr std::uint32_t kHosts = 4;
constexpr std::uint32_t kMeasured = 0;  // 1 to 3: its neighbours
constexpr std::uint32_t kSlots = 64;
constexpr std::array<std::uint32_t, kHosts> kFootprints = {16, 12, 12, 12};  // segments that are kept resident: floors
constexpr std::uint32_t kStormSegments = 256;  // of a storm: many times the slots that are left
constexpr std::uint64_t kCyclesMax = 4'000'000;

class Storm {
 public:
  explicit Storm(const StormSettings& settings) : settings_(settings), random_(settings.seed) {}

  Result<StormResult> Run() {
    if (Status status = Prepare(); !status.ok()) return status;
    platform_->set_probe_listener([this](const pool::PoolProbe& event, std::uint64_t cycle) { OnProbe(event, cycle); });
    const std::uint64_t misses = Counter(kMeasured, 2);
    const std::uint64_t page_ins = OfNeighbours(4);
    const std::uint64_t pages_out = OfNeighbours(6);
    const std::uint64_t end = platform_->cycle() + settings_.cycles;
    while (platform_->cycle() < end) {
      if (Status health = platform_->Health(); !health.ok()) return health;
      for (std::uint32_t host = 0; host < kHosts; ++host) Submit(host);
      platform_->Advance();
      Collect();
    }
    while (!accesses_.empty()) {
      if (Status health = platform_->Health(); !health.ok()) return health;
      if (platform_->cycle() > end + kCyclesMax) return Status::Error("not all accesses were answered");
      platform_->Advance();
      Collect();
    }
    result_.cycles = platform_->cycle();
    result_.page_ins = OfNeighbours(4) - page_ins;
    result_.pages_out = OfNeighbours(6) - pages_out;
    if (Counter(kMeasured, 2) != misses) return Status::Error("the host inside its floor missed");
    for (auto* times : {&result_.reads, &result_.writes, &result_.to_decision, &result_.from_decision}) {
      std::sort(times->begin(), times->end());
    }
    return std::move(result_);
  }

 private:
  struct Access {
    bool write = false;
    std::uint64_t decided = 0;
  };

  static std::uint64_t Base(std::uint32_t host) { return (std::uint64_t{host} + 1) << 40; }

  Status Prepare() {
    hal::PlatformOptions options;
    options.seed = settings_.seed;
    options.initial_content = [](LogicalPage page, std::span<std::uint8_t, kPageBytes> bytes) {
      const Line line = SeededLine(page.value());
      for (std::uint32_t at = 0; at < kPageBytes; at += kLineBytes)
        std::copy(line.begin(), line.end(), bytes.begin() + at);
    };
    Result<std::unique_ptr<hal::Platform>> platform =
        hal::MakeRtlPlatform(options, *bulk::PresetByName("low-latency"), "low-latency");
    if (!platform.ok()) return platform.status();
    platform_ = std::move(*platform);
    segment_bytes_ = platform_->parameters().segment_bytes;
    drivers::PoolDriver pool(*platform_);
    for (const Status& status : {drivers::ChannelDriver(*platform_).WaitReady(), SetUpChannel(), pool.WaitCleared(),
                                 pool.SetSlotsInService(kSlots)}) {
      if (!status.ok()) return status;
    }
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      if (Role(host) == Neighbour::kIdle) continue;
      const bool storms = Role(host) == Neighbour::kStorm;
      const std::uint32_t segments = storms ? kStormSegments : kFootprints[host];
      for (const Status& status : {pool.SetWindow(HostId(host), HostPhysAddr(Base(host)), segments),
                                   storms ? LoadStorm(host) : Write(reg::floors::kOffset + 4 * host, segments)}) {
        if (!status.ok()) return status;
      }
    }
    if (Status status = pool.Enable(); !status.ok()) return status;
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      if (Role(host) == Neighbour::kIdle) continue;
      if (platform_->parameters().host_has_iommu[host]) {
        drivers::IommuDriver iommu(*platform_, HostId(host), HostPhysAddr(Base(host)), 1);
        if (Status status = iommu.SetBare(); !status.ok()) return status;
      }
      if (Role(host) == Neighbour::kStorm) continue;
      if (Status status = MakeResident(host); !status.ok()) return status;
    }
    return {};
  }
  Neighbour Role(std::uint32_t host) const {
    if (host != kMeasured) return settings_.neighbours[host - 1];
    return settings_.measured_hammers ? Neighbour::kHammer : Neighbour::kResident;
  }
  std::uint64_t OfNeighbours(std::uint32_t counter) {
    return Counter(1, counter) + Counter(2, counter) + Counter(3, counter);
  }
  Status Write(std::uint32_t offset, std::uint32_t value) {
    return platform_->WriteRegister(hal::Aperture::Management(), kPoolBase + offset, value);
  }
  Status SetUpChannel() {
    for (const auto& [offset, value] : settings_.channel) {
      const Status status =
          platform_->WriteRegister(hal::Aperture::Management(), drivers::ChannelDriver::Base(0) + offset, value);
      if (!status.ok()) return status;
    }
    return {};
  }
  std::uint32_t Read(std::uint32_t offset) {
    const Result<std::uint32_t> value = platform_->ReadRegister(hal::Aperture::Management(), kPoolBase + offset);
    return value.ok() ? *value : 0;
  }
  std::uint64_t Counter(std::uint32_t host, std::uint32_t kind) {
    return Read(reg::counter::kOffset + 8 * (16 * host + kind));
  }
  // All of the window has content on bulk.
  Status LoadStorm(std::uint32_t host) {
    const std::pair<std::uint32_t, std::uint32_t> writes[] = {
        {reg::map_host::kOffset, host}, {reg::map_segment::kOffset, 0},      {reg::map_count::kOffset, kStormSegments},
        {reg::map_word::kOffset, 0},    {reg::map_on_bulk::kOffset, 0xffff}, {reg::map_command::kOffset, 1}};
    for (const auto& [offset, value] : writes) {
      if (Status status = Write(offset, value); !status.ok()) return status;
    }
    return hal::WaitUntil(
        *platform_, [&] { return (Read(reg::map_status::kOffset) & reg::map_status::Busy::kMask) == 0; }, kCyclesMax,
        "end of a map load");
  }
  // Writes to each page of the host's footprint, so that no later write is a first one.
  Status MakeResident(std::uint32_t host) {
    const std::uint64_t pages = kFootprints[host] * segment_bytes_ / kPageBytes;
    for (std::uint64_t page = 0; page < pages; ++page) {
      const hal::Access access{.op = Op::kWrite, .addr = Base(host) + page * kPageBytes, .data = SeededLine(page)};
      const Result<hal::Completion> done = hal::Perform(*platform_, HostId(host), access, kCyclesMax);
      if (!done.ok()) return done.status();
    }
    if (Role(host) != Neighbour::kHammer) return {};
    // The first page of each segment in an even slot: rows of one bank.
    for (std::uint32_t segment = 0; segment < kFootprints[host]; ++segment) {
      const std::pair<std::uint32_t, std::uint32_t> writes[] = {
          {reg::map_host::kOffset, host}, {reg::map_segment::kOffset, segment}, {reg::map_command::kOffset, 2}};
      for (const auto& [offset, value] : writes) {
        if (Status status = Write(offset, value); !status.ok()) return status;
      }
      const Status read = hal::WaitUntil(
          *platform_, [&] { return (Read(reg::map_status::kOffset) & reg::map_status::Busy::kMask) == 0; }, kCyclesMax,
          "end of a map read");
      if (!read.ok()) return read;
      if (Read(reg::map_read_slot::kOffset) % 2 == 0) one_bank_[host].push_back(segment);
    }
    return one_bank_[host].empty() ? Status::Error("no segment in an even slot") : Status();
  }

  // The line of its window that the host wants next.
  std::uint64_t NextLine(std::uint32_t host) {
    const std::uint64_t segment_lines = segment_bytes_ / kLineBytes;
    switch (Role(host)) {
      case Neighbour::kStorm: {
        const std::uint64_t page = storm_page_[host]++ % (kStormSegments * segment_lines / kLinesPerPage);
        return page * kLinesPerPage + random_.Below(kLinesPerPage);
      }
      case Neighbour::kHammer:
        return one_bank_[host][random_.Below(static_cast<std::uint32_t>(one_bank_[host].size()))] * segment_lines +
               random_.Below(kLinesPerPage);
      default:
        return random_.Below(static_cast<std::uint32_t>(kFootprints[host] * segment_lines));
    }
  }
  void Submit(std::uint32_t host) {
    if (Role(host) == Neighbour::kIdle) return;
    const bool measured = host == kMeasured;
    const std::uint32_t most = measured ? settings_.measured_outstanding : settings_.neighbour_outstanding;
    const unsigned writes = measured ? settings_.measured_write_percent : settings_.neighbour_write_percent;
    while (outstanding_[host] < most) {
      const std::uint64_t line = NextLine(host);
      const std::uint64_t id = std::uint64_t{host} << 40 | line;
      if (accesses_.contains(id)) return;  // another one in the next cycle
      const bool write = Role(host) != Neighbour::kHammer && random_.Percent(writes);
      const hal::Access access{.id = id,
                               .op = write ? Op::kWrite : Op::kRead,
                               .addr = Base(host) + line * kLineBytes,
                               .data = SeededLine(id)};
      if (!platform_->TrySubmit(HostId(host), access)) return;
      accesses_[id] = {.write = write};
      ++outstanding_[host];
    }
  }
  void Collect() {
    hal::Completion done;
    for (std::uint32_t host = 0; host < kHosts; ++host) {
      while (platform_->PopCompletion(HostId(host), done)) {
        const Access access = accesses_[done.id];
        accesses_.erase(done.id);
        --outstanding_[host];
        if (host != kMeasured) {
          ++result_.neighbour_lines;
          continue;
        }
        const std::uint64_t cycles = done.completed_cycle - done.submitted_cycle;
        (access.write ? result_.writes : result_.reads).push_back(cycles);
        if (access.write || access.decided == 0) continue;
        result_.to_decision.push_back(access.decided - done.submitted_cycle);
        result_.from_decision.push_back(done.completed_cycle - access.decided);
      }
    }
  }
  void OnProbe(const pool::PoolProbe& event, std::uint64_t cycle) {
    if (event.kind != pool::ProbeEvent::kHit || event.host != kMeasured) return;
    const std::uint64_t line =
        (event.segment * (segment_bytes_ / kPageBytes) + event.page) * kLinesPerPage + event.line;
    const auto found = accesses_.find(line);
    if (found != accesses_.end()) found->second.decided = cycle;
  }

  StormSettings settings_;
  Random random_;
  std::unique_ptr<hal::Platform> platform_;
  std::uint64_t segment_bytes_ = 0;
  std::unordered_map<std::uint64_t, Access> accesses_;
  std::array<std::uint32_t, kHosts> outstanding_{};
  std::array<std::uint64_t, kHosts> storm_page_{};
  std::array<std::vector<std::uint64_t>, kHosts> one_bank_;  // segments that who hammers reads
  StormResult result_;
};

}  // namespace

std::vector<std::uint64_t> StormResult::All() const {
  std::vector<std::uint64_t> all = reads;
  all.insert(all.end(), writes.begin(), writes.end());
  std::sort(all.begin(), all.end());
  return all;
}

Result<StormResult> RunStorm(const StormSettings& settings) { return Storm(settings).Run(); }

Result<StormRatio> MeasureStormRatio(std::uint64_t cycles) {
  StormRatio ratio;
  for (const Neighbour neighbour : {Neighbour::kStorm, Neighbour::kResident}) {
    const Result<StormResult> result = RunStorm({.neighbours = {neighbour}, .cycles = cycles});
    if (!result.ok()) return result.status();
    const std::uint64_t p99 = StormResult::Percentile(result->All(), 99);
    (neighbour == Neighbour::kStorm ? ratio.storm_cycles : ratio.resident_cycles) = p99;
    ratio.page_ins += result->page_ins;
  }
  return ratio;
}

Result<std::uint64_t> MeasureWorstHit(std::uint64_t cycles) {
  const Result<StormResult> result =
      RunStorm({.neighbours = {Neighbour::kStorm, Neighbour::kHammer, Neighbour::kHammer},
                .measured_hammers = true,
                .measured_outstanding = 32,
                .cycles = cycles});
  if (!result.ok()) return result.status();
  return StormResult::Percentile(result->reads, 100);
}

}  // namespace tarn::tests
