#include "models/platform/tlm_hosts.h"

#include <cassert>
#include <cstring>

// SystemC's library wants one; who uses the virtual platform has a main of their own.
int sc_main(int /*argc*/, char* /*argv*/[]) { return 0; }

namespace tarn::platform {

using sc_core::sc_time;

TlmHosts::TlmHosts(const sc_core::sc_module_name& name, std::uint32_t hosts)
    : sc_module(name), memory("memory", hosts), registers("registers", hosts + 1), pointers_(hosts) {
  for (std::uint32_t host = 0; host < hosts; ++host) {
    memory[host].register_invalidate_direct_mem_ptr(this, &TlmHosts::Invalidate, static_cast<int>(host));
  }
  // SC_THREAD without its macro: the macros of SystemC 2.3 and 3.0 differ.
  sc_core::sc_spawn_options options;
  sc_core::sc_spawn([this] { Process(); }, "process", &options);
}

void TlmHosts::Process() {
  for (;;) {
    sc_core::wait(wake_);
    if (work_) work_();
    work_ = nullptr;
  }
}

void TlmHosts::Run(const std::function<void()>& work) {
  constexpr int kDeltasMax = 8;
  work_ = work;
  wake_.notify(sc_core::SC_ZERO_TIME);
  for (int delta = 0; work_ && delta < kDeltasMax; ++delta) sc_core::sc_start(sc_core::SC_ZERO_TIME);
  assert(!work_);
}

void TlmHosts::Invalidate(int host, sc_dt::uint64 start, sc_dt::uint64 end) {
  auto& pointers = pointers_[static_cast<std::size_t>(host)];
  if (pointers.empty()) return;
  pointers.erase(pointers.lower_bound(start / kPageBytes * kPageBytes), pointers.upper_bound(end));
}

bool TlmHosts::AccessDirectly(std::uint32_t host, tlm::tlm_command command, std::uint64_t address, void* data,
                              unsigned size_bytes, sc_time& delay) {
  const auto found = pointers_[host].find(address / kPageBytes * kPageBytes);
  if (found == pointers_[host].end() || address + size_bytes - 1 > found->second.get_end_address()) return false;
  const tlm::tlm_dmi& dmi = found->second;
  unsigned char* place = dmi.get_dmi_ptr() + (address - dmi.get_start_address());
  if (command == tlm::TLM_READ_COMMAND) {
    if (!dmi.is_read_allowed()) return false;
    std::memcpy(data, place, size_bytes);
    delay += dmi.get_read_latency();
  } else {
    if (!dmi.is_write_allowed()) return false;
    std::memcpy(place, data, size_bytes);
    delay += dmi.get_write_latency();
  }
  ++direct_accesses_;
  return true;
}

tlm::tlm_response_status TlmHosts::Access(std::uint32_t host, tlm::tlm_command command, std::uint64_t address,
                                          void* data, unsigned size_bytes, sc_time& delay) {
  if (AccessDirectly(host, command, address, data, size_bytes, delay)) return tlm::TLM_OK_RESPONSE;
  tlm::tlm_generic_payload payload;
  payload.set_command(command);
  payload.set_address(address);
  payload.set_data_ptr(static_cast<unsigned char*>(data));
  payload.set_data_length(size_bytes);
  payload.set_streaming_width(size_bytes);
  memory[host]->b_transport(payload, delay);
  if (payload.is_response_ok() && payload.is_dmi_allowed()) {
    tlm::tlm_dmi dmi;
    if (memory[host]->get_direct_mem_ptr(payload, dmi)) pointers_[host].insert_or_assign(dmi.get_start_address(), dmi);
  }
  return payload.get_response_status();
}

TlmWorld::TlmWorld(std::uint32_t host_count) : node("node", host_count), hosts("hosts", host_count) {
  for (std::uint32_t host = 0; host < host_count; ++host) hosts.memory[host].bind(node.memory[host]);
  for (std::uint32_t port = 0; port <= host_count; ++port) hosts.registers[port].bind(node.registers[port]);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

TlmWorld& TlmWorld::Get() {
  static TlmWorld& world = *new TlmWorld(node::NodeRegisterParameters().num_hosts);  // SystemC's own: never freed
  return world;
}

}  // namespace tarn::platform
