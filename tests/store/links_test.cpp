// Links between members on real sockets, with and without TLS.
#include "sw/store/links.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sw/dataset/wire.h"
#include "tests/trace/trace_files.h"

namespace tarn::store {
namespace {

using dataset::Bytes;
using dataset::MemberId;
using dataset::MemberSet;

constexpr std::chrono::seconds kWaitMax(20);

// Up to three members' links in one loop, on unix sockets.
class StoreLinks : public testing::Test {
 protected:
  struct Node {
    std::unique_ptr<Links> links;
    std::vector<std::pair<MemberId, Bytes>> received;
    std::string log;
  };

  StoreLinks() {
    loop_ = std::move(*net::EventLoop::Create());
    for (MemberId member = 1; member <= 3; ++member) {
      const std::string name = "m" + std::to_string(member);
      peers_.push_back({.member = member, .name = name, .address = {.path = folder_ / name}});
    }
  }

  static void MakeCertificates(const std::string& folder) {
    const std::string line = std::string(TARN_CERTIFICATES) + " " + folder + " m1 m2 m3";
    ASSERT_EQ(std::system(line.c_str()), 0);  // NOLINT(cert-env33-c)
  }

  Links::Options OptionsOf(MemberId member, Node& node) const {
    Links::Options options;
    options.dataset = {.high = 1, .low = 2};
    options.self = member;
    options.members = peers_;
    options.received = [&node](MemberId from, Bytes bytes) { node.received.emplace_back(from, std::move(bytes)); };
    options.log = [&node](const std::string& line) { node.log += line + "\n"; };
    return options;
  }
  void Start(Node& node, Links::Options options) {
    auto links = Links::Create(*loop_, std::move(options));
    ASSERT_TRUE(links.ok()) << links.status().message();
    node.links = std::move(*links);
  }
  void Start(MemberId member, Node& node) { Start(node, OptionsOf(member, node)); }
  void StartWithTls(MemberId member, Node& node, const std::string& certificates) {
    Links::Options options = OptionsOf(member, node);
    auto server = net::TlsContext::Open("x", certificates, net::TlsContext::Side::kServer, true);
    auto client = net::TlsContext::Open("x", certificates, net::TlsContext::Side::kClient, true);
    ASSERT_TRUE(server.ok() && client.ok());
    options.server_tls = *server;
    options.client_tls = *client;
    Start(node, std::move(options));
  }

  template <typename Condition>
  bool Until(Condition condition, std::chrono::milliseconds wait_max = kWaitMax) {
    const auto give_up = net::EventLoop::Clock::now() + wait_max;
    while (!condition() && net::EventLoop::Clock::now() < give_up) loop_->RunOnce(std::chrono::milliseconds(5));
    return condition();
  }

