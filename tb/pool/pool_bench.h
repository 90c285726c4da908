// The pool between host ports, channel stub and bulk stub, and who judges it: PoolChecker (a flat byte map, the rules
// of order and time) or, with `judged` off, who listens to the hooks (PoolCosimulation: the golden model). Dut is a
// Verilated tarn_pool; Shape names its parameters (kHosts, kSegmentBytes, kSlots, kHostEntries, kSegmentsPerHost,
// kReserveSlots), and the segments of each host's window (kWindowSegments).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/common/random.h"
#include "models/common/register_bus.h"
#include "models/pool/atomics.h"
#include "models/pool/pool_host_registers.h"
#include "models/pool/pool_registers.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"
#include "tb/pool/bulk_stub.h"
#include "tb/pool/hotness_checker.h"
#include "tb/pool/optimum_checker.h"
#include "tb/pool/policy_observer.h"
#include "tb/pool/pool_checker.h"
#include "tb/pool/slot_stub.h"

namespace tarn::tb {

// A register bus of tarn_reg_pkg: one access, in as many cycles as it takes.
template <typename Dut>
class PoolRegisterBus : public RegisterBus {
 public:
  PoolRegisterBus(Simulation<Dut>& simulation, CData& valid, QData& request, const CData& ready, const CData& answered,
                  const QData& response)
      : simulation_(simulation),
        valid_(valid),
        request_(request),
        ready_(ready),
        answered_(answered),
        response_(response) {
    valid_ = 0;
    request_ = 0;
  }
  RegisterResponse Read(std::uint32_t addr) override { return Access(std::uint64_t{addr} << 36); }
  RegisterResponse Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe) override {
    return Access(std::uint64_t{1} << 52 | std::uint64_t{addr} << 36 | std::uint64_t{data} << 4 | strobe);
  }
  using RegisterBus::Write;

 private:
  static constexpr int kCyclesMax = 2000;
  RegisterResponse Access(std::uint64_t request) {
    valid_ = 1;
    request_ = request;
    // Ready and answer come from registers: they hold through the cycle that ends with the next edge.
    for (int i = 0; i < kCyclesMax; ++i) {
      const bool taken = valid_ != 0 && Settled(ready_) != 0;
      simulation_.Step();
      if (taken) valid_ = 0;
      if (answered_ != 0) {
        const RegisterResponse response{.rdata = static_cast<std::uint32_t>(response_ >> 1),
                                        .error = (response_ & 1) != 0};
        simulation_.Step();
        return response;
      }
    }
    simulation_.failures().Add("a register access was not answered");
    return {};
  }
  const CData& Settled(const CData& signal) {
    simulation_.dut().eval();
    return signal;
  }

  Simulation<Dut>& simulation_;
  CData& valid_;
  QData& request_;
  const CData& ready_;
  const CData& answered_;
  const QData& response_;
};

// What a requester asks for, in a random run.
struct Traffic {
  std::uint32_t segments = 8;  // of the window, from its begin
  unsigned lines = 64;         // of each page that are touched: few make many conflicts
  unsigned write_percent = 30;
  unsigned partial_percent = 10;
  unsigned atomic_percent = 5;
  unsigned exclusive_percent = 5;
  unsigned outside_percent = 1;
  unsigned hot_percent = 50;  // to the first two segments
  unsigned pause_percent = 20;
  unsigned zero_percent = 10;   // of what is written
  unsigned follow_percent = 0;  // to the page after the one that the host accessed last
  std::uint32_t outstanding = 8;
  bool illegal_atomics = true;
};

