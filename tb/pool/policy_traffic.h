// What a pool would tell its replacement policy: accesses, assignments of free slots, releases, page-outs that are
// given up, and answers to proposals; at random, or so that a trace is replayed.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "models/common/random.h"
#include "tb/pool/policy_checker.h"

namespace tarn::tb {

// Chances in percent, a cycle unless said otherwise.
struct PolicyTrafficOptions {
  std::uint64_t seed = 1;
  std::uint32_t slots = 8;
  std::uint32_t hosts = 2;
  std::uint32_t segments_per_host = 16;  // that are touched
  std::uint32_t reserve = 2;             // a victim is wanted while fewer slots are free
  unsigned access = 70;
  unsigned same_again = 20;  // of accesses: the slot of the one before
  unsigned hot = 60;         // of accesses: to one of a few slots
  unsigned assign = 20;
  unsigned release = 1;
  unsigned move = 2;
  unsigned answer = 30;
  unsigned skip = 10;     // of answers
  unsigned not_now = 10;  // of answers
  unsigned keep = 5;      // of slots taken: their page-out is given up
  unsigned skip_all = 0;  // chance in 1,000 that all answers of the next 20 x slots cycles are skips
  unsigned slack = 1;     // cycles, from that on in which ready fell, in which orders may still come
  unsigned unwanted = 5;  // chance that no victim is wanted in a cycle though one is
};

class PolicyTraffic {
 public:
  explicit PolicyTraffic(const PolicyTrafficOptions& options);

  // What stands at the ports in the next cycle, given the one before.
  PolicyTestEvent Next(const PolicyCycle& before);
  bool wanted() const { return wanted_; }
  // No more accesses, assignments and releases, but answers to proposals.
  void Quieten() { quiet_ = true; }
  // Everything is released, and no victim wanted any more.
  void EmptyOut() { emptying_ = true; }
  bool empty() const { return slot_of_.empty(); }

 private:
  struct Holder {
    std::uint32_t host = 0;
    std::uint32_t segment = 0;
  };
  struct Leaving {
    std::uint32_t slot;
    Holder holder;
    std::uint64_t ends;
  };
  static std::uint64_t Pack(Holder holder) { return std::uint64_t{holder.host} << 32 | holder.segment; }
  PolicyTestEvent EventOf(pool::PolicyEventKind kind, std::uint32_t slot, Holder holder) const;
  std::optional<PolicyTestEvent> Answer(const PolicyCycle& before);
  std::optional<PolicyTestEvent> Assign();
  std::optional<PolicyTestEvent> Release();
  std::optional<PolicyTestEvent> Move();
  std::optional<PolicyTestEvent> EndPageOut();
  std::optional<PolicyTestEvent> Access();
  std::optional<std::uint32_t> AnyUsed();

  PolicyTrafficOptions options_;
  Random random_;
  std::vector<std::optional<Holder>> holders_;  // of slots
  std::unordered_map<std::uint64_t, std::uint32_t> slot_of_;
  std::deque<std::uint32_t> free_;
  std::deque<Leaving> leaving_;
  std::optional<std::uint32_t> last_slot_;
  std::uint64_t now_ = 0;
  unsigned not_ready_ = 0;  // cycles
  std::uint64_t skip_all_until_ = 0;
  bool wanted_ = false;
  bool quiet_ = false;
  bool emptying_ = false;
};

}  // namespace tarn::tb
