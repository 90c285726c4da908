// etcd as mediator: a real one, and servers that answer what no etcd would.
#include "sw/store/etcd_client.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "sw/store/etcd_record.h"
#include "tests/store/etcd_daemon.h"
#include "tests/trace/trace_files.h"

namespace tarn::store {
namespace {

using dataset::AskMediator;
using dataset::MediatorAnswer;
using dataset::MemberSet;

// Answers every request with the same bytes, whatever it is, and closes.
class FixedAnswer : public net::EventLoop::Handler {
 public:
  FixedAnswer(net::EventLoop& loop, std::string answer)
      : loop_(loop), answer_(std::move(answer)), socket_(std::move(*net::Listen({.host = "127.0.0.1"}))) {
    EXPECT_TRUE(loop_.Watch(socket_.number(), EPOLLIN, this).ok());
  }
  ~FixedAnswer() override {
    loop_.Forget(socket_.number());
    for (const Client& client : clients_) loop_.Forget(client.socket.number());
  }
  void OnReady(std::uint32_t) override {
    net::FileDescriptor accepted(::accept4(socket_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted.valid()) return;
    Client& client = clients_.emplace_back(std::move(accepted), answer_);
    EXPECT_TRUE(loop_.Watch(client.socket.number(), EPOLLIN, &client).ok());
  }
  net::Address address() const { return {.host = "127.0.0.1", .port = net::BoundPort(socket_.number())}; }

 private:
  struct Client : net::EventLoop::Handler {
    Client(net::FileDescriptor accepted, const std::string& text) : socket(std::move(accepted)), answer(text) {}
    void OnReady(std::uint32_t) override {
      char bytes[4096];
      while (::recv(socket.number(), bytes, sizeof bytes, 0) > 0) {
      }
      if (answer.empty()) return;  // says nothing, ever
      ::send(socket.number(), answer.data(), answer.size(), MSG_NOSIGNAL);
      ::shutdown(socket.number(), SHUT_WR);
    }
    net::FileDescriptor socket;
    std::string answer;
  };
  net::EventLoop& loop_;
  std::string answer_;
  net::FileDescriptor socket_;
  std::list<Client> clients_;
};

class StoreEtcd : public testing::Test {
 protected:
  StoreEtcd() : loop_(std::move(*net::EventLoop::Create())) {}

  std::unique_ptr<MediatorClient> Client(std::vector<net::Address> endpoints, const std::string& certificates = "") {
    auto client = EtcdMediatorClient(
        *loop_, std::move(endpoints), certificates, {.high = 1, .low = 7},
        [this](const MediatorAnswer& answer) { answers_.push_back(answer); },
        [this](const std::string& line) { log_ += line + "\n"; });
    EXPECT_TRUE(client.ok());
    return std::move(*client);
  }
  net::Address Of(const EtcdDaemon& etcd) const { return {.host = "127.0.0.1", .port = etcd.port()}; }
  // Asked again and again, as a member does, until an answer comes.
  MediatorAnswer Ask(MediatorClient& client, dataset::Epoch expected, MemberSet in_sync = MemberSet::Of(1)) {
    const bool swaps = expected != AskMediator::kOnlyRead;
    const dataset::Epoch epoch = expected == AskMediator::kIfNothing ? 9 : expected + 1;
    AskMediator question = {.expected = expected};
    if (swaps) question.next = {.epoch = epoch, .members = MemberSet::Of(1).With(2), .in_sync = in_sync};
    answers_.clear();
    const auto give_up = net::EventLoop::Clock::now() + std::chrono::seconds(20);
    while (answers_.empty() && net::EventLoop::Clock::now() < give_up) {
      question.id = ++id_;
      client.Ask(question);
      Wait(std::chrono::milliseconds(500), [&] { return !answers_.empty(); });
    }
    EXPECT_FALSE(answers_.empty()) << log_;
    return answers_.empty() ? MediatorAnswer{} : answers_.back();
  }
  template <typename Condition>
  bool Wait(net::EventLoop::Clock::duration time, Condition condition) {
    const auto give_up = net::EventLoop::Clock::now() + time;
    while (!condition() && net::EventLoop::Clock::now() < give_up) loop_->RunOnce(std::chrono::milliseconds(5));
    return condition();
  }

