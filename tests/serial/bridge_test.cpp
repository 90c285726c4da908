// The serial bridge: each kind of message, in both directions.
#include <gtest/gtest.h>

#include <cstdint>

#include "tests/serial/bridge_bench.h"

namespace tarn::serial {
namespace {

class Bridge : public testing::Test {
 protected:
  Bridge()
      : bench_({.seed = tb::GetTestOptions().seed, .wave_file = tb::GetTestOptions().wave_file}),
        random_(tb::GetTestOptions().seed + 1) {
    EXPECT_TRUE(bench_.Open(1, /*reset_node=*/true)) << bench_.Failures();
    EXPECT_TRUE(bench_.Until([&] { return bench_.status().has_value(); }, "status"));
  }
  void UntilDone() {
    EXPECT_TRUE(bench_.Until([&] { return bench_.done(); }, "all that was said")) << bench_.Failures();
    EXPECT_EQ(bench_.Failures(), "");
  }
  HostAddress Address(std::uint8_t host, std::uint8_t id) {
    HostAddress address = RandomMessageOf<HostAddress>(random_);
    address.host = host;
    address.id = id;
    address.reserved0 = 0;
    return address;
  }
  std::uint8_t AnyHost() { return static_cast<std::uint8_t>(random_.Below(kBridgeHosts)); }

