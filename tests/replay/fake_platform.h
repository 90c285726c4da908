// A platform that is a plain memory with a fixed latency, and faults to plant: for the replayer's own tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "sw/hal/platform.h"

namespace tarn::replay {

class FakePlatform : public hal::Platform {
 public:
  enum class Fault : std::uint8_t { kNone, kWrongBit, kDroppedWrite, kSwappedHost, kHang, kErrorStatus };

  static constexpr std::uint64_t kLatencyCycles = 20;
  static constexpr std::uint64_t kFaultyAccess = 40;  // the fault is in the access of this number

  explicit FakePlatform(hal::InitialContent content) : content_(std::move(content)) {
    parameters_ = {.hosts = 2,
                   .host_has_iommu = {false, true},
                   .segment_bytes = 65536,
                   .slots = 64,
                   .segments_per_host = 64,
                   .clock_hz = 1'000'000'000,
                   .outstanding_max = 16};
    queues_.resize(parameters_.hosts);
  }

  void Plant(Fault fault) { fault_ = fault; }

  const hal::NodeParameters& parameters() const override { return parameters_; }
  std::string name() const override { return "fake"; }
  std::string bulk_description() const override { return "none"; }
  std::string check_description() const override { return "none"; }
  std::vector<hal::PlatformCounter> counters() const override { return {}; }

  bool TrySubmit(HostId host, const hal::Access& access) override {
    if (queues_[host.value()].size() >= parameters_.outstanding_max) return false;
    const bool faulty = ++accesses_ == kFaultyAccess;
    std::uint64_t place = access.addr;
    if (faulty && fault_ == Fault::kSwappedHost) place ^= std::uint64_t{3} << 40;
    Line& line = At(place);
    hal::Completion completion{.id = access.id, .submitted_cycle = cycle_, .completed_cycle = cycle_ + kLatencyCycles};
    completion.data = line;
    if (faulty && fault_ == Fault::kWrongBit) completion.data[5] ^= 8;
    if (faulty && fault_ == Fault::kErrorStatus) completion.status = LineStatus::kPoison;
    const bool dropped = fault_ == Fault::kDroppedWrite && accesses_ > kFaultyAccess;
    if (access.op != Op::kRead && !dropped) MergeLine(line, access.data, access.mask);
    if (!(fault_ == Fault::kHang && accesses_ > kFaultyAccess)) queues_[host.value()].push_back(completion);
    return true;
  }
  bool PopCompletion(HostId host, hal::Completion& completion) override {
    auto& queue = queues_[host.value()];
    if (queue.empty() || queue.front().completed_cycle > cycle_) return false;
    completion = queue.front();
    queue.pop_front();
    return true;
  }
  void Advance() override { ++cycle_; }
  std::uint64_t cycle() const override { return cycle_; }
  Result<std::uint32_t> ReadRegister(hal::Aperture, std::uint32_t) override { return Status::Error("no registers"); }
  Status WriteRegister(hal::Aperture, std::uint32_t, std::uint32_t) override { return Status::Error("no registers"); }
  std::uint32_t Interrupts(hal::Aperture) const override { return 0; }
  Status Health() const override { return {}; }
  void set_probe_listener(ProbeListener) override {}
  void set_change_listener(ChangeListener) override {}

 private:
  Line& At(std::uint64_t addr) {
    const auto [place, is_new] = lines_.try_emplace(addr / kLineBytes);
    if (is_new) {
      const std::uint64_t host = (addr >> 40) - 1;
      const std::uint64_t offset = addr & ((std::uint64_t{1} << 40) - 1);
      std::array<std::uint8_t, kPageBytes> page;
      content_(LogicalPage(host << 32 | offset / kPageBytes), page);
      std::copy_n(page.begin() + static_cast<std::ptrdiff_t>(offset % kPageBytes), kLineBytes, place->second.begin());
    }
    return place->second;
  }

  hal::NodeParameters parameters_;
  hal::InitialContent content_;
  Fault fault_ = Fault::kNone;
  std::uint64_t accesses_ = 0;
  std::uint64_t cycle_ = 0;
  std::vector<std::deque<hal::Completion>> queues_;
  std::unordered_map<std::uint64_t, Line> lines_;
};

}  // namespace tarn::replay
