// Members on machines of their own, as far as the network goes: network namespaces, with a real etcd in another one,
// links by mutual TLS, and partitions in the routing tables. Needs root, ip and etcd.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/store/cluster.h"
#include "tests/store/etcd_daemon.h"
#include "tests/store/writer.h"

namespace tarn::store {
namespace {

constexpr std::chrono::microseconds kWriterPause(2000);
constexpr int kEtcdNumber = 9;

class StoreNamespaces : public Cluster {
 protected:
  ~StoreNamespaces() override {
    for (const std::string& name : namespaces_) Shell("ip netns del " + name);
  }

  // $p: what the names of the namespaces begin with.
  static constexpr const char* kScript = R"(set -e
ip netns add $p-hub
ip -n $p-hub link add br0 type bridge
ip -n $p-hub link set br0 up
for i in $numbers; do
  ip netns add $p-$i
  ip -n $p-hub link add v$i type veth peer name eth0 netns $p-$i
  ip -n $p-hub link set v$i master br0 up
  ip -n $p-$i address add 10.77.0.$i/24 dev eth0
  ip -n $p-$i link set eth0 up
  ip -n $p-$i link set lo up
done
)";

  // Why it cannot be done here; empty: all is there.
  std::string MakeNetwork() {
    if (::geteuid() != 0) return "not root";
    if (!nbd::HasProgram("ip")) return "no ip here (Debian package iproute2)";
    if (!EtcdDaemon::IsInstalled()) return "no etcd here (Debian package etcd-server)";
    std::string numbers = std::to_string(kEtcdNumber);
    for (int number = 1; number <= members_; ++number) numbers += " " + std::to_string(number);
    namespaces_ = {Namespace("hub"), Namespace(std::to_string(kEtcdNumber))};
    for (int number = 1; number <= members_; ++number) namespaces_.push_back(Namespace(std::to_string(number)));
    const Outcome made = Run("(export p=" + prefix_ + " numbers='" + numbers + "'; " + kScript + ")");
    if (made.exit_status != 0) return "network namespaces cannot be made: " + made.error;
    certificates_ = folder_ / "c";
    const Outcome certified = Run(std::string(TARN_CERTIFICATES) + " " + certificates_ + " m1 m2 m3 mediator");
    EXPECT_EQ(certified.exit_status, 0) << certified.error;
    etcd_ = std::make_unique<EtcdDaemon>(folder_ / "etcd", "10.77.0." + std::to_string(kEtcdNumber),
                                         certificates_ + "/mediator", Inside(std::to_string(kEtcdNumber)));
    return {};
  }
  std::string LinkAddress(int member) const override { return "10.77.0." + std::to_string(member) + ":10801"; }
  std::string MediatorAddress() const override { return "etcd:" + etcd_->endpoint(); }
  std::vector<std::string> Prefix(int member) const override { return Inside(std::to_string(member)); }
  bool StartMediator() override { return etcd_->Start(); }

  // Packets from the one to the other vanish, or do no longer.
  void Cut(int from, int to) { Route("add", from, to); }
  void Heal(int from, int to) { Route("del", from, to); }
  // No packet gets out or in.
  void SetCable(int number, const std::string& state) {
    EXPECT_TRUE(Shell("ip -n " + Namespace("hub") + " link set v" + std::to_string(number) + " " + state));
  }
  bool Serves(int member) {
    const Json status = StatusOf(member);
    return status.is_object() && status.at("serves").get<bool>();
  }
  // Writers at each of these members; then something happens; then all that was acknowledged is at all members.
  void WhileWriting(const std::vector<int>& at, const std::function<void()>& happens) {
    std::vector<std::unique_ptr<Writer>> writers;
    for (const int number : at) {
      writers.push_back(
          std::make_unique<Writer>(Socket(number), static_cast<std::uint64_t>(number) * 32, 32, kWriterPause));
    }
    EXPECT_TRUE(Until([&] {
      return std::ranges::all_of(writers, [](const auto& writer) { return writer->acknowledged() > 40; });
    })) << Describe();
    happens();
    std::vector<int> all;
    for (int number = 1; number <= members_; ++number) all.push_back(number);
    EXPECT_TRUE(UntilInSync(all));
    for (const auto& writer : writers) writer->End();
    for (const auto& writer : writers) {
      for (const int number : all) writer->Check(Socket(number));
    }
  }
  // What these went on writing meanwhile.
  bool UntilWritten(int member) {
    Writer writer(Socket(member), 512, 8, kWriterPause);
    return Until([&] { return writer.acknowledged() > 20 || writer.error() != nbd::Error::kNone; }) &&
           writer.error() == nbd::Error::kNone;
  }

