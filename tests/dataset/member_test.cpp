// Members that serve one dataset: objects, repair, membership, and requests that make no sense.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "tests/dataset/local_disk.h"

namespace tarn::dataset {
namespace {

using Io = IoRequest::Kind;
using Change = ControlRequest::Kind;

class DatasetMembers : public testing::Test {
 protected:
  void SetUp() override {
    for (MemberId id = 1; id <= 2; ++id) host_.Boot(id, /*create=*/id == 1);
    ASSERT_TRUE(host_.Serves(1));
    ASSERT_TRUE(host_.Serves(2));
    volume_ = Make({.name = "volume", .size_bytes = 300 * 512});
  }

  ObjectId Make(ControlRequest request, MemberId at = 1) {
    const Reply reply = host_.Do(at, std::move(request));
    EXPECT_EQ(reply.outcome, Outcome::kOk);
    return reply.object;
  }
  Outcome Write(MemberId at, ObjectId object, std::uint64_t block, std::uint64_t number) {
    return host_
        .Do(at,
            IoRequest{
                .kind = Io::kWrite, .object = object, .offset_bytes = block * 512, .data = Owned(BlockOf(number, 512))})
        .outcome;
  }
  // Of the volume's first blocks, one each, to member 1 at once; nobody waits for them.
  void GiveWrites(std::uint64_t blocks) {
    for (std::uint64_t block = 0; block < blocks; ++block) {
      host_.Give(1, IoRequest{.id = 1'000'000 + block,
                              .kind = Io::kWrite,
                              .object = volume_,
                              .offset_bytes = block * 512,
                              .length_bytes = 512,
                              .data = Owned(BlockOf(block, 512))});
    }
  }
  Bytes Read(MemberId at, ObjectId object, std::uint64_t block) {
    return host_
        .Do(at, IoRequest{.kind = Io::kRead, .object = object, .offset_bytes = block * 512, .length_bytes = 512})
        .data;
  }
  std::optional<std::string> Difference() {
    const Store* const stores[] = {&host_.member(1).core().store(), &host_.member(2).core().store()};
    return CompareMeaning(
        stores[0]->graph(), stores[1]->graph(), [&](int side, const Piece& piece, std::uint64_t block) {
          return stores[side]->BlockChecksum(piece.content, piece.index + static_cast<std::uint32_t>(block));
        });
  }

