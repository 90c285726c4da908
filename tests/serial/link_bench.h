// The board's side of the link between a line and a node that are both random, with the golden link beside it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "models/common/random.h"
#include "models/serial/serial_protocol_fields.h"
#include "sw/serial/message_bytes.h"
#include "sw/wave/golden_wave.h"
#include "tb/common/simulation.h"
#include "tb/common/test_options.h"
#include "tb/serial/link_model.h"

namespace tarn {

// The numbers where a link's two windows begin: the next message that comes, the oldest that is not acknowledged.
struct LinkWindows {
  static constexpr std::uint32_t kNumberBits = 4, kBits = 2 * kNumberBits, kWords = 1;
  std::uint32_t expected = 0, acknowledged = 0;

  bool operator==(const LinkWindows&) const = default;
  void Pack(std::uint32_t* words) const { words[0] = expected << kNumberBits | acknowledged; }
};
template <>
inline constexpr auto kMessageFields<LinkWindows> =
    std::to_array<MessageField>({{"expected", LinkWindows::kNumberBits}, {"acknowledged", LinkWindows::kNumberBits}});

}  // namespace tarn

namespace tarn::serial {

// A byte on its way to the board; nothing: one that the receiver knows to be lost.
using LineByte = std::optional<std::uint8_t>;

inline constexpr std::uint64_t kTimeoutCycles = 8192;  // as Verilated (tb/serial)
inline constexpr std::uint8_t kHosts = 2;

struct LinkBenchOptions {
  std::uint64_t seed = 1;
  unsigned gap_max = 3;         // cycles between two bytes to the board, at random
  unsigned pause_percent = 20;  // of the line from the board, and of the node in both directions
  std::string wave_file, golden_wave_file;
};

template <typename Dut>
class LinkBench : private tb::Component {
 public:
  explicit LinkBench(const LinkBenchOptions& options)
      : options_(options), simulation_({.seed = options.seed, .wave_file = options.wave_file}), random_(options.seed) {
    if (!options.golden_wave_file.empty()) {
      wave_.emplace(options.golden_wave_file, "TOP.tarn_serial_link", tb::Simulation<Dut>::kResetCycles);
      in_wave_ = wave_->template AddPort<MessageByte>("in", wave::GoldenWave::Direction::kOutput);
      out_wave_ = wave_->template AddPort<MessageByte>("out", wave::GoldenWave::Direction::kInput);
      windows_wave_ = wave_->template AddPort<LinkWindows>("windows_valid", "", "windows");
    }
    Dut& dut = simulation_.dut();
    dut.rx_valid_i = dut.rx_error_i = dut.tx_ready_i = dut.in_ready_i = dut.out_valid_i = 0;
    dut.rx_data_i = 0;
    dut.out_i = 0;
    simulation_.Add(*this);
    simulation_.Reset();
  }

  // What a computer does: called each cycle; gives bytes for the line, and takes those that the board says.
  void set_computer(std::function<void(std::uint64_t cycle)> computer) { computer_ = std::move(computer); }
  void ToBoard(LineByte byte) { line_.push_back(byte); }
  bool line_is_free() const { return line_.empty(); }
  Bytes TakeFromBoard() { return std::exchange(from_board_, {}); }
  // A message of the node's; forgotten when a session begins.
  void Say(Bytes message) { outgoing_.push_back(std::move(message)); }
  std::size_t outgoing() const { return outgoing_.size(); }

