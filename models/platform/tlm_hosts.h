// The hosts of the virtual platform: an initiator that performs one transaction after the other, on command from
// outside the simulation.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <map>
#include <systemc>
#include <tlm>

#include "models/platform/tlm_node.h"

namespace tarn::platform {

class TlmHosts : public sc_core::sc_module {
 public:
  using Socket = tlm_utils::simple_initiator_socket_tagged<TlmHosts>;

  TlmHosts(const sc_core::sc_module_name& name, std::uint32_t hosts);

  // Performs `work` inside the simulation's process and returns when it is through: b_transport may be called there.
  void Run(const std::function<void()>& work);

  // Bytes at a host's port, by direct pointer where one is held, else by b_transport; then asks for a pointer if one is
  // to be had. delay grows by the time it took. Call it inside Run.
  tlm::tlm_response_status Access(std::uint32_t host, tlm::tlm_command command, std::uint64_t address, void* data,
                                  unsigned size_bytes, sc_core::sc_time& delay);

  // The direct pointers held for a host, by the page's address; dropped when the target says so.
  const std::map<std::uint64_t, tlm::tlm_dmi>& pointers(std::uint32_t host) const { return pointers_[host]; }
  std::uint64_t direct_accesses() const { return direct_accesses_; }

  sc_core::sc_vector<Socket> memory;
  sc_core::sc_vector<Socket> registers;

 private:
  void Process();
  void Invalidate(int host, sc_dt::uint64 start, sc_dt::uint64 end);
  bool AccessDirectly(std::uint32_t host, tlm::tlm_command command, std::uint64_t address, void* data,
                      unsigned size_bytes, sc_core::sc_time& delay);

  std::function<void()> work_;
  sc_core::sc_event wake_;
  std::vector<std::map<std::uint64_t, tlm::tlm_dmi>> pointers_;
  std::uint64_t direct_accesses_ = 0;
};

// The modules of the virtual platform. SystemC elaborates once a process: they are made on first use and stay; a
// platform attaches its models to them.
struct TlmWorld {
  static TlmWorld& Get();

  TlmNode node;
  TlmHosts hosts;
  bool in_use = false;

 private:
  explicit TlmWorld(std::uint32_t host_count);
};

}  // namespace tarn::platform
