// Whatever happens to a trace file, the reader says so: it never crashes, hangs, or gives out an access that was
// not written. And files whose checksums are right but whose content no writer makes are refused as well.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "sw/trace/file_format.h"
#include "tests/trace/trace_files.h"

namespace tarn::trace {
namespace {

// Reads damaged bytes: an error that names the file and a byte, after accesses that were all written so.
void ExpectRefused(const std::string& path, const Bytes& bytes, const std::vector<Access>& written,
                   const std::string& what) {
  WriteBytes(path, bytes);
  const ReadOutcome outcome = ReadTrace(path);
  ASSERT_FALSE(outcome.status.ok()) << what;
  ASSERT_EQ(outcome.status.message().rfind(path + ": at byte ", 0), 0u) << what << ": " << outcome.status.message();
  ASSERT_EQ(outcome.status.message().find('\n'), std::string::npos) << what;
  ASSERT_LE(outcome.accesses.size(), written.size()) << what;
  ASSERT_TRUE(std::equal(outcome.accesses.begin(), outcome.accesses.end(), written.begin())) << what;
}

class TraceDamage : public testing::Test {
 protected:
  void Make(std::size_t count) {
    accesses_ = RandomAccesses(count, 7);
    ASSERT_TRUE(WriteTrace(path_, accesses_, {.command = {"true"}, .source = "record"}).ok());
    bytes_ = ReadBytes(path_);
    ASSERT_EQ(ReadTrace(path_).accesses.size(), count);
  }

  ScratchFolder folder_;
  std::string path_ = folder_ / "t";
  std::vector<Access> accesses_;
  Bytes bytes_;
};

TEST_F(TraceDamage, EveryFlippedBitOfASmallTraceIsFound) {
  Make(40);
  for (std::size_t bit = 0; bit < 8 * bytes_.size(); ++bit) {
    Bytes damaged = bytes_;
    damaged[bit / 8] = static_cast<std::uint8_t>(damaged[bit / 8] ^ (1 << bit % 8));
    ExpectRefused(path_, damaged, accesses_, "bit " + std::to_string(bit));
    if (HasFatalFailure()) return;
  }
}

TEST_F(TraceDamage, EveryTruncationOfASmallTraceIsFound) {
  Make(40);
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    ExpectRefused(path_, Bytes(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(size)), accesses_,
                  "cut to " + std::to_string(size));
    if (HasFatalFailure()) return;
  }
}

TEST_F(TraceDamage, FlippedBitsAndCutsOfALargeTraceAreFound) {
  Make(2 * 32768 + 100);
  std::mt19937_64 random(11);
  for (int i = 0; i < 200; ++i) {
    Bytes damaged = bytes_;
    const std::size_t at = random() % damaged.size();
    damaged[at] = static_cast<std::uint8_t>(damaged[at] ^ (1 << random() % 8));
    if (i % 4 == 1) damaged.resize(at);
    if (i % 4 == 2) damaged.insert(damaged.begin() + static_cast<std::ptrdiff_t>(at), 0);
    if (i % 4 == 3) damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(at));
    ExpectRefused(path_, damaged, accesses_, "case " + std::to_string(i) + " at byte " + std::to_string(at));
    if (HasFatalFailure()) return;
  }
}

TEST_F(TraceDamage, BytesBehindTheEndAreFound) {
  Make(40);
  bytes_.push_back(0);
  ExpectRefused(path_, bytes_, accesses_, "a byte more");
}

TEST_F(TraceDamage, ABlockThatIsTwiceOrMissingOrMovedIsFound) {
  Make(2 * 32768);
  const std::size_t first = kPreambleBytes + bytes_[12] + (std::size_t{bytes_[13]} << 8);
  const std::size_t stored =
      bytes_[first + 8] + (std::size_t{bytes_[first + 9]} << 8) + (std::size_t{bytes_[first + 10]} << 16);
  const auto begin = bytes_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto middle = begin + static_cast<std::ptrdiff_t>(kBlockHeaderBytes + stored);
  Bytes moved = bytes_;
  std::rotate(moved.begin() + (begin - bytes_.begin()), moved.begin() + (middle - bytes_.begin()), moved.end());
  ASSERT_EQ(moved.size(), bytes_.size());
  WriteBytes(path_, moved);
  EXPECT_FALSE(ReadTrace(path_).status.ok());
  Bytes twice(bytes_.begin(), middle);
  twice.insert(twice.end(), begin, middle);
  twice.resize(bytes_.size());
  WriteBytes(path_, twice);
  EXPECT_FALSE(ReadTrace(path_).status.ok());
}

TEST_F(TraceDamage, AnOtherFileIsToldFromADamagedOne) {
  WriteBytes(path_, Bytes(500, 'x'));
  EXPECT_NE(ReadTrace(path_).status.message().find("not a Tarn trace"), std::string::npos);
}

TEST_F(TraceDamage, ALaterVersionIsNamed) {
  Make(1);
  bytes_[8] = 2;
  WriteBytes(path_, bytes_);
  EXPECT_EQ(ReadTrace(path_).status.message(), path_ + ": at byte 8: format version 2; this tool reads version 1");
}

TEST_F(TraceDamage, AnErrorStays) {
  Make(40);
  bytes_.back() ^= 1;
  WriteBytes(path_, bytes_);
  Result<Reader> reader = Reader::Open(path_);
  ASSERT_TRUE(reader.ok());
  Access access;
  const std::string first = reader->Next(access).status().message();
  EXPECT_EQ(reader->Next(access).status().message(), first);
}

