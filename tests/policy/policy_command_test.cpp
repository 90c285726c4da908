// `tarn policy` as a user calls it.
#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/policy/traces.h"
#include "tests/trace/tarn_command.h"

namespace tarn::policy {
namespace {

using Json = nlohmann::json;
using trace::Bytes;

class PolicyCommand : public trace::TarnCommand {
 protected:
  void Write(const std::string& name, const std::string& text) {
    trace::WriteBytes(folder_ / name, Bytes(text.begin(), text.end()));
  }
};

// targets.md: the optimum, FIFO and LRU are exact there; misses in thousands.
TEST_F(PolicyCommand, CountsOnTheReferenceTraceAsTheTargetsSay) {
  Write("reference.txt", ReferenceText(ReferenceTrace(1)));
  const Outcome outcome = Run("tarn policy reference.txt --percent 5,10,25,50 --json");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  const Json trace = Json::parse(outcome.output)["traces"][0];
  EXPECT_EQ(trace["accesses"], 1'000'000);
  EXPECT_EQ(trace["segments"], 4096);
  struct Row {
    std::uint32_t frames;
    double optimum, fifo, lru;
  };
  const std::vector<Row> rows = {
      {205, 92.653, 154.5, 147.1}, {410, 68.640, 130.0, 119.8}, {1024, 21.182, 64.2, 68.3}, {2048, 13.455, 31.6, 20.0}};
  ASSERT_EQ(trace["sizes"].size(), rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Json& size = trace["sizes"][i];
    EXPECT_EQ(size["frames"], rows[i].frames);
    const auto misses = [&](const char* policy) { return size["policies"][policy]["misses"].get<double>() / 1000; };
    EXPECT_NEAR(misses("opt"), rows[i].optimum, 0.0005);
    EXPECT_NEAR(misses("fifo"), rows[i].fifo, 0.05);
    EXPECT_NEAR(misses("lru"), rows[i].lru, 0.05);
    EXPECT_EQ(size["policies"].size(), 11u);
  }
}

// Two frames, pages 1 2 3 1 2: LRU loses every access, the optimum keeps one of the first two.
TEST_F(PolicyCommand, ComparesWithTheBestAndTheOptimum) {
  Write("t", "R 1\nW 2\nR 3\nR 1\nR 2\n");
  const Outcome outcome = Run("tarn policy t --frames 2 --policies lru,opt");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  EXPECT_NE(outcome.output.find("t: 5 accesses to 3 segments of 4096 bytes"), std::string::npos) << outcome.output;
  EXPECT_TRUE(std::regex_search(outcome.output, std::regex("lru +5 +1\\.000 +1\\.250\n"))) << outcome.output;
  EXPECT_TRUE(std::regex_search(outcome.output, std::regex("opt +4 +0\\.800 +1\\.000\n"))) << outcome.output;
}

TEST_F(PolicyCommand, TakesAPartOfATraceInSegmentsOfAnySize) {
  Write("t", "R 0x0\nR 0x1000\nR 0x10000\nR 0x20000\n");
  const Outcome outcome = Run("tarn policy t --frames 1 --policies fifo --segment-size 64K --max-lines 3 --json");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  const Json trace = Json::parse(outcome.output)["traces"][0];
  EXPECT_EQ(trace["accesses"], 3);
  EXPECT_EQ(trace["segments"], 2);
  EXPECT_EQ(trace["sizes"][0]["policies"]["fifo"]["misses"], 2);
}

TEST_F(PolicyCommand, WithoutATraceReplaysTheBundledOnes) {
  const Outcome outcome = Run("tarn policy --percent 25 --policies clock --max-lines 1000 --json");
  ASSERT_EQ(outcome.exit_status, 0) << outcome.error;
  EXPECT_EQ(Json::parse(outcome.output)["traces"].size(), 4u);
}

TEST_F(PolicyCommand, RefusesWhatItCannotUse) {
  Write("t", "R 1\n");
  Write("broken", "R 1\nR x\n");
  Write("empty", "# nothing\n");
  ExpectBadInput("tarn policy nowhere", "nowhere: cannot be read: .*");
  ExpectBadInput("tarn policy broken", "broken:2: 'R x' is not a line of the pages format, .*");
  ExpectBadInput("tarn policy empty", "empty: holds no access; .*");
  ExpectBadInput("tarn policy t --percent 5,101", "--percent: '101' is not a whole number from 1 to 100");
  ExpectBadInput("tarn policy t --frames 0", "--frames: '0' is not a whole number from 1 .*");
  ExpectBadInput("tarn policy t --policies lru,best", "--policies: 'best' is not one of opt, fifo, .*");
  ExpectBadInput("tarn policy t --segment-size 3K", "--segment-size: 3072 is not a power of two .*");
  ExpectBadInput("tarn policy t --from lines", "--from: 'lines' is no format; .*");
}

}  // namespace
}  // namespace tarn::policy
