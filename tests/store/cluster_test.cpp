// Members of a dataset as processes on real sockets, killed at any moment.
#include "tests/store/cluster.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/store/block_client.h"
#include "tests/store/writer.h"

namespace tarn::store {
namespace {

constexpr std::uint32_t kBlock = kWriterBlock;

class StoreCluster : public Cluster {
 protected:
  std::string Uri(int number, const std::string& name = "disk") const {
    return "\"nbd+unix:///" + name + "?socket=" + Socket(number) + "\"";
  }
  void ExpectSuccess(const std::string& line) {
    const Outcome outcome = Run("timeout 100 " + line);
    EXPECT_EQ(outcome.exit_status, 0) << line << "\n" << outcome.output << outcome.error << Describe();
  }
};

#define SKIP_WITHOUT(program) \
  if (!nbd::HasProgram(program)) GTEST_SKIP() << "no " program " here"

bool FioHasNbdEngine() {
  return std::system("fio --enghelp=nbd > /dev/null 2>&1") == 0;  // NOLINT(cert-env33-c)
}

TEST_F(StoreCluster, WhatOneMemberTakesTheOtherServes) {
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 64M");
  BlockClient one(Socket(1), "disk");
  BlockClient two(Socket(2), "disk");
  ASSERT_TRUE(one.connected() && two.connected());
  EXPECT_EQ(one.size_bytes(), 64U << 20);
  for (std::uint64_t i = 0; i < 200; ++i) {
    BlockClient& writer = i % 2 == 0 ? one : two;
    BlockClient& reader = i % 2 == 0 ? two : one;
    ASSERT_EQ(writer.Write(i % 7 * kBlock, Pattern(i % 7, i), i % 50 == 0), nbd::Error::kNone);
    nbd::Bytes bytes;
    ASSERT_EQ(reader.Read(i % 7 * kBlock, kBlock, bytes), nbd::Error::kNone);
    ASSERT_TRUE(bytes == Pattern(i % 7, i)) << i;
  }
  EXPECT_EQ(one.Flush(), nbd::Error::kNone);
  EXPECT_EQ(two.Trim(0, kBlock), nbd::Error::kNone);
  nbd::Bytes bytes;
  ASSERT_EQ(one.Read(0, kBlock, bytes), nbd::Error::kNone);
  EXPECT_TRUE(bytes == nbd::Bytes(kBlock));
}

// Content in the pool of a node of each member's own, which has less of it than the volume: the rest is read from the
// log.
TEST_F(StoreCluster, ContentMayLieInTheNodesPool) {
  more_options_.insert(more_options_.end(), {"--node", "model", "--memory", "1M"});
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 4M");
  BlockClient one(Socket(1), "disk");
  ASSERT_TRUE(one.connected());
  for (std::uint64_t i = 0; i < 400; ++i) {
    ASSERT_EQ(one.Write(i * kBlock, Pattern(i, 1), false), nbd::Error::kNone);
  }
  member(2).Kill();
  ASSERT_TRUE(UntilInSync({1}));
  for (std::uint64_t i = 0; i < 400; i += 3) {
    ASSERT_EQ(one.Write(i * kBlock, Pattern(i, 2), false), nbd::Error::kNone);
  }
  ASSERT_TRUE(Start(2));
  ASSERT_TRUE(UntilInSync({1, 2}));
  for (const int number : {1, 2}) {
    BlockClient reader(Socket(number), "disk");
    for (std::uint64_t i = 0; i < 400; ++i) {
      nbd::Bytes bytes;
      ASSERT_EQ(reader.Read(i * kBlock, kBlock, bytes), nbd::Error::kNone);
      ASSERT_TRUE(bytes == Pattern(i, i % 3 == 0 ? 2 : 1)) << i << " at member " << number;
    }
  }
}

TEST_F(StoreCluster, SnapshotsAndClonesAreExports) {
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  BlockClient disk(Socket(1), "disk");
  ASSERT_EQ(disk.Write(0, Pattern(0, 1)), nbd::Error::kNone);
  ExpectTold(2, "snapshot disk before");
  ASSERT_EQ(disk.Write(0, Pattern(0, 2)), nbd::Error::kNone);
  ExpectTold(1, "clone before other");
  BlockClient before(Socket(2), "before");
  BlockClient other(Socket(2), "other");
  ASSERT_TRUE(before.connected() && other.connected());
  EXPECT_EQ(before.Write(0, Pattern(0, 3)), nbd::Error::kPermission);
  EXPECT_EQ(other.Write(kBlock, Pattern(1, 3)), nbd::Error::kNone);
  nbd::Bytes bytes;
  for (const auto& [client, version] : {std::pair(&before, 1), std::pair(&other, 1), std::pair(&disk, 2)}) {
    ASSERT_EQ(client->Read(0, kBlock, bytes), nbd::Error::kNone);
    EXPECT_TRUE(bytes == Pattern(0, static_cast<std::uint64_t>(version)));
  }
  EXPECT_NE(Tell(1, "snapshot none x").exit_status, 0);
  EXPECT_NE(Tell(1, "create disk --size 1M").exit_status, 0);
  ExpectTold(1, "delete other");
  ASSERT_TRUE(Until([&] { return !BlockClient(Socket(2), "other").connected(); }));
}

TEST_F(StoreCluster, AcknowledgedWritesSurviveTheLossOfEitherMember) {
  for (const int lost : {2, 1}) {
    if (lost == 2) {
      ASSERT_TRUE(StartAll());
      ExpectTold(1, "create disk --size 16M");
    }
    const int left = 3 - lost;
    Writer on_lost(Socket(lost), 0, 64);
    Writer on_left(Socket(left), 64, 64);
    ASSERT_TRUE(Until([&] { return on_lost.acknowledged() > 200 && on_left.acknowledged() > 200; })) << Describe();
    member(lost).Kill();
    ASSERT_TRUE(UntilInSync({left}));
    const std::uint64_t before = on_left.acknowledged();
    ASSERT_TRUE(Until([&] { return on_left.acknowledged() > before + 200 || on_left.error() != nbd::Error::kNone; }))
        << Describe();
    ASSERT_EQ(on_left.error(), nbd::Error::kNone) << Describe();
    on_lost.End();
    on_left.End();
    EXPECT_EQ(on_left.error(), nbd::Error::kNone);
    on_lost.Check(Socket(left));
    on_left.Check(Socket(left));
    // The one that was lost comes back, is brought up to date, and serves the same.
    ASSERT_TRUE(Start(lost));
    ASSERT_TRUE(UntilInSync({1, 2}));
    on_lost.Check(Socket(lost));
    on_left.Check(Socket(lost));
  }
}

TEST_F(StoreCluster, TheMediatorMayBeLostWhileBothMembersAreThere) {
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  Writer writer(Socket(1), 0, 64);
  mediator().Kill();
  const std::uint64_t before = writer.acknowledged();
  ASSERT_TRUE(Until([&] { return writer.acknowledged() > before + 500; })) << Describe();
  // With a member lost as well, nobody can know that the other does not go on: service stops until one is back.
  member(2).Kill();
  std::this_thread::sleep_for(std::chrono::seconds(2));
  EXPECT_FALSE(StatusOf(1).at("serves").get<bool>()) << Describe();
  ASSERT_TRUE(StartMediator());
  ASSERT_TRUE(UntilInSync({1}));
  const std::uint64_t after = writer.acknowledged();
  ASSERT_TRUE(Until([&] { return writer.acknowledged() > after + 100 || writer.error() != nbd::Error::kNone; }))
      << Describe();
  writer.End();
  EXPECT_EQ(writer.error(), nbd::Error::kNone);
  writer.Check(Socket(1));
}

// What was acknowledged but not flushed may go: it is on its way to the disks (docs/store.md). A flush keeps what was
// acknowledged before it, whoever wrote it.
TEST_F(StoreCluster, AllKilledAtOnceLoseNothingThatWasStable) {
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  Writer earlier(Socket(1), 128, 64);
  ASSERT_TRUE(Until([&] { return earlier.acknowledged() > 300; })) << Describe();
  earlier.End();
  Writer one(Socket(1), 0, 64, {}, Stable::kEachWrite);
  Writer two(Socket(2), 64, 64, {}, Stable::kByFlush);
  ASSERT_TRUE(Until([&] { return one.acknowledged() > 300 && two.acknowledged() > 300; })) << Describe();
  member(1).Kill();
  member(2).Kill();
  mediator().Kill();
  one.End();
  two.End();
  ASSERT_TRUE(StartMediator());
  ASSERT_TRUE(Start(2));
  ASSERT_TRUE(Start(1));
  ASSERT_TRUE(UntilInSync({1, 2}));
  for (const int number : {1, 2}) {
    earlier.Check(Socket(number));
    one.CheckStable(Socket(number));
    two.CheckStable(Socket(number));
  }
}

TEST_F(StoreCluster, AMemberThatStoodStillServesNothingOld) {
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  BlockClient one(Socket(1), "disk");
  BlockClient two(Socket(2), "disk");
  for (std::uint64_t version = 1; version <= 3; ++version) {
    ASSERT_EQ(one.Write(0, Pattern(0, 2 * version - 1)), nbd::Error::kNone);
    member(2).Signal(SIGSTOP);
    ASSERT_EQ(one.Write(0, Pattern(0, 2 * version)), nbd::Error::kNone);  // once the other is left behind
    member(2).Signal(SIGCONT);
    nbd::Bytes bytes;
    const bool read = two.Read(0, kBlock, bytes) == nbd::Error::kNone;
    EXPECT_TRUE(!read || bytes == Pattern(0, 2 * version)) << version;
    ASSERT_TRUE(UntilInSync({1, 2}));
  }
}

TEST_F(StoreCluster, AMemberThatLeavesInOrderCostsTheOtherNoLease) {
  more_options_ = {"--lease-ms", "5000", "--log-size", "512M"};
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(member(2).End(), 0);
  BlockClient client(Socket(1), "disk");
  EXPECT_EQ(client.Write(0, Pattern(0, 1)), nbd::Error::kNone);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(member(1).End(), 0);
}

TEST_F(StoreCluster, LinksByMutualTls) {
  certificates_ = folder_ / "c";
  ExpectSuccess(std::string(TARN_CERTIFICATES) + " " + certificates_ + " m1 m2 mediator nbd client");
  more_options_.insert(more_options_.end(), {"--nbd-tls", "required", "--nbd-certificates", certificates_ + "/nbd"});
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  EXPECT_FALSE(BlockClient(Socket(1), "disk").connected());
  SKIP_WITHOUT("nbdinfo");
  ExpectSuccess("nbdinfo --size \"nbds+unix://localhost/disk?socket=" + Socket(2) +
                "&tls-certificates=" + certificates_ + "/client\"");
}

TEST_F(StoreCluster, StatusTellsWhatAnOperatorWantsToKnow) {
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 16M");
  const Json status = StatusOf(1);
  EXPECT_EQ(status.at("member"), 1);
  EXPECT_EQ(status.at("phase"), "serving");
  EXPECT_TRUE(status.at("mediator").get<bool>());
  ASSERT_EQ(status.at("peers").size(), 1U);
  EXPECT_EQ(status["peers"][0].at("name"), "m2");
  EXPECT_TRUE(status["peers"][0].at("link").get<bool>());
  EXPECT_GT(status["peers"][0].at("lease_left_ms"), 0);
  ASSERT_EQ(status.at("objects").size(), 1U);
  EXPECT_EQ(status["objects"][0].at("name"), "disk");
  EXPECT_EQ(status["objects"][0].at("size_bytes"), 16U << 20);
  const Outcome text = Tell(2, "status");
  EXPECT_NE(text.output.find("member 2: serving, serves\n"), std::string::npos) << text.output;
  EXPECT_NE(text.output.find("in sync 1 2; learning none; of 1 2; mediator reached"), std::string::npos) << text.output;
  EXPECT_NE(text.output.find("volume disk, 16.0 MiB"), std::string::npos) << text.output;
}

TEST_F(StoreCluster, FioVerifiesWhileTheOtherMemberIsKilledAndComesBack) {
  SKIP_WITHOUT("fio");
  if (!FioHasNbdEngine()) GTEST_SKIP() << "this fio has no NBD engine";
  ASSERT_TRUE(StartAll());
  ExpectTold(1, "create disk --size 64M");
  // Beside Run(), which has one output for all.
  const std::string line =
      "cd " + (folder_ / ".") + " && timeout 100 fio --name=verify --ioengine=nbd --uri=" + Uri(1) +
      " --rw=randwrite --bs=4k --iodepth=32 --size=32m --verify=crc32c --verify_fatal=1 --fsync=128 "
      "--rate_iops=3000 > fio.log 2>&1";
  std::atomic<int> fio_status = -1;
  std::thread fio([&] { fio_status = std::system(line.c_str()); });  // NOLINT(cert-env33-c)
  // Daemons are started by this thread, since they end with the one that started them.
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  member(2).Kill();
  EXPECT_TRUE(UntilInSync({1}));
  EXPECT_EQ(fio_status, -1) << "fio was too quick to see any of it";
  EXPECT_TRUE(Start(2));
  fio.join();
  EXPECT_EQ(fio_status, 0) << trace::Text(folder_ / "fio.log") << Describe();
  ASSERT_TRUE(UntilInSync({1, 2}));
  SKIP_WITHOUT("nbdcopy");
  ExpectSuccess("sh -c 'nbdcopy " + Uri(1) + " one && nbdcopy " + Uri(2) + " two && cmp one two'");
}

TEST_F(StoreCluster, BadInputIsOneLine) {
  const std::string member =
      "--member 1,m1,unix:l1 --self 1 --dataset 0123456789abcdef0123456789abcdef --mediator unix:m ";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "wants serve, mediator, status or another word; see --help"},
      {"nothing", "wants serve, mediator, status or another word; see --help"},
      {"status", "--folder: status wants it; see --help"},
      {"status --folder none", "none/control: no member answers there; is `tarn store serve` running\\?"},
      {"create disk --folder x", "--size: create wants it; see --help"},
      {"create --size 1M --folder x", "create: wants VOLUME; see --help"},
      {"create disk --size many --folder x", "--size: 'many' is not a size .*"},
      {"status --size 1M --folder x", "--size: has no meaning for status"},
      {"add-member 33 --folder x", "add-member: '33' is not a whole number from 1 to 32"},
      {"serve --folder x", "--member: serve wants it; see --help"},
      {"serve --folder x --member 1,m1", "--member: '1,m1' is not NUMBER,NAME,ADDRESS .*"},
      {"serve --folder x --member 1,m1,here", "--member: 'here' is neither unix:PATH nor HOST:PORT .*"},
      {"serve --folder x --member 1,m1,unix:l1 --member 1,m2,unix:l2",
       "--member: number or name of '.*' is given twice"},
      {"serve --folder x " + member + "--self 2", "--self: no --member has the number 2"},
      {"serve --folder x --member 1,m1,unix:l1 --member 2,m2,unix:l1", "--member: the address of '.*' is given twice"},
      {"serve --folder x --member 1,m1,127.0.0.1:0", "--member: '1,m1,127.0.0.1:0' has port 0, .*"},
      {"serve --folder x " + member + "--log-size 1M",
       "the storage holds fewer than 16 log segments of 16777216 bytes"},
      {"serve --folder x " + member + "--log-size 16777215T", "the storage holds more than 4194304 log segments"},
      {"serve --folder x " + member + "--memory 1K", "--memory: has room for 256 blocks at least, 1048576 bytes"},
      {"serve --folder x " + member + "--block-size 1000", "the block size is a power of two from 512 to 65536"},
      {"serve --folder x " + member + "--nbd-tls maybe", "--nbd-tls: 'maybe' is none of off, offered, required"},
      {"serve --folder x " + member + "--nbd-tls required",
       "--nbd-certificates: --nbd-tls=required wants it; see --help"},
      {"serve --folder x " + member + "--certificates none",
       "--certificates: none/ca-cert.pem: No such file or directory"},
      {"serve --folder x " + member + "--mediator 10.0.0.1:1",
       "--certificates: a dataset on several machines wants it; see --help"},
      {"serve --folder x " + member + "--mediator etcd:10.0.0.1:1",
       "--certificates: a dataset on several machines wants it; see --help"},
      {"serve --folder x " + member + "--mediator etcd:", "--mediator: 'etcd:' is not etcd:HOST:PORT.*"},
      {"serve --folder x " + member + "--mediator etcd:127.0.0.1:1,", "--mediator: '.*' is not etcd:HOST:PORT.*"},
      {"serve --folder x " + member + "--mediator etcd:unix:x", "--mediator: etcd is asked over TCP, not at 'unix:x'"},
      {"serve --folder x " + member + "--mediator etcd:here:1",
       "--mediator: 'here:1' is neither unix:PATH nor HOST:PORT .*"},
      {"serve --folder x " + member + "--dataset 12", "--dataset: '12' is not 32 hexadecimal digits .*"},
      {"mediator --folder x --listen 0.0.0.0:1",
       "--certificates: a mediator that others can reach wants it; see --help"},
      {"mediator --folder x --self 1", "--self: has no meaning for mediator"},
  };
  for (const auto& [words, message] : cases) {
    std::string line = "tarn store " + words;
    // Later ones are not to be added to those before.
    for (const char* option : {"--self", "--mediator", "--dataset"}) {
      const std::size_t first = line.find(option);
      if (first == std::string::npos || line.find(option, first + 1) == std::string::npos) continue;
      line.erase(first, line.find(" --", first + 1) - first + 1);
    }
    ExpectBadInput(line, message);
  }
}

TEST_F(StoreCluster, AConfigFileTellsWhereItIsWrong) {
  const std::string text = "folder = x\nmember = 1,m1,unix:l1\nself = 2\n";
  trace::WriteBytes(folder_ / "one.ini", trace::Bytes(text.begin(), text.end()));
  ExpectBadInput("tarn store serve --config one.ini", "one.ini:3: --self: no --member has the number 2");
}

}  // namespace
}  // namespace tarn::store
