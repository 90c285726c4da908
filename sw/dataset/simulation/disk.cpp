#include "sw/dataset/simulation/disk.h"

#include <algorithm>
#include <cstring>

namespace tarn::dataset::simulation {

namespace {
constexpr std::uint64_t kSector = 512;
}

void Disk::Write(std::uint64_t offset, std::span<const std::uint8_t> bytes) {
  Unstable write = {.offset = offset, .lost = lose_next_};
  lose_next_ = false;
  write.before.assign(image_.begin() + static_cast<std::ptrdiff_t>(offset),
                      image_.begin() + static_cast<std::ptrdiff_t>(offset + bytes.size()));
  std::memcpy(image_.data() + offset, bytes.data(), bytes.size());
  if (write.lost) lost_.push_back({offset, {write.before, Bytes(bytes.begin(), bytes.end())}});
  unstable_.push_back(std::move(write));
}

Bytes Disk::Read(std::uint64_t offset, std::uint64_t length) const {
  return {image_.begin() + static_cast<std::ptrdiff_t>(offset),
          image_.begin() + static_cast<std::ptrdiff_t>(offset + length)};
}

void Disk::MakeStable(std::uint64_t writes) {
  while (first_unstable_ < writes && !unstable_.empty()) {
    unstable_.pop_front();
    ++first_unstable_;
  }
}

Bytes Disk::StableImage() const {
  Bytes image = image_;
  for (auto write = unstable_.rbegin(); write != unstable_.rend(); ++write) {
    std::memcpy(image.data() + write->offset, write->before.data(), write->before.size());
  }
  return image;
}

std::uint64_t Disk::LosePower(Random& random) {
  std::vector<Bytes> after;
  for (const Unstable& write : unstable_) after.push_back(Read(write.offset, write.before.size()));
  // A later write to the same place shows in what an earlier one is taken to have written: that, too, may be what was
  // there.
  image_ = StableImage();
  std::uint64_t torn = 0;
  const bool all = random.Percent(20), none = random.Percent(30);
  for (std::size_t i = 0; i < unstable_.size(); ++i) {
    std::uint64_t written = 0;
    const std::uint64_t size = after[i].size();
    for (std::uint64_t at = 0; at < size; at += kSector) {
      std::uint64_t length = std::min(kSector, size - at);
      if (unstable_[i].lost || none || (!all && random.Percent(50))) continue;
      if (!all && random.Percent(5)) length = random.Below(length);
      std::memcpy(image_.data() + unstable_[i].offset + at, after[i].data() + at, length);
      written += length;
    }
    torn += written != 0 && written != size ? 1 : 0;
  }
  for (const auto& [offset, sides] : lost_) {
    const bool still_there =
        std::equal(sides.second.begin(), sides.second.end(), image_.begin() + static_cast<std::ptrdiff_t>(offset));
    if (still_there) std::memcpy(image_.data() + offset, sides.first.data(), sides.first.size());
  }
  lost_.clear();
  first_unstable_ += unstable_.size();
  unstable_.clear();
  return torn;
}

void Disk::Restore(const Bytes& image) {
  image_ = image;
  first_unstable_ += unstable_.size();
  unstable_.clear();
  lost_.clear();
}

}  // namespace tarn::dataset::simulation
