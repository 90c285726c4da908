// Where a map log's files stand in tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "sw/drivers/map_log.h"

namespace tarn::tests {

inline constexpr std::size_t kRecordBytes = 24;

// Files in memory, and what was done to them in its order, so that it can be cut anywhere. Or it fails at a byte: what
// comes after does not get through, as when power fails in the middle of a write.
class Files : public drivers::MapStorage {
 public:
  Status Append(File file, std::uint32_t generation, std::span<const std::uint8_t> bytes) override {
    const bool fails = bytes_ + bytes.size() > bytes_max_;
    if (fails) bytes = bytes.first(bytes_max_ - bytes_);
    std::vector<std::uint8_t>& target = files_[{generation, file}];
    target.insert(target.end(), bytes.begin(), bytes.end());
    done_.push_back({.file = file, .generation = generation, .bytes = {bytes.begin(), bytes.end()}});
    bytes_ += bytes.size();
    return fails ? Status::Error("the storage is gone") : Status();
  }
  Status Drop(std::uint32_t generation) override {
    files_.erase({generation, File::kCheckpoint});
    files_.erase({generation, File::kLog});
    done_.push_back({.drop = true, .generation = generation});
    return {};
  }
  std::vector<std::uint32_t> Generations() const override {
    std::set<std::uint32_t> numbers;
    for (const auto& [key, bytes] : files_) numbers.insert(key.first);
    return {numbers.begin(), numbers.end()};
  }
  std::vector<std::uint8_t> Read(File file, std::uint32_t generation) const override {
    const auto found = files_.find({generation, file});
    return found == files_.end() ? std::vector<std::uint8_t>() : found->second;
  }

  std::size_t bytes() const { return bytes_; }
  // No byte gets through beyond so many, of all that were appended. REQUIRES: not less than bytes().
  void FailAt(std::size_t bytes) { bytes_max_ = bytes; }
  bool failed() const { return bytes_ == bytes_max_; }
  // After a crash that let only so many bytes through.
  Files CutAt(std::size_t bytes) const {
    Files cut;
    for (const Action& action : done_) {
      if (action.drop) {
        EXPECT_TRUE(cut.Drop(action.generation).ok());
        continue;
      }
      const std::size_t some = std::min(action.bytes.size(), bytes - cut.bytes());
      if (some != 0) EXPECT_TRUE(cut.Append(action.file, action.generation, std::span(action.bytes).first(some)).ok());
      if (some != action.bytes.size()) break;
    }
    return cut;
  }
  std::vector<std::uint8_t>& file(File file, std::uint32_t generation) { return files_[{generation, file}]; }

 private:
  struct Action {
    bool drop = false;
    File file = File::kLog;
    std::uint32_t generation = 0;
    std::vector<std::uint8_t> bytes;
  };
  std::map<std::pair<std::uint32_t, File>, std::vector<std::uint8_t>> files_;
  std::vector<Action> done_;
  std::size_t bytes_ = 0;
  std::size_t bytes_max_ = ~std::size_t{0};
};

}  // namespace tarn::tests
