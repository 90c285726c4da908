#include "tb/board/board_simulation.h"

#include <Vrtl_board.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>
#include <utility>

#include "models/common/random.h"
#include "models/sdram/sdram_model.h"
#include "tb/common/simulation.h"
#include "tb/common/uart.h"

namespace tarn::tb {

namespace {

// As the design was Verilated.
constexpr std::uint32_t kClockKilohertz = 12'500;
constexpr std::uint64_t kBaud = 6'250'000;
constexpr std::uint32_t kPowerUpUs = 2;

// The master side of a pseudo-terminal.
class PseudoTerminal {
 public:
  static Result<std::unique_ptr<PseudoTerminal>> Create() {
    auto terminal = std::make_unique<PseudoTerminal>();
    terminal->master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (terminal->master_ < 0 || ::grantpt(terminal->master_) != 0 || ::unlockpt(terminal->master_) != 0) {
      return Status::Error(std::string("no pseudo-terminal: ") + std::strerror(errno));
    }
    std::array<char, 128> name{};
    if (::ptsname_r(terminal->master_, name.data(), name.size()) != 0) {
      return Status::Error(std::string("no pseudo-terminal: ") + std::strerror(errno));
    }
    terminal->path_ = name.data();
    // Held open, so that it is no end of file when a computer's program ends; raw, so that nothing is echoed.
    terminal->slave_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios settings{};
    if (terminal->slave_ < 0 || ::tcgetattr(terminal->slave_, &settings) != 0) {
      return Status::Error(terminal->path_ + ": " + std::strerror(errno));
    }
    ::cfmakeraw(&settings);
    ::tcsetattr(terminal->slave_, TCSANOW, &settings);
    return terminal;
  }
  PseudoTerminal() = default;
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;
  ~PseudoTerminal() {
    if (slave_ >= 0) ::close(slave_);
    if (master_ >= 0) ::close(master_);
  }

  const std::string& path() const { return path_; }
  void Read(std::deque<std::uint8_t>& bytes) const {
    std::array<std::uint8_t, 256> buffer;
    const ssize_t count = ::read(master_, buffer.data(), buffer.size());
    for (ssize_t i = 0; i < count; ++i) bytes.push_back(buffer[static_cast<std::size_t>(i)]);
  }
  // Takes what fits.
  void Write(std::deque<std::uint8_t>& bytes) const {
    std::array<std::uint8_t, 256> buffer;
    while (!bytes.empty()) {
      const std::size_t size = std::min(bytes.size(), buffer.size());
      std::copy_n(bytes.begin(), size, buffer.begin());
      const ssize_t count = ::write(master_, buffer.data(), size);
      if (count <= 0) return;
      bytes.erase(bytes.begin(), bytes.begin() + count);
    }
  }

 private:
  int master_ = -1;
  int slave_ = -1;
  std::string path_;
};

class VerilatedBoard : public BoardSimulation, private Component {
 public:
  VerilatedBoard(const BoardOptions& options, std::unique_ptr<PseudoTerminal> terminal)
      : options_(options),
        terminal_(std::move(terminal)),
        random_(options.seed),
        simulation_({.seed = options.seed}),
        sdram_({.power_up_us = kPowerUpUs}, kClockKilohertz, [this](const std::string& rule, std::uint64_t clock) {
          simulation_.failures().Add("SDRAM, clock " + std::to_string(clock) + ": " + rule);
        }) {
    simulation_.dut().uart_rx_i = 1;
    simulation_.dut().sdram_dq_i = 0;
    simulation_.Add(*this);
    simulation_.Reset();
  }

  const std::string& tty() const override { return terminal_->path(); }
  bool Run(std::uint64_t cycles) override {
    for (std::uint64_t i = 0; i < cycles; ++i) {
      if (!simulation_.Step()) return false;
    }
    return true;
  }
  std::uint64_t cycle() const override { return simulation_.cycle(); }
  std::string Failures() const override { return simulation_.failures().Text(); }
  bool open() const override { return (simulation_.dut().lamps_o >> kOpenLamp & 1) != 0; }
  void PressReset() override {
    simulation_.Reset();
    sdram_.PowerUp();
  }
  void SetCable(bool plugged) override { plugged_ = plugged; }

 private:
  static constexpr unsigned kOpenLamp = 1;
  static constexpr std::uint64_t kPollCycles = 64;    // between two looks at the pseudo-terminal
  static constexpr std::size_t kWaitingMax = 256;     // bytes, as in a UART's buffer
  static constexpr std::size_t kUnreadMax = 1 << 16;  // bytes that nobody reads: then they get lost

  void Drive(std::uint64_t cycle) override {
    if (cycle % kPollCycles == 0) {
      if (to_board_.size() < kWaitingMax) TakeFromComputer();
      terminal_->Write(from_board_);
    }
    simulation_.dut().uart_rx_i = to_uart_.Transmit(to_board_);
    if (sdram_data_) simulation_.dut().sdram_dq_i = *sdram_data_;
  }

  void Sample(std::uint64_t) override {
    const sdram::SdramPins pins = sdram::SdramPins::Unpack(simulation_.dut().sdram_o);
    if (pins.cke && !was_clocked_) sdram_.PowerUp();
    was_clocked_ = pins.cke;
    sdram_data_ = sdram_.Clock(pins);
    const std::optional<std::uint8_t> byte = to_uart_.Receive(simulation_.dut().uart_tx_o != 0);
    if (!byte) return;
    if (const std::optional<std::uint8_t> passed = OnTheLine(*byte)) from_board_.push_back(*passed);
    if (from_board_.size() > kUnreadMax) from_board_.pop_front();
  }

  void TakeFromComputer() {
    std::deque<std::uint8_t> bytes;
    terminal_->Read(bytes);
    for (const std::uint8_t byte : bytes) {
      if (const std::optional<std::uint8_t> passed = OnTheLine(byte)) to_board_.push_back(*passed);
    }
  }

  // What the line makes of a byte.
  std::optional<std::uint8_t> OnTheLine(std::uint8_t byte) {
    constexpr std::uint64_t kMillion = 1'000'000;
    if (!plugged_) return std::nullopt;
    if (options_.lost_per_million != 0 && random_.Below(kMillion) < options_.lost_per_million) return std::nullopt;
    if (options_.changed_per_million != 0 && random_.Below(kMillion) < options_.changed_per_million) {
      byte ^= static_cast<std::uint8_t>(1u << random_.Below(8));
    }
    return byte;
  }

  BoardOptions options_;
  std::unique_ptr<PseudoTerminal> terminal_;
  Random random_;
  Simulation<Vrtl_board> simulation_;
  sdram::SdramModel sdram_;
  Uart to_uart_{std::uint64_t{kClockKilohertz} * 1000, kBaud};
  std::deque<std::uint8_t> to_board_;
  std::deque<std::uint8_t> from_board_;
  std::optional<std::uint16_t> sdram_data_;
  bool was_clocked_ = false;
  bool plugged_ = true;
};

}  // namespace

Result<std::unique_ptr<BoardSimulation>> BoardSimulation::Create(const BoardOptions& options) {
  Result<std::unique_ptr<PseudoTerminal>> terminal = PseudoTerminal::Create();
  if (!terminal.ok()) return terminal.status();
  return std::unique_ptr<BoardSimulation>(std::make_unique<VerilatedBoard>(options, std::move(*terminal)));
}

}  // namespace tarn::tb
