// `tarn wave compare` as a user calls it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "sw/wave/wave_reader.h"
#include "tests/trace/tarn_command.h"
#include "tests/wave/wave_files.h"

namespace tarn::wave {
namespace {

using Json = nlohmann::json;
using trace::Bytes;

// Twelve transactions, every third cycle, tags 0 to 3.
std::vector<Beat> SomeBeats() {
  std::vector<Beat> beats;
  for (std::uint64_t i = 0; i < 12; ++i) {
    beats.push_back({.cycle = 4 + 3 * i, .id = i % 4, .op = i % 3, .data = 0x1000 + 0x111 * i});
  }
  return beats;
}

std::vector<Beat> Later(std::vector<Beat> beats, std::uint64_t cycles) {
  for (Beat& beat : beats) beat.cycle += cycles;
  return beats;
}

class WaveCompare : public trace::TarnCommand, public testing::WithParamInterface<std::string> {
 protected:
  // Each test is run with FST and with VCD.
  std::string Name(const std::string& stem) const { return stem + "." + GetParam(); }
  void WriteWave(const std::string& stem, const BeatWave& wave) { WriteBeats(folder_ / Name(stem), wave); }
  void WriteText(const std::string& name, const std::string& text) {
    trace::WriteBytes(folder_ / name, Bytes(text.begin(), text.end()));
  }

  Outcome Compare(const std::string& options = "") {
    return Run("tarn wave compare " + Name("dut") + " " + Name("golden") + " " + options);
  }
  Json CompareToJson(int exit_status, const std::string& options = "") {
    const Outcome outcome = Compare("--json " + options);
    EXPECT_EQ(outcome.exit_status, exit_status) << options << "\n" << outcome.output << outcome.error;
    EXPECT_EQ(outcome.error, "") << options;
    return Json::parse(outcome.output, nullptr, false);
  }
  // One difference is found; it is answered.
  Json TheDifference(const std::string& options = "") {
    const Json json = CompareToJson(1, options);
    if (!json.is_object() || json.at("differences").size() != 1) {
      ADD_FAILURE() << json.dump(1);
      return Json::object();
    }
    return json["differences"][0];
  }
};

INSTANTIATE_TEST_SUITE_P(Of, WaveCompare, testing::Values("fst", "vcd"), [](const auto& one) { return one.param; });

TEST_P(WaveCompare, FindsTheSameDataWithAnotherLatencyTheSame) {
  WriteWave("dut", {.beats = Later(SomeBeats(), 7), .noise = 5});
  WriteWave("golden", {.beats = SomeBeats()});
  const Json json = CompareToJson(0);
  EXPECT_EQ(json.at("compared"), 12);
  EXPECT_EQ(json.at("signals"), 3);
  EXPECT_EQ(json.at("ports").at(0).at("name"), "tb.request");
  EXPECT_EQ(json["ports"][0].at("dut_later_min_cycles"), 7);
  EXPECT_EQ(json["ports"][0].at("dut_later_max_cycles"), 7);
  const Outcome outcome = Compare();
  EXPECT_TRUE(outcome.output.starts_with("SAME: 12 transactions compared, 3 signals\n")) << outcome.output;
}

TEST_P(WaveCompare, ReadsTheOtherFormatOnTheOtherSide) {
  WriteBeats(folder_ / "a.fst", {.beats = SomeBeats()});
  WriteBeats(folder_ / "b.vcd", {.beats = SomeBeats()});
  EXPECT_EQ(Run("tarn wave compare --exact a.fst b.vcd").exit_status, 0);
  EXPECT_EQ(Run("tarn wave compare b.vcd a.fst").exit_status, 0);
}

TEST_P(WaveCompare, FindsOneWrongBitInItsCycle) {
  std::vector<Beat> beats = Later(SomeBeats(), 2);
  beats[5].data ^= 0x40;
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  const Json difference = TheDifference();
  EXPECT_EQ(difference.at("signal"), "tb.request_data");
  EXPECT_EQ(difference.at("port"), "tb.request");
  EXPECT_EQ(difference.at("kind"), "value");
  EXPECT_EQ(difference.at("count"), 1);
  EXPECT_EQ(difference.at("dut").at("cycle"), 21);
  EXPECT_EQ(difference["dut"].at("time"), 215);
  EXPECT_EQ(difference.at("golden").at("cycle"), 19);
  EXPECT_EQ(difference.at("dut_value"), "0x1515");
  EXPECT_EQ(difference.at("golden_value"), "0x1555");
  ASSERT_EQ(difference.at("before").size(), 4);
  EXPECT_NE(difference["before"][3].get<std::string>().find("cycle 18 (golden cycle 16)"), std::string::npos);
  EXPECT_NE(difference["before"][3].get<std::string>().find("request_data=0x1444"), std::string::npos);
  const Outcome outcome = Compare();
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.output.find("tb.request_data: cycle 21, 215 ns: dut 0x1515, golden 0x1555"), std::string::npos)
      << outcome.output;
}

TEST_P(WaveCompare, CountsAllAndShowsTheFirstOfEachSignal) {
  std::vector<Beat> beats = SomeBeats();
  for (std::size_t i = 3; i < 6; ++i) beats[i].data += 1;
  beats[8].op = beats[8].op == 0 ? 1 : 0;
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  const Json json = CompareToJson(1);
  ASSERT_EQ(json.at("differences").size(), 2);
  EXPECT_EQ(json["differences"][0].at("signal"), "tb.request_data");
  EXPECT_EQ(json["differences"][0].at("count"), 3);
  EXPECT_EQ(json["differences"][0].at("dut").at("cycle"), beats[3].cycle);
  EXPECT_EQ(json["differences"][1].at("signal"), "tb.request_op");
  EXPECT_EQ(json["differences"][1].at("dut").at("cycle"), beats[8].cycle);
  EXPECT_EQ(json.at("ports").at(0).at("different"), 4);
}

TEST_P(WaveCompare, PairsByTagWhateverTheOrderAmongTags) {
  std::vector<Beat> beats = SomeBeats();
  std::swap(beats[2].cycle, beats[3].cycle);
  std::swap(beats[2], beats[3]);
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  EXPECT_EQ(CompareToJson(0).at("compared"), 12);
  // Within a tag, order counts: 4 to 0.
  beats = SomeBeats();
  std::swap(beats[0].data, beats[4].data);
  WriteWave("dut", {.beats = beats});
  EXPECT_EQ(TheDifference().at("count"), 2);
  // Without a tag, order counts at all.
  beats = SomeBeats();
  std::swap(beats[2].cycle, beats[3].cycle);
  std::swap(beats[2], beats[3]);
  WriteWave("dut", {.beats = beats});
  WriteText("rules.json", R"({"ports": [{"name": "p", "valid": "tb.request_valid", "ready": "tb.request_ready",
                                          "payload": ["tb.request_*"]}]})");
  EXPECT_EQ(CompareToJson(1, "--rules rules.json").at("differences").size(), 3);
}

