// The wave of the SDRAM device against that of a golden memory: requests, answers, and the rows that are opened between
// them, by transaction.
#include <Vrtl_sdram.h>
#include <Vrtl_sdram_hasty.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
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

// Where a line lies.
struct SdramPlace {
  static constexpr std::uint32_t kBankBits = 2, kRowBits = 13;
  static constexpr std::uint32_t kBits = kRowBits + kBankBits, kWords = 1;
  std::uint32_t row = 0, bank = 0;

  void Pack(std::uint32_t* words) const { words[0] = row << kBankBits | bank; }
};
template <>
inline constexpr auto kMessageFields<SdramPlace> =
    std::to_array<MessageField>({{"row", SdramPlace::kRowBits}, {"bank", SdramPlace::kBankBits}});

namespace {

// Lines follow each other in a row, then in the banks, then in the rows (rtl/sdram/README.md).
SdramPlace PlaceOf(std::uint32_t line) {
  constexpr std::uint32_t kLinesPerRow = 16, kBanks = 4;
  return {.row = line / (kLinesPerRow * kBanks), .bank = line / kLinesPerRow % kBanks};
}

// A memory of lines that writes what it would be asked, and would answer, on the device's ports.
class GoldenMemory {
 public:
  GoldenMemory(const std::string& wave_file, std::uint64_t reset_cycles)
      : wave_(wave_file, "TOP.tarn_sdram_device", reset_cycles),
        requests_(wave_.AddPort<ModuleBusRequest>("req", wave::GoldenWave::Direction::kInput)),
        answers_(wave_.AddPort<ModuleBusResponse>("rsp", wave::GoldenWave::Direction::kOutput)),
        opened_(wave_.AddPort<SdramPlace>("opened_valid", "", "opened")) {}

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
    wave_.Put(opened_, PlaceOf(line), cycle);
    wave_.Put(answers_, ModuleBusResponse{}, cycle, {"word.check1", "word.check0", "word.beat1", "word.beat0"});
    Merge(lines_[line], content, lanes);
  }
  const Content& Read(std::uint32_t line, std::uint64_t cycle) {
    wave_.Put(requests_, ModuleBusRequest{.line = line}, cycle,
              {"lanes", "word.check1", "word.check0", "word.beat1", "word.beat0"});
    wave_.Put(opened_, PlaceOf(line), cycle);
    const Content& content = lines_.at(line);
    for (const ModuleWord& word : content)
      wave_.Put(answers_, ModuleBusResponse{.word = {.beat1 = word.beat1, .beat0 = word.beat0}}, cycle);
    return content;
  }
  void Finish(std::uint64_t cycle) { wave_.Finish(cycle); }

 private:
  wave::GoldenWave wave_;
  wave::GoldenWave::Port requests_, answers_, opened_;
  std::map<std::uint32_t, Content> lines_;
};

struct WavesOfARun {
  std::optional<std::uint64_t> first_wrong_cycle;  // of an answer
  std::optional<std::uint64_t> first_activate_cycle;
  wave::Comparison comparison;
};

template <typename Dut>
void Access(Device<Dut>& device, GoldenMemory& golden, Random& random, WavesOfARun& run) {
  const auto line = static_cast<std::uint32_t>(random.Below(8) * 77);  // in all banks, and nine rows
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
void AccessAtRandom(const wave::WavePair& waves, bool plant, WavesOfARun& run) {
  Device<Dut> device(20, waves.dut());
  device.Plant(plant);
  GoldenMemory golden(waves.golden(), tb::Simulation<Dut>::kResetCycles);
  Random random(tb::GetTestOptions().seed);
  for (int i = 0; i < 200; ++i) Access(device, golden, random, run);
  run.first_activate_cycle = device.first_activate_cycle();
  golden.Finish(device.cycle() - 1);
  device.CloseWave();
}

template <typename Dut>
WavesOfARun CompareWavesOfARun(bool plant = false) {
  const wave::WavePair waves("sdram");
  WavesOfARun run;
  AccessAtRandom<Dut>(waves, plant, run);
  run.comparison = wave::CompareWaves(waves.dut(), waves.golden(), "rtl/sdram/waves.json");
  return run;
}

TEST(SdramWaves, AreThoseOfAGoldenMemory) {
  const WavesOfARun run = CompareWavesOfARun<Vrtl_sdram>();
  EXPECT_FALSE(run.first_wrong_cycle.has_value());
  for (const wave::Difference& one : run.comparison.differences) {
    ADD_FAILURE() << one.signal << ": " << wave::DifferenceText(run.comparison, one);
  }
  EXPECT_EQ(run.comparison.ports.size(), 3u);
  EXPECT_GE(run.comparison.compared, 1'200u);  // six for each access
}

TEST(SdramWaves, ShowAPlantedFaultInItsCycle) {
  const WavesOfARun run = CompareWavesOfARun<Vrtl_sdram_hasty>();
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  ASSERT_TRUE(run.first_wrong_cycle.has_value());
  EXPECT_EQ(difference.signal, "rsp_o.word.beat1");
  EXPECT_EQ(difference.dut->cycle - tb::Simulation<Vrtl_sdram_hasty>::kResetCycles, *run.first_wrong_cycle);
}

// Each line lies in another bank than it should, where it is found again: no answer tells.
TEST(SdramWaves, ShowAPlantedFaultOfTheBanksInItsCycle) {
  const WavesOfARun run = CompareWavesOfARun<Vrtl_sdram>(/*plant=*/true);
  EXPECT_FALSE(run.first_wrong_cycle.has_value());
  ASSERT_EQ(run.comparison.differences.size(), 1u);
  const wave::Difference difference = wave::FirstWrongValue(run.comparison);
  ASSERT_TRUE(difference.dut.has_value());
  ASSERT_TRUE(run.first_activate_cycle.has_value());
  EXPECT_EQ(difference.signal, "opened.bank");
  // The pins follow a cycle later.
  EXPECT_EQ(difference.dut->cycle - tb::Simulation<Vrtl_sdram>::kResetCycles + 1, *run.first_activate_cycle);
}

}  // namespace
}  // namespace tarn
