#include "tb/channel/mixed_measurement.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>

#include "models/common/random.h"
#include "tb/channel/mixed_channel_simulation.h"
#include "tb/common/stream.h"

namespace tarn::channel {
namespace {

namespace r = channel_registers;

constexpr unsigned kWalkPort = 1, kHostPort = 2;
constexpr std::uint64_t kSlowModule = std::uint64_t{1} << 27;
constexpr std::uint64_t kBurst = 4;

// Lines in a module of fast cells of which 70% are the next of their bank's open row.
class FastLines {
 public:
  explicit FastLines(std::uint64_t seed) : random_(seed) {
    for (Bank& bank : banks_) Jump(bank);
  }
  std::uint64_t Next() {
    const std::uint64_t number = next_++ % kBanks;
    const std::uint64_t bank = (number % 4) << 2 | number / 4;  // {bank, group}: the group changes with every access
    Bank& at = banks_[bank];
    if (random_.Percent(70) && at.column + 1 < kColumns) {
      ++at.column;
    } else {
      Jump(at);
    }
    const std::uint64_t group = number % 4;
    return (at.row << 4 | (number / 4) << 2 | group) << 7 | at.column;
  }

 private:
  static constexpr std::uint64_t kBanks = 16, kColumns = 128, kRows = 1 << 15;
  struct Bank {
    std::uint64_t row = 0, column = 0;
  };
  void Jump(Bank& bank) {
    bank.row = random_.Below(kRows);
    bank.column = random_.Below(kColumns);
  }
  std::array<Bank, kBanks> banks_;
  Random random_;
  std::uint64_t next_ = 0;
};

class SlowLines {
 public:
  explicit SlowLines(std::uint64_t seed) : random_(seed) {}
  std::uint64_t Next() { return kSlowModule + random_.Below(1u << 26); }

 private:
  Random random_;
};

// When there was data on the bus.
template <typename Simulation>
class BusMeter : public tb::Component {
 public:
  explicit BusMeter(Simulation::Dut& dut) : dut_(dut) {}
  void Drive(std::uint64_t) override {}
  void Sample(std::uint64_t cycle) override {
    for (unsigned slot = 0; slot < Simulation::kClocks; ++slot) SampleClock(cycle * Simulation::kClocks + slot, slot);
  }
  double Percent() const {
    return 100.0 * static_cast<double>(busy_) / static_cast<double>(last_beat_ - first_command_ + 1);
  }

 private:
  void SampleClock(std::uint64_t clock, unsigned slot) {
    if (first_command_ == 0 && dut_.dfi_cmd_o[slot] >> (DfiCommand::kBits - 4) != 0) first_command_ = clock;
    const bool read = (dut_.dfi_rd_i[slot][DfiReadData::kBits / 32] >> (DfiReadData::kBits - 1) % 32 & 1) != 0;
    const bool write = (dut_.dfi_wr_o[slot][DfiWriteData::kBits / 32] >> (DfiWriteData::kBits - 1) % 32 & 1) != 0;
    if (!read && !write) return;
    last_beat_ = clock;
    ++busy_;
  }

  Simulation::Dut& dut_;
  std::uint64_t first_command_ = 0, last_beat_ = 0, busy_ = 0;
};

// Requests on one port, answers by tag. Tags are {port, number}.
class Requester {
 public:
  using OnAnswer = std::function<void(std::uint64_t id, std::uint64_t cycle)>;

  template <typename Simulation>
  Requester(Simulation& channel, unsigned port)
      : port_(port),
        source_(tb::StreamPorts<SlotRequest>(channel.dut().slot_req_i[port], channel.dut().slot_req_valid_i[port],
                                             channel.dut().slot_req_ready_o[port]),
                0) {
    channel.simulation().Add(source_);
  }
  void Send(std::uint64_t line, bool write, std::uint64_t id) {
    SlotRequest request;
    request.tag = static_cast<std::uint16_t>(port_ << 10 | next_tag_++ % kTags);
    request.op = write ? Op::kWrite : Op::kRead;
    request.line = line;
    request.mask = ~std::uint64_t{0};
    request.data[0] = static_cast<std::uint8_t>(id);
    ids_[request.tag] = id;
    source_.Push(request);
    ++outstanding_;
  }
  std::uint64_t Answered(std::uint16_t tag) {
    --outstanding_;
    ++answered_;
    return ids_[tag];
  }
  std::size_t waiting() const { return source_.pending(); }
  std::uint64_t outstanding() const { return outstanding_; }
  std::uint64_t answered() const { return answered_; }

