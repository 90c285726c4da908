// Frames on the wire between members.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "sw/store/frame_reader.h"

namespace tarn::store {
namespace {

using dataset::Bytes;

Bytes Framed(const std::vector<Bytes>& frames) {
  Bytes all;
  for (const Bytes& frame : frames) {
    for (const std::uint8_t byte : FrameHeader(frame.size())) all.push_back(byte);
    all.insert(all.end(), frame.begin(), frame.end());
  }
  return all;
}

TEST(StoreFrame, FramesAreFoundHoweverTheBytesAreDivided) {
  const std::vector<Bytes> frames = {{}, {1}, Bytes(1000, 2), {}, {}, Bytes(200'000, 3), {4, 5}};
  const Bytes all = Framed(frames);
  for (const std::size_t at_a_time : {std::size_t{1}, std::size_t{3}, std::size_t{777}, all.size()}) {
    FrameReader reader;
    std::vector<Bytes> found;
    for (std::size_t at = 0; at < all.size(); at += at_a_time) {
      const std::size_t count = std::min(at_a_time, all.size() - at);
      ASSERT_TRUE(reader.Take({all.data() + at, count}, [&](Bytes frame) { found.push_back(std::move(frame)); }));
    }
    EXPECT_EQ(found, frames) << at_a_time;
  }
}

TEST(StoreFrame, ALengthBeyondTheBoundBreaksTheStream) {
  const auto ignore = [](const Bytes&) {};
  FrameReader at_the_bound;
  EXPECT_TRUE(at_the_bound.Take(FrameHeader(kFrameBytesMax), ignore));
  FrameReader beyond;
  EXPECT_FALSE(beyond.Take(FrameHeader(kFrameBytesMax + 1), ignore));
  FrameReader far_beyond;
  const Bytes header(kFrameHeaderBytes, 0xff);
  EXPECT_FALSE(far_beyond.Take(header, ignore));
}

TEST(StoreFrame, BytesFromNowhereBreakNothing) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    FrameReader reader;
    std::size_t bytes = 0;
    for (int k = 0; k < 50; ++k) {
      Bytes some(random() % 40);
      // Mostly small lengths, or each stream would end at once.
      for (std::uint8_t& byte : some) byte = static_cast<std::uint8_t>(random() % 4 == 0 ? random() : random() % 3);
      if (!reader.Take(some, [&](const Bytes& frame) { bytes += frame.size(); })) break;
    }
    EXPECT_LE(bytes, 2000U);
  }
}

}  // namespace
}  // namespace tarn::store
