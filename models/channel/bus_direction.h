// The golden reading of whom rows are opened for, and who uses the data bus: reads or writes (rtl/channel/README.md,
// "Direction" and "Shares", turns).
#pragma once

#include <cstdint>

#include "models/channel/candidate_queue.h"
#include "models/channel/scheduler_config.h"

namespace tarn::channel {

class BusDirection {
 public:
  explicit BusDirection(const SchedulerConfig& config) : config_(config) {}

  bool rows_write() const { return rows_write_; }
  bool bus_write() const { return bus_write_; }
  // drain: the write queue is to be emptied. write_capped: a class has as many writes queued as it may, and more to
  // queue.
  void Clock(bool drain, bool write_capped, const CandidateQueue& reads, const CandidateQueue& writes);

 private:
  static constexpr unsigned kIdleClocks = 48;
  static constexpr unsigned kTurnClocks = 48;
  static constexpr unsigned kTurnHits = 4;
  static constexpr std::int64_t kUrgentClocks = 512;
  static constexpr std::int64_t kRowsClocksMax = 1023;  // where the count of clocks stays

  bool WritesBegin(bool drain, bool write_capped, const CandidateQueue& reads, const CandidateQueue& writes);
  bool WritesEnd(bool write_capped, const CandidateQueue& reads, const CandidateQueue& writes) const;
  bool BusTurns(const CandidateQueue& reads, const CandidateQueue& writes) const;

  SchedulerConfig config_;
  bool rows_write_ = false, bus_write_ = false;
  bool turn_ = false;             // writes have a turn of the bus because a class has its most of them
  std::int64_t rows_clocks_ = 0;  // since rows_write_ changed
  unsigned turn_clocks_ = 0;      // since the rows turned and the bus did not
  unsigned idle_clocks_ = 0;      // without a read
};

}  // namespace tarn::channel
