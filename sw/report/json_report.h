// A run's summary as JSON: what scripts read, and the source of the HTML report's figures.
#pragma once

#include <nlohmann/json.hpp>

#include "sw/replay/summary.h"

namespace tarn::report {

nlohmann::ordered_json ToJson(const replay::RunSummary& summary);

}  // namespace tarn::report
