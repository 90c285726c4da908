// Requests and replies: what the protocol's text wants, and what a client may send against it.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/nbd/memory_export.h"
#include "tests/nbd/session_peer.h"

namespace tarn::nbd {
namespace {

constexpr std::uint64_t kSize = 1 << 20;

constexpr std::uint16_t Number(Command command) { return static_cast<std::uint16_t>(command); }

// Answers when it is told to.
class HeldExport : public Export {
 public:
  explicit HeldExport(ExportInfo info) : info_(std::move(info)) {}
  const ExportInfo& info() const override { return info_; }
  void Submit(Operation operation, std::function<void(Completion)> done) override {
    held_.emplace_back(std::move(operation), std::move(done));
  }
  std::size_t held() const { return held_.size(); }
  const Operation& operation(std::size_t index) const { return held_.at(index).first; }
  void Answer(std::size_t index, Completion completion) {
    const auto done = held_.at(index).second;
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(index));
    done(std::move(completion));
  }

 private:
  ExportInfo info_;
  std::deque<std::pair<Operation, std::function<void(Completion)>>> held_;
};

class NbdTransmission : public testing::Test {
 protected:
  NbdTransmission() {
    directory_.Add("disk", disk_);
    directory_.Add("held", held_);
    directory_.Add("read-only", std::make_shared<MemoryExport>(ExportInfo{.size_bytes = kSize, .read_only = true}));
    directory_.Add("blocks", std::make_shared<MemoryExport>(ExportInfo{
                                 .size_bytes = kSize, .block_sizes = {.minimum = 4096, .payload_max = 65536}}));
  }

  void Write(SessionPeer& peer, std::uint64_t offset, Bytes data) {
    const auto length = static_cast<std::uint32_t>(data.size());
    EXPECT_EQ(peer.DoForError({.type = 1, .offset = offset, .length = length, .data = std::move(data)}), Error::kNone);
  }

