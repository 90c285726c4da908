// What a comparison of two waves found.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/common/result.h"
#include "sw/wave/plan.h"
#include "sw/wave/sampler.h"
#include "sw/wave/wave_reader.h"

namespace tarn::wave {

// Cycles of the DUT, both included.
struct Window {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

struct CompareOptions {
  std::optional<std::uint64_t> latency_max;  // cycles between a transaction of the one and that of the other, at most
  std::vector<Window> windows;               // empty: everything
  bool golden_x_is_anything = false;

  bool IsInside(std::uint64_t cycle) const;
  bool Same(std::string_view dut, std::string_view golden) const;
};

enum class DifferenceKind : std::uint8_t { kValue, kLatency, kOnlyDut, kOnlyGolden, kCycles };
const char* KindName(DifferenceKind kind);

// The first of its kind on a signal; later ones are counted.
struct Difference {
  DifferenceKind kind = DifferenceKind::kValue;
  std::uint32_t port = kNone;
  std::string signal;  // or port, where the kind is one of whole transactions
  std::uint64_t count = 0;
  std::optional<Moment> dut;
  std::optional<Moment> golden;
  std::string dut_value;
  std::string golden_value;
  std::string dut_fields;  // the whole transaction
  std::string golden_fields;
  std::vector<std::string> before;  // what was equal before it, a line each, the oldest first
};

struct ComparedSignal {
  std::string name;
  std::uint32_t port = kNone;
  std::uint64_t compared = 0;
};

struct ComparedPort {
  std::string name;
  std::uint64_t compared = 0;
  std::uint64_t different = 0;
  std::int64_t later_min_cycles = 0;  // of the DUT's transactions, than the golden ones
  std::int64_t later_max_cycles = 0;
};

// For pictures: a difference at this time of the DUT, or of the golden wave if the DUT has none.
struct DifferenceEvent {
  std::uint64_t time = 0;
  Side side = kDut;
  std::uint32_t name = 0;  // in Comparison::event_names
};

struct Comparison {
  bool exact = false;
  std::array<std::string, 2> files;
  std::array<int, 2> time_exponents{};
  std::array<std::uint64_t, 2> cycles{};
  std::uint64_t compared = 0;  // transactions, or cycles
  std::vector<ComparedPort> ports;
  std::vector<ComparedSignal> signals;
  std::vector<Difference> differences;    // the earliest first
  std::vector<DifferenceEvent> events;    // each of them, up to DifferenceLog::kEventsMax
  std::vector<std::string> event_names;   // a signal; of a whole port's differences the port's name and their kind
  std::vector<std::string> not_compared;  // signals outside ports

  bool same() const { return differences.empty(); }
};

// Transactions of each port, in order per tag, whatever their cycle. Errors: nothing was compared; a wave cannot be
// read; too many transactions wait for their like.
Result<Comparison> CompareTransactions(WaveReader& dut, WaveReader& golden, const Plan& plan,
                                       const CompareOptions& options);

// Every signal at every edge of the clock. Errors: as above.
Result<Comparison> CompareCycles(WaveReader& dut, WaveReader& golden, const Plan& plan, const CompareOptions& options);

}  // namespace tarn::wave
