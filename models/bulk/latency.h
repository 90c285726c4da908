// Latency distributions of a bulk device.
#pragma once

#include <cstdint>

#include "models/common/random.h"

namespace tarn::bulk {

// Times of one kind of command, from the last thing it waits for to its first beat or completion.
struct LatencyModel {
  enum class Shape : std::uint8_t {
    kFixed,      // always min_ns
    kUniform,    // min_ns .. max_ns
    kLogNormal,  // min_ns + log-normal with median (median_ns - min_ns) and sigma, cut at max_ns: SSDs
  };
  Shape shape = Shape::kFixed;
  double min_ns = 2000;
  double median_ns = 2000;
  double max_ns = 2000;
  double sigma = 0;  // of the logarithm
  // With this probability the latency is tail_ns longer (garbage collection, read retry).
  double tail_probability = 0;
  double tail_ns = 0;
};

// One latency, in nanoseconds.
double DrawNanoseconds(const LatencyModel& model, Random& random);

}  // namespace tarn::bulk
