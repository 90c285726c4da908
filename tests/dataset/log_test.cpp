// The log: whatever of it is there after a crash, everything flushed is.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "models/common/random.h"
#include "tests/dataset/local_disk.h"

namespace tarn::dataset {
namespace {

using Io = IoRequest::Kind;
constexpr std::uint64_t kLoggedBlocks = 40;

class DatasetLog : public testing::Test {
 protected:
  void SetUp() override {
    host_.Boot(1, /*create=*/true);
    ASSERT_TRUE(host_.Serves(1));
    const Reply made = host_.Do(1, ControlRequest{.name = "volume", .size_bytes = kLoggedBlocks * 512});
    ASSERT_EQ(made.outcome, Outcome::kOk);
    volume_ = made.object;
  }

  Outcome Write(std::uint64_t block, std::uint64_t number, bool fua = false) {
    return host_
        .Do(1, IoRequest{.kind = Io::kWrite,
                         .object = volume_,
                         .offset_bytes = block * 512,
                         .fua = fua,
                         .data = Owned(BlockOf(number, 512))})
        .outcome;
  }
  Bytes Read(LocalHost& host, std::uint64_t block) {
    return host.Do(1, IoRequest{.kind = Io::kRead, .object = volume_, .offset_bytes = block * 512, .length_bytes = 512})
        .data;
  }

