#include "sw/hal/tlm_platform.h"

#include <cmath>
#include <utility>

#include "models/platform/node_platform.h"
#include "models/platform/tlm_hosts.h"

namespace tarn::hal {
namespace {

using sc_core::sc_time;

// Every access and register access is a transaction on the virtual platform's sockets.
class TlmPlatform : public platform::NodePlatform {
 public:
  TlmPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk, std::string bulk_description)
      : NodePlatform(options, bulk, std::move(bulk_description)),
        world_(platform::TlmWorld::Get()),
        period_(1e12 / static_cast<double>(parameters().clock_hz), sc_core::SC_PS),
        start_(sc_core::sc_time_stamp()) {
    world_.in_use = true;
    world_.node.Attach(&node(), &timing());
    payload_.set_extension(&extension_);
  }
  ~TlmPlatform() override {
    payload_.clear_extension(&extension_);
    world_.node.Attach(nullptr, nullptr);
    world_.in_use = false;
  }

  std::string name() const override { return "tlm"; }
  void Advance() override {
    NodePlatform::Advance();
    FollowCycle();
  }

 protected:
  void Perform(HostId host, const DeviceRequest& request, LineResponse& response,
               std::uint64_t& answer_cycle) override {
    FollowCycle();
    extension_.device = DeviceId(request.device_id);
    extension_.privileged = request.priv;
    extension_.execute = request.exec;
    extension_.walked = extension_.paged = false;
    extension_.status = LineStatus::kRetry;
    const bool read = request.op == Op::kRead;
    if (!read) response.data = request.data;
    Prepare(read, request.addr, response.data.data(), kLineBytes);
    if (!read && request.mask != ~std::uint64_t{0}) {
      for (std::uint32_t byte = 0; byte < kLineBytes; ++byte) {
        enables_[byte] = (request.mask >> byte & 1) != 0 ? TLM_BYTE_ENABLED : TLM_BYTE_DISABLED;
      }
      payload_.set_byte_enable_ptr(enables_);
      payload_.set_byte_enable_length(kLineBytes);
    }
    sc_time delay = sc_core::SC_ZERO_TIME;
    world_.hosts.Run([&] { world_.hosts.memory[host.value()]->b_transport(payload_, delay); });
    response.status = extension_.status;
    response.walked = extension_.walked;
    response.paged = extension_.paged;
    answer_cycle = cycle() + static_cast<std::uint64_t>(std::llround(delay / period_));
  }

  RegisterResponse AccessRegister(Aperture aperture, bool write, std::uint32_t offset, std::uint32_t value) override {
    FollowCycle();
    Prepare(!write, offset, reinterpret_cast<unsigned char*>(&value), sizeof value);
    const std::uint32_t port = aperture.is_host ? aperture.host.value() : parameters().hosts;
    sc_time delay = sc_core::SC_ZERO_TIME;
    world_.hosts.Run([&] { world_.hosts.registers[port]->b_transport(payload_, delay); });
    return {.rdata = write ? 0 : value, .error = !payload_.is_response_ok()};
  }

 private:
  void Prepare(bool read, std::uint64_t address, unsigned char* data, unsigned size_bytes) {
    payload_.set_command(read ? tlm::TLM_READ_COMMAND : tlm::TLM_WRITE_COMMAND);
    payload_.set_address(address);
    payload_.set_data_ptr(data);
    payload_.set_data_length(size_bytes);
    payload_.set_streaming_width(size_bytes);
    payload_.set_byte_enable_ptr(nullptr);
    payload_.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  }
  // The simulation's time is the platform's cycle.
  void FollowCycle() {
    const sc_time target = start_ + period_ * static_cast<double>(cycle());
    if (target > sc_core::sc_time_stamp()) sc_core::sc_start(target - sc_core::sc_time_stamp());
  }

  platform::TlmWorld& world_;
  sc_time period_;
  sc_time start_;
  tlm::tlm_generic_payload payload_;
  platform::NodeExtension extension_;
  unsigned char enables_[kLineBytes];
};

}  // namespace

Result<std::unique_ptr<Platform>> MakeTlmPlatform(const PlatformOptions& options, const bulk::BulkConfig& bulk,
                                                  const std::string& bulk_description) {
  if (platform::TlmWorld::Get().in_use) {
    return Status::Error("there is a tlm platform in this process already; end it first");
  }
  return std::unique_ptr<Platform>(std::make_unique<TlmPlatform>(options, bulk, bulk_description));
}

}  // namespace tarn::hal