  trace::ScratchFolder folder_;
  std::unique_ptr<net::EventLoop> loop_;
  std::vector<MediatorAnswer> answers_;
  std::string log_;
  std::uint64_t id_ = 0;
};

#define SKIP_WITHOUT_ETCD() \
  if (!EtcdDaemon::IsInstalled()) GTEST_SKIP() << "no etcd here (Debian package etcd-server)"

TEST_F(StoreEtcd, OneOfTwoSwapsIsMadeAndARestartKeepsIt) {
  SKIP_WITHOUT_ETCD();
  EtcdDaemon etcd(folder_ / "etcd");
  ASSERT_TRUE(etcd.Start());
  const auto one = Client({Of(etcd)});
  const auto two = Client({Of(etcd)});
  EXPECT_FALSE(Ask(*one, AskMediator::kOnlyRead).record.exists());
  EXPECT_TRUE(Ask(*one, 0).swapped);
  EXPECT_TRUE(Ask(*one, 1, MemberSet::Of(1)).swapped);
  const MediatorAnswer refused = Ask(*two, 1, MemberSet::Of(2));
  EXPECT_FALSE(refused.swapped);
  EXPECT_EQ(refused.record.epoch, 2U);
  EXPECT_EQ(refused.record.in_sync, MemberSet::Of(1));
  EXPECT_FALSE(Ask(*two, AskMediator::kIfNothing).swapped);
  EXPECT_TRUE(one->connected() && two->connected());
  etcd.Kill();
  ASSERT_TRUE(etcd.Start());
  EXPECT_EQ(Ask(*two, AskMediator::kOnlyRead).record.in_sync, MemberSet::Of(1));
  EXPECT_NE(log_.find("etcd is there"), std::string::npos) << log_;
}

TEST_F(StoreEtcd, AnEmptyOneIsGivenTheRecordAgain) {
  SKIP_WITHOUT_ETCD();
  EtcdDaemon etcd(folder_ / "etcd");
  ASSERT_TRUE(etcd.Start());
  const auto client = Client({Of(etcd)});
  const MediatorAnswer answer = Ask(*client, AskMediator::kIfNothing);
  EXPECT_TRUE(answer.swapped);
  EXPECT_EQ(answer.record.epoch, 9U);
}

TEST_F(StoreEtcd, AnEndpointThatStandsStillIsPassedOver) {
  SKIP_WITHOUT_ETCD();
  EtcdDaemon etcd(folder_ / "etcd");
  ASSERT_TRUE(etcd.Start());
  const FixedAnswer silent(*loop_, "");
  const auto begin = net::EventLoop::Clock::now();
  const auto client = Client({silent.address(), Of(etcd)});
  EXPECT_TRUE(Ask(*client, 0).swapped || answers_.back().record.exists());
  EXPECT_LT(net::EventLoop::Clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(StoreEtcd, ByMutualTls) {
  SKIP_WITHOUT_ETCD();
  const std::string certificates = folder_ / "c";
  const std::string line = std::string(TARN_CERTIFICATES) + " " + certificates + " mediator one";
  ASSERT_EQ(std::system(line.c_str()), 0);  // NOLINT(cert-env33-c)
  EtcdDaemon etcd(folder_ / "etcd", "127.0.0.1", certificates + "/mediator");
  ASSERT_TRUE(etcd.Start());
  const auto client = Client({Of(etcd)}, certificates + "/one");
  EXPECT_TRUE(Ask(*client, 0).swapped);
  // Who has another name than 'mediator' is none.
  EtcdDaemon other(folder_ / "other", "127.0.0.1", certificates + "/one");
  ASSERT_TRUE(other.Start());
  log_.clear();
  const auto wary = Client({Of(other)}, certificates + "/one");
  EXPECT_TRUE(Wait(std::chrono::seconds(20), [&] { return log_.find("etcd at") != std::string::npos; }));
  EXPECT_FALSE(wary->connected());
}

TEST_F(StoreEtcd, AnswersThatAreNoneGetNoFurther) {
  const std::string ok = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
  const std::string nothing = R"({"header":{"revision":"9"}})";
  for (const std::string& answer :
       {std::string("\x01\x02\x03"), std::string("HTTP/1.1 503 None\r\nConnection: close\r\n\r\n") + nothing,
        std::string("HTTP/1.1 302 There\r\nLocation: http://127.0.0.1:1/\r\nConnection: close\r\n\r\n"),
        ok + "{\"header\":{\"revision\":\"9\"", ok + "{}", ok + std::string(1 << 20, ' ') + nothing,
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n") + nothing,
        ok + R"({"header":{"revision":[9]}})"}) {
    const FixedAnswer server(*loop_, answer);
    log_.clear();
    answers_.clear();
    const auto client = Client({server.address()});
    client->Ask({.id = 1});
    client->Ask(
        {.id = 2, .expected = 0, .next = {.epoch = 1, .members = MemberSet::Of(1), .in_sync = MemberSet::Of(1)}});
    EXPECT_TRUE(Wait(std::chrono::seconds(20), [&] { return !log_.empty(); })) << answer.substr(0, 100);
    Wait(std::chrono::milliseconds(50), [&] { return !answers_.empty(); });
    EXPECT_TRUE(answers_.empty()) << answer.substr(0, 100);
    EXPECT_FALSE(client->connected());
  }
}

TEST_F(StoreEtcd, NobodyThereIsToldOnce) {
  net::Address nobody;
  {
    const FixedAnswer gone(*loop_, "x");
    nobody = gone.address();
  }
  const auto client = Client({nobody});
  for (int i = 0; i < 100; ++i) {
    client->Ask({.id = ++id_});
    loop_->RunOnce(std::chrono::milliseconds(1));
  }
  EXPECT_TRUE(Wait(std::chrono::seconds(20), [&] { return !log_.empty(); }));
  EXPECT_EQ(std::ranges::count(log_, '\n'), 1) << log_;
  EXPECT_TRUE(answers_.empty());
}

}  // namespace
}  // namespace tarn::store
