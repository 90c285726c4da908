#include "models/channel/candidate_queue.h"

#include <algorithm>

namespace tarn::channel {

bool CommandedBanks::OpenAfter(unsigned of_bank, std::uint32_t row) const {
  if (command.op == DfiOp::kPrechargeAll) return false;
  if (of_bank == bank && command.op == DfiOp::kPrecharge) return false;
  if (of_bank == bank && command.op == DfiOp::kActivate) return row == command.addr;
  return banks.IsOpen(of_bank, row);
}

CandidateQueue::CandidateQueue(unsigned places, std::int64_t age_cap, const SchedulerConfig& config)
    : config_(config), age_cap_(age_cap), places_(places), candidates_(config.banks()) {}

bool CandidateQueue::any_urgent() const {
  return std::any_of(candidates_.begin(), candidates_.end(), [](const Candidate& one) { return one.urgent; });
}

// All but reads of class bulk count as having come earlier than they did, and what has a qos once more.
std::int64_t CandidateQueue::StampOf(const QueuedRequest& request, std::int64_t now) const {
  return now - request.qos * config_.qos_start - (request.bulk ? 0 : config_.head_start);
}

// Overdue ones first, then hits, then by age; a hit of class bulk counts the head start older instead.
CandidateQueue::Rank CandidateQueue::RankOf(bool hit, bool bulk, std::int64_t age) const {
  return {age >= age_cap_, hit && !bulk && age < age_cap_, age + (hit && bulk ? config_.head_start : 0)};
}

// Of those of the bank that wait the one with the highest rank; of several the one in the lowest place.
std::optional<CandidateQueue::Place> CandidateQueue::Search(unsigned bank, std::int64_t now,
                                                            const BankTimes& banks) const {
  const Place* best = nullptr;
  Rank best_rank;
  for (const Place& place : places_) {
    if (!place.waits || place.request.bank != bank) continue;
    const Rank rank = RankOf(banks.IsOpen(bank, place.request.row), place.request.bulk, now - place.stamp);
    if (best != nullptr && rank <= best_rank) continue;
    best = &place;
    best_rank = rank;
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

std::optional<CandidateQueue::Place> CandidateQueue::Overdue(std::int64_t now,
                                                             const std::optional<QueuedRequest>& hurried) const {
  if (hurried) return Place{.waits = true, .stamp = now - age_cap_, .request = *hurried};
  const Place& place = places_[scan_];
  return place.waits && now - place.stamp >= age_cap_ ? std::optional(place) : std::nullopt;
}

// Overdue requests of one bank go in the order in which they came.
bool CandidateQueue::MayReplace(const Place& overdue, bool forced, std::int64_t now) const {
  const Candidate& present = candidates_[overdue.request.bank];
  const std::int64_t age = now - overdue.stamp, present_age = now - present.stamp;
  if (present.urgent) return !forced && age > present_age;
  return !present.valid || forced || age >= present_age;
}

// One a clock: of the bank whose candidate has just gone, else one that must go next.
std::optional<CandidateQueue::Candidate> CandidateQueue::Found(std::int64_t now, const CommandedBanks& commanded,
                                                               bool takes,
                                                               const std::optional<QueuedRequest>& hurried) const {
  const auto place = search_ ? Search(*search_, now, commanded.banks) : Overdue(now, hurried);
  if (!place) return std::nullopt;
  const unsigned bank = place->request.bank;
  if (!search_ && ((takes && bank == commanded.bank) || !MayReplace(*place, hurried.has_value(), now)))
    return std::nullopt;
  return Candidate{.valid = true,
                   .hit = commanded.OpenAfter(bank, place->request.row),
                   .urgent = !search_,
                   .stamp = place->stamp,
                   .request = place->request};
}

// If its bank has no candidate, or it goes before that. In the clock of a take it does not: the search that follows
// finds it.
std::optional<CandidateQueue::Candidate> CandidateQueue::Entering(std::int64_t now, const CommandedBanks& commanded,
                                                                  bool takes, const QueuedRequest& arrival,
                                                                  const std::optional<Candidate>& found) const {
  const unsigned bank = arrival.bank;
  Candidate present = candidates_[bank];
  if ((takes && bank == commanded.bank) || present.urgent) return std::nullopt;
  if (found && found->request.bank == bank) {
    if (found->urgent) return std::nullopt;
    present = *found;
    present.hit = commanded.banks.IsOpen(bank, found->request.row);
  }
  const Candidate enters{
      .valid = true, .hit = commanded.OpenAfter(bank, arrival.row), .stamp = StampOf(arrival, now), .request = arrival};
  const Rank rank = RankOf(enters.hit, arrival.bulk, now - enters.stamp);
  if (present.valid && rank <= RankOf(present.hit, present.request.bulk, now - present.stamp)) return std::nullopt;
  return enters;
}

void CandidateQueue::Clock(std::int64_t now, const CommandedBanks& commanded, bool takes,
                           const std::optional<QueuedRequest>& arrival, const std::optional<QueuedRequest>& hurried) {
  const std::optional<Candidate> found = Found(now, commanded, takes, hurried);
  const std::optional<Candidate> enters = arrival ? Entering(now, commanded, takes, *arrival, found) : std::nullopt;
  for (unsigned bank = 0; bank < candidates_.size(); ++bank) {
    Candidate& one = candidates_[bank];
    one.hit = one.valid && commanded.OpenAfter(bank, one.request.row);
  }
  if (takes) {
    Candidate& gone = candidates_[commanded.bank];
    places_[gone.request.place].waits = false;
    --count_;
    gone.valid = gone.hit = gone.urgent = false;
  }
  if (found) candidates_[found->request.bank] = *found;
  if (enters) candidates_[enters->request.bank] = *enters;
  if (arrival) {
    places_[arrival->place] = {.waits = true, .stamp = StampOf(*arrival, now), .request = *arrival};
    ++count_;
  }
  search_ = takes ? std::optional(commanded.bank) : std::nullopt;
  scan_ = scan_ + 1 == places_.size() ? 0 : scan_ + 1;
}

}  // namespace tarn::channel
