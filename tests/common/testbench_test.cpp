// The testbench library finds what it is there to find.
#include <gtest/gtest.h>

#include <filesystem>

#include "Vtb_echo.h"
#include "models/common/line_protocol.h"
#include "tb/common/scoreboard.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"

namespace tarn::tb {
namespace {

// Echoes random messages through the register stage, with back-pressure on both sides.
class Testbench : public testing::Test {
 protected:
  static constexpr int kMessages = 500;

  explicit Testbench(SimulationOptions options = {.seed = GetTestOptions().seed,
                                                  .wave_file = GetTestOptions().wave_file})
      : simulation_(std::move(options)),
        source_({dut().in_i, dut().in_valid_i, dut().in_ready_o}, 2, 30),
        sink_("echo", {dut().out_o, dut().out_valid_o, dut().out_ready_i}, 3, 30, simulation_.failures(),
              [this](const SlotResponse& message, std::uint64_t cycle) {
                scoreboard_.Observe(message.tag, message, cycle);
              }) {
    dut().plant_wrong_bit_i = dut().plant_withdraw_i = dut().plant_assertion_i = 0;
    simulation_.Add(source_);
    simulation_.Add(sink_);
    simulation_.Reset();
  }

  Vtb_echo& dut() { return simulation_.dut(); }

  void Run() {
    for (int i = 0; i < kMessages; ++i) {
      SlotResponse message;
      message.tag = static_cast<std::uint16_t>(i % 7);
      message.data = SeededLine(GetTestOptions().seed * 1000 + i);
      source_.Push(message);
      scoreboard_.Expect(message.tag, message);
    }
    simulation_.RunUntil([this] { return scoreboard_.outstanding() == 0; }, 10 * kMessages, "echoes");
    scoreboard_.Finish(simulation_.cycle());
  }

  std::string failures() { return simulation_.failures().Text(); }

  Simulation<Vtb_echo> simulation_;
  Scoreboard<std::uint16_t, SlotResponse> scoreboard_{"echo", simulation_.failures()};
  StreamSource<SlotResponse> source_;
  StreamSink<SlotResponse> sink_;
};

TEST_F(Testbench, CarriesMessagesUnchangedUnderBackPressure) {
  Run();
  EXPECT_EQ(failures(), "") << ReplayCommand();
  EXPECT_EQ(scoreboard_.compared(), kMessages);
}

TEST_F(Testbench, ReportsAWrongBitWithBothValues) {
  dut().plant_wrong_bit_i = 1;
  Run();
  EXPECT_NE(failures().find("different answer"), std::string::npos);
  EXPECT_NE(failures().find("-> data: expected 0x"), std::string::npos) << failures();
}

TEST_F(Testbench, ReportsAWithdrawnMessage) {
  dut().plant_withdraw_i = 1;
  Run();
  EXPECT_NE(failures().find("was withdrawn"), std::string::npos) << failures();
}

TEST_F(Testbench, ReportsABrokenAssertionOfTheDesign) {
  dut().plant_assertion_i = 1;
  EXPECT_FALSE(simulation_.Run(3));
  EXPECT_NE(failures().find("assertion of the design"), std::string::npos) << failures();
}

TEST_F(Testbench, ReportsAWaitThatNeverEnds) {
  EXPECT_FALSE(simulation_.RunUntil([] { return false; }, 20, "godot"));
  EXPECT_NE(failures().find("after 20 cycles still waiting for godot"), std::string::npos);
}

TEST(Scoreboard, FailsWhenItComparedNothing) {
  Failures failures;
  Scoreboard<std::uint16_t, SlotResponse> scoreboard("idle", failures);
  scoreboard.Finish(0);
  EXPECT_NE(failures.Text().find("compared nothing"), std::string::npos);
}

TEST(Scoreboard, ReportsWhatIsMissing) {
  Failures failures;
  Scoreboard<std::uint16_t, SlotResponse> scoreboard("echo", failures);
  scoreboard.Expect(1, {.tag = 1});
  scoreboard.Finish(9);
  EXPECT_NE(failures.Text().find("missing answer for key 0x1 in cycle 9"), std::string::npos) << failures.Text();
}

TEST(Messages, PackAndUnpackAreInverse) {
  DeviceRequest request;
  request.tag = 0xA5;
  request.op = Op::kCompareSwap;
  request.device_id = 0xABCDEF;
  request.process_id = 0x54321;
  request.exec = true;
  request.at = AddressType::kTranslated;
  request.addr = 0x0123456789ABCDC0;
  request.mask = 0xF0F0F0F0F0F0F0F0;
  request.data = SeededLine(7);
  std::uint32_t words[DeviceRequest::kWords];
  request.Pack(words);
  EXPECT_EQ(DeviceRequest::Unpack(words), request);
}

}  // namespace
}  // namespace tarn::tb
