// The mediator on real sockets, and what it keeps.
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "sw/store/mediator_client.h"
#include "sw/store/mediator_server.h"
#include "tests/trace/trace_files.h"

namespace tarn::store {
namespace {

using dataset::MediatorAnswer;
using dataset::MemberSet;

class StoreMediator : public testing::Test {
 protected:
  StoreMediator() : loop_(std::move(*net::EventLoop::Create())) {}

  Status Start() {
    server_.reset();
    auto server = MediatorServer::Create(*loop_, {.listen = address(), .folder = folder_ / "m", .log = log()});
    if (!server.ok()) return server.status();
    server_ = std::move(*server);
    return {};
  }
  std::unique_ptr<MediatorClient> Client(std::uint64_t dataset) {
    return MediatorProcessClient(
        *loop_, address(), nullptr, {.high = 1, .low = dataset},
        [this](const MediatorAnswer& answer) { answers_.push_back(answer); }, log());
  }
  net::Address address() const { return {.path = folder_ / "s"}; }
  std::function<void(const std::string&)> log() {
    return [this](const std::string& line) { log_ += line + "\n"; };
  }
  // The answer to a swap.
  MediatorAnswer Swap(MediatorClient& client, dataset::Epoch expected, MemberSet in_sync) {
    const dataset::MembershipRecord next = {
        .epoch = expected + 1, .members = MemberSet::Of(1).With(2), .in_sync = in_sync, .learners = {}};
    answers_.clear();
    EXPECT_TRUE(Until([&] { return client.connected(); }));
    client.Ask({.id = ++id_, .expected = expected, .next = next});
    EXPECT_TRUE(Until([&] { return !answers_.empty(); }));
    if (answers_.empty()) return {};
    EXPECT_EQ(answers_[0].id, id_);
    return answers_[0];
  }
  template <typename Condition>
  bool Until(Condition condition) {
    const auto give_up = net::EventLoop::Clock::now() + std::chrono::seconds(20);
    while (!condition() && net::EventLoop::Clock::now() < give_up) loop_->RunOnce(std::chrono::milliseconds(5));
    return condition();
  }

  trace::ScratchFolder folder_;
  std::unique_ptr<net::EventLoop> loop_;
  std::unique_ptr<MediatorServer> server_;
  std::vector<MediatorAnswer> answers_;
  std::string log_;
  std::uint64_t id_ = 0;
};

TEST_F(StoreMediator, OneOfTwoSwapsIsMadeAndARestartKeepsIt) {
  ASSERT_TRUE(Start().ok());
  const auto one = Client(7);
  const auto two = Client(7);
  const auto other = Client(8);
  EXPECT_TRUE(Swap(*one, 0, MemberSet::Of(1).With(2)).swapped);
  EXPECT_TRUE(Swap(*one, 1, MemberSet::Of(1)).swapped);
  EXPECT_FALSE(Swap(*two, 1, MemberSet::Of(2)).swapped);
  EXPECT_EQ(answers_[0].record.in_sync, MemberSet::Of(1));
  EXPECT_TRUE(Swap(*other, 0, MemberSet::Of(2)).swapped);
  ASSERT_TRUE(Start().ok());
  ASSERT_TRUE(Until([&] { return !two->connected(); }));
  const MediatorAnswer after = Swap(*two, 1, MemberSet::Of(2));
  EXPECT_FALSE(after.swapped);
  EXPECT_EQ(after.record.epoch, 2U);
  EXPECT_EQ(after.record.in_sync, MemberSet::Of(1));
}

TEST_F(StoreMediator, ADamagedStateIsNotRunOn) {
  ASSERT_TRUE(Start().ok());
  const auto client = Client(7);
  EXPECT_TRUE(Swap(*client, 0, MemberSet::Of(1)).swapped);
  server_.reset();
  {
    std::fstream state(folder_ / "m/membership", std::ios::in | std::ios::out | std::ios::binary);
    state.seekp(20);
    state.put('\x55');
    state.put('\x55');
  }
  const Status status = Start();
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.message().find("is damaged"), std::string::npos) << status.message();
}

TEST_F(StoreMediator, TwoDoNotShareAFolder) {
  ASSERT_TRUE(Start().ok());
  const auto second =
      MediatorServer::Create(*loop_, {.listen = {.path = folder_ / "other"}, .folder = folder_ / "m", .log = log()});
  EXPECT_NE(second.status().message().find("in use by another mediator"), std::string::npos);
}

}  // namespace
}  // namespace tarn::store
