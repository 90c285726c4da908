// The Verilated node as a platform: models of hosts, bulk device and memory modules at its ports, checkers on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/bulk/bulk_device.h"
#include "models/bulk/bulk_store.h"
#include "sw/hal/bulk_store.h"
#include "sw/hal/factory.h"
#include "sw/hal/identify.h"
#include "sw/hal/platform.h"
#include "tb/bulk/bulk_port.h"
#include "tb/common/axil_driver.h"
#include "tb/common/simulation.h"
#include "tb/node/axi_host.h"
#include "tb/node/endpoints.h"
#include "tb/node/module_port.h"
#include "tb/pool/hotness_checker.h"
#include "tb/pool/optimum_checker.h"
#include "tb/pool/policy_observer.h"

namespace tarn::tb {

// Dut: the Verilated tarn_node, with or without tracing, with any number of hosts and channels.
template <typename Dut>
class RtlPlatform : public hal::Platform {
 public:
  RtlPlatform(const hal::PlatformOptions& options, const bulk::BulkConfig& bulk_config, std::string bulk_description,
              const ModuleKinds& kinds)
      : simulation_({.seed = options.seed,
                     .wave_file = options.wave_file,
                     .wave_from_cycle = options.wave_from_cycle,
                     .wave_cycles = options.wave_cycles}),
        bulk_description_(std::move(bulk_description)),
        store_(hal::BulkStoreOf(options)),
        device_(bulk_config, *store_),
        bulk_port_(MakeBulkPorts(dut()), device_, simulation_.failures()),
        timing_preset_(kinds.timing_preset),
        changes_(simulation_, {dut().change_o, dut().change_valid_o, dut().change_ready_i}),
        probe_(dut().probe_o),
        policy_probe_(dut().policy_probe_o),
        hotness_probe_(dut().hotness_probe_o),
        optimum_probe_(dut().optimum_probe_o) {
    for (std::size_t channel = 0; channel < kChannels; ++channel) {
      modules_.push_back(std::make_unique<ModulePort<Dut, kModules>>(simulation_, kinds, channel));
    }
    for (std::uint32_t host = 0; host < kHosts; ++host) AddHost(host);
    for (std::uint32_t port = 0; port <= kHosts; ++port) {
      registers_.push_back(std::make_unique<AxilDriver>(MakeRegisterPort(dut(), port)));
      simulation_.Add(*registers_.back());
    }
    simulation_.Add(bulk_port_);
    simulation_.Reset();
  }

  // Reads what the node is from its registers. Call once, before use.
  Status Identify() {
    Result<hal::NodeParameters> parameters = hal::IdentifyNode(*this);
    if (!parameters.ok()) return parameters.status();
    parameters_ = std::move(*parameters);
    parameters_.outstanding_max = kOutstandingMax;
    policy_ = std::make_unique<PolicyObserver>(
        PolicyShape{.slots_max = parameters_.slots, .segments_per_host = parameters_.segments_per_host},
        policy_failures_);
    hotness_ = std::make_unique<HotnessChecker>(
        pool::HotnessConfig{.slots = parameters_.slots,
                            .segment_pages = static_cast<std::uint32_t>(parameters_.segment_bytes / kPageBytes)},
        hotness_failures_);
    optimum_ = std::make_unique<OptimumChecker>(
        OptimumCheckerShape{.shape = {}, .segments_per_host = parameters_.segments_per_host}, optimum_failures_);
    return {};
  }

  const hal::NodeParameters& parameters() const override { return parameters_; }
  std::string name() const override { return "rtl"; }
  std::string bulk_description() const override { return bulk_description_; }
  std::string check_description() const override {
    return "assertions, timing of " + timing_preset_ + ", rules of the bulk port";
  }
  std::vector<hal::PlatformCounter> counters() const override {
    const bulk::BulkCounters& bulk = device_.counters();
    std::vector<hal::PlatformCounter> counters = {{"bulk.reads", bulk.reads},
                                                  {"bulk.writes", bulk.writes},
                                                  {"bulk.trims", bulk.trims},
                                                  {"bulk.errors", bulk.errors},
                                                  {"bulk.poisons", bulk.poisons},
                                                  {"bulk.queue_max", bulk.queue_max},
                                                  {"changes.first_writes", changes_.count(pool::Change::kFirstWrite)},
                                                  {"changes.written_out", changes_.count(pool::Change::kWrittenOut)}};
    std::uint64_t commands = 0;
    std::uint64_t violations = 0;
    for (const auto& module : modules_) {
      commands += module->commands();
      violations += module->violations();
    }
    counters.push_back({"timing.commands_checked", commands});
    counters.push_back({"timing.violations", violations});
    return counters;
  }

