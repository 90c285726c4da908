// What Belady's optimum would have missed, told while the accesses come: the golden model of the pool's live estimate
// (rtl/pool/optimum.md, "Theory of operation"). It hears references to segments (accesses and assignments, in the order
// of the pool's probe), and tells of each that is sampled whether the optimum would have missed. Untimed.
#pragma once

#include <cstdint>
#include <vector>

namespace tarn::pool {

// What the hardware was built for.
struct OptimumShape {
  std::uint32_t slots_max = 1024;  // that it can follow at once, 2 or more; of more slots it samples a share
  std::uint32_t history = 4096;    // misses of the optimum that it looks back, a power of two
  std::uint32_t sets = 1024;       // of the table of segments, a power of two
  std::uint32_t ways = 4;
  std::uint32_t tag_bits = 12;
};

struct OptimumSettings {
  std::uint32_t slots = 2;          // of the pool in service
  std::uint32_t log2_sampling = 0;  // one segment in 2^this is followed, or fewer where slots_max asks for it
};

class OptimumEstimate {
 public:
  // Begins with nothing known: every slot free.
  OptimumEstimate(const OptimumShape& shape, const OptimumSettings& settings);

  // One segment in 2^this is followed.
  std::uint32_t log2_sampling() const { return log2_sampling_; }
  bool IsSampled(std::uint64_t policy_hash) const;

  // A reference to a sampled segment, by its PolicyHash (policy_rules.h). Returns whether the optimum misses.
  bool Refer(std::uint64_t policy_hash);
  // Its host gave the sampled segment back: the next reference misses.
  void Forget(std::uint64_t policy_hash);

 private:
  // Counts the optimum's misses.
  using Time = std::uint64_t;
  struct Entry {
    bool valid = false;
    std::uint32_t tag = 0;
    Time last = 0;  // when the segment was referenced last
  };

  Entry* SetOf(std::uint64_t policy_hash);
  std::uint32_t TagOf(std::uint64_t policy_hash) const;
  bool IsKnown(const Entry& entry) const;
  Entry* Find(std::uint64_t policy_hash);
  std::uint32_t& SpareAt(Time time) { return spare_[time & (shape_.history - 1)]; }
  void KeepSince(Time last);
  void PassTime();
  void Enter(std::uint64_t policy_hash);

  OptimumShape shape_;
  std::uint32_t log2_sampling_;
  std::vector<Entry> table_;
  // By time, of the last `history`: how many segments more could have been kept then than at the last time before that
  // has any here. All of them and `spare_now_`, how many were kept through the last miss, make the slots less one.
  std::vector<std::uint32_t> spare_;
  std::uint32_t spare_now_;
  Time now_;
  Time full_ = 0;  // nothing that was referenced before can have been kept
};

}  // namespace tarn::pool
