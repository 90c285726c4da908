// The wave of the serial bridge against the golden one: messages byte by byte, and what the node's ports get.
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>

#include "sw/wave/comparison_report.h"
#include "tests/serial/bridge_bench.h"
#include "tests/wave/compare_waves.h"

namespace tarn::serial {
namespace {

// Each kind of message but options and change notices.
class Traffic {
 public:
  Traffic(BridgeBench& bench, std::uint64_t seed) : bench_(bench), random_(seed) {}

  // Nothing is under way at the end. It stops where something is wrong.
  void Pass() {
    constexpr std::uint64_t kAccesses = 2 * kBridgeHosts;  // of each host a write and a read
    for (std::uint8_t id = 0; id < kAccesses; ++id) SayToBoard(id);
    if (!bench_.Until([&] { return bench_.done(); }, "what was said")) return;
    for (std::uint8_t id = 0; id < kAccesses; ++id) SayFromBoard(id);
    const auto answers = [&] { return bench_.came(FromBoard::kReadAnswer) + bench_.came(FromBoard::kWriteAnswer); };
    if (!bench_.Until([&] { return answers() == 2 * kAccesses && bench_.done(); }, "what the node said")) return;
    for (std::uint8_t port = 0; port <= kBridgeHosts; ++port) {
      if (!AccessRegister(port, /*write=*/false) || !AccessRegister(port, /*write=*/true)) return;
    }
    const std::size_t statuses = bench_.came(FromBoard::kStatus);
    bench_.Until([&] { return bench_.came(FromBoard::kStatus) > statuses; }, "a status");
  }

 private:
  void SayToBoard(std::uint8_t id) {
    const std::uint8_t host = HostOf(id);
    HostWrite write = RandomMessageOf<HostWrite>(random_);
    write.address.host = host;
    write.address.id = id;
    write.address.reserved0 = 0;
    if (id == 0) write.address.qos |= 1;  // what the planted fault takes away
    if (id / kBridgeHosts % 2 == 0) {
      bench_.SendWrite(host, write);
    } else {
      bench_.SendRead(host, write.address);
    }
    bench_.SendOutboundAnswer(host, RandomMessageOf<LineResponse>(random_));
    bench_.SendBulk(ToBoard::kBulkBeat, RandomMessageOf<bulk::BulkBeat>(random_));
    bench_.SendBulk(ToBoard::kBulkCompletion, RandomMessageOf<bulk::BulkCompletion>(random_));
    bench_.SendBulk(ToBoard::kBulkNotice, RandomMessageOf<bulk::BulkNotice>(random_));
    if (id < kBridgeHosts) bench_.SendDeviceMessage(id, RandomMessageOf<DeviceMessage>(random_));
  }
  void SayFromBoard(std::uint8_t id) {
    AxiReadData read = RandomMessageOf<AxiReadData>(random_);
    read.id = id;
    bench_.OfferReadAnswer(HostOf(id), read);
    bench_.OfferWriteAnswer(HostOf(id), {.id = id, .resp = read.resp, .paged = read.paged, .walked = read.walked});
    bench_.OfferOutbound(HostOf(id), RandomMessageOf<HostRequest>(random_));
    bench_.OfferDeviceMessage(HostOf(id), RandomMessageOf<DeviceMessage>(random_));
    bench_.OfferBulkCommand(RandomMessageOf<bulk::BulkCommand>(random_));
    bench_.OfferBulkBeat(RandomMessageOf<bulk::BulkBeat>(random_));
    pool::PoolProbe probe = RandomMessageOf<pool::PoolProbe>(random_);
    if (probe.kind != pool::ProbeEvent::kNone) bench_.OfferEvent(probe);
  }
  bool AccessRegister(std::uint8_t port, bool write) {
    RegisterAccess access = RandomMessageOf<RegisterAccess>(random_);
    access.port = port;
    access.reserved0 = 0;
    access.write = write;
    bench_.registers(port).set_answer(static_cast<std::uint32_t>(random_.Next()), write ? 2 : 0);
    const std::size_t answers = bench_.register_answers().size();
    bench_.Send(BytesOf(ToBoard::kRegisterAccess, access));
    return bench_.Until([&] { return bench_.register_answers().size() > answers; }, "an answer");
  }
  static std::uint8_t HostOf(std::uint8_t id) { return id % kBridgeHosts; }

  BridgeBench& bench_;
  Random random_;
};

struct WavesOfARun {
  std::optional<std::uint64_t> first_wrong_cycle;
  std::string failures;
  wave::Comparison comparison;
};

WavesOfARun CompareWavesOfARun(bool plant) {
  const std::uint64_t seed = tb::GetTestOptions().seed;
  const wave::WavePair waves("serial_bridge");
  WavesOfARun run;
  {
    BridgeBench bench({.seed = seed, .wave_file = waves.dut(), .golden_wave_file = waves.golden()});
    bench.dut().plant_i = plant;
    bench.dut().management_irq_i = 5;
    bench.dut().host_irq_i[1] = 9;
    if (bench.Open(1, /*reset_node=*/true)) Traffic(bench, seed + 1).Pass();
    run.first_wrong_cycle = bench.first_wrong_cycle();
    run.failures = bench.Failures();
    bench.CloseWaves();
  }
  run.comparison = wave::CompareWaves(waves.dut(), waves.golden(), "rtl/serial/bridge_waves.json");
  return run;
}

TEST(BridgeWaves, AreThoseOfTheGoldenBridge) {
  const WavesOfARun run = CompareWavesOfARun(/*plant=*/false);
  EXPECT_EQ(run.failures, "");
  for (const wave::Difference& one : run.comparison.differences) {
    ADD_FAILURE() << one.signal << ": " << wave::DifferenceText(run.comparison, one);
  }
  EXPECT_EQ(run.comparison.ports.size(), 2u + 5 * kBridgeHosts + 3);
  for (const wave::ComparedPort& port : run.comparison.ports) EXPECT_GT(port.compared, 0u) << port.name;
}

TEST(BridgeWaves, ShowAPlantedFaultInItsCycle) {
  const WavesOfARun run = CompareWavesOfARun(/*plant=*/true);
  ASSERT_TRUE(run.first_wrong_cycle.has_value());
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  EXPECT_TRUE(difference.signal.ends_with(".qos")) << difference.signal;
  EXPECT_EQ(difference.dut->cycle - tb::Simulation<Vrtl_serial_bridge>::kResetCycles, *run.first_wrong_cycle);
}

}  // namespace
}  // namespace tarn::serial
