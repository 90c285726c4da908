// Devices inside the node beside those of the port.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "Vtb_iommu_devices.h"
#include "models/common/line_protocol.h"
#include "models/common/random.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"

namespace tarn::tests {
namespace {

using namespace tb;  // NOLINT(google-build-using-namespace): every other word is of the testbench library

constexpr std::uint32_t kPorts = 3;
constexpr std::size_t kTags = 256;

// A request says in its address whose it is: port, and its number there.
std::uint64_t AddressOf(std::uint32_t port, std::uint64_t number) {
  return (std::uint64_t{port} << 32 | number) * kLineBytes;
}
std::uint32_t PortOf(std::uint64_t address) { return static_cast<std::uint32_t>(address / kLineBytes >> 32); }

class IommuDevices : public testing::Test {
 protected:
  IommuDevices() : simulation_({.seed = GetTestOptions().seed, .wave_file = GetTestOptions().wave_file}) {
    Vtb_iommu_devices& d = simulation_.dut();
    for (std::uint32_t port = 0; port < kPorts; ++port) {
      sources_.push_back(std::make_unique<StreamSource<DeviceRequest>>(
          StreamPorts<DeviceRequest>(d.req_i[port], d.req_valid_i[port], d.req_ready_o[port]), port));
      sinks_.push_back(std::make_unique<StreamSink<LineResponse>>(
          "answers of port " + std::to_string(port),
          StreamPorts<LineResponse>(d.rsp_o[port], d.rsp_valid_o[port], d.rsp_ready_i[port]), port + 10, 0,
          simulation_.failures(), [this, port](const LineResponse& answer, std::uint64_t) { Answered(port, answer); }));
      simulation_.Add(*sources_.back());
      simulation_.Add(*sinks_.back());
    }
    unit_sink_ = std::make_unique<StreamSink<DeviceRequest>>(
        "requests", StreamPorts<DeviceRequest>(d.unit_req_o, d.unit_req_valid_o, d.unit_req_ready_i), 20, 0,
        simulation_.failures(), [this](const DeviceRequest& request, std::uint64_t) { Taken(request); });
    unit_source_ = std::make_unique<StreamSource<LineResponse>>(
        StreamPorts<LineResponse>(d.unit_rsp_i, d.unit_rsp_valid_i, d.unit_rsp_ready_o), 30);
    simulation_.Add(*unit_sink_);
    simulation_.Add(*unit_source_);
    simulation_.Reset();
  }
  ~IommuDevices() override { EXPECT_FALSE(simulation_.failures().any()) << simulation_.failures().Text(); }

  // The next request of a port, under that of its tags that was free longest.
  void Send(std::uint32_t port) {
    Port& p = ports_[port];
    DeviceRequest request;
    request.tag = static_cast<std::uint8_t>(p.sent);
    request.addr = AddressOf(port, p.sent++);
    ASSERT_FALSE(p.open.contains(request.tag));
    p.open[request.tag] = request.addr;
    sources_[port]->Push(request);
  }
  void Taken(const DeviceRequest& request) {
    EXPECT_EQ(simulation_.dut().port_o, PortOf(request.addr));
    EXPECT_TRUE(under_way_.emplace(request.tag, request.addr).second) << "two under one tag";
    taken_.push_back(PortOf(request.addr));
  }
  void Answer(std::uint8_t tag) {
    LineResponse response;
    response.tag = tag;
    response.data = SeededLine(under_way_.at(tag));
    unit_source_->Push(response);
    under_way_.erase(tag);
  }
  void Answered(std::uint32_t port, const LineResponse& answer) {
    const auto found = ports_[port].open.find(answer.tag);
    ASSERT_NE(found, ports_[port].open.end()) << "port " << port << " asked nothing under tag " << int{answer.tag};
    EXPECT_EQ(answer.data, SeededLine(found->second));
    ports_[port].open.erase(found);
    ++answered_;
  }
  bool RunUntil(const std::function<bool()>& done, const std::string& what) {
    return simulation_.RunUntil(done, 100'000, what);
  }

  struct Port {
    std::uint64_t sent = 0;
    std::map<std::uint8_t, std::uint64_t> open;  // tag, address
  };

  Simulation<Vtb_iommu_devices> simulation_;
  std::vector<std::unique_ptr<StreamSource<DeviceRequest>>> sources_;
  std::vector<std::unique_ptr<StreamSink<LineResponse>>> sinks_;
  std::unique_ptr<StreamSink<DeviceRequest>> unit_sink_;
  std::unique_ptr<StreamSource<LineResponse>> unit_source_;
  std::array<Port, kPorts> ports_;
  std::map<std::uint8_t, std::uint64_t> under_way_;  // the unit's tag, address
  std::vector<std::uint32_t> taken_;                 // whose, in order
  std::uint64_t answered_ = 0;
};

TEST_F(IommuDevices, EachPortGetsItsAnswersUnderItsOwnTags) {
  constexpr std::uint64_t kRequests = 20'000;
  Random random(GetTestOptions().seed);
  unit_sink_->set_stall_percent(20);
  for (std::uint32_t port = 0; port < kPorts; ++port) {
    sources_[port]->set_pause_percent(port * 30);
    sinks_[port]->set_stall_percent(port * 20);
  }
  while (answered_ < kRequests && !simulation_.failures().any() && !HasFailure()) {
    for (std::uint32_t port = 0; port < kPorts; ++port) {
      // Tags are used in turn: the oldest must be free.
      if (!ports_[port].open.contains(static_cast<std::uint8_t>(ports_[port].sent))) Send(port);
    }
    if (!under_way_.empty() && random.Percent(70)) {
      auto any = under_way_.begin();
      std::advance(any, random.Below(static_cast<std::uint32_t>(under_way_.size())));
      Answer(any->first);
    }
    simulation_.Step();
  }
  EXPECT_GE(answered_, kRequests);
}

TEST_F(IommuDevices, TheyTakeTurns) {
  for (int count = 0; count < 20; ++count) {
    for (std::uint32_t port = 0; port < kPorts; ++port) Send(port);
  }
  RunUntil([&] { return taken_.size() == 60; }, "all requests");
  for (std::size_t i = kPorts; i < taken_.size(); ++i) {
    EXPECT_EQ(taken_[i], taken_[i - kPorts]);
    EXPECT_NE(taken_[i], taken_[i - 1]);
  }
}

TEST_F(IommuDevices, AsManyAreUnderWayAsThereAreTags) {
  for (std::size_t count = 0; count < kTags; ++count) {
    for (std::uint32_t port = 0; port < 2; ++port) Send(port);
  }
  simulation_.Run(2 * kTags + 100);
  EXPECT_EQ(under_way_.size(), kTags);
  while (answered_ < 2 * kTags && !simulation_.failures().any()) {
    if (!under_way_.empty()) Answer(under_way_.begin()->first);
    simulation_.Run(3);
  }
}

}  // namespace
}  // namespace tarn::tests
