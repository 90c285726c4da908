#include "models/platform/tlm_node.h"

#include <algorithm>
#include <cstring>

namespace tarn::platform {

using sc_core::sc_time;
using tlm::tlm_generic_payload;

TlmNode::TlmNode(const sc_core::sc_module_name& name, std::uint32_t hosts)
    : sc_module(name), memory("memory", hosts), registers("registers", hosts + 1), hosts_(hosts) {
  for (std::uint32_t host = 0; host < hosts; ++host) {
    const int tag = static_cast<int>(host);
    memory[host].register_b_transport(this, &TlmNode::TransportMemory, tag);
    memory[host].register_transport_dbg(this, &TlmNode::DebugMemory, tag);
    memory[host].register_get_direct_mem_ptr(this, &TlmNode::DirectMemory, tag);
  }
  for (std::uint32_t port = 0; port <= hosts; ++port) {
    registers[port].register_b_transport(this, &TlmNode::TransportRegisters, static_cast<int>(port));
  }
}

void TlmNode::Attach(node::Node* node, node::NodeTiming* timing) {
  if (node_ != nullptr) node_->pool().set_invalidate_listener({});
  node_ = node;
  timing_ = timing;
  for (std::uint32_t port = 0; port < hosts_; ++port) InvalidateAll(static_cast<int>(port));
  if (node_ == nullptr) return;
  period_ = sc_time(1e6 / static_cast<double>(node_->parameters().clock_kilohertz), sc_core::SC_NS);
  node_->pool().set_invalidate_listener([this](HostId host, std::uint32_t page) {
    if (node_->has_iommu(host)) return InvalidateAll(static_cast<int>(host.value()));  // by which address, is not known
    const std::uint64_t start = node_->pool().window(host).base.value() + std::uint64_t{page} * kPageBytes;
    memory[host.value()]->invalidate_direct_mem_ptr(start, start + kPageBytes - 1);
  });
}

sc_time TlmNode::Cycles(std::uint64_t cycles) const { return period_ * static_cast<double>(cycles); }

void TlmNode::InvalidateAll(int port) {
  const auto first = static_cast<std::uint32_t>(port);
  const bool management = first == hosts_;
  for (std::uint32_t host = management ? 0 : first; host < (management ? hosts_ : first + 1); ++host) {
    if (memory[host].size() != 0) memory[host]->invalidate_direct_mem_ptr(0, ~sc_dt::uint64{0});
  }
}

DeviceRequest TlmNode::RequestOf(const tlm_generic_payload& payload, std::uint64_t line_address) const {
  DeviceRequest request;
  request.op = payload.is_read() ? Op::kRead : Op::kPartialWrite;
  request.addr = line_address;
  request.mask = ~std::uint64_t{0};
  if (const auto* extension = payload.get_extension<NodeExtension>()) {
    request.device_id = extension->device.value();
    request.priv = extension->privileged;
    request.exec = extension->execute;
  }
  return request;
}

void TlmNode::TransportMemory(int host, tlm_generic_payload& payload, sc_time& delay) {
  const std::uint64_t length = payload.get_data_length();
  payload.set_dmi_allowed(false);
  if (node_ == nullptr || node_->quiesced()) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return payload.set_response_status(tlm::TLM_OK_RESPONSE);
  if (payload.get_streaming_width() < length) return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
  for (std::uint64_t done = 0; done < length;) {
    const std::uint64_t inside = (payload.get_address() + done) % kLineBytes;
    const std::uint64_t count = std::min(length - done, kLineBytes - inside);
    if (!TransportLine(host, payload, done, count, delay)) return;
    done += count;
  }
  tlm::tlm_dmi unused;
  payload.set_dmi_allowed(DirectMemory(host, payload, unused));
}

// Bytes done .. done + count - 1 of the transaction, which lie in one line. False: it failed.
bool TlmNode::TransportLine(int host, tlm_generic_payload& payload, std::uint64_t done, std::uint64_t count,
                            sc_time& delay) {
  const std::uint64_t address = payload.get_address() + done;
  const std::uint64_t inside = address % kLineBytes;
  DeviceRequest request = RequestOf(payload, address - inside);
  request.first_byte = static_cast<std::uint8_t>(inside);
  request.first_of_burst = done == 0;
  const unsigned char* enables = payload.get_byte_enable_ptr();
  const auto enabled = [&](std::uint64_t byte) {
    return enables == nullptr || enables[byte % payload.get_byte_enable_length()] == TLM_BYTE_ENABLED;
  };
  std::uint64_t mask = 0;
  for (std::uint64_t byte = 0; byte < count; ++byte) {
    if (enabled(done + byte)) mask |= std::uint64_t{1} << (inside + byte);
  }
  request.mask = mask;
  if (request.op != Op::kRead) {
    if (mask == ~std::uint64_t{0}) request.op = Op::kWrite;
    std::memcpy(request.data.data() + inside, payload.get_data_ptr() + done, count);
  }
  LineResponse response;
  node::AccessWork work;
  node_->Access(HostId(static_cast<std::uint32_t>(host)), request, response, work);
  const auto now = static_cast<std::uint64_t>((sc_core::sc_time_stamp() + delay) / period_);
  delay += Cycles(timing_->AnswerCycle(now, work) - now);
  if (auto* extension = payload.get_extension<NodeExtension>()) {
    extension->status = response.status;
    extension->walked = extension->walked || response.walked;
    extension->paged = extension->paged || response.paged;
  }
  if (response.status != LineStatus::kOk) {
    payload.set_response_status(response.status == LineStatus::kAccessError ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                                                            : tlm::TLM_GENERIC_ERROR_RESPONSE);
    return false;
  }
  if (!payload.is_read()) return true;
  for (std::uint64_t byte = 0; byte < count; ++byte) {
    if ((mask >> (inside + byte) & 1) != 0) payload.get_data_ptr()[done + byte] = response.data[inside + byte];
  }
  return true;
}

unsigned TlmNode::DebugMemory(int host, tlm_generic_payload& payload) {
  if (node_ == nullptr) return 0;
  const HostId id(static_cast<std::uint32_t>(host));
  const std::uint64_t length = payload.get_data_length();
  std::uint64_t done = 0;
  while (done < length) {
    const std::uint64_t address = payload.get_address() + done;
    const std::uint64_t inside = address % kLineBytes;
    const std::uint64_t count = std::min(length - done, kLineBytes - inside);
    HostPhysAddr physical;
    if (node_->Look(id, RequestOf(payload, address - inside), physical) != LineStatus::kOk) break;
    Line line{};
    if (payload.is_read()) {
      if (node_->Peek(id, physical, line) != LineStatus::kOk) break;
      std::memcpy(payload.get_data_ptr() + done, line.data() + inside, count);
    } else {
      std::memcpy(line.data() + inside, payload.get_data_ptr() + done, count);
      const std::uint64_t ones = count == kLineBytes ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
      if (node_->pool().Poke(id, physical, line, ones << inside) != LineStatus::kOk) break;
    }
    done += count;
  }
  return static_cast<unsigned>(done);
}

bool TlmNode::DirectMemory(int host, tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
  const std::uint64_t start = payload.get_address() / kPageBytes * kPageBytes;
  dmi.init();
  dmi.set_start_address(start);
  dmi.set_end_address(start + kPageBytes - 1);
  dmi.allow_none();
  if (node_ == nullptr || node_->quiesced()) return false;
  const HostId id(static_cast<std::uint32_t>(host));
  HostPhysAddr physical;
  if (node_->Look(id, RequestOf(payload, start), physical) != LineStatus::kOk) return false;
  // A mapping shows what this access may do and no more; a page of a CPU may be read and, once dirty, written.
  const bool any = !node_->has_iommu(id);
  std::uint8_t* readable = any || payload.is_read() ? node_->pool().DirectPage(id, physical, false) : nullptr;
  std::uint8_t* writable = any || payload.is_write() ? node_->pool().DirectPage(id, physical, true) : nullptr;
  if (readable == nullptr && writable == nullptr) return false;
  if (payload.is_write() && writable == nullptr) return false;
  dmi.set_dmi_ptr(readable != nullptr ? readable : writable);
  if (readable != nullptr) dmi.allow_read();
  if (writable != nullptr) readable != nullptr ? dmi.allow_read_write() : dmi.allow_write();
  const sc_time latency = Cycles(timing_->ResidentCyclesMin(node_->has_iommu(id)));
  dmi.set_read_latency(latency);
  dmi.set_write_latency(latency);
  return true;
}

void TlmNode::TransportRegisters(int port, tlm_generic_payload& payload, sc_time& delay) {
  constexpr std::uint64_t kRegisterCycles = 8;
  constexpr std::uint32_t kPoolAperture = 1;
  if (node_ == nullptr) return payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
  if (payload.get_data_length() != 4 || payload.get_address() % 4 != 0) {
    return payload.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
  }
  const bool management = static_cast<std::uint32_t>(port) == hosts_;
  RegisterBus& bus = management ? node_->management() : node_->host_registers(HostId(static_cast<std::uint32_t>(port)));
  const auto offset = static_cast<std::uint32_t>(payload.get_address());
  RegisterResponse response;
  if (payload.is_read()) {
    response = bus.Read(offset);
    std::memcpy(payload.get_data_ptr(), &response.rdata, 4);
  } else {
    std::uint32_t value = 0;
    std::memcpy(&value, payload.get_data_ptr(), 4);
    response = bus.Write(offset, value);
    const std::uint32_t aperture = offset / 0x1000;
    if (management ? aperture == kPoolAperture : aperture == 0) InvalidateAll(port);
  }
  delay += Cycles(kRegisterCycles);
  payload.set_response_status(response.error ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
}

}  // namespace tarn::platform
