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
  EXPECT_EQ(hosts[1]["addressing"], "device, Sv39");
}

TEST_F(RunCommand, RefusesWrongOptionsInOneLine) {
  ExpectBadInput("tarn run --platform fpga", "--platform: there is no platform 'fpga'; rtl, model and tlm are");
  ExpectBadInput("tarn run --pool 0%", "--pool: '0%' is not a share.*");
  ExpectBadInput("tarn run --pool 12apples", "--pool: '12apples' is not a size.*");
  ExpectBadInput("tarn run --platform model --pool 64K --lines 100", "--pool: 1 slots are too few.*");
  ExpectBadInput("tarn run --platform model --pool 512GiB --lines 100", "--pool: the node has .* does not fit");
  ExpectBadInput("tarn run --outstanding 0", "--outstanding: '0' is not a whole number from 1 to 64");
  ExpectBadInput("tarn run --outstanding -1", "--outstanding: .*");
  ExpectBadInput("tarn run --lines 5 --all", "--all and --lines exclude each other");
  ExpectBadInput("tarn run --line 5", "unrecognised option '--line'; see --help");
  ExpectBadInput("tarn run --bulk tape", ".*tape.*");
  ExpectBadInput("tarn run --platform model --waves w.fst", "--waves: only the platform rtl has waves");
  ExpectBadInput("tarn run --waves no/such/folder/w.fst", "--waves: no/such/folder/w.fst.*");
  ExpectBadInput("tarn run --platform model --translate 0 --lines 100", "--translate: host 0 has no IOMMU in front");
  ExpectBadInput("tarn run --platform model 9=nothing", "there is no host 9; the node has hosts 0 to 3");
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

TEST_F(RunCommand, WritesTheLastCyclesAsAWave) {
  const Outcome outcome =
      Run("tarn run --lines 60 --pool 1MiB --quiet --report none --waves w.fst --waves-cycles 500 --no-compare");
  EXPECT_EQ(outcome.exit_status, 0) << outcome.output << outcome.error;
  EXPECT_GT(std::filesystem::file_size(folder_ / "w.fst"), 10'000U);
}

}  // namespace
}  // namespace tarn::trace
