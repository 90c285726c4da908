// `tarn run` as a user calls it. Most runs are on the golden model, which is fast; what is tested is the command.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/trace/tarn_command.h"

namespace tarn::trace {
namespace {

using Json = nlohmann::json;

class RunCommand : public TarnCommand {
 protected:
  static constexpr const char* kShort = "tarn run --platform model --lines 3000 --quiet ";
};

TEST_F(RunCommand, ReplaysTheBundledTracesAndWritesBothReports) {
  const Outcome outcome = Run(std::string(kShort) + "--report r.html");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output << outcome.error;
  EXPECT_NE(outcome.output.find("PASSED"), std::string::npos);
  const Json report = Json::parse(Text(folder_ / "r.json"));
  EXPECT_TRUE(report["passed"].get<bool>());
  EXPECT_EQ(report["lines"].get<int>(), 12000);
  EXPECT_EQ(report["hosts"].size(), 4U);
  const std::string html = Text(folder_ / "r.html");
  EXPECT_NE(html.find("Every byte read was right"), std::string::npos);
  EXPECT_EQ(html.find("http://"), html.find("http://www.w3.org")) << "the report must need no network";
}

std::size_t CountOf(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++count;
  return count;
}

TEST_F(RunCommand, ThePlotsOfAReportAreNamedAfterTracesOfAnyName) {
  const Outcome outcome =
      Run("printf 'R 0x1000\\nW 0x2000\\n' > a.txt; n=\"$(printf 'a`touch pwned`\\047\\042<\\n%%d.tarntrace')\"; "
          "tarn trace convert a.txt \"$n\"; tarn run --platform model --quiet --report r.html \"$n\"");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output << outcome.error;
  EXPECT_EQ(CountOf(Text(folder_ / "r.html"), "<svg"), 5U) << "latency, bandwidth, bus, residents, paging";
  EXPECT_FALSE(std::filesystem::exists(folder_ / "pwned"));
}

TEST_F(RunCommand, PrintsOneJsonDocument) {
  const Outcome outcome = Run(std::string(kShort) + "--json --report none");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  const Json report = Json::parse(outcome.output);
  EXPECT_EQ(report["slots"].get<int>(), report["footprint_segments"].get<int>() / 2);
}

TEST_F(RunCommand, TakesOptionsFromAConfigFileAndTheCommandLineWins) {
  const Outcome outcome =
      Run("printf 'platform = model\\nlines = 500\\nquiet = true\\nreport = none\\n' > c.ini; "
          "tarn run --config c.ini --lines 250 --json");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  EXPECT_EQ(Json::parse(outcome.output)["lines"].get<int>(), 1000);
}

TEST_F(RunCommand, PutsSeveralTracesOnOneHost) {
  const Outcome outcome =
      Run("printf 'R 0x1000\\nW 0x2000\\n' > a.txt; tarn trace convert a.txt a.tarntrace; "
          "tarn run --platform model --pool 2MiB --quiet --report none --json 1=a.tarntrace "
          "1=a.tarntrace 3=a.tarntrace 3=a.tarntrace");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  const Json hosts = Json::parse(outcome.output.substr(outcome.output.find('{')))["hosts"];
  ASSERT_EQ(hosts.size(), 2U);
  EXPECT_EQ(hosts[0]["programs"].size(), 2U);
  EXPECT_EQ(hosts[0]["addressing"], "CPU");
  EXPECT_EQ(hosts[1]["addressing"], "device, Sv39 over Sv39x4");
}

TEST_F(RunCommand, TakesTwoStagesForOneHostAndLargePagesForAnotherUnlessToldOtherwise) {
  const Outcome outcome = Run("tarn run --platform model --quiet --lines 2000 --report r.html --json; cat r.html >&2");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  const Json hosts = Json::parse(outcome.output)["hosts"];
  EXPECT_EQ(hosts[2]["addressing"], "device, Sv39");
  EXPECT_GT(hosts[2]["first_stage"]["pages"]["2 MiB"].get<int>(), 0);
  EXPECT_TRUE(hosts[2]["second_stage"].is_null());
  EXPECT_EQ(hosts[3]["addressing"], "device, Sv39 over Sv39x4");
  EXPECT_GT(hosts[3]["first_stage"]["pages"]["4 KiB"].get<int>(), 0);
  EXPECT_GT(hosts[3]["second_stage"]["pages"]["4 KiB"].get<int>(),
            hosts[3]["first_stage"]["pages"]["4 KiB"].get<int>());
  EXPECT_NE(outcome.error.find("<td>device, Sv39 over Sv39x4<td>Sv39: "), std::string::npos);
}

TEST_F(RunCommand, TakesOtherStagesAndPages) {
  const std::pair<const char*, const char*> ways[] = {
      {"none", "device, bare"},
      {"2=sv39 --translate 3=bare", "device, bare"},
      {"3", "device, Sv39"},
      {"3=sv57:1GiB", "device, Sv57"},
      {"3=sv39x4:64K", "device, bare over Sv39x4"},
      {"3=auto:64KiB+Sv57x4:2MiB --translate 2=sv48", "device, Sv39 over Sv57x4"}};
  const std::string run = "tarn run --platform model --quiet --report none --lines 300 --json --translate ";
  for (const auto& [how, addressing] : ways) {
    const Outcome outcome = Run(run + how);
    ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
    EXPECT_EQ(Json::parse(outcome.output)["hosts"][3]["addressing"], addressing) << how;
  }
}

TEST_F(RunCommand, WidensTheFirstStageForHighAddressesUnlessAModeIsNamed) {
  Run("printf 'R 0x1000\\nW 0x7fff00000000\\n' > a.txt; tarn trace convert a.txt a.tarntrace");
  const std::string run = "tarn run --platform model --pool 2MiB --quiet --report none --json 3=a.tarntrace";
  const Outcome widened = Run(run);
  ASSERT_EQ(widened.exit_status, 0) << widened.error;
  EXPECT_EQ(Json::parse(widened.output)["hosts"][0]["addressing"], "device, Sv48 over Sv39x4");
  ExpectBadInput(run + " --translate 3=sv39",
                 "a.tarntrace: has addresses beyond 2\\^38, which Sv39 cannot map; Sv48 can");
}

TEST_F(RunCommand, RefusesWrongOptionsInOneLine) {
  ExpectBadInput("tarn run --platform fpga", "--platform: there is no platform 'fpga'; rtl, model, tlm and board are");
  ExpectBadInput("tarn run --pool 0%", "--pool: '0%' is not a share.*");
  ExpectBadInput("tarn run --pool 12apples", "--pool: '12apples' is not a size.*");
  ExpectBadInput("tarn run --slow-cells foo", "--slow-cells: there is no preset 'foo'.*");
  ExpectBadInput("tarn run --fast-slots 50", "--fast-slots: without --slow-cells all slots are fast");
  ExpectBadInput("tarn run --slow-cells pcm --fast-slots 100",
                 "--fast-slots: '100' is not a whole number from 1 to 99");
  ExpectBadInput("tarn run --platform model --pool 64K --lines 100", "--pool: 1 slots are too few.*");
  ExpectBadInput("tarn run --platform model --pool 512GiB --lines 100", "--pool: the node has .* does not fit");
  ExpectBadInput("tarn run --outstanding 0", "--outstanding: '0' is not a whole number from 1 to 64");
  ExpectBadInput("tarn run --outstanding -1", "--outstanding: .*");
  ExpectBadInput("tarn run --lines 5 --all", "--all and --lines exclude each other");
  ExpectBadInput("tarn run --line 5", "unrecognised option '--line'; see --help");
  ExpectBadInput("tarn run --bulk tape", ".*tape.*");
  ExpectBadInput("tarn run --platform model --waves w.fst", "--waves: only the platform rtl has waves");
  ExpectBadInput("tarn run --waves ''", "--waves: '' names no file to write");
  ExpectBadInput("tarn run --host-waves ''", "--host-waves: '' names no file to write");
  ExpectBadInput("tarn run --waves a.fst --host-waves b.fst", "--host-waves: not together with --waves");
  ExpectBadInput("tarn run --lines 10 --host-waves no/such/folder/w.fst", "--host-waves: no/such/folder/w.fst.*");
  ExpectBadInput("tarn run --waves no/such/folder/w.fst", "--waves: no/such/folder/w.fst.*");
  ExpectBadInput("tarn run --platform model --translate 0 --lines 100", "--translate: host 0 has no IOMMU in front");
  ExpectBadInput("tarn run --translate 3=sv40", "--translate: 'sv40' is not bare, or FIRST.*");
  ExpectBadInput("tarn run --translate 3=", "--translate: '' is not bare, or FIRST.*");
  ExpectBadInput("tarn run --translate 3=sv39+", "--translate: '' is not bare, or FIRST.*");
  ExpectBadInput("tarn run --translate 3=sv39x4+sv39", "--translate: 'sv39' is not bare, or FIRST.*");
  ExpectBadInput("tarn run --translate 3=sv39+sv48", "--translate: 'sv48' is not bare, or FIRST.*");
  ExpectBadInput("tarn run --translate 3=sv39:4MiB", "--translate: '4MiB' is no size of pages; 4KiB, .* are");
  ExpectBadInput("tarn run --translate 3=sv39:", "--translate: '' is no size of pages; 4KiB, .* are");
  ExpectBadInput("tarn run --translate many", "--translate: 'many' is not a whole number from 0 to 63");
  ExpectBadInput("tarn run --translate 3 --translate 3=bare", "--translate: host 3 is given for the second time");
  ExpectBadInput("tarn run --platform model 9=nothing", "there is no host 9; the node has hosts 0 to 3");
}

TEST_F(RunCommand, RefusesHostsThatTheNodeLacks) {
  ExpectBadInput("tarn run --platform model --lines 100 --hosts 5", "--hosts: the node has 4 hosts, not 5");
  ExpectBadInput("tarn run --platform model --lines 100 --hosts 1 --translate 2", "--translate: host 2 has no trace");
}

TEST_F(RunCommand, NamesTheLineOfAConfigFileThatIsWrong) {
  const auto refuses = [this](const std::string& text, const std::string& message) {
    Run("printf 'platform = model\\n" + text + "\\n' > c.ini");
    ExpectBadInput("tarn run --config c.ini", message);
  };
  refuses("hosts = many", "c.ini:2: --hosts: 'many' is not a whole number from 1 to 64");
  refuses("# why not\\npool = 200%%", "c.ini:3: --pool: '200%' is not a share.*");
  refuses("lines = 100\\nhosts = 9", "c.ini:3: --hosts: the node has 4 hosts, not 9");
  refuses("lines = 100\\nlines = 200", "c.ini:3: option 'lines' is given for the second time");
  refuses("[node]\\nlines = 100", "c.ini:2: a section; options stand in no section");
  refuses("[node", "c.ini:2: a section; options stand in no section");
  refuses("config = other.ini", "c.ini:2: option 'config' has a meaning on the command line only");
  refuses("no-compare = perhaps", "c.ini:2: the argument \\('perhaps'\\) for option 'no-compare' is invalid.*");
  refuses("\\033[2J = 1", "c.ini:2: not of the form name = value");
  Run("printf 'hosts = many\\n' > c.ini");
  ExpectBadInput("tarn run --config c.ini --hosts few", "--hosts: 'few' is not a whole number from 1 to 64");
}

TEST_F(RunCommand, RefusesAConfigFileThatIsNone) {
  ExpectBadInput("tarn run --config .", "\\.: cannot be read; --config wants an INI file that exists");
  ExpectBadInput("tarn run --config ''", "'': cannot be read; --config wants an INI file that exists");
  ExpectBadInput("tarn run --config /dev/zero", "/dev/zero: holds more than 1 MiB.*");
}

TEST_F(RunCommand, TheHtmlDoesNotTakeTheNameOfTheJson) {
  ExpectBadInput(std::string(kShort) + "--report r.json", "--report: 'r.json' is the name of the JSON.*");
  ExpectBadInput(std::string(kShort) + "--report ''", "--report: '' names no file.*");
}

TEST_F(RunCommand, NamesHostsByTheirPorts) {
  const Outcome outcome =
      Run("printf 'R 0x1000\\nW 0x2000\\n' > a.txt; tarn trace convert a.txt a.tarntrace; "
          "tarn run --platform model --quiet --report r.html 1=a.tarntrace 3=a.tarntrace");
  EXPECT_NE(outcome.output.find("host 1 (CPU)"), std::string::npos) << outcome.output;
  EXPECT_NE(outcome.output.find("host 3 (device, Sv39 over Sv39x4)"), std::string::npos) << outcome.output;
  EXPECT_NE(Text(folder_ / "r.html").find("host 3: a"), std::string::npos);
  const Json hosts = Json::parse(Text(folder_ / "r.json"))["hosts"];
  EXPECT_EQ(hosts[0]["host"].get<int>(), 1);
  EXPECT_EQ(hosts[1]["host"].get<int>(), 3);
}

TEST_F(RunCommand, ReportsATraceWhoseNameIsNotText) {
  const Outcome outcome =
      Run("printf 'R 0x1000\\n' > a.txt; n=$(printf 'a\\377b'); tarn trace convert a.txt \"$n\"; "
          "tarn run --platform model --quiet --json --report r.html \"$n\"");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.error;
  EXPECT_EQ(Json::parse(outcome.output)["lines"].get<int>(), 1);
}

TEST_F(RunCommand, SaysThatNothingCouldBeChecked) {
  const Outcome outcome =
      Run("printf 'W 0x1000\\n' > a.txt; tarn trace convert a.txt a.tarntrace; tarn run --platform model --quiet "
          "--report none a.tarntrace");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.output.find("nothing was read, so nothing could be checked"), std::string::npos) << outcome.output;
}

// Zeros where zeros are expected are right, but say little: the run passes, and says so.
TEST_F(RunCommand, RemarksThatATraceReadsAlmostOnlyZeros) {
  const std::string run =
      "printf 'R 0x1000\\nR 0x5000\\n' > a.txt; tarn trace convert a.txt a.tarntrace; "
      "tarn run --platform model --quiet --report r.html a.tarntrace --zero-pages ";
  const Outcome zeros = Run(run + "100");
  EXPECT_EQ(zeros.exit_status, 0) << zeros.output;
  EXPECT_NE(zeros.output.find("  remark  only 0% of the reads expect other than zero"), std::string::npos)
      << zeros.output;
  EXPECT_EQ(Json::parse(Text(folder_ / "r.json"))["remarks"].size(), 1U);
  EXPECT_NE(Text(folder_ / "r.html").find("Remark: only 0% of the reads"), std::string::npos);
  const Outcome others = Run(run + "0");
  EXPECT_EQ(others.exit_status, 0) << others.output;
  EXPECT_EQ(others.output.find("remark"), std::string::npos) << others.output;
}

TEST_F(RunCommand, DemandsOfTheBundledTracesThatTheyReadOtherThanZero) {
  const std::string run = std::string(kShort) + "--report none";
  const std::string passed = "  ok      reads that expect other than zero";
  EXPECT_NE(Run(run).output.find(passed), std::string::npos);
  EXPECT_EQ(Run(run + " --zero-pages 100").output.find(passed), std::string::npos) << "which nobody could fulfil";
}

// What was found in a long run is not lost because the disk filled up meanwhile.
TEST_F(RunCommand, TellsWhatItFoundThoughTheReportCannotBeWritten) {
  const Outcome outcome = Run("(ulimit -f 8; " + std::string(kShort) + "--report r.html)");
  EXPECT_EQ(outcome.exit_status, 2);
  EXPECT_NE(outcome.output.find("PASSED"), std::string::npos) << outcome.output;
  EXPECT_EQ(outcome.output.find("report: r.html"), std::string::npos) << "there is none";
  EXPECT_TRUE(std::regex_match(outcome.error, std::regex("tarn run: --report: r.json: cannot be written: .*\n")))
      << outcome.error;
}

TEST_F(RunCommand, SaysThatItsOutputWasLost) {
  for (const std::string& command : {std::string(kShort) + "--report none", std::string("tarn run --help")}) {
    const Outcome outcome = Run(command + " > /dev/full");
    EXPECT_EQ(outcome.exit_status, 2) << command;
    EXPECT_EQ(outcome.error, "tarn: standard output: cannot be written: No space left on device\n") << command;
  }
}

TEST_F(RunCommand, RefusesWrongFilesInOneLine) {
  ExpectBadInput("tarn run --platform model --quiet missing.tarntrace", "missing.tarntrace.*");
  ExpectBadInput("tarn run --config missing.ini", "missing.ini: cannot be read.*");
  Run("printf 'platform = model\\nlimes = 5\\n' > bad.ini; printf 'platform = model\\nlines\\n' > worse.ini; "
      "head -c 5000 /dev/urandom > noise.tarntrace");
  ExpectBadInput("tarn run --config bad.ini", "bad.ini:2: unknown option 'limes'.*");
  ExpectBadInput("tarn run --config worse.ini", "worse.ini:2: not of the form name = value");
  ExpectBadInput("tarn run --platform model --quiet noise.tarntrace", "noise.tarntrace.*");
  ExpectBadInput("tarn run --platform model --quiet --lines 100 --report /proc/none/r.html",
                 "--report: /proc/none/r.html.*");
}

TEST_F(RunCommand, AFullDiskLeavesNoPartialReport) {
  const Outcome outcome = Run(std::string(kShort) + "--report /dev/full");
  EXPECT_EQ(outcome.exit_status, 2) << outcome.output << outcome.error;
}

TEST_F(RunCommand, CtrlCEndsTheRunWithAReportOfWhatRan) {
  const Outcome outcome = Run("exec timeout -s INT 4 " TARN_PROGRAM " run --all --quiet --no-compare --report r.html");
  EXPECT_EQ(outcome.exit_status, 124) << outcome.error;  // timeout's own word for "it was I who ended it"
  EXPECT_NE(outcome.output.find("interrupted"), std::string::npos) << outcome.output << outcome.error;
  EXPECT_TRUE(Json::parse(Text(folder_ / "r.json"))["interrupted"].get<bool>());
}

// A comparison that was cut short has fewer answers than the run: that is no difference.
TEST_F(RunCommand, CtrlCInTheComparisonIsNoDifference) {
  const Outcome outcome = Run(TARN_PROGRAM
                              " run --platform tlm --all --report r.html 2> err & for i in $(seq 200); do sleep 0.1; "
                              "grep -q 'golden model' err && break; done; kill -TERM $!; wait $!");
  EXPECT_EQ(outcome.exit_status, 130) << outcome.output << Text(folder_ / "err");
  EXPECT_EQ(outcome.output.find("differs"), std::string::npos) << outcome.output;
  EXPECT_TRUE(Json::parse(Text(folder_ / "r.json"))["interrupted"].get<bool>());
}

TEST_F(RunCommand, CtrlCBeforeTheFirstReadIsNoFailure) {
  const Outcome outcome = Run(TARN_PROGRAM " run --quiet --report r.html & sleep 0.3; kill -TERM $!; wait $!");
  EXPECT_EQ(outcome.exit_status, 130) << outcome.output << outcome.error;
  EXPECT_NE(outcome.output.find("PASSED, interrupted"), std::string::npos) << outcome.output;
}

TEST_F(RunCommand, AFullDiskLeavesNoPartialWave) {
  std::filesystem::create_directory(folder_ / "disk");
  if (Run("unshare -m mount -t tmpfs -o size=100k tmpfs disk").exit_status != 0) {
    GTEST_SKIP() << "only root can make a small disk";
  }
  const std::string run =
      TARN_PROGRAM " run --lines 60 --zero-pages 0 --pool 1MiB --quiet --report none --no-compare --waves disk/w";
  for (const std::string window : {"", " --waves-from 0"}) {
    std::string script = "mount -t tmpfs -o size=100k tmpfs disk && ";
    script.append(run).append(window).append(" > summary; status=$?; ls -A disk; exit $status");
    const Outcome outcome = Run("unshare -m sh -c '" + script + "'");
    EXPECT_EQ(outcome.exit_status, 2);
    // Traced along, the full disk ends the run itself.
    if (window.empty()) {
      EXPECT_NE(Text(folder_ / "summary").find("PASSED"), std::string::npos);
    }
    EXPECT_EQ(outcome.output, "") << "files on the disk";
    EXPECT_TRUE(std::regex_match(outcome.error, std::regex("tarn run: --waves: disk/w: .*is the disk full\\?.*\n")))
        << outcome.error;
  }
}

TEST_F(RunCommand, AWrongOptionLeavesTheOldWaveAlone) {
  const Outcome outcome =
      Run("echo old > w.fst; tarn run --lines 60 --pool 1 --quiet --report none --waves w.fst --waves-from 0");
  EXPECT_EQ(outcome.exit_status, 2);
  EXPECT_EQ(Text(folder_ / "w.fst"), "old\n");
}

// What the hosts get is the same whatever the node is made of; with other bulk content it is not.
TEST_F(RunCommand, WritesWhatHostsGetAsAWaveThatEqualsTheGoldenModels) {
  for (const std::string platform : {"tlm", "rtl"}) {
    EXPECT_EQ(Run("tarn run --platform " + platform +
                  " --lines 60 --zero-pages 0 --pool 1MiB --quiet --report none --host-waves w.fst")
                  .exit_status,
              0);
    const Outcome same = Run("tarn wave compare w.fst w.golden.fst --rules " TARN_SOURCE_DIR "/rtl/node/waves.json");
    EXPECT_EQ(same.exit_status, 0) << same.output << same.error;
    EXPECT_TRUE(same.output.starts_with("SAME: ")) << same.output;
    EXPECT_NE(same.output.find("port completion[3]: "), std::string::npos) << same.output;
  }
  EXPECT_EQ(Run("tarn run --platform model --seed 2 --lines 60 --zero-pages 0 --pool 1MiB --quiet --report none "
                "--host-waves m.fst")
                .exit_status,
            0);
  const Outcome other = Run("tarn wave compare w.fst m.fst --rules " TARN_SOURCE_DIR "/rtl/node/waves.json");
  EXPECT_EQ(other.exit_status, 1);
  EXPECT_NE(other.output.find("completion_o[0].data: "), std::string::npos) << other.output;
}

TEST_F(RunCommand, WritesTheLastCyclesAsAWave) {
  const Outcome outcome =
      Run("tarn run --lines 60 --zero-pages 0 --pool 1MiB --quiet --report none --waves w.fst --waves-cycles 500 "
          "--no-compare");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output << outcome.error;
  EXPECT_GT(std::filesystem::file_size(folder_ / "w.fst"), 10'000U);
}

}  // namespace
}  // namespace tarn::trace