 private:
  static constexpr std::uint64_t kTags = 1024;
  unsigned port_;
  tb::StreamSource<SlotRequest> source_;
  std::unordered_map<std::uint16_t, std::uint64_t> ids_;
  std::uint64_t next_tag_ = 0, outstanding_ = 0, answered_ = 0;
};

// A channel with a fast module and a slow one, and who asks it.
template <typename Simulation = MixedChannelSimulation>
struct Run {
  Run(const std::string& fast_preset, const std::string& slow_preset, const std::vector<RegisterWrite>& registers)
      : channel(fast_preset),
        host(channel, kHostPort),
        walk(channel, kWalkPort),
        sink("answers",
             tb::StreamPorts<SlotResponse>(channel.dut().slot_rsp_o, channel.dut().slot_rsp_valid_o,
                                           channel.dut().slot_rsp_ready_i),
             0, 0, channel.failures(),
             [this](const SlotResponse& response, std::uint64_t cycle) {
               const bool is_host = response.tag >> 10 == kHostPort;
               const std::uint64_t id = (is_host ? host : walk).Answered(response.tag);
               if (is_host && on_host_answer) on_host_answer(id, cycle);
             }),
        meter(channel.dut()) {
    channel.simulation().Add(sink);
    channel.simulation().Add(meter);
    channel.SetSlowCells(LoadSlowPresetOrDie(slow_preset), {kNoSlowRow, 0});
    for (const RegisterWrite& write : registers) channel.Override(write.offset, ~0u, write.value);
    channel.PowerUp();
  }
  std::string Failure() {
    channel.FinishChecks();
    return channel.failures().Text();
  }

