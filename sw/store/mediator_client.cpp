#include "sw/store/mediator_client.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace tarn::store {

namespace {

constexpr std::chrono::milliseconds kPauseMin(20);
constexpr std::chrono::milliseconds kPauseMax(500);
constexpr std::size_t kBytesMax = 1 << 20;
constexpr std::chrono::seconds kUnacknowledgedMax(3);
constexpr std::chrono::seconds kOpenMax(5);

class ProcessClient : public MediatorClient {
 public:
  ProcessClient(net::EventLoop& loop, net::Address address, std::shared_ptr<net::TlsContext> tls,
                const dataset::DatasetId& dataset, Answered answered, std::function<void(const std::string&)> log)
      : loop_(loop),
        address_(std::move(address)),
        tls_(std::move(tls)),
        dataset_(dataset),
        answered_(std::move(answered)),
        log_(std::move(log)) {
    Dial();
  }
  ~ProcessClient() override { loop_.Cancel(timer_); }

  void Ask(const dataset::AskMediator& question) override {
    if (!connected()) return;
    channel_->Send(std::make_shared<const dataset::Bytes>(EncodeQuestion(dataset_, question)));
  }
  bool connected() const override { return channel_ != nullptr && channel_->open(); }

 private:
  void Dial() {
    retired_.reset();
    Result<net::FileDescriptor> socket = net::Connect(address_);
    if (!socket.ok()) return DialLater(socket.status().message());
    net::BoundUnacknowledged(socket->number(), kUnacknowledgedMax);
    FrameChannel::Events events;
    events.opened = [this] {
      loop_.Cancel(std::exchange(timer_, {}));
      pause_ = {};
      trouble_.clear();
      log_("the mediator is there");
    };
    events.frame = [this](const dataset::Bytes& frame) {
      const std::optional<dataset::MediatorAnswer> answer = dataset::DecodeAnswer(frame);
      if (answer.has_value()) answered_(*answer);
    };
    events.closed = [this](const std::string& why) { DialLater(why); };
    channel_ =
        std::make_unique<FrameChannel>(loop_, std::move(*socket), tls_.get(), "mediator", kBytesMax, std::move(events));
    timer_ = loop_.After(kOpenMax, [this] {
      channel_->Close();
      DialLater("does not answer");
    });
  }
  void DialLater(const std::string& why) {
    loop_.Cancel(std::exchange(timer_, {}));
    retired_ = std::move(channel_);
    if (why != trouble_) log_("mediator: " + why);
    trouble_ = why;
    pause_ = std::clamp<net::EventLoop::Clock::duration>(2 * pause_, kPauseMin, kPauseMax);
    timer_ = loop_.After(pause_, [this] { Dial(); });
  }

  net::EventLoop& loop_;
  net::Address address_;
  std::shared_ptr<net::TlsContext> tls_;
  dataset::DatasetId dataset_;
  Answered answered_;
  std::function<void(const std::string&)> log_;
  std::unique_ptr<FrameChannel> channel_;
  std::unique_ptr<FrameChannel> retired_;  // until the round ends
  net::EventLoop::Timer timer_;
  net::EventLoop::Clock::duration pause_{};
  std::string trouble_;
};

}  // namespace

std::unique_ptr<MediatorClient> MediatorProcessClient(net::EventLoop& loop, const net::Address& address,
                                                      std::shared_ptr<net::TlsContext> tls,
                                                      const dataset::DatasetId& dataset,
                                                      MediatorClient::Answered answered,
                                                      std::function<void(const std::string&)> log) {
  return std::make_unique<ProcessClient>(loop, address, std::move(tls), dataset, std::move(answered), std::move(log));
}

}  // namespace tarn::store
