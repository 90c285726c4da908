// The wave of the SDRAM device against that of a golden memory: requests and answers, by transaction.
#include <Vrtl_sdram.h>
#include <Vrtl_sdram_hasty.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "models/channel/module_protocol_fields.h"
#include "sw/wave/comparison_report.h"
#include "sw/wave/golden_wave.h"
#include "tests/sdram/sdram_fixture.h"
#include "tests/wave/compare_waves.h"

namespace tarn {
namespace {

// A memory of lines that writes what it would be asked, and would answer, on the device's ports.
class GoldenMemory {
 public:
  GoldenMemory(const std::string& wave_file, std::uint64_t reset_cycles)
      : wave_(wave_file, "TOP.tarn_sdram_device", reset_cycles),
        requests_(wave_.AddPort<ModuleBusRequest>("req", wave::GoldenWave::Direction::kInput)),
        answers_(wave_.AddPort<ModuleBusResponse>("rsp", wave::GoldenWave::Direction::kOutput)) {}

  bool Knows(std::uint32_t line) const { return lines_.contains(line); }
  void Write(std::uint32_t line, const Content& content, const Lanes& lanes, std::uint64_t cycle) {
    for (unsigned beat = 0; beat < kBeats; ++beat) {
      wave_.Put(requests_,
                ModuleBusRequest{.write = true,
                                 .line = line,
                                 .beat = static_cast<std::uint8_t>(beat),
                                 .lanes = lanes[beat],
                                 .word = content[beat]},
                cycle);
    }
    wave_.Put(answers_, ModuleBusResponse{}, cycle, {"word.check1", "word.check0", "word.beat1", "word.beat0"});
    Merge(lines_[line], content, lanes);
  }
  const Content& Read(std::uint32_t line, std::uint64_t cycle) {
    wave_.Put(requests_, ModuleBusRequest{.line = line}, cycle,
              {"lanes", "word.check1", "word.check0", "word.beat1", "word.beat0"});
    const Content& content = lines_.at(line);
    for (const ModuleWord& word : content)
      wave_.Put(answers_, ModuleBusResponse{.word = {.beat1 = word.beat1, .beat0 = word.beat0}}, cycle);
    return content;
  }
  void Finish(std::uint64_t cycle) { wave_.Finish(cycle); }

 private:
  wave::GoldenWave wave_;
  wave::GoldenWave::Port requests_, answers_;
  std::map<std::uint32_t, Content> lines_;
};

struct WavesOfARun {
  std::optional<std::uint64_t> first_wrong_cycle;  // of an answer
  wave::Comparison comparison;
};

template <typename Dut>
void Access(Device<Dut>& device, GoldenMemory& golden, Random& random, WavesOfARun& run) {
  const auto line = static_cast<std::uint32_t>(random.Below(8) * 7);
  if (!golden.Knows(line) || random.Percent(40)) {
    Lanes lanes = {0xFFFF, 0xFFFF, 0xFFFF, 0xFFFF};
    if (golden.Knows(line))
      std::generate(lanes.begin(), lanes.end(), [&] { return static_cast<std::uint16_t>(random.Next()); });
    const Content content = {WordOf(random), WordOf(random), WordOf(random), WordOf(random)};
    golden.Write(line, content, lanes, device.cycle());
    device.Write(line, content, lanes);
    return;
  }
  const Content& expected = golden.Read(line, device.cycle());
  const Content read = device.Read(line);
  for (unsigned beat = 0; beat < kBeats && !run.first_wrong_cycle; ++beat) {
    if (read[beat] != expected[beat]) run.first_wrong_cycle = device.answer_cycles().at(beat);
  }
}

template <typename Dut>
void AccessAtRandom(const wave::WavePair& waves, WavesOfARun& run) {
  Device<Dut> device(20, waves.dut());
  GoldenMemory golden(waves.golden(), tb::Simulation<Dut>::kResetCycles);
  Random random(tb::GetTestOptions().seed);
  for (int i = 0; i < 200; ++i) Access(device, golden, random, run);
  golden.Finish(device.cycle() - 1);
  device.CloseWave();
}

template <typename Dut>
WavesOfARun CompareWavesOfARun() {
  const wave::WavePair waves("sdram");
  WavesOfARun run;
  AccessAtRandom<Dut>(waves, run);
  run.comparison = wave::CompareWaves(waves.dut(), waves.golden(), "rtl/sdram/waves.json");
  return run;
}

TEST(SdramWaves, AreThoseOfAGoldenMemory) {
  const WavesOfARun run = CompareWavesOfARun<Vrtl_sdram>();
  EXPECT_FALSE(run.first_wrong_cycle.has_value());
  for (const wave::Difference& one : run.comparison.differences) {
    ADD_FAILURE() << one.signal << ": " << wave::DifferenceText(run.comparison, one);
  }
  EXPECT_EQ(run.comparison.ports.size(), 2u);
  EXPECT_GE(run.comparison.compared, 800u);  // five messages for each access
}

TEST(SdramWaves, ShowAPlantedFaultInItsCycle) {
  const WavesOfARun run = CompareWavesOfARun<Vrtl_sdram_hasty>();
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  ASSERT_TRUE(run.first_wrong_cycle.has_value());
  EXPECT_EQ(difference.signal, "rsp_o.word.beat1");
  EXPECT_EQ(difference.dut->cycle - tb::Simulation<Vrtl_sdram_hasty>::kResetCycles, *run.first_wrong_cycle);
}

}  // namespace
}  // namespace tarn
