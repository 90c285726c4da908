#include "sw/trace/cache_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>
#include <random>
#include <set>

namespace tarn::trace {
namespace {

constexpr CacheFilterConfig kTiny = {.size_bytes = 1024, .ways = 4, .line_bytes = 64};

// The same cache written down another way: a list per set, the most recently used block in front.
class ListCache {
 public:
  explicit ListCache(const CacheFilterConfig& config) : config_(config) {}

  std::vector<Access> Reference(std::uint64_t address, std::uint32_t size_bytes, bool write) {
    std::vector<Access> traffic;
    std::set<std::uint64_t> blocks;
    for (std::uint32_t i = 0; i < size_bytes; ++i) blocks.insert((address + i) / config_.line_bytes);
    for (const std::uint64_t block : blocks) {
      auto& set = sets_[block % (config_.size_bytes / config_.ways / config_.line_bytes)];
      const auto found = std::find(set.begin(), set.end(), block);
      if (found == set.end()) {
        Move(block, /*write=*/false, traffic);
        if (set.size() == config_.ways) {
          if (dirty_.erase(set.back()) == 1) Move(set.back(), /*write=*/true, traffic);
          set.pop_back();
        }
        set.push_front(block);
      } else {
        set.splice(set.begin(), set, found);
      }
      if (write) dirty_.insert(block);
    }
    return traffic;
  }
  const std::set<std::uint64_t>& dirty() const { return dirty_; }

 private:
  void Move(std::uint64_t block, bool write, std::vector<Access>& traffic) const {
    for (std::uint32_t byte = 0; byte < config_.line_bytes; byte += 64) {
      traffic.push_back({.line = (block * config_.line_bytes + byte) / 64, .write = write});
    }
  }
  CacheFilterConfig config_;
  std::map<std::uint64_t, std::list<std::uint64_t>> sets_;
  std::set<std::uint64_t> dirty_;
};

TEST(TraceCacheFilter, SendsWhatAListPerSetSends) {
  for (const CacheFilterConfig& config : {kTiny, CacheFilterConfig{.size_bytes = 64, .ways = 1, .line_bytes = 64},
                                          CacheFilterConfig{.size_bytes = 3 * 8 * 256, .ways = 3, .line_bytes = 256},
                                          CacheFilterConfig{.size_bytes = 65536, .ways = 16, .line_bytes = 64}}) {
    std::mt19937_64 random(config.size_bytes);
    CacheFilter filter(config);
    ListCache expected(config);
    std::size_t sent = 0;
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t address = random() % (3 * config.size_bytes) + (random() % 2 << 40);
      const auto size = static_cast<std::uint32_t>(random() % 20 == 0 ? 1 + random() % 600 : 1 + random() % 16);
      const bool write = random() % 3 == 0;
      std::vector<Access> traffic;
      filter.Reference(address, size, write, traffic);
      ASSERT_EQ(traffic, expected.Reference(address, size, write)) << "reference " << i;
      sent += traffic.size();
    }
    EXPECT_GT(sent, 1000u);
    std::vector<Access> flushed;
    filter.Flush(flushed);
    std::set<std::uint64_t> blocks;
    for (const Access& access : flushed) {
      EXPECT_TRUE(access.write);
      blocks.insert(access.line * 64 / config.line_bytes);
    }
    EXPECT_EQ(blocks, expected.dirty());
    EXPECT_EQ(flushed.size(), blocks.size() * config.line_bytes / 64);
    flushed.clear();
    filter.Flush(flushed);
    EXPECT_TRUE(flushed.empty()) << "the second flush finds nothing dirty";
  }
}

TEST(TraceCacheFilter, TakesTheLastByteOfTheAddressSpace) {
  CacheFilter filter(kTiny);
  std::vector<Access> traffic;
  filter.Reference(~std::uint64_t{0} - 64, 65, /*write=*/true, traffic);
  ASSERT_EQ(traffic.size(), 2u);
  EXPECT_EQ(traffic[1].line, kLineEnd - 1);
}

TEST(TraceCacheFilter, RefusesShapesThatNoCacheHas) {
  const auto message = [](std::uint64_t size, std::uint32_t ways, std::uint32_t line) {
    const Status status = CacheFilter::Check({.size_bytes = size, .ways = ways, .line_bytes = line});
    return status.ok() ? std::string("accepted") : status.message();
  };
  EXPECT_EQ(message(1024, 4, 64), "accepted");
  EXPECT_EQ(message(1 << 30, 8, 64), "accepted");
  EXPECT_EQ(message(1000, 4, 64),
            "a cache of 1000 bytes: wants 256 (ways x line bytes) times a power of two, at most 1 GiB");
  EXPECT_NE(message(3 * 1024, 4, 64).find("power of two"), std::string::npos);
  EXPECT_NE(message(0, 4, 64).find("power of two"), std::string::npos);
  EXPECT_NE(message(std::uint64_t{1} << 40, 4, 64).find("at most 1 GiB"), std::string::npos);
  EXPECT_EQ(message(1024, 0, 64), "a cache of 0 ways: wants 1 to 64");
  EXPECT_EQ(message(1024, 65, 64), "a cache of 65 ways: wants 1 to 64");
  EXPECT_EQ(message(1024, 4, 32), "cache lines of 32 bytes: wants a power of two from 64 to 4096");
  EXPECT_EQ(message(1024, 4, 96), "cache lines of 96 bytes: wants a power of two from 64 to 4096");
}

}  // namespace
}  // namespace tarn::trace
