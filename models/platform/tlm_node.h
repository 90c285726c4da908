// The node as a SystemC TLM-2.0 target, loosely timed: memory sockets of the hosts, register sockets.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>

#include "models/node/node.h"
#include "models/node/node_timing.h"

namespace tarn::platform {

// Goes with a memory transaction: what AxUSER and AxPROT carry, and back what xUSER and the response tell.
struct NodeExtension : tlm::tlm_extension<NodeExtension> {
  tlm_extension_base* clone() const override { return new NodeExtension(*this); }
  void copy_from(const tlm_extension_base& other) override { *this = static_cast<const NodeExtension&>(other); }

  DeviceId device;
  bool privileged = false;
  bool execute = false;
  // Out.
  LineStatus status = LineStatus::kOk;  // of the last line
  bool walked = false;
  bool paged = false;
};

// memory[h]: b_transport at host h's port, any address and length, byte enables; OK, ADDRESS_ERROR (outside the window)
//   or GENERIC_ERROR (poison, translation fault, retry). transport_dbg reads and writes without any effect on paging,
//   policy or faults; get_direct_mem_ptr gives a resident page: readable, and writable once it is dirty.
// registers[h], registers[hosts]: 4 bytes, aligned; of host h, and management.
// Direct pointers of a page go stale by invalidate_direct_mem_ptr: when it leaves its slot, when it becomes clean or is
// watched by an exclusive access, and of a whole host when its IOMMU's or the pool's registers are written.
// b_transport never waits: it adds to the delay.
class TlmNode : public sc_core::sc_module {
 public:
  using MemorySocket = tlm_utils::simple_target_socket_tagged<TlmNode>;

  TlmNode(const sc_core::sc_module_name& name, std::uint32_t hosts);

  // The models that stand behind the sockets from now on; null: none, every access is an error.
  void Attach(node::Node* node, node::NodeTiming* timing);

  sc_core::sc_vector<MemorySocket> memory;
  sc_core::sc_vector<MemorySocket> registers;

 private:
  void TransportMemory(int host, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  bool TransportLine(int host, tlm::tlm_generic_payload& payload, std::uint64_t done, std::uint64_t count,
                     sc_core::sc_time& delay);
  unsigned DebugMemory(int host, tlm::tlm_generic_payload& payload);
  bool DirectMemory(int host, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void TransportRegisters(int port, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void InvalidateAll(int port);
  DeviceRequest RequestOf(const tlm::tlm_generic_payload& payload, std::uint64_t line_address) const;
  sc_core::sc_time Cycles(std::uint64_t cycles) const;

  std::uint32_t hosts_;
  node::Node* node_ = nullptr;
  node::NodeTiming* timing_ = nullptr;
  sc_core::sc_time period_{sc_core::SC_ZERO_TIME};
};

}  // namespace tarn::platform
