// What an operator asks of members that run, and what becomes of full and rotten disks.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "sw/net/address.h"
#include "tests/store/block_client.h"
#include "tests/store/cluster.h"
#include "tests/store/writer.h"

namespace tarn::store {
namespace {

constexpr std::uint32_t kBlockBytes = kWriterBlock;

class StoreOperator : public Cluster {
 protected:
  void ExpectRefused(int number, const std::string& words, const std::string& message) {
    const Outcome outcome = Tell(number, words);
    EXPECT_EQ(outcome.exit_status, 2) << words;
    EXPECT_NE(outcome.error.find(message), std::string::npos) << words << ": " << outcome.error;
  }
  // Of a member that is to be refused, in the folder of one of the dataset's.
  Outcome Serve(int folder, int self, const std::string& options) {
    return Run("timeout 60 " TARN_PROGRAM " store serve --folder " + Folder(folder) + " --self " +
               std::to_string(self) +
               " --dataset 0123456789abcdef0123456789abcdef --member 1,m1,unix:l1 "
               "--mediator unix:m --listen unix:s1 --log-size 512M " +
               options);
  }
  nbd::Error WriteAt(int number, std::uint64_t block, std::uint64_t version) {
    BlockClient client(Socket(number), "disk");
    return client.connected() ? client.Write(block * kBlockBytes, Pattern(block, version), true)
                              : nbd::Error::kShutdown;
  }
  void ExpectAt(int number, std::uint64_t block, std::uint64_t version) {
    BlockClient client(Socket(number), "disk");
    nbd::Bytes bytes;
    ASSERT_EQ(client.Read(block * kBlockBytes, kBlockBytes, bytes), nbd::Error::kNone) << Describe();
    EXPECT_TRUE(bytes == Pattern(block, version)) << "block " << block << " at member " << number;
  }
  bool UntilPhase(int number, const std::string& phase) {
    const bool reached = Until([&] {
      const Json status = StatusOf(number);
      return status.is_object() && status.at("phase") == phase;
    });
    EXPECT_TRUE(reached) << Describe();
    return reached;
  }
};

TEST_F(StoreOperator, VolumesGrowWhileTheyAreServed) {
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  ASSERT_EQ(WriteAt(1, 4095, 1), nbd::Error::kNone);
  ExpectTold(2, "grow disk --size 32M");
  for (const int number : {1, 2}) EXPECT_EQ(BlockClient(Socket(number), "disk").size_bytes(), 32U << 20);
  ASSERT_EQ(WriteAt(2, 8191, 2), nbd::Error::kNone);
  ExpectAt(1, 8191, 2);
  ExpectAt(2, 4095, 1);
  ExpectRefused(1, "grow disk --size 16M", "invalid");
  ExpectRefused(1, "grow disk --size 33555000", "invalid");
  ExpectRefused(1, "grow none --size 64M", "there is no volume or snapshot 'none'");
}

TEST_F(StoreOperator, MembersAreTakenOutAndInAgainWhileClientsWrite) {
  members_ = 3;
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  Writer writer(Socket(1), 0, 32, std::chrono::microseconds(1000));
  ExpectTold(2, "remove-member 3");
  ASSERT_TRUE(UntilInSync({1, 2}));
  ASSERT_TRUE(UntilPhase(3, "refused"));
  EXPECT_EQ(StatusOf(1).at("members").get<std::vector<int>>(), (std::vector<int>{1, 2}));
  const std::uint64_t before = writer.acknowledged();
  ASSERT_TRUE(Until([&] { return writer.acknowledged() > before + 50; })) << Describe();
  ExpectRefused(1, "remove-member 3", "invalid");
  ExpectTold(2, "add-member 3");
  ASSERT_TRUE(UntilInSync({1, 2, 3}));
  writer.End();
  EXPECT_EQ(writer.error(), nbd::Error::kNone);
  for (const int number : {1, 2, 3}) writer.Check(Socket(number));
  ExpectRefused(1, "add-member 3", "invalid");
  ExpectRefused(1, "add-member 4", "no --member has the number 4");
  ExpectRefused(1, "remove-member 1", "invalid");  // it is asked of another
}

TEST_F(StoreOperator, AVerificationComparesAllAndAScrubRepairsWhatRots) {
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  BlockClient client(Socket(1), "disk");
  for (std::uint64_t block = 0; block < 64; ++block) {
    ASSERT_EQ(client.Write(block * kBlockBytes, Pattern(block, 1)), nbd::Error::kNone);
  }
  ASSERT_EQ(client.Flush(), nbd::Error::kNone);
  const Outcome verified = Tell(1, "verify");
  EXPECT_EQ(verified.exit_status, 0) << verified.error;
  EXPECT_EQ(verified.output, "4096 blocks compared with member 2, 0 differ\n");
  // Under the running member's feet, in every copy that its log has of these blocks.
  int changed = 0;
  {
    std::fstream log(Folder(2) + "/log", std::ios::in | std::ios::out | std::ios::binary);
    nbd::Bytes bytes(64 << 20);
    log.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    log.clear();
    for (std::uint64_t block = 10; block < 15; ++block) {
      const nbd::Bytes pattern = Pattern(block, 1);
      for (auto at = bytes.begin();
           (at = std::search(at, bytes.end(), pattern.begin(), pattern.begin() + 64)) != bytes.end(); ++at) {
        log.seekp(at - bytes.begin() + 100);
        log.put('\x55').put('\x55').put('\x55');
        ++changed;
      }
    }
  }
  ASSERT_GE(changed, 5);
  const Outcome scrubbed = Tell(2, "scrub");
  EXPECT_EQ(scrubbed.exit_status, 0) << scrubbed.error;
  EXPECT_EQ(scrubbed.output, "5 blocks repaired\n");
  EXPECT_EQ(StatusOf(2).at("repaired_blocks"), 5);
  EXPECT_EQ(Tell(2, "scrub").output, "0 blocks repaired\n");
  member(1).Kill();
  ASSERT_TRUE(UntilInSync({2}));
  for (std::uint64_t block = 0; block < 64; ++block) ExpectAt(2, block, 1);
  ExpectRefused(2, "verify", "no other member is in sync");
}

TEST_F(StoreOperator, OneOfTwoTakesOverOnTheOperatorsWord) {
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  ASSERT_EQ(WriteAt(1, 5, 1), nbd::Error::kNone);
  ExpectRefused(1, "take-over", "this member is serving, not waiting for others");
  member(1).Kill();
  member(2).Kill();
  ASSERT_TRUE(Start(2));
  ASSERT_TRUE(UntilPhase(2, "returning"));
  EXPECT_FALSE(StatusOf(2).at("serves").get<bool>());
  ExpectTold(2, "take-over");
  ASSERT_TRUE(UntilInSync({2}));
  ExpectAt(2, 5, 1);
  ASSERT_EQ(WriteAt(2, 5, 2), nbd::Error::kNone);
  // Who was thought lost has an old state, and takes the new one.
  ASSERT_TRUE(Start(1));
  ASSERT_TRUE(UntilInSync({1, 2}));
  ExpectAt(1, 5, 2);
}

TEST_F(StoreOperator, AMediatorThatLostItsStateIsGivenItAgain) {
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  ASSERT_EQ(WriteAt(1, 5, 1), nbd::Error::kNone);
  mediator().Kill();
  ASSERT_TRUE(std::filesystem::remove(folder_ / "mediator/membership"));
  ASSERT_TRUE(StartMediator());
  ASSERT_TRUE(Until([&] { return std::filesystem::exists(folder_ / "mediator/membership"); })) << Describe();
  EXPECT_NE(Log(1).find("the mediator holds nothing: it is given the membership again"), std::string::npos) << Log(1);
  member(1).Kill();
  ASSERT_TRUE(UntilInSync({2}));
  ExpectAt(2, 5, 1);
  // While nobody serves, only the operator can know that what a member has is the newest.
  member(2).Kill();
  mediator().Kill();
  ASSERT_TRUE(std::filesystem::remove(folder_ / "mediator/membership"));
  ASSERT_TRUE(StartMediator());
  ASSERT_TRUE(Start(2));
  ASSERT_TRUE(UntilPhase(2, "returning"));
  ExpectTold(2, "take-over");
  ASSERT_TRUE(UntilInSync({2}));
  ExpectAt(2, 5, 1);
}

TEST_F(StoreOperator, AFullLogRefusesWritesAndLosesNothing) {
  more_options_ = {"--lease-ms", "500", "--log-size", "336M", "--memory", "32M"};
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 512M");
  BlockClient client(Socket(1), "disk");
  constexpr std::uint32_t kPieceBytes = 4 << 20;
  const auto piece = [](std::uint64_t number) {
    return nbd::Bytes(kPieceBytes, static_cast<std::uint8_t>(number + 1));
  };
  std::uint64_t written = 0;
  nbd::Error error = nbd::Error::kNone;
  while (written < 127 && error == nbd::Error::kNone) {
    error = client.Write(written * kPieceBytes, piece(written));
    written += error == nbd::Error::kNone ? 1 : 0;
  }
  EXPECT_EQ(error, nbd::Error::kNoSpace) << Describe();
  EXPECT_GE(written, 20U);
  EXPECT_EQ(client.Write(127U * kPieceBytes, piece(0)), nbd::Error::kNoSpace);
  const auto expect_whole = [&](std::uint64_t first) {
    for (const int number : {1, 2}) {
      BlockClient reader(Socket(number), "disk");
      for (std::uint64_t at = first; at < written; ++at) {
        nbd::Bytes bytes;
        ASSERT_EQ(reader.Read(at * kPieceBytes, kPieceBytes, bytes), nbd::Error::kNone) << Describe();
        EXPECT_TRUE(bytes == piece(at)) << at << " at member " << number;
      }
    }
  };
  expect_whole(0);
  // Trimming makes room again.
  ASSERT_EQ(client.Trim(0, static_cast<std::uint32_t>(written / 2 * kPieceBytes)), nbd::Error::kNone);
  EXPECT_TRUE(Until([&] { return client.Write(127U * kPieceBytes, piece(0)) == nbd::Error::kNone; })) << Describe();
  // The disk's being full is no fault of the members': both come back.
  member(2).Kill();
  ASSERT_TRUE(UntilInSync({1}));
  ASSERT_TRUE(Start(2));
  ASSERT_TRUE(UntilInSync({1, 2}));
  expect_whole(written / 2);
}

TEST_F(StoreOperator, ADiskThatDoesNotHoldTheLogSaysSoAtOnce) {
  const Outcome outcome = Run(
      "ulimit -f 1000; tarn store serve --folder small --self 1 --dataset 0123456789abcdef0123456789abcdef --create "
      "--member 1,m1,unix:l1 --mediator unix:m --listen unix:s --log-size 512M");
  EXPECT_EQ(outcome.exit_status, 2);
  EXPECT_EQ(outcome.error, "tarn store serve: small/log: cannot be made with 536870912 bytes: File too large\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "small/log"));
}

TEST_F(StoreOperator, AMemberThatCannotBeginIsNoHindranceToTheNext) {
  members_ = 1;
  ASSERT_TRUE(StartMediator());
  std::filesystem::create_directories(Socket(1));  // where nothing can listen
  const Outcome outcome = Serve(1, 1, "--create");
  EXPECT_EQ(outcome.exit_status, 2);
  EXPECT_EQ(outcome.error, "tarn store serve: unix:s1: cannot listen: Address already in use\n");
  EXPECT_FALSE(std::filesystem::exists(Folder(1) + "/log"));
  std::filesystem::remove(Socket(1));
  ASSERT_TRUE(Start(1, {"--create"})) << Log(1);
  EXPECT_TRUE(UntilInSync({1}));
}

// The mediator is away while the dataset is to be made, and the member is killed.
TEST_F(StoreOperator, MakingADatasetThatWasCutShortIsGoneOnWith) {
  members_ = 1;
  ASSERT_TRUE(Start(1, {"--create"})) << Log(1);
  ASSERT_TRUE(Until([&] { return StatusOf(1).is_object(); }));
  member(1).Kill();
  ASSERT_TRUE(StartMediator());
  ASSERT_TRUE(Start(1, {"--create"})) << Log(1);
  ASSERT_TRUE(UntilInSync({1}));
  ExpectTold(1, "create disk --size 16M");  // is told once it is in the log, and the membership before it
  member(1).Kill();
  const Outcome outcome = Serve(1, 1, "--create --lease-ms 500");
  EXPECT_EQ(outcome.exit_status, 2);
  EXPECT_NE(outcome.error.find("/log: is of a dataset already: this is no new member, and starts without --create"),
            std::string::npos)
      << outcome.error;
}

TEST_F(StoreOperator, ALogOfAnotherMemberIsRefusedAtOnce) {
  members_ = 1;
  ASSERT_TRUE(StartMediator());
  ASSERT_TRUE(Start(1, {"--create"})) << Log(1);
  ASSERT_TRUE(UntilInSync({1}));
  member(1).Kill();
  const Outcome outcome = Serve(1, 2, "--member 2,m2,unix:l2");
  EXPECT_EQ(outcome.exit_status, 2);
  EXPECT_EQ(outcome.error,
            "tarn store serve: " + Folder(1) + "/log: the storage belongs to another dataset or member\n");
}

TEST_F(StoreOperator, WhatMakesNoSenseIsToldWhy) {
  ASSERT_TRUE(StartAll());
  EXPECT_NE(Tell(1, "create disk --size 4097").error.find("invalid: a volume has whole blocks, 1 to 2^46"),
            std::string::npos);
  ExpectTold(1, "create disk --size 1M");
  EXPECT_NE(Tell(1, "grow disk --size 512K").error.find("does not shrink"), std::string::npos);
  EXPECT_NE(Tell(1, "clone disk copy").error.find("only a snapshot is cloned"), std::string::npos);
  EXPECT_NE(Tell(1, "add-member 2").error.find("it is a member already"), std::string::npos);
  ExpectRefused(1, "create disk --size 1M", "exists: a volume or snapshot has that name");
  ExpectTold(1, "snapshot disk moment");
  ExpectRefused(1, "grow moment --size 2M", "read only: a snapshot does not change");
  ExpectRefused(1, "snapshot disk", "snapshot: wants VOLUME NAME");
  ExpectRefused(1, "verify all", "verify: wants no further word");
  ExpectRefused(1, "create 'a/b' --size 1M", "its name is UTF-8 of 1 to 255 bytes, with no '/'");
  ExpectRefused(1, "create \"$(printf 'a\\377')\" --size 1M", "create: a name is UTF-8");
  ExpectRefused(1, "create vast --size 9000000T", "1 to 2^46");
  ExpectTold(1, "create large --size 200000T");
}

TEST_F(StoreOperator, WhoOnlyHoldsAConnectionLocksNobodyOut) {
  members_ = 1;
  ASSERT_TRUE(StartAll());
  std::vector<net::FileDescriptor> idle;
  for (int i = 0; i < 100; ++i) {
    Result<net::FileDescriptor> socket = net::Connect(*net::ParseAddress("socket", "unix:" + Folder(1) + "/control"));
    ASSERT_TRUE(socket.ok()) << i << ": " << socket.status().message();
    idle.push_back(std::move(*socket));
  }
  ExpectTold(1, "create disk --size 1M");
}

TEST_F(StoreOperator, AClientsNameForNothingIsOneLineOfTheLog) {
  members_ = 1;
  ASSERT_TRUE(StartAll());
  EXPECT_FALSE(BlockClient(Socket(1), "x'\ntarn store: all is well").connected());
  EXPECT_TRUE(Until([&] {
    return Log(1).find("there is no export 'x'\\x0atarn store: all is well'") != std::string::npos;
  })) << Log(1);
}

// The README's lines, one after the other, as they are pasted.
TEST_F(StoreOperator, TheTrialOfTheReadmeIsServedByBoth) {
  const std::string trial = TARN_SOURCE_DIR "/sw/store/trial/";
  std::string line = "pids=''";
  for (const char* role :
       {"mediator --config mediator.ini", "serve --config one.ini --create", "serve --config two.ini"}) {
    std::string words = role;
    words.replace(words.find("--config ") + 9, 0, trial);
    line += "; (exec " TARN_PROGRAM " store " + words + " >> log 2>&1) & pids=\"$pids $!\"";
  }
  line += "; tarn store create disk --size 10G --folder build/store/one; made=$?";
  line +=
      "; for i in $(seq 300); do tarn store status --folder build/store/two | grep -q 'volume disk, 10.0 GiB' && "
      "break; sleep 0.1; done";
  line += "; tarn store status --folder build/store/two; kill $pids; wait; exit $made";
  const Outcome outcome = Run(line);
  EXPECT_EQ(outcome.exit_status, 0) << outcome.error << trace::Text(folder_ / "log");
  EXPECT_NE(outcome.output.find("volume disk, 10.0 GiB"), std::string::npos) << outcome.output << outcome.error;
}

TEST_F(StoreOperator, ZeroesWithoutAHoleTakeRoom) {
  if (!nbd::HasProgram("qemu-io")) GTEST_SKIP() << "no qemu-io here";
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  const std::string uri = "'nbd+unix:///disk?socket=" + Socket(1) + "'";
  EXPECT_EQ(Run("timeout 60 qemu-io -f raw -c 'write -z 0 1M' -c 'write -zu 1M 1M' " + uri).exit_status, 0);
  const Outcome map = Run("timeout 60 qemu-img map --output=json -f raw " + uri);
  const Json pieces = Json::parse(map.output, nullptr, false);
  ASSERT_EQ(pieces.size(), 2U) << map.output;
  EXPECT_EQ(pieces[0].at("length"), 1 << 20) << map.output;
  EXPECT_TRUE(pieces[0].at("data").get<bool>()) << map.output;
  EXPECT_FALSE(pieces[1].at("data").get<bool>()) << map.output;
  ExpectTold(1, "verify");
}

}  // namespace
}  // namespace tarn::store
