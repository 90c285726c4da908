// Text traces of other tools: read line by line, malformed lines named, written as they read.
#include <gtest/gtest.h>

#include <algorithm>

#include "sw/trace/convert.h"
#include "sw/trace/lackey.h"
#include "sw/trace/line_splitter.h"
#include "sw/trace/trace_input.h"
#include "tests/trace/trace_files.h"

namespace tarn::trace {
namespace {

class TraceText : public testing::Test {
 protected:
  ReadOutcome Read(const std::string& text, const InputOptions& options = {}) {
    WriteBytes(path_, Bytes(text.begin(), text.end()));
    ReadOutcome outcome;
    auto input = OpenTrace(path_, options);
    if (!input.ok()) {
      outcome.status = input.status();
      return outcome;
    }
    Access access;
    while (true) {
      const Result<bool> more = (*input)->Next(access);
      if (!more.ok()) outcome.status = more.status();
      if (!more.ok() || !*more) return outcome;
      outcome.accesses.push_back(access);
    }
  }

  void ExpectAccesses(const std::string& text, const std::vector<Access>& accesses) {
    const ReadOutcome outcome = Read(text);
    EXPECT_TRUE(outcome.status.ok()) << outcome.status.message();
    EXPECT_EQ(outcome.accesses, accesses) << text;
  }

  // The message without the file's name.
  std::string ErrorOf(const std::string& text, const InputOptions& options = {}) {
    const ReadOutcome outcome = Read(text, options);
    if (outcome.status.ok()) return "accepted";
    EXPECT_EQ(outcome.status.message().rfind(path_, 0), 0u) << outcome.status.message();
    return outcome.status.message().substr(path_.size());
  }

