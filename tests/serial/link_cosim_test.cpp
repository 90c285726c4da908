// The board's side of the link: with the computer's own side on a line that loses and changes bytes, and with frames
// that no computer sends; the golden link beside it in each cycle.
#include <Vrtl_serial_link.h>
#include <Vrtl_serial_link_faulty.h>
#include <Vrtl_serial_link_forgetful.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sw/serial/link.h"
#include "sw/wave/comparison_report.h"
#include "tests/serial/link_bench.h"
#include "tests/wave/compare_waves.h"

namespace tarn::serial {
namespace {

constexpr std::uint64_t kPollCycles = 64;
constexpr std::uint64_t kCyclesMax = 3'000'000;

Bytes RandomMessage(Random& random) {
  Bytes message(random.Percent(10) ? kSerialPayloadMax : 1 + random.Below(40));
  for (std::uint8_t& byte : message) {
    // Many of those that are escaped.
    byte = static_cast<std::uint8_t>(random.Percent(20) ? 0x7D + random.Below(2) : random.Below(256));
  }
  return message;
}

// The line: so many of a thousand bytes change, get lost unnoticed, or noticed.
template <typename Put>
void PassOn(const Bytes& bytes, unsigned per_mille, Random& random, const Put& put) {
  for (const std::uint8_t byte : bytes) {
    if (random.Below(1000) >= per_mille) {
      put(LineByte(byte));
      continue;
    }
    switch (random.Below(3)) {
      case 0:
        put(LineByte(static_cast<std::uint8_t>(byte ^ 1u << random.Below(8))));
        break;
      case 1:
        put(LineByte());
        break;
      default:
        break;
    }
  }
}

// A computer as sw/serial has it, in the cycles of the bench; a cycle is a microsecond for it.
template <typename Dut>
class Computer {
 public:
  Computer(LinkBench<Dut>& bench, std::uint64_t seed, unsigned per_mille)
      : bench_(bench), random_(seed), per_mille_(per_mille) {
    Begin(1, /*reset_node=*/true);
    bench_.set_computer([this](std::uint64_t cycle) { Cycle(cycle); });
  }
  void Begin(std::uint16_t session, bool reset_node) {
    link_ = std::make_unique<Link>(LinkOptions{.session = session,
                                               .reset_node = reset_node,
                                               .resend_after = 3 * kTimeoutCycles,
                                               .ask_after = 100'000,
                                               .silence_max = kCyclesMax});
    received_.clear();
  }
  Link& link() { return *link_; }
  const std::vector<Bytes>& received() const { return received_; }

 private:
  void Cycle(std::uint64_t cycle) {
    const auto take = [&](LineByte byte) {
      if (byte) link_->Receive(std::vector<std::uint8_t>{*byte}, cycle);
    };
    PassOn(bench_.TakeFromBoard(), per_mille_, random_, take);
    if (cycle % kPollCycles != 0) return;
    link_->Poll(cycle);
    PassOn(link_->TakeOutput(), per_mille_, random_, [&](LineByte byte) { bench_.ToBoard(byte); });
    while (std::optional<Bytes> message = link_->TakeMessage()) received_.push_back(std::move(*message));
  }

