// What one thread makes, in batches, and another takes; so that two files are read at the same time and neither is ever
// held whole.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "models/common/result.h"

namespace tarn::wave {

template <typename Batch>
class BatchStream {
 public:
  static constexpr std::size_t kBatchesMax = 8;  // made and not yet taken; then the maker waits

  // Gives a batch away; false once nobody wants any more.
  using Give = std::function<bool(Batch)>;

  // `make` runs on a thread of its own and gives what it makes to the function that it gets.
  explicit BatchStream(std::function<Status(const Give&)> make)
      : thread_([this, make = std::move(make)] {
          Status status = make([this](Batch batch) { return Put(std::move(batch)); });
          const std::lock_guard lock(mutex_);
          status_ = std::move(status);
          ended_ = true;
          changed_.notify_all();
        }) {}
  BatchStream(const BatchStream&) = delete;
  BatchStream& operator=(const BatchStream&) = delete;
  ~BatchStream() {
    {
      const std::lock_guard lock(mutex_);
      unwanted_ = true;
      changed_.notify_all();
    }
    thread_.join();
  }

  // Waits for the next batch; nothing at the end.
  std::optional<Batch> Next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !batches_.empty() || ended_; });
    if (batches_.empty()) return std::nullopt;
    Batch batch = std::move(batches_.front());
    batches_.pop_front();
    changed_.notify_all();
    return batch;
  }
  // How making ended. REQUIRES: Next answered nothing.
  const Status& status() const { return status_; }

 private:
  bool Put(Batch batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return batches_.size() < kBatchesMax || unwanted_; });
    if (unwanted_) return false;
    batches_.push_back(std::move(batch));
    changed_.notify_all();
    return true;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> batches_;
  Status status_;
  bool ended_ = false;
  bool unwanted_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace tarn::wave
