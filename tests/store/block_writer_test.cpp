// The log's writer: what it was given is in the file, and nothing else has changed, wherever a write begins and ends.
#include "sw/store/block_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "models/common/random.h"
#include "tests/trace/trace_files.h"

namespace tarn::store {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes RandomBytes(Random& random, std::size_t count) {
  Bytes bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.Next());
  return bytes;
}

class StoreBlockWriter : public testing::Test {
 protected:
  BlockWriter Open(const Bytes& content, int flags = O_RDWR) {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
    return {net::FileDescriptor(::open(path_.c_str(), flags | O_CLOEXEC)), content.size()};
  }
  Bytes InFile() const {
    std::ifstream file(path_, std::ios::binary | std::ios::ate);
    Bytes bytes(static_cast<std::size_t>(file.tellg()));
    file.seekg(0).read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return bytes;
  }

  trace::ScratchFolder folder_;
  std::string path_ = folder_ / "file";
};

TEST_F(StoreBlockWriter, WhatIsPutIsInTheFileOnceFlushedAndNothingElseChanges) {
  // The second is no whole number of blocks, so that the cache is not left out.
  for (const std::size_t size : {std::size_t{4} << 20, (std::size_t{1} << 20) + 1536}) {
    Random random(size);
    Bytes expected = RandomBytes(random, size);
    BlockWriter writer = Open(expected);
    std::size_t at = 0;
    for (int step = 0; step < 150; ++step) {
      // Mostly one after the other, as a log grows; some anywhere, also where the last one ended within a block.
      if (random.Percent(20)) at = random.Below(size);
      const std::size_t wanted = random.Percent(5) ? 3 << 20 : 1 + random.Below(random.Percent(50) ? 600 : 20'000);
      const std::size_t count = std::min(wanted, size - at);
      const bool zeroes = count < 512 && random.Percent(30);
      const Bytes bytes = zeroes ? Bytes(count) : RandomBytes(random, count);
      ASSERT_TRUE(zeroes ? writer.PutZeroes(at, count) : writer.Put(at, bytes));
      std::copy(bytes.begin(), bytes.end(), expected.begin() + static_cast<std::ptrdiff_t>(at));
      at = (at + count) % size;
      ASSERT_TRUE(!random.Percent(10) || writer.WriteWhole());
      if (!random.Percent(25)) continue;
      ASSERT_TRUE(writer.Flush());
      EXPECT_FALSE(writer.waits());
      ASSERT_TRUE(InFile() == expected) << "step " << step;
    }
    ASSERT_TRUE(writer.Flush() && writer.Sync());
    EXPECT_TRUE(InFile() == expected);
  }
}

TEST_F(StoreBlockWriter, WholeBlocksDoNotWaitForTheRestOfTheLast) {
  const Bytes before(1 << 20, 1);
  BlockWriter writer = Open(before);
  ASSERT_TRUE(writer.Put(4096, Bytes(10'000, 2)));
  ASSERT_TRUE(writer.WriteWhole());
  EXPECT_TRUE(writer.waits());
  const Bytes now = InFile();
  EXPECT_EQ(now[4096 + 8191], 2);
  EXPECT_EQ(now[4096 + 8192], 1);
}

TEST_F(StoreBlockWriter, AFileThatCannotBeWrittenIsToldOf) {
  BlockWriter writer = Open(Bytes(1 << 20, 1), O_RDONLY);
  EXPECT_TRUE(writer.Put(0, Bytes(512, 2)));
  EXPECT_FALSE(writer.Flush());
}

}  // namespace
}  // namespace tarn::store
