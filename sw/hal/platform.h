// One interface to a node, whatever it is made of: `model` (functional golden models with timing bounds), `tlm`
// (SystemC virtual platform), `rtl` (the Verilated node), `board` (a node at a serial line). Software is written
// against this once.
//
// A platform is driven from one thread: submit accesses, advance time, take completions. Nothing here blocks;
// what waits for a completion bounds its wait in the node's cycles (see sw/hal/wait.h).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "models/common/line_protocol.h"
#include "models/common/result.h"
#include "models/common/units.h"
#include "models/pool/pool_messages.h"

namespace tarn::hal {

// What software must know of the node it stands on.
struct NodeParameters {
  std::uint32_t hosts = 0;
  std::vector<bool> host_has_iommu;     // per host port: devices behind an IOMMU, or a CPU
  std::uint64_t segment_bytes = 0;      // unit of assignment
  std::uint32_t slots = 0;              // segment-sized frames of pool memory that are there
  std::uint32_t segments_per_host = 0;  // the largest window, in segments
  std::uint64_t clock_hz = 0;           // of the node
  std::uint32_t outstanding_max = 0;    // accesses in flight per host port
  std::uint32_t channels = 1;           // memory channels
  bool has_slow_cells = false;          // rows of their modules can be slow cells
  std::uint32_t fast_rows = 0;          // of each module, whose other rows are slow; 0: that is for software to say
  std::uint32_t row_lines = 2048;       // of all banks of a module, which follow each other in the lines
};

// One access of a host to one line.
struct Access {
  std::uint64_t id = 0;    // the submitter's; comes back in the completion
  Op op = Op::kRead;       // the AXI edge carries read, write and partial write; atomics exist inside the node only
  std::uint64_t addr = 0;  // bytes, a multiple of 64: IOVA where the port has an IOMMU, else host physical
  std::uint64_t mask = ~std::uint64_t{0};
  Line data{};
  DeviceId device;  // only where the port has an IOMMU; so the next two
  bool privileged = false;
  bool execute = false;
};

struct Completion {
  std::uint64_t id = 0;
  LineStatus status = LineStatus::kOk;  // as far as AXI can tell them apart: see Platform::PopCompletion
  bool walked = false;                  // waited for a table walk
  bool paged = false;                   // waited for a page-in
  Line data{};                          // of a read
  std::uint64_t submitted_cycle = 0;    // when the port took it
  std::uint64_t completed_cycle = 0;
};

// Which register port: the management port, or a host's.
struct Aperture {
  static constexpr Aperture Management() { return {.is_host = false, .host = HostId(0)}; }
  static constexpr Aperture Host(HostId host) { return {.is_host = true, .host = host}; }
  bool is_host;
  HostId host;
};

// The fewest slots a node works with: page-in engines, a reserve of free ones, and one to evict.
inline constexpr std::uint32_t kSlotsMin = 16;

// Something that a platform counts beside the node's registers, such as "bulk.reads".
struct PlatformCounter {
  std::string name;
  std::uint64_t value = 0;
};

// Content of bulk pages that nobody wrote yet: fills `page`. A function of the page alone.
using InitialContent = std::function<void(LogicalPage, std::span<std::uint8_t, kPageBytes> page)>;

class Platform {
 public:
  using ProbeListener = std::function<void(const pool::PoolProbe&, std::uint64_t cycle)>;
  using ChangeListener = std::function<bool(const pool::ChangeNotice&)>;

  virtual ~Platform() = default;

  virtual const NodeParameters& parameters() const = 0;
  virtual std::string name() const = 0;               // "rtl", "model", …
  virtual std::string bulk_description() const = 0;   // for reports, such as "low-latency (2000 ns)"
  virtual std::string check_description() const = 0;  // what Health() covers, for reports
  virtual std::vector<PlatformCounter> counters() const = 0;

  // Hands an access to the host's port. False when the port has no room now: advance and try again.
  virtual bool TrySubmit(HostId host, const Access& access) = 0;
  // Takes the host's next completion, in any order of the accesses; false when there is none now. Status: AXI's
  // OKAY is kOk, DECERR kAccessError, SLVERR kPoison (poison, translation fault and timeout look the same there).
  virtual bool PopCompletion(HostId host, Completion& completion) = 0;
  // Lets at least one cycle pass, more where nothing can happen in between.
  virtual void Advance() = 0;
  virtual std::uint64_t cycle() const = 0;

  // 32-bit registers. An error response, or none within the bound, is a Status. Time passes.
  virtual Result<std::uint32_t> ReadRegister(Aperture aperture, std::uint32_t offset) = 0;
  virtual Status WriteRegister(Aperture aperture, std::uint32_t offset, std::uint32_t value) = 0;
  // Wired interrupts as they stand: management (bit 0 pool, bit 1 channel, bit 2 hotness monitoring); host (bits 0-3
  // iommu, bit 4 pool).
  virtual std::uint32_t Interrupts(Aperture aperture) const = 0;

  // Ok, or the first failure of an assertion or checker inside; then nothing more is worth running.
  virtual Status Health() const = 0;
  // Ok, or where the pool's replacement policy differed from the golden one laid beside it, if there is one.
  virtual Status PolicyHealth() const { return {}; }
  // The same for its hotness monitoring.
  virtual Status HotnessHealth() const { return {}; }
  // And for its live estimate of the optimum.
  virtual Status OptimumHealth() const { return {}; }
  // Every event of the pool in order of effect, from now on. One listener at most.
  virtual void set_probe_listener(ProbeListener listener) = 0;
  // Every change notice of the pool (rtl/pool/README.md), in order, none left out. True: it is taken, and what waited
  // for it goes on. False: not now; it stands at the port and is offered again in a later cycle, and what waits for it
  // waits (a write for its page's first-write notice), up to the pool's notice_timeout where time is modelled. Without
  // a listener notices are taken and forgotten. The listener must not call the platform. One at most.
  virtual void set_change_listener(ChangeListener listener) = 0;
};

}  // namespace tarn::hal