TEST_P(WaveCompare, ReportsTransactionsOfOneSideOnly) {
  std::vector<Beat> beats = SomeBeats();
  beats.pop_back();
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  Json difference = TheDifference();
  EXPECT_EQ(difference.at("kind"), "only_golden");
  EXPECT_EQ(difference.at("golden").at("cycle"), SomeBeats().back().cycle);
  EXPECT_TRUE(difference.at("dut").is_null());
  beats = SomeBeats();
  beats.push_back({.cycle = 50, .id = 9, .op = 1, .data = 77});
  WriteWave("dut", {.beats = beats});
  difference = TheDifference();
  EXPECT_EQ(difference.at("kind"), "only_dut");
  EXPECT_EQ(difference.at("dut").at("cycle"), 50);
  EXPECT_NE(difference.at("dut_transaction").get<std::string>().find("request_data=0x4d"), std::string::npos);
}

TEST_P(WaveCompare, TakesWhatIsValidAndReadyOnly) {
  std::vector<Beat> beats = SomeBeats();
  for (Beat& beat : beats) beat.wait_cycles = 2;
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  EXPECT_EQ(CompareToJson(0).at("compared"), 12);
}

TEST_P(WaveCompare, BoundsLatencyWhenAsked) {
  std::vector<Beat> beats = Later(SomeBeats(), 3);
  beats[11].cycle += 2;
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  CompareToJson(0, "--latency-max 5");
  const Json difference = TheDifference("--latency-max 4");
  EXPECT_EQ(difference.at("kind"), "latency");
  EXPECT_EQ(difference.at("dut").at("cycle"), beats[11].cycle);
  EXPECT_EQ(TheDifference("--latency-max 2").at("count"), 12);
}

TEST_P(WaveCompare, ComparesEveryCycleWhenAsked) {
  WriteWave("dut", {.beats = SomeBeats(), .extra = "count"});
  WriteWave("golden", {.beats = SomeBeats(), .extra = "count"});
  EXPECT_EQ(CompareToJson(0, "--exact").at("compared"), SomeBeats().back().cycle + 3);
  EXPECT_EQ(CompareToJson(0).at("not_compared"), Json({"tb.count"}));

  WriteWave("dut", {.beats = SomeBeats(), .extra = "count", .noise = 1});
  CompareToJson(0);
  const Json difference = TheDifference("--exact");
  EXPECT_EQ(difference.at("signal"), "tb.request_data");
  EXPECT_EQ(difference.at("dut").at("cycle"), 0);
  EXPECT_EQ(difference.at("count"), SomeBeats().back().cycle + 3 - 12);

  std::vector<Beat> beats = SomeBeats();
  beats[7].data = 3;
  WriteWave("dut", {.beats = beats, .extra = "count"});
  EXPECT_EQ(TheDifference("--exact").at("dut").at("cycle"), beats[7].cycle);
  EXPECT_EQ(TheDifference("--exact").at("before").size(), 4);

  WriteWave("dut", {.beats = SomeBeats(), .cycles = 50, .extra = "count"});
  EXPECT_EQ(TheDifference("--exact").at("kind"), "cycles");
}

TEST_P(WaveCompare, LooksInsideWindowsOnly) {
  std::vector<Beat> beats = SomeBeats();
  beats[5].data ^= 1;
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  const std::string cycle = std::to_string(beats[5].cycle);
  const std::string before = std::to_string(beats[5].cycle - 1);
  const auto check = [&](const std::string& mode) {
    CompareToJson(0, mode + "--window 0:" + before);
    EXPECT_EQ(TheDifference(mode + "--window 0:" + cycle).at("dut").at("cycle"), beats[5].cycle);
    EXPECT_EQ(TheDifference(mode + "--window 0:3 --window " + cycle + ":" + cycle).at("count"), 1);
    const Outcome nothing = Compare(mode + "--window 1000:2000");
    EXPECT_EQ(nothing.exit_status, 2);
    EXPECT_NE(nothing.error.find("nothing was compared"), std::string::npos) << nothing.error;
  };
  check("");
  check("--exact ");
}

TEST_P(WaveCompare, RefusesASignalOnOneSideOnlyUnlessIgnored) {
  WriteWave("dut", {.beats = SomeBeats(), .extra = "mine"});
  WriteWave("golden", {.beats = SomeBeats()});
  const std::string call = "tarn wave compare " + Name("dut") + " " + Name("golden");
  ExpectBadInput(call, "tb.mine: on the side of dut only; .*");
  ExpectBadInput(call + " --exact", "tb.mine: on the side of dut only; .*");
  CompareToJson(0, "--ignore 'tb.m*'");
  CompareToJson(0, "--exact --ignore tb.mine");
  WriteText("rules.json", R"({"ignore": ["*.mine"]})");
  CompareToJson(0, "--rules rules.json");
  WriteWave("golden", {.beats = SomeBeats(), .extra = "other"});
  ExpectBadInput(call + " --ignore tb.mine", "tb.other: on the side of golden only; .*");
  WriteWave("golden", {.beats = SomeBeats(), .extra = "mine", .data_bits = 63});
  ExpectBadInput(call, "tb.request_data: has 64 bits in dut and 63 in golden");
}

TEST_P(WaveCompare, LooksAtChosenSignalsOnly) {
  WriteWave("dut", {.beats = SomeBeats(), .extra = "mine"});
  WriteWave("golden", {.beats = SomeBeats(), .extra = "other"});
  EXPECT_EQ(CompareToJson(0, "--only 'tb.request*' --only tb.clk").at("compared"), 12);
  EXPECT_EQ(CompareToJson(0, "--only 'tb.request*' --clock tb.clk").at("compared"), 12);
  // Whatever the rules name in ports needs no pattern.
  WriteText("rules.json", R"({"clock": "tb.clk", "only": ["tb.request_id"],
      "ports": [{"name": "p", "valid": "tb.request_valid", "ready": "tb.request_ready", "payload": ["tb.request_data"]}]})");
  const Json json = CompareToJson(0, "--rules rules.json");
  EXPECT_EQ(json.at("signals"), 1);
  EXPECT_EQ(json.at("not_compared"), Json({"tb.request_id"}));
  const std::string call = "tarn wave compare " + Name("dut") + " " + Name("golden");
  ExpectBadInput(call + " --only 'tb.request*'", "there is no signal clk_i, clk, clock_i or clock; see --clock");
  ExpectBadInput(call + " --only tb.mine", "golden: there is no signal, but for those left out");
}