  std::shared_ptr<MemoryExport> disk_ =
      std::make_shared<MemoryExport>(ExportInfo{.size_bytes = kSize, .fast_zero = true});
  std::shared_ptr<HeldExport> held_ = std::make_shared<HeldExport>(ExportInfo{.size_bytes = kSize});
  Directory directory_;
};

TEST_F(NbdTransmission, SimpleRepliesCarryWhatWasWritten) {
  SessionPeer peer(directory_);
  peer.Enter("disk", false);
  Write(peer, 1000, Bytes(70'000, 9));
  const std::vector<Answer> answers = peer.Do({.cookie = 77, .offset = 999, .length = 70'002});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_FALSE(answers[0].structured);
  EXPECT_EQ(answers[0].cookie, 77U);
  Bytes expected(70'002, 9);
  expected.front() = expected.back() = 0;
  EXPECT_EQ(answers[0].data, expected);
}

TEST_F(NbdTransmission, StructuredRepliesHaveDataAndHoles) {
  SessionPeer peer(directory_);
  peer.Enter("disk", true);
  Write(peer, 65536, Bytes(65536, 3));
  const std::vector<Answer> answers = peer.Do({.offset = 512, .length = 196'096});
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].type, ReplyType::kOffsetHole);
  EXPECT_EQ(Load<std::uint64_t>(answers[0].data.data()), 512U);
  EXPECT_EQ(Load<std::uint32_t>(answers[0].data.data() + 8), 65024U);
  EXPECT_EQ(answers[1].type, ReplyType::kOffsetData);
  EXPECT_EQ(Load<std::uint64_t>(answers[1].data.data()), 65536U);
  EXPECT_EQ(Bytes(answers[1].data.begin() + 8, answers[1].data.end()), Bytes(65536, 3));
  EXPECT_EQ(answers[2].type, ReplyType::kOffsetHole);
  EXPECT_EQ(Load<std::uint32_t>(answers[2].data.data() + 8), 65536U);
  EXPECT_FALSE(answers[1].done());
  EXPECT_TRUE(answers[2].done());
}

TEST_F(NbdTransmission, UnfragmentedReadsWriteTheHolesOut) {
  SessionPeer peer(directory_);
  peer.Enter("disk", true);
  Write(peer, 65536, Bytes(10, 3));
  const std::vector<Answer> answers = peer.Do({.flags = kFlagDf, .offset = 65530, .length = 10});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].type, ReplyType::kOffsetData);
  EXPECT_EQ(Bytes(answers[0].data.begin() + 8, answers[0].data.end()), Bytes({0, 0, 0, 0, 0, 0, 3, 3, 3, 3}));
}

TEST_F(NbdTransmission, AnErrorTellsItsPlaceAfterWhatIsGood) {
  disk_->SetBad(8192, 12288);
  for (const bool structured : {false, true}) {
    SessionPeer peer(directory_);
    peer.Enter("disk", structured);
    const std::vector<Answer> answers = peer.Do({.offset = 4096, .length = 65536});
    EXPECT_EQ(answers.back().error, Error::kIo);
    ASSERT_EQ(answers.size(), structured ? 2U : 1U);
    if (!structured) continue;
    EXPECT_EQ(answers[0].type, ReplyType::kOffsetHole);
    EXPECT_FALSE(answers[0].done());
    EXPECT_EQ(answers[1].type, ReplyType::kErrorOffset);
    EXPECT_TRUE(answers[1].done());
    EXPECT_EQ(Load<std::uint64_t>(answers[1].data.data() + answers[1].data.size() - 8), 8192U);
    EXPECT_EQ(peer.DoForError({.type = 1, .offset = 8192, .length = 1, .data = {1}}), Error::kIo);
    EXPECT_EQ(peer.DoForError({.offset = 0, .length = 8192}), Error::kNone);
  }
}

TEST_F(NbdTransmission, RequestsAgainstTheStandardGetTheirErrorAndDoNoHarm) {
  struct Case {
    RawRequest request;
    Error expected;
  };
  const RawRequest sound = {.type = 1, .offset = 4096, .length = 4, .data = {1, 2, 3, 4}};
  const std::vector<Case> cases = {
      {{.type = 8}, Error::kInvalid},
      {{.type = 0xffff, .length = 100}, Error::kInvalid},
      {{.flags = 1 << 5, .length = 1}, Error::kInvalid},
      {{.flags = 1 << 15, .type = 1, .length = 4, .data = {1, 2, 3, 4}}, Error::kInvalid},
      {{.flags = kFlagNoHole, .type = 1, .length = 4, .data = {1, 2, 3, 4}}, Error::kInvalid},
      {{.flags = kFlagNoHole, .type = 4, .length = 4}, Error::kInvalid},
      {{.flags = kFlagReqOne, .length = 4}, Error::kInvalid},
      {{.flags = kFlagFastZero, .type = 4, .length = 4}, Error::kInvalid},
      {{.flags = kFlagDf, .type = 3}, Error::kInvalid},
      {{.flags = kFlagNoHole, .type = 5, .length = 4}, Error::kInvalid},
      {{.type = 3, .offset = 512}, Error::kInvalid},
      {{.type = 3, .length = 512}, Error::kInvalid},
      {{.type = 7, .length = 512}, Error::kInvalid},  // no context was selected
      {{.length = 0}, Error::kInvalid},
      {{.type = 1}, Error::kInvalid},
      {{.type = 6}, Error::kInvalid},
      {{.offset = kSize, .length = 1}, Error::kInvalid},
      {{.offset = kSize - 1, .length = 2}, Error::kInvalid},
      {{.offset = ~std::uint64_t{0}, .length = 2}, Error::kInvalid},
      {{.offset = ~std::uint64_t{0} - 1, .length = 0xffffffff}, Error::kInvalid},
      {{.type = 1, .offset = kSize - 1, .length = 2, .data = {1, 2}}, Error::kNoSpace},
      {{.type = 1, .offset = ~std::uint64_t{0}, .length = 2, .data = {1, 2}}, Error::kNoSpace},
      {{.type = 6, .offset = 1, .length = kSize}, Error::kNoSpace},
      {{.type = 4, .offset = 1, .length = kSize}, Error::kInvalid},
      {{.type = 5, .offset = 1, .length = kSize}, Error::kInvalid},
  };
  for (const bool structured : {false, true}) {
    SessionPeer peer(directory_);
    peer.Enter("disk", structured);
    for (std::size_t i = 0; i < cases.size(); ++i) {
      EXPECT_EQ(peer.DoForError(cases[i].request), cases[i].expected) << "case " << i;
      EXPECT_EQ(peer.DoForError(sound), Error::kNone) << "after case " << i;
      EXPECT_EQ(peer.Do({.length = 1}).at(0).structured, structured);
    }
  }
}

TEST_F(NbdTransmission, ReadOnlyExportsRefuseToBeWritten) {
  SessionPeer peer(directory_);
  peer.Enter("read-only", true);
  EXPECT_EQ(peer.DoForError({.type = 1, .length = 4, .data = {1, 2, 3, 4}}), Error::kPermission);
  EXPECT_EQ(peer.DoForError({.type = 4, .length = 4}), Error::kPermission);
  EXPECT_EQ(peer.DoForError({.type = 6, .length = 4}), Error::kPermission);
  EXPECT_EQ(peer.DoForError({.type = 3}), Error::kNone);
  EXPECT_EQ(peer.DoForError({.length = 4}), Error::kNone);
}

TEST_F(NbdTransmission, BlockSizesAreKept) {
  SessionPeer peer(directory_);
  peer.Enter("blocks", true);
  EXPECT_EQ(peer.DoForError({.offset = 512, .length = 4096}), Error::kInvalid);
  EXPECT_EQ(peer.DoForError({.length = 512}), Error::kInvalid);
  EXPECT_EQ(peer.DoForError({.type = 1, .length = 512, .data = Bytes(512, 1)}), Error::kInvalid);
  EXPECT_EQ(peer.DoForError({.type = 4, .offset = 1, .length = 4096}), Error::kInvalid);
  EXPECT_EQ(peer.DoForError({.length = 65536}), Error::kNone);
  EXPECT_EQ(peer.DoForError({.length = 65536 + 4096}), Error::kOverflow);
  EXPECT_EQ(peer.DoForError({.type = 6, .length = 65536 * 2}), Error::kNone);
  // The payload is skipped, and the next request found behind it.
  EXPECT_EQ(peer.DoForError({.type = 1, .length = 200 * 4096, .data = Bytes(200 * 4096, 1)}), Error::kInvalid);
  EXPECT_EQ(peer.DoForError({.type = 1, .length = 65536, .data = Bytes(65536, 1)}), Error::kNone);
  SessionPeer simple(directory_);
  simple.Enter("blocks", false);
  EXPECT_EQ(simple.DoForError({.length = 65536 + 4096}), Error::kInvalid);
}

TEST_F(NbdTransmission, ALengthAloneTakesNoMemory) {
  SessionPeer peer(directory_);
  peer.Enter("disk", false);
  peer.Send(SessionPeer::RequestBytes({.type = 1, .length = 0xffffffff}));
  for (int i = 0; i < 1000; ++i) peer.Send(Bytes(4096, 0));
  EXPECT_TRUE(peer.Receive().empty());
  EXPECT_EQ(peer.session().state(), Session::State::kOpen);
}

TEST_F(NbdTransmission, LongPayloadsArriveWhole) {
  const auto large = std::make_shared<MemoryExport>(ExportInfo{.size_bytes = 64 << 20});
  directory_.Add("large", large);
  for (const std::size_t at_a_time : {std::size_t{5'000}, std::size_t{300'000}, SIZE_MAX}) {
    SessionPeer peer(directory_);
    peer.Enter("large", false);
    Bytes data(8 << 20);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7 + i / 4096 + at_a_time);
    Bytes both = SessionPeer::RequestBytes({.type = 1, .offset = 99, .length = 8 << 20, .data = data});
    const Bytes next = SessionPeer::RequestBytes({.type = 3, .cookie = 2});
    both.insert(both.end(), next.begin(), next.end());
    EXPECT_EQ(peer.Send(both, at_a_time), both.size());
    EXPECT_EQ(peer.Answers(0).size(), 2U);
    EXPECT_TRUE(peer.Do({.offset = 99, .length = 8 << 20}).at(0).data == data);
  }
}

TEST_F(NbdTransmission, FlagsReachTheExport) {
  SessionPeer peer(directory_);
  peer.Enter("held", true);
  peer.Send(SessionPeer::RequestBytes({.flags = kFlagFua, .type = 1, .length = 1, .data = {5}}));
  peer.Send(SessionPeer::RequestBytes({.flags = kFlagFua | kFlagNoHole, .type = 6, .length = 9}));
  peer.Send(SessionPeer::RequestBytes({.flags = kFlagFua, .type = 3}));
  ASSERT_EQ(held_->held(), 3U);
  EXPECT_TRUE(held_->operation(0).fua);
  EXPECT_EQ(held_->operation(0).data, Bytes({5}));
  EXPECT_TRUE(held_->operation(1).no_hole);
  EXPECT_EQ(held_->operation(1).command, Command::kWriteZeroes);
  EXPECT_EQ(held_->operation(2).command, Command::kFlush);
  // This export has no fast zeroes.
  EXPECT_EQ(peer.DoForError({.flags = kFlagFastZero, .type = 6, .length = 9}), Error::kInvalid);
}

TEST_F(NbdTransmission, FastZeroesAreFastOrRefused) {
  SessionPeer peer(directory_);
  peer.Enter("disk", true);
  EXPECT_EQ(peer.DoForError({.flags = kFlagFastZero, .type = 6, .length = 9}), Error::kNone);
  EXPECT_EQ(peer.DoForError({.flags = kFlagFastZero | kFlagNoHole, .type = 6, .length = 9}), Error::kNotSupported);
  EXPECT_EQ(peer.DoForError({.flags = kFlagNoHole, .type = 6, .length = 9}), Error::kNone);
}

TEST_F(NbdTransmission, RepliesComeInTheOrderOfTheExport) {
  SessionPeer peer(directory_);
  peer.Enter("held", true);
  for (std::uint64_t cookie = 1; cookie <= 3; ++cookie) {
    peer.Send(SessionPeer::RequestBytes({.cookie = cookie, .offset = cookie * 512, .length = 512}));
  }
  EXPECT_EQ(peer.wakes(), 0);
  held_->Answer(2, {.data = Bytes(512, 3)});
  held_->Answer(0, {.error = Error::kIo, .message = "gone"});
  EXPECT_EQ(peer.wakes(), 2);
  const std::vector<Answer> answers = peer.Answers(0);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].cookie, 3U);
  EXPECT_EQ(answers[1].cookie, 1U);
  EXPECT_EQ(answers[1].error, Error::kIo);
  EXPECT_FALSE(peer.session().idle());
}

TEST_F(NbdTransmission, AtTheBoundNoMoreIsTakenUntilSomethingIsDone) {
  SessionPeer peer(directory_);
  peer.Enter("held", false);
  Bytes many;
  for (std::size_t i = 0; i < Session::kRequestsMax + 50; ++i) {
    const Bytes one = SessionPeer::RequestBytes({.cookie = i, .length = 16});
    many.insert(many.end(), one.begin(), one.end());
  }
  peer.Send(many);
  EXPECT_EQ(held_->held(), Session::kRequestsMax);
  EXPECT_FALSE(peer.session().WantsInput());
  EXPECT_TRUE(peer.session().Space().empty());
  for (int i = 0; i < 50; ++i) held_->Answer(0, {.data = Bytes(16)});
  peer.Receive();
  EXPECT_EQ(held_->held(), Session::kRequestsMax);
}

TEST_F(NbdTransmission, WhoReadsNoRepliesIsNotServedOn) {
  SessionPeer peer(directory_);
  peer.Enter("disk", false);
  const Bytes read = SessionPeer::RequestBytes({.length = 1 << 20});
  std::size_t taken = 0;
  while (taken < 1000 && peer.Send(read) == read.size()) ++taken;
  EXPECT_LE(taken, (Session::kBytesMax >> 20) + 1);
  EXPECT_LE(peer.session().output().bytes(), Session::kBytesMax + (2 << 20));
  peer.Receive();
  EXPECT_EQ(peer.Send(read), read.size());
}

TEST_F(NbdTransmission, BlockStatusTellsHolesAndData) {
  SessionPeer peer(directory_);
  peer.Enter("disk", true, true);
  Write(peer, 65536 * 2, Bytes(65536 * 2, 1));
  const std::vector<Answer> answers = peer.Do({.type = 7, .offset = 4096, .length = kSize - 4096});
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].type, ReplyType::kBlockStatus);
  EXPECT_TRUE(answers[0].done());
  Bytes expected;
  for (const std::uint32_t number : {Handshake::kAllocationContext, 126'976U, 3U, 131'072U, 0U, 786'432U, 3U}) {
    Append(expected, number);
  }
  EXPECT_EQ(answers[0].data, expected);
}

