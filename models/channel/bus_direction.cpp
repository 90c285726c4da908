#include "models/channel/bus_direction.h"

#include <algorithm>

namespace tarn::channel {

void BusDirection::Clock(bool drain, bool write_capped, const CandidateQueue& reads, const CandidateQueue& writes) {
  const bool rows_turn =
      rows_write_ ? WritesEnd(write_capped, reads, writes) : WritesBegin(drain, write_capped, reads, writes);
  const bool bus_turns = bus_write_ != rows_write_ && BusTurns(reads, writes);
  rows_clocks_ = rows_turn ? 0 : std::min(rows_clocks_ + 1, kRowsClocksMax);
  turn_clocks_ = bus_write_ == rows_write_ ? 0 : std::min(turn_clocks_ + 1, kTurnClocks);
  idle_clocks_ = reads.count() != 0 ? 0 : std::min(idle_clocks_ + 1, kIdleClocks);
  bus_write_ = bus_write_ != bus_turns;
  rows_write_ = rows_write_ != rows_turn;
}

bool BusDirection::WritesBegin(bool drain, bool write_capped, const CandidateQueue& reads,
                               const CandidateQueue& writes) {
  const bool reads_urgent = reads.any_urgent(), writes_urgent = writes.any_urgent();
  const bool may_end = rows_clocks_ >= kUrgentClocks;
  const bool reads_had_theirs = reads.count() == 0 || (reads_urgent ? may_end : rows_clocks_ >= config_.read_turn);
  const bool turn_due = write_capped && reads_had_theirs;
  const bool nobody_reads = writes.count() != 0 && (drain || idle_clocks_ == kIdleClocks) && reads.count() == 0;
  const bool wanted = writes.count() >= config_.write_high || nobody_reads;
  turn_ = turn_due && !wanted && !writes_urgent;
  return wanted || turn_due || (writes_urgent && (!reads_urgent || may_end));
}

// Drained, or reads have waited for as long as writes may have.
bool BusDirection::WritesEnd(bool write_capped, const CandidateQueue& reads, const CandidateQueue& writes) const {
  const bool may_end = rows_clocks_ >= kUrgentClocks;
  const bool reads_wait = reads.count() != 0 && !writes.any_urgent();
  const bool turn_over = (turn_ && rows_clocks_ >= config_.write_turn) || (write_capped && may_end);
  return writes.count() == 0 || (reads_wait && (turn_over || writes.count() <= config_.write_low)) ||
         (reads.any_urgent() && may_end);
}

bool BusDirection::BusTurns(const CandidateQueue& reads, const CandidateQueue& writes) const {
  const CandidateQueue& old_side = bus_write_ ? writes : reads;
  const CandidateQueue& new_side = bus_write_ ? reads : writes;
  unsigned old_hits = 0, new_hits = 0, new_valid = 0;
  for (unsigned bank = 0; bank < config_.banks(); ++bank) {
    old_hits += old_side.candidate(bank).hit ? 1 : 0;
    new_hits += new_side.candidate(bank).hit ? 1 : 0;
    new_valid += new_side.candidate(bank).valid ? 1 : 0;
  }
  return old_hits == 0 || new_hits == new_valid || turn_clocks_ == kTurnClocks || new_hits >= kTurnHits;
}

}  // namespace tarn::channel
