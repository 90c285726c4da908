// Turns changes into values at clock edges.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sw/wave/plan.h"
#include "sw/wave/wave_reader.h"

namespace tarn::wave {

struct Moment {
  std::uint64_t cycle = 0;  // edges of the clock before, from the start of the wave
  std::uint64_t time = 0;
};

class Sampler;

class EdgeSink {
 public:
  EdgeSink() = default;
  EdgeSink(const EdgeSink&) = delete;
  EdgeSink& operator=(const EdgeSink&) = delete;
  virtual ~EdgeSink() = default;
  // An edge of plan.clocks[clock], out of reset. The sampler's values are those before the edge.
  virtual void Edge(std::uint32_t clock, const Moment& moment, Sampler& sampler) = 0;
};

// What changes at the very time of an edge is taken for its effect: the values that count are those before.
class Sampler : public ChangeSink {
 public:
  // Looks at the signals of `plan` on one side. All but ports' signals, clocks and reset are left out unless
  // `everything`. REQUIRES: plan and sink outlive the sampler.
  Sampler(const Plan& plan, const WaveHeader& header, Side side, bool everything, EdgeSink& sink);

  const std::vector<bool>& wanted() const { return wanted_; }
  void Change(std::uint64_t time, Handle handle, const char* value) override;
  // After the last change.
  void Finish() { Settle(); }

  std::string_view Value(std::uint32_t signal) const {
    return {values_.data() + offsets_[signal], plan_.signals[signal].bits};
  }
  bool IsOne(std::uint32_t signal) const { return values_[offsets_[signal]] == '1'; }
  // The signals that may have changed since this was last called.
  std::vector<std::uint32_t> TakeChanged();

  std::uint64_t cycles() const { return clocks_[0].edges; }

 private:
  struct Pending {
    std::uint32_t handle;
    std::size_t at;  // in pending_values_
  };
  struct Clock {
    Handle handle = 0;
    std::uint64_t edges = 0;
  };

  void Want(std::uint32_t signal);
  void Settle();
  bool HasEdge(const Clock& clock) const;

  const Plan& plan_;
  Side side_;
  EdgeSink& sink_;
  std::vector<bool> wanted_;
  std::vector<std::uint32_t> handle_offsets_;  // in values_, by handle
  std::vector<std::uint32_t> handle_bits_;
  std::vector<std::uint32_t> offsets_;                         // by signal
  std::vector<std::vector<std::uint32_t>> signals_of_handle_;  // filled if everything
  std::vector<bool> is_changed_;                               // by handle
  std::vector<Handle> changed_;
  bool everything_;
  std::string values_;
  std::vector<Clock> clocks_;
  std::uint64_t time_ = 0;
  std::vector<Pending> pending_;
  std::string pending_values_;
};

}  // namespace tarn::wave