  LinkBench<Dut>& bench_;
  Random random_;
  unsigned per_mille_;
  std::unique_ptr<Link> link_;
  std::vector<Bytes> received_;
};

template <typename Dut>
bool UntilOpen(LinkBench<Dut>& bench, Computer<Dut>& computer, std::uint16_t session) {
  return bench.RunUntil([&] { return computer.link().opened() && bench.model().session() == session; }, kCyclesMax,
                        "a session");
}

class LinkCosim : public testing::TestWithParam<unsigned> {};

TEST_P(LinkCosim, CarriesEachMessageOnceAndInOrder) {
  const std::uint64_t seed = tb::GetTestOptions().seed;
  LinkBench<Vrtl_serial_link> bench({.seed = seed, .wave_file = tb::GetTestOptions().wave_file});
  Computer<Vrtl_serial_link> computer(bench, seed + 1, GetParam());
  ASSERT_TRUE(UntilOpen(bench, computer, 1)) << bench.Failures();
  Random random(seed + 2);
  std::vector<Bytes> there, back;
  for (int i = 0; i < 150; ++i) {
    there.push_back(RandomMessage(random));
    computer.link().Send(there.back());
    back.push_back(RandomMessage(random));
    bench.Say(back.back());
  }
  EXPECT_TRUE(bench.RunUntil(
      [&] { return bench.consumed().size() == there.size() && computer.received().size() == back.size(); }, kCyclesMax,
      "messages"))
      << bench.Failures();
  EXPECT_TRUE(bench.RunUntil([&] { return computer.link().pending() == 0 && bench.model().under_way() == 0; },
                             kCyclesMax, "acknowledgements"))
      << bench.Failures();
  EXPECT_TRUE(computer.link().status().ok()) << computer.link().status().message();
  EXPECT_EQ(std::vector<Bytes>(bench.consumed().begin(), bench.consumed().end()), there);
  EXPECT_EQ(computer.received(), back);
  EXPECT_EQ(computer.link().counters().frames_again > 0, GetParam() > 0);
  EXPECT_EQ(bench.data_frames().size() > back.size(), GetParam() > 0);
}

INSTANTIATE_TEST_SUITE_P(Faults, LinkCosim, testing::Values(0u, 1u, 4u),
                         [](const auto& test) { return std::to_string(test.param) + "PerMille"; });

// A computer that begins anew in the middle of everything.
TEST(LinkCosim, ASessionForgetsWhatWasUnderWay) {
  const std::uint64_t seed = tb::GetTestOptions().seed;
  LinkBench<Vrtl_serial_link> bench({.seed = seed, .wave_file = tb::GetTestOptions().wave_file});
  Computer<Vrtl_serial_link> computer(bench, seed + 1, 2);
  Random random(seed + 2);
  for (std::uint16_t session = 1; session <= 20; ++session) {
    if (session != 1) computer.Begin(session, random.Percent(50));
    ASSERT_TRUE(UntilOpen(bench, computer, session)) << bench.Failures();
    std::vector<Bytes> there, back;
    const std::size_t before = bench.consumed().size();
    for (int i = 0; i < 20; ++i) {
      there.push_back(RandomMessage(random));
      computer.link().Send(there.back());
      back.push_back(RandomMessage(random));
      bench.Say(back.back());
    }
    const std::size_t enough = random.Below(20);
    ASSERT_TRUE(
        bench.RunUntil([&] { return bench.consumed().size() - before > enough && computer.received().size() > enough; },
                       kCyclesMax, "messages"))
        << bench.Failures();
    bench.Run(random.Below(2'000));
    for (std::size_t i = before; i < bench.consumed().size(); ++i)
      EXPECT_EQ(bench.consumed()[i], there[i - before]) << "session " << session;
    for (std::size_t i = 0; i < computer.received().size(); ++i) EXPECT_EQ(computer.received()[i], back[i]);
  }
  EXPECT_EQ(bench.Failures(), "");
}

// Frames of any kind, session, number and length, whole and broken.
class StrangeComputer {
 public:
  StrangeComputer(LinkBench<Vrtl_serial_link>& bench, std::uint64_t seed) : bench_(bench), random_(seed) {}

  void SayOne() {
    const unsigned kind = static_cast<unsigned>(random_.Below(100));
    if (kind < 3) return Open();
    if (kind < 6) return Frame({.session = Session(), .kind = FrameKind::kRefuse}, RandomMessage(random_));
    const bool data = kind < 75;
    Frame({.session = Session(),
           .nak = random_.Percent(20),
           .ack = Number(bench_.model().acknowledged() + random_.Below(bench_.model().under_way() + 1)),
           .kind = data ? FrameKind::kData : FrameKind::kAck,
           .seq = Number(bench_.model().expected())},
          data || random_.Percent(5) ? Payload() : Bytes{});
  }

 private:
  std::uint16_t Session() {
    const auto now = bench_.model().session();
    return now && !random_.Percent(5) ? *now : static_cast<std::uint16_t>(random_.Below(5));
  }
  // Mostly the right one.
  std::uint8_t Number(std::uint64_t right) {
    return static_cast<std::uint8_t>((random_.Percent(80) ? right : random_.Below(16)) % 16);
  }
  Bytes Payload() {
    if (random_.Percent(90)) return RandomMessage(random_);
    return Bytes(random_.Percent(50) ? 0 : kSerialPayloadMax - 2 + random_.Below(30), 0x55);
  }
  void Open() {
    Bytes payload =
        BytesOf(serial::Open{.version = static_cast<std::uint8_t>(random_.Percent(80) ? 1 : random_.Below(3)),
                             .reset_node = random_.Percent(50)});
    if (random_.Percent(10)) payload.push_back(0);
    const bool again = random_.Percent(30) && bench_.model().session();
    const auto session = static_cast<std::uint16_t>(again ? *bench_.model().session() : random_.Below(1 << 16));
    Frame({.session = session, .kind = FrameKind::kOpen}, payload);
  }
  void Frame(const FrameHeader& header, const Bytes& payload) {
    Bytes content = BytesOf(header);
    content.insert(content.end(), payload.begin(), payload.end());
    if (random_.Percent(3)) content.resize(random_.Below(content.size()));
    const Bytes frame = EncodeFrame(content);
    PassOn(frame, random_.Percent(90) ? 0 : 20, random_, [&](LineByte byte) { bench_.ToBoard(byte); });
  }

  LinkBench<Vrtl_serial_link>& bench_;
  Random random_;
};

TEST(LinkCosim, AnswersFramesThatNoComputerSends) {
  const std::uint64_t seed = tb::GetTestOptions().seed;
  LinkBench<Vrtl_serial_link> bench({.seed = seed, .gap_max = 2, .wave_file = tb::GetTestOptions().wave_file});
  StrangeComputer computer(bench, seed + 1);
  Random random(seed + 2);
  for (int i = 0; i < 6'000; ++i) {
    computer.SayOne();
    if (bench.outgoing() < 3 && random.Percent(50)) bench.Say(RandomMessage(random));
    // Often the next frame comes at once.
    ASSERT_TRUE(bench.RunUntil([&] { return bench.line_is_free(); }, kCyclesMax, "the line")) << bench.Failures();
    if (random.Percent(30)) bench.Run(random.Below(400));
    bench.TakeFromBoard();
  }
  // Two flags, so that nothing is in the middle; then time to say what is owed, beside data that are said again.
  for (int i = 0; i < 2; ++i) bench.ToBoard(LineByte(0x7E));
  EXPECT_TRUE(bench.RunUntil([&] { return bench.model().Owes().empty() && bench.model().messages().empty(); },
                             4 * kTimeoutCycles, "what is owed"))
      << bench.Failures() << bench.model().Owes();
  EXPECT_EQ(bench.Failures(), "");
  EXPECT_GT(bench.consumed().size(), 1'000u);
  EXPECT_GT(bench.model().sessions(), 50u);
  EXPECT_GT(bench.frames_judged(), 3'000u);
}

TEST(LinkCosim, ASessionWithoutMessagesSaysThatItIsOpenAndNoMore) {
  LinkBench<Vrtl_serial_link> bench({.pause_percent = 0, .wave_file = tb::GetTestOptions().wave_file});
  Bytes content = BytesOf(FrameHeader{.session = 7, .kind = FrameKind::kOpen});
  const Bytes open = BytesOf(Open{.version = kSerialVersion});
  content.insert(content.end(), open.begin(), open.end());
  for (const std::uint8_t byte : EncodeFrame(content)) bench.ToBoard(LineByte(byte));
  ASSERT_TRUE(bench.RunUntil([&] { return bench.model().session().has_value(); }, 1'000, "a session"));
  bench.Run(4 * kTimeoutCycles);
  EXPECT_EQ(bench.frames_judged(), 1u);
  EXPECT_EQ(bench.Failures(), "");
}

// Sent again from the oldest that is not acknowledged, as long after the last time as was said.
TEST(LinkCosim, WhatIsNotAcknowledgedIsSentAgainInTime) {
  LinkBench<Vrtl_serial_link> bench({.pause_percent = 0, .wave_file = tb::GetTestOptions().wave_file});
  const auto say = [&](const FrameHeader& header, const Bytes& payload) {
    Bytes content = BytesOf(header);
    content.insert(content.end(), payload.begin(), payload.end());
    for (const std::uint8_t byte : EncodeFrame(content)) bench.ToBoard(LineByte(byte));
  };
  say({.session = 7, .kind = FrameKind::kOpen}, BytesOf(Open{.version = kSerialVersion}));
  ASSERT_TRUE(bench.RunUntil([&] { return bench.model().session().has_value(); }, 1'000, "a session"));
  for (int i = 0; i < 3; ++i) bench.Say({1, 2, 3});
  ASSERT_TRUE(bench.RunUntil([&] { return bench.data_frames().size() == 6; }, 3 * kTimeoutCycles, "copies"))
      << bench.Failures();
  const auto& frames = bench.data_frames();
  EXPECT_EQ(frames[3].second, 0u);
  const std::uint64_t again = frames[3].first - frames[0].first;
  // Counted from when there was something to be sent; and a frame that is being said ends first.
  EXPECT_GE(again + 64, kTimeoutCycles);
  EXPECT_LE(again, kTimeoutCycles + 64);
  // A demand is obeyed at once, and what it acknowledges is not sent again.
  say({.session = 7, .nak = true, .ack = 1, .kind = FrameKind::kAck}, {});
  const std::uint64_t asked = bench.cycle();
  ASSERT_TRUE(bench.RunUntil([&] { return frames.size() == 8; }, 1'000, "what was asked for")) << bench.Failures();
  EXPECT_EQ(frames[6].second, 1u);
  EXPECT_EQ(frames[7].second, 2u);
  EXPECT_LE(frames[7].first - asked, 150u);
  EXPECT_EQ(bench.model().under_way(), 2u);
}

// ---------------------------------------------------------------- waves

struct WavesOfARun {
  std::optional<std::uint64_t> first_wrong_cycle;
  wave::Comparison comparison;
};

template <typename Dut>
void CarryMessages(const wave::WavePair& waves, WavesOfARun& run) {
  const std::uint64_t seed = tb::GetTestOptions().seed;
  LinkBench<Dut> bench({.seed = seed, .wave_file = waves.dut(), .golden_wave_file = waves.golden()});
  Computer<Dut> computer(bench, seed + 1, 2);
  UntilOpen(bench, computer, 1);
  Random random(seed + 2);
  constexpr std::size_t kMessages = 60;
  for (std::size_t i = 0; i < kMessages; ++i) {
    computer.link().Send(RandomMessage(random));
    bench.Say(RandomMessage(random));
  }
  bench.RunUntil([&] { return bench.consumed().size() == kMessages && computer.received().size() == kMessages; },
                 kCyclesMax, "messages");
  run.first_wrong_cycle = bench.first_wrong_cycle();
  bench.CloseWaves();
}

template <typename Dut>
WavesOfARun CompareWavesOfARun() {
  const wave::WavePair waves("serial_link");
  WavesOfARun run;
  CarryMessages<Dut>(waves, run);
  run.comparison = wave::CompareWaves(waves.dut(), waves.golden(), "rtl/serial/waves.json");
  return run;
}

TEST(LinkWaves, AreThoseOfTheGoldenLink) {
  const WavesOfARun run = CompareWavesOfARun<Vrtl_serial_link>();
  EXPECT_FALSE(run.first_wrong_cycle.has_value());
  for (const wave::Difference& one : run.comparison.differences) {
    ADD_FAILURE() << one.signal << ": " << wave::DifferenceText(run.comparison, one);
  }
  EXPECT_EQ(run.comparison.ports.size(), 3u);
  EXPECT_GE(run.comparison.compared, 2'000u);  // bytes
}

TEST(LinkWaves, ShowAPlantedFaultInItsCycle) {
  const WavesOfARun run = CompareWavesOfARun<Vrtl_serial_link_faulty>();
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  ASSERT_TRUE(run.first_wrong_cycle.has_value());
  EXPECT_EQ(difference.signal, "in_o.data");
  EXPECT_EQ(difference.dut->cycle - tb::Simulation<Vrtl_serial_link_faulty>::kResetCycles, *run.first_wrong_cycle);
}

// What stays unacknowledged is sent again, and nobody gets a wrong byte.
TEST(LinkWaves, ShowAnAcknowledgementThatCountsForLess) {
  const WavesOfARun run = CompareWavesOfARun<Vrtl_serial_link_forgetful>();
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  ASSERT_TRUE(difference.golden.has_value());
  EXPECT_EQ(difference.signal, "windows.acknowledged");
  EXPECT_EQ(difference.dut->cycle, difference.golden->cycle);
  EXPECT_EQ(difference.dut_value, "0x4");
  EXPECT_EQ(difference.golden_value, "0x5");
}

}  // namespace
}  // namespace tarn::serial