TEST_P(WaveCompare, FailsWhenNothingWasCompared) {
  WriteWave("dut", {.cycles = 20});
  WriteWave("golden", {.cycles = 20});
  const std::string call = "tarn wave compare " + Name("dut") + " " + Name("golden");
  ExpectBadInput(call, "nothing was compared: no transaction on any port");
  ExpectBadInput(call + " --ignore '*_valid'", "nothing to compare: no signal is a port's valid; .*");
  ExpectBadInput(call + " --ignore '*'", "dut: there is no signal, but for those left out");
  ExpectBadInput(call + " --ignore '*clk'", "there is no signal clk_i, clk, clock_i or clock; see --clock");
  ExpectBadInput(call + " --clock tb.clock", "clock: there is no signal 'tb.clock'");
  ExpectBadInput(call + " --clock tb.request_id", "clock: 'tb.request_id' has more than one bit");
}

TEST_P(WaveCompare, LooksBelowScopes) {
  WriteWave("dut", {.beats = SomeBeats(), .scope = "probe"});
  WriteWave("golden", {.beats = SomeBeats()});
  const std::string call = "tarn wave compare " + Name("dut") + " " + Name("golden");
  ExpectBadInput(call, "probe.clk and 5 more: on the side of dut only; .*");
  EXPECT_EQ(CompareToJson(0, "--dut-scope probe --golden-scope tb").at("ports").at(0).at("name"), "request");
  ExpectBadInput(call + " --dut-scope prob", "dut: there is no signal in scope prob, .*");
}

TEST_P(WaveCompare, TellsValuesByTheirNames) {
  std::vector<Beat> beats = SomeBeats();
  beats[1].op = 2;
  beats[1].data = 0x5000000000000007;
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  WriteText("rules.json", R"({
    "enums": {"op_e": {"bits": 2, "values": {"Read": 0, "Write": 1, "Flush": 2}},
              "kind_e": {"bits": 3, "values": {"Plain": 0, "Odd": 2}}},
    "structs": {"low_t": [["upper", 57], ["count", 4]], "data_t": [["kind", "kind_e"], ["low", "low_t"]]},
    "signals": {"*.request_data": "data_t", "*.request_op": "op_e"}})");
  const Json json = CompareToJson(1, "--rules rules.json");
  ASSERT_EQ(json.at("differences").size(), 4) << json.dump(1);
  std::map<std::string, Json> by_signal;
  for (const Json& one : json["differences"]) by_signal[one.at("signal")] = one;
  EXPECT_EQ(by_signal.at("tb.request_op").at("dut_value"), "Flush (0x2)");
  EXPECT_EQ(by_signal["tb.request_op"].at("golden_value"), "Write (0x1)");
  EXPECT_EQ(by_signal.at("tb.request_data.kind").at("dut_value"), "Odd (0x2)");
  EXPECT_EQ(by_signal["tb.request_data.kind"].at("golden_value"), "Plain (0x0)");
  EXPECT_EQ(by_signal.at("tb.request_data.low.count").at("dut_value"), "0x7");
  EXPECT_EQ(by_signal["tb.request_data.low.count"].at("golden_value"), "0x1");
  EXPECT_EQ(by_signal.at("tb.request_data.low.upper").at("golden_value"), "0x111");
}

TEST_F(WaveCompare, TakesNamesOfValuesFromTheWave) {
  std::vector<Beat> beats = SomeBeats();
  beats[1].op = 2;
  WriteBeats(folder_ / "dut.fst", {.beats = beats});
  WriteBeats(folder_ / "golden.fst", {.beats = SomeBeats()});
  const Outcome outcome = Run("tarn wave compare dut.fst golden.fst");
  EXPECT_NE(outcome.output.find("dut Flush (0x2), golden Write (0x1)"), std::string::npos) << outcome.output;
}

TEST_P(WaveCompare, TakesWhatIsUnknownInTheGoldenWaveForAnythingIfTheRulesSaySo) {
  const auto write = [&](const std::string& stem, const std::string& data) {
    const auto file = WaveWriter::Create(folder_ / Name(stem));
    file->Scope("tb");
    const auto clk = file->Declare("clk", 1);
    const auto valid = file->Declare("valid", 1);
    const auto payload = file->Declare("data", 4);
    file->EndScope();
    file->Time(0);
    file->Set(clk, "0");
    file->Set(valid, "1");
    file->Set(payload, data);
    file->Time(5);
    file->Set(clk, "1");
  };
  WriteText("rules.json", R"({"golden_x_is_anything": true})");
  write("dut", "0110");
  write("golden", "01xx");
  EXPECT_EQ(TheDifference().at("golden_value"), "0b01xx");
  CompareToJson(0, "--rules rules.json");
  CompareToJson(0, "--exact --rules rules.json");
  write("golden", "11xx");
  TheDifference("--rules rules.json");
  write("dut", "01xx");
  write("golden", "0110");
  TheDifference("--rules rules.json");
}

TEST_P(WaveCompare, LeavesOutResetAndTakesTheFallingEdge) {
  const auto write = [&](const std::string& stem, const std::string& first) {
    const auto file = WaveWriter::Create(folder_ / Name(stem));
    file->Scope("tb");
    const auto clk = file->Declare("clk", 1);
    const auto rst = file->Declare("rst_ni", 1);
    const auto valid = file->Declare("valid", 1);
    const auto data = file->Declare("data", 4);
    file->EndScope();
    for (std::uint64_t cycle = 0; cycle < 6; ++cycle) {
      file->Time(10 * cycle);
      file->Set(clk, "0");
      file->Set(rst, cycle < 2 ? "0" : "1");
      file->Set(valid, "1");
      file->Set(data, cycle < 2 ? first : "0001");
      file->Time(10 * cycle + 5);
      file->Set(clk, "1");
      file->Set(data, cycle == 4 ? first : "0010");
    }
  };
  write("dut", "1111");
  write("golden", "1110");
  EXPECT_EQ(CompareToJson(1).at("compared"), 6);
  WriteText("rules.json",
            R"({"reset": "tb.rst_ni", "ports": [{"name": "p", "valid": "tb.valid", "payload": ["tb.data"]}]})");
  EXPECT_EQ(CompareToJson(0, "--rules rules.json").at("compared"), 4);
  WriteText("falling.json", R"({"reset": "tb.rst_ni", "clock_edge": "falling"})");
  EXPECT_EQ(TheDifference("--rules falling.json").at("dut").at("time"), 50);
}