TEST_F(NbdTransmission, BlockStatusOfOneExtentIsNoLongerThanAskedFor) {
  SessionPeer peer(directory_);
  peer.Enter("held", true, true);
  peer.Send(SessionPeer::RequestBytes({.flags = kFlagReqOne, .type = 7, .length = 1000}));
  ASSERT_TRUE(held_->operation(0).one_extent);
  held_->Answer(0, {.pieces = {{.length = 700}, {.length = 700}, {.length = 100, .zero = true}}});
  Bytes expected;
  for (const std::uint32_t number : {Handshake::kAllocationContext, 1000U, 0U}) Append(expected, number);
  EXPECT_EQ(peer.Answers(0).at(0).data, expected);
}

TEST_F(NbdTransmission, BlockStatusHasNoMoreExtentsThanTheStandardAllows) {
  SessionPeer peer(directory_);
  peer.Enter("held", true, true);
  peer.Send(SessionPeer::RequestBytes({.type = 7, .length = kSize}));
  std::vector<Piece> pieces(kExtentsMax + 10, Piece{.length = 1});
  for (std::size_t i = 0; i < pieces.size(); i += 2) pieces[i].zero = true;
  held_->Answer(0, {.pieces = pieces});
  EXPECT_EQ(peer.Answers(0).at(0).data.size(), 4 + 8 * std::size_t{kExtentsMax});
}

