// A trace file holds what was written, is small, and appears whole or not at all.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "tests/trace/trace_files.h"

namespace tarn::trace {
namespace {

constexpr std::size_t kSeveralBlocks = 3 * 32768 + 17;

TEST(TraceFile, GivesBackEveryAccessAsItWasWritten) {
  const ScratchFolder folder;
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{32768}, kSeveralBlocks}) {
    const auto accesses = RandomAccesses(count, count + 1);
    ASSERT_TRUE(WriteTrace(folder / "t", accesses).ok());
    const ReadOutcome outcome = ReadTrace(folder / "t");
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
    EXPECT_TRUE(outcome.accesses == accesses) << count << " accesses";
  }
}

TEST(TraceFile, KeepsTheLargestLineAndGap) {
  const ScratchFolder folder;
  const std::vector<Access> accesses = {{.line = kLineEnd - 1, .write = true, .gap = 0xffffffff},
                                        {.line = 0, .write = true, .gap = 0},
                                        {.line = kLineEnd - 1, .write = false, .gap = 1}};
  ASSERT_TRUE(WriteTrace(folder / "t", accesses).ok());
  EXPECT_TRUE(ReadTrace(folder / "t").accesses == accesses);
}

TEST(TraceFile, TellsMetadataAndSummaryBeforeTheFirstAccess) {
  const ScratchFolder folder;
  const Metadata metadata = {
      .command = {"sort", "-n", "a \"file\"\n"},
      .source = "record",
      .filter =
          CacheFilterConfig{.size_bytes = 65536, .ways = 4, .line_bytes = 128, .instructions = true, .flush = true},
      .skipped = 5,
      .gap_unit = GapUnit::kInstructions};
  const std::vector<Access> accesses = {{.line = 0, .write = false, .gap = 3},
                                        {.line = 63, .write = true, .gap = 4},
                                        {.line = 64, .write = true, .gap = 0},
                                        {.line = 1024, .write = false, .gap = 9}};
  ASSERT_TRUE(WriteTrace(folder / "t", accesses, metadata, Ending::kLimit).ok());
  const Result<Reader> reader = Reader::Open(folder / "t");
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(reader->metadata() == metadata);
  const Summary expected = {
      .accesses = 4, .reads = 2, .writes = 2, .pages = 3, .segments = 2, .gap_total = 16, .ending = Ending::kLimit};
  EXPECT_TRUE(reader->summary() == expected);
}

TEST(TraceFile, LeavesOutTheEndOfAnOverlongCommand) {
  const ScratchFolder folder;
  Metadata metadata;
  metadata.command.assign(100'000, "argument");
  ASSERT_TRUE(WriteTrace(folder / "t", {}, metadata).ok());
  Result<Reader> reader = Reader::Open(folder / "t");
  ASSERT_TRUE(reader.ok()) << reader.status().message();
  EXPECT_EQ(reader->metadata().command.front(), "argument");
  EXPECT_EQ(reader->metadata().command.back(), "…");

  metadata.command = {std::string(1 << 20, 'x')};
  ASSERT_TRUE(WriteTrace(folder / "t", {}, metadata).ok());
  EXPECT_EQ(Reader::Open(folder / "t")->metadata().command, std::vector<std::string>{"…"});
}

TEST(TraceFile, TakesLessThanTwoBytesForAnAccessOfAStream) {
  const ScratchFolder folder;
  std::vector<Access> accesses(100'000);
  for (std::size_t i = 0; i < accesses.size(); ++i) accesses[i] = {.line = i, .write = i % 4 == 0, .gap = 20};
  ASSERT_TRUE(WriteTrace(folder / "t", accesses).ok());
  EXPECT_LT(ReadBytes(folder / "t").size(), 2 * accesses.size());
}

TEST(TraceFile, IsReadFromAPipe) {
  const ScratchFolder folder;
  const auto accesses = RandomAccesses(kSeveralBlocks, 3);
  ASSERT_TRUE(WriteTrace(folder / "t", accesses).ok());
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::thread feeder([&] { WriteBytes(folder / "pipe", ReadBytes(folder / "t")); });
  const ReadOutcome outcome = ReadTrace(folder / "pipe");
  feeder.join();
  EXPECT_TRUE(outcome.status.ok());
  EXPECT_TRUE(outcome.accesses == accesses);
}

TEST(TraceFile, IsNotThereUntilItIsClosed) {
  const ScratchFolder folder;
  {
    Result<Writer> writer = Writer::Create(folder / "t", {});
    ASSERT_TRUE(writer.ok());
    for (const Access& access : RandomAccesses(kSeveralBlocks, 4)) ASSERT_TRUE(writer->Append(access).ok());
    EXPECT_FALSE(std::filesystem::exists(folder / "t"));
  }
  EXPECT_EQ(folder.FileCount(), 0u);
}

TEST(TraceFile, ReplacesAnOlderOneOnlyWhenClosed) {
  const ScratchFolder folder;
  ASSERT_TRUE(WriteTrace(folder / "t", RandomAccesses(10, 1)).ok());
  const Bytes before = ReadBytes(folder / "t");
  {
    ASSERT_TRUE(Writer::Create(folder / "t", {}).ok());
  }
  EXPECT_EQ(ReadBytes(folder / "t"), before);
  ASSERT_TRUE(WriteTrace(folder / "t", RandomAccesses(20, 1)).ok());
  EXPECT_EQ(ReadTrace(folder / "t").accesses.size(), 20u);
}

TEST(TraceFile, FollowsALinkToTheFileItReplaces) {
  const ScratchFolder folder;
  std::filesystem::create_symlink(folder / "target", folder / "link");
  ASSERT_TRUE(WriteTrace(folder / "link", RandomAccesses(10, 1)).ok());
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(ReadTrace(folder / "target").accesses.size(), 10u);
}

TEST(TraceFile, DoesNotReplaceADevice) {
  const Result<Writer> writer = Writer::Create("/dev/null", {});
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.status().message(), "/dev/null: is not a regular file; name a file to write");
}

TEST(TraceFile, SaysWhyItCannotBeMade) {
  const ScratchFolder folder;
  const Result<Writer> writer = Writer::Create(folder / "missing/t", {});
  ASSERT_FALSE(writer.ok());
  EXPECT_NE(writer.status().message().find("missing/t: cannot be written: No such file or directory"),
            std::string::npos);
}

TEST(TraceFile, SaysWhyItCannotBeRead) {
  const ScratchFolder folder;
  EXPECT_NE(Reader::Open(folder / "t").status().message().find("No such file"), std::string::npos);
  EXPECT_NE(Reader::Open(folder / ".").status().message().find("is a folder"), std::string::npos);
}

// A limit on the size of files fails a write as a full disk does; tests/trace/command_test.py fills a real one.
TEST(TraceFile, LeavesNothingWhenTheDiskIsFull) {
  const ScratchFolder folder;
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  for (const rlim_t limit : {rlim_t{50}, rlim_t{5000}, rlim_t{100'000}}) {
    const rlimit small = {.rlim_cur = limit, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Status status = WriteTrace(folder / "t", RandomAccesses(kSeveralBlocks, 4));
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(status.ok());
    EXPECT_NE(status.message().find("t: cannot be written: File too large (at byte "), std::string::npos)
        << status.message();
    EXPECT_EQ(folder.FileCount(), 0u);
  }
}

}  // namespace
}  // namespace tarn::trace