TEST_P(WaveCompare, RefusesFilesThatAreBroken) {
  WriteWave("golden", {.beats = SomeBeats()});
  WriteWave("dut", {.beats = SomeBeats()});
  const Bytes whole = trace::ReadBytes(folder_ / Name("dut"));
  const std::string call = "tarn wave compare " + Name("dut") + " " + Name("golden");
  for (const std::size_t size : {std::size_t{1}, std::size_t{40}, whole.size() / 2, whole.size() - 1}) {
    trace::WriteBytes(folder_ / Name("dut"), Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    const Outcome outcome = Run(call);
    // Half a VCD is a VCD, if a line ends there; then transactions are missing.
    EXPECT_TRUE(outcome.exit_status == 2 || (outcome.exit_status == 1 && GetParam() == "vcd"))
        << size << outcome.output;
    EXPECT_EQ(outcome.exit_status == 2, !outcome.error.empty());
  }
  WriteText(Name("dut"), "");
  ExpectBadInput(call, Name("dut") + ": is empty, or no file");
  WriteText(Name("dut"), "no wave at all\n");
  ExpectBadInput(call, Name("dut") + ": is neither FST nor VCD");
  ExpectBadInput("tarn wave compare none " + Name("golden"), "none: cannot be read");
  ExpectBadInput("tarn wave compare " + Name("golden") + " .", "\\.: is empty, or no file");
}

TEST_F(WaveCompare, SaysInWhichLineAVcdIsWrong) {
  WriteBeats(folder_ / "golden.vcd", {.beats = SomeBeats()});
  const std::string head = "$timescale 1ns $end\n$scope module tb $end\n$var wire 2 ! clk $end\n$upscope $end\n";
  const auto expect = [&](const std::string& text, const std::string& message) {
    WriteText("dut.vcd", text);
    ExpectBadInput("tarn wave summary dut.vcd --clock c", "dut.vcd:" + message);
  };
  expect("$scope module tb\n", "2: ends before \\$end: it was cut off");
  expect(head, "5: ends before \\$enddefinitions: .*");
  expect("$var wire x ! clk $end\n", "1: \\$var: 'x' is no number of bits");
  expect("$var wire 0 ! clk $end\n", "1: \\$var: '0' is no number of bits");
  expect("$upscope $end\n", "1: \\$upscope without a \\$scope");
  expect("$timescale 3ns $end\n", "1: \\$timescale '3ns' is not .*");
  expect(" hello $end\n", "1: 'hello' is no declaration of a VCD");
  const std::string body =
      "$var wire 1 ! c $end $var wire 1 % valid $end\n$var wire 2 # data $end\n$enddefinitions $end\n";
  expect(body + "#1\n1$\n", "5: '\\$' is no code of a signal");
  expect(body + "#1\nb111 #\n", "5: a value of other bits than its signal has");
  expect(body + "#2\n#1\n", "5: time goes back, from 2 to 1");
  expect(body + "#x\n", "4: '#x' is no time");
  expect(body + "#1\n?!\n", "5: '\\?!' is no change of a value");
  expect(body + "#1\n0!\n#3", "6: is cut off: its last line does not end");
}

TEST_F(WaveCompare, EndsInOneLineWhereTheFstLibraryWouldDie) {
  WriteBeats(folder_ / "dut.fst", {.beats = SomeBeats()});
  const Bytes whole = trace::ReadBytes(folder_ / "dut.fst");
  WriteBeats(folder_ / "golden.fst", {.beats = SomeBeats()});
  int refused = 0;
  for (std::size_t at = 330; at + 8 < whole.size(); at += 7) {  // behind the header's block
    Bytes broken = whole;
    broken[at] ^= 0xFF;
    trace::WriteBytes(folder_ / "dut.fst", broken);
    // The library loops for ever on some, which is found out after some seconds.
    const Outcome outcome = Run("timeout 60 " TARN_PROGRAM " wave compare dut.fst golden.fst");
    EXPECT_LE(outcome.exit_status, 2) << at << "\n" << outcome.error;
    if (outcome.exit_status == 2) ++refused;
    EXPECT_TRUE(outcome.exit_status != 2 || !outcome.error.empty()) << at;
  }
  EXPECT_GT(refused, 10);
}

TEST_P(WaveCompare, WritesAJUnitReport) {
  std::vector<Beat> beats = SomeBeats();
  beats[5].data ^= 0x40;
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  EXPECT_EQ(Compare("--junit r.xml").exit_status, 1);
  ASSERT_EQ(Run("python3 -c \"import xml.etree.ElementTree as t; s = t.parse('r.xml').getroot(); "
                "print(s.tag, s.get('tests'), s.get('failures')); "
                "print([c.get('name') for c in s if c.find('failure') is not None])\" > out")
                .exit_status,
            0);
  EXPECT_EQ(trace::Text(folder_ / "out"), "testsuite 4 1\n['tb.request_data']\n");
  WriteWave("dut", {.beats = SomeBeats()});
  EXPECT_EQ(Compare("--junit r.xml").exit_status, 0);
  EXPECT_NE(trace::Text(folder_ / "r.xml").find("failures=\"0\""), std::string::npos);
  ExpectBadInput("tarn wave compare " + Name("dut") + " " + Name("golden") + " --junit no/out",
                 "--junit: no/out: cannot be written: .*");
}

// Changes of a merged wave, as the library's own reader tells them.
TEST_P(WaveCompare, WritesBothWavesAndTheDifferenceIntoOne) {
  std::vector<Beat> beats = Later(SomeBeats(), 2);
  beats[5].data ^= 0x40;
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  const Outcome outcome = Compare("--merged m.fst");
  EXPECT_EQ(outcome.exit_status, 1) << outcome.error;
  // Each side of it is what it was made from.
  EXPECT_EQ(Run("tarn wave compare --exact m.fst " + Name("dut") + " --dut-scope dut").exit_status, 0);
  EXPECT_EQ(Run("tarn wave compare --exact " + Name("golden") + " m.fst --golden-scope golden").exit_status, 0);
  // What differs is marked from the edge to the clock's next change.
  std::vector<std::pair<std::uint64_t, char>> pulses;
  class Pulses : public ChangeSink {
   public:
    Pulses(Handle handle, std::vector<std::pair<std::uint64_t, char>>& into) : handle_(handle), pulses_(into) {}
    void Change(std::uint64_t time, Handle handle, const char* value) override {
      const bool news = pulses_.empty() || pulses_.back().second != value[0];
      if (handle == handle_ && news) pulses_.emplace_back(time, value[0]);
    }

   private:
    Handle handle_;
    std::vector<std::pair<std::uint64_t, char>>& pulses_;
  };
  for (const char* name : {"diff.any", "diff.tb.request_data"}) {
    const auto fresh = WaveReader::Open(folder_ / "m.fst");
    const std::vector<Signal>& all = (*fresh)->header().signals;
    const auto signal = std::find_if(all.begin(), all.end(), [&](const Signal& one) { return one.path == name; });
    ASSERT_NE(signal, all.end()) << name;
    pulses.clear();
    Pulses sink(signal->handle, pulses);
    ASSERT_TRUE((*fresh)->ForEachChange(std::vector<bool>((*fresh)->header().handles_end, true), sink).ok());
    EXPECT_EQ(pulses, (std::vector<std::pair<std::uint64_t, char>>{{0, '0'}, {215, '1'}, {220, '0'}})) << name;
  }
  const std::string save = trace::Text(folder_ / "m.gtkw");
  EXPECT_NE(save.find("m.fst\"\n"), std::string::npos);
  EXPECT_NE(save.find(" 215 -1 -1 "), std::string::npos);
  EXPECT_NE(save.find("\n[timestart] 143\n*-5.16993 "), std::string::npos)
      << save;  // eight cycles of 9 before; 36 in 200 pixels
  for (const char* line :
       {"\ndut.tb.request_data[63:0]\n", "\ngolden.tb.request_valid\n", "\ndiff.tb.request_data\n"}) {
    EXPECT_NE(save.find(line), std::string::npos) << line;
  }
  const std::string call = "tarn wave compare " + Name("dut") + " " + Name("golden");
  ExpectBadInput(call + " --merged no/m.fst", "--merged: no/m.fst: cannot be written: .*");
  ExpectBadInput(call + " --merged m.vcd", "--merged: 'm.vcd' is no name such as merged.fst");
}

// Two ports, each with a clock of its own, and none for all.
TEST_P(WaveCompare, SamplesEachPortAtItsClock) {
  const auto write = [&](const std::string& stem, std::uint64_t wrong) {
    const auto wave = WaveWriter::Create(folder_ / Name(stem));
    wave->Scope("tb");
    const std::array clocks = {wave->Declare("clk_fast", 1), wave->Declare("clk_slow", 1)};
    const std::array valids = {wave->Declare("fast_valid", 1), wave->Declare("slow_valid", 1)};
    const std::array values = {wave->Declare("fast", 8), wave->Declare("slow", 8)};
    wave->EndScope();
    static constexpr std::array<std::uint64_t, 2> kHalf = {5, 7};
    for (std::uint64_t time = 0; time < 1400; ++time) {
      wave->Time(time);
      for (std::size_t i = 0; i < 2; ++i) {
        if (time % kHalf[i] != 0) continue;
        const std::uint64_t half = time / kHalf[i];
        if (half % 2 == 0) wave->Set(valids[i], half % 6 == 0 ? "1" : "0");
        if (half % 2 == 0) wave->Set(values[i], Binary(half / 2 + (i == 1 && half / 2 == wrong ? 64 : 0), 8));
        wave->Set(clocks[i], half % 2 == 0 ? "0" : "1");
      }
    }
  };
  write("golden", 1000);
  write("dut", 30);
  WriteText("r.json",
            R"({"dut_scope": "tb", "golden_scope": "tb", "ports": [
                {"name": "fast", "valid": "fast_valid", "payload": ["fast"], "clock": "clk_fast"},
                {"name": "slow", "valid": "slow_valid", "payload": ["slow"], "clock": "clk_slow"}]})");
  const Json difference = TheDifference("--rules r.json");
  EXPECT_EQ(difference.at("signal"), "slow");
  EXPECT_EQ(difference.at("dut").at("cycle"), 30);
  EXPECT_EQ(difference.at("dut").at("time"), 61 * 7);
  const Json json = CompareToJson(1, "--rules r.json");
  EXPECT_EQ(json.at("ports")[0].at("compared"), 47);  // 140 cycles, every third
  EXPECT_EQ(json.at("ports")[1].at("compared"), 34);  // 100
}