  ScratchFolder folder_;
  std::string path_ = folder_ / "t.txt";
};

TEST_F(TraceText, ReadsDramSim3) {
  ExpectAccesses("0x1000 READ 5\n0x1FC0 WRITE 5\n2040 READ 16\n", {{.line = 0x40, .write = false, .gap = 5},
                                                                   {.line = 0x7f, .write = true, .gap = 0},
                                                                   {.line = 0x81, .write = false, .gap = 11}});
  ExpectAccesses("0x1000 READ\n0x1040 WRITE\n", {{.line = 0x40, .write = false}, {.line = 0x41, .write = true}});
}

TEST_F(TraceText, ReadsRamulatorsReadsAndWrites) {
  ExpectAccesses("0x0 R\n0x10000 R\n0x3f W\n", {{.line = 0}, {.line = 0x400}, {.line = 0, .write = true}});
  ExpectAccesses("R 0x0\nR 0x10000\nW 0x3f\n", {{.line = 0}, {.line = 0x400}, {.line = 0, .write = true}});
}

TEST_F(TraceText, ReadsRamulatorsPlaces) {
  ExpectAccesses(
      "R 0,0,0,0,0,0\nW 0,0,1,2,100,32\nR 0,0,3,3,8388607,127\n",
      {{.line = 0}, {.line = 100 << 11 | 2 << 9 | 1 << 7 | 32, .write = true}, {.line = (std::uint64_t{1} << 34) - 1}});
  for (const char* line : {"R 1,0,0,0,0,0", "R 0,1,0,0,0,0", "R 0,0,4,0,0,0", "R 0,0,0,4,0,0", "R 0,0,0,0,8388608,0",
                           "R 0,0,0,0,0,128", "R 0,0,0,0,0", "R 0,0,0,0,0,0,0", "R 0,0,0,0,0,", "R 0,0,,0,0,0",
                           "R 0,0,0,-1,0,0", "0,0,0,0,0,0 R", "R 0x40", "R 64"}) {
    EXPECT_EQ(ErrorOf(std::string("R 0,0,0,0,0,0\n") + line + "\n"),
              ":2: '" + std::string(line) + "' is not a line of the readwrite format, such as 'R 0,0,1,2,100,32'");
  }
}

TEST_F(TraceText, ReadsRamulatorsLoadsAndStores) {
  ExpectAccesses("LD 0x40\nST 128\n", {{.line = 1}, {.line = 2, .write = true}});
}

TEST_F(TraceText, ReadsLackeyThroughTheCacheOrWithoutOne) {
  const std::string text =
      "==12== Lackey, an example Valgrind tool\n"
      "I  00400000,3\n L 1fff00073c,8\nI  00400003,4\n M 00000080,4\n S 00000080,4\n==12== \n";
  ExpectAccesses(text, {{.line = 0x1fff00073c / 64, .write = false, .gap = 1},
                        {.line = 0x1fff00073c / 64 + 1, .write = false},
                        {.line = 2, .write = false, .gap = 1},
                        {.line = 2, .write = true},
                        {.line = 2, .write = true}});
  const CacheFilterConfig cache = {.size_bytes = 64, .ways = 1, .instructions = true, .flush = true};
  const ReadOutcome outcome = Read(text, {.format = Format::kLackey, .filter = cache});
  const std::vector<Access> expected = {{.line = 0x10000, .write = false, .gap = 1},
                                        {.line = 0x1fff00073c / 64},
                                        {.line = 0x1fff00073c / 64 + 1},
                                        {.line = 0x10000, .write = false, .gap = 1},
                                        {.line = 2},
                                        {.line = 2, .write = true}};
  EXPECT_EQ(outcome.accesses, expected);
}

TEST_F(TraceText, PassesOverBlankLinesCommentsAndCarriageReturns) {
  ExpectAccesses("# made by hand\r\n\r\n  \nR 0x40\r\n", {{.line = 1}});
}

TEST_F(TraceText, NamesTheLineThatIsMalformed) {
  EXPECT_EQ(ErrorOf("R 0x40\nR 0x\n"), ":2: 'R 0x' is not a line of the ramulator format, such as '0x1234 R'");
  EXPECT_EQ(ErrorOf("\n# x\nR 0x40\nX 0x40\n").substr(0, 4), ":4: ");
  for (const char* line :
       {"R 40", "R 4096", "R -0x40", "R 0x40 5", "r 0x40", "R 0x40g", "R0x40", "R 0x10000000000000000", "LD 0x40",
        "\x01", "40 R", "0x40 READ", "0x40 r", "0x40 R 5", "0x R"}) {
    EXPECT_EQ(ErrorOf(std::string("R 0x40\n") + line + "\n").substr(0, 4), ":2: ") << line;
  }
  for (const char* line : {"0x40 READ 5 5", "0x40 read 5", "0x40 READ -5", "0x40 READ 5.5", "READ 0x40 5", "0xz READ 5",
                           "0x40", "0x40 FETCH 7", "0x40 READ 99999999999999999999"}) {
    EXPECT_EQ(ErrorOf(std::string("0x40 READ 4\n") + line + "\n").substr(0, 4), ":2: ") << line;
  }
  for (const char* line : {" L 40", " L 40,", " L ,8", " L 40,0", " L 40,4097", " L 40,8 ", "L  40,8", " I 40,8",
                           "I 40,8", " X 40,8", " L ffffffffffffffff,2", " L 0x40,8", " L -40,8", "program output"}) {
    EXPECT_EQ(ErrorOf(std::string(" L 40,8\n") + line + "\n").substr(0, 4), ":2: ") << line;
  }
  for (const char* line : {"LD", "LD 0x", "ST 4 4", "LD ff", "R 0x40"}) {
    EXPECT_EQ(ErrorOf(std::string("LD 64\n") + line + "\n").substr(0, 4), ":2: ") << line;
  }
}

TEST_F(TraceText, RefusesCyclesThatFall) {
  EXPECT_EQ(ErrorOf("0x40 READ 5\n0x40 READ 4\n"), ":2: cycle 4 comes after cycle 5; cycles must not fall");
}

TEST_F(TraceText, FindsATextThatWasCutShort) {
  EXPECT_EQ(ErrorOf("R 0x40\nR 0x4"), ":2: the last line has no newline: the file was cut short");
  EXPECT_EQ(ErrorOf(""), ": holds no access; a trace was expected");
  EXPECT_EQ(ErrorOf("==1== nothing more\n"), ": holds no access; a trace was expected");
  EXPECT_EQ(ErrorOf("TARNT"), ":1: the last line has no newline: the file was cut short");
}

TEST_F(TraceText, RefusesAnOverlongLineAndAnUnknownFormat) {
  EXPECT_EQ(ErrorOf("R 0x40\n" + std::string(1 << 20, 'x') + "\n"),
            ":2: a line of more than 64 KiB; a trace has one access a line");
  EXPECT_EQ(ErrorOf("hello\n").substr(0, 26), ":1: neither a Tarn trace n");
}

TEST_F(TraceText, EveryFlippedBitOfAMagicIsNoTrace) {
  ASSERT_TRUE(WriteTrace(path_, RandomAccesses(5, 1)).ok());
  const Bytes whole = ReadBytes(path_);
  for (std::size_t bit = 0; bit < 64; ++bit) {
    Bytes damaged = whole;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1 << bit % 8));
    EXPECT_NE(ErrorOf(std::string(damaged.begin(), damaged.end())), "accepted") << bit;
  }
}