  BridgeBench bench_;
  Random random_;
};

TEST_F(Bridge, AccessesOfHostsAndTheirAnswersWithTheirTimes) {
  for (std::uint8_t id = 0; id < kBridgeLines; ++id) {
    for (std::uint8_t host = 0; host < kBridgeHosts; ++host) {
      if (random_.Percent(50)) {
        bench_.SendRead(host, Address(host, id));
      } else {
        HostWrite write = RandomMessageOf<HostWrite>(random_);
        write.address = Address(host, id);
        bench_.SendWrite(host, write);
      }
    }
  }
  UntilDone();
  for (int i = 0; i < 40; ++i) {
    const std::uint8_t host = AnyHost();
    AxiReadData read = RandomMessageOf<AxiReadData>(random_);
    read.id %= kBridgeLines;
    if (random_.Percent(50)) {
      bench_.OfferReadAnswer(host, read);
    } else {
      bench_.OfferWriteAnswer(host, {.id = read.id, .resp = read.resp, .paged = read.paged, .walked = read.walked});
    }
  }
  EXPECT_TRUE(bench_.Until(
      [&] { return bench_.came(FromBoard::kReadAnswer) + bench_.came(FromBoard::kWriteAnswer) == 40; }, "answers"))
      << bench_.Failures();
  UntilDone();
}

TEST_F(Bridge, RegistersOfEachPort) {
  for (int i = 0; i < 30; ++i) {
    RegisterAccess access = RandomMessageOf<RegisterAccess>(random_);
    access.port = static_cast<std::uint8_t>(random_.Below(kBridgeHosts + 1));
    access.reserved0 = 0;
    RegisterPort& port = bench_.registers(access.port);
    const auto data = static_cast<std::uint32_t>(random_.Next());
    const auto error = static_cast<std::uint8_t>(random_.Percent(20) ? 2 : 0);
    port.set_answer(data, error);
    const std::size_t answers = bench_.register_answers().size();
    bench_.Send(BytesOf(ToBoard::kRegisterAccess, access));
    ASSERT_TRUE(bench_.Until([&] { return bench_.register_answers().size() > answers; }, "an answer"))
        << bench_.Failures();
    const RegisterPort::Access expected = {.write = access.write,
                                           .address = access.address,
                                           .data = access.write ? access.data : 0,
                                           .strobe = access.write ? access.strobe : std::uint8_t{0}};
    EXPECT_EQ(port.accesses().back(), expected);
    const RegisterAnswer& answer = bench_.register_answers().back();
    EXPECT_EQ(answer.port, access.port);
    EXPECT_EQ(answer.error, error);
    EXPECT_EQ(answer.data, access.write ? 0 : data);
  }
  std::size_t accesses = 0;
  for (std::size_t port = 0; port <= kBridgeHosts; ++port) accesses += bench_.registers(port).accesses().size();
  EXPECT_EQ(accesses, 30u);
}

TEST_F(Bridge, TheBulkDevice) {
  for (int i = 0; i < 20; ++i) {
    bench_.OfferBulkCommand(RandomMessageOf<bulk::BulkCommand>(random_));
    bench_.SendBulk(ToBoard::kBulkCompletion, RandomMessageOf<bulk::BulkCompletion>(random_));
    bench_.SendBulk(ToBoard::kBulkNotice, RandomMessageOf<bulk::BulkNotice>(random_));
  }
  for (int i = 0; i < 20; ++i) {
    bench_.OfferBulkBeat(RandomMessageOf<bulk::BulkBeat>(random_));
    bench_.SendBulk(ToBoard::kBulkBeat, RandomMessageOf<bulk::BulkBeat>(random_));
  }
  UntilDone();
  EXPECT_EQ(bench_.came(FromBoard::kBulkBeat), 20u);
}

// Page requests and their answers, invalidations and their completions; one from the computer at a time.
TEST_F(Bridge, MessagesOfDevices) {
  for (int i = 0; i < 12; ++i) {
    for (std::uint8_t host = 0; host < kBridgeHosts; ++host) {
      bench_.SendDeviceMessage(host, RandomMessageOf<DeviceMessage>(random_));
      bench_.OfferDeviceMessage(host, RandomMessageOf<DeviceMessage>(random_));
    }
    UntilDone();
  }
  EXPECT_EQ(bench_.came(FromBoard::kDeviceMessageTaken), 12u * kBridgeHosts);
}

// It stands there while others of the same host come behind it.
TEST_F(Bridge, AMessageThatTheNodeDoesNotTakeYetStaysAsItIs) {
  for (std::uint8_t host = 0; host < kBridgeHosts; ++host) {
    bench_.HoldDeviceMessages(host, true);
    bench_.SendDeviceMessage(host, RandomMessageOf<DeviceMessage>(random_));
    const std::uint64_t answers = bench_.outbound_answers_taken(host);
    bench_.SendOutboundAnswer(host, RandomMessageOf<LineResponse>(random_));
    EXPECT_TRUE(bench_.Until([&] { return bench_.outbound_answers_taken(host) == answers + 1; }, "what comes behind"))
        << bench_.Failures();
    bench_.HoldDeviceMessages(host, false);
    UntilDone();
  }
}

TEST_F(Bridge, MessageSignalledInterrupts) {
  for (int i = 0; i < 12; ++i) {
    const std::uint8_t host = AnyHost();
    bench_.OfferOutbound(host, RandomMessageOf<HostRequest>(random_));
    bench_.SendOutboundAnswer(AnyHost(), RandomMessageOf<LineResponse>(random_));
  }
  UntilDone();
}

TEST_F(Bridge, ChangeNoticesWaitWhereTheComputerAsksForThem) {
  bench_.OfferChange(RandomMessageOf<pool::ChangeNotice>(random_), /*comes=*/false);
  EXPECT_TRUE(bench_.Until([&] { return bench_.changes_waiting() == 0; }, "a notice that nobody asked for"));
  bench_.Send(BytesOf(ToBoard::kOptions, serial::Options{.notices = true}));
  UntilDone();
  for (std::size_t i = 1; i <= 5; ++i) {
    bench_.OfferChange(RandomMessageOf<pool::ChangeNotice>(random_), /*comes=*/true);
    EXPECT_TRUE(bench_.Until([&] { return bench_.came(FromBoard::kChangeNotice) == i; }, "a notice"));
    bench_.Run(1'000);
    EXPECT_EQ(bench_.changes_waiting(), 1u);  // until it is taken
    bench_.Send({static_cast<std::uint8_t>(ToBoard::kChangeTaken)});
    EXPECT_TRUE(bench_.Until([&] { return bench_.changes_waiting() == 0; }, "the end of a notice"));
  }
  UntilDone();
}

TEST_F(Bridge, EventsWithTheirCyclesAndWhetherSomeAreLost) {
  const auto offer = [&](int count) {
    for (int i = 0; i < count; ++i) {
      pool::PoolProbe probe = RandomMessageOf<pool::PoolProbe>(random_);
      if (probe.kind == pool::ProbeEvent::kNone) probe.kind = pool::ProbeEvent::kHit;
      bench_.OfferEvent(probe);
    }
  };
  offer(100);
  UntilDone();
  EXPECT_EQ(bench_.came(FromBoard::kProbe), 100u);
  const std::size_t statuses = bench_.came(FromBoard::kStatus);
  EXPECT_TRUE(bench_.Until([&] { return bench_.came(FromBoard::kStatus) > statuses; }, "status"));
  EXPECT_FALSE(bench_.status()->probes_lost);
  bench_.set_events_get_lost();
  offer(600);
  EXPECT_TRUE(bench_.Until([&] { return bench_.status()->probes_lost; }, "a status that says so")) << bench_.Failures();
  EXPECT_LT(bench_.came(FromBoard::kProbe), 700u);
  // A node that begins anew has lost none.
  bench_.Run(20'000);
  ASSERT_TRUE(bench_.Open(2, /*reset_node=*/true));
  EXPECT_TRUE(bench_.Until([&] { return !bench_.status()->probes_lost; }, "a status that says so"))
      << bench_.Failures();
}

TEST_F(Bridge, StatusWhenAnInterruptChangesAndNowAndThen) {
  for (int i = 0; i < 20; ++i) {
    std::uint64_t host_irq = 0;
    for (std::size_t host = 0; host < kBridgeHosts; ++host) {
      const auto irq = static_cast<std::uint8_t>(random_.Below(32));
      bench_.dut().host_irq_i[host] = irq;
      host_irq |= std::uint64_t{irq} << 5 * host;
    }
    const auto management = static_cast<std::uint8_t>(random_.Below(8));
    bench_.dut().management_irq_i = management;
    EXPECT_TRUE(bench_.Until(
        [&] { return bench_.status()->host_irq == host_irq && bench_.status()->management_irq == management; },
        "interrupts"));
    EXPECT_LE(bench_.status()->cycle, bench_.node_cycle());
    EXPECT_GT(bench_.status()->cycle + 2'000, bench_.node_cycle());
  }
  bench_.Run(2 * kBridgeStatusCycles);
  const std::size_t before = bench_.came(FromBoard::kStatus);
  bench_.Run(5 * kBridgeStatusCycles);
  EXPECT_EQ(bench_.came(FromBoard::kStatus) - before, 5u);
}

// It would stop all behind it.
TEST_F(Bridge, WhatNamesAPortThatIsNotThereIsDropped) {
  bench_.Send(BytesOf(ToBoard::kHostRead, Address(kBridgeHosts, 0)));
  bench_.Send(BytesOf(ToBoard::kHostWrite, HostWrite{.address = Address(7, 0)}));
  bench_.Send(BytesOf(ToBoard::kRegisterAccess, RegisterAccess{.port = kBridgeHosts + 1}));
  bench_.Send(BytesOf(ToBoard::kOutboundAnswer, std::uint8_t{200}, LineResponse{}));
  bench_.Send(BytesOf(ToBoard::kDeviceMessage, std::uint8_t{200}, DeviceMessage{}));
  bench_.Send({31});  // no kind
  bench_.SendRead(0, Address(0, 3));
  UntilDone();
}

TEST_F(Bridge, ASessionResetsTheNodeIfItAsksForIt) {
  bench_.Run(1'000);
  ASSERT_TRUE(bench_.Open(2, /*reset_node=*/false));
  EXPECT_GT(bench_.node_cycle(), 1'000u);
  ASSERT_TRUE(bench_.Open(3, /*reset_node=*/true));
  EXPECT_TRUE(bench_.Until([&] { return bench_.node_cycle() != 0; }, "the node"));
  EXPECT_LT(bench_.node_cycle(), 5'000u);
  bench_.SendRead(0, Address(0, 3));
  UntilDone();
}

}  // namespace
}  // namespace tarn::serial
