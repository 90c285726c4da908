// An AXI4 manager: offers bursts to a port, as many at a time as its user wants, and hands back what came of each.
// It checks that each answer belongs to the oldest burst of its ID, that no B comes before its data was taken,
// that a read has the right number of beats with `last` on its last, and (StreamSink) that answers hold until taken.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "models/common/axi_protocol.h"
#include "tb/common/axi_burst.h"
#include "tb/common/stream.h"

namespace tarn::tb {

// The signals of one AXI4 port of a design.
struct AxiPorts {
  StreamPorts<AxiAddress> aw;
  StreamPorts<AxiWriteData> w;
  StreamPorts<AxiWriteResponse> b;
  StreamPorts<AxiAddress> ar;
  StreamPorts<AxiReadData> r;

  // Of a design whose one port has the names of tarn_axi_port.
  template <typename Dut>
  static AxiPorts Of(Dut& dut) {
    return {{dut.aw_i, dut.aw_valid_i, dut.aw_ready_o},
            {dut.w_i, dut.w_valid_i, dut.w_ready_o},
            {dut.b_o, dut.b_valid_o, dut.b_ready_i},
            {dut.ar_i, dut.ar_valid_i, dut.ar_ready_o},
            {dut.r_o, dut.r_valid_o, dut.r_ready_i}};
  }
};

struct AxiWriteResult {
  std::uint64_t token;  // the user's, as given to Write
  AxiAddress address;
  AxiWriteResponse response;
  std::uint64_t taken_cycle;  // of AW
  std::uint64_t done_cycle;
};

struct AxiReadResult {
  std::uint64_t token;
  AxiAddress address;
  std::vector<AxiReadData> beats;
  std::uint64_t taken_cycle;  // of AR
  std::uint64_t done_cycle;
};

struct AxiDriverOptions {
  std::string name = "axi";
  std::uint64_t seed = 1;
  unsigned pause_percent = 0;  // chance per cycle that a channel does not offer what it could
  unsigned stall_percent = 0;  // chance per cycle that B, or R, is not ready
};

class AxiDriver : public Component {
 public:
  using OnWriteDone = std::function<void(const AxiWriteResult&)>;
  using OnReadDone = std::function<void(const AxiReadResult&)>;

  AxiDriver(AxiPorts ports, const AxiDriverOptions& options, Failures& failures, OnWriteDone on_write_done,
            OnReadDone on_read_done)
      : name_(options.name),
        failures_(failures),
        on_write_done_(std::move(on_write_done)),
        on_read_done_(std::move(on_read_done)),
        aw_(ports.aw, options.seed + 1, options.pause_percent),
        w_(ports.w, options.seed + 2, options.pause_percent),
        ar_(ports.ar, options.seed + 3, options.pause_percent),
        b_(options.name + " B", ports.b, options.seed + 4, options.stall_percent, failures,
           [this](const AxiWriteResponse& response, std::uint64_t cycle) { TakeResponse(response, cycle); }),
        r_(options.name + " R", ports.r, options.seed + 5, options.stall_percent, failures,
           [this](const AxiReadData& beat, std::uint64_t cycle) { TakeBeat(beat, cycle); }) {
    aw_.set_on_taken([this](const AxiAddress& address, std::uint64_t cycle) {
      MarkTaken(writes_[address.id], cycle);
      ++aw_taken_;
    });
    ar_.set_on_taken([this](const AxiAddress& address, std::uint64_t cycle) { MarkTaken(reads_[address.id], cycle); });
    w_.set_on_taken([this](const AxiWriteData&, std::uint64_t) { ++beats_taken_; });
  }

  // beats: as many as the burst has, `last` set on the last (else the port is being tested for it). The bytes of a beat
  // lie in the lanes of the bus.
  void Write(const AxiAddress& address, const std::vector<AxiWriteData>& beats, std::uint64_t token = 0) {
    aw_.Push(address);
    for (const AxiWriteData& beat : beats) w_.Push(beat);
    writes_[address.id].push_back(
        {.address = address, .token = token, .number = writes_begun_++, .beats_end = beats_begun_ += beats.size()});
    ++writes_outstanding_;
  }

