// Buffers that are used again.
#include "sw/net/spare_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace tarn::net {
namespace {

TEST(NetSpareBytes, AreUsedAgainForWhatFits) {
  for (const std::size_t bytes :
       {std::size_t{1100}, std::size_t{4096}, std::size_t{4187}, std::size_t{131'072 + 300}}) {
    Bytes taken = TakeSpare(bytes);
    ASSERT_EQ(taken.size(), bytes);
    EXPECT_LE(taken.capacity(), bytes + bytes / 8);
    const auto* const place = taken.data();
    GiveSpare(std::move(taken));
    const Bytes again = TakeSpare(bytes - 1);
    EXPECT_EQ(again.size(), bytes - 1);
    EXPECT_EQ(again.data(), place) << bytes;
  }
}

TEST(NetSpareBytes, ComeBackFromTheLastWhoHoldsThem) {
  auto shared = ShareSpare(TakeSpare(5000));
  const auto* const place = shared->data();
  auto other = shared;
  shared.reset();
  EXPECT_NE(TakeSpare(5000).data(), place);
  other.reset();
  EXPECT_EQ(TakeSpare(5000).data(), place);
}

TEST(NetSpareBytes, SmallAndHugeOnesAreNotKept) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{100}, std::size_t{40} << 20}) {
    Bytes taken = TakeSpare(bytes);
    EXPECT_EQ(taken.size(), bytes);
    GiveSpare(std::move(taken));
  }
  GiveSpare(Bytes(5001));  // not from here: its size is nobody else's
}

TEST(NetSpareBytes, NoMoreAreKeptThanTheBound) {
  std::vector<Bytes> many;
  for (int i = 0; i < 100; ++i) many.push_back(TakeSpare(1 << 20));
  const auto* const first = many.front().data();
  for (Bytes& one : many) GiveSpare(std::move(one));
  std::vector<const std::uint8_t*> kept;
  std::vector<Bytes> again;
  for (int i = 0; i < 32; ++i) {
    again.push_back(TakeSpare(1 << 20));
    kept.push_back(again.back().data());
  }
  EXPECT_NE(std::ranges::find(kept, first), kept.end());
}

}  // namespace
}  // namespace tarn::net
