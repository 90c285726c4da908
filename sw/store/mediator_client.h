// Asks the mediator. An answer that does not come does no harm: the member asks again.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "sw/dataset/mediator.h"
#include "sw/net/address.h"
#include "sw/net/event_loop.h"
#include "sw/net/tls.h"
#include "sw/store/frame_channel.h"

namespace tarn::store {

class MediatorClient {
 public:
  using Answered = std::function<void(dataset::MediatorAnswer)>;
  virtual ~MediatorClient() = default;
  virtual void Ask(const dataset::AskMediator& question) = 0;
  virtual bool connected() const = 0;
};

// The process `tarn store mediator`. tls: null for plain; its certificate must name `mediator`.
std::unique_ptr<MediatorClient> MediatorProcessClient(net::EventLoop& loop, const net::Address& address,
                                                      std::shared_ptr<net::TlsContext> tls,
                                                      const dataset::DatasetId& dataset,
                                                      MediatorClient::Answered answered,
                                                      std::function<void(const std::string&)> log);

}  // namespace tarn::store
