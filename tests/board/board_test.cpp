// The main job's small variant over the serial line of a simulated board, and what a line can suffer.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "sw/drivers/channel_driver.h"
#include "sw/drivers/pool_driver.h"
#include "sw/hal/factory.h"
#include "sw/hal/wait.h"
#include "sw/replay/session.h"
#include "sw/tarn/data_folder.h"
#include "tb/board/board_simulation.h"
#include "tb/common/test_options.h"

namespace tarn {
namespace {

// A simulated board that runs beside the test.
class RunningBoard {
 public:
  // at: called once the board has run for so many cycles with a session.
  explicit RunningBoard(tb::BoardOptions options = {}, std::uint64_t at_cycle = 0,
                        std::function<void(tb::BoardSimulation&)> at = {}) {
    options.seed = tb::GetTestOptions().seed;
    Result<std::unique_ptr<tb::BoardSimulation>> board = tb::BoardSimulation::Create(options);
    EXPECT_TRUE(board.ok());
    board_ = std::move(*board);
    thread_ = std::thread([this, at_cycle, at = std::move(at)] { Run(at_cycle, at); });
  }
  ~RunningBoard() { Stop(); }
  RunningBoard(const RunningBoard&) = delete;
  RunningBoard& operator=(const RunningBoard&) = delete;

  const std::string& tty() const { return board_->tty(); }
  // What failed on the board.
  std::string Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return board_->Failures();
  }

 private:
  static constexpr std::uint64_t kSlice = 5'000;

  void Run(std::uint64_t at_cycle, const std::function<void(tb::BoardSimulation&)>& at) {
    std::uint64_t in_session = 0;
    bool done = false;
    while (!stop_ && board_->Run(kSlice)) {
      if (board_->open()) in_session += kSlice;
      if (!at || done || in_session < at_cycle) continue;
      done = true;
      at(*board_);
    }
  }

