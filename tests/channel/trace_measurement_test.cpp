// Replays on the channel alone: they measure right, and see what is wrong.
#include "tb/channel/trace_measurement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "models/channel/channel_registers.h"
#include "models/channel/preset_file.h"
#include "models/channel/timing_registers.h"
#include "tb/channel/seeded_memory.h"

namespace tarn::channel {
namespace {

class TraceMeasurement : public testing::Test {
 protected:
  Measurement Measure(const std::vector<ClassTrace>& traces, const MeasurementOptions& options = {}) {
    const auto preset = LoadPreset(PresetFile("ddr4_2400_17"));
    const auto rules = tb::LoadTimingRules(PresetFile("ddr4_2400_17"));
    return MeasureTraces(*preset, *rules, traces, options);
  }
  Measurement Measure(const std::vector<TraceAccess>& trace, const Pace& pace = {},
                      const MeasurementOptions& options = {}) {
    return Measure({ClassTrace{.trace = &trace, .pace = pace}}, options);
  }
};

// A lone read of a closed bank: the channel's own pipeline, then tRCD, CL and the burst (17 + 17 + 4 clocks).
TEST_F(TraceMeasurement, MeasuresALoneRead) {
  const Measurement result = Measure({{false, 5}});
  EXPECT_EQ(result.failure, "");
  EXPECT_TRUE(result.passed());
  EXPECT_EQ(result.lines, 1u);
  EXPECT_EQ(result.clocks, 38u);  // from the activate to the last beat
  EXPECT_EQ(result.data_clocks, 4u);
  EXPECT_EQ(result.row_misses, 1u);
  EXPECT_EQ(result.row_hits + result.row_conflicts, 0u);
  ASSERT_EQ(result.classes.size(), 1u);
  EXPECT_EQ(result.classes[0].read_latency.count(), 1u);
  EXPECT_GE(result.read_to_last_beat, 38.0);
  EXPECT_LE(result.read_to_last_beat, 48.0);
  EXPECT_GE(result.classes[0].read_latency.max(), 38u);
}

TEST_F(TraceMeasurement, CountsWhatIsForwardedAndMerged) {
  const Measurement result = Measure({{true, 7}, {false, 7}, {true, 7}, {true, 9}});
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.forwarded, 1u);
  EXPECT_EQ(result.merged, 1u);
  EXPECT_EQ(result.module_reads, 0u);
  EXPECT_EQ(result.module_writes, 2u);
  EXPECT_EQ(result.data_clocks, 8u);
  EXPECT_EQ(result.read_to_last_beat, 0.0);
  EXPECT_DOUBLE_EQ(result.BusPercent(), 2 * result.DataPercent());  // four lines for two bursts
}

// An access waits for its cycle; one that is late is measured from the cycle it was due in, too.
TEST_F(TraceMeasurement, OffersATimedTraceByItsClock) {
  const Measurement spread = Measure({{false, 1, 0}, {false, 2, 1000}, {false, 3, 3000}}, {.timed = true});
  EXPECT_EQ(spread.failure, "");
  EXPECT_NEAR(static_cast<double>(spread.clocks), 3000 + 22, 10);  // the last one hits the row: CL and the burst
  EXPECT_EQ(spread.classes[0].read_latency.max(), spread.classes[0].read_latency_since_due.max());
  std::vector<TraceAccess> burst;
  for (std::uint64_t i = 0; i < 500; ++i) burst.push_back({false, i << 11, 0});  // one bank, a row each: a tRC each
  const Measurement late = Measure(burst, {.timed = true});
  EXPECT_EQ(late.failure, "");
  EXPECT_GT(late.classes[0].read_latency_since_due.max(), 499u * 56);
  EXPECT_LT(late.classes[0].read_latency.max(), 200u * 56);
}

TEST_F(TraceMeasurement, KeepsTheIntervalAskedFor) {
  const Measurement result = Measure(MakeTrace("seq_row", 50), {.interval_cycles = 100});
  EXPECT_EQ(result.failure, "");
  EXPECT_NEAR(static_cast<double>(result.clocks), 49 * 100 + 38, 20);
}

// Three classes at once, one of them at the lines of another.
TEST_F(TraceMeasurement, ReplaysSeveralClassesThatTouchTheSameLines) {
  const std::vector<TraceAccess> mixed = MakeTrace("rnd_67", 2000), few = [] {
    std::vector<TraceAccess> trace;
    for (std::uint64_t i = 0; i < 2000; ++i) trace.push_back({i % 3 == 0, i % 5});
    return trace;
  }();
  std::vector<TraceAccess> others = few;
  for (TraceAccess& access : others) access.line = 4 - access.line;
  const Measurement result = Measure({{.port = TrafficClass::kHost, .trace = &mixed},
                                      {.port = TrafficClass::kWalk, .trace = &few},
                                      {.port = TrafficClass::kBulk, .trace = &others}});
  EXPECT_EQ(result.failure, "");
  EXPECT_EQ(result.lines, 6000u);
  ASSERT_EQ(result.classes.size(), 3u);
  for (const ClassMeasurement& one : result.classes) EXPECT_EQ(one.reads + one.writes, 2000u);
}

TEST_F(TraceMeasurement, CountsDataByStretchesOfTime) {
  const Measurement result = Measure(MakeTrace("seq_bg", 20000));
  EXPECT_EQ(result.failure, "");
  std::uint64_t sum = 0;
  for (const std::uint32_t clocks : result.data_windows) {
    EXPECT_LE(clocks, result.window_clocks);
    sum += clocks;
  }
  EXPECT_EQ(sum, result.data_clocks);
  EXPECT_LE(result.data_windows.size(), 512u);
  EXPECT_GT(result.data_windows.size(), 100u);
}

TEST_F(TraceMeasurement, EndsWhenItIsTold) {
  MeasurementOptions options;
  std::uint64_t asked = 0;
  options.go_on = [&](std::uint64_t, std::uint64_t lines, std::uint64_t) {
    EXPECT_EQ(lines, 20000u);
    return ++asked < 2;
  };
  const Measurement result = Measure(MakeTrace("rnd_r", 20000), {}, options);
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.failure, "");
  EXPECT_GT(result.lines, 0u);
  EXPECT_LT(result.lines, 20000u);
}