template <typename Dut, typename Shape>
class PoolBench {
 public:
  static constexpr std::uint32_t kRequesters = Shape::kHosts * 2;
  static constexpr std::uint32_t kPages = Shape::kSegmentBytes / kPageBytes;  // of a segment
  static constexpr std::uint32_t kShadowFrames = [] {
    if constexpr (requires { Shape::kShadowFrames; }) return Shape::kShadowFrames;
    return PolicyShape{}.shadow_frames;
  }();
  static constexpr bool kMonitored = !requires { Shape::kWithoutMonitors; };  // hotness, optimum, latencies
  // Whether a requester (2 * host, and one more for its walks) is there, and whether it may ask for atomics.
  static constexpr bool IsThere(std::uint32_t requester) {
    if constexpr (requires { Shape::kWalks; }) return requester % 2 == 0 || (Shape::kWalks >> (requester / 2) & 1) != 0;
    return true;
  }
  static constexpr bool MayBeAtomic(bool walk) {
    if constexpr (requires { Shape::kWalkAtomics; }) {
      if (walk) return Shape::kWalkAtomics;
    }
    if constexpr (requires { Shape::kHostAtomics; }) return walk || Shape::kHostAtomics;
    return true;
  }
  static constexpr std::uint32_t kMapWords = (kPages + 31) / 32;  // that software sees its map entry in
  // What emptying a segment, or bringing it in, may take, and the tries of 20 cycles that a map command is waited for.
  static constexpr std::uint32_t kBulkTimeoutCycles = 20000 * kMapWords;
  static constexpr int kMapTries = 2000 * static_cast<int>(kMapWords);
  // Of pages 32 * word .. 32 * word + 31 of a segment, one bit a page: what software loads before the start.
  struct MapWord {
    std::uint32_t on_bulk = 0, lost = 0;
  };
  struct Options {
    std::uint64_t seed = GetTestOptions().seed;
    std::string wave_file = GetTestOptions().wave_file;
    SlotStub::Options channel;
    BulkStub::Options bulk;
    unsigned rsp_stall_percent = 0;
    unsigned change_stall_percent = 0;
    std::uint64_t bound_cycles = 60000;  // from acceptance to answer
    unsigned zero_percent = 10;          // of the pages: not on bulk
    bool all_zero = false;               // no page is on bulk
    unsigned lost_percent = 0;           // of the pages: their content is lost, whatever bulk has
    bool judged = true;                  // by PoolChecker
    // What software loads, and what bulk has, of a pool that was before; else drawn at random.
    std::function<MapWord(std::uint32_t host, std::uint32_t segment, std::uint32_t word)> map;
    BulkStub::Initial content;
  };

  explicit PoolBench(const Options& options)
      : options_(options),
        simulation_({.seed = options.seed, .wave_file = options.wave_file}),
        random_(options.seed * 7919 + 17),
        management_(simulation_, dut().reg_req_valid_i, dut().reg_req_i, dut().reg_req_ready_o, dut().reg_rsp_valid_o,
                    dut().reg_rsp_o),
        hotness_registers_(simulation_, dut().hotness_reg_req_valid_i, dut().hotness_reg_req_i,
                           dut().hotness_reg_req_ready_o, dut().hotness_reg_rsp_valid_o, dut().hotness_reg_rsp_o) {
    PrepareInputs();
    MakeStubs();
    policy_ = std::make_unique<PolicyObserver>(PolicyShape{.slots_max = Shape::kSlots,
                                                           .segments_per_host = Shape::kSegmentsPerHost,
                                                           .spare = Shape::kReserveSlots - 1,
                                                           .shadow_frames = kShadowFrames},
                                               simulation_.failures());
    hotness_ = std::make_unique<HotnessChecker>(
        pool::HotnessConfig{.slots = Shape::kSlots, .segment_pages = Shape::kSegmentBytes / kPageBytes},
        simulation_.failures());
    optimum_ = std::make_unique<OptimumChecker>(
        OptimumCheckerShape{.shape = Shape::kOptimum, .segments_per_host = Shape::kSegmentsPerHost},
        simulation_.failures());
    checker_ = std::make_unique<PoolChecker>(
        PoolShape{.hosts = Shape::kHosts, .segment_bytes = Shape::kSegmentBytes, .slots = Shape::kSlots},
        Shape::kWindowSegments, bulk_.get(), options.bound_cycles, simulation_.failures());
    MakePorts();
    simulation_.Reset();
  }