  bool Run(std::uint64_t cycles) { return simulation_.Run(cycles); }
  bool RunUntil(const std::function<bool()>& done, std::uint64_t cycles_max, const std::string& what) {
    return simulation_.RunUntil(done, cycles_max, what);
  }
  LinkModel& model() { return model_; }
  // Those that the node consumed, of all sessions.
  const std::deque<Bytes>& consumed() const { return consumed_; }
  // When the first byte that was not as the golden link has it was delivered.
  std::optional<std::uint64_t> first_wrong_cycle() const { return first_wrong_cycle_; }
  // When frames of the board ended, data alone, with their numbers.
  const std::deque<std::pair<std::uint64_t, std::uint8_t>>& data_frames() const { return data_frames_; }
  std::uint64_t frames_judged() const { return frames_judged_; }
  std::string Failures() const { return simulation_.failures().Text(); }
  std::uint64_t cycle() const { return simulation_.cycle(); }
  void CloseWaves() {
    simulation_.CloseWave();
    if (wave_) wave_->Finish(cycle() - 1);
  }

 private:
  void Drive(std::uint64_t cycle) override {
    if (computer_) computer_(cycle);
    Dut& dut = simulation_.dut();
    if (out_taken_) dut.out_valid_i = 0;
    out_taken_ = false;
    const bool comes = !line_.empty() && gap_ == 0;
    dut.rx_valid_i = comes && line_.front().has_value();
    dut.rx_error_i = comes && !line_.front().has_value();
    dut.rx_data_i = static_cast<std::uint8_t>(comes && line_.front() ? *line_.front() : random_.Below(256));
    dut.tx_ready_i = !random_.Percent(options_.pause_percent);
    dut.in_ready_i = !random_.Percent(options_.pause_percent);
    if (!outgoing_.empty() && (dut.out_valid_i != 0 || !random_.Percent(options_.pause_percent))) {
      const MessageByte byte = {.last = place_ + 1 == outgoing_.front().size(), .data = outgoing_.front()[place_]};
      dut.out_i = static_cast<std::uint16_t>(byte.last << 8 | byte.data);
      dut.out_valid_i = 1;
    }
  }

  void Sample(std::uint64_t cycle) override {
    Expect(simulation_.dut().open_o == model_.session().has_value(), "open_o", cycle);
    Expect((simulation_.dut().out_ready_o != 0) == model_.has_room(), "out_ready_o", cycle);
    const bool begins = SampleLine(cycle);
    SampleBoard(cycle);
    // What is passed on beside a session's begin counts for nothing.
    if (begins) return Forget();
    SampleIn(cycle);
    SampleOut(cycle);
  }

  // Whether a session begins in this cycle.
  bool SampleLine(std::uint64_t cycle) {
    const std::uint64_t sessions = model_.sessions();
    const std::size_t messages = model_.messages().size();
    const LinkWindows windows = Windows();
    if (gap_ != 0) {
      --gap_;
    } else if (!line_.empty()) {
      if (line_.front()) model_.Receive(*line_.front());
      if (!line_.front()) model_.LoseByte();
      line_.pop_front();
      gap_ = random_.Below(options_.gap_max + 1);
    }
    const bool begins = model_.sessions() != sessions;
    Expect(simulation_.dut().restart_o == begins, "restart_o", cycle);
    if (begins) Expect(simulation_.dut().reset_node_o == model_.reset_node(), "reset_node_o", cycle);
    if (!begins && wave_ && Windows() != windows) wave_->Put(windows_wave_, Windows(), cycle);
    if (!begins && wave_ && model_.messages().size() > messages) {
      const Bytes& message = model_.messages().back();
      for (std::size_t i = 0; i < message.size(); ++i)
        wave_->Put(in_wave_, MessageByte{.last = i + 1 == message.size(), .data = message[i]}, cycle);
    }
    return begins;
  }

  LinkWindows Windows() const { return {.expected = model_.expected(), .acknowledged = model_.acknowledged()}; }