// What Icarus Verilog writes in both its formats, with all that a Verilog program declares.
class WaveOfIcarus : public trace::TarnCommand {
 protected:
  void SetUp() override {
    if (Run("iverilog -V").exit_status != 0) GTEST_SKIP() << "no iverilog here";
    const std::string source = R"(`timescale 1ns/1ps
module leaf #(parameter W = 8) (input clk_i, input req_valid_i, output reg req_ready_o, input [W-1:0] req_i,
                                output reg rsp_valid_o, output reg [W-1:0] rsp_o);
  integer count = 0;
  real level = 0.5;
  reg [127:0] wide = 0;
  reg [31:0] mem [0:3];
  event hit;
  time t;
  reg \escaped.name[3] = 0;
  supply1 vdd;
  tri z;
  localparam [8*5-1:0] S = "hello";
  initial begin req_ready_o = 0; rsp_valid_o = 0; end
  always @(posedge clk_i) begin
    req_ready_o <= $random;
    rsp_valid_o <= req_valid_i && req_ready_o;
    rsp_o <= req_i ^ (count == `FAULT ? 8'h10 : 8'h00);
    count <= count + 1;
    level <= level * 1.01;
    wide <= {wide[126:0], req_i[0]};
    mem[count % 4] <= count;
    t <= $time;
    \escaped.name[3] <= count[2];
    -> hit;
  end
endmodule
module tb;
  reg clk_i = 0, v = 0;
  reg [7:0] r = 0;
  wire ready, valid;
  wire [7:0] response;
  integer seed = 3;
  always #5 clk_i = ~clk_i;
  leaf dut (.clk_i(clk_i), .req_valid_i(v), .req_ready_o(ready), .req_i(r), .rsp_valid_o(valid), .rsp_o(response));
  always @(posedge clk_i) begin v <= $random(seed); if (!v || ready) r <= $random(seed); end
  initial begin
    $dumpfile(`OUT);
    $dumpvars(0, tb);
    #300 $dumpoff;
    #100 $dumpon;
    #5000 $finish;
  end
  function f; input a; f = a; endfunction
endmodule
)";
    trace::WriteBytes(folder_ / "a.v", Bytes(source.begin(), source.end()));
  }
  // fault: the cycle in which a bit of a response is wrong.
  void Simulate(const std::string& name, int fault) {
    const std::string format = name.ends_with(".fst") ? " -fst" : "";
    ASSERT_EQ(Run("iverilog -g2012 -DFAULT=" + std::to_string(fault) + " -DOUT='\"" + name +
                  "\"' -o a.vvp a.v && vvp a.vvp" + format)
                  .exit_status,
              0);
  }
};