  Dut& dut() { return simulation_.dut(); }
  Simulation<Dut>& simulation() { return simulation_; }
  PoolChecker& checker() { return *checker_; }
  PolicyObserver& policy() { return *policy_; }
  HotnessChecker& hotness() { return *hotness_; }
  OptimumChecker& optimum() { return *optimum_; }
  BulkStub& bulk() { return *bulk_; }
  SlotStub& channel() { return *channel_; }
  RegisterBus& management() { return management_; }
  RegisterBus& hotness_registers() { return hotness_registers_; }
  RegisterBus& host_registers(std::uint32_t host) { return *host_buses_[host]; }
  Failures& failures() { return simulation_.failures(); }
  std::uint64_t base(std::uint32_t host) const { return (std::uint64_t{host} + 1) << 32; }

  // Windows of all hosts, pages on bulk as PageIsOnBulk says, then enabled.
  bool Start() {
    namespace reg = pool_registers;
    if (!Wait([&] { return (management_.Read(reg::status::kOffset).rdata & reg::status::Cleared::kMask) != 0; }, 2000,
              "the map to be cleared")) {
      return false;
    }
    management_.Write(reg::bulk_timeout::kOffset, kBulkTimeoutCycles);
    management_.Write(reg::offline_delay::kOffset, 50);
    management_.Write(reg::optimum_control::kOffset,
                      reg::optimum_control::Enable::kMask | reg::optimum_control::Log2Epoch::Of(std::uint32_t{8}));
    for (std::uint32_t host = 0; host < Shape::kHosts; ++host) {
      management_.Write(reg::window_base::kOffset + 8 * host, static_cast<std::uint32_t>(base(host)));
      management_.Write(reg::window_base::kOffset + 8 * host + 4, static_cast<std::uint32_t>(base(host) >> 32));
      management_.Write(reg::window_segments::kOffset + 4 * host, Shape::kWindowSegments);
      if (!options_.all_zero) LoadMap(host);
    }
    management_.Write(reg::control::kOffset, reg::control::Enable::kMask);
    return !failures().any();
  }

  bool PageIsOnBulk(std::uint32_t host, std::uint64_t page) const {
    return !options_.all_zero && Random::Mix(host * 1000003 + page + options_.seed) % 100 >= options_.zero_percent;
  }

  bool PageIsLost(std::uint32_t host, std::uint64_t page) const {
    return Random::Mix(host * 7368787 + page + options_.seed * 3) % 100 < options_.lost_percent;
  }

  MapWord InitialWord(std::uint32_t host, std::uint32_t segment, std::uint32_t word) const {
    if (options_.map) return options_.map(host, segment, word);
    MapWord pages;
    for (std::uint32_t i = 0; i < 32 && 32 * word + i < kPages; ++i) {
      const std::uint64_t page = std::uint64_t{segment} * kPages + 32 * word + i;
      if (PageIsOnBulk(host, page)) pages.on_bulk |= 1u << i;
      if (PageIsLost(host, page)) pages.lost |= 1u << i;
    }
    return pages;
  }

  // Sends one request now (it waits for acceptance by itself). Tags: any that is free.
  void Send(std::uint32_t host, bool walk, HostRequest request) {
    Requester& requester = requesters_[host * 2 + (walk ? 1 : 0)];
    request.tag = requester.free_tags.back();
    requester.free_tags.pop_back();
    ++requester.outstanding;
    if constexpr (requires { Shape::kWalkHalves; }) {
      if (walk) std::copy_n(request.data.begin(), kLineBytes / 2, request.data.begin() + kLineBytes / 2);
    }
    requester.source->Push(request);
  }
  void Read(std::uint32_t host, std::uint64_t offset, bool walk = false) {
    Send(host, walk, {.op = Op::kRead, .addr = base(host) + offset, .mask = ~std::uint64_t{0}});
  }
  void Write(std::uint32_t host, std::uint64_t offset, std::uint64_t key, bool walk = false) {
    Send(host, walk,
         {.op = Op::kWrite, .addr = base(host) + offset, .mask = ~std::uint64_t{0}, .data = SeededLine(key)});
  }