  void SampleBoard(std::uint64_t cycle) {
    const Dut& dut = simulation_.dut();
    if (dut.tx_valid_o == 0 || dut.tx_ready_i == 0) return;
    from_board_.push_back(dut.tx_data_o);
    const std::optional<Bytes> frame = decoder_.Take(dut.tx_data_o);
    if (decoder_.broken() != 0) simulation_.failures().Add("the board says a broken frame");
    if (!frame) return;
    ++frames_judged_;
    if (const std::string wrong = model_.Judge(*frame); !wrong.empty()) {
      simulation_.failures().Add("a frame that ends in cycle " + std::to_string(cycle) + ": " + wrong);
    }
    const auto header = MessageOf<FrameHeader>(std::span(*frame).first(4));
    if (header.kind == FrameKind::kData) data_frames_.emplace_back(cycle, header.seq);
  }

  void SampleIn(std::uint64_t cycle) {
    const Dut& dut = simulation_.dut();
    const auto bits = static_cast<std::uint32_t>(dut.in_o);
    if (waiting_ && (dut.in_valid_o == 0 || *waiting_ != bits)) {
      simulation_.failures().Add("a byte that was not taken yet changed in cycle " + std::to_string(cycle));
    }
    waiting_.reset();
    if (dut.in_valid_o == 0) return;
    if (dut.in_ready_i == 0) {
      waiting_ = bits;
      return;
    }
    const std::uint32_t words[] = {bits};
    TakeIn(MessageByte::Unpack(words), cycle);
  }

  void TakeIn(const MessageByte& byte, std::uint64_t cycle) {
    if (model_.messages().empty()) return simulation_.failures().Add("a message that never came is delivered");
    const Bytes& message = model_.messages().front();
    const bool last = in_.size() + 1 == message.size();
    if (byte.data != message[in_.size()] || (byte.last != 0) != last) {
      if (!first_wrong_cycle_) first_wrong_cycle_ = cycle;
      simulation_.failures().Add("byte " + std::to_string(in_.size()) + " of a message of " +
                                 std::to_string(message.size()) + " is wrong in cycle " + std::to_string(cycle));
    }
    in_.push_back(byte.data);
    if (!last) return;
    consumed_.push_back(std::exchange(in_, {}));
    model_.Consume();
  }

  void SampleOut(std::uint64_t cycle) {
    const Dut& dut = simulation_.dut();
    if (dut.out_valid_i == 0 || dut.out_ready_o == 0) return;
    const std::uint32_t words[] = {dut.out_i};
    if (wave_) wave_->Put(out_wave_, MessageByte::Unpack(words), cycle);
    out_taken_ = true;
    if (++place_ < outgoing_.front().size()) return;
    model_.Send(std::move(outgoing_.front()));
    outgoing_.pop_front();
    place_ = 0;
  }

  void Forget() {
    in_.clear();
    waiting_.reset();
    outgoing_.clear();
    place_ = 0;
    out_taken_ = true;
  }

  void Expect(bool holds, const char* what, std::uint64_t cycle) {
    if (!holds) simulation_.failures().Add(std::string(what) + " is wrong in cycle " + std::to_string(cycle));
  }

  LinkBenchOptions options_;
  tb::Simulation<Dut> simulation_;
  Random random_;
  LinkModel model_{kHosts};
  std::function<void(std::uint64_t)> computer_;
  std::deque<LineByte> line_;
  std::uint64_t gap_ = 0;
  Bytes from_board_;
  FrameDecoder decoder_;
  std::uint64_t frames_judged_ = 0;
  std::deque<std::pair<std::uint64_t, std::uint8_t>> data_frames_;
  std::deque<Bytes> outgoing_;
  std::size_t place_ = 0;   // of the next byte of the first of them
  bool out_taken_ = false;  // the byte that stands at the port
  Bytes in_;                // of the message that is being delivered
  std::optional<std::uint32_t> waiting_;
  std::deque<Bytes> consumed_;
  std::optional<std::uint64_t> first_wrong_cycle_;
  std::optional<wave::GoldenWave> wave_;
  wave::GoldenWave::Port in_wave_ = 0, out_wave_ = 0, windows_wave_ = 0;
};

}  // namespace tarn::serial
