// The generated demonstration registers, in RTL behind the AXI4-Lite port and as the model's register file: the
// generic register test passes over both and finds planted faults in both, and both answer alike.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "Vtb_registers.h"
#include "models/common/random.h"
#include "tb/common/axil_driver.h"
#include "tb/common/simulation.h"
#include "tb/common/test_options.h"
#include "tests/common/register_demo_register_file.h"
#include "tests/common/register_demo_registers.h"
#include "tests/common/register_test.h"

namespace tarn::tests {
namespace {

namespace reg = register_demo_registers;
using common::RegisterDemoRegisterFile;
using common::RegisterDemoRegisterParameters;
using tb::AxilDriver;
using tb::AxilRegisterBus;

constexpr std::uint32_t kOtherBase = 0x1000;  // of the second instance
constexpr std::uint8_t kBoot = 0x5C;
constexpr std::uint32_t kBeforeWrap = 0xFFFFFFF0;

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// The RTL: port, demultiplexer and two register files, with the hardware that tb_registers.sv describes.
class RegisterRtl : public testing::Test {
 protected:
  static constexpr std::uint8_t kFaultRwBitDoesNotStick = 1;
  static constexpr std::uint8_t kFaultW1cDoesNotClear = 2;
  static constexpr std::uint8_t kFaultResetValue = 3;

  RegisterRtl()
      : simulation_({.seed = tb::GetTestOptions().seed, .wave_file = tb::GetTestOptions().wave_file}),
        driver_(tb::PlainAxilPort(simulation_.dut()), tb::GetTestOptions().seed, 20),
        demo_(driver_, simulation_),
        other_(driver_, simulation_, kOtherBase) {
    Vtb_registers& dut = simulation_.dut();
    dut.serial_de_i = 0;
    dut.serial_d_i = 0;
    dut.events_sets_i = 0;
    dut.pending_clears_i = 0;
    dut.size_de_i = 0;
    dut.size_d_i = 0;
    dut.busy_i = 0;
    dut.last_de_i = 0;
    dut.last_d_i = 0;
    dut.boot_i = kBoot;
    dut.hit_sets_i = 0;
    dut.done_sets_i = 0;
    dut.address_de_i = 0;
    dut.address_d_i = 0;
    dut.counting_i = 0;
    dut.window_delay_i = 3;
    dut.fault_i = 0;
    simulation_.Add(driver_);
    simulation_.Reset();
  }

  ~RegisterRtl() override {
    EXPECT_TRUE(driver_.protocol().ok()) << driver_.protocol().message();
    EXPECT_FALSE(simulation_.failures().any());
  }

  Vtb_registers& dut() { return simulation_.dut(); }

  // Lets the hardware set W1C bits for one cycle.
  void Raise(std::uint32_t offset, std::uint64_t bits) {
    if (offset == reg::events::kOffset) {
      dut().events_sets_i = static_cast<std::uint16_t>(reg::events::Lanes::Get(static_cast<std::uint32_t>(bits)) << 1 |
                                                       reg::events::Overflow::Get(static_cast<std::uint32_t>(bits)));
    } else if (offset >= reg::pairs::kOffset) {
      dut().done_sets_i = static_cast<std::uint8_t>(1u << (offset - reg::pairs::kOffset) / reg::pairs::kStride);
    } else {
      dut().hit_sets_i = static_cast<std::uint8_t>(1u << (offset - reg::vectors::kOffset) / reg::vectors::kStride);
    }
    simulation_.Step();
    dut().events_sets_i = 0;
    dut().hit_sets_i = 0;
    dut().done_sets_i = 0;
  }

  RegisterTestOptions Options() {
    RegisterTestOptions options;
    options.seed = tb::GetTestOptions().seed;
    options.raise = [this](std::uint32_t offset, std::uint64_t bits) { Raise(offset, bits); };
    return options;
  }

  std::uint32_t Read(std::uint32_t addr) {
    const RegisterResponse response = demo_.Read(addr);
    EXPECT_FALSE(response.error) << demo_.failure();
    return response.rdata;
  }
  void Write(std::uint32_t addr, std::uint32_t data, std::uint8_t strobe = 0xF) {
    EXPECT_FALSE(demo_.Write(addr, data, strobe).error) << demo_.failure();
  }

