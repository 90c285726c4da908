// The node's time, estimated by bounds: what each access must wait for at least, given what it had to do and how busy
// the memory bus and the bulk device are. Never mixed into data; the exact times are the RTL's.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "models/bulk/bulk_device.h"
#include "models/channel/channel_register_file.h"
#include "models/common/random.h"
#include "models/node/node.h"

namespace tarn::node {

// Counts of the channel as the estimate sees it.
struct ChannelActivity {
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t row_hits = 0;
  std::uint64_t row_misses = 0;
  std::uint64_t row_conflicts = 0;
  std::uint64_t bus_busy_cycles = 0;
};

class NodeTiming {
 public:
  // registers: the channel's, whose timing values (CL, RCD, RP, …) are read once. bulk: latencies and bandwidth.
  NodeTiming(const channel::ChannelRegisterFile& registers, const bulk::BulkConfig& bulk);

  // The cycle in which an access that came at `now` is answered. In order of the accesses' effects.
  std::uint64_t AnswerCycle(std::uint64_t now, const AccessWork& work);

  // The least that an access can take, whatever else is under way: of a resident line, and of a page-in.
  std::uint64_t ResidentCyclesMin(bool has_iommu) const;
  std::uint64_t PageInCyclesMin() const;

  const ChannelActivity& channel() const { return channel_; }

 private:
  struct Bank {
    bool open = false;
    std::uint64_t row = 0;
  };

  std::uint64_t ReadLine(std::uint64_t now, std::uint64_t line, bool write);
  std::uint64_t PageIn(std::uint64_t now);

  std::uint64_t cl_cycles_, rcd_cycles_, rp_cycles_;
  bulk::BulkConfig bulk_;
  Random random_;
  double bulk_page_cycles_;      // a page at the read bandwidth
  double bulk_page_out_cycles_;  // and at the write bandwidth
  std::uint64_t bus_free_at_ = 0;
  double bulk_read_free_at_ = 0;
  double bulk_write_free_at_ = 0;
  std::array<Bank, 16> banks_;
  ChannelActivity channel_;
};

}  // namespace tarn::node
