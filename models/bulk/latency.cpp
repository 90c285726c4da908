#include "models/bulk/latency.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tarn::bulk {
namespace {

// Standard normal (Box and Muller).
double Normal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.Unit()));
  return radius * std::cos(2 * std::numbers::pi * random.Unit());
}

}  // namespace

double DrawNanoseconds(const LatencyModel& model, Random& random) {
  double ns = model.min_ns;
  switch (model.shape) {
    case LatencyModel::Shape::kFixed:
      break;
    case LatencyModel::Shape::kUniform:
      ns += random.Unit() * (model.max_ns - model.min_ns);
      break;
    case LatencyModel::Shape::kLogNormal:
      ns += (model.median_ns - model.min_ns) * std::exp(model.sigma * Normal(random));
      ns = std::min(ns, model.max_ns);
      break;
  }
  if (model.tail_probability > 0 && random.Unit() < model.tail_probability) ns += model.tail_ns;
  return ns;
}

}  // namespace tarn::bulk