  tb::Simulation<Vtb_registers> simulation_;
  AxilDriver driver_;
  AxilRegisterBus<Vtb_registers> demo_;
  AxilRegisterBus<Vtb_registers> other_;
};

TEST_F(RegisterRtl, PassesTheGenericTest) {
  EXPECT_EQ(Joined(CheckRegisters(demo_, RegisterDemoRegisterFile::Table(), Options())), "");
}

TEST_F(RegisterRtl, PassesTheGenericTestWithOtherParameters) {
  RegisterTestOptions options;
  options.seed = tb::GetTestOptions().seed;
  options.parameters = {0, 1, 0xC3C, 14, 0x99, 3, 1};  // as tb_registers.sv gives them to i_other
  EXPECT_EQ(Joined(CheckRegisters(other_, RegisterDemoRegisterFile::Table(), options)), "");
  options.parameters = {1, 1, 0xC3C, 14, 0x99, 3, 1};
  EXPECT_NE(Joined(CheckRegisters(other_, RegisterDemoRegisterFile::Table(), options)), "");
}

TEST_F(RegisterRtl, GenericTestFindsARwBitThatDoesNotStick) {
  dut().fault_i = kFaultRwBitDoesNotStick;
  const std::string differences = Joined(CheckRegisters(demo_, RegisterDemoRegisterFile::Table(), Options()));
  EXPECT_NE(differences.find("register_demo.control at 0x4"), std::string::npos) << differences;
  EXPECT_NE(differences.find("different: level"), std::string::npos) << differences;
}

TEST_F(RegisterRtl, GenericTestFindsAW1cBitThatDoesNotClear) {
  dut().fault_i = kFaultW1cDoesNotClear;
  const std::string differences = Joined(CheckRegisters(demo_, RegisterDemoRegisterFile::Table(), Options()));
  EXPECT_NE(differences.find("register_demo.events at 0x8"), std::string::npos) << differences;
  EXPECT_NE(differences.find("different: overflow"), std::string::npos) << differences;
}

TEST_F(RegisterRtl, GenericTestFindsAWrongResetValue) {
  dut().fault_i = kFaultResetValue;
  const std::string differences = Joined(CheckRegisters(demo_, RegisterDemoRegisterFile::Table(), Options()));
  EXPECT_NE(differences.find("register_demo.id at 0x0: after reset"), std::string::npos) << differences;
}

TEST_F(RegisterRtl, AddressThatNoBlockOwnsIsAnError) {
  for (const std::uint32_t addr : {0x400u, 0xFFCu, 0x1400u, 0x8000u, 0xFFFCu}) {
    EXPECT_TRUE(demo_.Read(addr).error);
    EXPECT_NE(demo_.failure().find("SLVERR"), std::string::npos) << demo_.failure();
    EXPECT_TRUE(demo_.Write(addr, 0).error);
  }
  EXPECT_EQ(Read(reg::id::kOffset) >> 16, 0x7A52u);
}

TEST_F(RegisterRtl, ResetValueComesFromAnInput) {
  EXPECT_EQ(reg::status::Boot::Get(Read(reg::status::kOffset)), kBoot);
}

TEST_F(RegisterRtl, StrobePulsesOnceWithTheNewValue) {
  int pulses = 0;
  std::uint32_t level = 0;
  driver_.StartWrite(reg::control::kOffset, reg::control::Level::Of(0x3C));
  for (int i = 0; i < 100; ++i) {
    simulation_.Step();
    dut().eval();
    if (dut().control_qe_o) {
      ++pulses;
      level = dut().control_level_o;
    }
  }
  EXPECT_EQ(pulses, 1);
  EXPECT_EQ(level, 0x3Cu);
  EXPECT_TRUE(driver_.write_done() && driver_.TakeWrite().ok());
}

TEST_F(RegisterRtl, PulseLastsOneCycleAndReadsZero) {
  std::array<int, 16> seen{};
  driver_.StartWrite(reg::command::kOffset, reg::command::Start::Of(0xA));
  for (int i = 0; i < 100; ++i) {
    simulation_.Step();
    dut().eval();
    ++seen[dut().start_o];
  }
  EXPECT_EQ(seen[0xA], 1);
  EXPECT_EQ(seen[0], 99);
  EXPECT_TRUE(driver_.write_done() && driver_.TakeWrite().ok());
  EXPECT_EQ(reg::command::Start::Get(Read(reg::command::kOffset)), 0u);
}

TEST_F(RegisterRtl, WriteWithoutStrobesDoesNothing) {
  const std::uint32_t before = Read(reg::control::kOffset);
  driver_.StartWrite(reg::control::kOffset, ~before, 0);
  for (int i = 0; i < 100; ++i) {
    simulation_.Step();
    dut().eval();
    EXPECT_EQ(dut().control_qe_o, 0);
  }
  EXPECT_TRUE(driver_.write_done() && driver_.TakeWrite().ok());
  EXPECT_EQ(Read(reg::control::kOffset), before);
}

TEST_F(RegisterRtl, HardwareSetWinsOverSoftwareClear) {
  dut().events_sets_i = 1;  // in every cycle, so in that of the write too
  Write(reg::events::kOffset, 1);
  dut().events_sets_i = 0;
  EXPECT_EQ(reg::events::Overflow::Get(Read(reg::events::kOffset)), 1u);
  Write(reg::events::kOffset, 1);
  EXPECT_EQ(reg::events::Overflow::Get(Read(reg::events::kOffset)), 0u);
}

TEST_F(RegisterRtl, SoftwareWriteWinsOverHardwareLoadInItsBytesOnly) {
  dut().serial_d_i = 0x77;
  dut().serial_de_i = 1;
  driver_.StartWrite(reg::control::kOffset, reg::control::Serial::Of(0x11));
  for (int i = 0; i < 100 && !dut().control_qe_o; ++i) {
    simulation_.Step();
    dut().eval();
    if (dut().control_qe_o) dut().serial_de_i = 0;  // the load of the write's own cycle was the last one
  }
  EXPECT_TRUE(simulation_.RunUntil([this] { return driver_.write_done(); }, 100, "the write"));
  EXPECT_TRUE(driver_.TakeWrite().ok());
  EXPECT_EQ(reg::control::Serial::Get(Read(reg::control::kOffset)), 0x11u);
  dut().serial_de_i = 1;
  Write(reg::control::kOffset, 0, 0x1);
  dut().serial_de_i = 0;
  EXPECT_EQ(reg::control::Serial::Get(Read(reg::control::kOffset)), 0x77u);
}

TEST_F(RegisterRtl, CounterReadsConsistentlyOverACarry) {
  Write(reg::cycles::kOffset + 4, 7);
  Write(reg::cycles::kOffset, kBeforeWrap);
  dut().counting_i = 1;
  const std::uint32_t low = Read(reg::cycles::kOffset);
  EXPECT_GE(low, kBeforeWrap) << "the counter wrapped too early for this test to mean something";
  simulation_.Run(100);
  EXPECT_EQ(Read(reg::cycles::kOffset + 4), 7u) << "the high word belongs to the low word read before";
  EXPECT_EQ(Read(reg::cycles::kOffset + 4), 8u) << "kept for one read only";
}

TEST_F(RegisterRtl, WindowWaitsForItsHardware) {
  dut().window_delay_i = 200;
  Write(reg::window::Offset(7), 0xCAFE0007);
  Write(reg::window::Offset(8), 0xCAFE0008);
  Write(reg::window::Offset(7), 0xFFFFFF55, 0x1);
  EXPECT_EQ(Read(reg::window::Offset(7)), 0xCAFE0055u);
  EXPECT_EQ(Read(reg::window::Offset(8)), 0xCAFE0008u);
}

TEST_F(RegisterRtl, HardwareThatNeverGetsReadyIsAnErrorInTime) {
  dut().window_delay_i = 0xFFF;  // beyond WaitCyclesMax
  EXPECT_TRUE(demo_.Read(reg::window::Offset(0)).error);
  EXPECT_NE(demo_.failure().find("SLVERR"), std::string::npos) << demo_.failure();
  EXPECT_TRUE(demo_.Write(reg::window::Offset(0), 1).error);
  dut().window_delay_i = 0;
  EXPECT_EQ(Read(reg::window::Offset(0)), 0u);
}

TEST_F(RegisterRtl, ReadAndWriteOfBothDirectionsAreUnderWayTogether) {
  for (std::uint32_t i = 0; i < 50; ++i) {
    driver_.StartWrite(reg::extra::kOffset, i);
    driver_.StartRead(reg::id::kOffset);
    ASSERT_TRUE(simulation_.RunUntil([this] { return driver_.write_done() && driver_.read_done(); }, 200, "both"));
    EXPECT_TRUE(driver_.TakeWrite().ok());
    EXPECT_EQ(driver_.TakeRead().value(), 0x7A520021u);
    EXPECT_EQ(Read(reg::extra::kOffset), i);
  }
}

// A port that breaks the protocol: `spoil` changes what the driver sees of an obedient one.
Status ProtocolWith(const std::function<void(tb::AxilOutputs&, int cycle)>& spoil) {
  tb::AxilOutputs out;
  int cycle = 0;
  AxilDriver driver({.drive = [](const tb::AxilInputs&) {},
                     .sample =
                         [&] {
                           out = {.awready = true, .wready = true, .arready = true};
                           out.bvalid = out.rvalid = cycle >= 3 && cycle < 6;
                           spoil(out, cycle);
                           return out;
                         }},
                    1, 100);  // never ready, never valid of itself
  driver.set_pause_percent(0);
  driver.StartRead(0);
  driver.StartWrite(0, 0);
  for (; cycle < 6; ++cycle) {
    driver.Drive(cycle);
    driver.set_pause_percent(100);  // from here on BREADY and RREADY stay low
    driver.Sample(cycle);
  }
  return driver.protocol();
}

TEST(AxilDriver, FindsBreachesOfTheProtocol) {
  EXPECT_TRUE(ProtocolWith([](tb::AxilOutputs&, int) {}).ok());
  const std::pair<const char*, std::function<void(tb::AxilOutputs&, int)>> breaches[] = {
      {"cycle 0: BVALID without a write", [](tb::AxilOutputs& out, int cycle) { out.bvalid |= cycle == 0; }},
      {"cycle 0: RVALID without a read", [](tb::AxilOutputs& out, int cycle) { out.rvalid |= cycle == 0; }},
      {"cycle 4: B did not hold", [](tb::AxilOutputs& out, int cycle) { out.bvalid &= cycle != 4; }},
      {"cycle 5: B did not hold", [](tb::AxilOutputs& out, int cycle) { out.bresp = cycle == 5 ? 2 : 0; }},
      {"cycle 4: R did not hold", [](tb::AxilOutputs& out, int cycle) { out.rvalid &= cycle != 4; }},
      {"cycle 4: R did not hold", [](tb::AxilOutputs& out, int cycle) { out.rdata = cycle; }},
  };
  for (const auto& [expected, spoil] : breaches) {
    const Status status = ProtocolWith(spoil);
    ASSERT_FALSE(status.ok()) << expected;
    EXPECT_NE(status.message().find(expected), std::string::npos) << status.message();
  }
}

// The model of the same: the register file and, in its hooks, the hardware of tb_registers.sv.
class DemoModel {
 public:
  explicit DemoModel(const RegisterDemoRegisterParameters& parameters = {}) : file(parameters) {
    file.OnRead(reg::cycles::kOffset, [this](std::uint32_t) { return cycles; });
    file.OnWrite(reg::cycles::kOffset, [this](const RegisterWrite& write) { cycles = write.value; });
    file.OnRead(reg::window::kOffset, [this](std::uint32_t index) { return window[index]; });
    file.OnWrite(reg::window::kOffset, [this](const RegisterWrite& write) { window[write.index] = write.value; });
    file.OnRead(reg::counters::kOffset, [this](std::uint32_t index) { return counters[index]; });
    file.OnWrite(reg::counters::kOffset, [this](const RegisterWrite& write) {
      using reg::counters::Overflow;
      const std::uint64_t overflow = counters[write.index] & ~write.value & Overflow::kMask;
      counters[write.index] = overflow | (write.value & ~Overflow::kMask);
    });
    file.OnWrite(reg::command::kOffset, [this](const RegisterWrite& write) {
      if (!(write.value & 1)) return;
      for (std::uint64_t& counter : counters) counter |= reg::counters::Overflow::kMask;
    });
    file.OnRead(reg::mixed::kOffset, [this](std::uint32_t) { return mixed; });
    file.OnWrite(reg::mixed::kOffset,
                 [this](const RegisterWrite& write) { mixed = write.value | (mixed & reg::mixed::Requests::kMask); });
    file.OnRead(reg::status::kOffset, [this](std::uint32_t) { return busy; });
    file.Set<reg::status::Boot>(reg::status::kOffset, kBoot);
  }