TEST_F(NbdTransmission, DisconnectWaitsForWhatIsUnderWay) {
  SessionPeer peer(directory_);
  peer.Enter("held", false);
  peer.Send(SessionPeer::RequestBytes({.length = 4}));
  peer.Send(SessionPeer::RequestBytes({.type = 2}));
  EXPECT_EQ(peer.session().state(), Session::State::kOpen);
  EXPECT_FALSE(peer.session().WantsInput());
  held_->Answer(0, {.data = Bytes(4)});
  EXPECT_EQ(peer.session().state(), Session::State::kFinished);
  EXPECT_EQ(peer.Answers(4).size(), 1U);
}

TEST_F(NbdTransmission, BytesThatAreNoRequestEndTheSession) {
  SessionPeer peer(directory_);
  peer.Enter("disk", false);
  Bytes bytes = SessionPeer::RequestBytes({.length = 4});
  bytes[0] = 0;
  peer.Send(bytes);
  EXPECT_EQ(peer.session().state(), Session::State::kBroken);
}

TEST_F(NbdTransmission, WhileTheServerEndsRequestsAreRefused) {
  SessionPeer peer(directory_);
  peer.Enter("held", true);
  peer.Send(SessionPeer::RequestBytes({.length = 4}));
  peer.session().ShutDown();
  EXPECT_EQ(peer.DoForError({.length = 4}), Error::kShutdown);
  EXPECT_EQ(peer.session().state(), Session::State::kOpen);
  held_->Answer(0, {.data = Bytes(4)});
  EXPECT_EQ(peer.session().state(), Session::State::kFinished);
}

}  // namespace
}  // namespace tarn::nbd