  bool Wait(const std::function<bool()>& done, int tries, const std::string& what) {
    for (int i = 0; i < tries; ++i) {
      if (done()) return true;
      if (!simulation_.Run(20)) return false;
    }
    failures().Add("waited in vain for " + what);
    return false;
  }
  bool Drain(std::uint64_t cycles_max = 400000) {
    return simulation_.RunUntil(
        [&] {
          for (const Requester& requester : requesters_) {
            if (requester.outstanding != 0) return false;
          }
          return true;
        },
        cycles_max, "all answers");
  }

  // Random requests from every requester until `count` were sent, then all answers. between: called after each request.
  bool RunTraffic(const Traffic& traffic, std::uint64_t count, const std::function<void()>& between = nullptr) {
    std::uint64_t sent = 0;
    while (sent < count) {
      for (std::uint32_t r = 0; r < kRequesters && sent < count; ++r) {
        if (!IsThere(r)) continue;
        Requester& requester = requesters_[r];
        if (requester.outstanding >= traffic.outstanding || requester.source->pending() != 0) continue;
        if (random_.Percent(traffic.pause_percent) || (r % 2 == 1 && random_.Percent(60))) continue;
        Send(r / 2, r % 2 != 0, RandomRequest(r / 2, r % 2 != 0, traffic));
        ++sent;
        if (between) between();
      }
      if (!simulation_.Run(1)) return false;
    }
    return Drain();
  }

  HostRequest RandomRequest(std::uint32_t host, bool walk, const Traffic& traffic) {
    HostRequest request;
    std::uint64_t segment = random_.Below(traffic.segments);
    if (random_.Percent(traffic.hot_percent)) segment = random_.Below(2);
    std::uint64_t page = random_.Percent(70) ? random_.Below(std::min(kPages, 3u)) : random_.Below(kPages);
    if (traffic.follow_percent != 0 && !walk && random_.Percent(traffic.follow_percent)) {
      const std::uint64_t next = (last_page_[host] + 1) % (std::uint64_t{traffic.segments} * kPages);
      segment = next / kPages;
      page = next % kPages;
    }
    if (!walk) last_page_[host] = segment * kPages + page;
    request.addr = base(host) + segment * Shape::kSegmentBytes + page * kPageBytes + random_.Below(traffic.lines) * 64;
    // A line in flight from two classes at once has no order between them that anybody promises: hosts and walks
    // share pages, but only atomics, which wait for a quiet page, share lines (those of the last eighth).
    const bool shared = MayBeAtomic(walk) && request.addr / 64 % 8 == 7;
    if (!shared) request.addr = (request.addr & ~std::uint64_t{64}) | (walk ? 64 : 0);
    request.qos = static_cast<std::uint8_t>(random_.Below(16));
    request.mask = ~std::uint64_t{0};
    request.data = random_.Percent(traffic.zero_percent) ? Line{} : SeededLine(random_.Next());
    const unsigned dice = static_cast<unsigned>(random_.Below(100));
    const unsigned partial_from = traffic.write_percent;
    const unsigned atomic_from = partial_from + traffic.partial_percent;
    const unsigned read_from = atomic_from + traffic.atomic_percent;
    if (dice < partial_from) {
      request.op = Op::kWrite;
    } else if (dice < atomic_from) {
      request.op = Op::kPartialWrite;
      request.mask = random_.Next() & random_.Next();
    } else if (dice < read_from && MayBeAtomic(walk)) {
      MakeAtomic(host, traffic, request);
    }
    if (shared && !pool::IsAtomic(request.op)) MakeAtomic(host, traffic, request);
    if (!walk && request.op == Op::kRead && random_.Percent(traffic.exclusive_percent * 2)) request.exclusive = true;
    if (!walk && request.op == Op::kWrite && random_.Percent(traffic.exclusive_percent * 2)) request.exclusive = true;
    if (request.exclusive) request.exclusive_id = static_cast<std::uint8_t>(random_.Below(2));
    if (random_.Percent(traffic.outside_percent)) {
      request.addr = random_.Percent(50) ? base(host) - 64 - random_.Below(4096) * 64
                                         : base(host) + Shape::kWindowSegments * std::uint64_t{Shape::kSegmentBytes} +
                                               random_.Below(4096) * 64;
    }
    return request;
  }

