// The traces in tests/data are what the main job needs: real programs, large enough, with a fair share of writes,
// small as files, and whole.
#include <gtest/gtest.h>

#include <set>

#include "sw/trace/convert.h"
#include "tests/trace/trace_files.h"

namespace tarn::trace {
namespace {

std::vector<std::string> BundledTraces() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(TARN_TEST_DATA)) {
    if (entry.path().extension() == ".tarntrace") paths.push_back(entry.path().string());
  }
  return paths;
}

TEST(BundledTraces, AreOfAtLeastFourPrograms) {
  std::set<std::string> programs;
  for (const std::string& path : BundledTraces()) {
    const Result<Reader> reader = Reader::Open(path);
    ASSERT_TRUE(reader.ok()) << reader.status().message();
    ASSERT_FALSE(reader->metadata().command.empty()) << path;
    programs.insert(reader->metadata().command.front());
  }
  EXPECT_GE(programs.size(), 4u);
}

TEST(BundledTraces, WereRecordedAndAreWholeAndLargeEnough) {
  for (const std::string& path : BundledTraces()) {
    const Result<TraceInfo> info = Inspect(path);
    ASSERT_TRUE(info.ok()) << info.status().message();
    EXPECT_EQ(info->metadata.source, "record") << path;
    EXPECT_TRUE(info->metadata.filter.has_value()) << path;
    EXPECT_EQ(info->metadata.gap_unit, GapUnit::kInstructions) << path;
    EXPECT_GE(info->summary.accesses, 200'000u) << path;
    EXPECT_GE(info->summary.pages * 4096, 16u << 20) << path;
    EXPECT_GE(10 * info->summary.writes, 2 * info->summary.accesses) << path << ": less than a fifth are writes";
    EXPECT_NE(info->summary.ending, Ending::kInterrupted) << path;
  }
}

TEST(BundledTraces, TakeAtMostSixMebibytesTogether) {
  std::uintmax_t bytes = 0;
  for (const std::string& path : BundledTraces()) bytes += std::filesystem::file_size(path);
  EXPECT_GT(bytes, 0u);
  EXPECT_LE(bytes, 6u << 20);
}

}  // namespace
}  // namespace tarn::trace
