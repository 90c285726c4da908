#include "sw/dataset/block_set.h"

#include <gtest/gtest.h>

#include <bitset>

#include "models/common/random.h"

namespace tarn::dataset {
namespace {

// As a set of single blocks would split the same ranges.
TEST(BlockSet, SplitsARangeAsABitForEachBlockWould) {
  constexpr std::uint64_t kBlocks = 200;
  Random random(7);
  for (int round = 0; round < 200; ++round) {
    BlockSet set;
    std::bitset<kBlocks> bits;
    for (std::uint64_t adds = random.Below(12); adds > 0; --adds) {
      const std::uint64_t first = random.Below(kBlocks);
      const BlockRange range = {.first = first,
                                .count = 1 + random.Below(std::min<std::uint64_t>(20, kBlocks - first))};
      set.Add(range);
      for (std::uint64_t block = range.first; block < range.end(); ++block) bits.set(block);
    }
    const std::uint64_t first = random.Below(kBlocks);
    const BlockRange asked = {.first = first, .count = 1 + random.Below(kBlocks - first)};
    std::uint64_t at = asked.first;
    bool was_in = false;
    set.Split(asked, [&](const BlockRange& part, bool is_in) {
      ASSERT_EQ(part.first, at);
      ASSERT_GT(part.count, 0u);
      EXPECT_TRUE(at == asked.first || is_in != was_in);  // parts are as long as can be
      for (; at < part.end(); ++at) ASSERT_EQ(bits[at], is_in) << at;
      was_in = is_in;
    });
    EXPECT_EQ(at, asked.end());
  }
}

}  // namespace
}  // namespace tarn::dataset
