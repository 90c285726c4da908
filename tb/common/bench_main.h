// What a measuring program (tarn_add_bench) is but for its figures: PROGRAM --json FILE [--quick].
#pragma once

#include <nlohmann/json.hpp>

namespace tarn::tb {

// The program's figures: an object from name to {"value": …, "unit": …}. quick: as little as still runs all code.
// Each program defines it; main() is in bench_main.cpp.
nlohmann::json MeasureFigures(bool quick);

}  // namespace tarn::tb
