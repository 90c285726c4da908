// A run as one HTML file that needs nothing else: verdict, plots, figures.
#pragma once

#include <string>

#include "models/common/result.h"
#include "sw/replay/summary.h"

namespace tarn::report {

// Without gnuplot the report says so where the plots would be; the rest is there.
std::string ToHtml(const replay::RunSummary& summary);

// Writes text under a name in one step: no partial file is ever left under it.
Status WriteWhole(const std::string& path, const std::string& text);

}  // namespace tarn::report