TEST_F(WaveOfIcarus, IsTheSameInBothFormats) {
  Simulate("a.vcd", -1);
  Simulate("a.fst", -1);
  for (const char* files : {"a.vcd a.fst", "a.fst a.vcd"}) {
    EXPECT_EQ(Run(std::string("tarn wave compare ") + files).exit_status, 0) << files;
    const Outcome exact = Run(std::string("tarn wave compare --exact ") + files);
    EXPECT_EQ(exact.exit_status, 0) << files << exact.output << exact.error;
  }
}

TEST_F(WaveOfIcarus, ShowsAFaultInItsCycle) {
  Simulate("bad.fst", 200);
  Simulate("good.vcd", -1);
  const Outcome outcome = Run("tarn wave compare --exact bad.fst good.vcd --merged m.fst --json");
  EXPECT_EQ(outcome.exit_status, 1) << outcome.error;
  const Json json = Json::parse(outcome.output, nullptr, false);
  // Ten of its cycles are not in the file; what the 201st wrote is sampled by the next edge.
  EXPECT_EQ(json.at("differences")[0].at("dut").at("cycle"), 191) << outcome.output;
  // A real stays one in the merged wave.
  const auto merged = WaveReader::Open(folder_ / "m.fst");
  ASSERT_TRUE(merged.ok());
  int reals = 0;
  for (const Signal& signal : (*merged)->header().signals) reals += signal.real ? 1 : 0;
  EXPECT_EQ(reals, 2);
  EXPECT_EQ(Run("tarn wave compare --exact m.fst bad.fst --dut-scope dut").exit_status, 0);
}