  LocalHost host_{SmallConfig()};
  ObjectId volume_ = kNoObject;
};

// The write that a crash hits reaches the disk up to any byte, or but for any byte; what was flushed before is there,
// and each block shows one of what was written to it since.
TEST_F(DatasetLog, IsWholeAfterACutAtAnyByteOfAWorkload) {
  host_.KeepWrites();
  Bytes image = host_.image(1);
  struct Done {
    std::size_t writes = 0;  // handed to the disk when it was acknowledged
    std::uint64_t block = 0, number = 0;
  };
  std::vector<Done> history;
  Random random(1);
  for (std::uint64_t number = 1; number <= 24; ++number) {
    const std::uint64_t block = random.Below(8);
    ASSERT_EQ(Write(block, number, random.Percent(40)), Outcome::kOk);
    history.push_back({host_.writes(1).size(), block, number});
  }
  const auto writes = host_.writes(1);
  const auto syncs = host_.syncs(1);
  std::uint64_t cuts = 0;
  for (std::size_t i = 0; i < writes.size(); ++i) {
    const WriteStorage& write = writes[i];
    // Every byte of the header and of what follows it closely, and of the last bytes; every seventh of what content is
    // between.
    for (std::size_t cut = 0; cut <= write.bytes.size(); cut += cut < 200 || cut + 16 > write.bytes.size() ? 1 : 7) {
      if (++cuts % 3 != 0 && i > 4) continue;
      Bytes torn = image;
      std::copy_n(write.bytes.begin(), cut, torn.begin() + static_cast<std::ptrdiff_t>(write.offset));
      MemberConfig config = SmallConfig();
      config.self = 1;
      config.initial_members = MemberSet::Of(1);
      HeapMemory memory(1 << 20);
      Store store(config, memory);
      Actions actions;
      store.Start(actions);
      while (!actions.empty()) {
        Actions next;
        std::vector<ContentId> loaded;
        for (Action& action : actions) {
          if (auto* read = std::get_if<ReadStorage>(&action)) {
            const auto begin = torn.begin() + static_cast<std::ptrdiff_t>(read->offset);
            store.OnRead(
                {.token = read->token, .bytes = Bytes(begin, begin + static_cast<std::ptrdiff_t>(read->length))}, next,
                loaded);
          } else if (auto* written = std::get_if<WriteStorage>(&action)) {
            std::ranges::copy(Joined(*written), torn.begin() + static_cast<std::ptrdiff_t>(written->offset));
          } else if (auto* sync = std::get_if<SyncStorage>(&action)) {
            store.OnSynced(sync->token, next);
          }
        }
        actions = std::move(next);
      }
      ASSERT_TRUE(store.ready()) << "write " << i << " cut at " << cut << ": " << store.trouble();
      ASSERT_FALSE(store.note().incomplete) << "write " << i << " cut at " << cut;
      std::size_t stable = 0;
      for (const std::size_t covered : syncs) stable = covered <= i ? std::max(stable, covered) : stable;
      std::map<std::uint64_t, std::set<std::uint64_t>> allowed;
      for (std::uint64_t block = 0; block < 8; ++block) allowed[block].insert(0);
      for (const Done& done : history) {
        if (done.writes <= stable) allowed[done.block].clear();
        if (done.writes <= i + 1) allowed[done.block].insert(done.number);
      }
      for (std::uint64_t block = 0; block < 8; ++block) {
        Bytes data(512);
        store.graph().Resolve(volume_, {.first = block, .count = 1}, [&](const Piece& piece) {
          if (piece.kind != ExtentKind::kData) return;
          bool shown = false;
          for (const std::uint64_t number : allowed[block]) {
            shown = shown ||
                    (number != 0 && Checksum(BlockOf(number, 512)) == store.BlockChecksum(piece.content, piece.index));
          }
          EXPECT_TRUE(shown) << "write " << i << " cut at " << cut << ": block " << block;
        });
      }
    }
    std::copy(write.bytes.begin(), write.bytes.end(), image.begin() + static_cast<std::ptrdiff_t>(write.offset));
  }
  EXPECT_GT(cuts, 5000u);
}

// A member that stops while it makes the dataset may begin that again, until it is part of it.
TEST(DatasetMaking, GoesOnAfterAStopAtAnyWrite) {
  LocalHost host(SmallConfig());
  host.KeepWrites();
  host.Boot(1, /*create=*/true);
  ASSERT_TRUE(host.Serves(1));
  MemberConfig config = SmallConfig();
  config.self = 1;
  Bytes image(config.device_bytes);
  const auto has_joined = [&] {
    const auto begin = std::span(image).first(kSegmentsBegin);
    EXPECT_TRUE(Store::CheckSuperblocks(begin, config).ok());
    return Store::HasJoined(begin, config, [&](std::uint64_t offset, std::uint64_t size) {
      const auto part = std::span(image).subspan(offset, size);
      return Bytes(part.begin(), part.end());
    });
  };
  std::size_t before = 0;
  for (const WriteStorage& write : host.writes(1)) {
    if (!has_joined()) {
      ++before;
      LocalHost again(SmallConfig());
      again.image(1) = image;
      again.Boot(1, /*create=*/true);
      EXPECT_TRUE(again.Serves(1)) << before;
    }
    std::ranges::copy(Joined(write), image.begin() + static_cast<std::ptrdiff_t>(write.offset));
  }
  EXPECT_GT(before, 3u);
  EXPECT_TRUE(has_joined());
  // What cannot be read counts as part of one.
  std::fill(image.begin(), image.begin() + static_cast<std::ptrdiff_t>(kSegmentsBegin), 0x55);
  EXPECT_TRUE(has_joined());
}

TEST_F(DatasetLog, HoldsEverythingAfterARestart) {
  for (std::uint64_t number = 0; number < kLoggedBlocks; ++number) ASSERT_EQ(Write(number, number + 1), Outcome::kOk);
  ASSERT_EQ(
      host_.Do(1, IoRequest{.kind = Io::kTrim, .object = volume_, .offset_bytes = 512, .length_bytes = 1024}).outcome,
      Outcome::kOk);
  host_.Boot(1, /*create=*/false);
  ASSERT_TRUE(host_.Serves(1));
  for (std::uint64_t block = 0; block < kLoggedBlocks; ++block) {
    EXPECT_EQ(Read(host_, block), block == 1 || block == 2 ? Bytes(512) : BlockOf(block + 1, 512)) << block;
  }
}

// Far more is written than the disk holds; dead space is used again, and what lives stays.
TEST_F(DatasetLog, IsCleanedWhileItIsWritten) {
  Random random(2);
  std::map<std::uint64_t, std::uint64_t> newest;
  const std::uint64_t rounds = 3 * host_.image(1).size() / 1024;
  for (std::uint64_t number = 1; number <= rounds; ++number) {
    const std::uint64_t block = random.Below(kLoggedBlocks);
    ASSERT_EQ(Write(block, number), Outcome::kOk) << number;
    newest[block] = number;
  }
  const Store& store = host_.member(1).core().store();
  EXPECT_GT(store.checkpoints(), 3u);
  for (int life = 0; life < 2; ++life) {
    for (const auto& [block, number] : newest) EXPECT_EQ(Read(host_, block), BlockOf(number, 512)) << block;
    host_.Boot(1, /*create=*/false);
    ASSERT_TRUE(host_.Serves(1));
  }
  // Recovery reads what follows the newest checkpoint, not all that was ever written.
  EXPECT_LT(host_.member(1).core().store().recovered_bytes(), std::uint64_t{2} << 20);
}

// What becomes of a member alone whose log is rotten in its middle, under all that was flushed later.
MemberStatus StatusAfterDamage(PlantedBug planted) {
  MemberConfig config = SmallConfig();
  config.planted = planted;
  LocalHost host(config);
  host.KeepWrites();
  host.Boot(1, /*create=*/true);
  EXPECT_TRUE(host.Serves(1));
  const Reply made = host.Do(1, ControlRequest{.name = "volume", .size_bytes = kLoggedBlocks * 512});
  const std::size_t before = host.writes(1).size();
  for (std::uint64_t number = 1; number <= 20; ++number) {
    host.Do(1, IoRequest{.kind = Io::kWrite,
                         .object = made.object,
                         .offset_bytes = number * 512,
                         .fua = true,
                         .data = Owned(BlockOf(number, 512))});
  }
  host.image(1)[host.writes(1)[before + 8].offset + 100] ^= 1;
  host.Boot(1, /*create=*/false);
  host.Serves(1);
  return host.member(1).status(0);
}

TEST(DatasetDamage, OfAMemberAloneIsNotTakenForTheEndOfItsLog) {
  const MemberStatus status = StatusAfterDamage(PlantedBug::kNone);
  EXPECT_EQ(status.phase, Phase::kFailed);
  EXPECT_NE(status.trouble.find("less than what was acknowledged"), std::string::npos) << status.trouble;
  // The planted bug does just that.
  EXPECT_EQ(StatusAfterDamage(PlantedBug::kTruncateAtDamage).phase, Phase::kServing);
}

TEST_F(DatasetLog, ThatIsFullIsAnsweredWithNoSpaceAndATrimMakesRoom) {
  const std::uint64_t size = host_.image(1).size();
  const Reply made = host_.Do(1, ControlRequest{.name = "large", .size_bytes = size});
  ASSERT_EQ(made.outcome, Outcome::kOk);
  Outcome outcome = Outcome::kOk;
  std::uint64_t offset = 0;
  Bytes data;
  for (std::uint64_t i = 0; i < 32; ++i) {
    const Bytes block = BlockOf(i + 77, 512);
    data.insert(data.end(), block.begin(), block.end());
  }
  for (; offset + data.size() <= size && outcome == Outcome::kOk; offset += data.size()) {
    outcome =
        host_.Do(1, IoRequest{.kind = Io::kWrite, .object = made.object, .offset_bytes = offset, .data = Owned(data)})
            .outcome;
  }
  EXPECT_EQ(outcome, Outcome::kNoSpace);
  EXPECT_GT(offset, size / 3);
  EXPECT_EQ(host_.Do(1, IoRequest{.kind = Io::kTrim, .object = made.object, .length_bytes = size}).outcome,
            Outcome::kOk);
  EXPECT_EQ(Write(0, 1), Outcome::kOk);
  EXPECT_EQ(Read(host_, 0), BlockOf(1, 512));
}

// Each segment holds a little content and much that is dead with the next checkpoint: trims (found by the simulation,
// as a log that was full of such segments, in which nothing was worth cleaning).
TEST_F(DatasetLog, HasRoomAlthoughEachSegmentHoldsALittleContent) {
  const std::uint64_t segments = host_.image(1).size() / SmallConfig().segment_bytes;
  const Reply made = host_.Do(1, ControlRequest{.name = "wide", .size_bytes = 4 * segments * 512});
  ASSERT_EQ(made.outcome, Outcome::kOk);
  for (std::uint64_t block = 0; block < 3 * segments; ++block) {
    ASSERT_EQ(host_
                  .Do(1, IoRequest{.kind = Io::kWrite,
                                   .object = made.object,
                                   .offset_bytes = block * 512,
                                   .data = Owned(BlockOf(block, 512))})
                  .outcome,
              Outcome::kOk)
        << block;
    for (int i = 0; i < 126; ++i) {
      ASSERT_EQ(host_
                    .Do(1, IoRequest{.kind = Io::kTrim,
                                     .object = made.object,
                                     .offset_bytes = (4 * segments - 1) * 512,
                                     .length_bytes = 512})
                    .outcome,
                Outcome::kOk);
    }
  }
}

// Fills the log to the end, again and again, with writes of all lengths between trims, snapshots and restarts: as long
// as there is said to be room there is, and where there is none a trim makes some.
TEST_F(DatasetLog, HasTheRoomThatItSaysItHas) {
  Random random(7);
  const std::uint64_t blocks = host_.image(1).size() / 512;
  const Reply made = host_.Do(1, ControlRequest{.name = "large", .size_bytes = blocks * 512});
  ASSERT_EQ(made.outcome, Outcome::kOk);
  std::uint64_t full = 0;
  for (int step = 0; step < 30'000; ++step) {
    const std::uint64_t count = 1 + random.Below(random.Percent(50) ? 32 : 3);
    const std::uint64_t first = random.Below(blocks - 32);
    IoRequest request = {.kind = Io::kWrite, .object = made.object, .offset_bytes = first * 512};
    Bytes data;
    for (std::uint64_t i = 0; i < count; ++i) {
      const Bytes block = BlockOf(random.Next(), 512);
      data.insert(data.end(), block.begin(), block.end());
    }
    request.data = Owned(std::move(data));
    const std::uint64_t free_bytes = host_.member(1).status(0).free_bytes;
    const Outcome outcome = host_.Do(1, std::move(request)).outcome;
    const bool has_room = free_bytes >= 2 * count * 512 + SmallConfig().segment_bytes;
    ASSERT_EQ(outcome, has_room ? Outcome::kOk : Outcome::kNoSpace) << "step " << step << ", free " << free_bytes;
    if (!has_room) ++full;
    if (!has_room || random.Percent(5)) {
      ASSERT_EQ(host_
                    .Do(1, IoRequest{.kind = Io::kTrim,
                                     .object = made.object,
                                     .offset_bytes = first * 512,
                                     .length_bytes = std::min(blocks - first, 1 + random.Below(400)) * 512})
                    .outcome,
                Outcome::kOk)
          << step;
    }
    if (step % 4000 == 3999) host_.Boot(1, /*create=*/false);
  }
  EXPECT_GT(full, 50u);
}

TEST(DatasetStorage, OfAnotherDatasetIsRefused) {
  LocalHost host(SmallConfig());
  host.Boot(1, /*create=*/true);
  ASSERT_TRUE(host.Serves(1));
  MemberConfig other = SmallConfig();
  other.dataset.low = 3;
  LocalHost second(other);
  second.image(1) = host.image(1);
  second.Boot(1, /*create=*/true);
  EXPECT_FALSE(second.Serves(1));
  EXPECT_NE(second.member(1).status(0).trouble.find("another dataset"), std::string::npos);
}

}  // namespace
}  // namespace tarn::dataset