  std::unique_ptr<EtcdDaemon> etcd_;

 private:
  static bool Shell(const std::string& line) {
    return std::system((line + " 2> /dev/null").c_str()) == 0;  // NOLINT(cert-env33-c)
  }
  std::string Namespace(const std::string& name) const { return prefix_ + "-" + name; }
  std::vector<std::string> Inside(const std::string& name) const { return {"ip", "netns", "exec", Namespace(name)}; }
  void Route(const std::string& what, int from, int to) {
    EXPECT_TRUE(Shell("ip -n " + Namespace(std::to_string(from)) + " route " + what + " blackhole 10.77.0." +
                      std::to_string(to) + "/32"));
  }

  std::string prefix_ = "tarn" + std::to_string(::getpid());
  std::vector<std::string> namespaces_;
};

#define SKIP_WITHOUT_NETWORK() \
  if (const std::string why = MakeNetwork(); !why.empty()) GTEST_SKIP() << why

TEST_F(StoreNamespaces, ThreeMembersAndEtcdLoseNothingThatWasAcknowledged) {
  members_ = 3;
  SKIP_WITHOUT_NETWORK();
  ASSERT_TRUE(StartAll()) << Describe();
  ExpectTold(1, "create disk --size 16M");

  WhileWriting({1, 2, 3}, [&] {
    SCOPED_TRACE("a member is killed");
    member(2).Kill();
    EXPECT_TRUE(UntilInSync({1, 3}));
    EXPECT_TRUE(UntilWritten(3));
    EXPECT_TRUE(Start(2));
  });
  WhileWriting({1, 2, 3}, [&] {
    SCOPED_TRACE("a partition, both ways: 3 alone, with etcd in its reach");
    for (const int other : {1, 2}) {
      Cut(3, other);
      Cut(other, 3);
    }
    // Those with more company ask etcd first, but may be the slower ones.
    const std::vector<int> two = {1, 2}, one = {3};
    EXPECT_TRUE(Until([&] { return AreInSync(two) || AreInSync(one); })) << Describe();
    const bool two_go_on = AreInSync(two);
    for (const int other : two_go_on ? one : two) EXPECT_FALSE(Serves(other)) << Describe();
    EXPECT_TRUE(UntilWritten(two_go_on ? 1 : 3));
    for (const int other : {1, 2}) {
      Heal(3, other);
      Heal(other, 3);
    }
  });
  WhileWriting({1, 2, 3}, [&] {
    SCOPED_TRACE("a partition one way: 1 does not reach 2");
    Cut(1, 2);
    const auto goes_on = [&](int with) {
      const Json status = StatusOf(3);
      return status.is_object() && status.at("serves").get<bool>() &&
             status.at("in_sync").get<std::vector<int>>() == std::vector<int>{with, 3};
    };
    EXPECT_TRUE(Until([&] { return goes_on(1) || goes_on(2); })) << Describe();
    EXPECT_FALSE(Serves(1) && Serves(2)) << Describe();
    EXPECT_TRUE(UntilWritten(3));
    Heal(1, 2);
  });
  WhileWriting({1, 2, 3}, [&] {
    SCOPED_TRACE("a member without any network, its lease ends");
    SetCable(1, "down");
    EXPECT_TRUE(UntilInSync({2, 3}));
    EXPECT_FALSE(Serves(1));
    SetCable(1, "up");
  });
  WhileWriting({1, 2, 3}, [&] {
    SCOPED_TRACE("etcd is lost, and a member after it");
    etcd_->Kill();
    EXPECT_TRUE(UntilWritten(2));
    member(3).Kill();
    EXPECT_TRUE(Until([&] { return !Serves(1) && !Serves(2); })) << Describe();
    EXPECT_TRUE(etcd_->Start());
    EXPECT_TRUE(UntilInSync({1, 2}));
    EXPECT_TRUE(Start(3));
  });
}

TEST_F(StoreNamespaces, FioVerifiesOverTwoMembersThroughAllOfIt) {
  members_ = 2;
  for (const char* program : {"fio", "nbdkit"}) {
    if (!nbd::HasProgram(program)) GTEST_SKIP() << "no " << program << " here";
  }
  if (Run("fio --enghelp=nbd").exit_status != 0) GTEST_SKIP() << "this fio has no NBD engine";
  SKIP_WITHOUT_NETWORK();
  ASSERT_TRUE(StartAll()) << Describe();
  ExpectTold(1, "create disk --size 64M");
  // What a client does that knows both addresses: when the member it speaks with fails it, it asks the other again.
  const auto use = [&](int number) {
    std::filesystem::create_symlink(Socket(number), folder_ / "next");
    std::filesystem::rename(folder_ / "next", folder_ / "member");
  };
  use(1);
  nbd::Daemon proxy;
  const std::string start = "nbdkit -f -U " + (folder_ / "proxy") +
                            " --filter=retry nbd socket=" + (folder_ / "member") +
                            " export=disk retries=100 retry-delay=1 retry-exponential=no & "
                            "for i in $(seq 500); do [ -S " +
                            (folder_ / "proxy") +
                            " ] && break; sleep 0.02; done; "
                            "echo ready; wait";
  ASSERT_TRUE(proxy.Start({"setpriv", "--pdeathsig", "KILL", "bash", "-c", start}, folder_ / "proxy.log"));
  const std::string line = "cd " + (folder_ / ".") +
                           " && timeout 150 fio --name=verify --ioengine=nbd --uri='nbd+unix:///?socket=proxy' "
                           "--rw=randwrite --bs=4k --iodepth=16 --size=32m --verify=crc32c --verify_fatal=1 "
                           "--fsync=128 --rate_iops=500 > fio.log 2>&1";
  std::atomic<int> fio_status = -1;
  std::thread fio([&] { fio_status = std::system(line.c_str()); });  // NOLINT(cert-env33-c)
  const auto still_writes = [&](const char* what) {
    EXPECT_EQ(fio_status, -1) << "fio was too quick to see: " << what << "\n" << trace::Text(folder_ / "fio.log");
  };
  std::this_thread::sleep_for(std::chrono::milliseconds(500));

  member(1).Kill();
  use(2);
  EXPECT_TRUE(UntilInSync({2}));
  EXPECT_TRUE(Start(1));
  EXPECT_TRUE(UntilInSync({1, 2}));
  still_writes("the loss of member 1");
  member(2).Kill();
  use(1);
  EXPECT_TRUE(UntilInSync({1}));
  EXPECT_TRUE(Start(2));
  EXPECT_TRUE(UntilInSync({1, 2}));
  still_writes("the loss of member 2");
  etcd_->Kill();
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_TRUE(Serves(1) && Serves(2)) << Describe();
  EXPECT_TRUE(etcd_->Start());
  still_writes("the loss of etcd");
  Cut(1, 2);
  Cut(2, 1);
  EXPECT_TRUE(Until([&] { return Serves(1) != Serves(2) && StatusOf(Serves(1) ? 1 : 2)["in_sync"].size() == 1; }))
      << Describe();
  use(Serves(1) ? 1 : 2);
  still_writes("a partition");
  Heal(1, 2);
  Heal(2, 1);
  EXPECT_TRUE(UntilInSync({1, 2}));
  fio.join();
  EXPECT_EQ(fio_status, 0) << trace::Text(folder_ / "fio.log") << Describe();
  proxy.Kill();
  if (!nbd::HasProgram("nbdcopy")) return;
  const Outcome same = Run("nbdcopy 'nbd+unix:///disk?socket=" + Socket(1) +
                           "' one && nbdcopy 'nbd+unix:///disk?socket=" + Socket(2) + "' two && cmp one two");
  EXPECT_EQ(same.exit_status, 0) << same.error;
}

}  // namespace
}  // namespace tarn::store