// Planted: a controller that thinks that tRAS is a clock shorter than it is.
TEST_F(TraceMeasurement, CountsTheViolationsOfATimingRule) {
  const auto preset = LoadPreset(PresetFile("ddr4_2400_17"));
  MeasurementOptions options;
  for (RegisterWrite write : TimingRegisters(*preset)) {
    namespace row = channel_registers::timing_row;
    if (write.offset != row::kOffset) continue;
    write.value = row::Ras::Set(write.value, row::Ras::Get(write.value) - 6);
    write.value = row::Rc::Set(write.value, row::Rc::Get(write.value) - 6);
    options.registers.push_back(write);
  }
  ASSERT_EQ(options.registers.size(), 1u);
  std::vector<TraceAccess> trace;
  for (std::uint64_t i = 0; i < 100; ++i) trace.push_back({false, i << 11});  // one bank, a row each
  const Measurement result = Measure(trace, {}, options);
  EXPECT_GT(result.violations, 50u);
  EXPECT_FALSE(result.passed());
  EXPECT_NE(result.first_violation.find("tR"), std::string::npos) << result.first_violation;
  EXPECT_EQ(result.failure, "");  // all else was right, and the replay went on to its end
  EXPECT_EQ(result.lines, 100u);
}

// Content that goes wrong in the module: one bit of what is read, or a write that is lost.
class FaultyMemory : public SeededMemory {
 public:
  enum class Fault { kFlipsABit, kLosesAWrite };
  FaultyMemory(Fault fault, std::uint64_t line) : SeededMemory(1), fault_(fault), line_(line) {}

