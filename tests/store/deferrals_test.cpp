// What is put off to the end of a round of the event loop.
#include "sw/net/deferrals.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace tarn::net {
namespace {

class NetDeferrals : public testing::Test {
 protected:
  void Round() { loop_->RunOnce(std::chrono::milliseconds(0)); }

  std::unique_ptr<EventLoop> loop_ = std::move(EventLoop::Create().value());
  std::string done_;
};

TEST_F(NetDeferrals, AreDoneAtTheEndOfARoundAndWhatSendsComesLast) {
  Deferrals deferrals(*loop_);
  deferrals.DeferSending([&] { done_ += "sent "; });
  deferrals.Defer([&] {
    done_ += "done ";
    deferrals.Defer([&] { done_ += "next "; });
  });
  EXPECT_EQ(done_, "");
  Round();
  EXPECT_EQ(done_, "done sent ");
  Round();
  EXPECT_EQ(done_, "done sent next ");
}

TEST_F(NetDeferrals, GoWithTheirOwner) {
  auto owner = std::make_unique<Deferrals>(*loop_);
  Deferrals other(*loop_);
  other.Defer([&] { owner.reset(); });
  owner->Defer([&] { done_ += "done "; });
  owner->DeferSending([&] { done_ += "sent "; });
  other.DeferSending([&] { done_ += "other "; });
  Round();
  EXPECT_EQ(done_, "other ");
}

}  // namespace
}  // namespace tarn::net
