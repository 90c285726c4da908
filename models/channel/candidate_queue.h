// The golden reading of what is queued in a channel (rtl/channel/README.md, "Candidates" and "Age cap"): requests of
// one kind, reads or writes, and of each bank the one that goes next.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>
#include <vector>

#include "models/channel/bank_times.h"
#include "models/channel/dfi_protocol.h"
#include "models/channel/scheduler_config.h"

namespace tarn::channel {

// A request that enters a queue: the place it has there, and where its line lies.
struct QueuedRequest {
  unsigned place = 0;
  unsigned bank = 0;  // {bank in the group, bank group}
  std::uint32_t row = 0, column = 0;
  bool bulk = false;  // reads of class bulk have no head start
  unsigned qos = 0;   // each level is one more
};

// The command of a clock, and banks as they are before it.
struct CommandedBanks {
  const BankTimes& banks;
  DfiCommand command;
  unsigned bank = 0;  // of the command

  // Whether the row is open after it.
  bool OpenAfter(unsigned of_bank, std::uint32_t row) const;
};

class CandidateQueue {
 public:
  struct Candidate {
    bool valid = false, hit = false, urgent = false;
    std::int64_t stamp = 0;  // the clock in which it came, as far as others' order to it goes
    QueuedRequest request;
  };

  CandidateQueue(unsigned places, std::int64_t age_cap, const SchedulerConfig& config);

  const Candidate& candidate(unsigned bank) const { return candidates_[bank]; }
  unsigned count() const { return count_; }
  bool any_urgent() const;
  // A clock: its command, and whether that takes the candidate of its bank; what comes; and one that is queued and must
  // go next, since it keeps others waiting.
  void Clock(std::int64_t now, const CommandedBanks& commanded, bool takes, const std::optional<QueuedRequest>& arrival,
             const std::optional<QueuedRequest>& hurried);

 private:
  struct Place {
    bool waits = false;
    std::int64_t stamp = 0;
    QueuedRequest request;
  };
  using Rank = std::tuple<bool, bool, std::int64_t>;

  std::int64_t StampOf(const QueuedRequest& request, std::int64_t now) const;
  Rank RankOf(bool hit, bool bulk, std::int64_t age) const;
  std::optional<Place> Search(unsigned bank, std::int64_t now, const BankTimes& banks) const;
  std::optional<Place> Overdue(std::int64_t now, const std::optional<QueuedRequest>& hurried) const;
  bool MayReplace(const Place& overdue, bool forced, std::int64_t now) const;
  // What this clock makes a candidate: one that was found among those that wait, and one as it comes.
  std::optional<Candidate> Found(std::int64_t now, const CommandedBanks& commanded, bool takes,
                                 const std::optional<QueuedRequest>& hurried) const;
  std::optional<Candidate> Entering(std::int64_t now, const CommandedBanks& commanded, bool takes,
                                    const QueuedRequest& arrival, const std::optional<Candidate>& found) const;

  SchedulerConfig config_;
  std::int64_t age_cap_;
  std::vector<Place> places_;
  std::vector<Candidate> candidates_;
  std::optional<unsigned> search_;  // the bank whose candidate went in the clock before
  unsigned scan_ = 0;               // the place that is looked at for its age
  unsigned count_ = 0;
};

}  // namespace tarn::channel
