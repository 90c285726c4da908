// The traces behind the channel's figures: for a DDR4 module the same accesses as the script that the compared
// simulators were fed with (200,000 lines each; the random ones from Python's generator with seed 1), for others their
// like.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/channel/module_geometry.h"

namespace tarn::channel {

struct TraceAccess {
  bool write;
  std::uint64_t line;
  std::uint64_t cycle = 0;  // when it is due, from the trace's start; for traces that are replayed by the clock
};

// seq_bg (bank groups interleaved), seq_row (one row at a time), rnd_r (random reads), rnd_67 (two thirds of the random
// accesses read), add_bg (two streams read and one written, in turn), stride (one bank, each access its next row).
std::span<const char* const> TraceNames();

// Empty for a name that is not one of them. A longer trace begins like a shorter one. Without `accesses` as many as the
// figures were measured with: 200,000, or a tenth for stride.
// geometry: of the module, whose rows and banks they mean; lines lie row | bank | bank group | column.
std::vector<TraceAccess> MakeTrace(const std::string& name, std::uint64_t accesses = 0,
                                   const ModuleGeometry& geometry = {});

}  // namespace tarn::channel
