// `tarn channel` as a user calls it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "models/channel/preset_file.h"
#include "tests/trace/tarn_command.h"

namespace tarn::channel {
namespace {

using Json = nlohmann::json;
using trace::Bytes;

class ChannelCommand : public trace::TarnCommand {
 protected:
  void Write(const std::string& name, const std::string& text) {
    trace::WriteBytes(folder_ / name, Bytes(text.begin(), text.end()));
  }
  std::string Read(const std::string& name) { return trace::Text(folder_ / name); }

  // The figures of a run that is to pass.
  Json Figures(const std::string& arguments) {
    const Outcome outcome = Run("tarn channel --json --quiet " + arguments);
    EXPECT_EQ(outcome.exit_status, 0) << arguments << "\n" << outcome.error << outcome.output;
    EXPECT_EQ(outcome.error, "") << arguments;
    return Json::parse(outcome.output, nullptr, false);
  }

  // All that does not depend on the machine's speed or on names.
  static Json Comparable(Json figures) {
    for (const char* name : {"seconds", "cycles_per_second"}) figures.erase(name);
    for (Json& one : figures["classes"]) one.erase("trace");
    return figures;
  }

  static std::vector<std::string> Lines(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
  }
};

// The bench and the command are two programs; the same trace gives the same figures.
TEST_F(ChannelCommand, MeasuresWhatTheBenchMeasures) {
  ASSERT_EQ(Run(CHANNEL_BENCH " --quick --json bench.json").exit_status, 0);
  const Json bench = Json::parse(Read("bench.json"));
  const auto value = [&](const std::string& name) { return bench.at("channel." + name)["value"].get<double>(); };
  for (const std::string name : {"seq_bg", "seq_row", "rnd_r", "rnd_67", "add_bg"}) {
    EXPECT_DOUBLE_EQ(Figures("--lines 2000 --generate " + name)["bus_pct"], value(name + "_pct")) << name;
  }
  EXPECT_DOUBLE_EQ(Figures("--lines 2000 --generate rnd_67 --preset ddr4_3200_22")["bus_pct"],
                   value("ddr4_3200_rnd_67_pct"));
  for (const auto& [preset, name] :
       {std::pair("ddr5_4800_36", "ddr5_4800_"), std::pair("lpddr4_3200_28", "lpddr4_3200_"),
        std::pair("ddr3_1600_11", "ddr3_1600_")}) {
    EXPECT_DOUBLE_EQ(Figures(std::string("--lines 2000 --generate add_bg --preset ") + preset)["bus_pct"],
                     value(std::string(name) + "add_bg_pct"))
        << preset;
  }
  EXPECT_DOUBLE_EQ(Figures("--lines 2000 --generate seq_row --mapping rochrabacobg")["bus_pct"],
                   value("seq_mapped_pct"));
  EXPECT_DOUBLE_EQ(Figures("--lines 2000 --generate stride --bank-hash 1,2,0x4,0x8")["bus_pct"],
                   value("stride_hashed_pct"));
  const std::string idle = "--lines 2000 --generate rnd_r --interval 100";
  EXPECT_DOUBLE_EQ(Figures(idle)["read_accept_to_last_beat_clocks"], value("idle_random_ck"));
  EXPECT_DOUBLE_EQ(Figures(idle + " --idle-precharge 8")["read_accept_to_last_beat_clocks"],
                   value("idle_precharge_random_ck"));
}

// What is written is read again as the same, by every format; so the figures are the same, to the clock.
TEST_F(ChannelCommand, ReadsWhatItExportsInEveryFormat) {
  const Json made = Comparable(Figures("--lines 1000 --generate rnd_67"));
  for (const std::string format : {"dramsim3", "ramulator", "loadstore", "readwrite", "tarn"}) {
    const std::string file = "t." + format;
    const Json exporting = Figures(("--lines 1000 --generate rnd_67 --to " + format).append(" --export ").append(file));
    EXPECT_EQ(Comparable(exporting), made) << format;
    EXPECT_EQ(Comparable(Figures(file)), made) << format;
    Figures(("--export again --to " + format).append(" ").append(file));
    EXPECT_EQ(Read("again"), Read(file)) << format;
  }
  EXPECT_EQ(Lines(Read("t.dramsim3"))[1], "0x2849680 WRITE 1");
  EXPECT_EQ(Lines(Read("t.ramulator"))[1], "0x2849680 W");
  EXPECT_EQ(Lines(Read("t.loadstore"))[1], "ST 0x2849680");
  EXPECT_EQ(Lines(Read("t.readwrite"))[1], "W 0,0,0,1,322,90");
}

TEST_F(ChannelCommand, LaysTheGoldenSchedulerBeside) {
  const Json alone = Figures("--lines 1000 --generate rnd_67 --idle-precharge 8");
  EXPECT_FALSE(alone.contains("golden_scheduler_commands"));
  const Json beside = Figures("--lines 1000 --generate rnd_67 --idle-precharge 8 --golden-scheduler");
  EXPECT_GT(beside["golden_scheduler_commands"], 2'000);
  EXPECT_EQ(beside["clocks"], alone["clocks"]);
}

TEST_F(ChannelCommand, RefreshesBanksAlone) {
  const std::string trace = "--lines 20000 --generate seq_bg --preset lpddr4_3200_28";
  const Json all = Figures(trace), alone = Figures(trace + " --refresh banks");
  EXPECT_LT(alone["clocks"].get<double>(), 0.97 * all["clocks"].get<double>());
  EXPECT_GT(alone["refreshes"].get<double>(), 4 * all["refreshes"].get<double>());
  ExpectBadInput("tarn channel --generate rnd_r --refresh some", "--refresh: 'some' is neither all nor banks");
  ExpectBadInput("tarn channel --generate rnd_r --refresh banks",
                 "--refresh: DDR4 \\(ddr4_2400_17\\) has no refresh of banks alone");
  ExpectBadInput("tarn channel --generate rnd_r --preset lpddr4_3200_28 --refresh banks --golden-scheduler",
                 "--refresh: the golden scheduler knows only refresh of all banks");
}

TEST_F(ChannelCommand, ExportsPlacesAsTheMappingMakesThem) {
  Figures("--lines 9 --generate seq_row --mapping robacobg --export t --to readwrite");
  const std::vector<std::string> lines = Lines(Read("t"));
  EXPECT_EQ(lines[1], "R 0,0,1,0,0,0");
  EXPECT_EQ(lines[3], "R 0,0,3,0,0,0");
  EXPECT_EQ(lines[4], "R 0,0,0,0,0,1");
}

TEST_F(ChannelCommand, ReplaysATimedTraceByItsCycles) {
  Write("t", "0x0 READ 5000\n0x40 READ 5100\n0x80 WRITE 5200\n0x80 READ 15000\n");
  const Json timed = Figures("t --mode timed");
  EXPECT_EQ(timed["lines"], 4);
  EXPECT_NEAR(timed["clocks"].get<double>(), 10000 + 22, 20);
  EXPECT_EQ(timed["classes"][0]["read_clocks_since_due"]["max"], timed["classes"][0]["read_clocks"]["max"]);
  EXPECT_LT(Figures("t")["clocks"].get<double>(), 200);
}

TEST_F(ChannelCommand, ReplaysTracesOnSeveralClassPorts) {
  Write("walks", "LD 0x40\nST 0x1000\nLD 0x1000\n");
  const Json figures = Figures("walk=walks --generate bulk=seq_bg --generate rnd_r --lines 500");
  ASSERT_EQ(figures["classes"].size(), 3u);
  EXPECT_EQ(figures["lines"], 1003);
  EXPECT_EQ(figures["classes"][0]["class"], "walk");
  EXPECT_EQ(figures["classes"][0]["writes"], 1);
  EXPECT_EQ(figures["classes"][1]["class"], "bulk");
  EXPECT_EQ(figures["classes"][2]["class"], "host");
}

// The bundled traces are virtual addresses, wider than any module.
TEST_F(ChannelCommand, FitsWideAddressesIntoTheModule) {
  Write("t", "R 0x7fff00000040\nW 0x40\nR 0x7fff00001040\n");
  const Json wrapped = Figures("t --export w --to ramulator");
  EXPECT_EQ(wrapped["wrapped"], 2);
  EXPECT_EQ(Read("w"), "0x100000040 R\n0x40 W\n0x100001040 R\n");
  const Json touched = Figures("t --place first-touch --export w --to ramulator");
  EXPECT_EQ(touched["wrapped"], 0);
  EXPECT_EQ(Read("w"), "0x40 R\n0x1040 W\n0x2040 R\n");
}

TEST_F(ChannelCommand, WritesTheCommandsOnThePins) {
  Write("t", "0x0 READ 0\n0x40 WRITE 0\n0x8000 READ 0\n");  // row 0, twice; the same bank group's next bank
  Figures("t --commands c");
  const std::vector<std::string> lines = Lines(Read("c"));
  ASSERT_EQ(lines.size(), 5u) << Read("c");
  EXPECT_TRUE(std::regex_match(lines[0], std::regex("[0-9]+ +activate               0   0   0   0      0x0     -0x1")))
      << lines[0];
  std::vector<std::string> commands;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    std::string clock, command, channel, rank, bank_group, bank, row, column;
    words >> clock >> command >> channel >> rank >> bank_group >> bank >> row >> column;
    std::string one = command;
    one.append(" ").append(bank_group).append(" ").append(bank).append(" ").append(row).append(" ").append(column);
    commands.push_back(one);
  }
  std::sort(commands.begin(), commands.end());
  EXPECT_EQ(commands, (std::vector<std::string>{"activate 0 0 0x0 -0x1", "activate 0 1 0x0 -0x1", "read 0 0 0x0 0x0",
                                                "read 0 1 0x0 0x0", "write 0 0 0x0 0x1"}));
  Figures("t --commands c --commands-to ramulator");
  const std::vector<std::string> csv = Lines(Read("c"));
  ASSERT_EQ(csv.size(), 6u) << Read("c");
  EXPECT_EQ(csv[0], "clock,command,Channel,Rank,BankGroup,Bank,Row,Column,type,source");
  EXPECT_TRUE(std::regex_match(csv[1], std::regex("[0-9]+,ACT,0,0,0,0,0,-1,-1,-1"))) << csv[1];
  EXPECT_NE(Read("c").find(",WR,0,0,0,0,0,1,1,-1\n"), std::string::npos) << Read("c");
}

// As many of each kind as the figures say, refreshes too, and the clocks as the timings want them.
TEST_F(ChannelCommand, WritesAsManyCommandsAsItCounts) {
  const Json figures = Figures("--generate rnd_67 --lines 10000 --commands c --commands-to ramulator");
  const std::string text = Read("c");
  const auto count = [&](const std::string& command) {
    std::uint64_t found = 0;
    for (std::size_t at = text.find(command); at != std::string::npos; at = text.find(command, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(count(",RD,") + count(",WR,"),
            10000 - figures["forwarded"].get<std::uint64_t>() - figures["merged"].get<std::uint64_t>());
  EXPECT_EQ(count(",ACT,"), figures["activates"].get<std::uint64_t>());
  EXPECT_GE(count(",REFab,"), figures["refreshes"].get<std::uint64_t>());
  EXPECT_GT(figures["refreshes"], 0);
  std::uint64_t before = 0;
  for (const std::string& line : Lines(text.substr(text.find('\n') + 1))) {
    const std::uint64_t clock = std::stoull(line);
    EXPECT_TRUE(before == 0 || clock > before) << line;
    before = clock;
  }
}

TEST_F(ChannelCommand, PrintsTheFigures) {
  const Outcome outcome = Run("tarn channel --quiet --generate rnd_67 --lines 2000");
  EXPECT_EQ(outcome.exit_status, 0);
  EXPECT_EQ(outcome.error, "");
  EXPECT_TRUE(outcome.output.starts_with("PASSED: preset ddr4_2400_17, saturated, mapping rochrababgco\n"))
      << outcome.output;
  for (const char* text : {"share of the data bus   59.", "row conflicts", "refreshes", "forwarded", "merged",
                           "turnarounds", "stalls", "read, accept to answer mean ", ", p99 ", "####",
                           "timing violations       0\n", "wrong answers           0\n", " a second\n"}) {
    EXPECT_NE(outcome.output.find(text), std::string::npos) << text << "\n" << outcome.output;
  }
}

TEST_F(ChannelCommand, TellsTheHistogramInJson) {
  const Json reads = Figures("--generate rnd_r --lines 3000")["classes"][0]["read_clocks"];
  std::uint64_t count = 0, sum = 0, last = 0;
  for (const Json& pair : reads["counts"]) {
    last = pair[0].get<std::uint64_t>();
    count += pair[1].get<std::uint64_t>();
    sum += last * pair[1].get<std::uint64_t>();
  }
  EXPECT_EQ(count, 3000u);
  EXPECT_EQ(reads["max"], last);
  EXPECT_NEAR(reads["mean"].get<double>(), static_cast<double>(sum) / 3000, 1e-9);
}

// Planted: the controller is told a tRAS and tRC (0x24: RAS, RC, FAW, RTP) that the module does not have.
TEST_F(ChannelCommand, FailsWhenATimingRuleIsBroken) {
  const Outcome outcome = Run("tarn channel --quiet --generate stride --lines 100 --set 0x200=0x091a2e1d");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_TRUE(outcome.output.starts_with("FAILED: ")) << outcome.output;
  EXPECT_NE(outcome.output.find("first violation: "), std::string::npos) << outcome.output;
  const Outcome json = Run("tarn channel --quiet --json --generate stride --lines 100 --set 0x200=0x091a2e1d");
  EXPECT_EQ(json.exit_status, 1);
  EXPECT_GT(Json::parse(json.output)["violations"], 10);
  EXPECT_EQ(Json::parse(json.output)["passed"], false);
}

// Planted: the mapping register says otherwise than what is expected.
TEST_F(ChannelCommand, FailsWhenAnAnswerIsWrong) {
  const Outcome outcome = Run("tarn channel --quiet --generate seq_row --lines 100 --set 0x50=0x0700");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.output.find("failure: a wrong answer in cycle "), std::string::npos) << outcome.output;
}

TEST_F(ChannelCommand, TakesAPresetFileAndNamesTheRuleThatOneBreaks) {
  const std::string preset = trace::Text(PresetFile("ddr4_3200_22"));
  Write("mine.json", preset);
  EXPECT_EQ(Comparable(Figures("--preset mine.json --generate rnd_r --lines 500"))["clocks"],
            Figures("--preset ddr4_3200_22 --generate rnd_r --lines 500")["clocks"]);
  const std::string from = "\"RC\": {\"clocks\": 74";
  ASSERT_NE(preset.find(from), std::string::npos);
  std::string broken = preset;
  broken.replace(broken.find(from), from.size(), "\"RC\": {\"clocks\": 73");
  Write("broken.json", broken);
  Write("text.json", "hello\n");
  ExpectBadInput("tarn channel --generate rnd_r --preset broken.json",
                 "--preset: broken.json: the preset breaks the rule tRC \\(73\\) >= tRAS \\(52\\) \\+ tRP \\(22\\)");
  ExpectBadInput("tarn channel --generate rnd_r --preset text.json", "--preset: text.json: not JSON");
  ExpectBadInput("tarn channel --generate rnd_r --preset none.json", "--preset: none.json: cannot be read");
  ExpectBadInput("tarn channel --generate rnd_r --preset ddr9",
                 "--preset: 'ddr9' is not one of ddr3_1600_11, ddr4_2400_17, .* nor a file that ends in .json");
}

TEST_F(ChannelCommand, SaysWhichLineOfATraceIsWrong) {
  Write("dramsim3", "0x40 READ 1\n0x80 WRITE 2\n0xc0 FETCH 3\n");
  Write("falling", "0x40 READ 7\n0x80 READ 6\n");
  Write("ramulator", "0x40 R\n0x80 X\n");
  Write("loadstore", "LD 64\nLD 0xg\n");
  Write("readwrite", "R 0,0,0,0,0,0\nR 0,0,4,0,0,0\n");
  Write("text", "hello\n");
  Write("empty", "# nothing\n");
  Write("cut", "0x40 READ 1\n0x80 READ");
  ExpectBadInput("tarn channel dramsim3",
                 "dramsim3:3: '0xc0 FETCH 3' is not a line of the dramsim3 format, such as .*");
  ExpectBadInput("tarn channel falling", "falling:2: cycle 6 comes after cycle 7; cycles must not fall");
  ExpectBadInput("tarn channel ramulator", "ramulator:2: '0x80 X' is not a line of the ramulator format, such as .*");
  ExpectBadInput("tarn channel loadstore", "loadstore:2: 'LD 0xg' is not a line of the loadstore format, such as .*");
  ExpectBadInput("tarn channel readwrite",
                 "readwrite:2: 'R 0,0,4,0,0,0' is not a line of the readwrite format, such as .*");
  ExpectBadInput("tarn channel text", "text:1: neither a Tarn trace nor a line of .*");
  ExpectBadInput("tarn channel empty", "empty: holds no access; .*");
  ExpectBadInput("tarn channel cut", "cut:2: the last line has no newline: the file was cut short");
  ExpectBadInput("tarn channel missing", "missing: cannot be read: .*");
}

TEST_F(ChannelCommand, RefusesWhatItCannotDo) {
  Write("t", "LD 0x40\nLD 0x80\n");
  Write("places", "R 0,0,1,2,3,4\n");
  ExpectBadInput("tarn channel", "wants a trace, or --generate NAME; .*");
  ExpectBadInput("tarn channel --generate rnd", "--generate: 'rnd' is not one of seq_bg, .*");
  ExpectBadInput("tarn channel t --generate rnd_r", "--generate: class host has a trace already, 't'; .*");
  ExpectBadInput("tarn channel t --mode fast", "--mode: 'fast' is neither saturated nor timed");
  ExpectBadInput("tarn channel t --mode timed", "--mode timed: t gives no cycles; .*");
  ExpectBadInput("tarn channel t --mode timed --interval 5", "--interval: a timed trace has its own times");
  ExpectBadInput("tarn channel t --interval 0", "--interval: '0' is not a whole number from 1 .*");
  ExpectBadInput("tarn channel t --lines 0", "--lines: '0' is not a whole number from 1 .*");
  ExpectBadInput("tarn channel t --seed -1", "--seed: '-1' is not a whole number .*");
  ExpectBadInput("tarn channel t --place here", "--place: 'here' is neither wrap nor first-touch");
  for (const char* mapping : {"rococo", "robaco", "robabgc", "robabgcoxx", "robabgcobg", "''"}) {
    ExpectBadInput("tarn channel t --mapping " + std::string(mapping), "--mapping: '.*' is no mapping such as .*");
  }
  for (const char* hash : {"1,2,4", "1,2,4,8,16", "1,2,4,0x10000", "1,2,4,x", "''"}) {
    ExpectBadInput("tarn channel t --bank-hash " + std::string(hash), "--bank-hash: '.*' is not 4 sets .*");
  }
  ExpectBadInput("tarn channel places --mapping robacobg", "--mapping: places names places in the module, .*");
  ExpectBadInput("tarn channel places --preset ddr5_4800_36", "--preset: places names places in a module of 16 .*");
  ExpectBadInput("tarn channel t --preset ddr5_4800_36 --export out --to readwrite", "--to: readwrite names places .*");
  ExpectBadInput("tarn channel t --preset ddr5_4800_36 --bank-hash 1,2,4,8", "--bank-hash: '.*' is not 5 sets .*");
  ExpectBadInput("tarn channel t --idle-precharge 256", "--idle-precharge: '256' is not a whole number .*");
  for (const char* set : {"8", "8=", "9=1", "0x1000=1", "8=0x100000000", "x=1"}) {
    ExpectBadInput("tarn channel t --set " + std::string(set), "--set: '.*' is not OFFSET=VALUE, such as .*");
  }
  ExpectBadInput("tarn channel t --export ''", "--export: '' names no file to write");
  ExpectBadInput("tarn channel t --export no/out", "--export: no/out: cannot be written: .*");
  ExpectBadInput("tarn channel t --export out --to lackey", "--to: 'lackey' is not one of dramsim3, .*");
  ExpectBadInput("tarn channel t --generate bulk=rnd_r --export out", "--export: a file holds one trace; .*");
  ExpectBadInput("tarn channel t --commands no/out", "--commands: no/out: cannot be written: .*");
  ExpectBadInput("tarn channel t --commands c --commands-to csv", "--commands-to: 'csv' is not one of .*");
  ExpectBadInput("tarn channel t --report ''", "--report: '' names no file to write");
  ExpectBadInput("tarn channel t --report no/out", "--report: no/out: cannot be written: .*");
  ExpectBadInput("tarn channel t --from lines", "--from: 'lines' is no format; .*");
  ExpectBadInput("tarn channel t --frobnicate", "unrecognised option '--frobnicate'; see --help");
  Write("c.ini", "mode = timed\nmapping = up\n");
  ExpectBadInput("tarn channel t --config c.ini", "c.ini:2: --mapping: 'up' is no mapping .*");
}

TEST_F(ChannelCommand, WritesAReportWithPlots) {
  Figures("--generate rnd_67 --generate bulk=seq_bg --lines 3000 --report r.html");
  const std::string html = Read("r.html");
  EXPECT_TRUE(html.starts_with("<!doctype html>")) << html.substr(0, 100);
  EXPECT_TRUE(html.ends_with("</html>\n"));
  EXPECT_NE(html.find("no timing rule was broken"), std::string::npos);
  EXPECT_NE(html.find("<tr><td>row conflicts<td>"), std::string::npos);
  std::size_t plots = 0;
  for (std::size_t at = html.find("<svg"); at != std::string::npos; at = html.find("<svg", at + 1)) ++plots;
  EXPECT_EQ(plots, 3u);
  const Outcome failed = Run("tarn channel -q --generate seq_row --lines 100 --set 0x50=0x0700 --report r.html");
  EXPECT_EQ(failed.exit_status, 1);
  EXPECT_NE(Read("r.html").find("The replay failed."), std::string::npos);
}

TEST_F(ChannelCommand, StudiesFastAndSlowCellsWithEachPolicy) {
  const Outcome outcome = Run("tarn channel --slow-study slow_pcm_dimm --lines 1000 --json --quiet --report r.html");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  const Json study = Json::parse(outcome.output);
  EXPECT_TRUE(study.at("passed").get<bool>());
  ASSERT_EQ(study.at("curves").size(), 3u);
  const auto at = [&](std::size_t curve, unsigned slow_percent) {
    for (const Json& point : study["curves"][curve].at("points")) {
      if (point.at("slow_pct") == slow_percent) return point.at("bus_pct").get<double>();
    }
    return 0.0;
  };
  EXPECT_DOUBLE_EQ(at(1, 0), at(0, 0)) << "there is nothing slow";
  EXPECT_LE(at(2, 0), at(0, 0)) << "fast reads are in order too";
  for (const unsigned percent : {10u, 20u}) {
    EXPECT_GT(at(0, percent), at(1, percent)) << percent;
    EXPECT_GT(at(1, percent), at(2, percent)) << percent;
  }
  EXPECT_NE(Read("r.html").find("<svg"), std::string::npos);
  ExpectBadInput("tarn channel --slow-study slow_tape", "--slow-study: .*slow_tape.json: cannot be read");
  ExpectBadInput("tarn channel --slow-study slow_pcm t", "--slow-study: has streams of its own, and takes no trace");
  ExpectBadInput("tarn channel --slow-study slow_pcm --commands c", "--slow-study: goes without --export, .*");
  ExpectBadInput("tarn channel --slow-study slow_pcm --golden-scheduler", "--slow-study: goes without .*");
  ExpectBadInput("tarn channel --slow-study slow_pcm --preset ddr5_4800_36", "--slow-study: the channel with slow .*");
  Write("mine.json", trace::Text(PresetFile("ddr4_3200_22")));
  ExpectBadInput("tarn channel --slow-study slow_pcm --preset mine.json",
                 "--slow-study: wants a preset by its name: .*");
  ExpectBadInput("tarn channel --slow-study slow_pcm --report no/out", "--report: no/out: cannot be written: .*");
}

TEST_F(ChannelCommand, ExplainsItself) {
  const Outcome help = Run("tarn channel --help");
  EXPECT_EQ(help.exit_status, 0);
  EXPECT_TRUE(help.output.starts_with("usage: tarn channel [OPTIONS] [TRACE...]\n")) << help.output;
  for (const char* option : {"--trace", "--generate", "--preset", "--mode", "--export", "--commands", "--json"}) {
    EXPECT_NE(help.output.find(option), std::string::npos) << option;
  }
  EXPECT_NE(Run("tarn --help").output.find("  channel\t"), std::string::npos);
}

TEST_F(ChannelCommand, EndsInOrderWhenItIsInterrupted) {
  const Outcome outcome =
      Run("timeout --preserve-status -s TERM 2 " TARN_PROGRAM " channel --quiet --generate seq_row --lines 2000000");
  EXPECT_EQ(outcome.exit_status, 130);
  EXPECT_TRUE(outcome.output.starts_with("PASSED, interrupted: ")) << outcome.output;
}

}  // namespace
}  // namespace tarn::channel
