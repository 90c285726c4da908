// The checker against small histories worked out by hand, and against all orders of random ones.
#include "sw/dataset/simulation/linearizability.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "models/common/random.h"

namespace tarn::dataset::simulation {
namespace {

TEST(BlockHistory, TakesWhatIsInOrder) {
  BlockHistory history({0});
  EXPECT_TRUE(history.EndRead(0, 1, 2));
  history.BeginWrite(1, 11, 3);
  EXPECT_TRUE(history.EndWrite(1, 4, false));
  EXPECT_TRUE(history.EndRead(11, 5, 6));
}

TEST(BlockHistory, FindsAnOldValueAfterAWrite) {
  BlockHistory history({0});
  history.BeginWrite(1, 11, 3);
  history.EndWrite(1, 4, false);
  EXPECT_FALSE(history.EndRead(0, 5, 6));
}

TEST(BlockHistory, FindsAnOldValueReadAfterTheNewOneWasRead) {
  BlockHistory history({0});
  history.BeginWrite(1, 11, 1);
  EXPECT_TRUE(history.EndRead(11, 2, 3));
  EXPECT_FALSE(history.EndRead(0, 4, 5));
}

TEST(BlockHistory, LetsReadsOfOneTimeSeeBothValues) {
  BlockHistory history({0});
  history.BeginWrite(1, 11, 1);
  EXPECT_TRUE(history.EndRead(11, 2, 5));
  EXPECT_TRUE(history.EndRead(0, 3, 6));  // began before the other ended
}

TEST(BlockHistory, LetsAWriteWithoutAnAnswerHappenLateOrNever) {
  BlockHistory history({0});
  history.BeginWrite(1, 11, 1);
  history.BeginWrite(2, 12, 2);
  EXPECT_TRUE(history.EndWrite(2, 3, false));
  EXPECT_TRUE(history.EndRead(12, 4, 5));
  EXPECT_TRUE(history.EndRead(11, 6, 7));
  EXPECT_FALSE(history.EndRead(12, 8, 9));
}

TEST(BlockHistory, FindsAWriteThatDidNotHappen) {
  BlockHistory history({0});
  history.BeginWrite(1, 11, 1);
  history.CancelWrite(1);
  EXPECT_FALSE(history.EndRead(11, 2, 3));
}

TEST(BlockHistory, KeepsWhatIsStableWhenThePowerGoes) {
  BlockHistory history({0});
  history.BeginWrite(1, 11, 1);
  history.EndWrite(1, 2, true);
  history.BeginWrite(2, 12, 3);
  history.EndWrite(2, 4, false);
  BlockHistory other = history, third = history;
  history.LosePower(0, 5);
  EXPECT_TRUE(history.EndRead(11, 6, 7));
  other.LosePower(0, 5);
  EXPECT_TRUE(other.EndRead(12, 6, 7));
  third.LosePower(0, 5);
  EXPECT_FALSE(third.EndRead(0, 6, 7));
}

// Every order of a random history's operations, tried one by one.
struct Op {
  bool is_write = false;
  std::uint64_t value = 0;
  Moment begun = 0, ended = 0;  // 0: never
};

bool Explains(const std::vector<Op>& ops, std::uint32_t done, std::uint64_t value) {
  Moment first_end = ~Moment{0};
  bool left = false;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if ((done >> i & 1) != 0 || ops[i].ended == 0) continue;
    left = true;
    first_end = std::min(first_end, ops[i].ended);
  }
  if (!left) return true;
  for (std::size_t i = 0; i < ops.size(); ++i) {
    if ((done >> i & 1) != 0 || ops[i].begun > first_end) continue;
    if (!ops[i].is_write && ops[i].value != value) continue;
    if (Explains(ops, done | 1u << i, ops[i].is_write ? ops[i].value : value)) return true;
  }
  return false;
}

TEST(BlockHistory, AgreesWithASearchOfAllOrders) {
  Random random(7);
  int right = 0, wrong = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<Op> ops(3 + random.Below(4));
    std::vector<std::pair<int, std::size_t>> marks;
    for (std::size_t i = 0; i < ops.size(); ++i) {
      ops[i].is_write = random.Percent(50);
      ops[i].value = random.Below(3);  // values may be written twice
      marks.emplace_back(0, i);
      if (!ops[i].is_write || random.Percent(80)) marks.emplace_back(1, i);
    }
    for (std::size_t i = marks.size(); i > 1; --i) std::swap(marks[i - 1], marks[random.Below(i)]);
    Moment moment = 0;
    std::vector<std::pair<int, std::size_t>> events;
    for (const auto& [end, i] : marks) {
      // Of two marks of an operation the first begins it.
      const bool begins = ops[i].begun == 0;
      (begins ? ops[i].begun : ops[i].ended) = ++moment;
      events.emplace_back(begins ? 0 : 1, i);
    }
    for (Op& op : ops) {
      if (!op.is_write && op.ended == 0) op.ended = ++moment;
    }
    BlockHistory history({0});
    bool fits = true;
    for (const auto& [end, i] : events) {
      if (end == 0 && ops[i].is_write) history.BeginWrite(i, ops[i].value, ops[i].begun);
      if (end == 1 && ops[i].is_write) fits = fits && history.EndWrite(i, ops[i].ended, false);
      if (end == 1 && !ops[i].is_write) fits = fits && history.EndRead(ops[i].value, ops[i].begun, ops[i].ended);
    }
    ASSERT_EQ(fits, Explains(ops, 0, 0)) << "round " << round;
    ++(fits ? right : wrong);
  }
  EXPECT_GT(right, 1000);
  EXPECT_GT(wrong, 1000);
}

}  // namespace
}  // namespace tarn::dataset::simulation