TEST_P(WaveCompare, DrawsWhatStoodAroundTheDifferences) {
  std::vector<Beat> beats = Later(SomeBeats(), 2);
  beats[5].data ^= 0x40;
  WriteWave("dut", {.beats = beats});
  WriteWave("golden", {.beats = SomeBeats()});
  EXPECT_EQ(Compare("--html page.html").exit_status, 1);
  const std::string page = trace::Text(folder_ / "page.html");
  EXPECT_TRUE(page.ends_with("</html>\n"));
  for (const char* text :
       {"Different: ", "<h3>dut, cycle 21, 215 ns</h3>", "<h3>golden, cycle 19, 195 ns</h3>", "<title>0x1515</title>",
        "<title>0x1555</title>", ">13</text>", ">29</text>",
        "<text class=differs x=0 y=143><title>tb.request_data</title>", "cycle 18 (golden cycle 16)"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text << "\n" << page;
  }
  EXPECT_EQ(page.find(">30</text>"), std::string::npos);  // eight cycles on either side
  EXPECT_EQ(Compare("--exact --html page.html").exit_status, 1);
  EXPECT_NE(trace::Text(folder_ / "page.html").find("cycle by cycle"), std::string::npos);
  WriteWave("dut", {.beats = SomeBeats()});
  EXPECT_EQ(Compare("--html page.html").exit_status, 0);
  EXPECT_NE(trace::Text(folder_ / "page.html").find("The same: 12 transactions"), std::string::npos);
  // A transaction of one side only has a picture of that side.
  WriteWave("dut", {.beats = std::vector<Beat>(beats.begin(), beats.begin() + 5)});
  EXPECT_EQ(Compare("--html page.html").exit_status, 1);
  EXPECT_NE(trace::Text(folder_ / "page.html").find("<h3>dut</h3><p class=note>has no such transaction"),
            std::string::npos);
  const std::string call = "tarn wave compare " + Name("dut") + " " + Name("golden");
  ExpectBadInput(call + " --html no/page.html", "--html: no/page.html: cannot be written: .*");
  ExpectBadInput(call + " --html ''", "--html: '' names no file to write");
}

TEST_P(WaveCompare, SumsUpAWave) {
  std::vector<Beat> beats = SomeBeats();
  beats[3].wait_cycles = 2;
  beats[4].wait_cycles = 1;
  WriteWave("dut", {.beats = beats, .answers = true});
  const Outcome outcome = Run("tarn wave summary --json " + Name("dut"));
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  const Json json = Json::parse(outcome.output);
  EXPECT_EQ(json.at("cycles"), beats.back().cycle + 3);
  ASSERT_EQ(json.at("ports").size(), 2);
  const Json& port = json["ports"][0];
  EXPECT_EQ(port.at("name"), "tb.request");
  EXPECT_EQ(port.at("transactions"), 12);
  EXPECT_EQ(port.at("waiting_cycles"), 3);
  EXPECT_EQ(port.at("wait_max_cycles"), 2);
  EXPECT_DOUBLE_EQ(port.at("back_pressure_pct").get<double>(), 20.0);
  ASSERT_EQ(json.at("latencies").size(), 1);
  EXPECT_EQ(json["latencies"][0].at("from"), "tb.request");
  EXPECT_EQ(json["latencies"][0].at("to"), "tb.response");
  EXPECT_EQ(json["latencies"][0].at("pairs"), 12);
  EXPECT_EQ(json["latencies"][0].at("min_cycles"), 2);
  EXPECT_EQ(json["latencies"][0].at("max_cycles"), 2);
  EXPECT_NE(Run("tarn wave summary " + Name("dut")).output.find("tb.request: 12 transactions"), std::string::npos);
  ExpectBadInput("tarn wave summary " + Name("dut") + " --ignore '*valid'", "no signal is a port's valid; .*");
  ExpectBadInput("tarn wave summary " + Name("dut") + " --exact", "--exact: has no meaning for a summary");
  ExpectBadInput("tarn wave summary " + Name("dut") + " --window 1:2", "--window: has no meaning for a summary");
  WriteText("r.json", R"({"latencies": [{"from": "tb.request", "to": "tb.reply"}]})");
  ExpectBadInput("tarn wave summary " + Name("dut") + " --rules r.json", "latencies: there is no port 'tb.reply'");
}

// As in a wave of the node: a signal of a unit beside those of its ports that have the same name.
TEST_F(WaveCompare, TellsPortsOfOneNameApart) {
  WriteText("names.vcd",
            "$scope module tb $end\n$var wire 1 ! clk $end\n$var wire 1 # hot_valid_i $end\n"
            "$var wire 1 $ hot_valid_o $end\n$var wire 1 % hot_valid $end\n$upscope $end\n$enddefinitions $end\n"
            "#0\n0!\n1#\n0$\n1%\n#5\n1!\n#10\n0!\n#15\n1!\n#20\n0!\n");
  const Outcome outcome = Run("tarn wave summary names.vcd --json");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  const Json json = Json::parse(outcome.output);
  std::vector<std::string> names;
  for (const Json& port : json.at("ports")) names.push_back(port.at("name"));
  EXPECT_EQ(names, (std::vector<std::string>{"tb.hot", "tb.hot_o", "tb.hot_valid"}));
}

// As Verilator writes arrays of ports, and structures that have a field called like a valid.
TEST_F(WaveCompare, TellsPortsOfAnArrayApartAndFieldsFromPorts) {
  WriteText("array.vcd",
            "$scope module tb $end\n$var wire 1 ! clk $end\n$var wire 1 # hot_valid_i[0] $end\n"
            "$var wire 1 $ hot_valid_i[1] $end\n$var wire 1 % hot_ready_o[1] $end\n$scope module hot_i[1] $end\n"
            "$var wire 4 & tag $end\n$var wire 1 ' process_valid $end\n$upscope $end\n$upscope $end\n"
            "$enddefinitions $end\n#0\n0!\n1#\n1$\n1%\nb11 &\n1'\n#5\n1!\n#10\n0!\n0%\n#15\n1!\n#20\n0!\n");
  const Outcome outcome = Run("tarn wave summary array.vcd --json");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  std::vector<std::pair<std::string, int>> ports;
  const Json json = Json::parse(outcome.output);
  for (const Json& port : json.at("ports")) {
    ports.emplace_back(port.at("name"), port.at("transactions"));
  }
  EXPECT_EQ(ports, (std::vector<std::pair<std::string, int>>{{"tb.hot[0]", 2}, {"tb.hot[1]", 1}})) << outcome.output;
}

// A port within a block has no suffix. An instance may be called like one: its ports stay ports.
TEST_F(WaveCompare, TellsFieldsOfAnInnerPortFromPortsOfAnInstance) {
  WriteText("inner.vcd",
            "$scope module tb $end\n$var wire 1 ! clk $end\n$var wire 1 # fault_valid $end\n"
            "$scope module fault $end\n$var wire 4 & id $end\n$var wire 1 ' process_valid $end\n$upscope $end\n"
            "$var wire 1 ( walk_valid $end\n$scope module walk $end\n$var wire 1 ) in_valid $end\n"
            "$var wire 1 * in_ready $end\n$upscope $end\n$upscope $end\n"
            "$enddefinitions $end\n#0\n0!\n1#\nb11 &\n1'\n0(\n1)\n1*\n#5\n1!\n#10\n0!\n1(\n0#\n#15\n1!\n#20\n0!\n");
  const Outcome outcome = Run("tarn wave summary inner.vcd --json");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  std::map<std::string, int> ports;
  const Json json = Json::parse(outcome.output);
  for (const Json& port : json.at("ports")) ports[port.at("name")] = port.at("transactions");
  EXPECT_EQ(ports, (std::map<std::string, int>{{"tb.fault", 1}, {"tb.walk", 1}, {"tb.walk.in", 2}})) << outcome.output;
}

// A scope and names with a '.' in each, and beside them a scope and a name that would be the same without. VALUE stands
// on the port in cycle 0, and in a.b from cycle 1 on.
constexpr const char* kWaveWithDots = R"($timescale 1ns $end
$scope module tb $end
$var wire 1 ! clk $end
$var wire 8 # \a.b [7:0] $end
$scope module a $end $var wire 8 $ b [7:0] $end $upscope $end
$scope module d.e $end $var wire 1 % \u.req_valid $end $var wire 8 & \u.req_data [7:0] $end $upscope $end
$upscope $end
$enddefinitions $end
#0 0! b1 # b0 $ 1% bVALUE &
#5 1!
#10 0! bVALUE #
#15 1!
#20 0!
)";

class WaveWithDots : public WaveCompare {
 protected:
  // dut is as Verilator writes such names, golden as Icarus Verilog does.
  void SetUp() override {
    WriteText("dut.vcd", std::regex_replace(Golden("10"), std::regex(R"(\\)"), ""));
    WriteText("golden.vcd", Golden("11"));
  }
  static std::string Golden(const std::string& value) {
    return std::regex_replace(kWaveWithDots, std::regex("VALUE"), value);
  }
  std::vector<std::string> SignalsOf(const std::string& file) {
    const auto wave = WaveReader::Open(folder_ / file);
    EXPECT_TRUE(wave.ok()) << file;
    if (!wave.ok()) return {};
    std::vector<std::string> paths;
    for (const Signal& signal : (*wave)->header().signals) paths.push_back(signal.path);
    std::sort(paths.begin(), paths.end());
    return paths;
  }
};

TEST_F(WaveWithDots, TellsNamesFromScopesWhicheverSimulatorWroteThem) {
  const std::vector<std::string> signals = {R"(tb.\a.b)", R"(tb.\d.e .\u.req_data)", R"(tb.\d.e .\u.req_valid)",
                                            "tb.a.b", "tb.clk"};
  EXPECT_EQ(SignalsOf("dut.vcd"), signals);
  EXPECT_EQ(SignalsOf("golden.vcd"), signals);
  WriteText("golden.vcd", Golden("10"));
  EXPECT_EQ(Run("tarn wave compare --exact dut.vcd golden.vcd").exit_status, 0);
}