  void Read(const AxiAddress& address, std::uint64_t token = 0) {
    ar_.Push(address);
    reads_[address.id].push_back({.address = address, .token = token});
    ++reads_outstanding_;
  }

  std::uint64_t writes_outstanding() const { return writes_outstanding_; }
  std::uint64_t reads_outstanding() const { return reads_outstanding_; }
  bool idle() const { return writes_outstanding_ == 0 && reads_outstanding_ == 0; }

  void Drive(std::uint64_t cycle) override {
    aw_.Drive(cycle);
    w_.Drive(cycle);
    ar_.Drive(cycle);
    b_.Drive(cycle);
    r_.Drive(cycle);
  }

  void Sample(std::uint64_t cycle) override {
    b_.Sample(cycle);
    r_.Sample(cycle);
    aw_.Sample(cycle);
    w_.Sample(cycle);
    ar_.Sample(cycle);
  }

 private:
  static constexpr std::uint64_t kNotTaken = ~std::uint64_t{0};

  struct Burst {
    AxiAddress address;
    std::uint64_t token = 0;
    std::uint64_t number = 0;     // of writes: the place in the order of AW
    std::uint64_t beats_end = 0;  // of writes: beats on W up to and with this burst's
    std::uint64_t taken_cycle = kNotTaken;
    std::vector<AxiReadData> beats = {};
  };
  using Bursts = std::array<std::deque<Burst>, 1 << kAxiIdBits>;

  // Addresses are taken in the order in which they were pushed: the first of the ID that was not is meant.
  static void MarkTaken(std::deque<Burst>& bursts, std::uint64_t cycle) {
    for (Burst& burst : bursts) {
      if (burst.taken_cycle != kNotTaken) continue;
      burst.taken_cycle = cycle;
      return;
    }
  }

  void Fail(const std::string& what, unsigned id, std::uint64_t cycle) {
    failures_.Add(name_ + ": " + what + " for ID " + std::to_string(id) + " in cycle " + std::to_string(cycle));
  }

  void TakeResponse(const AxiWriteResponse& response, std::uint64_t cycle) {
    std::deque<Burst>& bursts = writes_[response.id];
    if (bursts.empty() || bursts.front().number >= aw_taken_ || bursts.front().beats_end > beats_taken_) {
      return Fail("B came early, or without a write", response.id, cycle);
    }
    const Burst burst = std::move(bursts.front());
    bursts.pop_front();
    --writes_outstanding_;
    on_write_done_({burst.token, burst.address, response, burst.taken_cycle, cycle});
  }

  void TakeBeat(const AxiReadData& beat, std::uint64_t cycle) {
    std::deque<Burst>& bursts = reads_[beat.id];
    if (bursts.empty() || bursts.front().taken_cycle == kNotTaken) return Fail("R without a read", beat.id, cycle);
    Burst& burst = bursts.front();
    burst.beats.push_back(beat);
    const bool is_last = burst.beats.size() == BeatCount(burst.address);
    if (beat.last != is_last) Fail("R has `last` on the wrong beat", beat.id, cycle);
    if (!is_last) return;
    const AxiReadResult result{burst.token, burst.address, std::move(burst.beats), burst.taken_cycle, cycle};
    bursts.pop_front();
    --reads_outstanding_;
    on_read_done_(result);
  }

  std::string name_;
  Failures& failures_;
  OnWriteDone on_write_done_;
  OnReadDone on_read_done_;
  Bursts writes_, reads_;
  std::uint64_t writes_begun_ = 0;
  std::uint64_t aw_taken_ = 0;
  std::uint64_t beats_begun_ = 0;
  std::uint64_t beats_taken_ = 0;
  std::uint64_t writes_outstanding_ = 0;
  std::uint64_t reads_outstanding_ = 0;
  StreamSource<AxiAddress> aw_;
  StreamSource<AxiWriteData> w_;
  StreamSource<AxiAddress> ar_;
  StreamSink<AxiWriteResponse> b_;
  StreamSink<AxiReadData> r_;
};

}  // namespace tarn::tb
