// Wire and log: what is encoded comes back, and no bytes at all do harm. The same functions are libFuzzer targets
// (fuzz_*.cpp).

#include <gtest/gtest.h>

#include <optional>

#include "models/common/random.h"
#include "sw/dataset/mediator.h"
#include "sw/dataset/messages.h"
#include "tests/dataset/fuzz.h"
#include "tests/dataset/local_disk.h"

namespace tarn::dataset {
namespace {

std::vector<MessageBody> Bodies(const Bytes& data) {
  const ChecksumVector checksums = {5, 6};
  const BlockRange range = {.first = 10, .count = 2};
  const Stamp stamp = {.epoch = 3, .serial = 0x501};
  ObjectTable table = {.serial = 2, .next_object = 9};
  table.objects.push_back({.id = 4, .name = "volume", .blocks = 100});
  table.objects.push_back(
      {.id = 7, .kind = ObjectStatus::Kind::kSnapshot, .hidden = true, .name = "s", .blocks = 9, .parent = 4});
  return {
      Heartbeat{.phase = Phase::kServing,
                .settled = true,
                .record = {.epoch = 3,
                           .members = MemberSet::FromBits(7),
                           .in_sync = MemberSet::FromBits(3),
                           .learners = MemberSet::FromBits(4)},
                .sent_ns = -5,
                .floor = 8},
      Update{.object = 4,
             .range = range,
             .stamp = stamp,
             .kind = ExtentKind::kData,
             .fua = true,
             .checksums = checksums,
             .data = data},
      UpdateApplied{{stamp, stamp}},
      Commit{{stamp}},
      FlushRequest{9},
      FlushDone{9},
      ControlForward{.token = 4, .request = {.kind = ControlRequest::Kind::kSnapshot, .object = 4, .name = "x"}},
      ControlAnswer{.token = 4, .outcome = Outcome::kExists, .object = 5},
      ControlPrepare{3},
      ControlPrepared{3},
      ControlApply{.serial = 3, .change = {.kind = ObjectChange::Kind::kGrow, .object = 4, .blocks = 200}},
      ControlApplied{3},
      ControlDone{3},
      TableRequest{1},
      TableAnswer{.token = 1, .table = table, .done = 3, .last = ObjectChange{.name = "made", .blocks = 8}},
      DigestRequest{.token = 1, .object = 4, .range = {.first = 2, .count = 1000}, .digests = {{2, 7}, {900, 8}}},
      DigestAnswer{.token = 1, .chunks = 900, .runs = {{.range = range, .kind = ExtentKind::kZero, .stamp = stamp}}},
      ContentRequest{.token = 1, .object = 4, .range = range},
      ContentAnswer{
          .token = 1,
          .runs = {{.range = range, .kind = ExtentKind::kData, .stamp = stamp, .checksums = checksums, .data = data}}},
      VerifyRequest{.token = 1, .object = 4, .range = range},
      VerifyAnswer{.token = 1, .runs = {{.range = range, .stamp = stamp, .checksums = checksums}}}};
}

TEST(DatasetMessages, ComeBackAsTheyWereSent) {
  const Bytes data(1024, 7);
  const auto bodies = Bodies(data);
  ASSERT_EQ(bodies.size(), std::variant_size_v<MessageBody>);
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    ASSERT_EQ(bodies[i].index(), i);
    const Message message = {.dataset = {.high = 1, .low = 2}, .incarnation = 3, .epoch = 4, .body = bodies[i]};
    const Bytes bytes = EncodeMessage(message);
    const auto decoded = DecodeMessage(bytes, 512);
    ASSERT_TRUE(decoded) << MessageName(i);
    EXPECT_EQ(EncodeMessage(*decoded), bytes) << MessageName(i);
    // No part of it is one, nor with more behind it.
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_FALSE(DecodeMessage(std::span(bytes).first(size), 512)) << MessageName(i) << " cut at " << size;
    }
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(DecodeMessage(longer, 512));
  }
}

TEST(DatasetMessages, RefuseDataOfAnotherLengthThanTheirRange) {
  const Bytes data(1024, 7);
  Update update = std::get<Update>(Bodies(data)[1]);
  update.range.count = 3;
  EXPECT_FALSE(DecodeMessage(EncodeMessage({.body = update}), 512));
  update.range = {.first = 255, .count = 2};  // across two chunks
  EXPECT_FALSE(DecodeMessage(EncodeMessage({.body = update}), 512));
}

TEST(DatasetMessages, RefuseDigestsThatAreNotOfTheirRangeInOrder) {
  DigestRequest request = {.object = 4, .range = {.first = 2, .count = 10}, .digests = {{2, 7}, {11, 8}}};
  const auto decodes = [&] { return DecodeMessage(EncodeMessage({.body = request}), 512).has_value(); };
  EXPECT_TRUE(decodes());
  request.digests = {{2, 7}, {12, 8}};
  EXPECT_FALSE(decodes());
  request.digests = {{1, 7}};
  EXPECT_FALSE(decodes());
  request.digests = {{5, 7}, {5, 7}};
  EXPECT_FALSE(decodes());
  request = {.object = 4, .range = {.first = 2, .count = UINT64_MAX}};
  EXPECT_FALSE(decodes());
  request.range.count = 0;
  EXPECT_FALSE(decodes());
}

