// The channel's models on their own: presets, module, functional memory, bounds.
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <map>
#include <vector>

#include "models/channel/address_map.h"
#include "models/channel/channel_memory.h"
#include "models/channel/channel_registers.h"
#include "models/channel/channel_timing.h"
#include "models/channel/dram_module.h"
#include "models/channel/preset.h"
#include "models/channel/preset_file.h"
#include "models/channel/slow_cells.h"
#include "models/channel/timing_registers.h"
#include "models/common/random.h"

namespace tarn::channel {
namespace {

Preset Ddr4() {
  Result<Preset> preset = LoadPreset(PresetFile("ddr4_2400_17"));
  EXPECT_TRUE(preset.ok());
  return *preset;
}

TEST(ChannelPreset, AllAreConsistent) {
  for (const char* name : {"ddr3_1600_11", "ddr4_2400_17", "ddr4_3200_22", "ddr5_4800_36", "lpddr4_3200_28"}) {
    const Result<Preset> preset = LoadPreset(PresetFile(name));
    ASSERT_TRUE(preset.ok()) << preset.status().message();
    EXPECT_EQ(preset->name, name);
  }
}

TEST(ChannelPreset, IsWhatTheRegistersHoldAfterReset) {
  namespace r = channel_registers;
  std::map<std::uint32_t, std::uint32_t> reset = {{r::timing_latency::kOffset, r::timing_latency::kReset},
                                                  {r::timing_row::kOffset, r::timing_row::kReset},
                                                  {r::timing_bank_group::kOffset, r::timing_bank_group::kReset},
                                                  {r::timing_write::kOffset, r::timing_write::kReset},
                                                  {r::timing_refresh::kOffset, r::timing_refresh::kReset},
                                                  {r::timing_wake::kOffset, r::timing_wake::kReset},
                                                  {r::timing_mode::kOffset, r::timing_mode::kReset},
                                                  {r::timing_bank::kOffset, r::timing_bank::kReset},
                                                  {r::timing_command::kOffset, r::timing_command::kReset},
                                                  {r::refresh_mode::kOffset, r::refresh_mode::kReset},
                                                  {r::geometry::kOffset, r::geometry::kReset},
                                                  {r::mode_values_0_1::kOffset, r::mode_values_0_1::kReset},
                                                  {r::mode_values_2_3::kOffset, r::mode_values_2_3::kReset},
                                                  {r::mode_values_4_5::kOffset, r::mode_values_4_5::kReset},
                                                  {r::mode_values_6::kOffset, r::mode_values_6::kReset},
                                                  {r::mode_numbers_0_3::kOffset, r::mode_numbers_0_3::kReset},
                                                  {r::mode_numbers_4_6::kOffset, r::mode_numbers_4_6::kReset}};
  for (const RegisterWrite& write : TimingRegisters(Ddr4()))
    EXPECT_EQ(reset.at(write.offset), write.value) << write.offset;
}

TEST(ChannelPreset, ThatContradictsItselfIsRejectedWithTheRule) {
  const auto rejected = [](const std::function<void(Preset&)>& spoil, const std::string& rule) {
    Preset preset = Ddr4();
    spoil(preset);
    const Status status = ValidatePreset(preset);
    ASSERT_FALSE(status.ok()) << rule;
    EXPECT_NE(status.message().find(rule), std::string::npos) << status.message();
  };
  rejected([](Preset& p) { p.timing["RC"].clocks -= 1; }, "tRC (55) >= tRAS (39) + tRP (17)");
  rejected([](Preset& p) { p.timing["CCD_L"].clocks = 3; }, "tCCD_L (3) >= tCCD_S (4)");
  rejected([](Preset& p) { p.timing["FAW"].clocks = 15; }, "tFAW (15) >= 4 x tRRD_S (4)");
  rejected(
      [](Preset& p) {
        p.timing["RAS"].clocks = 38;
        p.timing["RC"].clocks = 55;
        p.tck_ps = 800;
      },
      "ps");
  rejected([](Preset& p) { p.timing["REFI"].clocks = 9400; }, "tREFI (9400) x tCK <=");
  rejected([](Preset& p) { p.timing["CL"].clocks = 18; }, "MR0 codes tCL");
  rejected([](Preset& p) { p.timing.erase("WR"); }, "no timing value WR");
  rejected([](Preset& p) { p.mode_registers.erase(p.mode_registers.begin()); }, "no mode register MR3");
  rejected([](Preset& p) { p.timing["RP_ALL"].clocks -= 1; }, "tRP_ALL (16) >= tRP (17)");
  rejected([](Preset& p) { p.timing["CCD_L_WR"].clocks = 5; }, "tCCD_L_WR (5) >= tCCD_L (6)");
  rejected([](Preset& p) { p.banks_per_group = 8; }, "at most 8 bank groups of 4 banks");
  rejected([](Preset& p) { p.bus_bits = 32; }, "a burst is a line");
  rejected([](Preset& p) { p.activate_clocks = 5; }, "a command takes 1 to 4 clocks");
}

TEST(ChannelPreset, OfARefreshOfBanksAloneIsRejectedWithTheRule) {
  const auto rejected = [](const char* name, const std::function<void(Preset&)>& spoil, const std::string& rule) {
    Preset preset = *LoadPreset(PresetFile(name));
    ASSERT_TRUE(ValidatePreset(preset).ok());
    spoil(preset);
    const Status status = ValidatePreset(preset);
    ASSERT_FALSE(status.ok()) << rule;
    EXPECT_NE(status.message().find(rule), std::string::npos) << status.message();
  };
  rejected("lpddr4_3200_28", [](Preset& p) { p.timing.erase("RFC_BANK"); }, "no timing value RFC_BANK");
  rejected("lpddr4_3200_28", [](Preset& p) { p.timing["RFC_BANK"].clocks = 449; }, "tRFC (448) >= tRFC_BANK (449)");
  rejected("lpddr4_3200_28", [](Preset& p) { p.timing["REFI_BANK"] = {.clocks = 781}; }, "8 x tREFI_BANK (781)");
  rejected(
      "lpddr4_3200_28", [](Preset& p) { p.timing["BANK_TO_ACT"] = {.clocks = 15}; }, "tRRD_S <= tBANK_TO_ACT (15)");
  rejected(
      "ddr5_4800_36", [](Preset& p) { p.timing["REFI_BANK"].clocks = 400; }, "tREFI_BANK (400) >= tRFC_BANK (313)");
}

TEST(ChannelPreset, ModulesThatCannotShareAChannelAreRejectedWithTheRule) {
  const Preset one = Ddr4(), large = *LoadPreset(PresetFile("ddr4_2400_17_16gb"));
  EXPECT_TRUE(ValidateTogether(std::vector{one, large, one}).ok());
  const auto rejected = [&](Preset other, const std::string& rule) {
    const Status status = ValidateTogether(std::vector{one, std::move(other)});
    ASSERT_FALSE(status.ok()) << rule;
    EXPECT_NE(status.message().find(rule), std::string::npos) << status.message();
  };
  rejected(*LoadPreset(PresetFile("ddr3_1600_11")), "one standard");
  rejected(*LoadPreset(PresetFile("ddr4_3200_22")), "one clock");
  Preset late = one;
  late.timing["CL"].clocks = 18;
  rejected(late, "tCL is one for all (17, 18)");
  Preset narrow = one;
  narrow.bus_bits = 32;
  rejected(narrow, "as many data pins");
  Preset other_modes = one;
  other_modes.mode_registers.back().value ^= 1;
  rejected(other_modes, "mode registers");
}

// Each module has its own timing; what all hear is the slowest's.
TEST(ChannelPreset, ModulesOfDifferentPresetsHaveTheirOwnRegisters) {
  namespace r = channel_registers;
  const std::vector<Preset> modules = {Ddr4(), *LoadPreset(PresetFile("ddr4_2400_17_16gb"))};
  std::map<std::uint32_t, std::uint32_t> written;
  for (const RegisterWrite& write : TimingRegisters(modules)) written[write.offset] = write.value;
  EXPECT_EQ(r::timing_refresh::Rfc::Get(written.at(r::timing_refresh::Offset(0))), 433u);
  EXPECT_EQ(r::timing_refresh::Rfc::Get(written.at(r::timing_refresh::Offset(1))), 661u);
  EXPECT_EQ(r::timing_wake::Xs::Get(written.at(r::timing_wake::kOffset)), 673u);
}

TEST(ChannelPreset, AMissingFileIsOneLineThatNamesIt) {
  const Result<Preset> preset = LoadPreset("no/such/preset.json");
  ASSERT_FALSE(preset.ok());
  EXPECT_EQ(preset.status().message(), "no/such/preset.json: cannot be read");
}

TEST(ChannelTiming, BoundsAreThePublishedOnes) {
  const ChannelTiming timing(Ddr4());
  EXPECT_EQ(timing.RowConflictClocks(), 55);
  EXPECT_NEAR(timing.SequentialShareMax() * 100, 95.4, 0.05);
  EXPECT_NEAR(timing.RandomShareMax() * 100, 58.7, 0.05);
}

TEST(ChannelMemory, KeepsPoisonUntilAWholeLineIsWritten) {
  ChannelMemory memory(1 << 20);
  Line data;
  EXPECT_EQ(memory.Access({.op = Op::kWrite, .poison = true, .line = 7, .mask = ~std::uint64_t{0}}, &data),
            LineStatus::kOk);
  EXPECT_EQ(memory.Access({.op = Op::kPartialWrite, .line = 7, .mask = 1}, &data), LineStatus::kOk);
  EXPECT_EQ(memory.Access({.op = Op::kRead, .line = 7}, &data), LineStatus::kPoison);
  EXPECT_EQ(memory.Access({.op = Op::kWrite, .line = 7, .mask = ~std::uint64_t{0}, .data = SeededLine(3)}, &data),
            LineStatus::kOk);
  EXPECT_EQ(memory.Access({.op = Op::kRead, .line = 7}, &data), LineStatus::kOk);
  EXPECT_EQ(data, SeededLine(3));
  EXPECT_EQ(memory.Access({.op = Op::kRead, .line = 1 << 20}, &data), LineStatus::kAccessError);
}

TEST(ChannelAddressMap, AsAfterResetIsRowBankBankGroupColumn) {
  const AddressMap map;
  const std::uint64_t line = ((std::uint64_t{0x5A5A5} << 2 | 2) << 2 | 1) << 7 | 99;
  EXPECT_EQ(map.PlaceOf(line), (Place{.row = 0x5A5A5, .bank = 2, .bank_group = 1, .column = 99}));
  EXPECT_EQ(map.ModuleLineOf(line), line);
  namespace r = channel_registers;
  EXPECT_EQ(map.Registers().front().value, r::mapping::kReset);
}

TEST(ChannelAddressMap, NeighboursChangeBankGroupWhenItIsLowest) {
  const AddressMap map{.bank_group_low = 0};
  EXPECT_EQ(map.PlaceOf(0b1011), (Place{.row = 0, .bank = 0, .bank_group = 3, .column = 2}));
  EXPECT_EQ(map.PlaceOf(1 << 9 | 1), (Place{.row = 0, .bank = 1, .bank_group = 1, .column = 0}));
}

TEST(ChannelAddressMap, HashedRowsOfOneBankSpreadOverAll) {
  const AddressMap map{.hash_rows = {1, 2, 4, 8}};
  unsigned seen = 0;
  for (std::uint64_t row = 0; row < 16; ++row) {
    const Place place = map.PlaceOf(row << 11);
    EXPECT_EQ(place.row, row);
    seen |= 1u << (place.bank << 2 | place.bank_group);
  }
  EXPECT_EQ(seen, 0xFFFF);
}

TEST(ChannelAddressMap, NeverPutsTwoLinesInOnePlace) {
  const AddressMap map{.bank_group_low = 3, .bank_low = 11, .column_low = 5, .hash_rows = {0x3, 0x6, 0x5, 0x1}};
  std::vector<bool> seen(1 << 16);  // all fields end below bit 16
  for (std::uint64_t line = 0; line < seen.size(); ++line) {
    const std::uint64_t at = map.ModuleLineOf(line);
    ASSERT_LT(at, seen.size());
    EXPECT_FALSE(seen[at]) << line;
    seen[at] = true;
  }
}

// A module driven by hand.
class Module : public testing::Test {
 protected:
  void SetModes() {
    module_.Command(0, {.op = DfiOp::kModeRegister, .addr = 0x964});           // CL 17
    module_.Command(1, {.op = DfiOp::kModeRegister, .addr = 2 << 16 | 0x18});  // CWL 12
  }
  void WriteBurst(std::uint64_t start, const Line& line, std::uint64_t mask) {
    const CodedLine coded = Encode(line, false);
    for (std::uint64_t step = 0; step < 4; ++step) {
      DfiWriteData data{.valid = true, .check_mask = mask != ~std::uint64_t{0}};
      data.mask0 = static_cast<std::uint8_t>(~(mask >> 16 * step));
      data.mask1 = static_cast<std::uint8_t>(~(mask >> (16 * step + 8)));
      std::memcpy(&data.beat0, line.data() + 16 * step, 8);
      std::memcpy(&data.beat1, line.data() + 16 * step + 8, 8);
      data.check0 = coded.check[2 * step];
      data.check1 = coded.check[2 * step + 1];
      module_.WriteData(start + step, data);
    }
  }