// Files with right checksums that no writer makes.
class TraceForgery : public TraceDamage {
 protected:
  // Makes a one-block file from the parts that `forge` may change, with all checksums right.
  void Forge(const std::function<void(Preamble&, std::string&, BlockHeader&, Bytes&)>& forge) {
    Make(40);
    Preamble preamble = *DecodePreamble(std::span(bytes_).first<kPreambleBytes>());
    const auto block = bytes_.begin() + static_cast<std::ptrdiff_t>(kPreambleBytes + preamble.metadata_bytes);
    std::string metadata(bytes_.begin() + kPreambleBytes, block);
    BlockHeader header = *DecodeBlockHeader(std::span(block, bytes_.end()).first<kBlockHeaderBytes>());
    Bytes stored(block + kBlockHeaderBytes, bytes_.end());
    forge(preamble, metadata, header, stored);
    header.stored_bytes = static_cast<std::uint32_t>(stored.size());
    const BlockHeaderBytes header_bytes = EncodeBlockHeader(header, stored);
    Bytes content(metadata.begin(), metadata.end());
    preamble.metadata_bytes = static_cast<std::uint32_t>(content.size());
    preamble.metadata_crc = Crc32(0, content);
    content.insert(content.end(), header_bytes.begin(), header_bytes.end());
    content.insert(content.end(), stored.begin(), stored.end());
    preamble.content_crc = Crc32(0, content);
    preamble.file_bytes = kPreambleBytes + content.size();
    const PreambleBytes preamble_bytes = EncodePreamble(preamble);
    bytes_.assign(preamble_bytes.begin(), preamble_bytes.end());
    bytes_.insert(bytes_.end(), content.begin(), content.end());
    WriteBytes(path_, bytes_);
  }

  void ExpectError(const std::string& part) {
    const ReadOutcome outcome = ReadTrace(path_);
    ASSERT_FALSE(outcome.status.ok());
    EXPECT_NE(outcome.status.message().find(part), std::string::npos) << outcome.status.message();
  }
};

TEST_F(TraceForgery, NothingChangedIsAccepted) {
  Forge([](Preamble&, std::string&, BlockHeader&, Bytes&) {});
  EXPECT_TRUE(ReadTrace(path_).status.ok());
}

TEST_F(TraceForgery, CountsThatContradictTheBlocksAreRefused) {
  Forge([](Preamble& preamble, std::string&, BlockHeader&, Bytes&) {
    ++preamble.summary.reads;
    --preamble.summary.writes;
  });
  ExpectError("the blocks hold");
  Forge([](Preamble& preamble, std::string&, BlockHeader&, Bytes&) { ++preamble.summary.reads; });
  ExpectError("not that of reads and writes together");
  Forge([](Preamble& preamble, std::string&, BlockHeader&, Bytes&) { preamble.summary.pages = 41; });
  ExpectError("more pages than accesses");
  Forge([](Preamble& preamble, std::string&, BlockHeader&, Bytes&) { preamble.blocks = 41; });
  ExpectError("cannot stand in 41 blocks");
  Forge([](Preamble& preamble, std::string&, BlockHeader&, Bytes&) { preamble.summary.ending = Ending{3}; });
  ExpectError("ending 3; 0 to 2");
}

TEST_F(TraceForgery, BlocksOfAWrongSizeAreRefused) {
  Forge([](Preamble&, std::string&, BlockHeader& header, Bytes&) { header.records = kBlockRecordsMax + 1; });
  ExpectError("a block of 32769 records; 1 to 32768 are allowed");
  Forge([](Preamble&, std::string&, BlockHeader& header, Bytes&) { header.records = 0; });
  ExpectError("a block of 0 records");
  Forge([](Preamble&, std::string&, BlockHeader& header, Bytes&) { header.raw_bytes = 1u << 31; });
  ExpectError("at most 458752");
  Forge([](Preamble&, std::string&, BlockHeader& header, Bytes&) { ++header.raw_bytes; });
  ExpectError("where its header says");
  Forge([](Preamble&, std::string&, BlockHeader& header, Bytes&) { --header.records; });
  ExpectError("holds more bytes than its records need");
  Forge([](Preamble&, std::string&, BlockHeader& header, Bytes&) { ++header.records; });
  ExpectError("malformed");
}

TEST_F(TraceForgery, RandomPayloadsAreRefused) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 200; ++i) {
    Forge([&](Preamble&, std::string&, BlockHeader&, Bytes& stored) {
      for (int k = 0; k < 3; ++k) stored[random() % stored.size()] = static_cast<std::uint8_t>(random());
    });
    // A changed payload may still decode, to other accesses: there is nothing to hold against them. What counts
    // is that nothing worse happens (the sanitizers' build runs this test too).
    const ReadOutcome outcome = ReadTrace(path_);
    for (const Access& access : outcome.accesses) ASSERT_LT(access.line, kLineEnd);
  }
}

TEST_F(TraceForgery, MetadataOfTheWrongShapeIsRefused) {
  for (const char* text : {"", "{", "[]", "{\"command\": 5}", "null",
                           "{\"command\":[],\"source\":\"\",\"skipped\":-1.5e300,\"gap_unit\":\"weeks\"}",
                           "{\"command\":[],\"source\":\"\",\"skipped\":0,\"gap_unit\":\"none\",\"filter\":3}"}) {
    Forge([&](Preamble&, std::string& metadata, BlockHeader&, Bytes&) { metadata = text; });
    ExpectError("at byte 96: ");
  }
}

}  // namespace
}  // namespace tarn::trace
