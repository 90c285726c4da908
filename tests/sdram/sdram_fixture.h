// The SDRAM device with a golden SDRAM at its pins.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/channel/module_protocol.h"
#include "models/common/random.h"
#include "models/sdram/sdram_model.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"
#include "tb/common/test_options.h"

namespace tarn {

inline constexpr std::uint32_t kClockKilohertz = 100'000;
inline constexpr std::uint64_t kCyclesMax = 5'000;  // of a line, with power-up or a refresh before it
inline constexpr unsigned kBeats = 4;

using Content = std::array<ModuleWord, kBeats>;
using Lanes = std::array<std::uint16_t, kBeats>;

// The device with a golden SDRAM at its pins.
template <typename Dut>
class Device : private tb::Component {
 public:
  // pause_percent: how often the requester pauses, and does not take an answer.
  explicit Device(unsigned pause_percent = 20, const std::string& wave_file = tb::GetTestOptions().wave_file)
      : simulation_({.seed = tb::GetTestOptions().seed, .wave_file = wave_file}),
        requests_({simulation_.dut().req_i, simulation_.dut().req_valid_i, simulation_.dut().req_ready_o}, 1,
                  pause_percent),
        answers_("answers", {simulation_.dut().rsp_o, simulation_.dut().rsp_valid_o, simulation_.dut().rsp_ready_i}, 2,
                 pause_percent, simulation_.failures(),
                 [this](const ModuleBusResponse& answer, std::uint64_t cycle) {
                   answers_taken_.push_back(answer);
                   answer_cycles_.push_back(cycle);
                 }),
        sdram_({.power_up_us = 2}, kClockKilohertz,
               [this](const std::string& rule, std::uint64_t) { violations_.insert(rule); }) {
    simulation_.dut().dq_i = 0;
    Plant(false);
    simulation_.Add(requests_);
    simulation_.Add(answers_);
    simulation_.Add(*this);
    simulation_.Reset();
  }

  // Lanes: a bit a byte of each word, check bits above, which no SDRAM keeps.
  void Write(std::uint32_t line, const Content& content, const Lanes& lanes) {
    BeginWrite(line, content, lanes);
    Wait(1);
  }
  // The request alone; `Wait` waits for its answer.
  void BeginWrite(std::uint32_t line, const Content& content, const Lanes& lanes) {
    for (unsigned beat = 0; beat < kBeats; ++beat) {
      requests_.Push({.write = true,
                      .line = line,
                      .beat = static_cast<std::uint8_t>(beat),
                      .lanes = lanes[beat],
                      .word = content[beat]});
    }
  }
  Content Read(std::uint32_t line) {
    requests_.Push({.line = line});
    Wait(kBeats);
    Content content{};
    for (unsigned beat = 0; beat < kBeats && beat < answers_taken_.size(); ++beat)
      content[beat] = answers_taken_[beat].word;
    return content;
  }
  // The fault, in a device that has it.
  void Plant(bool plant) {
    if constexpr (requires(Dut& dut) { dut.plant_i; }) simulation_.dut().plant_i = plant;
  }
  void Idle(std::uint64_t cycles) { simulation_.Run(cycles); }
  void Wait(std::size_t answers) {
    answers_taken_.clear();
    answer_cycles_.clear();
    simulation_.RunUntil([&] { return answers_taken_.size() == answers; }, kCyclesMax, "answers of the device");
  }

  std::string Failures() const { return simulation_.failures().Text(); }
  const std::set<std::string>& violations() const { return violations_; }
  const sdram::SdramModel& sdram() const { return sdram_; }
  std::uint64_t cycle() const { return simulation_.cycle(); }
  // Of the last access.
  const std::vector<std::uint64_t>& answer_cycles() const { return answer_cycles_; }
  // When the SDRAM was first told to open a row.
  std::optional<std::uint64_t> first_activate_cycle() const { return first_activate_cycle_; }
  void CloseWave() { simulation_.CloseWave(); }

 private:
  void Drive(std::uint64_t) override {
    simulation_.dut().dq_i = data_ ? *data_ : static_cast<std::uint16_t>(random_.Below(1 << 16));
  }
  void Sample(std::uint64_t cycle) override {
    const sdram::SdramPins pins = sdram::SdramPins::Unpack(simulation_.dut().pins_o);
    const bool activate = !pins.cs_n && !pins.ras_n && pins.cas_n && pins.we_n;
    if (activate && !first_activate_cycle_) first_activate_cycle_ = cycle;
    data_ = sdram_.Clock(pins);
  }

  tb::Simulation<Dut> simulation_;
  tb::StreamSource<ModuleBusRequest> requests_;
  tb::StreamSink<ModuleBusResponse> answers_;
  sdram::SdramModel sdram_;
  Random random_{7};
  std::set<std::string> violations_;
  std::optional<std::uint16_t> data_;
  std::vector<ModuleBusResponse> answers_taken_;
  std::vector<std::uint64_t> answer_cycles_;
  std::optional<std::uint64_t> first_activate_cycle_;
};

inline ModuleWord WordOf(Random& random) { return {.beat1 = random.Next(), .beat0 = random.Next()}; }

inline std::uint64_t Merge(std::uint64_t before, std::uint64_t after, unsigned lanes) {
  std::uint64_t mask = 0;
  for (unsigned byte = 0; byte < 8; ++byte) mask |= (lanes >> byte & 1) != 0 ? std::uint64_t{0xFF} << 8 * byte : 0;
  return (before & ~mask) | (after & mask);
}

// What a line holds after a write of some of its bytes. lanes: a bit a byte of each word.
inline void Merge(Content& kept, const Content& content, const Lanes& lanes) {
  for (unsigned beat = 0; beat < kBeats; ++beat) {
    kept[beat].beat0 = Merge(kept[beat].beat0, content[beat].beat0, lanes[beat] & 0xFF);
    kept[beat].beat1 = Merge(kept[beat].beat1, content[beat].beat1, lanes[beat] >> 8);
  }
}

}  // namespace tarn
