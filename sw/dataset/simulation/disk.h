// A disk that behaves as disks do: writes are seen at once by later reads, are stable after a sync, and are torn or
// lost with the power. Faults are asked for from outside.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "models/common/random.h"
#include "sw/dataset/types.h"

namespace tarn::dataset::simulation {

class Disk {
 public:
  explicit Disk(std::uint64_t bytes) : image_(bytes) {}

  void Write(std::uint64_t offset, std::span<const std::uint8_t> bytes);
  Bytes Read(std::uint64_t offset, std::uint64_t length) const;
  // A sync that begins now makes stable what was written before this.
  std::uint64_t writes() const { return first_unstable_ + unstable_.size(); }
  void MakeStable(std::uint64_t writes);

  // The power goes: of what is not stable, any sectors may be there, and some in part. Answers how many writes were
  // torn.
  std::uint64_t LosePower(Random& random);

  // The next write is acknowledged and made stable, and is not there after the power went.
  void LoseNextWrite() { lose_next_ = true; }
  bool is_losing() const { return lose_next_; }
  bool has_lost() const { return !lost_.empty(); }
  // One byte changes.
  void Rot(std::uint64_t offset) { image_[offset] ^= 0x40; }

  // The whole as it is on stable storage: to come back to later.
  Bytes StableImage() const;
  void Restore(const Bytes& image);
  std::uint64_t bytes() const { return image_.size(); }

 private:
  struct Unstable {
    std::uint64_t offset = 0;
    Bytes before;
    bool lost = false;
  };

  Bytes image_;
  std::deque<Unstable> unstable_;
  std::uint64_t first_unstable_ = 0;
  std::vector<std::pair<std::uint64_t, std::pair<Bytes, Bytes>>> lost_;  // offset; before, after
  bool lose_next_ = false;
};

}  // namespace tarn::dataset::simulation
