// A comparison of two waves as one HTML file that needs nothing else: verdict, differences, and what stood around them.
#pragma once

#include <string>
#include <vector>

#include "sw/wave/comparison.h"
#include "sw/wave/surroundings.h"

namespace tarn::report {

std::string WavesToHtml(const wave::Comparison& comparison, const std::vector<wave::Surroundings>& surroundings);

}  // namespace tarn::report