// Mutations of good messages, and noise, through the fuzz targets.
TEST(DatasetCodecs, SurviveAnyBytes) {
  const Bytes data(1024, 7);
  std::vector<Bytes> seeds;
  for (const MessageBody& body : Bodies(data))
    seeds.push_back(EncodeMessage({.dataset = {.high = 1, .low = 2}, .epoch = 4, .body = body}));
  seeds.push_back(EncodeQuestion(
      {.high = 1, .low = 2},
      {.id = 1, .expected = 0, .next = {.epoch = 1, .members = MemberSet::Of(1), .in_sync = MemberSet::Of(1)}}));
  seeds.push_back(EncodeAnswer({.id = 1, .swapped = true}));
  seeds.push_back(EncodeSuperblock({.number = 3}));
  const Bytes set = EncodeSet({.object = 1, .applied = {{.first = 0, .count = 1}}, .checksums = {1}});
  Bytes record = EncodeRecordHead({.sequence = 1}, set, data.size());
  record.insert(record.end(), data.begin(), data.end());
  record.resize(RecordBytes(set.size(), data.size()));
  seeds.push_back(std::move(record));
  Random random(3);
  for (int round = 0; round < 60000; ++round) {
    Bytes bytes = seeds[random.Below(seeds.size())];
    for (std::uint64_t changes = 1 + random.Below(4); changes > 0 && !bytes.empty(); --changes) {
      std::uint8_t& byte = bytes[random.Below(bytes.size())];
      byte = random.Percent(50) ? static_cast<std::uint8_t>(random.Next())
                                : static_cast<std::uint8_t>(random.Percent(50) ? 0xff : 0);
      if (random.Percent(10)) bytes.resize(random.Below(bytes.size() + 1));
    }
    FuzzMessage(bytes);
    FuzzMediator(bytes);
    FuzzLog(bytes);
  }
}

TEST(DatasetMediator, SwapsOnceForEachEpochAndAnswersWhenItIsStable) {
  Mediator mediator;
  std::vector<Mediator::Action> actions;
  const DatasetId dataset = {.high = 1, .low = 2};
  MembershipRecord one = {.epoch = 1, .members = MemberSet::FromBits(3), .in_sync = MemberSet::FromBits(1)};
  const auto ask = [&](std::uint64_t client, Epoch expected, const MembershipRecord& next) {
    mediator.Step(
        Mediator::Question{.client = client,
                           .bytes = EncodeQuestion(dataset, {.id = client, .expected = expected, .next = next})},
        actions);
  };
  ask(7, 0, one);
  ask(8, 0, {.epoch = 1, .members = MemberSet::FromBits(3), .in_sync = MemberSet::FromBits(2)});
  ASSERT_EQ(actions.size(), 1u);
  const auto persist = std::get<Mediator::Persist>(actions[0]);
  actions.clear();
  mediator.Step(Mediator::Persisted{.token = persist.token}, actions);
  ASSERT_EQ(actions.size(), 2u);
  const auto first = DecodeAnswer(std::get<Mediator::Answer>(actions[0]).bytes);
  const auto second = DecodeAnswer(std::get<Mediator::Answer>(actions[1]).bytes);
  EXPECT_TRUE(first->swapped);
  EXPECT_FALSE(second->swapped);
  EXPECT_EQ(second->record, one);
  Mediator again;
  ASSERT_TRUE(again.Restore(persist.bytes));
  EXPECT_EQ(again.records().at(dataset), one);
  Bytes damaged = persist.bytes;
  damaged.pop_back();
  EXPECT_FALSE(Mediator().Restore(damaged));
}

// Structure may differ, meaning may not.
class NoCounts : public ContentCounts {
 public:
  void Count(ContentId /*content*/, std::int64_t /*blocks*/, std::int64_t /*extents*/) override {}
};

TEST(DatasetGraph, MeansTheSameHoweverItsExtentsAreCut) {
  NoCounts counts;
  Graph a(counts), b(counts);
  for (Graph* graph : {&a, &b}) graph->Apply({.name = "volume", .blocks = 600});
  const Stamp stamp = {.epoch = 1, .serial = 0x101}, later = {.epoch = 1, .serial = 0x201};
  a.Set(1, {.range = {.first = 10, .count = 30}, .kind = ExtentKind::kData, .stamp = stamp, .content = 1});
  for (std::uint64_t block = 39; block >= 10; --block) {
    b.Set(1, {.range = {.first = block, .count = 1},
              .kind = ExtentKind::kData,
              .stamp = stamp,
              .content = block,
              .index = 5});
  }
  const auto same = [](int /*side*/, const Piece& /*piece*/, std::uint64_t /*block*/) { return std::uint64_t{1}; };
  EXPECT_EQ(CompareMeaning(a, b, same), std::nullopt);
  EXPECT_EQ(a.Digest(1, 0), b.Digest(1, 0));
  EXPECT_NE(CompareMeaning(a, b, [](int side, const Piece&, std::uint64_t) { return std::uint64_t(side); }),
            std::nullopt);
  b.Set(1, {.range = {.first = 20, .count = 1}, .kind = ExtentKind::kZero, .stamp = later});
  EXPECT_NE(CompareMeaning(a, b, same), std::nullopt);
  EXPECT_NE(a.Digest(1, 0), b.Digest(1, 0));
}

}  // namespace
}  // namespace tarn::dataset