  LineStatus ReadLine(std::uint64_t line, Line& data) override {
    const LineStatus status = SeededMemory::ReadLine(line, data);
    if (fault_ == Fault::kFlipsABit && line == line_) data[63] ^= 0x80;
    return status;
  }
  void WriteLine(std::uint64_t line, const Line& data, std::uint64_t mask, bool poison) override {
    if (fault_ == Fault::kLosesAWrite && line == line_) return;
    SeededMemory::WriteLine(line, data, mask, poison);
  }

 private:
  Fault fault_;
  std::uint64_t line_;
};

TEST_F(TraceMeasurement, SeesASingleWrongBit) {
  FaultyMemory memory(FaultyMemory::Fault::kFlipsABit, 30);
  MeasurementOptions options;
  options.content = &memory;
  const Measurement result = Measure(MakeTrace("seq_row", 200), {}, options);
  EXPECT_EQ(result.mismatches, 1u);
  EXPECT_FALSE(result.passed());
  EXPECT_NE(result.failure.find("to the read of line 30 taken"), std::string::npos) << result.failure;
}

TEST_F(TraceMeasurement, SeesAWriteThatNeverReachedTheModule) {
  FaultyMemory memory(FaultyMemory::Fault::kLosesAWrite, 30);
  MeasurementOptions options;
  options.content = &memory;
  std::vector<TraceAccess> trace = MakeTrace("seq_row", 200);
  for (TraceAccess& access : trace) access.write = true;
  const Measurement result = Measure(trace, {}, options);
  EXPECT_FALSE(result.passed());
  EXPECT_NE(result.failure.find("does not hold what was written to line 30\n"), std::string::npos) << result.failure;
}

// What is expected follows the golden mapping: a channel that maps otherwise than it was told is found.
TEST_F(TraceMeasurement, SeesAnotherMappingThanTheOneAskedFor) {
  MeasurementOptions options;
  options.registers.push_back({channel_registers::mapping::kOffset, 0 | 7 << 8});
  const Measurement result = Measure(MakeTrace("seq_row", 10), {}, options);
  EXPECT_FALSE(result.passed());
  EXPECT_GE(result.mismatches, 1u);
}

TEST(LatencyCounts, GivesExactFigures) {
  LatencyCounts latency;
  EXPECT_EQ(latency.Percentile(50), 0u);
  for (std::uint64_t value = 1; value <= 200; ++value) latency.Add(value);
  EXPECT_EQ(latency.count(), 200u);
  EXPECT_DOUBLE_EQ(latency.mean(), 100.5);
  EXPECT_EQ(latency.Percentile(50), 100u);
  EXPECT_EQ(latency.Percentile(95), 190u);
  EXPECT_EQ(latency.Percentile(99), 198u);
  EXPECT_EQ(latency.Percentile(100), 200u);
  latency.Add(std::uint64_t{1} << 40);
  EXPECT_EQ(latency.max(), std::uint64_t{1} << 40);
  EXPECT_EQ(latency.Percentile(100), LatencyCounts::kValueMax);
}

TEST(ChannelTraces, BeginTheSameHoweverLongTheyAre) {
  for (const char* name : TraceNames()) {
    const std::vector<TraceAccess> whole = MakeTrace(name), shorter = MakeTrace(name, 1000),
                                   longer = MakeTrace(name, whole.size() + 10);
    ASSERT_EQ(shorter.size(), 1000u) << name;
    ASSERT_EQ(longer.size(), whole.size() + 10) << name;
    const auto same = [](const TraceAccess& a, const TraceAccess& b) { return a.write == b.write && a.line == b.line; };
    EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), whole.begin(), same)) << name;
    EXPECT_TRUE(std::equal(whole.begin(), whole.end(), longer.begin(), same)) << name;
  }
  EXPECT_TRUE(MakeTrace("other").empty());
}

}  // namespace
}  // namespace tarn::channel
