// The node's memory channels as software sees them: readiness and counters (rtl/channel/README.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/channel/timing_registers.h"
#include "models/common/result.h"
#include "sw/hal/platform.h"

namespace tarn::drivers {

// Since reset, of all channels together.
struct ChannelCounters {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t row_hits = 0;
  std::uint64_t row_misses = 0;
  std::uint64_t row_conflicts = 0;
  std::uint64_t refreshes = 0;
  std::uint64_t bus_busy_cycles = 0;
  std::uint64_t slow_reads = 0;  // of slow cells; not among the above, but for bus_busy_cycles
  std::uint64_t slow_writes = 0;
  std::uint64_t old_line_reads = 0;  // among reads and slow_reads: for writes of part of a line, and the scrubber's
  std::uint64_t ecc_corrected = 0;   // words read with one wrong bit
  std::uint64_t ecc_uncorrected = 0;
};

class ChannelDriver {
 public:
  explicit ChannelDriver(hal::Platform& platform) : platform_(platform) {}

  // Offset of a channel's registers in the management aperture. channel: 0 to 7.
  static std::uint32_t Base(std::uint32_t channel);

  // Waits until the modules are initialised.
  Status WaitReady();
  // Writes registers of every channel while it is quiesced: mapping, slow cells, timing. Returns when it works again.
  Status Configure(const std::vector<channel::RegisterWrite>& writes);
  Result<ChannelCounters> ReadCounters();
  Result<ChannelCounters> ReadCounters(std::uint32_t channel);
  Result<std::uint64_t> ReadBusBusyCycles();

 private:
  Status WaitReady(std::uint32_t channel);
  Status WaitFor(std::uint32_t channel, std::uint32_t status_mask, std::uint64_t cycles_max, const std::string& what);
  Status Write(std::uint32_t channel, std::uint32_t offset, std::uint32_t value);
  Result<std::uint64_t> Read64(std::uint32_t channel, std::uint32_t offset);

  hal::Platform& platform_;
};

}  // namespace tarn::drivers
