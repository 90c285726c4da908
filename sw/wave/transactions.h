// The transactions of one wave, in the order in which they happened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/common/result.h"
#include "sw/wave/batch_stream.h"
#include "sw/wave/plan.h"
#include "sw/wave/sampler.h"

namespace tarn::wave {

// Something was valid and ready at a clock edge.
struct Transaction {
  std::uint32_t port = 0;
  Moment moment;
  std::uint64_t waited_cycles = 0;  // valid and not ready before
  std::string_view payload;         // characters, as the port's fields say; valid until the stream's next call
};

// What else was seen on a port.
struct PortActivity {
  std::uint64_t waiting_cycles = 0;  // valid and not ready
  std::uint64_t unknown_cycles = 0;  // valid neither 0 nor 1
};

class TransactionStream {
 public:
  // REQUIRES: reader and plan outlive the stream; nothing else reads from `reader`.
  TransactionStream(WaveReader& reader, const Plan& plan, Side side);

  // Nothing at the end, or if the wave cannot be read on.
  std::optional<Transaction> Next();
  // REQUIRES: Next answered nothing.
  const Status& status() const { return stream_.status(); }
  std::uint64_t cycles() const { return cycles_; }  // likewise
  const std::vector<PortActivity>& activity() const { return activity_; }

 private:
  struct Head {
    std::uint32_t port;
    Moment moment;
    std::uint64_t waited_cycles;
    std::size_t at;  // of the payload
  };
  struct Batch {
    std::vector<Head> heads;
    std::string payloads;
  };
  class Collector;

  Status Make(WaveReader& reader, Side side, const BatchStream<Batch>::Give& give);

  const Plan& plan_;
  std::uint64_t cycles_ = 0;
  std::vector<PortActivity> activity_;
  Batch batch_;
  std::size_t next_ = 0;
  BatchStream<Batch> stream_;
};

}  // namespace tarn::wave