  bool TrySubmit(HostId host, const hal::Access& access) override { return hosts_[host.value()]->TrySubmit(access); }
  bool PopCompletion(HostId host, hal::Completion& completion) override {
    return hosts_[host.value()]->PopCompletion(completion);
  }

  void Advance() override {
    simulation_.Step();
    const pool::PoolProbe event = probe_.AnyBit() ? probe_.Read() : pool::PoolProbe{};
    if (policy_ && !policy_failures_.any()) policy_->Observe(event, policy_probe_.Read(), simulation_.cycle());
    FollowHotness(event);
    FollowOptimum(event);
    if (event.kind != pool::ProbeEvent::kNone && listener_) listener_(event, simulation_.cycle());
  }
  std::uint64_t cycle() const override { return simulation_.cycle(); }

  Result<std::uint32_t> ReadRegister(hal::Aperture aperture, std::uint32_t offset) override {
    AxilDriver& driver = RegisterPort(aperture);
    driver.StartRead(offset);
    if (Status status = Wait([&] { return driver.read_done(); }); !status.ok()) return status;
    return driver.TakeRead();
  }
  Status WriteRegister(hal::Aperture aperture, std::uint32_t offset, std::uint32_t value) override {
    AxilDriver& driver = RegisterPort(aperture);
    driver.StartWrite(offset, value);
    if (Status status = Wait([&] { return driver.write_done(); }); !status.ok()) return status;
    return driver.TakeWrite();
  }
  std::uint32_t Interrupts(hal::Aperture aperture) const override {
    const Dut& dut = simulation_.dut();
    return aperture.is_host ? dut.host_irq_o[aperture.host.value()] : dut.management_irq_o;
  }

  Status HotnessHealth() const override {
    return hotness_failures_.any() ? Status::Error(hotness_failures_.Text()) : Status();
  }
  Status OptimumHealth() const override {
    return optimum_failures_.any() ? Status::Error(optimum_failures_.Text()) : Status();
  }
  Status PolicyHealth() const override {
    return policy_failures_.any() ? Status::Error(policy_failures_.Text()) : Status();
  }

  // For tests of the node's registers below the platform.
  Simulation<Dut>& simulation() { return simulation_; }
  AxilDriver& register_port(hal::Aperture aperture) { return RegisterPort(aperture); }

  Status Health() const override {
    const Failures& failures = simulation_.failures();
    return failures.any() ? Status::Error(failures.Text()) : Status();
  }
  void set_probe_listener(ProbeListener listener) override { listener_ = std::move(listener); }
  void set_change_listener(ChangeListener listener) override { changes_.set_listener(std::move(listener)); }

 private:
  // Elements of the node's ports.
  static constexpr std::uint32_t kHosts = decltype(ElementsOf(std::declval<Dut&>().aw_valid_i))::value;
  static constexpr std::size_t kChannels = decltype(ElementsOf(std::declval<Dut&>().dfi_ctl_o))::value;
  static constexpr std::size_t kModules = decltype(ElementsOf(std::declval<Dut&>().module_ready_i))::value / kChannels;
  static constexpr std::uint32_t kOutstandingMax = 64;

  Dut& dut() { return simulation_.dut(); }

  static BulkPorts MakeBulkPorts(Dut& dut) {
    return {.command = {dut.bulk_cmd_o, dut.bulk_cmd_valid_o, dut.bulk_cmd_ready_i},
            .write_data = {dut.bulk_wdata_o, dut.bulk_wdata_valid_o, dut.bulk_wdata_ready_i},
            .read_data = {dut.bulk_rdata_i, dut.bulk_rdata_valid_i, dut.bulk_rdata_ready_o},
            .completion = {dut.bulk_cpl_i, dut.bulk_cpl_valid_i, dut.bulk_cpl_ready_o},
            .notice = {dut.bulk_notice_i, dut.bulk_notice_valid_i, dut.bulk_notice_ready_o}};
  }

  static AxilPort MakeRegisterPort(Dut& dut, std::uint32_t port) {
    return {.drive =
                [&dut, port](const AxilInputs& in) {
                  dut.reg_awvalid_i[port] = in.awvalid;
                  dut.reg_awaddr_i[port] = in.awaddr;
                  dut.reg_wvalid_i[port] = in.wvalid;
                  dut.reg_wdata_i[port] = in.wdata;
                  dut.reg_wstrb_i[port] = in.wstrb;
                  dut.reg_bready_i[port] = in.bready;
                  dut.reg_arvalid_i[port] = in.arvalid;
                  dut.reg_araddr_i[port] = in.araddr;
                  dut.reg_rready_i[port] = in.rready;
                },
            .sample = [&dut, port]() -> AxilOutputs {
              return {.awready = dut.reg_awready_o[port] != 0,
                      .wready = dut.reg_wready_o[port] != 0,
                      .bvalid = dut.reg_bvalid_o[port] != 0,
                      .bresp = dut.reg_bresp_o[port],
                      .arready = dut.reg_arready_o[port] != 0,
                      .rvalid = dut.reg_rvalid_o[port] != 0,
                      .rdata = dut.reg_rdata_o[port],
                      .rresp = dut.reg_rresp_o[port]};
            }};
  }