TEST(TraceLineSplitter, GivesLinesWhateverThePieces) {
  std::string text;
  std::vector<std::string> expected;
  std::mt19937_64 random(3);
  for (int i = 0; i < 3000; ++i) {
    expected.push_back(std::string(random() % 200, static_cast<char>('a' + i % 26)));
    text += expected.back() + "\n";
  }
  for (const std::size_t piece : {std::size_t{1}, std::size_t{77}, std::size_t{100'000}}) {
    LineSplitter splitter;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
      const std::span<char> room = splitter.Room();
      const std::size_t size = std::min({piece, room.size(), text.size() - at});
      std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(at), size, room.begin());
      splitter.Added(size);
      at += size;
      std::string_view line;
      while (splitter.Pop(line)) lines.emplace_back(line);
    }
    EXPECT_EQ(lines, expected);
    EXPECT_TRUE(splitter.rest().empty());
    EXPECT_EQ(splitter.line_number(), expected.size() + 1);
  }
}

// From our format to text and back: what the text can hold comes back.
TEST_F(TraceText, ConvertsThereAndBack) {
  auto accesses = RandomAccesses(70'000, 9);
  ASSERT_TRUE(WriteTrace(folder_ / "a", accesses, {.command = {"true"}, .gap_unit = GapUnit::kInstructions}).ok());
  const auto always = [] { return true; };
  for (const Format format : {Format::kTarn, Format::kDramSim3, Format::kRamulator, Format::kLoadStore}) {
    const auto there = Convert({.input = folder_ / "a", .output = folder_ / "b", .format = format}, always);
    ASSERT_TRUE(there.ok()) << there.status().message();
    const auto back = Convert({.input = folder_ / "b", .output = folder_ / "c"}, always);
    ASSERT_TRUE(back.ok()) << back.status().message();
    EXPECT_EQ(back->accesses, accesses.size());
    auto expected = accesses;
    const bool has_gaps = format == Format::kTarn || format == Format::kDramSim3;
    for (Access& access : expected) access.gap = has_gaps ? access.gap : 0;
    EXPECT_TRUE(ReadTrace(folder_ / "c").accesses == expected) << FormatName(format);
  }
}

TEST_F(TraceText, ReadsNumbersOfPages) {
  const ReadOutcome outcome = Read("R 12\nW 0\nR 4503599627370495\n");
  ASSERT_TRUE(outcome.status.ok()) << outcome.status.message();
  const std::vector<Access> expected = {{.line = 12 * 64}, {.line = 0, .write = true}, {.line = kLineEnd - 64}};
  EXPECT_EQ(outcome.accesses, expected);
  EXPECT_NE(ErrorOf("R 1\nR 4503599627370496\n").find(":2: "), std::string::npos) << "beyond 64 bits of address";
}

TEST_F(TraceText, ConvertsAPart) {
  const auto accesses = RandomAccesses(1000, 9);
  ASSERT_TRUE(WriteTrace(folder_ / "a", accesses).ok());
  const auto always = [] { return true; };
  const auto part = Convert({.input = folder_ / "a", .output = folder_ / "b", .skip = 100, .limit = 50}, always);
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(part->ending, Ending::kLimit);
  EXPECT_EQ(Reader::Open(folder_ / "b")->metadata().skipped, 100u);
  EXPECT_TRUE(ReadTrace(folder_ / "b").accesses == std::vector<Access>(accesses.begin() + 100, accesses.begin() + 150));
}

TEST_F(TraceText, LeavesNothingOfAFailedConversion) {
  const std::string text = "R 0x40\nR zero\n";
  WriteBytes(path_, Bytes(text.begin(), text.end()));
  for (const Format format : {Format::kTarn, Format::kDramSim3}) {
    EXPECT_FALSE(Convert({.input = path_, .output = folder_ / "b", .format = format}, [] { return true; }).ok());
    EXPECT_EQ(folder_.FileCount(), 1u);
  }
}

TEST_F(TraceText, InspectCountsWhatTheWriterCounted) {
  ASSERT_TRUE(WriteTrace(folder_ / "a", RandomAccesses(40'000, 2), {}, Ending::kInterrupted).ok());
  const auto info = Inspect(folder_ / "a");
  ASSERT_TRUE(info.ok()) << info.status().message();
  EXPECT_TRUE(info->summary == Reader::Open(folder_ / "a")->summary());
  EXPECT_EQ(info->file_bytes, ReadBytes(folder_ / "a").size());
}

}  // namespace
}  // namespace tarn::trace