TEST_F(WaveWithDots, KeepsThemWholeInTheMergedWaveAndForGtkwave) {
  EXPECT_EQ(Run("tarn wave compare --exact dut.vcd golden.vcd --merged m.fst").exit_status, 1);
  std::vector<std::string> expected = {"diff.any", R"(diff.tb.\a.b)", R"(diff.tb.\d.e .\u.req_data)"};
  for (const std::string side : {"dut", "golden"}) {
    for (const std::string& path : SignalsOf("dut.vcd")) expected.push_back((side + ".").append(path));
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(SignalsOf("m.fst"), expected);
  EXPECT_EQ(Run("tarn wave compare --exact m.fst dut.vcd --dut-scope dut").exit_status, 0);
  const std::string save = trace::Text(folder_ / "m.gtkw");
  for (const char* line : {R"(dut.tb.\a.b[7:0])", R"(golden.tb.\d.e.\u.req_data[7:0])", R"(diff.tb.\a.b)"}) {
    EXPECT_NE(save.find("\n" + std::string(line) + "\n"), std::string::npos) << line << "\n" << save;
  }
  // A field of such a signal.
  WriteText("r.json", R"({"structs": {"s": [["high", 4], ["low", 4]]}, "signals": {"*.\\a.*": "s"}})");
  EXPECT_EQ(Run("tarn wave compare --exact dut.vcd golden.vcd --rules r.json --merged m.fst").exit_status, 1);
  const std::vector<std::string> merged = SignalsOf("m.fst");
  EXPECT_EQ(std::count(merged.begin(), merged.end(), R"(diff.tb.\a.b .low)"), 1);
}

TEST_F(WaveWithDots, ShowsThemWhole) {
  const Outcome compare = Run("tarn wave compare dut.vcd golden.vcd --html page.html");
  EXPECT_NE(compare.output.find(R"(  tb.\d.e .\u.req_data: cycle 0, 5 ns: dut 0x2, golden 0x3)"), std::string::npos);
  EXPECT_NE(compare.output.find(R"(    dut     \u.req_data=0x2)"), std::string::npos) << compare.output;
  EXPECT_NE(trace::Text(folder_ / "page.html").find(R"(<title>tb.\d.e .\u.req_data</title>)"), std::string::npos);
  EXPECT_NE(Run("tarn wave summary dut.vcd").output.find(R"(  tb.\d.e .\u.req: 2 transactions)"), std::string::npos);
  const Outcome inside = Run(R"(tarn wave summary dut.vcd --dut-scope 'tb.\d.e' --clock '\u.req_valid')");
  EXPECT_NE(inside.output.find(R"(  \u.req: )"), std::string::npos) << inside.output << inside.error;
  EXPECT_EQ(Run(R"(tarn wave compare --exact dut.vcd golden.vcd --ignore 'tb.\d.e .*' --ignore '*.\a.b')").exit_status,
            0);
}

TEST_F(WaveCompare, RefusesWhatItDoesNotUnderstand) {
  WriteBeats(folder_ / "a.fst", {.beats = SomeBeats()});
  ExpectBadInput("tarn wave", "wants 'compare' or 'summary'; see --help");
  ExpectBadInput("tarn wave look a.fst", "wants 'compare' or 'summary'; see --help");
  ExpectBadInput("tarn wave compare a.fst", "compare: wants two files; see --help");
  ExpectBadInput("tarn wave compare a.fst a.fst --frobnicate", "unrecognised option '--frobnicate'; see --help");
  ExpectBadInput("tarn wave compare a.fst a.fst --latency-max -1", "--latency-max: '-1' is not a whole number .*");
  ExpectBadInput("tarn wave compare a.fst a.fst --exact --latency-max 1", "--latency-max: has no meaning with --exact");
  ExpectBadInput("tarn wave compare a.fst a.fst --window 5", "--window: '5' is not FROM:TO, such as 100:200");
  ExpectBadInput("tarn wave compare a.fst a.fst --window 5:4", "--window: '4' is not a whole number .*");
  ExpectBadInput("tarn wave compare a.fst a.fst --rules none", "--rules: none: cannot be read");
  const auto expect_rules = [&](const std::string& json, const std::string& message) {
    WriteText("r.json", json);
    ExpectBadInput("tarn wave compare a.fst a.fst --rules r.json", message);
  };
  expect_rules("{", "--rules: r.json: .*parse error.*");
  expect_rules("[]", "--rules: r.json: the file: is no object");
  expect_rules(R"({"clok": "clk"})", "--rules: r.json: the file: 'clok' means nothing here");
  expect_rules(R"({"clock": 3})", "--rules: r.json: .*type must be string.*");
  expect_rules(R"({"clock_edge": "both"})", "--rules: r.json: clock_edge: 'both' is not rising or falling");
  expect_rules(R"({"enums": {"e": {"bits": 1, "values": {"A": 2}}}})", "--rules: r.json: enums.e: A does not fit");
  expect_rules(R"({"structs": {"s": [["a", "t"]]}})", "--rules: r.json: structs.s: type 't' is not declared before");
  expect_rules(R"({"signals": {"a": "t"}})", "--rules: r.json: signals: type 't' is not declared");
  expect_rules(R"({"structs": {"s": [["a", 3]]}, "signals": {"tb.request_data": "s"}})",
               "tb.request_data: has 64 bits, its type s has 3");
  expect_rules(R"({"ports": [{"name": "p"}]})", "--rules: r.json: .*key 'valid' not found.*");
  expect_rules(R"({"ports": [{"name": "p", "valid": "tb.v"}]})", "port p: there is no signal 'tb.v'");
  expect_rules(R"({"ports": [{"name": "p", "valid": "tb.request_valid", "payload": ["q*"]}]})",
               "port p: no signal is like 'q\\*'");
  expect_rules(R"({"ports": [{"name": "p", "valid": "tb.request_valid", "tag": "t"}]})", "port p: there is no tag 't'");
}

TEST_F(WaveCompare, ExplainsItself) {
  const Outcome help = Run("tarn wave --help");
  EXPECT_EQ(help.exit_status, 0);
  for (const char* word :
       {"usage: tarn wave compare", "--rules", "--exact", "--latency-max", "--window", "--junit", "--html", "--only"}) {
    EXPECT_NE(help.output.find(word), std::string::npos) << word;
  }
  EXPECT_NE(Run("tarn --help").output.find("  wave\t"), std::string::npos);
}

}  // namespace
}  // namespace tarn::wave