  LocalHost host_{SmallConfig(), 2};
  ObjectId volume_ = kNoObject;
};

TEST_F(DatasetMembers, ServeWhatAnyOfThemWrote) {
  EXPECT_EQ(Write(1, volume_, 3, 11), Outcome::kOk);
  EXPECT_EQ(Write(2, volume_, 4, 12), Outcome::kOk);
  EXPECT_EQ(Read(2, volume_, 3), BlockOf(11, 512));
  EXPECT_EQ(Read(1, volume_, 4), BlockOf(12, 512));
  EXPECT_EQ(Difference(), std::nullopt);
}

TEST_F(DatasetMembers, KeepSnapshotsAsTheyWereAndClonesApart) {
  Write(1, volume_, 3, 11);
  const ObjectId snapshot = Make({.kind = Change::kSnapshot, .object = volume_, .name = "snapshot"}, 2);
  Write(2, volume_, 3, 12);
  const ObjectId clone = Make({.kind = Change::kClone, .object = snapshot, .name = "clone"});
  Write(1, clone, 4, 13);
  EXPECT_EQ(Read(1, snapshot, 3), BlockOf(11, 512));
  EXPECT_EQ(Read(2, clone, 3), BlockOf(11, 512));
  EXPECT_EQ(Read(1, volume_, 3), BlockOf(12, 512));
  EXPECT_EQ(Read(2, volume_, 4), Bytes(512));
  EXPECT_EQ(Write(1, snapshot, 3, 14), Outcome::kReadOnly);
  EXPECT_EQ(host_.Do(1, ControlRequest{.kind = Change::kDelete, .object = snapshot}).outcome, Outcome::kOk);
  EXPECT_EQ(Read(2, clone, 3), BlockOf(11, 512));
  EXPECT_EQ(host_.member(1).objects().size(), 2u);
  EXPECT_EQ(Difference(), std::nullopt);
}

TEST_F(DatasetMembers, ReadMoreAtOnceThanTheirMemoryHolds) {
  constexpr std::uint64_t kBlocks = 200;
  Bytes expected;
  for (std::uint64_t block = 0; block < kBlocks; ++block) {
    Write(1, volume_, block, block + 1);
    const Bytes bytes = BlockOf(block + 1, 512);
    expected.insert(expected.end(), bytes.begin(), bytes.end());
  }
  host_.Do(1, IoRequest{.kind = Io::kFlush});
  host_.SetMemory(kBlocks / 4 * 512);
  host_.Boot(2, /*create=*/false);
  ASSERT_TRUE(host_.Serves(2));
  const Reply reply = host_.Do(2, IoRequest{.kind = Io::kRead, .object = volume_, .length_bytes = kBlocks * 512});
  EXPECT_EQ(reply.outcome, Outcome::kOk);
  EXPECT_EQ(reply.data, expected);
}

TEST_F(DatasetMembers, SendNoMoreAtOnceThanALinkHolds) {
  constexpr std::size_t kBlocksMax = 8;
  host_.config().update_bytes_max = kBlocksMax * 512;
  host_.Boot(1, /*create=*/false);
  ASSERT_TRUE(host_.Serves(1));
  bool answers = false;
  std::set<Stamp> sent;
  host_.passes = [&](MemberId from, MemberId, const MessageBody& body) {
    if (const auto* const update = std::get_if<Update>(&body)) sent.insert(update->stamp);
    return answers || from == 1 || !std::holds_alternative<UpdateApplied>(body);
  };
  GiveWrites(40);
  host_.Advance(kMillisecondNs);
  EXPECT_EQ(sent.size(), kBlocksMax);
  answers = true;
  host_.Advance(kSecondNs);
  EXPECT_EQ(sent.size(), 40u);
  EXPECT_EQ(Read(2, volume_, 39), BlockOf(39, 512));
}

TEST_F(DatasetMembers, SendOnlyWhatDiffersToOneThatComesBack) {
  for (std::uint64_t block = 0; block < 200; ++block) Write(1, volume_, block, block + 1);
  host_.Do(1, IoRequest{.kind = Io::kFlush});
  host_.Stop(2);
  host_.Advance(5 * kSecondNs);
  ASSERT_TRUE(host_.Serves(1));
  for (std::uint64_t block = 0; block < 5; ++block) EXPECT_EQ(Write(1, volume_, block, block + 1000), Outcome::kOk);
  const ObjectId snapshot = Make({.kind = Change::kSnapshot, .object = volume_, .name = "meanwhile"});
  host_.Boot(2, /*create=*/false);
  std::uint64_t fetched = 0;
  for (int tries = 0; tries < 2000 && !host_.member(2).status(0).serves; ++tries) {
    host_.Advance(kMillisecondNs);
    fetched = std::max(fetched, host_.member(2).status(0).blocks_fetched);
  }
  ASSERT_TRUE(host_.Serves(2));
  EXPECT_LE(fetched, 5u);
  EXPECT_EQ(Read(2, volume_, 1), BlockOf(1001, 512));
  EXPECT_EQ(Read(2, snapshot, 100), BlockOf(101, 512));
  EXPECT_EQ(Difference(), std::nullopt);
}

TEST_F(DatasetMembers, RepairRotFromEachOther) {
  for (std::uint64_t block = 0; block < 40; ++block) Write(1, volume_, block, block + 1);
  host_.Do(1, IoRequest{.kind = Io::kFlush});
  // A new life of member 2 has nothing in memory.
  host_.Boot(2, /*create=*/false);
  ASSERT_TRUE(host_.Serves(2));
  std::uint64_t hits = 0;
  for (std::uint64_t block = 0; block < 40; ++block) {
    const Bytes content = BlockOf(block + 1, 512);
    Bytes& image = host_.image(2);
    for (auto at = image.begin(); (at = std::search(at, image.end(), content.begin(), content.end())) != image.end();
         ++at) {
      at[77] = static_cast<std::uint8_t>(at[77] ^ 1);
      ++hits;
    }
  }
  ASSERT_GE(hits, 40u);
  for (std::uint64_t block = 0; block < 20; ++block)
    EXPECT_EQ(Read(2, volume_, block), BlockOf(block + 1, 512)) << block;
  const Reply scrubbed = host_.Do(2, ControlRequest{.kind = Change::kScrub});
  EXPECT_EQ(scrubbed.outcome, Outcome::kOk) << scrubbed.text;
  EXPECT_EQ(host_.member(2).status(0).repaired_blocks, 40u);
  const Reply verified = host_.Do(2, ControlRequest{.kind = Change::kVerify});
  EXPECT_EQ(verified.outcome, Outcome::kOk);
  EXPECT_EQ(verified.text, "300 blocks compared with member 1, 0 differ");
}

TEST_F(DatasetMembers, GoOnWithoutOneThatLeftInOrder) {
  EXPECT_EQ(host_.Do(2, ControlRequest{.kind = Change::kLeave}).outcome, Outcome::kOk);
  host_.Advance(300 * kMillisecondNs);  // far less than a lease
  EXPECT_EQ(Write(1, volume_, 1, 5), Outcome::kOk);
  EXPECT_EQ(host_.member(1).status(0).record.in_sync, MemberSet::Of(1));
}

TEST_F(DatasetMembers, RefuseOneThatWasRemovedAndTakeItBackWhenItIsAdded) {
  EXPECT_EQ(host_.Do(1, ControlRequest{.kind = Change::kRemoveMember, .member = 2}).outcome, Outcome::kOk);
  host_.Advance(5 * kSecondNs);
  EXPECT_EQ(host_.member(2).status(0).phase, Phase::kRefused);
  EXPECT_EQ(Write(1, volume_, 1, 5), Outcome::kOk);
  EXPECT_EQ(host_.Do(1, ControlRequest{.kind = Change::kAddMember, .member = 2}).outcome, Outcome::kOk);
  ASSERT_TRUE(host_.Serves(2));
  EXPECT_EQ(Read(2, volume_, 1), BlockOf(5, 512));
}

TEST_F(DatasetMembers, AnswerRequestsThatMakeNoSense) {
  const auto outcome = [&](IoRequest request) { return host_.Do(1, std::move(request)).outcome; };
  EXPECT_EQ(outcome({.kind = Io::kRead, .object = 99, .length_bytes = 512}), Outcome::kNoSuchObject);
  EXPECT_EQ(outcome({.kind = Io::kRead, .object = volume_, .offset_bytes = 1, .length_bytes = 512}), Outcome::kInvalid);
  EXPECT_EQ(outcome({.kind = Io::kRead, .object = volume_, .length_bytes = 0}), Outcome::kInvalid);
  EXPECT_EQ(outcome({.kind = Io::kRead, .object = volume_, .offset_bytes = 299 * 512, .length_bytes = 1024}),
            Outcome::kInvalid);
  EXPECT_EQ(outcome({.kind = Io::kTrim, .object = volume_, .offset_bytes = ~std::uint64_t{511}, .length_bytes = 1024}),
            Outcome::kInvalid);
  EXPECT_EQ(host_.Do(1, ControlRequest{.name = "volume", .size_bytes = 512}).outcome, Outcome::kExists);
  EXPECT_EQ(host_.Do(1, ControlRequest{.name = "", .size_bytes = 512}).outcome, Outcome::kInvalid);
  EXPECT_EQ(host_.Do(2, ControlRequest{.name = "a/b", .size_bytes = 512}).outcome, Outcome::kInvalid);
  EXPECT_EQ(host_.Do(1, ControlRequest{.kind = Change::kClone, .object = volume_, .name = "c"}).outcome,
            Outcome::kInvalid);
  EXPECT_EQ(Write(1, volume_, 1, 5), Outcome::kOk);
}

// How much of what the other member wrote is not stable when a flush is answered.
std::size_t UnstableAfterFlush(PlantedBug planted) {
  MemberConfig config = SmallConfig();
  config.planted = planted;
  LocalHost host(config, 2);
  host.KeepWrites();
  for (MemberId id = 1; id <= 2; ++id) host.Boot(id, /*create=*/id == 1);
  EXPECT_TRUE(host.Serves(1) && host.Serves(2));
  const Reply made = host.Do(1, ControlRequest{.name = "volume", .size_bytes = 512 * 8});
  for (std::uint64_t block = 0; block < 8; ++block) {
    host.Do(1, IoRequest{.kind = Io::kWrite,
                         .object = made.object,
                         .offset_bytes = block * 512,
                         .data = Owned(BlockOf(block, 512))});
  }
  EXPECT_EQ(host.Do(1, IoRequest{.kind = Io::kFlush}).outcome, Outcome::kOk);
  return host.writes(2).size() - host.syncs(2).back();
}

TEST(DatasetFlush, ReachesTheStableStorageOfAll) {
  EXPECT_EQ(UnstableAfterFlush(PlantedBug::kNone), 0u);
  EXPECT_EQ(UnstableAfterFlush(PlantedBug::kFlushLocalOnly), 8u);
}

TEST_F(DatasetMembers, TellHolesFromData) {
  Write(1, volume_, 2, 1);
  const Reply reply = host_.Do(2, IoRequest{.kind = Io::kBlockStatus, .object = volume_, .length_bytes = 5 * 512});
  ASSERT_EQ(reply.runs.size(), 3u);
  EXPECT_TRUE(reply.runs[0].is_hole && !reply.runs[1].is_hole && reply.runs[2].is_hole);
  EXPECT_EQ(reply.runs[0].length_bytes, 1024u);
}

// A scrub that takes room for itself leaves none for cleaning (found by a simulated operator).
TEST_F(DatasetMembers, ScrubsOfAFullLogTakeNoRoom) {
  const ObjectId large = Make({.name = "large", .size_bytes = SmallConfig().device_bytes / 512 * 512});
  std::uint64_t block = 0;
  Outcome outcome = Outcome::kOk;
  for (; outcome == Outcome::kOk; block += 32) {
    Bytes data;
    for (std::uint64_t i = 0; i < 32; ++i) {
      const Bytes one = BlockOf(block + i, 512);
      data.insert(data.end(), one.begin(), one.end());
    }
    outcome =
        host_.Do(1, IoRequest{.kind = Io::kWrite, .object = large, .offset_bytes = block * 512, .data = Owned(data)})
            .outcome;
  }
  ASSERT_EQ(outcome, Outcome::kNoSpace);
  ASSERT_GT(block, 1000u);
  for (int round = 0; round < 40; ++round) {
    const Reply scrubbed = host_.Do(1, ControlRequest{.kind = Change::kScrub});
    ASSERT_EQ(scrubbed.outcome, Outcome::kOk) << round << ": " << scrubbed.text;
  }
  for (std::uint64_t first = 0; first < 640; first += 32) {
    ASSERT_EQ(host_
                  .Do(1, IoRequest{.kind = Io::kTrim,
                                   .object = large,
                                   .offset_bytes = first * 512,
                                   .length_bytes = std::uint64_t{32} * 512})
                  .outcome,
              Outcome::kOk);
  }
  host_.Advance(5 * kSecondNs);
  for (std::uint64_t at = 0; at < 64; ++at) ASSERT_EQ(Write(2, large, at, at), Outcome::kOk) << at;
  EXPECT_EQ(Difference(), std::nullopt);
}

TEST_F(DatasetMembers, AMediatorThatLostItsStateIsGivenItAgainAndNothingElseIs) {
  EXPECT_TRUE(MaySwap({.expected = AskMediator::kIfNothing, .next = host_.member(1).status(0).record}, {}));
  const MembershipRecord held = {.epoch = 3, .members = MemberSet::Of(1), .in_sync = MemberSet::Of(1)};
  EXPECT_FALSE(MaySwap({.expected = AskMediator::kIfNothing, .next = host_.member(1).status(0).record}, held));
  EXPECT_FALSE(MaySwap({.expected = AskMediator::kIfNothing}, {}));
  EXPECT_FALSE(MaySwap({.expected = 3, .next = {.epoch = 5, .members = held.members, .in_sync = held.in_sync}}, held));
  EXPECT_TRUE(MaySwap({.expected = 3, .next = {.epoch = 4, .members = held.members, .in_sync = held.in_sync}}, held));
}

// As a later membership than any that it may have made before: not all need have heard of that.
TEST_F(DatasetMembers, GiveAMediatorThatForgotALaterMembership) {
  const MembershipRecord before = host_.member(1).status(0).record;
  host_.ForgetMediator();
  // What is asked for meanwhile cannot be had, and is in the way of nothing.
  EXPECT_EQ(host_.Do(1, ControlRequest{.kind = Change::kAddMember, .member = 3}).outcome, Outcome::kUnknown);
  host_.Advance(5 * kSecondNs);
  const MembershipRecord after = host_.member(1).status(0).record;
  EXPECT_GE(after.epoch, before.epoch + 1000);
  EXPECT_EQ(after.in_sync, before.in_sync);
  EXPECT_EQ(Write(2, volume_, 1, 5), Outcome::kOk);
  host_.Stop(2);
  ASSERT_TRUE(host_.Serves(1));
  EXPECT_EQ(Read(1, volume_, 1), BlockOf(5, 512));
}

// One that asked to go on alone, of a mediator that forgot all, waits for the operator.
TEST_F(DatasetMembers, TakeOverWhereTheMediatorForgotAllAndNobodyServes) {
  EXPECT_EQ(Write(1, volume_, 1, 5), Outcome::kOk);
  host_.Stop(1);
  host_.ForgetMediator();
  host_.Advance(5 * kSecondNs);
  ASSERT_EQ(host_.member(2).status(0).phase, Phase::kLeaving);
  EXPECT_EQ(host_.Do(2, ControlRequest{.kind = Change::kTakeOver}).outcome, Outcome::kOk);
  ASSERT_TRUE(host_.Serves(2));
  EXPECT_EQ(Read(2, volume_, 1), BlockOf(5, 512));
  host_.Boot(1, /*create=*/false);
  ASSERT_TRUE(host_.Serves(1));
  EXPECT_EQ(Difference(), std::nullopt);
}

// The others are not gone as the operator says: one of them has a lease yet that the member which takes over gave it.
TEST_F(DatasetMembers, TakeOverOnceTheLeasesThatTheyGaveHaveEnded) {
  host_.Stop(2);
  host_.Advance(5 * kSecondNs);
  host_.passes = [&](MemberId from, MemberId, const MessageBody& body) {
    const auto* heartbeat = std::get_if<Heartbeat>(&body);
    return from != 1 || heartbeat == nullptr || !heartbeat->settled || !heartbeat->record.in_sync.contains(2);
  };
  host_.Boot(2, /*create=*/false);
  const auto serves = [&](MemberId id) { return host_.member(id).status(host_.now()).serves; };
  const auto has_two = [&] { return serves(1) && host_.member(1).core().record().in_sync.contains(2); };
  for (int tries = 0; tries < 10'000 && !has_two(); ++tries) host_.Advance(kMillisecondNs);
  ASSERT_TRUE(has_two());
  ASSERT_EQ(host_.member(2).core().phase(), Phase::kSettling);
  host_.ForgetMediator();
  host_.passes = [](MemberId, MemberId, const MessageBody&) { return false; };
  ASSERT_EQ(host_.Do(2, ControlRequest{.kind = Change::kTakeOver}).outcome, Outcome::kOk);
  for (int step = 0; step < 10'000 && !serves(2); ++step) {
    host_.Advance(kMillisecondNs);
    ASSERT_FALSE(serves(1) && serves(2)) << "in two epochs, " << step << " ms after the operator's word";
  }
  EXPECT_TRUE(serves(2));
}

// The table of objects is one record of the log: what would not fit any more is refused, until something is deleted.
TEST_F(DatasetMembers, RefuseObjectsThatTheirTableHasNoRoomFor) {
  ObjectId newest = kNoObject;
  Reply reply;
  std::uint64_t made = 0;
  const auto snapshot = [&] {
    const std::string name = std::string(200, 's') + std::to_string(made);
    return host_.Do(2, ControlRequest{.kind = Change::kSnapshot, .object = volume_, .name = name});
  };
  for (reply = snapshot(); reply.outcome == Outcome::kOk && made < 1000; reply = snapshot()) {
    newest = reply.object;
    ++made;
  }
  EXPECT_EQ(reply.outcome, Outcome::kNoSpace);
  EXPECT_GE(made, 50u);
  EXPECT_EQ(host_.Do(1, ControlRequest{.kind = Change::kDelete, .object = newest}).outcome, Outcome::kOk);
  EXPECT_EQ(snapshot().outcome, Outcome::kOk);
  // With a checkpoint that holds it, at a member that learns it anew.
  host_.Boot(2, /*create=*/false);
  ASSERT_TRUE(host_.Serves(2));
  EXPECT_EQ(host_.member(2).objects().size(), made + 1);
  EXPECT_EQ(Difference(), std::nullopt);
}

// What comes of several events before the next tick goes out as one message.
TEST_F(DatasetMembers, TellTogetherWhatIsAppliedAndCommitted) {
  std::vector<std::size_t> applied, committed;
  host_.passes = [&](MemberId, MemberId, const MessageBody& body) {
    if (const auto* answer = std::get_if<UpdateApplied>(&body)) applied.push_back(answer->stamps.size());
    if (const auto* commit = std::get_if<Commit>(&body)) committed.push_back(commit->stamps.size());
    return true;
  };
  GiveWrites(5);
  host_.Advance(1);  // the writes
  host_.Advance(kMillisecondNs);
  EXPECT_EQ(applied, std::vector<std::size_t>{5});
  EXPECT_EQ(committed, std::vector<std::size_t>{5});
  EXPECT_EQ(Read(2, volume_, 4), BlockOf(4, 512));
}

// Of an epoch that is over, nothing is told.
TEST_F(DatasetMembers, ForgetWhatTheyOweWhenTheyStepOut) {
  bool told = false;
  int updates = 0;
  host_.passes = [&](MemberId, MemberId, const MessageBody& body) {
    told = told || std::holds_alternative<UpdateApplied>(body);
    // Between the first update and the second the disk fails.
    if (std::holds_alternative<Update>(body) && ++updates == 2) {
      host_.Give(2, StorageWritten{.result = StorageResult::kFailed});
    }
    return true;
  };
  GiveWrites(2);
  host_.Advance(1);  // the writes
  host_.Advance(kMillisecondNs);
  EXPECT_EQ(host_.member(2).status(0).phase, Phase::kFailed);
  EXPECT_FALSE(told);
}

TEST_F(DatasetMembers, RefuseMessagesOfStrangersAndOfOldEpochs) {
  const auto refused = [&] { return host_.member(1).status(0).refused_messages; };
  const std::uint64_t before = refused();
  Message message = {.dataset = {.high = 1, .low = 2}, .incarnation = 5, .epoch = 1, .body = Commit{}};
  const auto give = [&](MemberId from, Bytes bytes) {
    host_.Give(1, MessageReceived{.from = from, .bytes = std::make_shared<const Bytes>(std::move(bytes))});
  };
  give(2, EncodeMessage(message));  // an old epoch
  message.epoch = host_.member(1).status(0).record.epoch;
  give(7, EncodeMessage(message));  // not in the set
  message.dataset.low = 9;
  give(2, EncodeMessage(message));  // of another dataset
  give(2, {1, 2, 3});               // no message
  host_.Advance(kMillisecondNs);
  EXPECT_EQ(refused(), before + 4);
}

}  // namespace
}  // namespace tarn::dataset