  RegisterDemoRegisterFile file;
  std::uint64_t cycles = 0;
  std::uint64_t busy = 0;
  std::uint64_t mixed = reg::mixed::Kind::Of(3);
  std::array<std::uint64_t, reg::window::kCount> window{};
  std::array<std::uint64_t, reg::counters::kCount> counters{};
};

RegisterTestOptions ModelOptions(DemoModel& model) {
  RegisterTestOptions options;
  options.seed = tb::GetTestOptions().seed;
  options.raise = [&model](std::uint32_t offset, std::uint64_t bits) { model.file.SetStored(offset, bits, bits); };
  return options;
}

TEST(RegisterModel, PassesTheGenericTest) {
  DemoModel model;
  EXPECT_EQ(Joined(CheckRegisters(model.file, RegisterDemoRegisterFile::Table(), ModelOptions(model))), "");
}

TEST(RegisterModel, PassesTheGenericTestWithOtherParameters) {
  DemoModel model({.has_extra = 0,
                   .wide_modes = 1,
                   .mask_bits = 0xC3C,
                   .top_kind = 14,
                   .revision = 0x99,
                   .lanes = 3,
                   .fixed_gains = 1});
  RegisterTestOptions options = ModelOptions(model);
  options.parameters = {0, 1, 0xC3C, 14, 0x99, 3, 1};
  EXPECT_EQ(Joined(CheckRegisters(model.file, RegisterDemoRegisterFile::Table(), options)), "");
}

// A fault in the model: after each write, `spoil` may change what is stored.
std::string DifferencesWithFault(std::uint32_t offset, const std::function<void(RegisterFile&)>& spoil) {
  DemoModel model;
  model.file.OnWrite(offset, [&](const RegisterWrite&) { spoil(model.file); });
  return Joined(CheckRegisters(model.file, RegisterDemoRegisterFile::Table(), ModelOptions(model)));
}

TEST(RegisterModel, GenericTestFindsARwBitThatDoesNotStick) {
  const std::string differences = DifferencesWithFault(
      reg::control::kOffset, [](RegisterFile& file) { file.SetStored(reg::control::kOffset, 0x20, 0); });
  EXPECT_NE(differences.find("different: level"), std::string::npos) << differences;
}

TEST(RegisterModel, GenericTestFindsAW1cBitThatDoesNotClear) {
  const std::string differences = DifferencesWithFault(
      reg::events::kOffset, [](RegisterFile& file) { file.SetStored(reg::events::kOffset, 0x100, 0x100); });
  EXPECT_NE(differences.find("different: lanes"), std::string::npos) << differences;
}

TEST(RegisterModel, GenericTestFindsAnIllegalValueThatIsTaken) {
  const std::string differences = DifferencesWithFault(reg::mode::kOffset, [](RegisterFile& file) {
    if (file.Get<reg::mode::Kind>(reg::mode::kOffset) == 3) file.Set<reg::mode::Kind>(reg::mode::kOffset, 2);
  });
  EXPECT_NE(differences.find("different: kind"), std::string::npos) << differences;
}

TEST(RegisterModel, GenericTestFindsAFixedFieldThatIsWritten) {
  DemoModel model;
  RegisterTestOptions options = ModelOptions(model);
  for (const RegisterParameter& parameter : RegisterDemoRegisterFile::Table().parameters) {
    options.parameters.push_back(parameter.name == std::string_view("FixedGains") ? 1 : parameter.value);
  }
  const std::string differences = Joined(CheckRegisters(model.file, RegisterDemoRegisterFile::Table(), options));
  EXPECT_NE(differences.find("register_demo.gains"), std::string::npos) << differences;
}

TEST(RegisterModel, GenericTestFindsAWriteThatReachesAnotherRegister) {
  const std::string differences = DifferencesWithFault(
      reg::vectors::kOffset, [](RegisterFile& file) { file.SetStored(reg::extra::kOffset, 0x10, 0); });
  EXPECT_NE(differences.find("register_demo.extra"), std::string::npos) << differences;
}

// Random accesses and hardware events to both; every answer is compared.
class RegisterCosimulation : public RegisterRtl {
 protected:
  static constexpr int kAccesses = 3000;

