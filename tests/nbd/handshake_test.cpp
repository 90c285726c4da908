// Option haggling: what the protocol's text wants, and what a client may send against it.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/nbd/memory_export.h"
#include "tests/nbd/session_peer.h"

namespace tarn::nbd {
namespace {

class NbdHandshake : public testing::Test {
 protected:
  NbdHandshake() {
    directory_.Add("", disk_);
    directory_.Add("disk", disk_);
    directory_.Add("other", std::make_shared<MemoryExport>(ExportInfo{.size_bytes = 1 << 16, .read_only = true}));
  }

  std::shared_ptr<MemoryExport> disk_ =
      std::make_shared<MemoryExport>(ExportInfo{.size_bytes = 1 << 20, .description = "a disk", .fast_zero = true});
  Directory directory_;
};

Bytes Text(const std::string& text) { return {text.begin(), text.end()}; }

TEST_F(NbdHandshake, UnknownClientFlagsEndTheSession) {
  SessionPeer peer(directory_);
  peer.Greet(4);
  EXPECT_EQ(peer.session().state(), Session::State::kBroken);
}

TEST_F(NbdHandshake, UnknownOptionsAreRefusedAndTheNextIsUnderstood) {
  SessionPeer peer(directory_);
  peer.Greet();
  for (const std::uint32_t option : {0U, 4U, 11U, 12U, 0xffffffffU}) {
    EXPECT_EQ(peer.AskForType(static_cast<Option>(option), Bytes(100, 1)), OptionReply::kErrUnsupported) << option;
  }
  EXPECT_EQ(peer.AskForType(Option::kGo, SessionPeer::GoData("disk")), OptionReply::kAck);
}

TEST_F(NbdHandshake, OptionsThatAreTooLongAreSkippedAndRefused) {
  SessionPeer peer(directory_);
  peer.Greet();
  for (const Option option : {Option::kGo, Option::kList, Option::kSetMetaContext}) {
    EXPECT_EQ(peer.AskForType(option, Bytes(3'000'000, 1)), OptionReply::kErrTooBig);
  }
  EXPECT_EQ(peer.AskForType(Option::kInfo, SessionPeer::GoData("disk")), OptionReply::kAck);
  peer.Send(SessionPeer::OptionBytes(static_cast<std::uint32_t>(Option::kExportName), Bytes(100'000, 'a')));
  EXPECT_EQ(peer.session().state(), Session::State::kBroken);
}

TEST_F(NbdHandshake, ExportNameIsPaddedUnlessBothSidesAgreedNotTo) {
  for (const bool agreed : {false, true}) {
    SessionPeer peer(directory_);
    peer.Greet(agreed ? kFixedNewstyle | kNoZeroes : kFixedNewstyle);
    peer.Send(SessionPeer::OptionBytes(1, Text("disk")));
    const Bytes answer = peer.Receive();
    ASSERT_EQ(answer.size(), agreed ? 10U : 134U);
    EXPECT_EQ(Load<std::uint64_t>(answer.data()), 1U << 20);
    const auto flags = Load<std::uint16_t>(answer.data() + 8);
    EXPECT_EQ(flags, kHasFlags | kSendFlush | kSendFua | kSendTrim | kSendWriteZeroes | kCanMultiConn | kSendCache |
                         kSendFastZero);
    EXPECT_TRUE(peer.session().transmitting());
  }
}

TEST_F(NbdHandshake, NamesThatCannotBeServedEndTheSession) {
  for (const std::string& name :
       {std::string("none"), std::string("di\0sk", 5), std::string("\xff"), std::string(5000, 'x')}) {
    SessionPeer peer(directory_);
    peer.Greet();
    peer.Send(SessionPeer::OptionBytes(1, Text(name)));
    EXPECT_EQ(peer.session().state(), Session::State::kBroken) << name;
    EXPECT_TRUE(peer.Receive().empty());
  }
}

TEST_F(NbdHandshake, WithoutFixedNewstyleThereIsOnlyTheName) {
  SessionPeer named(directory_);
  named.Greet(0);
  named.Send(SessionPeer::OptionBytes(1, Text("disk")));
  EXPECT_TRUE(named.session().transmitting());
  SessionPeer listing(directory_);
  listing.Greet(0);
  listing.Send(SessionPeer::OptionBytes(3, {}));
  EXPECT_EQ(listing.session().state(), Session::State::kBroken);
}

TEST_F(NbdHandshake, GoTellsWhatWasAskedForAndEnters) {
  SessionPeer peer(directory_);
  peer.Greet();
  const std::vector<OptionAnswer> info = peer.Ask(Option::kInfo, SessionPeer::GoData("disk", {1, 2, 3, 77}));
  ASSERT_EQ(info.size(), 5U);
  EXPECT_EQ(info[0].data.size(), 12U);
  EXPECT_EQ(info[1].data, Text(std::string("\0\1disk", 6)));
  EXPECT_EQ(info[2].data, Text(std::string("\0\2a disk", 8)));
  EXPECT_EQ(Load<std::uint32_t>(info[3].data.data() + 2), 1U);
  EXPECT_EQ(Load<std::uint32_t>(info[3].data.data() + 6), 4096U);
  EXPECT_EQ(Load<std::uint32_t>(info[3].data.data() + 10), 32U << 20);
  EXPECT_EQ(info[4].type, OptionReply::kAck);
  EXPECT_FALSE(peer.session().transmitting());
  EXPECT_EQ(peer.AskForType(Option::kGo, SessionPeer::GoData("none")), OptionReply::kErrUnknown);
  const std::vector<OptionAnswer> go = peer.Ask(Option::kGo, SessionPeer::GoData("other"));
  ASSERT_EQ(go.size(), 2U);
  EXPECT_EQ(Load<std::uint16_t>(go[0].data.data() + 10),
            kHasFlags | kReadOnly | kSendFlush | kSendFua | kCanMultiConn | kSendCache);
  EXPECT_TRUE(peer.session().transmitting());
}

TEST_F(NbdHandshake, GoThatDoesNotFitTogetherIsInvalid) {
  Bytes name_too_long = SessionPeer::GoData("disk");
  name_too_long[3] = 200;
  Bytes name_far_too_long = SessionPeer::GoData("disk");
  name_far_too_long[0] = 0xff;
  Bytes more_infos = SessionPeer::GoData("disk", {3});
  more_infos[9] = 2;
  Bytes trailing = SessionPeer::GoData("disk");
  trailing.push_back(0);
  const std::vector<Bytes> bad = {{},
                                  {0, 0, 0},
                                  name_too_long,
                                  name_far_too_long,
                                  more_infos,
                                  trailing,
                                  SessionPeer::GoData("disk", {3, 3}),
                                  SessionPeer::GoData(std::string("d\0", 2)),
                                  SessionPeer::GoData("\xc0\x80"),
                                  SessionPeer::GoData("\xed\xa0\x80"),
                                  SessionPeer::GoData("\xf5\x80\x80\x80"),
                                  SessionPeer::GoData("\xe2\x82"),
                                  SessionPeer::GoData(std::string(4097, 'a'))};
  SessionPeer peer(directory_);
  peer.Greet();
  for (const Bytes& data : bad) {
    EXPECT_EQ(peer.AskForType(Option::kGo, data), OptionReply::kErrInvalid);
    EXPECT_EQ(peer.AskForType(Option::kInfo, data), OptionReply::kErrInvalid);
  }
  EXPECT_EQ(peer.AskForType(Option::kGo, SessionPeer::GoData("caf\xc3\xa9")), OptionReply::kErrUnknown);
  EXPECT_EQ(peer.AskForType(Option::kGo, SessionPeer::GoData("disk")), OptionReply::kAck);
}

TEST_F(NbdHandshake, ListNamesAllExports) {
  SessionPeer peer(directory_);
  peer.Greet();
  EXPECT_EQ(peer.AskForType(Option::kList, {1}), OptionReply::kErrInvalid);
  const std::vector<OptionAnswer> list = peer.Ask(Option::kList);
  ASSERT_EQ(list.size(), 4U);
  EXPECT_EQ(list[0].data, Text(std::string("\0\0\0\0a disk", 10)));
  EXPECT_EQ(list[1].data, Text(std::string("\0\0\0\4diska disk", 14)));
  EXPECT_EQ(list[2].data, Text(std::string("\0\0\0\5other", 9)));
  EXPECT_EQ(list[3].type, OptionReply::kAck);
}

TEST_F(NbdHandshake, AbortIsAcknowledgedWhateverComesWithIt) {
  SessionPeer peer(directory_);
  peer.Greet();
  EXPECT_EQ(peer.AskForType(Option::kAbort, {1, 2, 3}), OptionReply::kAck);
  EXPECT_EQ(peer.session().state(), Session::State::kFinished);
  EXPECT_TRUE(peer.session().Space().empty());
}

TEST_F(NbdHandshake, ContextsNeedStructuredReplies) {
  SessionPeer peer(directory_);
  peer.Greet();
  const Bytes data = SessionPeer::ContextData("disk", {"base:allocation"});
  EXPECT_EQ(peer.AskForType(Option::kSetMetaContext, data), OptionReply::kErrInvalid);
  EXPECT_EQ(peer.AskForType(Option::kListMetaContext, data), OptionReply::kErrInvalid);
  EXPECT_EQ(peer.AskForType(Option::kStructuredReply, {0}), OptionReply::kErrInvalid);
  EXPECT_EQ(peer.AskForType(Option::kSetMetaContext, data), OptionReply::kErrInvalid);
  EXPECT_EQ(peer.AskForType(Option::kStructuredReply), OptionReply::kAck);
  EXPECT_EQ(peer.AskForType(Option::kSetMetaContext, data), OptionReply::kAck);
}

TEST_F(NbdHandshake, ContextsAreFoundByQuery) {
  SessionPeer peer(directory_);
  peer.Greet();
  ASSERT_EQ(peer.AskForType(Option::kStructuredReply), OptionReply::kAck);
  struct Case {
    std::vector<std::string> queries;
    std::size_t listed;
    std::size_t set;
  };
  const std::vector<Case> cases = {{{}, 1, 0},
                                   {{"base:"}, 1, 0},
                                   {{"base:allocation"}, 1, 1},
                                   {{"base:allocation", "base:allocation"}, 1, 1},
                                   {{"base:other", "qemu:dirty-bitmap:x", "x-tarn:"}, 0, 0},
                                   {{"x:y", "base:allocation"}, 1, 1}};
  for (const Case& one : cases) {
    const Bytes data = SessionPeer::ContextData("disk", one.queries);
    EXPECT_EQ(peer.Ask(Option::kListMetaContext, data).size(), one.listed + 1);
    EXPECT_EQ(peer.Ask(Option::kSetMetaContext, data).size(), one.set + 1);
  }
  EXPECT_EQ(peer.AskForType(Option::kSetMetaContext, SessionPeer::ContextData("disk", {"nothing"})),
            OptionReply::kErrInvalid);
  EXPECT_EQ(peer.AskForType(Option::kSetMetaContext, SessionPeer::ContextData("none", {"base:"})),
            OptionReply::kErrUnknown);
  Bytes too_many = SessionPeer::ContextData("disk", {"base:allocation"});
  too_many[8] = 0x7f;
  EXPECT_EQ(peer.AskForType(Option::kSetMetaContext, too_many), OptionReply::kErrInvalid);
  EXPECT_EQ(peer.AskForType(Option::kSetMetaContext, SessionPeer::ContextData("disk", {std::string(5000, 'a')})),
            OptionReply::kErrInvalid);
}

TEST_F(NbdHandshake, ContextsCountForTheirExportAndUntilTheNextTry) {
  const RawRequest status = {.type = 7, .length = 4096};
  for (const bool spoilt : {false, true}) {
    SessionPeer peer(directory_);
    peer.Greet();
    ASSERT_EQ(peer.AskForType(Option::kStructuredReply), OptionReply::kAck);
    ASSERT_EQ(peer.AskForType(Option::kSetMetaContext, SessionPeer::ContextData("disk", {"base:allocation"})),
              OptionReply::kAck);
    if (spoilt) peer.Ask(Option::kSetMetaContext, {1, 2, 3});
    ASSERT_EQ(peer.AskForType(Option::kGo, SessionPeer::GoData("disk")), OptionReply::kAck);
    EXPECT_EQ(peer.DoForError(status), spoilt ? Error::kInvalid : Error::kNone);
  }
  SessionPeer peer(directory_);
  peer.Greet();
  ASSERT_EQ(peer.AskForType(Option::kStructuredReply), OptionReply::kAck);
  peer.Ask(Option::kSetMetaContext, SessionPeer::ContextData("disk", {"base:allocation"}));
  ASSERT_EQ(peer.AskForType(Option::kGo, SessionPeer::GoData("other")), OptionReply::kAck);
  EXPECT_EQ(peer.DoForError(status), Error::kInvalid);
}

TEST_F(NbdHandshake, WithoutTlsTheRequestForItIsRefused) {
  SessionPeer peer(directory_);
  peer.Greet();
  EXPECT_EQ(peer.AskForType(Option::kStartTls), OptionReply::kErrPolicy);
  EXPECT_EQ(peer.AskForType(Option::kGo, SessionPeer::GoData("disk")), OptionReply::kAck);
}

TEST_F(NbdHandshake, RequiredTlsComesBeforeEverything) {
  SessionPeer peer(directory_, TlsMode::kRequired);
  peer.Greet();
  for (const Option option : {Option::kGo, Option::kInfo, Option::kList, Option::kStructuredReply,
                              Option::kSetMetaContext, Option::kListMetaContext, static_cast<Option>(99)}) {
    EXPECT_EQ(peer.AskForType(option, SessionPeer::GoData("disk")), OptionReply::kErrTlsRequired);
  }
  EXPECT_EQ(peer.AskForType(Option::kStartTls, {1}), OptionReply::kErrInvalid);
  EXPECT_EQ(peer.AskForType(Option::kStartTls), OptionReply::kAck);
  EXPECT_EQ(peer.session().state(), Session::State::kStartTls);
  peer.session().TlsStarted();
  EXPECT_EQ(peer.AskForType(Option::kStartTls), OptionReply::kErrInvalid);
  EXPECT_EQ(peer.AskForType(Option::kGo, SessionPeer::GoData("disk")), OptionReply::kAck);

  SessionPeer named(directory_, TlsMode::kRequired);
  named.Greet();
  named.Send(SessionPeer::OptionBytes(1, Text("disk")));
  EXPECT_EQ(named.session().state(), Session::State::kBroken);
  SessionPeer old(directory_, TlsMode::kRequired);
  old.Greet(0);
  old.Send(SessionPeer::OptionBytes(1, Text("disk")));
  EXPECT_EQ(old.session().state(), Session::State::kBroken);
}

TEST_F(NbdHandshake, TlsVoidsWhatWasNegotiatedBefore) {
  SessionPeer peer(directory_, TlsMode::kOffered);
  peer.Greet();
  ASSERT_EQ(peer.AskForType(Option::kStructuredReply), OptionReply::kAck);
  ASSERT_EQ(peer.AskForType(Option::kStartTls), OptionReply::kAck);
  peer.session().TlsStarted();
  EXPECT_EQ(peer.AskForType(Option::kSetMetaContext, SessionPeer::ContextData("disk", {})), OptionReply::kErrInvalid);
  ASSERT_EQ(peer.AskForType(Option::kGo, SessionPeer::GoData("disk")), OptionReply::kAck);
  EXPECT_FALSE(peer.Do({.length = 512}).at(0).structured);
}

TEST_F(NbdHandshake, WhileTheServerEndsAllIsRefusedButAbort) {
  SessionPeer peer(directory_);
  peer.Greet();
  peer.session().ShutDown();
  EXPECT_EQ(peer.AskForType(Option::kGo, SessionPeer::GoData("disk")), OptionReply::kErrShutdown);
  EXPECT_EQ(peer.AskForType(Option::kAbort), OptionReply::kAck);
}

TEST_F(NbdHandshake, OptionsWithoutTheirMagicNumberEndTheSession) {
  SessionPeer peer(directory_);
  peer.Greet();
  Bytes bytes = SessionPeer::OptionBytes(3, {});
  bytes[5] ^= 1;
  peer.Send(bytes);
  EXPECT_EQ(peer.session().state(), Session::State::kBroken);
}

TEST_F(NbdHandshake, EndlessHagglingIsEnded) {
  SessionPeer peer(directory_);
  peer.Greet();
  for (std::uint32_t i = 0; i < Handshake::kOptionsMax; ++i) peer.Send(SessionPeer::OptionBytes(99, {}));
  EXPECT_EQ(peer.session().state(), Session::State::kOpen);
  peer.Send(SessionPeer::OptionBytes(99, {}));
  EXPECT_EQ(peer.session().state(), Session::State::kBroken);
}

TEST_F(NbdHandshake, NothingDependsOnHowTheBytesAreDivided) {
  Bytes all = {0, 0, 0, 3};
  for (const Bytes& more :
       {SessionPeer::OptionBytes(8, {}), SessionPeer::OptionBytes(3, {}),
        SessionPeer::OptionBytes(99, Bytes(40'000, 7)), SessionPeer::OptionBytes(7, SessionPeer::GoData("disk", {3})),
        SessionPeer::RequestBytes({.type = 1, .offset = 5, .length = 3, .data = {1, 2, 3}}),
        SessionPeer::RequestBytes({.cookie = 2, .length = 16})}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  SessionPeer whole(directory_);
  whole.Send(all);
  const Bytes expected = whole.Receive();
  EXPECT_TRUE(whole.session().transmitting());
  for (const std::size_t at_a_time : {1U, 2U, 7U, 1000U}) {
    SessionPeer divided(directory_);
    divided.Send(all, at_a_time);
    EXPECT_EQ(divided.Receive(), expected) << at_a_time;
  }
}

}  // namespace
}  // namespace tarn::nbd
