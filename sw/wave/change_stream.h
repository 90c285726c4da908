// The changes of one wave, read on a thread of their own.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sw/wave/batch_stream.h"
#include "sw/wave/wave_reader.h"

namespace tarn::wave {

class ChangeStream {
 public:
  struct Change {
    std::uint64_t time = 0;
    Handle handle = 0;
    const char* value = nullptr;  // as in ChangeSink; valid until the next call
  };

  // bits: of the signals, by handle; 0 for those that are not wanted. REQUIRES: reader outlives the stream.
  ChangeStream(WaveReader& reader, std::vector<std::uint32_t> bits)
      : bits_(std::move(bits)), stream_([this, &reader](const auto& give) {
          Collector collector(bits_, give);
          std::vector<bool> wanted(bits_.size());
          for (std::size_t i = 0; i < bits_.size(); ++i) wanted[i] = bits_[i] != 0;
          Status status = reader.ForEachChange(wanted, collector);
          collector.Finish();
          return status;
        }) {}

  // Nothing at the end, or if the wave cannot be read on.
  std::optional<Change> Next() {
    while (next_ == batch_.heads.size()) {
      std::optional<Batch> batch = stream_.Next();
      if (!batch) return std::nullopt;
      batch_ = std::move(*batch);
      next_ = 0;
    }
    const Head& head = batch_.heads[next_++];
    return Change{.time = head.time, .handle = head.handle, .value = batch_.values.data() + head.at};
  }
  // REQUIRES: Next answered nothing.
  const Status& status() const { return stream_.status(); }

 private:
  static constexpr std::size_t kBatchBytes = 1 << 18;

  struct Head {
    std::uint64_t time;
    Handle handle;
    std::size_t at;  // in values
  };
  struct Batch {
    std::vector<Head> heads;
    std::string values;
  };
  class Collector : public ChangeSink {
   public:
    Collector(const std::vector<std::uint32_t>& bits, const BatchStream<Batch>::Give& give)
        : bits_(bits), give_(give) {}
    void Change(std::uint64_t time, Handle handle, const char* value) override {
      batch_.heads.push_back({.time = time, .handle = handle, .at = batch_.values.size()});
      batch_.values.append(value, bits_[handle]);
      batch_.values += '\0';
      if (batch_.values.size() + batch_.heads.size() * sizeof(Head) >= kBatchBytes) Finish();
    }
    void Finish() {
      if (!batch_.heads.empty()) give_(std::exchange(batch_, {}));
    }

   private:
    const std::vector<std::uint32_t>& bits_;
    const BatchStream<Batch>::Give& give_;
    Batch batch_;
  };

  std::vector<std::uint32_t> bits_;
  Batch batch_;
  std::size_t next_ = 0;
  BatchStream<Batch> stream_;
};

}  // namespace tarn::wave