  SparseSlotMemory memory_;
  DramModule module_{memory_};
};

TEST_F(Module, StoresAndReturnsALineAtTheLastRowOfATerabyte) {
  SetModes();
  const std::uint32_t last_row = (1u << 23) - 1;
  module_.Command(10, {.op = DfiOp::kActivate, .bank_group = 3, .bank = 2, .addr = last_row});
  module_.Command(30, {.op = DfiOp::kWrite, .bank_group = 3, .bank = 2, .addr = 127});
  WriteBurst(42, SeededLine(1), ~std::uint64_t{0});
  module_.Command(70, {.op = DfiOp::kRead, .bank_group = 3, .bank = 2, .addr = 127});
  EXPECT_FALSE(module_.DrivesData(86));
  Line line;
  for (std::uint64_t step = 0; step < 4; ++step) {
    ASSERT_TRUE(module_.DrivesData(87 + step));
    const DfiReadData data = module_.ReadData(87 + step);
    std::memcpy(line.data() + 16 * step, &data.beat0, 8);
    std::memcpy(line.data() + 16 * step + 8, &data.beat1, 8);
  }
  EXPECT_FALSE(module_.DrivesData(91));
  EXPECT_EQ(line, SeededLine(1));
  EXPECT_EQ(memory_.touched_pages(), 1);
  Line stored;
  (void)memory_.ReadLine((std::uint64_t{last_row} << 4 | 2 << 2 | 3) << 7 | 127, stored);
  EXPECT_EQ(stored, line);
  EXPECT_EQ(module_.errors(), 0) << module_.first_error();
}

TEST_F(Module, KeepsMaskedBytesAndThePoisonMark) {
  SetModes();
  memory_.WriteLine(0, SeededLine(1), ~std::uint64_t{0}, true);
  module_.Command(10, {.op = DfiOp::kActivate});
  module_.Command(30, {.op = DfiOp::kWrite});
  WriteBurst(42, SeededLine(2), 0xFF00FF);
  Line expected = SeededLine(1), stored;
  MergeLine(expected, SeededLine(2), 0xFF00FF);
  EXPECT_EQ(memory_.ReadLine(0, stored), LineStatus::kPoison);
  EXPECT_EQ(stored, expected);
}

TEST_F(Module, ReportsWhatCannotWork) {
  module_.Command(5, {.op = DfiOp::kRead});
  EXPECT_EQ(module_.first_error(), "clock 5: read of a closed bank");
  WriteBurst(7, SeededLine(1), ~std::uint64_t{0});
  module_.Command(20, {.op = DfiOp::kActivate});
  module_.Command(30, {.op = DfiOp::kWrite});  // no mode register
  module_.Command(40, {.op = DfiOp::kRefresh});
  EXPECT_EQ(module_.errors(), 1 + 4 + 1 + 1);
}

// A tag is free for another read once it was sent for, also of cells that are done with that before the data left.
TEST(SlowCellsModel, ATagMayBeUsedAgainBeforeItsDataLeft) {
  SlowPreset instant;
  instant.partitions = 16;
  instant.write_buffers = 8;
  instant.read = instant.write = {.min_ps = 1, .max_ps = 1};
  ChannelMemory memory;
  memory.WriteLine(0, SeededLine(1), ~std::uint64_t{0}, false);
  memory.WriteLine(1, SeededLine(2), ~std::uint64_t{0}, false);
  SlowCells cells(memory, instant, 833, 1);
  cells.Command(0, {.op = DfiOp::kModeRegister, .addr = 0x964});  // CL 17
  std::vector<Line> sent(2);
  std::uint64_t beats = 0;
  for (std::uint64_t clock = 1; clock < 60; ++clock) {
    if (cells.DrivesData(clock)) {
      const DfiReadData data = cells.ReadData(clock);
      Line& line = sent.at(beats / 4);
      std::memcpy(line.data() + 16 * (beats % 4), &data.beat0, 8);
      std::memcpy(line.data() + 16 * (beats % 4) + 8, &data.beat1, 8);
      ++beats;
    }
    (void)cells.Tick(clock);
    if (clock == 1) cells.Command(clock, {.op = DfiOp::kSlowRead, .tag = 5, .addr = 0});
    if (clock == 5) cells.Command(clock, {.op = DfiOp::kSend, .tag = 5});
    if (clock == 6) cells.Command(clock, {.op = DfiOp::kSlowRead, .tag = 5, .addr = 1});
    if (clock == 12) cells.Command(clock, {.op = DfiOp::kSend, .tag = 5});
  }
  EXPECT_EQ(cells.first_error(), "");
  EXPECT_EQ(beats, 8u);
  EXPECT_EQ(sent, (std::vector<Line>{SeededLine(1), SeededLine(2)}));
}

}  // namespace
}  // namespace tarn::channel
