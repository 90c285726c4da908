// What stands at a host port's other outputs: memory outside the pool for message-signalled interrupts, a device
// that receives messages, and a listener for change notices.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "models/common/line_protocol.h"
#include "models/pool/pool_messages.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"

namespace tarn::tb {

// Takes outbound writes and answers each with kOk. Outside the pool's windows nothing else listens.
class OutboundEndpoint {
 public:
  template <typename Dut>
  OutboundEndpoint(Simulation<Dut>& simulation, const std::string& name, const StreamPorts<HostRequest>& requests,
                   const StreamPorts<LineResponse>& responses)
      : responses_(responses, 0),
        requests_(name + ".outbound", requests, 0, 0, simulation.failures(),
                  [this](const HostRequest& request, std::uint64_t) {
                    last_ = request;
                    responses_.Push({.tag = request.tag});
                  }) {
    simulation.Add(requests_);
    simulation.Add(responses_);
  }
  std::uint64_t writes() const { return requests_.taken(); }
  const HostRequest& last() const { return last_; }

 private:
  StreamSource<LineResponse> responses_;
  StreamSink<HostRequest> requests_;
  HostRequest last_;
};

// A device's side of the message port: takes what comes, sends what it is given.
class MessageEndpoint {
 public:
  template <typename Dut>
  MessageEndpoint(Simulation<Dut>& simulation, const std::string& name, const StreamPorts<DeviceMessage>& to_device,
                  const StreamPorts<DeviceMessage>& from_device)
      : source_(from_device, 0),
        sink_(name + ".message", to_device, 0, 0, simulation.failures(),
              [this](const DeviceMessage& message, std::uint64_t) { last_ = message; }) {
    simulation.Add(source_);
    simulation.Add(sink_);
  }
  void Send(const DeviceMessage& message) { source_.Push(message); }
  std::uint64_t received() const { return sink_.taken(); }
  const DeviceMessage& last() const { return last_; }

 private:
  StreamSource<DeviceMessage> source_;
  StreamSink<DeviceMessage> sink_;
  DeviceMessage last_;
};

// Counts change notices by kind and hands them to a listener, if there is one: who is asked when a notice stands on the
// port and takes it (true) lets it go in the next cycle, so that it is never gone before the listener has it.
class ChangeEndpoint : public Component {
 public:
  using Listener = std::function<bool(const pool::ChangeNotice&)>;

  template <typename Dut>
  ChangeEndpoint(Simulation<Dut>& simulation, const StreamPorts<pool::ChangeNotice>& notices)
      : ports_(notices),
        sink_("change", notices, 0, 0, simulation.failures(), [this](const pool::ChangeNotice& notice, std::uint64_t) {
          ++counts_[static_cast<std::size_t>(notice.change)];
        }) {
    simulation.Add(*this);
  }
  std::uint64_t count(pool::Change change) const { return counts_[static_cast<std::size_t>(change)]; }
  void set_listener(Listener listener) { listener_ = std::move(listener); }

  void Sample(std::uint64_t cycle) override {
    sink_.Sample(cycle);
    const bool waits = *ports_.valid != 0 && *ports_.ready == 0;
    has_it_ = waits && listener_ && listener_(ports_.message.Read());
  }
  void Drive(std::uint64_t) override { *ports_.ready = !listener_ || has_it_; }

 private:
  std::uint64_t counts_[4] = {};
  Listener listener_;
  bool has_it_ = false;  // the notice on the port
  StreamPorts<pool::ChangeNotice> ports_;
  StreamSink<pool::ChangeNotice> sink_;
};

}  // namespace tarn::tb