  // The host takes no answer of its host port, or does again.
  void HoldAnswers(std::uint32_t host, bool hold) {
    requesters_[host * 2].sink->set_stall_percent(hold ? 100 : options_.rsp_stall_percent);
  }

  // Whoever listens to change notices takes none, or does again.
  void HoldNotices(bool hold) { changes_->set_stall_percent(hold ? 100 : options_.change_stall_percent); }

  // Quiesces; with flush, writes everything dirty to bulk. Leaves the pool quiesced.
  bool Quiesce(bool flush) {
    namespace reg = pool_registers;
    const std::uint32_t bits = reg::control::Enable::kMask | reg::control::Quiesce::kMask |
                               (flush ? std::uint32_t{reg::control::Flush::kMask} : 0u);
    management_.Write(reg::control::kOffset, bits);
    const std::uint32_t wanted = flush ? reg::status::Flushed::kMask : reg::status::Quiesced::kMask;
    return Wait([&] { return (management_.Read(reg::status::kOffset).rdata & wanted) != 0; }, 20000, "quiesce");
  }
  void Resume() { management_.Write(pool_registers::control::kOffset, pool_registers::control::Enable::kMask); }

  std::uint64_t Counter(std::uint32_t host, std::uint32_t kind) {
    const std::uint32_t offset = pool_registers::counter::kOffset + 8 * (16 * host + kind);
    const std::uint64_t low = management_.Read(offset).rdata;
    return low | std::uint64_t{management_.Read(offset + 4).rdata} << 32;
  }

 private:
  struct Requester {
    std::unique_ptr<StreamSource<HostRequest>> source;
    std::unique_ptr<StreamSink<LineResponse>> sink;
    std::vector<std::uint8_t> free_tags;
    std::uint32_t outstanding = 0;
  };
  // Watches the probe before anybody looks at answers.
  struct ProbeMonitor : Component {
    explicit ProbeMonitor(PoolBench& owner)
        : bench(owner),
          port(owner.dut().probe_o),
          policy_port(owner.dut().policy_probe_o),
          hotness_port(owner.dut().hotness_probe_o),
          optimum_port(owner.dut().optimum_probe_o) {}
    void Sample(std::uint64_t cycle) override {
      const pool::PoolProbe event = port.Read();
      const pool::PolicyProbe policy = policy_port.Read();
      const pool::OptimumProbe optimum = optimum_port.Read();
      bench.policy_->Observe(event, policy, cycle);
      if constexpr (kMonitored) {
        bench.optimum_->Observe(event, optimum, policy.slots, optimum.log2_sampling, cycle);
        bench.hotness_->Observe(event, hotness_port.Read(), cycle);
      }
      if (bench.probe_hook) bench.probe_hook(event, cycle);
      if (!bench.options_.judged) return;
      bench.checker_->OnProbe(event, cycle);
      bench.checker_->OnCycle(cycle);
    }
    void Drive(std::uint64_t) override {}
    PoolBench& bench;
    MessagePort<pool::PoolProbe> port;
    MessagePort<pool::PolicyProbe> policy_port;
    MessagePort<pool::HotnessProbe> hotness_port;
    MessagePort<pool::OptimumProbe> optimum_port;
  };

  void MakeAtomic(std::uint32_t host, const Traffic& traffic, HostRequest& request) {
    request.op = static_cast<Op>(static_cast<unsigned>(Op::kCompareSwap) + random_.Below(5));
    const unsigned sizes = request.op == Op::kCompareSwap ? 3 : 2;
    const unsigned size_bytes = 4u << random_.Below(sizes);
    const unsigned first = static_cast<unsigned>(random_.Below(64 / size_bytes)) * size_bytes;
    request.mask = ((std::uint64_t{1} << size_bytes) - 1) << first;
    if (traffic.illegal_atomics && random_.Percent(5)) request.mask = random_.Next();
    if (request.op == Op::kCompareSwap && random_.Percent(70)) {
      // A compare that has a chance: with what is there now.
      const Line now = content_hook ? content_hook(host, request.addr) : checker_->Expected(host, request.addr);
      for (unsigned i = 0; i < size_bytes; ++i) request.data[(first + i + 32) % 64] = now[first + i];
    }
  }