  // Returns what was different, or nothing.
  std::string Access(Random& random) {
    const auto& registers = RegisterDemoRegisterFile::Table().registers;
    const RegisterInfo& info = registers[random.Below(registers.size())];
    std::uint32_t addr = info.ElementOffset(static_cast<std::uint32_t>(random.Below(info.count)));
    if (info.bits == 64 && random.Percent(50)) addr += 4;
    if (random.Percent(3)) addr = static_cast<std::uint32_t>(random.Below(0x100)) * 4;
    const bool write = random.Percent(50);
    std::uint32_t data = static_cast<std::uint32_t>(random.Next());
    if (random.Percent(30)) data &= 0x00070707;  // hits legal sets more often
    const std::uint8_t strobe = random.Percent(60) ? 0xF : static_cast<std::uint8_t>(random.Below(16));
    const RegisterResponse rtl = write ? demo_.Write(addr, data, strobe) : demo_.Read(addr);
    const RegisterResponse model = write ? model_.file.Write(addr, data, strobe) : model_.file.Read(addr);
    if (!write) ++reads_;
    if (rtl == model) return "";
    std::ostringstream text;
    text << std::hex << (write ? "writing 0x" : "reading 0x") << addr << ": RTL 0x" << rtl.rdata << " error "
         << rtl.error << ", model 0x" << model.rdata << " error " << model.error;
    return text.str();
  }

