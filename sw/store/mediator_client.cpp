#include "sw/store/mediator_client.h"

#include <optional>
#include <utility>

#include "sw/store/dialer.h"

namespace tarn::store {

namespace {

constexpr std::size_t kBytesMax = 1 << 20;

class ProcessClient : public MediatorClient {
 public:
  ProcessClient(net::EventLoop& loop, net::Address address, std::shared_ptr<net::TlsContext> tls,
                const dataset::DatasetId& dataset, Answered answered, std::function<void(const std::string&)> log)
      : dataset_(dataset),
        answered_(std::move(answered)),
        log_(std::move(log)),
        dialer_(loop, {.address = std::move(address),
                       .tls = std::move(tls),
                       .peer_name = "mediator",
                       .bytes_max = kBytesMax,
                       .opened = [this] { log_("the mediator is there"); },
                       .frame = [this](const dataset::Bytes& frame) { Take(frame); },
                       .trouble = [this](const std::string& why) { log_("mediator: " + why); }}) {}

  void Ask(const dataset::AskMediator& question) override {
    if (!connected()) return;
    dialer_.Send(std::make_shared<const dataset::Bytes>(EncodeQuestion(dataset_, question)));
  }
  bool connected() const override { return dialer_.connected(); }

 private:
  void Take(const dataset::Bytes& frame) {
    const std::optional<dataset::MediatorAnswer> answer = dataset::DecodeAnswer(frame);
    if (answer.has_value()) answered_(*answer);
  }

  dataset::DatasetId dataset_;
  Answered answered_;
  std::function<void(const std::string&)> log_;
  Dialer dialer_;
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