  void AddHost(std::uint32_t h) {
    Dut& d = dut();
    const std::string name = "host" + std::to_string(h);
    hosts_.push_back(std::make_unique<AxiHost>(simulation_, name,
                                               AxiHostPorts{.aw = {d.aw_i[h], d.aw_valid_i[h], d.aw_ready_o[h]},
                                                            .w = {d.w_i[h], d.w_valid_i[h], d.w_ready_o[h]},
                                                            .ar = {d.ar_i[h], d.ar_valid_i[h], d.ar_ready_o[h]},
                                                            .b = {d.b_o[h], d.b_valid_o[h], d.b_ready_i[h]},
                                                            .r = {d.r_o[h], d.r_valid_o[h], d.r_ready_i[h]}},
                                               kOutstandingMax));
    outbound_.push_back(std::make_unique<OutboundEndpoint>(
        simulation_, name,
        StreamPorts<HostRequest>(d.outbound_req_o[h], d.outbound_req_valid_o[h], d.outbound_req_ready_i[h]),
        StreamPorts<LineResponse>(d.outbound_rsp_i[h], d.outbound_rsp_valid_i[h], d.outbound_rsp_ready_o[h])));
    messages_.push_back(std::make_unique<MessageEndpoint>(
        simulation_, name, StreamPorts<DeviceMessage>(d.dev_msg_o[h], d.dev_msg_valid_o[h], d.dev_msg_ready_i[h]),
        StreamPorts<DeviceMessage>(d.dev_msg_i[h], d.dev_msg_valid_i[h], d.dev_msg_ready_o[h])));
  }

  void FollowHotness(const pool::PoolProbe& event) {
    if (hotness_ == nullptr || hotness_failures_.any()) return;
    const bool did_something = hotness_probe_.AnyBit();
    hotness_->Observe(event, did_something ? hotness_probe_.Read() : pool::HotnessProbe{}, simulation_.cycle());
  }

  void FollowOptimum(const pool::PoolProbe& event) {
    if (optimum_ == nullptr || optimum_failures_.any()) return;
    const pool::OptimumProbe did = optimum_probe_.Read();
    const std::uint32_t slots = did.active != 0 ? policy_probe_.Read().slots : 0;
    optimum_->Observe(event, did, slots, did.log2_sampling, simulation_.cycle());
  }

  AxilDriver& RegisterPort(hal::Aperture aperture) {
    return *registers_[aperture.is_host ? aperture.host.value() : kHosts];
  }

  template <typename Done>
  Status Wait(Done done) {
    for (std::uint64_t i = 0; i < AxilDriver::kCyclesMax; ++i) {
      if (done()) return {};
      if (Status health = Health(); !health.ok()) return health;
      Advance();
    }
    return Status::Error("a register access was not answered within " + std::to_string(AxilDriver::kCyclesMax) +
                         " cycles");
  }

  Simulation<Dut> simulation_;
  std::string bulk_description_;
  std::shared_ptr<bulk::BulkStore> store_;
  bulk::BulkDevice device_;
  BulkPort bulk_port_;
  std::string timing_preset_;
  std::vector<std::unique_ptr<ModulePort<Dut, kModules>>> modules_;  // by channel
  ChangeEndpoint changes_;
  MessagePort<pool::PoolProbe> probe_;
  MessagePort<pool::PolicyProbe> policy_probe_;
  MessagePort<pool::HotnessProbe> hotness_probe_;
  MessagePort<pool::OptimumProbe> optimum_probe_;
  Failures policy_failures_;
  Failures hotness_failures_;
  Failures optimum_failures_;
  std::unique_ptr<HotnessChecker> hotness_;
  std::unique_ptr<OptimumChecker> optimum_;
  std::unique_ptr<PolicyObserver> policy_;
  std::vector<std::unique_ptr<AxiHost>> hosts_;
  std::vector<std::unique_ptr<OutboundEndpoint>> outbound_;
  std::vector<std::unique_ptr<MessageEndpoint>> messages_;
  std::vector<std::unique_ptr<AxilDriver>> registers_;  // by host, then management
  hal::NodeParameters parameters_;
  ProbeListener listener_;
};

}  // namespace tarn::tb
