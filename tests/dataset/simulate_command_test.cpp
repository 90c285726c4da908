// `tarn simulate` as a user calls it.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/trace/tarn_command.h"

namespace tarn::trace {
namespace {

class SimulateCommand : public TarnCommand {};

TEST_F(SimulateCommand, ReplaysExactly) {
  const Outcome first = Run("tarn simulate --seed 3 --hours 0.05 --json");
  const Outcome again = Run("tarn simulate --seed 3 --hours 0.05 --json --log what.log");
  ASSERT_EQ(first.exit_status, 0) << first.error;
  const auto report = nlohmann::json::parse(first.output);
  EXPECT_EQ(report["trace_hash"], nlohmann::json::parse(again.output)["trace_hash"]);
  EXPECT_GT(report["operations"], 500);
  EXPECT_TRUE(report["violation"].is_null());
  EXPECT_NE(Text(folder_ / "what.log").find("in sync"), std::string::npos);
}

TEST_F(SimulateCommand, TakesMembersOutAndInAgain) {
  const Outcome outcome = Run("tarn simulate --seed 3 --hours 0.3 --operator --json");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.output;
  EXPECT_GT(nlohmann::json::parse(outcome.output)["member_changes"], 2);
}

TEST_F(SimulateCommand, FindsAPlantedBug) {
  const Outcome outcome = Run("tarn simulate --seed 1 --hours 1 --plant forget-trim");
  EXPECT_EQ(outcome.exit_status, 1);
  EXPECT_NE(outcome.output.find("FAILED: "), std::string::npos);
}

TEST_F(SimulateCommand, RefusesWhatMakesNoSense) {
  ExpectBadInput("tarn simulate --hours 0", "--hours: '0' is not a number above 0, up to 1000000");
  ExpectBadInput("tarn simulate --hours nan", "--hours: 'nan' is not a number above 0, up to 1000000");
  ExpectBadInput("tarn simulate --seed -1", "--seed: '-1' is not a whole number .*");
  ExpectBadInput("tarn simulate --world 0", "--world: '0' is not a whole number from 1 .*");
  ExpectBadInput("tarn simulate --world 3 --hours 5", "--world: has two hours, and not together with --hours");
  ExpectBadInput("tarn simulate --members 9", "--members: '9' is not a whole number from 1 to 8");
  ExpectBadInput("tarn simulate --plant typo", "--plant: 'typo' is no bug; see tarn simulate --help");
  ExpectBadInput("tarn simulate --log /nowhere/x", "--log: /nowhere/x cannot be written");
}

}  // namespace
}  // namespace tarn::trace
