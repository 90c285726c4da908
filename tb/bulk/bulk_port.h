// The bulk device's golden model at the node's bulk port.
#pragma once

#include <cstdint>

#include "models/bulk/bulk_device.h"
#include "models/bulk/bulk_protocol.h"
#include "tb/common/simulation.h"
#include "tb/common/stream.h"

namespace tarn::tb {

struct BulkPorts {
  StreamPorts<bulk::BulkCommand> command;
  StreamPorts<bulk::BulkBeat> write_data;
  StreamPorts<bulk::BulkBeat> read_data;
  StreamPorts<bulk::BulkCompletion> completion;
  StreamPorts<bulk::BulkNotice> notice;
};

class BulkPort : public Component {
 public:
  BulkPort(const BulkPorts& ports, bulk::BulkDevice& device, Failures& failures)
      : ports_(ports), device_(device), failures_(failures) {
    Drive(0);
  }

  void Sample(std::uint64_t cycle) override {
    if (*ports_.command.valid != 0 && *ports_.command.ready != 0) device_.Accept(ports_.command.message.Read());
    if (*ports_.write_data.valid != 0 && *ports_.write_data.ready != 0) {
      device_.Accept(ports_.write_data.message.Read());
    }
    if (Taken(ports_.read_data)) device_.PopBeat();
    if (Taken(ports_.completion)) device_.PopCompletion();
    if (Taken(ports_.notice)) device_.PopNotice();
    device_.Tick();
    if (!device_.violation().ok() && !reported_) {
      reported_ = true;
      failures_.Add("bulk port, cycle " + std::to_string(cycle) + ": " + device_.violation().message());
    }
  }

  void Drive(std::uint64_t) override {
    *ports_.command.ready = device_.command_ready();
    *ports_.write_data.ready = device_.beat_ready();
    Offer(ports_.read_data, device_.beat());
    Offer(ports_.completion, device_.completion());
    Offer(ports_.notice, device_.notice());
  }

 private:
  template <typename Message>
  static bool Taken(const StreamPorts<Message>& ports) {
    return *ports.valid != 0 && *ports.ready != 0;
  }
  template <typename Message>
  static void Offer(const StreamPorts<Message>& ports, const Message* message) {
    *ports.valid = message != nullptr;
    if (message != nullptr) ports.message.Write(*message);
  }

  BulkPorts ports_;
  bulk::BulkDevice& device_;
  Failures& failures_;
  bool reported_ = false;
};

}  // namespace tarn::tb