  std::unique_ptr<tb::BoardSimulation> board_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

hal::PlatformOptions PlatformOn(const std::string& tty) {
  hal::PlatformOptions options;
  options.tty = tty;
  options.silence_seconds = 60;  // on a machine with much else to do
  options.seed = tb::GetTestOptions().seed;
  options.initial_content = [](LogicalPage page, std::span<std::uint8_t, kPageBytes> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(page.value() * 7 + i / 64);
  };
  return options;
}

replay::SessionOptions Job(const std::string& tty, std::uint64_t lines) {
  const Result<std::vector<std::string>> traces = tool::BundledTraces();
  EXPECT_TRUE(traces.ok());
  replay::SessionOptions options;
  options.platform = hal::PlatformKind::kBoard;
  options.platform_options = PlatformOn(tty);
  options.traces = {{0, (*traces)[0]}, {1, (*traces)[1]}};
  options.lines_max = lines;
  options.pool = {.is_percent = false, .value = 16 * 65536};
  options.replay.quiet_cycles_max = 20'000'000;
  options.replay.sample_cycles = 20'000'000;
  options.seed = tb::GetTestOptions().seed;
  return options;
}

void ExpectPassed(const Result<replay::RunSummary>& run) {
  ASSERT_TRUE(run.ok()) << run.status().message();
  EXPECT_EQ(run->failure, "");
  if (!run->failure.empty()) {
    for (const replay::Counter& counter : run->counters) std::cout << counter.name << " " << counter.value << "\n";
  }
  for (const replay::Check& check : run->checks) EXPECT_TRUE(check.passed) << check.name << ": " << check.detail;
  EXPECT_TRUE(run->passed());
}

TEST(Board, TheMainJobIsRightOverTheSerialLine) {
  RunningBoard board;
  const Result<replay::RunSummary> run = replay::RunSession(Job(board.tty(), 12));
  ExpectPassed(run);
  EXPECT_EQ(run->lines, 24u);
  EXPECT_GE(run->counter("pool.page_ins"), 5u);
  EXPECT_GT(run->counter("channel.slow_reads"), 10u);
  EXPECT_GT(run->counter("iommu.accesses_that_walked"), 0u);
  EXPECT_EQ(run->counter("link.frames_broken"), 0u);
  EXPECT_EQ(board.Stop(), "");
}

TEST(Board, NothingIsLostOnANoisyLine) {
  RunningBoard board({.changed_per_million = 1'000, .lost_per_million = 1'000});
  const Result<replay::RunSummary> run = replay::RunSession(Job(board.tty(), 5));
  ExpectPassed(run);
  EXPECT_GE(run->counter("link.frames_broken"), 5u);
  EXPECT_GE(run->counter("link.frames_again"), 5u);
  EXPECT_EQ(board.Stop(), "");
}

// Two reads and a write of host 0, whose answers say what they should.
void ExpectAlive(hal::Platform& platform) {
  const Result<std::uint32_t> id = platform.ReadRegister(hal::Aperture::Management(), 0);
  ASSERT_TRUE(id.ok()) << id.status().message();
  EXPECT_EQ(*id, 0x4E524154u);
  // Nothing is assigned to the host: an error of AXI's, not of the line.
  const Result<hal::Completion> read = hal::Perform(platform, HostId(0), {.id = 7, .addr = 0x1000}, 10'000'000);
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(read->id, 7u);
  EXPECT_EQ(read->status, LineStatus::kAccessError);
}

TEST(Board, SaysWhatItIs) {
  RunningBoard board;
  const Result<std::unique_ptr<hal::Platform>> platform =
      hal::MakePlatform(hal::PlatformKind::kBoard, PlatformOn(board.tty()));
  ASSERT_TRUE(platform.ok()) << platform.status().message();
  const hal::NodeParameters& node = (*platform)->parameters();
  EXPECT_EQ(node.hosts, 2u);
  EXPECT_EQ(node.host_has_iommu, (std::vector<bool>{false, true}));
  EXPECT_EQ(node.slots, 64u);
  EXPECT_EQ(node.fast_rows, 2u);
  EXPECT_EQ(node.row_lines, 512u);
  EXPECT_EQ(node.clock_hz, 12'500'000u);
  ExpectAlive(**platform);
  EXPECT_FALSE((*platform)->ReadRegister(hal::Aperture::Management(), 0xFFFC).ok());
  EXPECT_TRUE((*platform)->Health().ok());
  EXPECT_EQ(board.Stop(), "");
}

TEST(Board, AHostReadsAPageOfTheBulkDevice) {
  RunningBoard board;
  const Result<std::unique_ptr<hal::Platform>> made =
      hal::MakePlatform(hal::PlatformKind::kBoard, PlatformOn(board.tty()));
  ASSERT_TRUE(made.ok()) << made.status().message();
  hal::Platform& platform = **made;
  const HostId host(0);
  drivers::PoolDriver pool(platform);
  ASSERT_TRUE(drivers::ChannelDriver(platform).WaitReady().ok());
  ASSERT_TRUE(pool.WaitCleared().ok());
  ASSERT_TRUE(pool.SetSlotsInService(16).ok());
  ASSERT_TRUE(pool.SetWindow(host, HostPhysAddr(0), 4).ok());
  const Status declared = pool.DeclareOnBulk(host, 0, std::vector<bool>(16, true));
  ASSERT_TRUE(declared.ok()) << declared.message();
  ASSERT_TRUE(pool.Enable().ok());
  const Result<hal::Completion> read = hal::Perform(platform, host, {.addr = 3 * 64}, 3'000'000);
  for (const hal::PlatformCounter& counter : platform.counters()) {
    std::cout << counter.name << " " << counter.value << "\n";
  }
  ASSERT_TRUE(read.ok()) << read.status().message() << board.Stop();
  EXPECT_EQ(read->status, LineStatus::kOk);
  EXPECT_TRUE(read->paged);
  EXPECT_EQ(read->data[0], 3);
  EXPECT_EQ(board.Stop(), "");
}

TEST(Board, ACableThatIsBackInTimeCostsTimeAlone) {
  std::atomic<bool> was_out = false;
  RunningBoard board({}, 200'000, [&](tb::BoardSimulation& simulation) {
    simulation.SetCable(false);
    simulation.Run(300'000);
    was_out = true;
    simulation.SetCable(true);
  });
  const Result<std::unique_ptr<hal::Platform>> platform =
      hal::MakePlatform(hal::PlatformKind::kBoard, PlatformOn(board.tty()));
  ASSERT_TRUE(platform.ok()) << platform.status().message();
  while (!was_out) ExpectAlive(**platform);
  ExpectAlive(**platform);
  EXPECT_EQ(board.Stop(), "");
}

// The error that ends a session, once something has happened to the board.
std::string ErrorOf(std::uint64_t silence_seconds, const std::function<void(tb::BoardSimulation&)>& what) {
  RunningBoard board({}, 100'000, what);
  hal::PlatformOptions options = PlatformOn(board.tty());
  options.silence_seconds = silence_seconds;
  const Result<std::unique_ptr<hal::Platform>> platform = hal::MakePlatform(hal::PlatformKind::kBoard, options);
  if (!platform.ok()) return platform.status().message();
  Status status;
  while (status.ok()) status = (*platform)->ReadRegister(hal::Aperture::Management(), 0).status();
  return status.message();
}

TEST(Board, OneThatWasRestartedIsNoticed) {
  const std::string error = ErrorOf(60, [](tb::BoardSimulation& board) { board.PressReset(); });
  EXPECT_NE(error.find("was restarted"), std::string::npos) << error;
}

TEST(Board, ACableThatStaysOutIsNoticed) {
  const std::string error = ErrorOf(3, [](tb::BoardSimulation& board) { board.SetCable(false); });
  EXPECT_NE(error.find("silent for 3 s"), std::string::npos) << error;
}

TEST(Board, AnotherProgramThatTakesItOverIsNoticed) {
  RunningBoard board;
  hal::PlatformOptions options = PlatformOn(board.tty());
  const Result<std::unique_ptr<hal::Platform>> first = hal::MakePlatform(hal::PlatformKind::kBoard, options);
  ASSERT_TRUE(first.ok());
  const Result<std::unique_ptr<hal::Platform>> second = hal::MakePlatform(hal::PlatformKind::kBoard, options);
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.status().message().find("another program has it"), std::string::npos) << second.status().message();
}

TEST(Board, ALineThatCannotBeIsNamed) {
  const auto error = [](const std::string& tty, std::uint32_t baud) {
    hal::PlatformOptions options;
    options.tty = tty;
    options.baud = baud;
    return hal::MakePlatform(hal::PlatformKind::kBoard, options).status().message();
  };
  EXPECT_NE(error("", 1'000'000).find("--tty"), std::string::npos);
  EXPECT_NE(error("/dev/there-is-none", 1'000'000).find("No such file"), std::string::npos);
  EXPECT_NE(error("/dev/null", 1'000'000).find("not a serial line"), std::string::npos);
  EXPECT_NE(error("/dev/null", 12'345).find("12345 baud"), std::string::npos);
}

}  // namespace
}  // namespace tarn
