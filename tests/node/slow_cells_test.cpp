// The main job on memory of which a part is slow cells: every byte right, hot segments in fast slots.
#include <gtest/gtest.h>

#include "sw/replay/session.h"
#include "sw/tarn/data_folder.h"
#include "tb/common/test_options.h"
#include "tests/node/main_job.h"

namespace tarn {
namespace {

replay::SessionOptions Job(std::uint64_t lines) {
  const Result<std::vector<std::string>> traces = tool::BundledTraces();
  EXPECT_TRUE(traces.ok());
  replay::SessionOptions options = tests::MainJob(hal::PlatformKind::kRtl, lines, *traces);
  options.seed = tb::GetTestOptions().seed;
  return options;
}

TEST(SlowCells, TheMainJobIsRightAndMovesItsHotSegmentsToFastSlots) {
  replay::SessionOptions options = Job(3000);
  options.slow_cells = {.preset = "slow_stt_mram", .fast_percent = 50};
  const Result<replay::RunSummary> run = replay::RunSession(options);
  ASSERT_TRUE(run.ok()) << run.status().message();
  for (const replay::Check& check : run->checks) EXPECT_TRUE(check.passed) << check.name << ": " << check.detail;
  EXPECT_TRUE(run->passed());
  EXPECT_GT(run->counter("channel.slow_reads"), 100u);
  EXPECT_GT(run->counter("channel.slow_writes"), 100u);
  EXPECT_GT(run->counter("pool.promotions") + run->counter("pool.demotions"), 0u);
}

TEST(SlowCells, ABoundaryThatTheNodeCannotHaveIsNamed) {
  const hal::NodeParameters none = {.segment_bytes = 65536, .slots = 4096};
  EXPECT_NE(replay::LayOutSlowCells(none, 100, {.preset = "slow_pcm"}).status().message().find("have none"),
            std::string::npos);
  const hal::NodeParameters odd = {.segment_bytes = 65536, .slots = 3000, .has_slow_cells = true};
  EXPECT_NE(replay::LayOutSlowCells(odd, 100, {.preset = "slow_pcm"}).status().message().find("power of two"),
            std::string::npos);
  const hal::NodeParameters node = {.segment_bytes = 65536, .slots = 4096, .has_slow_cells = true};
  const Result<replay::SlowCellsLayout> layout =
      replay::LayOutSlowCells(node, 101, {.preset = "slow_pcm", .fast_percent = 50});
  ASSERT_TRUE(layout.ok());
  EXPECT_EQ(layout->fast_slots, 50u);  // two to a row
  EXPECT_EQ(layout->slow_row, 25u);
  EXPECT_EQ(layout->module_low, 11u);  // 2^22 lines of slots, 2^11 of a row
}

}  // namespace
}  // namespace tarn
