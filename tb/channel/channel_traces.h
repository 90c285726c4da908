// The traces behind the channel's figures: the same accesses as the script that the compared simulators were fed with
// (200,000 lines each; the random ones from Python's generator with seed 1).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tarn::channel {

struct TraceAccess {
  bool write;
  std::uint64_t line;
};

// name: seq_bg (bank groups interleaved), seq_row (one row at a time), rnd_r (random reads), rnd_67 (two thirds of the
// random accesses read), stride (one bank, each access its next row), add_bg (two streams read and one written, in
// turn). Empty for another name.
std::vector<TraceAccess> MakeTrace(const std::string& name);

}  // namespace tarn::channel