  Simulation channel;
  Requester host, walk;
  Requester::OnAnswer on_host_answer;
  tb::StreamSink<SlotResponse> sink;
  BusMeter<Simulation> meter;
};

}  // namespace

const char* Name(SlowPolicy policy) {
  static constexpr std::array kNames = {"ready/send", "fixed slot", "in order"};
  return kNames[static_cast<std::size_t>(policy)];
}

std::vector<RegisterWrite> PolicyRegisters(SlowPolicy policy, const Preset& fast, const SlowPreset& slow) {
  switch (policy) {
    case SlowPolicy::kReadySend:
      return {};
    case SlowPolicy::kFixedSlot: {
      // From the command's decision to that of its sending: the command's register, the cells, the ready's register.
      constexpr std::uint64_t kOnTheWay = 4;
      const std::uint64_t clocks = (slow.read.max_ps + fast.tck_ps - 1) / fast.tck_ps + kOnTheWay;
      const std::uint32_t on = r::slow_slots::Fixed::Set(r::slow_slots::kReset, 1);
      return {{r::slow_slots::kOffset, r::slow_slots::Latency::Set(on, static_cast<std::uint32_t>(clocks))}};
    }
    case SlowPolicy::kInOrder:
      return {{r::slow_order::kOffset, r::slow_order::InOrder::Set(r::slow_order::kReset, 1)},
              {r::head_start::kOffset, 0}};
  }
  return {};
}

namespace {

template <typename Simulation>
BusShare MeasureBusShareOf(const MixedStream& stream) {
  std::vector<RegisterWrite> registers =
      PolicyRegisters(stream.policy, LoadPresetOrDie(stream.fast_preset), LoadSlowPresetOrDie(stream.slow_preset));
  registers.insert(registers.end(), stream.registers.begin(), stream.registers.end());
  Run<Simulation> run(stream.fast_preset, stream.slow_preset, registers);
  FastLines fast(1);
  SlowLines slow(2);
  Random random(3);
  std::uint64_t sent = 0;
  const std::uint64_t start = run.channel.simulation().cycle();
  run.channel.simulation().RunUntil(
      [&] {
        // A request a cycle, in order.
        if (sent < stream.lines && run.host.waiting() == 0) {
          const bool is_slow = random.Percent(stream.slow_percent);
          run.host.Send(is_slow ? slow.Next() : fast.Next(), random.Percent(stream.write_percent), sent++);
        }
        return run.host.answered() == stream.lines;
      },
      1000 * stream.lines, "answers");
  run.channel.simulation().Run(5000);  // writes are answered before they leave
  return {.percent = run.meter.Percent(),
          .violations = run.channel.violations(),
          .cycles = run.channel.simulation().cycle() - start,
          .slots_missed = run.channel.Counter(r::slow_slots_missed::kOffset),
          .failure = run.Failure()};
}

}  // namespace

BusShare MeasureBusShare(const MixedStream& stream) {
  return stream.clocks_per_cycle == 1 ? MeasureBusShareOf<MixedChannelSimulation>(stream)
                                      : MeasureBusShareOf<FourSlotMixedSimulation>(stream);
}

Latency MeasureLatency(const OpenLoad& load) {
  constexpr std::uint64_t kSlowBacklog = 64;
  std::vector<RegisterWrite> registers = load.registers;
  if (!load.refresh)
    registers.push_back({r::timing_refresh::kOffset, r::timing_refresh::Refi::Set(r::timing_refresh::kReset, 0xFFFF)});
  Run<> run("ddr4_2400_17", load.slow_preset, registers);
  if (!load.refresh) run.channel.TolerateViolations();
  FastLines fast(1);
  SlowLines slow(2);
  Random times(3);
  std::vector<std::uint64_t> arrival(load.lines);
  std::vector<std::uint64_t> waited;
  run.on_host_answer = [&](std::uint64_t id, std::uint64_t cycle) { waited.push_back(cycle - arrival[id]); };
  std::uint64_t sent = 0;
  const std::uint64_t start = run.channel.simulation().cycle();
  double next = static_cast<double>(start);
  run.channel.simulation().RunUntil(
      [&] {
        const std::uint64_t now = run.channel.simulation().cycle();
        while (sent < load.lines && next <= static_cast<double>(now)) {
          arrival[sent] = now;
          run.host.Send(fast.Next(), false, sent++);
          next -= 2.0 * kBurst * std::log1p(-times.Unit());
        }
        while (load.slow && sent < load.lines && run.walk.outstanding() < kSlowBacklog)
          run.walk.Send(slow.Next(), false, 0);
        return waited.size() == load.lines;
      },
      1000 * load.lines, "answers");
  const double clocks = static_cast<double>(run.channel.simulation().cycle() - start);
  Latency latency;
  if (waited.empty()) return {.failure = run.channel.failures().Text()};
  double sum = 0;
  for (const std::uint64_t clocks_waited : waited) sum += static_cast<double>(clocks_waited);
  latency.mean = sum / static_cast<double>(waited.size());
  std::sort(waited.begin(), waited.end());
  latency.p50 = waited[waited.size() / 2];
  latency.p95 = waited[waited.size() * 95 / 100];
  latency.p99 = waited[waited.size() * 99 / 100];
  latency.slow_percent = 100.0 * kBurst * static_cast<double>(run.walk.answered()) / clocks;
  latency.failure = run.channel.failures().Text();
  return latency;
}

BusShare MeasureFastShare(const std::string& slow_preset, std::uint64_t lines) {
  constexpr std::uint64_t kSlowBacklog = 64;
  Run<> run("ddr4_2400_17", slow_preset, {});
  FastLines fast(1);
  SlowLines slow(2);
  std::uint64_t sent = 0;
  const std::uint64_t start = run.channel.simulation().cycle();
  run.channel.simulation().RunUntil(
      [&] {
        if (sent < lines && run.host.waiting() == 0) run.host.Send(fast.Next(), false, sent++);
        while (sent < lines && run.walk.outstanding() < kSlowBacklog) run.walk.Send(slow.Next(), false, 0);
        return run.host.answered() == lines;
      },
      1000 * lines, "answers");
  const std::uint64_t cycles = run.channel.simulation().cycle() - start;
  return {.percent = 100.0 * kBurst * static_cast<double>(lines) / static_cast<double>(cycles),
          .violations = run.channel.violations(),
          .cycles = cycles,
          .failure = run.channel.failures().Text()};
}

}  // namespace tarn::channel