  void LoadMap(std::uint32_t host) {
    management_.Write(pool_registers::map_host::kOffset, host);
    for (std::uint32_t segment = 0; segment < Shape::kWindowSegments; ++segment) {
      management_.Write(pool_registers::map_segment::kOffset, segment);
      for (std::uint32_t word = 0; word < kMapWords; ++word) LoadMapWord(host, segment, word);
    }
    management_.Write(pool_registers::map_lost_pages::kOffset, 0);
  }
  void LoadMapWord(std::uint32_t host, std::uint32_t segment, std::uint32_t word) {
    namespace reg = pool_registers;
    const MapWord pages = InitialWord(host, segment, word);
    for (std::uint32_t i = 0; i < 32; ++i) {
      if ((pages.lost >> i & 1) != 0) checker_->OnLost(host, std::uint64_t{segment} * kPages + 32 * word + i);
    }
    if (kMapWords != 1) management_.Write(reg::map_word::kOffset, word);
    management_.Write(reg::map_on_bulk::kOffset, pages.on_bulk);
    management_.Write(reg::map_lost_pages::kOffset, pages.lost);
    management_.Write(reg::map_command::kOffset, 1);
    Wait([&] { return (management_.Read(reg::map_status::kOffset).rdata & reg::map_status::Busy::kMask) == 0; },
         kMapTries, "a map command");
  }

  void PrepareInputs() {
    dut().reg_req_valid_i = 0;
    for (std::uint32_t host = 0; host < Shape::kHosts; ++host) {
      host_buses_.push_back(std::make_unique<PoolRegisterBus<Dut>>(
          simulation_, dut().host_reg_req_valid_i[host], dut().host_reg_req_i[host], dut().host_reg_req_ready_o[host],
          dut().host_reg_rsp_valid_o[host], dut().host_reg_rsp_o[host]));
    }
    if constexpr (requires { dut().plant_i; }) dut().plant_i = 0;
  }

  void MakeStubs() {
    Dut& d = dut();
    std::vector<StreamPorts<SlotRequest>> slot_ports;
    for (std::uint32_t port = 0; port < kNumClasses; ++port) {
      slot_ports.emplace_back(d.slot_req_o[port], d.slot_req_valid_o[port], d.slot_req_ready_i[port]);
    }
    SlotStub::Options channel = options_.channel;
    channel.seed = options_.seed * 31 + 1;
    channel_ = std::make_unique<SlotStub>(
        slot_ports, StreamPorts<SlotResponse>(d.slot_rsp_i, d.slot_rsp_valid_i, d.slot_rsp_ready_o), channel,
        failures());
    BulkStub::Options bulk = options_.bulk;
    bulk.seed = options_.seed * 37 + 5;
    bulk_ = std::make_unique<BulkStub>(
        BulkStubPorts{.command = {d.bulk_cmd_o, d.bulk_cmd_valid_o, d.bulk_cmd_ready_i},
                      .write_data = {d.bulk_wdata_o, d.bulk_wdata_valid_o, d.bulk_wdata_ready_i},
                      .read_data = {d.bulk_rdata_i, d.bulk_rdata_valid_i, d.bulk_rdata_ready_o},
                      .completion = {d.bulk_cpl_i, d.bulk_cpl_valid_i, d.bulk_cpl_ready_o},
                      .notice = {d.bulk_notice_i, d.bulk_notice_valid_i, d.bulk_notice_ready_o}},
        bulk,
        [this](std::uint64_t lpn) {
          if (options_.content) return options_.content(lpn);
          BulkStub::StoredPage page;
          if (!PageIsOnBulk(static_cast<std::uint32_t>(lpn >> 32), lpn & 0xFFFFFFFF)) return page;
          for (std::uint32_t line = 0; line < kLinesPerPage; ++line) {
            page.lines[line] = SeededLine(Random::Mix(lpn * 64 + line + options_.seed));
          }
          return page;
        },
        failures());
  }