  static dataset::SharedBytes Shared(Bytes bytes) { return std::make_shared<const Bytes>(std::move(bytes)); }
  static bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  trace::ScratchFolder folder_;
  std::vector<Peer> peers_;
  std::unique_ptr<net::EventLoop> loop_;
  Node one_;
  Node two_;
};

TEST_F(StoreLinks, MessagesArriveInOrderWithTheirSender) {
  Start(1, one_);
  Start(2, two_);
  ASSERT_TRUE(Until(
      [&] { return one_.links->connected() == MemberSet::Of(2) && two_.links->connected() == MemberSet::Of(1); }));
  for (std::uint8_t i = 0; i < 100; ++i)
    one_.links->Send({.to = MemberSet::Of(2).With(3), .bytes = Shared(Bytes(i * 1000U, i))});
  two_.links->Send({.to = MemberSet::Of(1), .bytes = Shared({9})});
  ASSERT_TRUE(Until([&] { return two_.received.size() == 100 && one_.received.size() == 1; }));
  for (std::uint8_t i = 0; i < 100; ++i) {
    EXPECT_EQ(two_.received[i].first, 1);
    EXPECT_EQ(two_.received[i].second, Bytes(i * 1000U, i));
  }
  EXPECT_EQ(one_.received[0], std::pair(MemberId{2}, Bytes{9}));
}

TEST_F(StoreLinks, AMemberThatComesBackIsDialledAgain) {
  Start(1, one_);
  Start(2, two_);
  ASSERT_TRUE(Until([&] { return one_.links->connected() == MemberSet::Of(2); }));
  two_.links.reset();
  ASSERT_TRUE(Until([&] { return one_.links->connected().empty(); }));
  one_.links->Send({.to = MemberSet::Of(2), .bytes = Shared({1})});  // lost
  Start(2, two_);
  ASSERT_TRUE(Until([&] { return one_.links->connected() == MemberSet::Of(2); }));
  one_.links->Send({.to = MemberSet::Of(2), .bytes = Shared({2})});
  ASSERT_TRUE(Until([&] { return !two_.received.empty(); }));
  EXPECT_EQ(two_.received[0].second, Bytes{2});
}

TEST_F(StoreLinks, MutualTlsTellsWhoSends) {
  MakeCertificates(folder_ / "c");
  StartWithTls(1, one_, folder_ / "c/m1");
  StartWithTls(2, two_, folder_ / "c/m2");
  ASSERT_TRUE(Until([&] { return one_.links->connected() == MemberSet::Of(2); })) << one_.log;
  one_.links->Send({.to = MemberSet::Of(2), .bytes = Shared(Bytes(3'000'000, 7))});
  ASSERT_TRUE(Until([&] { return !two_.received.empty(); })) << two_.log;
  EXPECT_EQ(two_.received[0], std::pair(MemberId{1}, Bytes(3'000'000, 7)));
}

TEST_F(StoreLinks, AnotherMembersCertificateIsRefused) {
  MakeCertificates(folder_ / "c");
  StartWithTls(1, one_, folder_ / "c/m1");
  StartWithTls(2, two_, folder_ / "c/m3");  // m3 says that it is m2
  EXPECT_TRUE(Until([&] { return Has(one_.log, "but its certificate names 'm3'"); })) << one_.log;
  EXPECT_TRUE(Until([&] { return Has(one_.log, "link to member 2 (m2): TLS"); })) << one_.log;
  EXPECT_TRUE(one_.received.empty());
}

TEST_F(StoreLinks, AStrangersCertificateAndPlainBytesAreRefused) {
  MakeCertificates(folder_ / "c");
  MakeCertificates(folder_ / "d");
  StartWithTls(1, one_, folder_ / "c/m1");
  StartWithTls(2, two_, folder_ / "d/m2");
  EXPECT_TRUE(Until([&] { return Has(one_.log, "link from a stranger: TLS"); })) << one_.log;
  two_.links.reset();
  one_.log.clear();
  Start(2, two_);
  EXPECT_TRUE(Until([&] { return Has(one_.log, "link from a stranger: TLS"); })) << one_.log;
}

TEST_F(StoreLinks, WhoeverIsNoMemberOfTheDatasetIsRefused) {
  Start(1, one_);
  Links::Options other = OptionsOf(2, two_);
  other.dataset.low = 3;
  Start(two_, std::move(other));
  EXPECT_TRUE(Until([&] { return Has(one_.log, "belongs to another dataset"); })) << one_.log;
  two_.links.reset();
  Links::Options unknown = OptionsOf(2, two_);
  unknown.self = 9;
  unknown.members.push_back({.member = 9, .name = "m9", .address = {.path = folder_ / "m9"}});
  Start(two_, std::move(unknown));
  EXPECT_TRUE(Until([&] { return Has(one_.log, "says that it is member 9, which is none of ours"); })) << one_.log;
  EXPECT_TRUE(one_.received.empty());
}

TEST_F(StoreLinks, WhoeverHasOtherBlocksOrLeasesIsRefused) {
  Links::Options first = OptionsOf(1, one_);
  first.block_bytes = 4096;
  first.lease_ns = dataset::kSecondNs;
  Start(one_, first);
  Links::Options other = OptionsOf(2, two_);
  other.block_bytes = 4096;
  other.lease_ns = 8 * dataset::kSecondNs;
  Start(two_, other);
  EXPECT_TRUE(Until([&] { return Has(one_.log, "4096 bytes and 8000 ms, where this member has 4096 and 1000"); }))
      << one_.log;
  two_.links.reset();
  other.block_bytes = 8192;
  other.lease_ns = first.lease_ns;
  Start(two_, other);
  EXPECT_TRUE(Until([&] { return Has(one_.log, "8192 bytes and 1000 ms, where this member has 4096 and 1000"); }))
      << one_.log;
  EXPECT_TRUE(one_.received.empty());
}

TEST_F(StoreLinks, APeerThatDoesNotReadCostsNothingButItsLink) {
  Links::Options options = OptionsOf(1, one_);
  options.bytes_max = 4 << 20;
  Start(one_, std::move(options));
  auto listener = net::Listen(peers_[1].address);  // accepts, and reads nothing
  ASSERT_TRUE(listener.ok());
  ASSERT_TRUE(Until([&] { return one_.links->connected() == MemberSet::Of(2); }));
  for (int i = 0; i < 20; ++i) one_.links->Send({.to = MemberSet::Of(2), .bytes = Shared(Bytes(1 << 20))});
  EXPECT_TRUE(Until([&] { return Has(one_.log, "the other end does not read"); })) << one_.log;
}

// As after a partition in which the other end gave up, and nobody heard of it.
TEST_F(StoreLinks, APeerThatNeverAnswersIsDialledAgain) {
  MakeCertificates(folder_ / "c");
  auto listener = net::Listen(peers_[1].address);  // connects, and does nothing
  ASSERT_TRUE(listener.ok());
  Links::Options options = OptionsOf(1, one_);
  options.open_max = std::chrono::milliseconds(100);
  options.client_tls = *net::TlsContext::Open("x", folder_ / "c/m1", net::TlsContext::Side::kClient, true);
  options.server_tls = *net::TlsContext::Open("x", folder_ / "c/m1", net::TlsContext::Side::kServer, true);
  Start(one_, std::move(options));
  EXPECT_TRUE(Until([&] { return Has(one_.log, "does not answer"); })) << one_.log;
  listener->Close();
  StartWithTls(2, two_, folder_ / "c/m2");
  EXPECT_TRUE(Until([&] { return one_.links->connected() == MemberSet::Of(2); })) << one_.log;
}

TEST_F(StoreLinks, BytesThatAreNoFramesEndTheLinkOnly) {
  Start(1, one_);
  auto stranger = net::Connect(peers_[0].address);
  ASSERT_TRUE(stranger.ok());
  const std::string text = "GET / HTTP/1.1\r\n\r\n";
  ASSERT_TRUE(Until([&] {
    return ::send(stranger->number(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }));
  EXPECT_TRUE(Until([&] { return Has(one_.log, "a frame that is too long"); })) << one_.log;
  Start(2, two_);
  EXPECT_TRUE(Until([&] { return one_.links->connected() == MemberSet::Of(2); }));
}

}  // namespace
}  // namespace tarn::store
