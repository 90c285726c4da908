// Learners, where messages are lost and members stop at the wrong moment: what has come about stays, at all.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <string>

#include "tests/dataset/local_disk.h"

namespace tarn::dataset {
namespace {

class DatasetResync : public testing::Test {
 protected:
  void Begin(MemberId members) {
    for (MemberId id = 1; id <= members; ++id) host_.Boot(id, /*create=*/id == 1);
    for (MemberId id = 1; id <= members; ++id) ASSERT_TRUE(host_.Serves(id));
    volume_ = host_.Do(1, ControlRequest{.name = "volume", .size_bytes = 300 * 512}).object;
    ASSERT_NE(volume_, kNoObject);
  }
  IoRequest Writing(ObjectId object, std::uint64_t block, std::uint64_t number, std::uint64_t count = 1) {
    IoRequest request = {.kind = IoRequest::Kind::kWrite, .object = object, .offset_bytes = block * 512};
    Bytes data;
    for (std::uint64_t i = 0; i < count; ++i) {
      const Bytes bytes = BlockOf(number + i, 512);
      data.insert(data.end(), bytes.begin(), bytes.end());
    }
    request.data = Owned(std::move(data));
    return request;
  }
  // Until a member is what is asked for, for at most a minute.
  bool Until(const std::function<bool()>& is) {
    for (int tries = 0; tries < 60'000 && !is(); ++tries) host_.Advance(kMillisecondNs);
    return is();
  }
  MemberStatus Status(MemberId id) { return host_.member(id).status(host_.now()); }
  std::optional<std::string> Difference(MemberId a, MemberId b) {
    const Store* const stores[] = {&host_.member(a).core().store(), &host_.member(b).core().store()};
    return CompareMeaning(
        stores[0]->graph(), stores[1]->graph(), [&](int side, const Piece& piece, std::uint64_t block) {
          return stores[side]->BlockChecksum(piece.content, piece.index + static_cast<std::uint32_t>(block));
        });
  }
  bool HasObject(MemberId id, const std::string& name) {
    const auto objects = host_.member(id).objects();
    return std::ranges::any_of(objects, [&](const ObjectStatus& object) { return object.name == name; });
  }

  LocalHost host_{SmallConfig(), 3};
  ObjectId volume_ = kNoObject;
};

// What a learner holds of old leaves no room for what it is to get, unless that goes first (found by the simulation).
TEST_F(DatasetResync, MakesRoomForWhatIsToComeByWhatGoes) {
  Begin(2);
  // What goes lies far behind what comes: it is compared long after.
  const std::uint64_t blocks = SmallConfig().device_bytes / 512 * 16;
  const ObjectId large = host_.Do(1, ControlRequest{.name = "large", .size_bytes = blocks * 512}).object;
  std::uint64_t filled = 0;
  for (; host_.Do(1, Writing(large, blocks / 2 + filled, filled, 32)).outcome == Outcome::kOk; filled += 32) {
  }
  ASSERT_GT(filled, 1000u);
  host_.Do(1, IoRequest{.kind = IoRequest::Kind::kFlush});
  host_.Stop(2);
  ASSERT_TRUE(Until([&] { return Status(1).serves && Status(1).record.in_sync == MemberSet::Of(1); }));
  ASSERT_EQ(host_
                .Do(1, IoRequest{.kind = IoRequest::Kind::kTrim,
                                 .object = large,
                                 .offset_bytes = blocks / 2 * 512,
                                 .length_bytes = blocks / 2 * 512})
                .outcome,
            Outcome::kOk);
  for (std::uint64_t block = 0; block < filled / 2; block += 32) {
    ASSERT_EQ(host_.Do(1, Writing(large, block, block + 77, 32)).outcome, Outcome::kOk) << block;
  }
  host_.Boot(2, /*create=*/false);
  // That the learner is full of what counts for nothing is no matter of the clients'.
  ASSERT_TRUE(Until([&] { return Status(2).phase == Phase::kLearning; }));
  EXPECT_EQ(host_.Do(1, Writing(volume_, 5, 5)).outcome, Outcome::kOk);
  ASSERT_TRUE(host_.Serves(2)) << Status(2).waits_for;
  EXPECT_EQ(Difference(1, 2), std::nullopt);
}

// A volume costs what was written to it, whatever its size: comparing and verifying it as well.
TEST_F(DatasetResync, AsksLittleAboutAVolumeThatIsMostlyEmpty) {
  Begin(2);
  const ObjectId vast = host_.Do(1, ControlRequest{.name = "vast", .size_bytes = kBlocksMax * 512}).object;
  ASSERT_NE(vast, kNoObject);
  const ObjectId empty = host_.Do(1, ControlRequest{.name = "empty", .size_bytes = kBlocksMax * 512}).object;
  ASSERT_NE(empty, kNoObject);
  const std::array<std::uint64_t, 4> blocks = {0, 1'000'000, kBlocksMax / 2 + 77, kBlocksMax - 1};
  for (const std::uint64_t block : blocks) ASSERT_EQ(host_.Do(1, Writing(vast, block, block)).outcome, Outcome::kOk);
  host_.Do(1, IoRequest{.kind = IoRequest::Kind::kFlush});
  host_.Stop(2);
  ASSERT_TRUE(Until([&] { return Status(1).serves && Status(1).record.in_sync == MemberSet::Of(1); }));
  // Blocks that the learner has as they are, one that it has otherwise, one that it has not.
  ASSERT_EQ(host_.Do(1, Writing(vast, 1'000'000, 5)).outcome, Outcome::kOk);
  ASSERT_EQ(host_.Do(1, Writing(vast, kBlocksMax / 4, 6)).outcome, Outcome::kOk);
  std::size_t digests = 0, verifies = 0;
  host_.passes = [&](MemberId, MemberId, const MessageBody& body) {
    digests += std::holds_alternative<DigestRequest>(body) ? 1 : 0;
    verifies += std::holds_alternative<VerifyRequest>(body) ? 1 : 0;
    return true;
  };
  host_.Boot(2, /*create=*/false);
  ASSERT_TRUE(host_.Serves(2));
  EXPECT_EQ(Difference(1, 2), std::nullopt);
  EXPECT_EQ(digests, 3u);  // an object each
  const Reply verified = host_.Do(2, ControlRequest{.kind = ControlRequest::Kind::kVerify});
  EXPECT_EQ(verified.outcome, Outcome::kOk);
  EXPECT_EQ(verified.text, std::to_string(2 * kBlocksMax + 300) + " blocks compared with member 1, 0 differ");
  // A chunk that was written each, with what is empty before it; two objects without any; three blocks that had to be
  // read from disk first.
  EXPECT_EQ(verifies, 5u + 2u + 3u);
}

// More runs than an answer holds: what it leaves out is asked for again.
TEST_F(DatasetResync, GoesOnWhereAnAnswerEnds) {
  Begin(2);
  const std::uint64_t blocks = 64 * kChunkBlocks;
  const ObjectId large = host_.Do(1, ControlRequest{.name = "large", .size_bytes = blocks * 512}).object;
  host_.Stop(2);
  ASSERT_TRUE(Until([&] { return Status(1).serves && Status(1).record.in_sync == MemberSet::Of(1); }));
  for (std::uint64_t block = 0; block < blocks; block += 2) {
    const IoRequest trim = {
        .kind = IoRequest::Kind::kTrim, .object = large, .offset_bytes = block * 512, .length_bytes = 512};
    ASSERT_EQ(host_.Do(1, trim).outcome, Outcome::kOk);
  }
  std::size_t asked = 0;
  host_.passes = [&](MemberId, MemberId, const MessageBody& body) {
    const auto* request = std::get_if<DigestRequest>(&body);
    asked += request != nullptr && request->object == large ? 1 : 0;
    return true;
  };
  host_.Boot(2, /*create=*/false);
  ASSERT_TRUE(host_.Serves(2));
  EXPECT_EQ(Difference(1, 2), std::nullopt);
  EXPECT_EQ(asked, 4u);  // 16,384 runs
}

// What was written after a learner said that it has everything was flushed by those in sync then, and not by it.
TEST_F(DatasetResync, IsOnStableStorageBeforeALearnerCountsAsInSync) {
  host_.KeepWrites();
  Begin(2);
  host_.Stop(2);
  ASSERT_TRUE(Until([&] { return Status(1).serves && Status(1).record.in_sync == MemberSet::Of(1); }));
  host_.Do(1, Writing(volume_, 1, 1));
  host_.Boot(2, /*create=*/false);
  bool has_all = false;
  host_.passes = [&](MemberId from, MemberId, const MessageBody& body) {
    const auto* heartbeat = std::get_if<Heartbeat>(&body);
    has_all = has_all || (from == 2 && heartbeat != nullptr && heartbeat->up_to_date);
    return true;
  };
  ASSERT_TRUE(Until([&] { return has_all; }));
  ASSERT_EQ(Status(2).phase, Phase::kLearning);
  ASSERT_EQ(host_.Do(1, Writing(volume_, 2, 2)).outcome, Outcome::kOk);
  ASSERT_EQ(host_.Do(1, IoRequest{.kind = IoRequest::Kind::kFlush}).outcome, Outcome::kOk);
  const std::size_t written = host_.writes(2).size();
  ASSERT_TRUE(Until([&] { return Status(2).serves; }));
  EXPECT_GE(host_.syncs(2).back(), written);
}

// An update that reached a learner alone, which is in sync a moment later, when the leader stops.
std::optional<std::string> DifferenceAfterAnUpdateOfALearner(PlantedBug planted) {
  MemberConfig config = SmallConfig();
  config.planted = planted;
  LocalHost host(config, 3);
  for (MemberId id = 1; id <= 3; ++id) host.Boot(id, /*create=*/id == 1);
  EXPECT_TRUE(host.Serves(1) && host.Serves(2) && host.Serves(3));
  const ObjectId volume = host.Do(1, ControlRequest{.name = "volume", .size_bytes = 300 * 512}).object;
  host.Stop(3);
  const auto until = [&](const std::function<bool()>& is) {
    for (int tries = 0; tries < 60'000 && !is(); ++tries) host.Advance(kMillisecondNs);
    return is();
  };
  const auto record = [&](MemberId id) { return host.member(id).status(host.now()).record; };
  EXPECT_TRUE(until([&] { return record(1).in_sync.size() == 2 && host.member(1).status(host.now()).serves; }));
  bool has_all = false, is_lost = true;
  host.passes = [&](MemberId from, MemberId to, const MessageBody& body) {
    const auto* heartbeat = std::get_if<Heartbeat>(&body);
    has_all = has_all || (from == 3 && heartbeat != nullptr && heartbeat->up_to_date);
    return !(is_lost && to == 2 && std::holds_alternative<Update>(body));
  };
  host.Boot(3, /*create=*/false);
  EXPECT_TRUE(until([&] { return has_all; }));
  host.Give(1, IoRequest{.id = 1'000'000,
                         .kind = IoRequest::Kind::kWrite,
                         .object = volume,
                         .offset_bytes = 512,
                         .length_bytes = 512,
                         .data = Owned(BlockOf(1, 512))});
  EXPECT_TRUE(until([&] { return record(3).in_sync.contains(3); }));
  host.Stop(1);
  is_lost = false;
  EXPECT_TRUE(host.Serves(2) && host.Serves(3));
  const Graph &second = host.member(2).core().store().graph(), &third = host.member(3).core().store().graph();
  return CompareMeaning(second, third, [&](int side, const Piece& piece, std::uint64_t block) {
    return host.member(side == 0 ? 2 : 3)
        .core()
        .store()
        .BlockChecksum(piece.content, piece.index + static_cast<std::uint32_t>(block));
  });
}

TEST_F(DatasetResync, KeepsAnUpdateThatALearnerAloneHas) {
  EXPECT_EQ(DifferenceAfterAnUpdateOfALearner(PlantedBug::kNone), std::nullopt);
  EXPECT_NE(DifferenceAfterAnUpdateOfALearner(PlantedBug::kLearnerForgets), std::nullopt);
}

// A change of objects that a learner has from its source's table, and that not all have, is replayed by it as well.
TEST_F(DatasetResync, KeepsAChangeOfObjectsThatALearnerKnowsFromATable) {
  Begin(3);
  host_.Stop(3);
  ASSERT_TRUE(Until([&] { return Status(1).serves && Status(1).record.in_sync.size() == 2; }));
  bool lost = true, knows = false;
  host_.passes = [&](MemberId from, MemberId, const MessageBody& body) {
    if (from == 3 && std::holds_alternative<TableRequest>(body)) knows = true;
    if (std::holds_alternative<TableAnswer>(body) && !HasObject(1, "made")) return false;
    return !(lost && std::holds_alternative<ControlApply>(body));
  };
  host_.Boot(3, /*create=*/false);
  ASSERT_TRUE(Until([&] { return knows; }));
  host_.Give(1, ControlRequest{.id = 1'000'000, .name = "made", .size_bytes = 512 * 8});
  ASSERT_TRUE(Until([&] { return HasObject(3, "made"); }));
  ASSERT_FALSE(HasObject(2, "made"));
  ASSERT_TRUE(Until([&] { return Status(3).record.in_sync.contains(3); }));
  ASSERT_FALSE(HasObject(2, "made"));
  host_.Stop(1);
  lost = false;
  ASSERT_TRUE(host_.Serves(3));
  ASSERT_TRUE(host_.Serves(2));
  EXPECT_TRUE(HasObject(2, "made"));
  EXPECT_EQ(Difference(2, 3), std::nullopt);
}

// A source that is behind does not take from a learner what that has said to have. The first source is silent for so
// long that the learner takes another one, and for no longer, else it is left behind: at some of the moments that
// members may begin.
TEST(DatasetSources, KeepAChangeOfObjectsThatALearnerHasAndTheyHaveNotYet) {
  MemberConfig config = SmallConfig();
  config.heartbeat_ns = 300 * kMillisecondNs;
  std::uint64_t stayed = 0;
  for (TimeNs offset = 0; offset < 300 * kMillisecondNs; offset += 25 * kMillisecondNs) {
    LocalHost host(config, 3);
    for (MemberId id = 1; id <= 3; ++id) host.Boot(id, /*create=*/id == 1);
    ASSERT_TRUE(host.Serves(1) && host.Serves(2) && host.Serves(3));
    host.Stop(3);
    const auto until = [&](const std::function<bool()>& is) {
      for (int tries = 0; tries < 60'000 && !is(); ++tries) host.Advance(kMillisecondNs);
      return is();
    };
    const auto serial = [&](MemberId id) { return host.member(id).core().store().graph().serial(); };
    const auto status = [&](MemberId id) { return host.member(id).status(host.now()); };
    ASSERT_TRUE(until([&] { return status(1).serves && status(1).record.in_sync.size() == 2; }));
    bool first_is_silent = false, asked_second = false;
    host.passes = [&](MemberId from, MemberId to, const MessageBody& body) {
      const auto* heartbeat = std::get_if<Heartbeat>(&body);
      // The learner learns what it is from the mediator, at a time of its own.
      const bool tells = heartbeat != nullptr && to == 3 && heartbeat->record.epoch > status(3).record.epoch;
      if (tells && heartbeat->record.learners.contains(3)) return false;
      if (asked_second) return true;
      if (std::holds_alternative<DigestAnswer>(body)) return false;  // not up to date before
      asked_second = from == 2 && to == 3 && std::holds_alternative<TableAnswer>(body);
      if (from == 1 && to == 2 && std::holds_alternative<ControlApply>(body)) return false;
      return !(first_is_silent && from == 1 && to == 3 && heartbeat != nullptr);
    };
    host.Advance(offset);
    host.Boot(3, /*create=*/false);
    ASSERT_TRUE(until([&] { return status(3).phase == Phase::kLearning && serial(3) == serial(1); }));
    const Epoch epoch = status(3).record.epoch;
    const std::uint64_t before = serial(3);
    host.Give(1, ControlRequest{.id = 1'000'000, .name = "made", .size_bytes = 512 * 8});
    ASSERT_TRUE(until([&] { return serial(3) == before + 1; }));
    first_is_silent = true;
    ASSERT_TRUE(until([&] { return asked_second || status(3).record.epoch != epoch; }));
    asked_second = true;
    ASSERT_TRUE(host.Serves(3));
    stayed += status(3).record.epoch == epoch + 1 ? 1 : 0;  // in sync, without being left behind first
    EXPECT_EQ(serial(1), serial(3)) << offset;
    EXPECT_EQ(serial(1), serial(2)) << offset;
  }
  EXPECT_GT(stayed, 0u);
}

}  // namespace
}  // namespace tarn::dataset