  void MakePorts() {
    Dut& d = dut();
    probe_ = std::make_unique<ProbeMonitor>(*this);
    simulation_.Add(*probe_);
    requesters_.resize(kRequesters);
    for (std::uint32_t r = 0; r < kRequesters; ++r) {
      const std::uint32_t host = r / 2;
      const bool walk = r % 2 != 0;
      Requester& requester = requesters_[r];
      for (int tag = 255; tag >= 0; --tag) requester.free_tags.push_back(static_cast<std::uint8_t>(tag));
      StreamPorts<HostRequest> request(walk ? d.walk_req_i[host] : d.host_req_i[host],
                                       walk ? d.walk_req_valid_i[host] : d.host_req_valid_i[host],
                                       walk ? d.walk_req_ready_o[host] : d.host_req_ready_o[host]);
      StreamPorts<LineResponse> response(walk ? d.walk_rsp_o[host] : d.host_rsp_o[host],
                                         walk ? d.walk_rsp_valid_o[host] : d.host_rsp_valid_o[host],
                                         walk ? d.walk_rsp_ready_i[host] : d.host_rsp_ready_i[host]);
      requester.source = std::make_unique<StreamSource<HostRequest>>(request, options_.seed + r);
      requester.source->set_on_taken([this, host, walk](const HostRequest& message, std::uint64_t cycle) {
        if (options_.judged) checker_->OnAccepted(host, walk, message, cycle);
        if (accept_hook) accept_hook(host, walk, message, cycle);
      });
      requester.sink = std::make_unique<StreamSink<LineResponse>>(
          "rsp of requester " + std::to_string(r), response, options_.seed + 100 + r, options_.rsp_stall_percent,
          failures(), [this, r, host, walk](const LineResponse& message, std::uint64_t cycle) {
            if (options_.judged) checker_->OnResponse(host, walk, message, cycle);
            if (response_hook) response_hook(host, walk, message, cycle);
            requesters_[r].free_tags.insert(requesters_[r].free_tags.begin(), message.tag);
            --requesters_[r].outstanding;
          });
      simulation_.Add(*requester.source);
      simulation_.Add(*requester.sink);
    }
    changes_ = std::make_unique<StreamSink<pool::ChangeNotice>>(
        "change", StreamPorts<pool::ChangeNotice>(d.change_o, d.change_valid_o, d.change_ready_i), options_.seed + 999,
        options_.change_stall_percent, failures(), [this](const pool::ChangeNotice& notice, std::uint64_t cycle) {
          if (options_.judged) checker_->OnChange(notice, cycle);
          if (change_hook) change_hook(notice, cycle);
        });
    simulation_.Add(*changes_);
    simulation_.Add(*channel_);
    simulation_.Add(*bulk_);
  }

 public:
  // Tests look on.
  std::function<void(const pool::PoolProbe&, std::uint64_t cycle)> probe_hook;
  std::function<void(std::uint32_t, bool, const HostRequest&, std::uint64_t cycle)> accept_hook;
  std::function<void(std::uint32_t, bool, const LineResponse&, std::uint64_t cycle)> response_hook;
  std::function<void(const pool::ChangeNotice&, std::uint64_t cycle)> change_hook;
  // What a line holds, for compares that match; PoolChecker's byte map when empty.
  std::function<Line(std::uint32_t host, std::uint64_t address)> content_hook;

 private:
  Options options_;
  Simulation<Dut> simulation_;
  Random random_;
  std::array<std::uint64_t, Shape::kHosts> last_page_{};  // of the host's window
  PoolRegisterBus<Dut> management_;
  PoolRegisterBus<Dut> hotness_registers_;
  std::vector<std::unique_ptr<PoolRegisterBus<Dut>>> host_buses_;
  std::unique_ptr<SlotStub> channel_;
  std::unique_ptr<BulkStub> bulk_;
  std::unique_ptr<PolicyObserver> policy_;
  std::unique_ptr<HotnessChecker> hotness_;
  std::unique_ptr<OptimumChecker> optimum_;
  std::unique_ptr<PoolChecker> checker_;
  std::unique_ptr<ProbeMonitor> probe_;
  std::vector<Requester> requesters_;
  std::unique_ptr<StreamSink<pool::ChangeNotice>> changes_;
};

}  // namespace tarn::tb