  // One cycle of hardware activity between accesses.
  void HardwareEvent(Random& random) {
    Vtb_registers& rtl = dut();
    RegisterFile& file = model_.file;
    rtl.events_sets_i = static_cast<std::uint16_t>(random.Below(512));
    file.SetStored(reg::events::kOffset, rtl.events_sets_i & 1, rtl.events_sets_i & 1);
    const std::uint64_t lanes = reg::events::Lanes::Of(static_cast<std::uint32_t>(rtl.events_sets_i >> 1));
    file.SetStored(reg::events::kOffset, lanes, lanes);
    rtl.pending_clears_i = static_cast<std::uint8_t>(random.Below(16));
    file.SetStored(reg::command::kOffset, reg::command::Pending::Of(static_cast<std::uint32_t>(rtl.pending_clears_i)),
                   0);
    rtl.last_d_i = static_cast<std::uint8_t>(random.Next());
    rtl.last_de_i = 1;
    file.Set<reg::status::Last>(reg::status::kOffset, rtl.last_d_i);
    rtl.serial_d_i = static_cast<std::uint8_t>(random.Next());
    rtl.serial_de_i = 1;
    file.Set<reg::control::Serial>(reg::control::kOffset, rtl.serial_d_i);
    rtl.busy_i = random.Percent(50);
    model_.busy = rtl.busy_i;
    rtl.address_de_i = static_cast<std::uint8_t>(random.Below(4));
    rtl.address_d_i = random.Next() >> 10;
    if (rtl.address_de_i != 0) {
      file.Set<reg::pairs::Address>(reg::pairs::Offset(rtl.address_de_i - 1u), rtl.address_d_i);
    }
    rtl.counting_i = 1;
    ++model_.cycles;
    simulation_.Step();
    rtl.events_sets_i = 0;
    rtl.pending_clears_i = 0;
    rtl.last_de_i = 0;
    rtl.serial_de_i = 0;
    rtl.address_de_i = 0;
    rtl.counting_i = 0;
  }

  DemoModel model_;
  int reads_ = 0;
};

TEST_F(RegisterCosimulation, ModelAnswersAsTheRtl) {
  Random random(tb::GetTestOptions().seed);
  for (int i = 0; i < kAccesses; ++i) {
    if (random.Percent(20)) HardwareEvent(random);
    ASSERT_EQ(Access(random), "") << tb::ReplayCommand();
  }
  EXPECT_GT(reads_, kAccesses / 3);
}

TEST_F(RegisterCosimulation, PlantedFaultIsFound) {
  dut().fault_i = kFaultW1cDoesNotClear;
  Random random(tb::GetTestOptions().seed);
  std::string difference;
  for (int i = 0; i < kAccesses && difference.empty(); ++i) {
    if (random.Percent(20)) HardwareEvent(random);
    difference = Access(random);
  }
  EXPECT_NE(difference.find("reading 0x8: RTL 0x"), std::string::npos) << difference;
}

}  // namespace
}  // namespace tarn::tests
